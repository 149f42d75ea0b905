// What the checks of a queue share: servers on one database, queues that end with their test, and waiting.
import type { Events } from '../../events/events.ts'
import type { Database } from '../../storage/database.ts'
import type { Job, Jobs } from '../jobs.ts'
import type { JobsOptions } from '../queue.ts'

export interface JobsServer {
  readonly database: Database
  readonly events: Events
  readonly dispatch?: JobsOptions['dispatch']
  readonly overdueMs?: number
}

export interface JobsHome {
  /** Servers on one database; `second` is the same handle where one process holds the file. */
  readonly first: JobsServer
  readonly second: JobsServer
  close(): Promise<void>
}

export interface JobsBench {
  readonly home: JobsHome
  /** A queue of the first server unless said; it is stopped after the test. */
  queue(options?: Partial<JobsOptions>, server?: JobsServer): Jobs
  /** What the queues have logged since the test began. */
  readonly logged: readonly { readonly level: string; readonly message: string; readonly details: Record<string, unknown> }[]
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function until(condition: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not reached within ${withinMs} ms`)
    await sleep(10)
  }
}

export async function reach(jobs: Jobs, id: string, condition: (job: Job) => boolean): Promise<Job> {
  await until(async () => condition(await jobs.get(id)))
  return jobs.get(id)
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
}
