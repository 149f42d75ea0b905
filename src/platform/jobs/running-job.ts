// One job while its handler runs: the signal, throttled progress, and how it ends in the database.
// Every ending shows the lease token, so what a handler does after it lost its job changes nothing.
import { TandemError } from '../../errors.ts'
import type { Database } from '../storage/database.ts'
import { createJobLogBuffer, type JobLogStore } from './job-log.ts'
import { isFinished, jobError, toJson } from './job-row.ts'
import type { Held, JobRow, JobStore } from './job-store.ts'
import type { JobContext, JobKindOptions, JobStatus } from './jobs.ts'
import { backoffDelayMs, DEFAULT_BACKOFF_MS, NEVER_RETRIED } from './retry-policy.ts'

/** Written with the fields first, as pino does. */
export interface JobLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

export interface Handler {
  readonly run: (payload: unknown, context: JobContext) => Promise<unknown>
  readonly options: JobKindOptions
}

export interface RunningJobParts {
  readonly database: Database
  readonly store: JobStore
  readonly jobLog: Pick<JobLogStore, 'append' | 'trim'>
  readonly clock: () => number
  readonly random: () => number
  readonly log: JobLog
  /** Tells everyone the new state. */
  readonly tell: (row: Pick<JobRow, 'id' | 'kind' | 'status' | 'progress' | 'message'>) => void
  readonly onFinished?: OnFinished
}

/** Called once for each job that ended in this process, with how long its last try ran. */
export type OnFinished = (kind: string, status: JobStatus, seconds: number) => void

/** Why the signal was aborted. `lost`: another worker may have the job. */
export type Ending = 'canceled' | 'lost' | 'stopping'

export interface RunningJob extends Held {
  readonly kind: string
  /** When the lease runs out, as far as this worker knows. */
  leaseUntil: number
  readonly signal: AbortSignal
  readonly ending: Ending | undefined
  /** Resolves when the handler has returned and the row is written; never rejects. */
  readonly done: Promise<void>
  abort(ending: Ending, reason: TandemError): void
  /** Writes `canceled` now, for a handler that goes on after its signal; its result will be discarded. */
  giveUp(): Promise<void>
}

const TELL_EVERY_MS = 100
const WRITE_EVERY_MS = 250
const SETTLE_TRIES = 5

/** Starts the handler of a claimed job. */
export function runJob(row: JobRow, handler: Handler, parts: RunningJobParts): RunningJob {
  const held: Held = { id: row.id, token: row.lease_token ?? '' }
  const controller = new AbortController()
  const since = parts.clock()
  let ending: Ending | undefined
  let settled = false
  /** Ended by `finish`, told when the handler has returned: it may still have to bring memory to what it just stored. */
  let finished: JobRow | undefined
  const abort = (why: Ending, reason: TandemError): void => {
    // A lost lease outranks the rest: the row is no longer ours to end.
    if (ending === undefined || why === 'lost') ending = why
    if (!controller.signal.aborted) controller.abort(reason)
  }
  const progress = trackProgress(
    row,
    held,
    parts,
    () => abort('canceled', canceledError(row)),
    () => abort('lost', lostError(row)),
  )
  const tell = (changed: JobRow): void => {
    settled = true
    progress.stop()
    parts.tell(changed)
    if (isFinished(changed.status)) parts.onFinished?.(changed.kind, changed.status, (parts.clock() - since) / 1000)
  }
  const context: JobContext = {
    id: row.id,
    attempt: row.attempts,
    signal: controller.signal,
    progress: progress.report,
    async report(result) {
      if (settled) return
      const stored = await parts.store.report(held, toJson(result, `The result so far of a ${row.kind} job`))
      if (!stored) abort('lost', lostError(row))
      else progress.tell()
    },
    async finish(work) {
      if (settled) throw new TandemError('conflict', `Job ${row.id} is finished already; \`finish\` can be called once.`)
      await progress.flush()
      const { result, done } = await parts.database.transaction(async (tx) => {
        const result = await work(tx)
        const done = await parts.store.succeed(held, toJson(result, `The result of a ${row.kind} job`), parts.clock(), tx)
        if (!done) throw controller.signal.aborted ? controller.signal.reason : lostError(row)
        return { result, done }
      })
      settled = true
      progress.stop()
      finished = done
      return result
    },
  }
  const settle = (outcome: Outcome): Promise<JobRow | undefined> =>
    writeOutcome(row, held, outcome, ending, progress.fraction(), handler, parts)
  const run = async (): Promise<void> => {
    const outcome = await outcomeOf(row, handler, context)
    // Before the end is told: who hears of it finds the whole log.
    if (!outcome.ok && row.attempts < row.max_attempts && ending === undefined)
      progress.note(`Attempt ${row.attempts} of ${row.max_attempts} failed: ${jobError(outcome.error).message}`)
    await progress.flush()
    if (!settled) {
      const changed = await persist(row, () => settle(outcome), parts)
      if (changed && !settled) tell(changed)
    }
    settled = true
    progress.stop()
    if (finished !== undefined) tell(finished)
  }
  return {
    ...held,
    kind: row.kind,
    leaseUntil: row.lease_until ?? 0,
    signal: controller.signal,
    get ending() {
      return ending
    },
    done: run(),
    abort,
    async giveUp() {
      const changed = await parts.store.endCanceled(held, parts.clock())
      if (changed) tell(changed)
      ending = 'lost'
    },
  }
}

export function canceledError(job: { readonly id: string; readonly kind: string }): TandemError {
  return new TandemError('canceled', `The ${job.kind} job ${job.id} was canceled.`, { details: { id: job.id } })
}

