// Jobs that fail or are canceled: tries, back-off, dead letters.
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../../errors.ts'
import type { Events } from '../../events/events.ts'
import { aborted, type JobsBench, reach, sleep } from './jobs-bench.ts'

export function checkFailures(bench: JobsBench): void {
  const { queue, logged } = bench
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
      await (where === 'here' ? jobs : queue({ events: deaf }, bench.home.second)).cancel(id)
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
}
