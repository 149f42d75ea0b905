// One model in two runtimes: in this process and in a Python worker. Who computes is chosen by the policy, and the other answers when that one
// cannot. Their vectors stand in the same indexes, so the worker's are used only after it has been seen to give the same ones.
import type { RuntimePreference } from '../../../definitions.ts'
import { TandemError } from '../../../errors.ts'
import { failureReason } from '../../../platform/python/failure.ts'
import type { PathStats } from '../../../platform/python/path-stats.ts'
import { fallbackReasonOf, type PythonRuntime } from '../../../platform/python/python-runtime.ts'
import type { RuntimeSwitch } from '../../../platform/python/runtimes.ts'
import type { FallbackReason } from '../../../platform/python/schema.ts'
import type { Encoded } from './encoder.ts'
import type { PythonEncoder } from './python-encoder.ts'
import type { EmbeddingRuntime, OpenedModel } from './runtime.ts'

export type RuntimeName = 'node' | 'python'

export interface PairedRuntimeOptions {
  readonly name: string
  readonly node: EmbeddingRuntime
  readonly worker: PythonEncoder
  readonly python: PythonRuntime
  readonly nodePaths: PathStats
  readonly prefer: RuntimePreference
  /** While a rollout runs: the share of batches, 0 to 1, that go to the worker, whatever is preferred. */
  share(): number | undefined
  /** Whether Node's files are there. */
  isNodePresent(): boolean
  /** Whether Node's weights are rounded, so that the worker's are the better ones. */
  isNodeRounded(): Promise<boolean>
  onSwitch(change: RuntimeSwitch): void
  warn(details: object, message: string): void
}

export interface PairedRuntime extends EmbeddingRuntime {
  /** Who computed last. */
  readonly serving: RuntimeName
  /** By that runtime and no other, for comparing them. */
  encodeBy(runtime: RuntimeName, texts: readonly string[]): Promise<Encoded>
}

/**
 * Least cosine of the same text in both runtimes. Weights rounded to 8 bits stay above 0.98 of the full ones in the models that were tried;
 * another model of the same width is near 0.
 */
export const PARITY = 0.97
const PROBES = [
  'A summer sale of running shoes for women',
  'The invoice of March is overdue by two weeks.',
  'Wie richte ich den Drucker im zweiten Stock ein?',
  '12,5 % more clicks, at half the cost per order',
]
/** Of `fastest`: one batch of so many goes to the slower one, which may have become the faster. */
const EXPLORE_EVERY = 25
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export function createPairedRuntime(options: PairedRuntimeOptions): PairedRuntime {
  const { name, node, worker, python, nodePaths, prefer, share, isNodePresent, isNodeRounded, onSwitch, warn } = options
  let serving: RuntimeName | undefined
  let turn = 0
  let due = 0
  /** What was learnt of the worker, and until when it counts. */
  let judged: { readonly generation: number; readonly isSame: boolean } | undefined
  let judging: Promise<void> | undefined
  /** Node lacks what the model needs, such as a package: its identity is the worker's then. */
  let isNodeUnable = false
  let pause: { readonly generation: number; readonly until: number; readonly ms: number } | undefined
  let isRounded: boolean | undefined

  const served = (by: RuntimeName, reason: string): void => {
    if (serving !== undefined && serving !== by) onSwitch({ model: name, from: serving, to: by, reason })
    serving = by
  }
  const inNode = async (texts: readonly string[]): Promise<Encoded> => {
    const startedAt = performance.now()
    let ok = false
    try {
      const encoded = await node.encode(texts)
      ok = true
      return encoded
    } finally {
      nodePaths.observe('embed', name, { items: texts.length, ms: performance.now() - startedAt, ok })
    }
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
   * @returns whether it gives Node's vectors; undefined while that is not known.
   */
  const isSame = (): boolean | undefined => {
    if (judged?.generation === python.generation) return judged.isSame
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
    const theirs = await worker.warm(PROBES)
    const ours = await node.encode(PROBES)
    const least = leastCosine(ours.vectors, theirs.vectors, PROBES.length)
    judged = { generation: python.isReady ? python.generation : generation, isSame: least >= PARITY }
    if (judged.isSame) return
    const message = 'the Python worker computes other vectors than Node under this name; it is not used for it'
    warn({ model: name, cosine: least, needed: PARITY }, message)
  }
  const prefersPython = async (): Promise<boolean> => {
    if (isPaused()) return false
    const wanted = share()
    if (wanted !== undefined) {
      // Evenly spread: of ten batches at 0.1 exactly one.
      due = Math.min(due, 1) + wanted
      if (due < 1 - 1e-9) return false
      due -= 1
      return true
    }
    if (prefer === 'node') return false
    if (prefer === 'python') return true
    if (prefer === 'best') {
      isRounded ??= await isNodeRounded()
      if (isRounded) return true
    }
    const [ours, theirs] = [nodePaths.itemMs('embed', name), python.paths.itemMs('embed', name)]
    turn++
    // Until both are known, and now and then later.
    if (theirs === undefined || turn % EXPLORE_EVERY === 0) return ours !== undefined && !(theirs !== undefined && theirs < ours)
    return ours !== undefined && theirs < ours
  }

  const encode = async (texts: readonly string[]): Promise<Encoded> => {
    if (isNodeUnable || !isNodePresent()) {
      const encoded = await worker.encode(texts)
      served('python', 'Node has no files of the model')
      return encoded
    }
    let reason = 'it is preferred'
    if (await prefersPython()) {
      const same = isSame()
      if (same === true) {
        try {
          const encoded = await worker.encode(texts)
          served('python', 'a worker answers')
          return encoded
        } catch (error) {
          const why = fallbackReasonOf(error)
          if (why === undefined) throw error
          leaveAlone(why)
          python.noteFallback(name, why)
          reason = error instanceof Error ? error.message : String(error)
        }
      } else if (same === undefined) {
        python.noteFallback(name, 'starting')
        reason = 'no worker has answered yet'
      } else reason = 'the vectors of the worker differ'
    }
    try {
      const encoded = await inNode(texts)
      served('node', reason)
      return encoded
    } catch (error) {
      // What Node cannot, such as without its package, the worker may; but only if it was seen to give the same vectors.
      if (!python.isEnabled || judged?.isSame !== true || isPaused()) throw error
      const encoded = await worker.encode(texts).catch((second: unknown) => {
        throw failureReason(second) === undefined ? second : error
      })
      served('python', error instanceof Error ? error.message : String(error))
      return encoded
    }
  }

  return {
    encode,
    /** The model is the one of Node's files where they are: both give its vectors. */
    async open(): Promise<OpenedModel> {
      if (isNodeUnable || !isNodePresent()) return worker.open()
      try {
        return await node.open()
      } catch (error) {
        if (!python.isEnabled || !TandemError.is(error) || error.code !== 'dependency_missing') throw error
        isNodeUnable = true
        return worker.open().catch(() => {
          throw error
        })
      }
    },
    async close() {
      await Promise.all([node.close(), worker.close()])
    },
    encodeBy: (runtime, texts) => (runtime === 'node' ? inNode(texts) : worker.warm(texts)),
    get serving() {
      return serving ?? 'node'
    },
  }
}

function leastCosine(a: Float32Array, b: Float32Array, rows: number): number {
  if (a.length !== b.length) return 0
  const width = a.length / rows
  let least = 1
  for (let row = 0; row < rows; row++) {
    let dot = 0
    for (let at = row * width; at < (row + 1) * width; at++) dot += a[at]! * b[at]!
    least = Math.min(least, dot)
  }
  return least
}