export function lostError(job: { readonly id: string; readonly kind: string }): TandemError {
  return new TandemError(
    'conflict',
    `The lease of the ${job.kind} job ${job.id} was lost: it was not renewed in time, or the job was canceled, so another worker may run it. Its result is not stored. Keep handlers off the event loop, or raise leaseMs.`,
    { details: { id: job.id } },
  )
}

type Outcome = { readonly ok: true; readonly result: string } | { readonly ok: false; readonly error: unknown }

async function outcomeOf(row: JobRow, handler: Handler, context: JobContext): Promise<Outcome> {
  try {
    const result = await handler.run(JSON.parse(row.payload), context)
    return { ok: true, result: toJson(result, `The result of a ${row.kind} job`) }
  } catch (error) {
    return { ok: false, error }
  }
}

async function writeOutcome(
  row: JobRow,
  held: Held,
  outcome: Outcome,
  ending: Ending | undefined,
  fraction: number,
  handler: Handler,
  { store, clock, random, log }: RunningJobParts,
): Promise<JobRow | undefined> {
  const now = clock()
  const about = { job: row.id, kind: row.kind, attempt: row.attempts }
  if (ending === 'lost') {
    log.warn(about, 'a job whose lease was lost has returned; its result is discarded')
    return undefined
  }
  if (ending === 'stopping' && !outcome.ok) return (await store.release([held], now))[0]
  if (outcome.ok) {
    const done = await store.succeed(held, outcome.result, now)
    if (done) return done
  } else if (ending !== 'canceled') {
    const error = jobError(outcome.error)
    const final = NEVER_RETRIED.has(error.code) || row.attempts >= row.max_attempts
    const retryAt = final ? undefined : now + backoffDelayMs(row.attempts, handler.options.backoffMs ?? DEFAULT_BACKOFF_MS, random)
    const failed = await store.fail(held, error, { now, progress: fraction, ...(retryAt === undefined ? {} : { retryAt }) })
    if (failed) {
      const next = isFinished(failed.status) ? 'job failed' : 'job failed; it will be tried again'
      log.warn({ ...about, maxAttempts: row.max_attempts, error, retryAt }, next)
      return failed
    }
  }
  const canceled = await store.endCanceled(held, now)
  if (canceled && outcome.ok && ending === 'canceled')
    log.warn(about, 'a canceled job went on to its end and ignored its signal; its result is discarded')
  if (!canceled) log.warn(about, 'a job has returned after its lease was lost; its result is discarded')
  return canceled
}

/** A database that is away for a moment must not cost the work of an hour: the heartbeat holds the lease meanwhile. */
async function persist(row: JobRow, write: () => Promise<JobRow | undefined>, { log }: RunningJobParts): Promise<JobRow | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      const about = { job: row.id, kind: row.kind, error: jobError(error) }
      if (attempt === SETTLE_TRIES) {
        log.error(about, 'the end of a job could not be stored; it will be run again when its lease has run out')
        return undefined
      }
      log.warn(about, 'the end of a job could not be stored; trying again')
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
    }
  }
}

interface Progress {
  /** Tells the present state once more. */
  tell(): void
  report(fraction: number, message?: string, stage?: string): void
  /** Puts a sentence into the log of the job. */
  note(message: string): void
  /** Writes the rest of the log; never rejects, because a log is not worth a job. */
  flush(): Promise<void>
  fraction(): number
  stop(): void
}

function trackProgress(
  row: JobRow,
  held: Held,
  { store, jobLog, clock, tell, log }: RunningJobParts,
  onCancel: () => void,
  onLost: () => void,
): Progress {
  const said = createJobLogBuffer(row.id, jobLog, clock)
  let fraction = 0
  let message: string | null = null
  let stage: string | null = null
  let stopped = false
  const telling = throttle(TELL_EVERY_MS, () => tell({ id: row.id, kind: row.kind, status: 'running', progress: fraction, message }))
  const writing = throttle(WRITE_EVERY_MS, async () => {
    try {
      const state = await store.progress(held, { fraction, message, stage })
      await said.flush()
      if (stopped) return
      if (!state) onLost()
      else if (state.cancelRequested) onCancel()
    } catch (error) {
      log.warn({ job: row.id, error: jobError(error) }, 'the progress of a job could not be stored')
    }
  })
  return {
    report(next, text, at) {
      if (stopped) return
      if (next > fraction) fraction = Math.min(1, next)
      if (at !== undefined) stage = at.slice(0, 50)
      if (text !== undefined) {
        message = text.slice(0, 1_000)
        said.note(fraction, message)
      }
      telling.call()
      writing.call()
    },
    tell() {
      if (!stopped) telling.call()
    },
    note: (text) => said.note(fraction, text.slice(0, 1_000)),
    flush: () =>
      said.flush().catch((error: unknown) => log.warn({ job: row.id, error: jobError(error) }, 'the log of a job could not be stored')),
    fraction: () => fraction,
    stop() {
      stopped = true
      telling.stop()
      writing.stop()
    },
  }
}

/** Calls at once, then at most once per interval, the last call always included; never two at a time. */
function throttle(everyMs: number, work: () => void | Promise<void>): { call(): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let again = false
  const fire = (): void => {
    again = false
    const running = work()
    timer = setTimeout(async () => {
      await running
      timer = undefined
      if (again) fire()
    }, everyMs)
  }
  return {
    call() {
      if (timer === undefined) fire()
      else again = true
    },
    stop() {
      clearTimeout(timer)
      again = false
    },
  }
}
