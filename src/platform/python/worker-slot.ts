// The place of one worker: starts it, lets requests in when its canaries are good, starts it again after it failed, and replaces it by a new
// one without a gap. States: stopped -> starting -> ready <-> degraded -> down -> starting.
import { admit, type CanaryTiming, type CanaryWatch, watchCanaries } from './canary-watch.ts'
import { messageOf, workerFailure } from './failure.ts'
import type { LiveWorker, WorkerReport } from './live-worker.ts'
import { createRestartPolicy, type RestartPolicyOptions } from './restart-policy.ts'
import type { FallbackReason, RuntimeState, WorkerView } from './schema.ts'

export interface WorkerSlotOptions {
  readonly id: string
  readonly locality: WorkerView['locality']
  launch(signal: AbortSignal): Promise<LiveWorker>
  readonly timing: CanaryTiming
  readonly readyTimeoutMs: number
  /** Of a worker that is left. */
  readonly graceMs: number
  /** Above it the worker is replaced when it can be. */
  readonly maxRssBytes: number
  /** Served so long, its failures are forgotten. */
  readonly stableMs: number
  readonly restarts?: RestartPolicyOptions
  onChange(slot: WorkerSlot, state: RuntimeState, reason: string | null): void
  onRestart(slot: WorkerSlot, reason: FallbackReason): void
}

export interface WorkerSlot {
  readonly id: string
  readonly locality: WorkerView['locality']
  readonly state: RuntimeState
  /** Why no request gets in. */
  readonly blocked: FallbackReason
  /** Aborted when the worker stops answering: whoever can go elsewhere need not wait for the end of it. */
  readonly trouble: AbortSignal
  /** The worker that requests go to now. */
  readonly worker: LiveWorker | undefined
  inFlight: number
  /** Starts it when it is stopped, or now instead of after its pause. */
  start(): void
  /** Lets it finish, then ends it. */
  stop(): Promise<void>
  /** A new worker takes over before the old one is left. Rejects, with the old one serving on, when the new one is not good. */
  replace(why: string): Promise<void>
  /** A request was answered, or given up with this reason. */
  noteOutcome(worker: LiveWorker, outcome: FallbackReason | 'answered' | 'canceled'): void
  view(): WorkerView
}

