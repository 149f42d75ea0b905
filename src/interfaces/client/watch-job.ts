// Follows a job by the server's events, comes back after a broken connection, and asks in intervals where something in
// between does not let events through.
import type { JobView } from '../../platform/jobs/schema.ts'
import { isFinished } from './job-state.ts'
import { NO_EVENTS, openEventStream } from './open-event-stream.ts'
import { address } from './request.ts'
import { isTransient, retryDelayMs, sleep } from './retry.ts'
import type { Transport } from './transport.ts'

/** Broken connections in a row after which watching gives up: about half a minute, longer than a server's restart. */
const MAX_RECONNECTS = 9
/** The server tells the present state at once. */
const FIRST_EVENT_MS = 10_000
const POLL_FIRST_MS = 250
const POLL_LONGEST_MS = 2_000

/** Each state of a job as it changes, ending with the finished one. */
export function watchJob(transport: Transport, id: string, signal: AbortSignal | undefined): AsyncIterable<JobView> {
  const path = address`/v1/jobs/${id}`
  return follow(
    {
      follow: (stop) => followEvents(transport, `${path}/events`, stop),
      get: (stop) => transport.json({ method: 'GET', path, signal: stop }),
    },
    signal,
  )
}

interface JobSource {
  readonly follow: (signal: AbortSignal) => AsyncIterable<JobView>
  readonly get: (signal: AbortSignal) => Promise<JobView>
}

async function* follow(source: JobSource, signal: AbortSignal | undefined): AsyncGenerator<JobView, void, undefined> {
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(signal?.reason)
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  let told = ''
  let failures = 0
  let polling = false
  try {
    for (;;) {
      stop.signal.throwIfAborted()
      try {
        for await (const job of polling ? poll(source, stop.signal) : source.follow(stop.signal)) {
          failures = 0
          const state = JSON.stringify(job)
          if (state !== told) {
            told = state
            yield job
          }
          if (isFinished(job)) return
        }
        // The server ended the stream before the job did, as it does when it stops.
        failures += 1
      } catch (error) {
        stop.signal.throwIfAborted()
        if (error === NO_EVENTS) polling = true
        else if (!isTransient(error)) throw error
        failures += 1
        if (failures > MAX_RECONNECTS) throw error
      }
      if (failures > MAX_RECONNECTS) polling = true
      await sleep(retryDelayMs(failures - 1) ?? 0, stop.signal)
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    stop.abort()
  }
}

async function* followEvents(transport: Transport, path: string, signal: AbortSignal): AsyncGenerator<JobView, void, undefined> {
  for await (const { data } of openEventStream(transport, { path }, { signal, firstEventMs: FIRST_EVENT_MS })) yield JSON.parse(data)
}

async function* poll({ get }: JobSource, signal: AbortSignal): AsyncGenerator<JobView, void, undefined> {
  for (let waitMs = POLL_FIRST_MS; ; waitMs = Math.min(POLL_LONGEST_MS, waitMs * 1.5)) {
    yield await get(signal)
    await sleep(waitMs, signal)
  }
}
