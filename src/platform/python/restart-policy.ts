// When to start a worker again: backoff with full jitter (Brooker 2015, "Exponential Backoff and Jitter"), and a circuit that opens after too
// many failures in a window, lets one start through after a while (half-open), and closes when that one stays.
export interface RestartPolicyOptions {
  /** The first pause is random between 0 and this. */
  readonly firstMs?: number
  readonly mostMs?: number
  /** Failures within the window that open the circuit. */
  readonly limit?: number
  readonly windowMs?: number
  /** How long it stays open at first; doubles each time up to ten times that. */
  readonly openMs?: number
  readonly random?: () => number
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

export interface RestartPolicy {
  /** Notes a failure and says how long to wait before the next start. */
  failed(): number
  /** The worker has served long enough to count as well. */
  stayed(): void
  /** A person asked for a start: nothing is held against the worker. */
  reset(): void
  /** A start is being tried now. */
  trying(): void
  readonly circuit: 'closed' | 'open' | 'half-open'
  /** Failures in a row. */
  readonly failures: number
}

export function createRestartPolicy({
  firstMs = 100,
  mostMs = 30_000,
  limit = 5,
  windowMs = 60_000,
  openMs = 30_000,
  random = Math.random,
  now = () => performance.now(),
}: RestartPolicyOptions = {}): RestartPolicy {
  let circuit: RestartPolicy['circuit'] = 'closed'
  let failures = 0
  let recent: number[] = []
  let pauseMs = openMs
  const open = (): number => {
    circuit = 'open'
    recent = []
    const pause = pauseMs
    pauseMs = Math.min(10 * openMs, pauseMs * 2)
    // Half of it is certain, so that an open circuit is a pause; the other half keeps many servers apart.
    return pause / 2 + (random() * pause) / 2
  }
  return {
    failed() {
      failures++
      if (circuit === 'half-open') return open()
      const at = now()
      recent = [...recent.filter((time) => at - time < windowMs), at]
      if (recent.length >= limit) return open()
      return random() * Math.min(mostMs, firstMs * 2 ** (failures - 1))
    },
    stayed() {
      circuit = 'closed'
      failures = 0
      recent = []
      pauseMs = openMs
    },
    reset() {
      this.stayed()
    },
    trying() {
      if (circuit === 'open') circuit = 'half-open'
    },
    get circuit() {
      return circuit
    },
    get failures() {
      return failures
    },
  }
}
