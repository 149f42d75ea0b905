// Following a job, keeping and removing old ones, schedules.
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../../errors.ts'
import type { Job } from '../jobs.ts'
import { type JobsBench, sleep, until } from './jobs-bench.ts'

export function checkFollowing(bench: JobsBench): void {
  const { queue } = bench
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
      const stopListening = bench.home.first.events.on('job.updated', () => void told++)
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
      const [a, b] = [queue({ clock }), queue({ clock }, bench.home.second)]
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
}
