// The Python runtime: workers of this machine and remote ones behind one port. Started when first needed, watched, restarted, drained; when
// no worker can answer, the call fails at once with the reason, and whoever has another runtime asks that one.
import { TandemError } from '../../errors.ts'

import type { PythonEnvironment } from './environment.ts'
import { failureReason, workerFailure } from './failure.ts'
import type { InferAnswer, InferCall } from './inference-client.ts'
import { createLocalLauncher, type LocalLauncher } from './launch-local.ts'
import { connectRemote } from './launch-remote.ts'
import { createLogTail } from './log-tail.ts'
import { createPathStats, type PathStats } from './path-stats.ts'
import type { PythonOptions } from './python-options.ts'
import type { FallbackReason, RuntimeLogLine, RuntimeState, RuntimeView } from './schema.ts'
import { openWorkerDirectory, type WorkerDirectory } from './worker-directory.ts'
import { createWorkerPool, type PoolCall } from './worker-pool.ts'
import { createWorkerSlot, type WorkerSlot } from './worker-slot.ts'

export interface PythonCall extends Partial<PoolCall> {
  /** What is asked for, for the statistics: such as embed. Default: the model. */
  readonly path?: string
  /** The model's name as people know it. Default: the one asked. */
  readonly name?: string
  /** Such as texts. Default 1. */
  readonly items?: number
}

export interface PythonRuntime {
  /** Whether it is set up at all. */
  readonly isEnabled: boolean
  /** Whether a request would be taken now. */
  readonly isReady: boolean
  /** Changes whenever another worker may answer: what was learnt of the last one is to be looked at again. */
  readonly generation: number
  readonly state: RuntimeState
  /** Runs an inference on the least busy worker; starts the workers when nobody has. @throws `unavailable` with `details.reason` */
  infer(call: InferCall, options?: PythonCall): Promise<InferAnswer>
  /** One JSON object a line from a route of Tandem's worker, such as /tandem/v1/train; closing the iterator cancels the work. */
  stream(path: string, body: Uint8Array | string, options: StreamOptions): AsyncGenerator<Readonly<Record<string, unknown>>>
  readonly paths: PathStats
  /** Counts that another runtime answered. */
  noteFallback(model: string, reason: FallbackReason): void
  /** @throws `unavailable` when it is not set up */
  start(): void
  stop(): Promise<void>
  /** Each worker in turn is replaced by a new one while the others, or it itself, serve on. */
  restart(): Promise<void>
  view(): RuntimeView
  log(limit: number): readonly RuntimeLogLine[]
  close(): Promise<void>
}

export interface StreamOptions {
  readonly contentType: string
  readonly signal: AbortSignal
  /** Whether to wait for a worker that starts. Default true. */
  readonly wait?: boolean
  /** How long to wait for one. Default 60,000. */
  readonly waitMs?: number
}

export interface WorkerChange {
  readonly worker: string
  readonly state: RuntimeState
  readonly reason: string | null
  readonly previous: RuntimeState
}

export interface PythonRuntimeParts {
  readonly options: PythonOptions
  /** Of this package; workers must have the same. */
  readonly version: string
  readonly environment: PythonEnvironment
  readonly clock: () => number
  readonly log: { warn(details: object, message: string): void; info(details: object, message: string): void }
  onChange?(change: WorkerChange): void
  onRestart?(worker: string, reason: FallbackReason): void
  onFallback?(model: string, reason: FallbackReason): void
}

