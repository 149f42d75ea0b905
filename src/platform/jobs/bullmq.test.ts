// The queue with BullMQ bringing the jobs, on a real Redis: all that holds for the queue holds with it, and nothing is lost without it.
import { afterAll, describe, expect, test } from 'vitest'
import { REDIS_ABSENT, testRedis } from '../redis/testing/test-redis.ts'
import { fileEngine } from '../storage/testing/test-engines.ts'
import { loadBullmqDispatch } from './bullmq-dispatch.ts'
import { createJobs } from './queue.ts'
import { checkJobs } from './testing/check-jobs.ts'
import { closeServer, openOn } from './testing/engines.ts'

const redis = await testRedis('bullmq')
afterAll(() => redis?.[Symbol.asyncDispose]())

if (redis === undefined) test.skip(`jobs on BullMQ: ${REDIS_ABSENT}`, () => {})
else {
  checkJobs('SQLite, brought by BullMQ', async () => {
    const engine = await fileEngine()
    const dispatch = await loadBullmqDispatch(await redis.link())
    // Clocks of tests stand still or jump: what BullMQ then brings late is soon looked for.
    const server = { ...(await openOn(engine)), dispatch, overdueMs: 100 }
    return {
      first: server,
      second: server,
      async close() {
        await closeServer(server)
        await engine.dispose()
      },
    }
  })

  describe('jobs brought by BullMQ', () => {
    test('run within the time of a round trip, on servers that look into the database once a minute', async () => {
      const engine = await fileEngine()
      const server = await openOn(engine)
      const dispatch = await loadBullmqDispatch(await redis.link())
      const slow = { ...server, dispatch, pollMinMs: 60_000, pollMaxMs: 60_000, overdueMs: 3_600_000 }
      const [one, two] = [createJobs(slow), createJobs(slow)]
      const ran: string[] = []
      // Nobody is done before both have begun: more than the one can hold come to the other.
      const both = Promise.withResolvers<void>()
      for (const [name, jobs] of [
        ['one', one],
        ['two', two],
      ] as const) {
        const handler = async (): Promise<void> => {
          ran.push(name)
          if (new Set(ran).size === 2) both.resolve()
          await both.promise
        }
        jobs.register('work', handler, { concurrency: 2 })
        await jobs.start()
      }
      const made = await Promise.all(Array.from({ length: 12 }, (_, turn) => one.enqueue('work', { turn })))
      for (const { id } of made) expect(await two.wait(id, { timeoutMs: 60_000 })).toMatchObject({ status: 'succeeded', attempts: 1 })
      expect(new Set(ran)).toEqual(new Set(['one', 'two']))
      const later = await one.enqueue('work', {}, { runAt: Date.now() + 200 })
      const { startedAt } = await one.wait(later.id, { timeoutMs: 60_000 })
      expect(startedAt).toBeGreaterThanOrEqual(later.runAt)
      await Promise.all([one.stop(), two.stop()])
      await closeServer(server)
      await engine.dispose()
    })

    test('run without Redis, and those that were queued meanwhile are found', async () => {
      const engine = await fileEngine()
      const server = await openOn(engine)
      const proxy = await redis.proxy()
      const dispatch = await loadBullmqDispatch(await redis.link(proxy.url))
      const jobs = createJobs({ ...server, dispatch, pollMinMs: 20, pollMaxMs: 50, overdueMs: 100 })
      jobs.register('work', async () => 'done')
      await jobs.start()
      await proxy.cut()
      const without = await jobs.enqueue('work', {})
      expect(await jobs.wait(without.id, { timeoutMs: 60_000 })).toMatchObject({ status: 'succeeded' })
      await proxy.mend()
      const again = await jobs.enqueue('work', {})
      expect(await jobs.wait(again.id, { timeoutMs: 60_000 })).toMatchObject({ status: 'succeeded', attempts: 1 })
      await jobs.stop()
      await closeServer(server)
      await engine.dispose()
    })
  })
}
