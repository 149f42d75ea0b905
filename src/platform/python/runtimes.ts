// All runtimes under one name each, as people look at them: node (this process) and python (its workers).
import type { RuntimePreference } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import { createPathStats, type PathStats } from './path-stats.ts'
import type { PythonRuntime } from './python-runtime.ts'
import type { RuntimeLogLine, RuntimeView, WorkerAnswers, WorkerRow } from './schema.ts'
import { createTabularInference, type WorkerPredictOptions } from './tabular-inference.ts'

export interface Runtimes {
  readonly python: PythonRuntime
  /** Of what this process computes itself. */
  readonly nodePaths: PathStats
  list(): readonly RuntimeView[]
  /** @throws `not_found` naming those that are known */
  get(name: string): RuntimeView
  log(name: string, limit: number): readonly RuntimeLogLine[]
  /** @throws `conflict` for the node runtime, and for python where it is not set up */
  start(name: string): RuntimeView
  stop(name: string): Promise<RuntimeView>
  /** Each worker is replaced by a new one; the old one serves until that one answers. */
  restart(name: string): Promise<RuntimeView>
  /** Rows asked of a tabular model that only the workers of a runtime have; see `PredictOnWorker`. */
  predict(runtime: string, model: string, rows: readonly WorkerRow[], options?: WorkerPredictOptions): Promise<WorkerAnswers>
  /** What a capability with work for both needs. */
  use(): RuntimeUse
  forEmbeddings(models: ReadonlySet<string>): PythonUse
  close(): Promise<void>
}

export interface RuntimeUse {
  readonly runtime: PythonRuntime
  readonly nodePaths: PathStats
  readonly prefer: RuntimePreference
  onSwitch(change: RuntimeSwitch): void
}

export interface PythonUse extends RuntimeUse {
  /** Models that workers may compute too. */
  readonly models: ReadonlySet<string>
  /** While a rollout of a model runs: the share of its batches, 0 to 1, that go to the workers. */
  share?(model: string): number | undefined
}

export interface RuntimeSwitch {
  readonly model: string
  readonly from: 'node' | 'python'
  readonly to: 'node' | 'python'
  readonly reason: string
}

export function createRuntimes(python: PythonRuntime, onSwitch: (change: RuntimeSwitch) => void): Runtimes {
  const nodePaths = createPathStats()
  const predict = createTabularInference(python)
  const startedAt = performance.now()
  const nodeView = (): RuntimeView => ({
    ...{ name: 'node', kind: 'node', state: 'ready', reason: null, prefer: python.view().prefer },
    ...{ uptimeSeconds: (performance.now() - startedAt) / 1000, restarts: 0, queue: { waiting: 0, inFlight: 0, limit: 0 }, workers: [] },
    ...{ paths: nodePaths.list(), fallbacks: [], rssBytes: process.memoryUsage.rss(), environment: null },
  })
  const check = (name: string): 'node' | 'python' => {
    if (name === 'node' || name === 'python') return name
    throw new TandemError('not_found', `There is no runtime "${name}". Known: node, python.`)
  }
  const get = (name: string): RuntimeView => (check(name) === 'node' ? nodeView() : python.view())
  const changeable = (name: string): void => {
    if (check(name) === 'node') {
      throw new TandemError('conflict', 'The node runtime is the server itself: it is started, stopped and restarted with the server.')
    }
    if (!python.isEnabled) throw new TandemError('conflict', python.view().reason ?? 'Python is not set up here.')
  }
  const use = (): RuntimeUse => ({ runtime: python, nodePaths, prefer: python.view().prefer, onSwitch })
  return {
    ...{ python, nodePaths, get, use },
    list: () => [nodeView(), python.view()],
    log: (name, limit) => (check(name) === 'node' ? [] : python.log(limit)),
    start(name) {
      changeable(name)
      python.start()
      return get(name)
    },
    async stop(name) {
      changeable(name)
      await python.stop()
      return get(name)
    },
    async restart(name) {
      changeable(name)
      await python.restart()
      return get(name)
    },
    async predict(name, model, rows, options) {
      if (check(name) === 'node') throw new TandemError('conflict', 'Models of the node runtime answer at POST /v1/models/{model}/predict.')
      return predict(model, rows, options)
    },
    forEmbeddings: (models) => ({ ...use(), models }),
    close: () => python.close(),
  }
}
