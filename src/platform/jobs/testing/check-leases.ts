// Who holds a job, what a killed server leaves behind, and the log of a job.
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../../errors.ts'
import type { Job, JobContext } from '../jobs.ts'
import { aborted, type JobsBench, sleep, until } from './jobs-bench.ts'

export function checkLeases(bench: JobsBench): void {
  const { queue } = bench
  describe('leases', () => {
    test('who loses the lease is told and changes nothing any more', async () => {
      const jobs = queue({ leaseMs: 300 })
      let context: JobContext | undefined
      const running = Promise.withResolvers<void>()
      const over = Promise.withResolvers<unknown>()
      jobs.register('stolen', async (_: null, given) => {
        context = given
        running.resolve()
        await aborted(given.signal)
        over.resolve(await given.finish(async () => 'mine').catch((error: unknown) => error))
        return 'mine'
      })
      await jobs.start()
      const { id } = await jobs.enqueue('stolen', null)
      await running.promise
      const { db } = bench.home.first.database
      await db
        .updateTable('jobs')
        .set({ lease_token: 'thief:1', lease_until: Date.now() + 60_000 })
        .where('id', '=', id)
        .execute()
      expect(await over.promise).toMatchObject({ code: 'conflict' })
      expect(context?.signal.reason).toMatchObject({ code: 'conflict' })
      await sleep(50)
      expect(await jobs.get(id)).toMatchObject({ status: 'running', result: null })
    })

    test('a job whose lease ran out is taken up again; after its last try it fails and says the worker died', async () => {
      const jobs = queue({ leaseMs: 300 })
      jobs.register('orphan', async (_: null, { attempt }) => attempt)
      const again = await jobs.enqueue('orphan', null)
      const dead = await jobs.enqueue('orphan', null)
      const { db } = bench.home.first.database
      const orphan = { status: 'running', lease_token: 'dead:1', lease_until: Date.now() - 1, progress: 0.5 } as const
      await db
        .updateTable('jobs')
        .set({ ...orphan, attempts: 1 })
        .where('id', '=', again.id)
        .execute()
      await db
        .updateTable('jobs')
        .set({ ...orphan, attempts: 3 })
        .where('id', '=', dead.id)
        .execute()
      await jobs.start()
      expect(await jobs.wait(again.id)).toMatchObject({ status: 'succeeded', attempts: 2, result: 2 })
      const failed = await jobs.wait(dead.id)
      expect(failed).toMatchObject({ status: 'failed', attempts: 3 })
      expect(failed.error?.message).toContain('worker died 3 times')
    })

    test('a lease is kept for as long as the handler runs', async () => {
      const jobs = queue({ leaseMs: 300 })
      const other = queue({ leaseMs: 300 }, bench.home.second)
      let runs = 0
      const slow = async (): Promise<void> => {
        runs++
        await sleep(900)
      }
      jobs.register('slow', slow)
      other.register('slow', slow)
      await Promise.all([jobs.start(), other.start()])
      const { id } = await jobs.enqueue('slow', null)
      expect(await jobs.wait(id)).toMatchObject({ status: 'succeeded', attempts: 1 })
      expect(runs).toBe(1)
    })

    test('stop waits for short jobs and gives long ones back, not counting the attempt', async () => {
      const jobs = queue()
      const started: Job['id'][] = []
      // It ends once the stop has begun, however slow the machine is.
      const stopping = Promise.withResolvers<void>()
      jobs.register('short', async () => stopping.promise.then(() => sleep(100)).then(() => 'drained'))
      jobs.register('long', async (_: null, { id, signal }) => {
        started.push(id)
        await aborted(signal)
        throw signal.reason
      })
      await jobs.start()
      const short = await jobs.enqueue('short', null)
      const long = await jobs.enqueue('long', null)
      await until(async () => started.length === 1 && (await jobs.get(short.id)).status === 'running')
      const stopped = jobs.stop({ drainMs: 400 })
      stopping.resolve()
      await stopped
      expect(await jobs.get(short.id)).toMatchObject({ status: 'succeeded', result: 'drained' })
      expect(await jobs.get(long.id)).toMatchObject({ status: 'queued', attempts: 0, error: null })
      const other = queue({}, bench.home.second)
      other.register('long', async (_: null, { attempt }) => attempt)
      await other.start()
      expect(await other.wait(long.id)).toMatchObject({ status: 'succeeded', attempts: 1, result: 1 })
    })
  })

  describe('the log of a job', () => {
    test('holds every new message once, in order, with what failed tries said, and is whole when the end is told', async () => {
      const jobs = queue()
      jobs.register(
        'talk',
        async (_: null, { attempt, progress }) => {
          progress(0.1, 'reading', 'reading')
          progress(0.15, 'reading')
          progress(0.2)
          if (attempt === 1) throw new Error('the first try fails')
          for (let n = 1; n <= 30; n++) progress(0.2 + n / 100, `part ${n}`, 'fitting')
        },
        { backoffMs: 1 },
      )
      await jobs.start()
      const { id } = await jobs.enqueue('talk', null)
      expect(await jobs.wait(id)).toMatchObject({ status: 'succeeded', stage: null })
      const said = await jobs.log(id)
      expect(said.map(({ message }) => message)).toEqual([
        'reading',
        'Attempt 1 of 3 failed: the first try fails',
        'reading',
        ...Array.from({ length: 30 }, (_, n) => `part ${n + 1}`),
      ])
      expect(said.every(({ at, progress }, index) => progress <= 1 && at >= (said[index - 1]?.at ?? 0))).toBe(true)
      await expect(jobs.log('nobody')).rejects.toMatchObject({ code: 'job_not_found' })
    })

    test('keeps the last 500 messages, and goes with the job', async () => {
      const jobs = queue({ retentionMs: 0 })
      jobs.register('chatter', async (_: null, { progress, finish }) => {
        for (let n = 0; n < 1_700; n++) {
          progress(n / 2_000, `line ${n}`)
          if (n % 400 === 0) await sleep(300)
        }
        await finish(async () => null)
      })
      await jobs.start()
      const { id } = await jobs.enqueue('chatter', null)
      await jobs.wait(id)
      const said = await jobs.log(id)
      expect([said.length, said[0]?.message, said.at(-1)?.message]).toEqual([500, 'line 1200', 'line 1699'])
      await bench.home.first.database.db.deleteFrom('jobs').where('id', '=', id).execute()
      const left = await bench.home.first.database.db.selectFrom('job_log').select('id').where('job', '=', id).execute()
      expect(left).toEqual([])
    })
  })

  test('what a job is about and where it failed stay with it; jobs are found by the one and counted by their end', async () => {
    const jobs = queue()
    jobs.register(
      'train',
      async (fails: boolean, { progress }) => {
        progress(0.5, 'fitting the trees', 'fitting')
        if (fails) throw new TandemError('too_few_rows', 'There are 3 rows.')
      },
      { maxAttempts: 1 },
    )
    const failing = await jobs.enqueue('train', true, { subject: 'churn' })
    const good = await jobs.enqueue('train', false, { subject: 'price' })
    const canceled = await jobs.enqueue('train', false, { subject: 'churn' })
    await jobs.cancel(canceled.id)
    expect(await jobs.recentCounts()).toEqual({ queued: 2, running: 0, succeeded24h: 0, failed24h: 0, canceled24h: 1 })
    await jobs.start()
    expect(await jobs.wait(failing.id)).toMatchObject({ status: 'failed', subject: 'churn', stage: 'fitting' })
    await jobs.wait(good.id)
    expect(await jobs.recentCounts()).toEqual({ queued: 0, running: 0, succeeded24h: 1, failed24h: 1, canceled24h: 1 })
    expect((await jobs.list({ subject: 'churn' })).items.map(({ id }) => id).sort()).toEqual([failing.id, canceled.id].sort())
    const dayLater = queue({ clock: () => Date.now() + 25 * 3_600_000 })
    expect(await dayLater.recentCounts()).toMatchObject({ succeeded24h: 0, failed24h: 0 })
    expect(await jobs.retry(failing.id)).toMatchObject({ stage: null })
  })
}
