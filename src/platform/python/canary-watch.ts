// Watches a worker that serves, by real inferences. Load is no illness: while answers of any kind come, nothing is missed. Only silence for
// the whole time limit counts, and several in a row mean that the worker hangs.
import { failureReason, workerFailure } from './failure.ts'
import type { LiveWorker, WorkerReport } from './live-worker.ts'

export interface CanaryTiming {
  /** Between canaries. */
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Missed in a row: the worker hangs. */
  readonly missesAllowed: number
  /** Answered in a row before a worker that had failed gets requests again. */
  readonly goodNeeded: number
  /** Between the canaries of a worker that recovers. */
  readonly recoveryMs: number
}

export interface CanaryWatch {
  /** Asks now rather than at the next turn: a request just had to be given up. */
  hurry(): void
  stop(): void
}

export interface CanaryWatchParts {
  readonly worker: LiveWorker
  readonly timing: CanaryTiming
  /** Monotonic time of the last answer to anything. */
  lastAnswerAt(): number
  /** Answered, with its milliseconds. */
  onGood(ms: number): void
  onMiss(error: unknown): void
  onReport(report: WorkerReport): void
}

/** Of what a worker says of itself, in canaries. */
const REPORT_EVERY = 3

export function watchCanaries({ worker, timing, lastAnswerAt, onGood, onMiss, onReport }: CanaryWatchParts): CanaryWatch {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let asking = false
  let isRecovering = false
  let turn = 0
  const schedule = (ms: number): void => {
    if (stopped) return
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), ms).unref()
  }
  const ask = async (): Promise<void> => {
    if (asking || stopped) return
    asking = true
    const askedAt = performance.now()
    try {
      const ms = await worker.canary(timing.timeoutMs)
      if (stopped) return
      isRecovering = false
      onGood(ms)
      if (turn++ % REPORT_EVERY === 0) {
        const report = await worker.report(timing.timeoutMs)
        if (report !== undefined && !stopped) onReport(report)
      }
    } catch (error) {
      if (stopped) return
      // It answered others meanwhile, or said that it has too much to do: it works.
      const isBusy = lastAnswerAt() > askedAt || failureReason(error) === 'overloaded'
      if (!isBusy) {
        isRecovering = true
        onMiss(error)
      }
    } finally {
      asking = false
      schedule(isRecovering ? timing.recoveryMs : timing.intervalMs)
    }
  }
  schedule(timing.intervalMs)
  return {
    hurry() {
      // Perhaps it is another one by now.
      turn = 0
      schedule(0)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/**
 * Waits until a new worker has answered so many canaries in a row. A worker that says that it is not ready yet is waited for: loading a
 * model takes as long as it takes.
 *
 * @throws what the canary failed with, when the worker cannot answer.
 */
export async function admit(
  worker: LiveWorker,
  needed: number,
  timing: CanaryTiming,
  readyTimeoutMs: number,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now()
  let good = 0
  let hasEnded = false
  const { promise: ended, reject } = Promise.withResolvers<never>()
  ended.catch(() => undefined)
  void worker.ended.then((how) => {
    hasEnded = true
    reject(new Error(`The worker ${how} before it was ready.`))
  })
  const abort = (): void => reject(workerFailure('stopped', 'The start of the worker was called off.'))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await goodInRow()
  } finally {
    signal.removeEventListener('abort', abort)
  }

  async function goodInRow(): Promise<number> {
    let ms = 0
    while (good < needed) {
      const leftMs = readyTimeoutMs - (performance.now() - startedAt)
      if (leftMs <= 0) throw new Error(`The worker was not ready within ${readyTimeoutMs} ms.`)
      try {
        // The first one may load a model; the next ones must be as quick as any canary.
        ms = await Promise.race([worker.canary(good === 0 ? leftMs : Math.min(leftMs, timing.timeoutMs)), ended])
        good++
        if (good < needed) await Promise.race([pause(timing.recoveryMs), ended])
      } catch (error) {
        const mayStillLoad = good === 0 && !hasEnded && failureReason(error) === 'overloaded'
        if (!mayStillLoad) throw error
        await Promise.race([pause(Math.max(50, timing.recoveryMs)), ended])
      }
    }
    return ms
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