export function createPythonRuntime(parts: PythonRuntimeParts): PythonRuntime {
  const { options, version, environment, clock, log } = parts
  const logTail = createLogTail({ clock, log })
  const paths = createPathStats()
  const fallbacks = new Map<FallbackReason, number>()
  const launchers: LocalLauncher[] = []
  let directory: WorkerDirectory | undefined
  let generation = 0
  let isWanted = options.start === 'eager'
  let stoppedByHand = false
  let closed: Promise<void> | undefined

  const states = new Map<string, RuntimeState>()
  const onChange = (slot: WorkerSlot, state: RuntimeState, reason: string | null): void => {
    const previous = states.get(slot.id) ?? 'stopped'
    states.set(slot.id, state)
    if (state === 'ready') generation++
    const level = state === 'down' || state === 'degraded' ? 'warn' : 'info'
    // Of one that starts, the reason is why it had to.
    logTail.add(slot.id, level, `${state}${reason === null || state === 'starting' ? '' : `: ${reason}`}`)
    parts.onChange?.({ worker: slot.id, state, reason, previous })
    pool.changed()
  }
  const slotOf = (id: string, locality: WorkerSlot['locality'], launch: WorkerSlotLaunch): WorkerSlot =>
    createWorkerSlot({
      ...{ id, locality, launch, timing: options.timing, readyTimeoutMs: options.readyTimeoutMs, graceMs: options.graceMs },
      ...{ maxRssBytes: options.maxMemoryBytes, stableMs: options.stableMs, restarts: options.restarts },
      onChange,
      onRestart: (slot, reason) => parts.onRestart?.(slot.id, reason),
    })
  const locals = Array.from({ length: options.isEnabled ? options.workers : 0 }, (_, at) => {
    const place = `python-${at + 1}`
    let launcher: LocalLauncher | undefined
    return slotOf(place, 'machine', (signal) => {
      if (launcher === undefined) {
        const executable = environment.executable()
        directory ??= openWorkerDirectory(options.runFolder)
        launcher = createLocalLauncher({
          ...{ place, directory, executable, args: options.args, env: options.env, version, logTail },
          listenTimeoutMs: options.listenTimeoutMs,
        })
        launchers.push(launcher)
      }
      return launcher.launch(signal)
    })
  })
  const remotes = (options.isEnabled ? options.remotes : []).map(({ name, url, key, locality }) =>
    slotOf(name, locality, () => connectRemote({ url, version, ...(key === undefined ? {} : { key }) })),
  )
  const slots = [...locals, ...remotes]
  const pool = createWorkerPool(slots, { inFlightPerWorker: options.inFlightPerWorker, waiting: options.waiting })

  const wake = (): void => {
    if (!options.isEnabled) throw workerFailure('disabled', options.disabledBecause ?? 'Python is not set up here.')
    if (closed !== undefined) throw workerFailure('stopped', 'The server stops.')
    if (stoppedByHand) throw workerFailure('stopped', 'The Python workers were stopped. Start them: tandem python start.')
    if (isWanted) return
    isWanted = true
    for (const slot of slots) slot.start()
  }
  const poolCall = ({ timeoutMs = options.requestTimeoutMs, signal, wait }: PythonCall): PoolCall => ({
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
    ...(wait === undefined ? {} : { wait }),
  })

  const runtime: PythonRuntime = {
    isEnabled: options.isEnabled,
    get isReady() {
      return slots.some(({ worker }) => worker !== undefined)
    },
    get generation() {
      return generation
    },
    get state() {
      return stateOf(options.isEnabled, slots)
    },
    paths,
    async infer(call, asked = {}) {
      wake()
      const { path = call.model, name = call.model, items = 1 } = asked
      const startedAt = performance.now()
      try {
        const answer = await pool.run((worker, limits) => worker.client.infer(call, limits), poolCall(asked))
        paths.observe(path, name, { items, ms: performance.now() - startedAt, ok: true })
        return answer
      } catch (error) {
        if (failureReason(error) !== undefined) paths.observe(path, name, { items, ms: performance.now() - startedAt, ok: false })
        throw error
      }
    },
    async *stream(path, body, { contentType, signal, wait = true, waitMs = 60_000 }) {
      wake()
      const stop = new AbortController()
      const both = AbortSignal.any([signal, stop.signal])
      const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
      const {
        promise: entered,
        resolve: enter,
        reject: refuse,
      } = Promise.withResolvers<AsyncGenerator<Readonly<Record<string, unknown>>>>()
      // The worker counts as busy until the last line.
      const turn = pool.run(
        async (worker) => {
          enter(worker.client.stream(path, body, contentType, both))
          await finished
        },
        { timeoutMs: waitMs, wait, signal: both },
      )
      turn.catch(refuse)
      try {
        yield* await entered
      } finally {
        stop.abort()
        finish()
        await turn.catch(() => undefined)
      }
    },
    noteFallback(model, reason) {
      fallbacks.set(reason, (fallbacks.get(reason) ?? 0) + 1)
      parts.onFallback?.(model, reason)
    },
    start() {
      stoppedByHand = false
      wake()
      for (const slot of slots) slot.start()
    },
    async stop() {
      stoppedByHand = true
      isWanted = false
      await Promise.all(slots.map((slot) => slot.stop()))
    },
    async restart() {
      stoppedByHand = false
      wake()
      // One at a time: the others answer meanwhile.
      for (const slot of slots) {
        if (slot.view().pid === null && slot.worker === undefined) slot.start()
        else await slot.replace('A restart was asked for.')
      }
    },
    view: () => ({
      ...{ name: 'python', kind: 'python', state: runtime.state, reason: reasonOf(options, slots, environment), prefer: options.prefer },
      uptimeSeconds: slots.reduce<number | null>((most, slot) => {
        const { uptimeSeconds } = slot.view()
        return uptimeSeconds === null ? most : Math.max(most ?? 0, uptimeSeconds)
      }, null),
      restarts: slots.reduce((sum, slot) => sum + slot.view().restarts, 0),
      queue: { waiting: pool.waiting, inFlight: pool.inFlight, limit: options.waiting },
      workers: slots.map((slot) => slot.view()),
      paths: paths.list(),
      fallbacks: [...fallbacks].map(([reason, count]) => ({ reason, count })),
      rssBytes: slots.reduce<number | null>((sum, slot) => {
        const { rssBytes } = slot.view()
        return rssBytes === null ? sum : (sum ?? 0) + rssBytes
      }, null),
      environment: environment.view(),
    }),
    log: (limit) => logTail.lines(limit),
    close() {
      closed ??= (async () => {
        await Promise.all(slots.map((slot) => slot.stop()))
        for (const launcher of launchers) launcher.close()
        directory?.close()
      })()
      return closed
    },
  }
  if (options.isEnabled && isWanted) for (const slot of slots) slot.start()
  return runtime
}

