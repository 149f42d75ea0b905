// The queue on both engines, a process killed in the middle of a job, cron in time zones, and backoff.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { fileEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../storage/testing/test-engines.ts'
import { nextRun } from './cron.ts'
import { newJobId } from './job-row.ts'
import { createJobs } from './queue.ts'
import { backoffDelayMs, MAX_BACKOFF_MS } from './retry-policy.ts'
import { checkJobs } from './testing/check-jobs.ts'
import { closeServer, openOn } from './testing/engines.ts'

const postgres = await postgresEngine('jobs')
const postgresToKill = await postgresEngine('jobs_crash')

checkJobs('SQLite', async () => {
  const engine = await fileEngine()
  const server = await openOn(engine)
  return {
    first: server,
    second: server,
    async close() {
      await closeServer(server)
      await engine.dispose()
    },
  }
})

if (postgres) {
  checkJobs('PostgreSQL', async () => {
    const [first, second] = [await openOn(postgres), await openOn(postgres)]
    return {
      first,
      second,
      async close() {
        await closeServer(first)
        await closeServer(second)
        await postgres.dispose()
      },
    }
  })
} else {
  test.skip(`jobs on PostgreSQL: ${POSTGRES_ABSENT}`, () => {})
}

describe('a process killed in the middle of a job', () => {
  test('SQLite: the next one resumes the job at its start, without waiting for the lease to run out', async () => {
    await killAndResume(await fileEngine(), 'at once')
  })

  test.skipIf(!postgresToKill)('PostgreSQL: another one resumes it when the lease has run out', async () => {
    await killAndResume(postgresToKill!, 'after the lease')
  })
})

async function killAndResume(engine: TestEngine, when: 'at once' | 'after the lease'): Promise<void> {
  try {
    const script = fileURLToPath(new URL('./testing/crash-child.ts', import.meta.url))
    const child = spawn(process.execPath, [script, engine.options.dataDir, engine.options.url ?? ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`the child ended with ${code} before its job ran`)))
    })
    child.removeAllListeners('exit')
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited

    const server = await openOn(engine)
    // It stands still, as if no time had passed since the lease was taken.
    let now = 0
    const jobs = createJobs({ ...server, clock: () => now, leaseMs: 1_500, pollMinMs: 20, pollMaxMs: 50 })
    try {
      jobs.register('mortal', async (_: null, { attempt }) => `attempt ${attempt}`)
      const [left] = (await jobs.list()).items
      expect(left).toMatchObject({ status: 'running', attempts: 1, progress: 0.4, message: 'half way' })
      now = left!.startedAt!
      await jobs.start()
      if (when === 'after the lease') {
        await new Promise((resolve) => setTimeout(resolve, 200))
        expect(await jobs.get(left!.id)).toMatchObject({ status: 'running', attempts: 1 })
        // The last extension of the lease came before the process died.
        now = Date.now() + 1_501
      }
      expect(await jobs.wait(left!.id)).toMatchObject({ status: 'succeeded', attempts: 2, result: 'attempt 2' })
    } finally {
      await jobs.stop()
      await closeServer(server)
    }
  } finally {
    await engine.dispose()
  }
}

describe('nextRun', () => {
  const at = (text: string): number => Date.parse(text)

  test('reads the expression in its time zone', () => {
    expect(nextRun('0 3 * * *', 'UTC', at('2026-06-01T03:00:00Z'))).toBe(at('2026-06-02T03:00:00Z'))
    expect(nextRun('0 3 * * *', 'Europe/Paris', at('2026-06-01T00:00:00Z'))).toBe(at('2026-06-01T01:00:00Z'))
    expect(nextRun('0 3 * * *', 'Europe/Paris', at('2026-12-01T00:00:00Z'))).toBe(at('2026-12-01T02:00:00Z'))
    expect(nextRun('0 8 * * MON', 'America/New_York', at('2026-06-02T00:00:00Z'))).toBe(at('2026-06-08T12:00:00Z'))
  })

  test('a time that the spring change skips runs once, right after it', () => {
    // Paris, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    const skipped = nextRun('30 2 * * *', 'Europe/Paris', at('2026-03-28T12:00:00Z'))
    expect(skipped).toBeGreaterThanOrEqual(at('2026-03-29T01:00:00Z'))
    expect(skipped).toBeLessThanOrEqual(at('2026-03-29T01:30:00Z'))
    expect(nextRun('30 2 * * *', 'Europe/Paris', skipped)).toBe(at('2026-03-30T00:30:00Z'))
  })

  test('a time that comes twice in autumn runs once', () => {
    // Paris, 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC, so 02:30 is 00:30 and 01:30 UTC.
    const first = nextRun('30 2 * * *', 'Europe/Paris', at('2026-10-24T12:00:00Z'))
    expect(first).toBe(at('2026-10-25T00:30:00Z'))
    expect(nextRun('30 2 * * *', 'Europe/Paris', first)).toBe(at('2026-10-26T01:30:00Z'))
  })

  test.each([
    ['61 * * * *', 'UTC', 'Examples'],
    ['* * * *', 'UTC', 'five fields'],
    ['0 0 3 * * *', 'UTC', 'five fields'],
    ['tomorrow', 'UTC', 'five fields'],
    ['0 0 31 2 *', 'UTC', 'never matches'],
    ['0 3 * * *', 'Paris', 'Europe/Paris'],
    ['0 3 * * *', 'Mars/Olympus', 'IANA'],
  ])('"%s" in "%s" is refused with advice', (cron, timezone, advice) => {
    expect(() => nextRun(cron, timezone, 0)).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(advice) }),
    )
  })
})

describe('backoffDelayMs', () => {
  test('doubles with full jitter up to an hour', () => {
    expect([1, 2, 3, 4].map((attempt) => backoffDelayMs(attempt, 1_000, () => 0.999_999))).toEqual([999, 1_999, 3_999, 7_999])
    expect(backoffDelayMs(3, 1_000, () => 0)).toBe(0)
    expect(backoffDelayMs(200, 1_000, () => 0.5)).toBe(MAX_BACKOFF_MS / 2)
  })
})

describe('newJobId', () => {
  test('is a UUID of version 7 that sorts in the order of making, also within a millisecond', () => {
    const ids = Array.from({ length: 10_000 }, () => newJobId(1_800_000_000_000))
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(10_000)
  })
})
