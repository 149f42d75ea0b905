// The port to the durable queue. Adapter: queue.ts on the database.
import type { Transaction } from 'kysely'
import type { Queryable } from '../storage/database.ts'
import type { Tables } from '../storage/tables.ts'

export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'

export interface JobError {
  readonly code: string
  readonly message: string
  readonly stack?: string
}

export interface Job {
  readonly id: string
  readonly kind: string
  readonly status: JobStatus
  /** 0..1, never goes back within an attempt. */
  readonly progress: number
  readonly message: string | null
  readonly payload: unknown
  readonly result: unknown
  readonly error: JobError | null
  readonly attempts: number
  readonly maxAttempts: number
  readonly priority: number
  readonly createdAt: number
  readonly runAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly createdBy: string | null
  /** What it is about: the name of a model. */
  readonly subject: string | null
  /** What it is doing, or was doing when it failed, in a word: `reading`, `fitting`. */
  readonly stage: string | null
}

/** Something a job said. */
export interface JobLogEntry {
  readonly at: number
  readonly progress: number
  readonly message: string
}

/** Jobs that wait or run, and those that ended in the last 24 hours. */
export interface RecentJobCounts {
  readonly queued: number
  readonly running: number
  readonly succeeded24h: number
  readonly failed24h: number
  readonly canceled24h: number
}

export interface JobContext {
  readonly id: string
  /** 1 for the first try; larger after a failure or when the process that ran it died. */
  readonly attempt: number
  /** Aborted on cancel, on loss of the lease and at shutdown. */
  readonly signal: AbortSignal
  /** Cheap to call often: written to the database at most every 250 ms, told as an event at most every 100 ms. */
  progress(fraction: number, message?: string, stage?: string): void
  /** Shows a result so far: stored when this returns, told soon after; replaced by the next one and by the result of the job. */
  report(result: unknown): Promise<void>
  /**
   * Runs `work` and marks the job succeeded with what it returns, in one transaction: its effects in the database
   * happen exactly once, however often the job was started. Rejects (and changes nothing) when the lease was lost or
   * the job canceled. What the handler returns afterwards is not used.
   */
  finish<Result>(work: (tx: Transaction<Tables>) => Promise<Result>): Promise<Result>
}

export interface JobKindOptions {
  /** Jobs of this kind running at once in this server. Default 1. */
  readonly concurrency?: number
  /** Tries in all. Default 3. Errors of input (`invalid_input`, `too_few_rows` ...) are never retried. */
  readonly maxAttempts?: number
  /** First delay; doubles each time with full jitter, at most one hour. Default 1000. */
  readonly backoffMs?: number
}

export interface EnqueueOptions {
  readonly priority?: number
  /** Milliseconds since 1970; not started earlier. */
  readonly runAt?: number
  readonly maxAttempts?: number
  /** While a job with this key is queued or running, enqueue returns that one (whatever its kind and payload) instead of a second. */
  readonly uniqueKey?: string
  readonly createdBy?: string
  /** What it is about: the name of a model. */
  readonly subject?: string
  /** The caller's transaction: the job exists exactly when that commits. */
  readonly tx?: Queryable
}

export interface JobFilter {
  readonly status?: JobStatus
  readonly kind?: string
  readonly subject?: string
  readonly cursor?: string
  readonly limit?: number
}

export interface Schedule {
  readonly name: string
  /** Five-field cron expression. */
  readonly cron: string
  /** IANA name, for example `Europe/Paris`. Default `UTC`. */
  readonly timezone: string
  readonly kind: string
  readonly payload: unknown
  readonly nextRunAt: number
  readonly lastRunAt: number | null
}

export interface Jobs {
  /** Declares what runs jobs of a kind; before `start`. */
  register<Payload, Result>(
    kind: string,
    handler: (payload: Payload, context: JobContext) => Promise<Result>,
    options?: JobKindOptions,
  ): void
  enqueue(kind: string, payload: unknown, options?: EnqueueOptions): Promise<Job>
  get(id: string): Promise<Job>
  list(filter?: JobFilter): Promise<{ readonly items: readonly Job[]; readonly nextCursor?: string }>
  /** Queued: canceled at once. Running: its signal is aborted. Finished: `conflict`. */
  cancel(id: string): Promise<Job>
  /** Puts a failed or canceled job back in the queue with its attempts at 0. */
  retry(id: string): Promise<Job>
  /** Resolves when the job has finished, or with its present state after `timeoutMs`. */
  wait(id: string, options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<Job>
  /** Each state as it changes, ending with the finished one. */
  watch(id: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<Job>
  /**
   * Creates or changes a schedule; the next run is due at the next matching minute. Repeating an unchanged one keeps
   * its next run, so that one missed while no server ran fires once. A run still going when the next is due takes its place.
   */
  schedule(name: string, schedule: { cron: string; timezone?: string; kind: string; payload?: unknown }): Promise<Schedule>
  unschedule(name: string): Promise<void>
  schedules(): Promise<readonly Schedule[]>
  /** Counts by status, for metrics. */
  counts(): Promise<Readonly<Record<JobStatus, number>>>
  recentCounts(): Promise<RecentJobCounts>
  /** What the job said, oldest first, the last 500. Throws `job_not_found`. */
  log(id: string): Promise<readonly JobLogEntry[]>
  start(): Promise<void>
  /** Takes no new jobs, waits up to `drainMs` for running ones, then aborts them and gives their leases back. */
  stop(options?: { readonly drainMs?: number }): Promise<void>
}