type WorkerSlotLaunch = Parameters<typeof createWorkerSlot>[0]['launch']

function stateOf(isEnabled: boolean, slots: readonly WorkerSlot[]): RuntimeState {
  if (!isEnabled || slots.length === 0) return 'disabled'
  const states = slots.map(({ state }) => state)
  if (states.every((state) => state === 'ready')) return 'ready'
  // Fewer than there should be.
  if (states.includes('ready')) return 'degraded'
  return (['degraded', 'starting', 'down', 'stopped'] as const).find((state) => states.includes(state)) ?? 'stopped'
}

function reasonOf(options: PythonOptions, slots: readonly WorkerSlot[], environment: PythonEnvironment): string | null {
  if (!options.isEnabled) return options.disabledBecause ?? 'Python is not set up here.'
  const said = slots.map((slot) => slot.view()).find(({ state, reason }) => state !== 'ready' && reason !== null)
  if (said !== undefined) return `${said.id}: ${said.reason}`
  return slots.some(({ state }) => state === 'stopped') ? (environment.view().problem ?? 'It starts when it is first needed.') : null
}

/** Whether an error means that another runtime should answer. */
export function fallbackReasonOf(error: unknown): FallbackReason | undefined {
  const reason = failureReason(error)
  if (reason !== undefined) return reason
  // The environment or a package is missing, or the worker is another version.
  return TandemError.is(error) && (error.code === 'dependency_missing' || error.code === 'invalid_config') ? 'not_started' : undefined
}
