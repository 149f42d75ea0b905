// Following one job: events tell that something changed, polling covers a lost event, the row is what counts.
import type { Events } from '../events/events.ts'
import { isFinished } from './job-row.ts'
import type { Job } from './jobs.ts'

const POLL_MS = 1_000

interface WatchOptions {
  readonly events: Events
  /** Throws `job_not_found`. */
  readonly read: (id: string) => Promise<Job>
  readonly signal?: AbortSignal | undefined
  readonly pollMs?: number
}

/** Each state as it changes, ending with the finished one, or early when the signal is aborted. */
export async function* watchJob(id: string, { events, read, signal, pollMs = POLL_MS }: WatchOptions): AsyncGenerator<Job> {
  // A slow reader gets the latest state, not a queue of old ones.
  let told: Told | undefined
  let wake: () => void = () => {}
  const stop = events.on('job.updated', (data) => {
    if (data.id !== id) return
    told = data
    wake()
  })
  const onAbort = (): void => wake()
  signal?.addEventListener('abort', onAbort)
  try {
    let last: Job | undefined
    while (!signal?.aborted) {
      const event = told
      told = undefined
      // Progress is told more often than it is written, so a running job is shown as the event has it. With a new message
      // there may be a new result so far, which events do not carry.
      const ahead: boolean =
        event?.status === 'running' && last?.status === 'running' && event.progress >= last.progress && event.message === last.message
      const job: Job =
        ahead && event && last ? { ...last, progress: event.progress, message: event.message } : merge(last, await read(id), event)
      if (!last || differs(last, job)) yield job
      last = job
      if (isFinished(job.status)) return
      if (told === undefined && !signal?.aborted)
        await pause(pollMs, (resume) => {
          wake = resume
        })
    }
  } finally {
    stop()
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The finished job, or its state when the time is over. Rejects with the signal's reason. */
export async function waitForJob(id: string, options: WatchOptions & { readonly timeoutMs?: number | undefined }): Promise<Job> {
  const { timeoutMs, signal } = options
  signal?.throwIfAborted()
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(Math.max(0, timeoutMs))
  const both = timeout && signal ? AbortSignal.any([timeout, signal]) : (timeout ?? signal)
  let last: Job | undefined
  for await (const job of watchJob(id, { ...options, signal: both })) last = job
  signal?.throwIfAborted()
  return last !== undefined && isFinished(last.status) ? last : options.read(id)
}

type Told = Pick<Job, 'status' | 'progress' | 'message'>

/** The row may lag behind the events of the same attempt; progress never goes back. */
function merge(last: Job | undefined, read: Job, event: Told | undefined): Job {
  if (last?.status !== 'running' || read.status !== 'running' || read.attempts !== last.attempts) return read
  const ahead = [event, last].find((known) => known?.status === 'running' && known.progress > read.progress)
  return ahead === undefined ? read : { ...read, progress: ahead.progress, message: ahead.message }
}

function differs(a: Job, b: Job): boolean {
  if (a.status !== b.status || a.progress !== b.progress || a.message !== b.message || a.attempts !== b.attempts) return true
  return JSON.stringify(a.result) !== JSON.stringify(b.result)
}

async function pause(ms: number, onResume: (resume: () => void) => void): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
    onResume(resolve)
  })
  clearTimeout(timer)
}
