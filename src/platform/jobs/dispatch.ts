// The port to what brings due jobs to a server with room for them, instead of each server looking into the database.
// It only carries numbers of jobs: the rows in the database stay the truth, so that what it loses is found there a little later.
import type { JobRow } from './job-store.ts'

export type Announced = Pick<JobRow, 'id' | 'kind' | 'priority' | 'run_at' | 'attempts'>

export interface JobDispatch {
  /** A job was queued, or is to run at another time. Never throws, never waits. @param now  by the clock that `run_at` is of. */
  announce(job: Announced, now: number): void
  /** Whether it works now; while it does not, servers look into the database themselves. */
  isUp(): boolean
  /** Begins to bring jobs. `take` resolves when the job has ended or is not to be had. */
  start(kinds: readonly { readonly kind: string; readonly concurrency: number }[], take: (kind: string, id: string) => Promise<void>): void
  /** Brings no more. */
  pause(): void
  close(): Promise<void>
}
