// What every queue must hold, written once and run on each engine.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { TandemError } from '../../../errors.ts'
import type { Events } from '../../events/events.ts'
import type { Database } from '../../storage/database.ts'
import type { Job, JobContext, Jobs } from '../jobs.ts'
import { createJobs, type JobsOptions } from '../queue.ts'
import type { JobLog } from '../running-job.ts'

export interface JobsServer {
  readonly database: Database
  readonly events: Events
}

export interface JobsHome {
  /** Servers on one database; `second` is the same handle where one process holds the file. */
  readonly first: JobsServer
  readonly second: JobsServer
  close(): Promise<void>
}

const QUICK = { pollMinMs: 20, pollMaxMs: 50 } as const

export function checkJobs(name: string, make: () => Promise<JobsHome>): void {
  describe(`jobs on ${name}`, () => {
    let home: JobsHome
    let queues: Jobs[] = []
    const logged: { level: string; message: string; details: Record<string, unknown> }[] = []
    const note = (level: string) => (details: object, message: string) => void logged.push({ level, message, details: { ...details } })
    const log: JobLog = { info: note('info'), warn: note('warn'), error: note('error') }
    const queue = (options: Partial<JobsOptions> = {}, server: JobsServer = home.first): Jobs => {
      const jobs = createJobs({ ...server, ...QUICK, log, ...options })
      queues.push(jobs)
      return jobs
    }
    beforeAll(async () => {
      home = await make()
    })
    afterAll(() => home?.close())
    beforeEach(async () => {
      logged.length = 0
      for (const table of ['jobs', 'schedules', 'settings'] as const) await home.first.database.db.deleteFrom(table).execute()
    })
    afterEach(async () => {
      await Promise.all(queues.map((jobs) => jobs.stop({ drainMs: 0 })))
      queues = []
    })

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
        for (const id of ids) await jobs.wait(id, { timeoutMs: 5_000 })
        expect(ended.map(([kind, status]) => `${kind} ${status}`).sort()).toEqual([
          'endless canceled',
          'exact succeeded',
          'faulty failed',
          'slow succeeded',
        ])
        const slow = ended.find(([kind]) => kind === 'slow')![2]
        expect(slow).toBeGreaterThan(0.05)
        expect(slow).toBeLessThan(5)
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

      test('2,000 jobs on four workers: each effect exactly once', async () => {
        const workers = [queue(), queue({}, home.second), queue(), queue({}, home.second)]
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
        await home.first.database.transaction(async (tx) => {
          for (let n = 0; n < 2_000; n++) await workers[0]!.enqueue('effect', n, { tx })
        })
        await Promise.all(workers.map((worker) => worker.start()))
        await until(async () => (await workers[0]!.counts()).succeeded === 2_000, 25_000)
        const effects = await home.first.database.db.selectFrom('settings').selectAll().where('name', 'like', 'effect %').execute()
        expect(new Set(effects.map((row) => row.name)).size).toBe(2_000)
        const again = await home.first.database.db.selectFrom('jobs').select('id').where('attempts', '!=', 1).execute()
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
        expect(await home.first.database.db.selectFrom('settings').selectAll().execute()).toEqual([])
      })

      test('a job enqueued in a transaction exists when that commits, and then starts at once', async () => {
        const jobs = queue({ pollMinMs: 5_000, pollMaxMs: 5_000 })
        jobs.register('in-tx', async () => 'done')
        await jobs.start()
        let id = ''
        const rolledBack = home.first.database.transaction(async (tx) => {
          id = (await jobs.enqueue('in-tx', null, { tx })).id
          throw new Error('roll back')
        })
        await expect(rolledBack).rejects.toThrow('roll back')
        await expect(jobs.get(id)).rejects.toMatchObject({ code: 'job_not_found' })
        const started = Date.now()
        const job = await home.first.database.transaction(async (tx) => jobs.enqueue('in-tx', null, { tx }))
        expect((await jobs.wait(job.id)).status).toBe('succeeded')
        expect(Date.now() - started).toBeLessThan(2_000)
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
        const [a, b] = [queue(), queue({}, home.second)]
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

    describe('failure', () => {
      test('waits random x first x 2^n between tries, then keeps the error', async () => {
        let now = 1_800_000_000_000
        const jobs = queue({ clock: () => now, random: () => 0.5 })
        jobs.register('fails', async () => Promise.reject(new Error('upstream tdm_abcdefghijklmnopqrstuvwxyz is down')), {
          maxAttempts: 3,
          backoffMs: 1_000,
        })
        await jobs.start()
        const { id } = await jobs.enqueue('fails', null)
        for (const [attempts, delayMs] of [
          [1, 500],
          [2, 1_000],
        ] as const) {
          const job = await reach(jobs, id, (seen) => seen.attempts === attempts && seen.status === 'queued')
          expect(job.runAt).toBe(now + delayMs)
          now += delayMs - 1
          await sleep(80)
          expect((await jobs.get(id)).attempts).toBe(attempts)
          now += 1
        }
        const failed = await jobs.wait(id)
        expect(failed).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'internal' } })
        expect(failed.error?.message).toMatch(/upstream .* is down/)
        expect(failed.error?.message).not.toContain('abcdefghijklmnopqrstuvwxyz')
        expect(failed.error?.stack).toContain('Error')
      })

      test('errors of the input are not tried again', async () => {
        const jobs = queue()
        jobs.register('input', async () => Promise.reject(new TandemError('too_few_classes', 'The target holds 1 class.')))
        await jobs.start()
        const job = await jobs.wait((await jobs.enqueue('input', null)).id)
        expect(job).toMatchObject({
          status: 'failed',
          attempts: 1,
          error: { code: 'too_few_classes', message: 'The target holds 1 class.' },
        })
      })

      test('whatever a handler throws or returns fails its job and nothing else', async () => {
        const jobs = queue()
        const circular: Record<string, unknown> = {}
        circular.self = circular
        jobs.register('odd', (how: string) => {
          if (how === 'sync') throw new Error('sync')
          if (how === 'undefined') return Promise.reject(undefined)
          return Promise.resolve(how === 'circular' ? circular : () => 1)
        })
        await jobs.start()
        for (const how of ['sync', 'undefined', 'circular', 'function']) {
          const job = await jobs.wait((await jobs.enqueue('odd', how, { maxAttempts: 1 })).id)
          expect(job.status, how).toBe('failed')
        }
        await expect(jobs.enqueue('odd', { big: 1n })).rejects.toMatchObject({ code: 'invalid_input' })
      })

      test('a failed job can be queued again, with all its tries', async () => {
        const jobs = queue()
        let works = false
        jobs.register('mended', async () => (works ? 'fine' : Promise.reject(new TandemError('model_not_found', 'none'))))
        await jobs.start()
        const { id } = await jobs.enqueue('mended', null)
        expect((await jobs.wait(id)).status).toBe('failed')
        works = true
        expect(await jobs.retry(id)).toMatchObject({ status: 'queued', attempts: 0, error: null, finishedAt: null })
        expect(await jobs.wait(id)).toMatchObject({ status: 'succeeded', attempts: 1, result: 'fine' })
        await expect(jobs.retry(id)).rejects.toMatchObject({ code: 'conflict' })
      })
    })

    describe('cancel', () => {
      test('a queued job is canceled at once; a finished one not at all', async () => {
        const jobs = queue()
        const { id } = await jobs.enqueue('never', null)
        expect(await jobs.cancel(id)).toMatchObject({ status: 'canceled' })
        await expect(jobs.cancel(id)).rejects.toMatchObject({ code: 'conflict' })
        await expect(jobs.cancel('nowhere')).rejects.toMatchObject({ code: 'job_not_found' })
      })

      test.each(['here', 'on a server that hears no events'])('a running job has its signal aborted, canceled %s', async (where) => {
        const jobs = queue({ leaseMs: 300 })
        let reason: unknown
        const running = Promise.withResolvers<void>()
        jobs.register('long', async (_: null, { signal }) => {
          running.resolve()
          await aborted(signal)
          reason = signal.reason
          signal.throwIfAborted()
        })
        await jobs.start()
        const { id } = await jobs.enqueue('long', null)
        await running.promise
        const deaf: Events = {
          emit() {},
          tell() {},
          on: () => () => {},
          onAny: () => () => {},
          want: () => () => {},
          isWanted: () => false,
          close: async () => {},
        }
        await (where === 'here' ? jobs : queue({ events: deaf }, home.second)).cancel(id)
        expect(await jobs.wait(id)).toMatchObject({ status: 'canceled', attempts: 1, result: null })
        expect(reason).toMatchObject({ code: 'canceled' })
      })

      test('a handler that ignores its signal is reported and its result discarded', async () => {
        const jobs = queue({ cancelGraceMs: 80 })
        const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        const running = Promise.withResolvers<void>()
        jobs.register('deaf', async (n: number) => {
          running.resolve()
          await gates[n]?.promise
          return 'late'
        })
        await jobs.start()
        const first = await jobs.enqueue('deaf', 0)
        await running.promise
        await jobs.cancel(first.id)
        gates[0]?.resolve()
        expect(await jobs.wait(first.id)).toMatchObject({ status: 'canceled', result: null })
        expect(logged.some(({ message }) => message.includes('ignored its signal'))).toBe(true)
        // One that never returns: written off after the grace, and its slot is used again.
        const second = await jobs.enqueue('deaf', 1)
        await reach(jobs, second.id, (job) => job.status === 'running')
        await jobs.cancel(second.id)
        expect((await jobs.wait(second.id)).status).toBe('canceled')
        const third = await jobs.enqueue('deaf', 2)
        expect((await jobs.wait(third.id)).result).toBe('late')
        gates[1]?.resolve()
        await sleep(50)
        expect(await jobs.get(second.id)).toMatchObject({ status: 'canceled', result: null })
      })
    })

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
        const { db } = home.first.database
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
        const { db } = home.first.database
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
        const other = queue({ leaseMs: 300 }, home.second)
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
        jobs.register('short', async () => sleep(100).then(() => 'drained'))
        jobs.register('long', async (_: null, { id, signal }) => {
          started.push(id)
          await aborted(signal)
          throw signal.reason
        })
        await jobs.start()
        const short = await jobs.enqueue('short', null)
        const long = await jobs.enqueue('long', null)
        await until(async () => started.length === 1 && (await jobs.get(short.id)).status === 'running')
        await jobs.stop({ drainMs: 400 })
        expect(await jobs.get(short.id)).toMatchObject({ status: 'succeeded', result: 'drained' })
        expect(await jobs.get(long.id)).toMatchObject({ status: 'queued', attempts: 0, error: null })
        const other = queue({}, home.second)
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
        await home.first.database.db.deleteFrom('jobs').where('id', '=', id).execute()
        const left = await home.first.database.db.selectFrom('job_log').select('id').where('job', '=', id).execute()
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

    describe('following', () => {
      test('progress never goes back, is written seldom and ends at 1', async () => {
        const jobs = queue()
        jobs.register('steps', async (_: null, { progress }) => {
          for (let step = 0; step < 2_000; step++) {
            progress(step / 2_000, `step ${step}`)
            progress(step / 4_000)
            progress(Number.NaN)
            if (step % 100 === 99) await sleep(20)
          }
          progress(7)
        })
        let told = 0
        const stopListening = home.first.events.on('job.updated', () => void told++)
        const { id } = await jobs.enqueue('steps', null)
        const seen: Job[] = []
        const watching = (async () => {
          for await (const job of jobs.watch(id)) seen.push(job)
        })()
        await jobs.start()
        await watching
        stopListening()
        const fractions = seen.map((job) => job.progress)
        expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
        expect(seen[0]?.status).toBe('queued')
        expect(seen.at(-1)).toMatchObject({ status: 'succeeded', progress: 1 })
        expect(seen.filter((job) => job.status === 'running').length).toBeGreaterThan(2)
        expect(told).toBeLessThan(30)
      })

      test('shows a result so far while the job runs, until its result takes the place', async () => {
        const jobs = queue()
        jobs.register('partly', async (_: null, { report, progress }) => {
          for (const done of [1, 2]) {
            await report({ done })
            progress(done / 3, `part ${done}`)
            await sleep(400)
          }
          return { done: 3 }
        })
        const { id } = await jobs.enqueue('partly', null)
        await jobs.start()
        const seen: unknown[] = []
        for await (const { status, result } of jobs.watch(id)) if (status === 'running' && result !== null) seen.push(result)
        expect(seen).toContainEqual({ done: 1 })
        expect(seen.at(-1)).toEqual({ done: 2 })
        expect((await jobs.get(id)).result).toEqual({ done: 3 })
      })

      test('waiting ends with the present state after its time, and at once with its signal', async () => {
        const jobs = queue()
        const { id } = await jobs.enqueue('nobody', null)
        expect((await jobs.wait(id, { timeoutMs: 60 })).status).toBe('queued')
        const controller = new AbortController()
        const waiting = jobs.wait(id, { signal: controller.signal })
        controller.abort(new TandemError('canceled', 'gone'))
        await expect(waiting).rejects.toMatchObject({ code: 'canceled' })
        await expect(jobs.wait('nowhere')).rejects.toMatchObject({ code: 'job_not_found' })
      })

      test('lists newest first in pages, filters, and counts', async () => {
        const jobs = queue()
        const ids: string[] = []
        for (let n = 0; n < 7; n++) ids.push((await jobs.enqueue(n % 2 ? 'odd' : 'even', n)).id)
        await jobs.cancel(ids[0]!)
        const found: string[] = []
        let cursor: string | undefined
        do {
          const page = await jobs.list({ limit: 3, ...(cursor ? { cursor } : {}) })
          found.push(...page.items.map((job) => job.id))
          cursor = page.nextCursor
        } while (cursor)
        expect(found).toEqual([...ids].reverse())
        expect((await jobs.list({ kind: 'odd' })).items).toHaveLength(3)
        expect((await jobs.list({ status: 'canceled' })).items.map((job) => job.id)).toEqual([ids[0]])
        expect(await jobs.counts()).toEqual({ queued: 6, running: 0, succeeded: 0, failed: 0, canceled: 1 })
        await expect(jobs.list({ cursor: 'bogus' })).rejects.toMatchObject({ code: 'invalid_input' })
      })

      test('finished jobs are deleted after the retention, others never', async () => {
        const jobs = queue({ clock: () => Date.now() - 40 * 86_400_000 })
        const old = await jobs.enqueue('old', null)
        const queued = await jobs.enqueue('old', null)
        await jobs.cancel(old.id)
        await queue().start()
        await expect(jobs.get(old.id)).rejects.toMatchObject({ code: 'job_not_found' })
        expect((await jobs.get(queued.id)).status).toBe('queued')
      })
    })

    describe('schedules', () => {
      test('of two servers one fires, and a run missed while none was up fires once', async () => {
        let now = Date.UTC(2026, 5, 1, 12, 0, 30)
        const clock = (): number => now
        const [a, b] = [queue({ clock }), queue({ clock }, home.second)]
        const ran: string[] = []
        for (const jobs of [a, b]) jobs.register('tick', async (payload: string) => void ran.push(payload))
        const schedule = await a.schedule('every hour', { cron: '0 * * * *', kind: 'tick', payload: 'tock' })
        expect(schedule).toMatchObject({ timezone: 'UTC', nextRunAt: Date.UTC(2026, 5, 1, 13), lastRunAt: null })
        now += 5.2 * 3_600_000
        // Repeating it unchanged at start does not forget what was missed.
        await b.schedule('every hour', { cron: '0 * * * *', kind: 'tick', payload: 'tock' })
        await Promise.all([a.start(), b.start()])
        await until(async () => (await a.counts()).succeeded === 1)
        await sleep(250)
        expect(ran).toEqual(['tock'])
        expect(await a.schedules()).toEqual([{ ...schedule, nextRunAt: Date.UTC(2026, 5, 1, 18), lastRunAt: now }])
        expect((await a.list()).items[0]?.createdBy).toBe('schedule:every hour')
        expect((await a.schedule('every hour', { cron: '30 * * * *', kind: 'tick' })).nextRunAt).toBe(Date.UTC(2026, 5, 1, 17, 30))
        await a.unschedule('every hour')
        expect(await b.schedules()).toEqual([])
      })
    })
  })
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function until(condition: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not reached within ${withinMs} ms`)
    await sleep(10)
  }
}

async function reach(jobs: Jobs, id: string, condition: (job: Job) => boolean): Promise<Job> {
  await until(async () => condition(await jobs.get(id)))
  return jobs.get(id)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
}
