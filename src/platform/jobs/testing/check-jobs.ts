// What every queue must hold, written once and run on each engine.
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import type { Jobs } from '../jobs.ts'
import { createJobs, type JobsOptions } from '../queue.ts'
import type { JobLog } from '../running-job.ts'
import { checkFailures } from './check-failures.ts'
import { checkFollowing } from './check-following.ts'
import { checkLeases } from './check-leases.ts'
import { checkRunning } from './check-running.ts'
import type { JobsBench, JobsHome, JobsServer } from './jobs-bench.ts'

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
    const bench: JobsBench = {
      queue,
      logged,
      get home() {
        return home
      },
    }
    checkRunning(bench)
    checkFailures(bench)
    checkLeases(bench)
    checkFollowing(bench)
  })
}
