// Work that this process and a Python worker can both do. Who does it is chosen by the policy, and the other does it when that one cannot:
// nobody waits for a worker that starts, no call fails with one that ends, and the worker is asked again when it is back.
import type { RuntimePreference } from '../../definitions.ts'
import { failureReason } from './failure.ts'
import type { PathStats } from './path-stats.ts'
import { fallbackReasonOf, type PythonRuntime } from './python-runtime.ts'
import type { RuntimeSwitch } from './runtimes.ts'
import type { FallbackReason } from './schema.ts'

export type RuntimeName = 'node' | 'python'

export interface RuntimeChoiceOptions {
  /** What is done, as people know it: a model, or a task. */
  readonly name: string
  /** Of the statistics: such as embed. */
  readonly path: string
  readonly python: PythonRuntime
  readonly nodePaths: PathStats
  readonly prefer: RuntimePreference
  /** While a rollout runs: the share of calls, 0 to 1, that go to the worker, whatever is preferred. */
  share?(): number | undefined
  /** Whether the worker's answers are the better ones, for `best`. */
  isPythonBetter(): boolean | Promise<boolean>
  /**
   * Looks at a new worker before it is used: false when its answers may not be. It may take as long as the loading of a model does; this
   * process answers meanwhile. Throws when the worker cannot answer.
   */
  tryOut(): Promise<boolean>
  /** Told when Node answers what the worker should have. */
  onFallback?(reason: FallbackReason): void
  onSwitch(change: RuntimeSwitch): void
}

export interface RuntimeCalls<Answer> {
  /** Such as texts. */
  readonly items: number
  node(): Promise<Answer>
  python(): Promise<Answer>
}

export interface RuntimeChoice {
  /** By whom the policy says; by the other one when that one cannot. */
  run<Answer>(calls: RuntimeCalls<Answer>): Promise<Answer>
  /** In this process, with its time in the statistics. */
  inNode<Answer>(items: number, work: () => Promise<Answer>): Promise<Answer>
  /** Notes who answered, and tells when that has changed. */
  served(by: RuntimeName, reason: string): void
  /** Who answered last; undefined before the first call. */
  readonly serving: RuntimeName | undefined
}

/** Of `fastest`: one call of so many goes to the slower one, which may have become the faster. */
const EXPLORE_EVERY = 25
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export function createRuntimeChoice(options: RuntimeChoiceOptions): RuntimeChoice {
  const { name, path, python, nodePaths, prefer, share, isPythonBetter, tryOut, onFallback, onSwitch } = options
  let serving: RuntimeName | undefined
  let turn = 0
  let due = 0
  /** What was learnt of the worker, and until when it counts. */
  let judged: { readonly generation: number; readonly isGood: boolean } | undefined
  let judging: Promise<void> | undefined
  let pause: { readonly generation: number; readonly until: number; readonly ms: number } | undefined
  let isBetter: boolean | undefined

  const served = (by: RuntimeName, reason: string): void => {
    if (serving !== undefined && serving !== by) onSwitch({ model: name, from: serving, to: by, reason })
    serving = by
  }
  const inNode: RuntimeChoice['inNode'] = async (items, work) => {
    const startedAt = performance.now()
    let ok = false
    try {
      const answer = await work()
      ok = true
      return answer
    } finally {
      nodePaths.observe(path, name, { items, ms: performance.now() - startedAt, ok })
    }
  }
  const noteFallback = (reason: FallbackReason): void => {
    python.noteFallback(name, reason)
    onFallback?.(reason)
  }
  const isPaused = (): boolean => pause !== undefined && pause.generation === python.generation && performance.now() < pause.until
  const leaveAlone = (reason: FallbackReason): void => {
    // Without a ready worker the next call fails at once anyway, and a new worker is asked anew.
    if (reason !== 'model_missing' && reason !== 'bad_answer') return
    const ms = pause?.generation === python.generation ? Math.min(LONGEST_PAUSE_MS, pause.ms * 2) : FIRST_PAUSE_MS
    pause = { generation: python.generation, until: performance.now() + ms, ms }
  }
  /**
   * Looks at each new worker once, in the background: it may have to load the model first, and Node answers meanwhile.
   *
   * @returns whether it may be used; undefined while that is not known.
   */
  const isGood = (): boolean | undefined => {
    if (judged?.generation === python.generation) return judged.isGood
    if (judging !== undefined) return undefined
    judging = judge()
      .catch((error: unknown) => {
        const why = fallbackReasonOf(error)
        if (why !== undefined) leaveAlone(why)
      })
      .finally(() => {
        judging = undefined
      })
    return undefined
  }
  const judge = async (): Promise<void> => {
    const { generation } = python
    // Wakes the workers; a runtime without any ready one has nothing to be judged yet.
    const isAllowed = await tryOut()
    judged = { generation: python.isReady ? python.generation : generation, isGood: isAllowed }
  }
  const prefersPython = async (): Promise<boolean> => {
    if (isPaused()) return false
    const wanted = share?.()
    if (wanted !== undefined) {
      // Evenly spread: of ten calls at 0.1 exactly one.
      due = Math.min(due, 1) + wanted
      if (due < 1 - 1e-9) return false
      due -= 1
      return true
    }
    if (prefer === 'node') return false
    if (prefer === 'python') return true
    if (prefer === 'best') {
      isBetter ??= await isPythonBetter()
      if (isBetter) return true
    }
    const [ours, theirs] = [nodePaths.itemMs(path, name), python.paths.itemMs(path, name)]
    turn++
    // Until both are known, and now and then later.
    if (theirs === undefined || turn % EXPLORE_EVERY === 0) return ours !== undefined && !(theirs !== undefined && theirs < ours)
    return ours !== undefined && theirs < ours
  }

  return {
    async run({ items, node, python: inPython }) {
      let reason = 'it is preferred'
      if (await prefersPython()) {
        const good = isGood()
        if (good === true) {
          try {
            const answer = await inPython()
            served('python', 'a worker answers')
            return answer
          } catch (error) {
            const why = fallbackReasonOf(error)
            if (why === undefined) throw error
            leaveAlone(why)
            noteFallback(why)
            reason = error instanceof Error ? error.message : String(error)
          }
        } else if (good === undefined) {
          noteFallback('starting')
          reason = 'no worker has answered yet'
        } else reason = 'the answers of the worker differ'
      }
      try {
        const answer = await inNode(items, node)
        served('node', reason)
        return answer
      } catch (error) {
        // What Node cannot, such as without its package, the worker may; but only if it was seen to be good.
        if (!python.isEnabled || judged?.isGood !== true || isPaused()) throw error
        const answer = await inPython().catch((second: unknown) => {
          throw failureReason(second) === undefined ? second : error
        })
        served('python', error instanceof Error ? error.message : String(error))
        return answer
      }
    },
    ...{ inNode, served },
    get serving() {
      return serving
    },
  }
}
