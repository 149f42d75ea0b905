// Jobs that run: order, priorities, concurrency, times, unique keys.
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../../errors.ts'
import { type JobsBench, sleep, until } from './jobs-bench.ts'

export function checkRunning(bench: JobsBench): void {
  const { queue } = bench
  describe('running', () => {
    test('tells once for each job how it ended and how long its last try ran', async () => {
      const ended: [string, string, number][] = []
      const jobs = queue({ onFinished: (...job) => ended.push(job) })
      const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
      jobs.register('slow', async () => pause(60))
      jobs.register('exact', (_: null, { finish }) => finish(async () => 'done'))
      jobs.register('faulty', () => Promise.reject(new Error('no')), { maxAttempts: 2, backoffMs: 1 })
      jobs.register(
        'endless',
        (_: null, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      )
      await jobs.start()
      const kinds = ['slow', 'exact', 'faulty', 'endless']
      const ids = await Promise.all(kinds.map(async (kind) => (await jobs.enqueue(kind, null)).id))
      await expect.poll(async () => (await jobs.get(ids[3]!)).status).toBe('running')
      await jobs.cancel(ids[3]!)
      for (const id of ids) await jobs.wait(id, { timeoutMs: 60_000 })
      // Told when the handler has ended; who waits for the job may know before.
      const told = ['endless canceled', 'exact succeeded', 'faulty failed', 'slow succeeded']
      await expect.poll(() => ended.map(([kind, status]) => `${kind} ${status}`).sort()).toEqual(told)
      const slow = ended.find(([kind]) => kind === 'slow')![2]
      expect(slow).toBeGreaterThan(0.05)
    })

    test('runs a job and keeps its result', async () => {
      const jobs = queue()
      jobs.register('double', async ({ n }: { n: number }) => ({ n: n * 2 }))
      await jobs.start()
      const queued = await jobs.enqueue('double', { n: 21 }, { createdBy: 'me' })
      expect(queued).toMatchObject({ status: 'queued', attempts: 0, maxAttempts: 3, createdBy: 'me', payload: { n: 21 }, result: null })
      const done = await jobs.wait(queued.id)
      expect(done).toMatchObject({ status: 'succeeded', attempts: 1, progress: 1, result: { n: 42 }, error: null })
      expect(done.finishedAt).toBeGreaterThanOrEqual(done.startedAt ?? 0)
    })

    test('starts larger priorities first, then the order of enqueueing', async () => {
      const jobs = queue()
      const order: string[] = []
      jobs.register('note', async (name: string) => void order.push(name))
      for (const name of ['a', 'b', 'c', 'd']) await jobs.enqueue('note', name, { priority: name === 'c' ? 5 : 0 })
      const low = await jobs.enqueue('note', 'low', { priority: -1 })
      await jobs.start()
      await jobs.wait(low.id)
      expect(order).toEqual(['c', 'a', 'b', 'd', 'low'])
    })

    test('runs at most `concurrency` jobs of a kind at once, and a full kind does not hold up another', async () => {
      const jobs = queue()
      let now = 0
      let most = 0
      const gate = Promise.withResolvers<void>()
      jobs.register(
        'slow',
        async () => {
          most = Math.max(most, ++now)
          await gate.promise
          await sleep(5)
          now--
        },
        { concurrency: 3 },
      )
      jobs.register('other', async () => 'ran')
      await jobs.start()
      const slow = await Promise.all(Array.from({ length: 12 }, () => jobs.enqueue('slow', null)))
      const other = await jobs.enqueue('other', null)
      expect((await jobs.wait(other.id)).status).toBe('succeeded')
      await until(async () => now === 3)
      gate.resolve()
      await Promise.all(slow.map((job) => jobs.wait(job.id)))
      expect(most).toBe(3)
    })

    test('1,000 jobs on four workers: each effect exactly once', async () => {
      const workers = [queue(), queue({}, bench.home.second), queue(), queue({}, bench.home.second)]
      for (const [index, worker] of workers.entries()) {
        worker.register(
          'effect',
          (n: number, { finish }) =>
            finish(async (tx) => {
              await tx
                .insertInto('settings')
                .values({ name: `effect ${n}`, value: `${index}`, updated_at: 0 })
                .execute()
              return n
            }),
          { concurrency: 4 },
        )
      }
      await bench.home.first.database.transaction(async (tx) => {
        for (let n = 0; n < 1_000; n++) await workers[0]!.enqueue('effect', n, { tx })
      })
      await Promise.all(workers.map((worker) => worker.start()))
      await until(async () => (await workers[0]!.counts()).succeeded === 1_000, 110_000)
      const effects = await bench.home.first.database.db.selectFrom('settings').selectAll().where('name', 'like', 'effect %').execute()
      expect(new Set(effects.map((row) => row.name)).size).toBe(1_000)
      const again = await bench.home.first.database.db.selectFrom('jobs').select('id').where('attempts', '!=', 1).execute()
      expect(again).toEqual([])
      expect(new Set(effects.map((row) => row.value)).size).toBeGreaterThan(1)
    })

    test('an effect and the end of its job are one transaction: neither without the other', async () => {
      const jobs = queue()
      jobs.register('half', (_: null, { finish }) =>
        finish(async (tx) => {
          await tx.insertInto('settings').values({ name: 'half', value: '1', updated_at: 0 }).execute()
          throw new TandemError('too_few_rows', 'stop')
        }),
      )
      await jobs.start()
      const job = await jobs.wait((await jobs.enqueue('half', null)).id)
      expect(job).toMatchObject({ status: 'failed', error: { code: 'too_few_rows' } })
      expect(await bench.home.first.database.db.selectFrom('settings').selectAll().execute()).toEqual([])
    })

    test('a job enqueued in a transaction exists when that commits, and then starts at once', async () => {
      const jobs = queue({ pollMinMs: 600_000, pollMaxMs: 600_000 })
      jobs.register('in-tx', async () => 'done')
      await jobs.start()
      let id = ''
      const rolledBack = bench.home.first.database.transaction(async (tx) => {
        id = (await jobs.enqueue('in-tx', null, { tx })).id
        throw new Error('roll back')
      })
      await expect(rolledBack).rejects.toThrow('roll back')
      await expect(jobs.get(id)).rejects.toMatchObject({ code: 'job_not_found' })
      const job = await bench.home.first.database.transaction(async (tx) => jobs.enqueue('in-tx', null, { tx }))
      // Nobody looks for it in this time by himself.
      expect((await jobs.wait(job.id)).status).toBe('succeeded')
    })

    test('a later `runAt` is waited for', async () => {
      const jobs = queue()
      jobs.register('later', async () => Date.now())
      await jobs.start()
      const runAt = Date.now() + 300
      const job = await jobs.wait((await jobs.enqueue('later', null, { runAt })).id)
      expect(job.result).toBeGreaterThanOrEqual(runAt)
    })
  })

  describe('unique keys', () => {
    test('of 20 at the same moment on two servers one job is made', async () => {
      const [a, b] = [queue(), queue({}, bench.home.second)]
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? a : b).enqueue('unique', n, { uniqueKey: 'train match' })),
      )
      expect(new Set(made.map((job) => job.id)).size).toBe(1)
      expect((await a.counts()).queued).toBe(1)
      await a.cancel(made[0]!.id)
      const next = await b.enqueue('unique', null, { uniqueKey: 'train match' })
      expect(next.id).not.toBe(made[0]!.id)
      await expect(a.retry(made[0]!.id)).rejects.toMatchObject({ code: 'conflict', details: { other: next.id } })
    })
  })
}
