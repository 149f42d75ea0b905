// Sheds requests before the event loop is late: a short answer of 503 costs microseconds, a queue of accepted
// requests costs everybody. Own monitor: the delay is averaged, so one long pause (a collection, a cold start)
// sheds nothing, and it is also looked at between two ticks, so a stalled loop sheds what waited behind it.

export interface LoadGuard {
  /** Why a request must be shed now; undefined when it may go on. */
  reason(inFlight: number): string | undefined
  /** Averaged delay in milliseconds. */
  delayMs(): number
  close(): void
}

export interface LoadGuardOptions {
  readonly maxEventLoopDelayMs: number
  readonly maxInFlight: number
  readonly clock?: () => number
  /** Default 50. */
  readonly intervalMs?: number
}

export function createLoadGuard({
  maxEventLoopDelayMs,
  maxInFlight,
  clock = () => performance.now(),
  intervalMs = 50,
}: LoadGuardOptions): LoadGuard {
  let tickedAt = clock()
  let average = 0
  const timer = setInterval(() => {
    const now = clock()
    average = (average + Math.max(0, now - tickedAt - intervalMs)) / 2
    tickedAt = now
  }, intervalMs)
  timer.unref()
  return {
    reason(inFlight) {
      if (inFlight > maxInFlight) return `${inFlight} requests are open, ${maxInFlight} are allowed`
      if (average > maxEventLoopDelayMs) {
        return `the event loop is ${Math.round(average)} ms late, ${maxEventLoopDelayMs} ms are allowed`
      }
      const late = clock() - tickedAt - intervalMs
      // One pause may be twice as long: half of it is what the average will show at the next tick.
      if (late > 2 * maxEventLoopDelayMs) return `the event loop is ${Math.round(late)} ms late, ${maxEventLoopDelayMs} ms are allowed`
      return undefined
    },
    delayMs: () => average,
    close: () => clearInterval(timer),
  }
}
