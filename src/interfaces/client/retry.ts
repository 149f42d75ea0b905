// When and how long to wait before asking again: exponential back-off with full jitter (Brooker, "Exponential Backoff
// And Jitter", AWS 2015), a server's Retry-After first. Waiting ends at once when the caller aborts.
import { type ErrorCode, TandemError } from '../../errors.ts'

const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 8_000
/** A server that asks for a longer pause gets no further try from this call: the caller should know instead. */
const LONGEST_RETRY_AFTER_MS = 60_000

const TRANSIENT: ReadonlySet<ErrorCode> = new Set(['network', 'rate_limited', 'overloaded', 'idempotency_in_progress'])

/** 502 and 504 come from a proxy whose server just starts again. */
const TRANSIENT_STATUS: ReadonlySet<unknown> = new Set([429, 502, 503, 504])

/** Whether the same request may succeed a little later: no connection, a busy or restarting server, or its first sending still runs. */
export function isTransient(error: unknown): error is TandemError {
  return TandemError.is(error) && (TRANSIENT.has(error.code) || TRANSIENT_STATUS.has(error.details.status))
}

/** Milliseconds before try number `attempt` + 2; undefined when the server asks for too long a pause. */
export function retryDelayMs(attempt: number, error?: TandemError): number | undefined {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)
  const jittered = Math.random() * ceiling
  const asked = error?.details.retryAfterMs
  if (typeof asked !== 'number') return jittered
  // Jitter on top of what was asked for, so that clients told the same time do not come back together.
  return asked > LONGEST_RETRY_AFTER_MS ? undefined : asked + Math.random() * FIRST_DELAY_MS
}

/** Reads a Retry-After header: seconds or an HTTP date. */
export function readRetryAfterMs(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Resolves after `ms`; rejects with the signal's reason when that is aborted first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