export function createWorkerSlot(options: WorkerSlotOptions): WorkerSlot {
  const { id, locality, launch, timing, readyTimeoutMs, graceMs, maxRssBytes, stableMs, onChange, onRestart } = options
  const policy = createRestartPolicy(options.restarts)
  let state: RuntimeState = 'stopped'
  let reason: string | null = null
  let blocked: FallbackReason = 'not_started'
  let current: LiveWorker | undefined
  let trouble = new AbortController()
  let watch: CanaryWatch | undefined
  let report: WorkerReport | undefined
  let starting: { readonly stop: AbortController; readonly done: Promise<void> } | undefined
  let replacing: { readonly stop: AbortController; readonly done: Promise<void> } | undefined
  let retry: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined
  let stable: NodeJS.Timeout | undefined
  let readyAt = 0
  let lastAnswerAt = 0
  let missed = 0
  let good = 0
  let strangers = 0
  let canaryMs: number | null = null
  const counts = { restarts: 0, served: 0, failed: 0 }
  /** When a request was given up that may still run. */
  let abandonedAt: number | undefined

  const become = (next: RuntimeState, why: string | null, block: FallbackReason): void => {
    blocked = block
    if (state === next && reason === why) return
    state = next
    reason = why
    onChange(slot, next, why)
  }

  const bringUp = (): void => {
    if (starting !== undefined || current !== undefined) return
    clearTimeout(retry?.timer)
    retry = undefined
    policy.trying()
    const stop = new AbortController()
    // A worker that never failed is trusted after one canary; another must show that it has recovered.
    const needed = policy.failures === 0 ? 1 : timing.goodNeeded
    become('starting', reason, policy.failures === 0 ? 'starting' : blocked)
    const done = (async () => {
      try {
        const worker = await startOne(needed, stop.signal)
        starting = undefined
        if (stop.signal.aborted) await worker.retire(graceMs)
        else take(worker)
      } catch (error) {
        starting = undefined
        if (!stop.signal.aborted)
          failed(`It could not be ${locality === 'machine' ? 'started' : 'reached'}: ${messageOf(error)}`, 'not_started')
      }
    })()
    starting = { stop, done }
  }

  const startOne = async (needed: number, signal: AbortSignal): Promise<LiveWorker> => {
    const worker = await launch(signal)
    try {
      canaryMs = await admit(worker, needed, timing, readyTimeoutMs, signal)
      report = (await worker.report(timing.timeoutMs).catch(() => undefined)) ?? undefined
      return worker
    } catch (error) {
      worker.kill()
      throw error
    }
  }

  const take = (worker: LiveWorker): void => {
    current = worker
    trouble = new AbortController()
    readyAt = performance.now()
    lastAnswerAt = readyAt
    missed = 0
    strangers = 0
    abandonedAt = undefined
    watch?.stop()
    watch = watchCanaries({ worker, timing, lastAnswerAt: () => lastAnswerAt, onGood, onMiss, onReport })
    clearTimeout(stable)
    stable = setTimeout(() => policy.stayed(), stableMs).unref()
    void worker.ended.then((how) => {
      if (worker !== current) return
      forget()
      failed(`It ${how}.`, 'exited')
    })
    become('ready', null, 'overloaded')
  }

  const forget = (): void => {
    watch?.stop()
    clearTimeout(stable)
    watch = undefined
    current = undefined
    report = undefined
  }

  const failed = (why: string, block: FallbackReason): void => {
    const pauseMs = policy.failed()
    counts.restarts++
    onRestart(slot, block)
    const circuit = policy.circuit === 'open' ? ` It failed ${policy.failures} times; the next try comes later.` : ''
    retry = { timer: setTimeout(bringUp, pauseMs).unref(), at: performance.now() + pauseMs }
    become('down', `${why}${circuit}`, block)
  }

  const onGood = (ms: number): void => {
    canaryMs = ms
    lastAnswerAt = performance.now()
    missed = 0
    if (state !== 'degraded') return
    good++
    if (good < timing.goodNeeded) return
    trouble = new AbortController()
    become('ready', null, 'overloaded')
  }

  const onMiss = (error: unknown): void => {
    const worker = current
    if (worker === undefined) return
    missed++
    good = 0
    if (missed < timing.missesAllowed) {
      trouble.abort(workerFailure('hung', 'The worker does not answer.'))
      become('degraded', `It missed ${missed} of ${timing.missesAllowed} canaries: ${messageOf(error)}`, 'hung')
      return
    }
    forget()
    worker.kill()
    failed(`It missed ${missed} canaries in a row and was ended: ${messageOf(error)}`, 'hung')
  }

  /** Whether a request that nobody waits for any more still runs, although others are answered. */
  const isStuck = ({ oldestMs, inFlight = 0 }: WorkerReport): boolean => {
    if (abandonedAt === undefined) return false
    const isOld = oldestMs === undefined ? inFlight > slot.inFlight : oldestMs > performance.now() - abandonedAt
    if (!isOld) abandonedAt = undefined
    return isOld
  }

  const onReport = (said: WorkerReport): void => {
    report = said
    const rss = said.rssBytes ?? 0
    strangers = isStuck(said) ? strangers + 1 : 0
    if (current?.origin !== 'spawned') return
    if (rss > maxRssBytes) void slot.replace(`Its memory of ${rss} bytes is above the ceiling of ${maxRssBytes}.`).catch(() => undefined)
    else if (strangers >= timing.missesAllowed) void slot.replace('A request is stuck in it.').catch(() => undefined)
  }

  const takeOver = async (why: string, signal: AbortSignal): Promise<void> => {
    const old = current
    if (old === undefined) throw workerFailure(blocked, `There is no worker ${id} to replace; it is ${state}.`)
    const next = await startOne(1, signal)
    if (state === 'stopped' || current !== old) return next.retire(graceMs)
    counts.restarts++
    take(next)
    onChange(slot, 'ready', `Replaced: ${why}`)
    await old.retire(graceMs)
  }

  const slot: WorkerSlot = {
    id,
    locality,
    inFlight: 0,
    get state() {
      return state
    },
    get blocked() {
      return blocked
    },
    get trouble() {
      return trouble.signal
    },
    get worker() {
      return state === 'ready' ? current : undefined
    },
    start() {
      if (state === 'stopped' || retry !== undefined) {
        if (state !== 'stopped') policy.reset()
        bringUp()
      }
    },
    async stop() {
      clearTimeout(retry?.timer)
      retry = undefined
      starting?.stop.abort()
      replacing?.stop.abort()
      const worker = current
      forget()
      policy.reset()
      become('stopped', null, 'stopped')
      await Promise.all([starting?.done, replacing?.done.catch(() => undefined), worker?.retire(graceMs)])
    },
    replace(why) {
      if (replacing !== undefined) return replacing.done
      const stop = new AbortController()
      const done = takeOver(why, stop.signal).finally(() => {
        replacing = undefined
      })
      replacing = { stop, done }
      return done
    },
    noteOutcome(worker, outcome) {
      if (outcome === 'canceled') return
      if (outcome === 'answered') counts.served++
      else counts.failed++
      if (worker !== current) return
      if (outcome === 'answered' || outcome === 'overloaded' || outcome === 'model_missing') {
        lastAnswerAt = performance.now()
        return
      }
      if (outcome === 'timeout') abandonedAt ??= performance.now()
      // Whether it still works is asked now rather than at the next turn.
      watch?.hurry()
    },
    view: () => ({
      ...{ id, state, reason, locality, circuit: policy.circuit, consecutiveFailures: policy.failures, inFlight: slot.inFlight },
      ...{ origin: current?.origin ?? null, address: current?.address ?? null, pid: current?.pid ?? null },
      ...{ version: current?.version ?? null, uptimeSeconds: current === undefined ? null : (performance.now() - readyAt) / 1000 },
      ...{ restarts: counts.restarts, served: counts.served, failed: counts.failed, missedCanaries: missed, canaryMs },
      nextStartInMs: retry === undefined ? null : Math.max(0, retry.at - performance.now()),
      ...{ rssBytes: report?.rssBytes ?? null, device: report?.device ?? null, python: report?.python ?? null },
      ...{ packages: { ...report?.packages }, models: [...(report?.models ?? [])] },
    }),
  }
  return slot
}
