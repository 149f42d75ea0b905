// Sends each request to the least busy worker that is ready, in a bounded queue when all are busy; and once more, to another, when the
// worker it was sent to died of something else than the request.
import { TandemError } from '../../errors.ts'
import { failureReason, workerFailure } from './failure.ts'
import type { Limits } from './inference-client.ts'
import type { LiveWorker } from './live-worker.ts'
import type { FallbackReason, WorkerView } from './schema.ts'
import type { WorkerSlot } from './worker-slot.ts'

export interface PoolLimits {
  /** Requests one worker is given at once; the others wait here, where they can still go elsewhere. */
  readonly inFlightPerWorker: number
  /** Requests that may wait; beyond them they fail at once. */
  readonly waiting: number
}

export interface PoolCall {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Whether to wait for a worker that starts. Default false: whoever has another runtime goes there. */
  readonly wait?: boolean
}

export interface WorkerPool {
  run<Result>(work: (worker: LiveWorker, limits: Limits) => Promise<Result>, call: PoolCall): Promise<Result>
  /** Some worker changed: lets waiting requests in, or fails them when there is nothing to wait for. */
  changed(): void
  readonly waiting: number
  readonly inFlight: number
}

interface Waiting {
  readonly wait: boolean
  go(slot: WorkerSlot): void
  fail(error: Error): void
}

const NEARNESS: Readonly<Record<WorkerView['locality'], number>> = { machine: 0, near: 1, far: 2 }
/** Deaths that say nothing against asking another worker the same. */
const RETRIED: ReadonlySet<FallbackReason> = new Set(['exited', 'unreachable', 'bad_answer'] as const)

export function createWorkerPool(slots: readonly WorkerSlot[], limits: PoolLimits): WorkerPool {
  const queue: Waiting[] = []
  const pick = (without?: WorkerSlot['worker']): WorkerSlot | undefined => {
    let best: WorkerSlot | undefined
    for (const slot of slots) {
      if (slot.worker === undefined || slot.worker === without || slot.inFlight >= limits.inFlightPerWorker) continue
      if (best === undefined || before(slot, best)) best = slot
    }
    return best
  }
  /** Why nobody can be waited for; undefined when somebody can. */
  const hopeless = (wait: boolean): Error | undefined => {
    if (slots.some(({ worker }) => worker !== undefined)) return undefined
    if (wait && slots.some(({ state }) => state === 'starting' || state === 'degraded' || state === 'down')) return undefined
    const [first] = slots
    const said = first?.view().reason ?? `It is ${first?.state ?? 'not set up'}.`
    return workerFailure(first?.blocked ?? 'disabled', `No Python worker can be asked. ${said}`)
  }
  const serveQueue = (): void => {
    while (queue.length > 0) {
      const slot = pick()
      if (slot === undefined) break
      queue.shift()!.go(slot)
    }
    for (let at = queue.length - 1; at >= 0; at--) {
      const error = hopeless(queue[at]!.wait)
      if (error !== undefined) queue.splice(at, 1)[0]!.fail(error)
    }
  }
  /** The slot is counted as busy from here on. */
  const enter = ({ timeoutMs, signal, wait = false }: PoolCall, without?: WorkerSlot['worker']): Promise<WorkerSlot> => {
    const slot = queue.length === 0 ? pick(without) : undefined
    if (slot !== undefined) {
      slot.inFlight++
      return Promise.resolve(slot)
    }
    const error = hopeless(wait)
    if (error !== undefined) return Promise.reject(error)
    if (queue.length >= limits.waiting) {
      return Promise.reject(workerFailure('overloaded', `${queue.length} requests wait for a Python worker; more are not taken.`))
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      const quit = (why: Error): void => {
        const at = queue.indexOf(entry)
        if (at !== -1) queue.splice(at, 1)
        entry.fail(why)
      }
      const entry: Waiting = {
        wait,
        go(free) {
          leave()
          free.inFlight++
          resolve(free)
        },
        fail(why) {
          leave()
          reject(why)
        },
      }
      const abort = (): void => quit(signal?.reason as Error)
      const timer = setTimeout(
        () => quit(workerFailure('timeout', `No Python worker was free within ${Math.round(timeoutMs)} ms.`)),
        timeoutMs,
      )
      signal?.addEventListener('abort', abort, { once: true })
      queue.push(entry)
    })
  }

  return {
    async run(work, call) {
      const endsAt = performance.now() + call.timeoutMs
      let tried: WorkerSlot['worker']
      for (let isAgain = false; ; isAgain = true) {
        call.signal?.throwIfAborted()
        const slot = await enter({ ...call, timeoutMs: Math.max(0, endsAt - performance.now()) }, tried)
        // It may have gone while the promise settled.
        const { worker } = slot
        let outcome: FallbackReason | 'answered' | 'canceled' = 'answered'
        try {
          if (worker === undefined) throw workerFailure(slot.blocked, `The worker ${slot.id} went away.`)
          return await work(worker, { timeoutMs: Math.max(1, endsAt - performance.now()), ...signalOf(call, slot) })
        } catch (error) {
          const reason = failureReason(error)
          // What the worker refused as wrong is an answer too.
          outcome = reason ?? (TandemError.is(error) ? 'answered' : 'canceled')
          // Another of the same place too: one that is replaced while it answers ends in the end.
          const another =
            !isAgain &&
            reason !== undefined &&
            RETRIED.has(reason) &&
            slots.some((one) => one.worker !== undefined && one.worker !== worker)
          if (!another) throw error
          tried = worker
        } finally {
          slot.inFlight--
          if (worker !== undefined) slot.noteOutcome(worker, outcome)
          serveQueue()
        }
      }
    },
    changed: serveQueue,
    get waiting() {
      return queue.length
    },
    get inFlight() {
      return slots.reduce((sum, { inFlight }) => sum + inFlight, 0)
    },
  }
}

/** Who waits for workers waits for this one too; others leave when it stops answering. */
function signalOf({ signal, wait }: PoolCall, { trouble }: WorkerSlot): { signal?: AbortSignal } {
  if (wait === true) return signal === undefined ? {} : { signal }
  return { signal: signal === undefined ? trouble : AbortSignal.any([signal, trouble]) }
}

/** Nearer first when equally busy, and then the one that answers sooner. */
function before(a: WorkerSlot, b: WorkerSlot): boolean {
  if (a.inFlight !== b.inFlight) return a.inFlight < b.inFlight
  return NEARNESS[a.locality] < NEARNESS[b.locality]
}
