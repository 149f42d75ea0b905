// One task of language with who can do it: this server's thread, and a Python worker where there is one for it.
import type { RuntimePreference } from '../../definitions.ts'
import { createRuntimeChoice } from '../../platform/python/runtime-choice.ts'
import type { RuntimeUse } from '../../platform/python/runtimes.ts'
import type { LanguageMetrics } from './metrics.ts'
import { type AskOptions, askWorker, type WorkerAnswer, type WorkerTask } from './runtimes/python-language.ts'
import type { LanguageStatus, LanguageTask } from './schema.ts'

export interface Answered<Value> {
  readonly values: readonly Value[]
  readonly runtime: 'node' | 'python' | 'model'
  readonly model: string
}

/** What a worker is asked, and how its values become ours. */
export interface WorkerQuestion<Value> {
  readonly parameters?: object
  read(answer: WorkerAnswer<never>): Promise<readonly Value[]>
}

export interface TaskChain {
  readonly task: LanguageTask
  /**
   * By whom the policy says.
   *
   * @param question  undefined where a worker cannot do what is asked.
   */
  answer<Value>(
    texts: readonly string[],
    node: () => Promise<readonly Value[]>,
    question: WorkerQuestion<Value> | undefined,
    options?: AskOptions,
  ): Promise<Answered<Value>>
  /** Notes an answer from outside the chain, such as of an own model. */
  note(runtime: 'model', texts: number, startedAt: number): void
  noteFallback(reason: string): void
  status(): LanguageStatus['tasks'][number]
}

export interface TaskChainOptions {
  readonly task: LanguageTask
  /** Undefined where workers have nothing for it. */
  readonly worker: WorkerTask | undefined
  /** Asked of a new worker before it is used. */
  readonly probe?: object
  /** Whether a worker’s answers are the better ones, for `best`. */
  readonly isPythonBetter: boolean
  readonly prefer: RuntimePreference
  /** What answers here. */
  readonly node: string
  readonly ownModel?: string | undefined
  readonly use: RuntimeUse
  readonly metrics?: LanguageMetrics | undefined
}

const PROBE = 'Anna Smith visited the new shop in London on Monday, and she liked it very much.'

export function createTaskChain(options: TaskChainOptions): TaskChain {
  const { task, worker, probe, isPythonBetter, prefer, node: nodeModel, ownModel, use, metrics } = options
  const { runtime: python, nodePaths, onSwitch } = use
  const name = `language.${task}`
  const counts = { texts: 0, fallbacks: 0 }
  let last: Answered<unknown>['runtime'] | undefined
  const noteFallback = (reason: string): void => {
    counts.fallbacks++
    metrics?.countFallback(task, reason)
  }
  const choice = createRuntimeChoice({
    ...{ name, path: 'language', nodePaths, prefer, onSwitch },
    isPythonBetter: () => isPythonBetter,
    python,
    onFallback: (reason) => noteFallback(`python_${reason}`),
    async tryOut() {
      await askWorker(python, worker!, { name, texts: [PROBE], ...(probe === undefined ? {} : { parameters: probe }) }, { isWarmUp: true })
      return true
    },
  })
  const note = (runtime: Answered<unknown>['runtime'], texts: number, startedAt: number): void => {
    last = runtime
    counts.texts += texts
    metrics?.observe(task, runtime, { texts, seconds: (performance.now() - startedAt) / 1000 })
  }
  return {
    task,
    async answer<Value>(
      texts: readonly string[],
      node: () => Promise<readonly Value[]>,
      question: WorkerQuestion<Value> | undefined,
      { signal }: AskOptions = {},
    ) {
      const startedAt = performance.now()
      const here = async (): Promise<Answered<Value>> => ({ values: await node(), runtime: 'node', model: nodeModel })
      const there = async ({ parameters, read }: WorkerQuestion<Value>): Promise<Answered<Value>> => {
        const asked = { name, texts, ...(parameters === undefined ? {} : { parameters }) }
        const answer = await askWorker(python, worker!, asked, { signal })
        return { values: await read(answer as WorkerAnswer<never>), runtime: 'python', model: answer.model }
      }
      const items = texts.length
      const answered =
        worker === undefined || question === undefined || !python.isEnabled
          ? await choice.inNode(items, here)
          : await choice.run({ items, node: here, python: () => there(question) })
      note(answered.runtime, texts.length, startedAt)
      return answered
    },
    ...{ note, noteFallback },
    status: () => ({
      ...{ task, runtime: last ?? null, prefer, node: nodeModel, model: ownModel ?? null, ...counts },
      python: worker !== undefined && python.isEnabled ? `language.${worker}` : null,
    }),
  }
}
