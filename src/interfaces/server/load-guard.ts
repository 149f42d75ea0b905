// Sheds requests before the event loop is late: a short answer of 503 costs microseconds, a queue of accepted
// requests costs everybody. Late is what lasts: the median of the last few delays, so that no single pause (a
// collection, code that is compiled, another program that had the processor) sheds anything, however long it was.

export interface LoadGuard {
  /** Why a request must be shed now; undefined when it may go on. */
  reason(inFlight: number): string | undefined
  /** Median delay of the event loop in milliseconds. */
  delayMs(): number
  close(): void
}

export interface LoadGuardOptions {
  readonly maxEventLoopDelayMs: number
  readonly maxInFlight: number
  /** Nothing is shed for delay so long after the start, while samples are made and code is compiled. Default 5 s. */
  readonly sheddingGraceMs?: number
  readonly clock?: () => number
  /** Default 50. */
  readonly intervalMs?: number
}

/** With the one under way: three late turns in five shed, three good ones end it. */
const KEPT_DELAYS = 4

export function createLoadGuard({
  maxEventLoopDelayMs,
  maxInFlight,
  sheddingGraceMs = 5000,
  clock = () => performance.now(),
  intervalMs = 50,
}: LoadGuardOptions): LoadGuard {
  const startedAt = clock()
  let tickedAt = startedAt
  const delays: number[] = new Array(KEPT_DELAYS).fill(0)
  let place = 0
  let lateTurns = 0
  const timer = setInterval(() => {
    const now = clock()
    delays[place] = Math.max(0, now - tickedAt - intervalMs)
    place = (place + 1) % KEPT_DELAYS
    lateTurns = delays.filter((delay) => delay > maxEventLoopDelayMs).length
    tickedAt = now
  }, intervalMs)
  timer.unref()
  const delayMs = (): number => {
    const running = Math.max(0, clock() - tickedAt - intervalMs)
    return [...delays, running].sort((a, b) => a - b)[KEPT_DELAYS / 2] as number
  }
  return {
    reason(inFlight) {
      if (inFlight > maxInFlight) return `${inFlight} requests are open, ${maxInFlight} are allowed`
      // Once a request: nothing is sorted while the loop is on time.
      if (lateTurns < KEPT_DELAYS / 2) return undefined
      const late = delayMs()
      if (late <= maxEventLoopDelayMs || clock() - startedAt < sheddingGraceMs) return undefined
      return `the event loop is ${Math.round(late)} ms late, ${maxEventLoopDelayMs} ms are allowed`
    },
    delayMs,
    close: () => clearInterval(timer),
  }
}
