// One model in two runtimes: in this process and in a Python worker. Who computes is chosen by the policy, and the other answers when that one
// cannot. Their vectors stand in the same indexes, so the worker's are used only after it has been seen to give the same ones.
import type { RuntimePreference } from '../../../definitions.ts'
import { TandemError } from '../../../errors.ts'
import type { PathStats } from '../../../platform/python/path-stats.ts'
import type { PythonRuntime } from '../../../platform/python/python-runtime.ts'
import { createRuntimeChoice, type RuntimeName } from '../../../platform/python/runtime-choice.ts'
import type { RuntimeSwitch } from '../../../platform/python/runtimes.ts'
import type { Encoded } from './encoder.ts'
import type { PythonEncoder } from './python-encoder.ts'
import type { EmbeddingRuntime, OpenedModel } from './runtime.ts'

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
export function createPairedRuntime(options: PairedRuntimeOptions): PairedRuntime {
  const { name, node, worker, python, nodePaths, prefer, share, isNodePresent, isNodeRounded, onSwitch, warn } = options
  /** Node lacks what the model needs, such as a package: its identity is the worker's then. */
  let isNodeUnable = false
  const choice = createRuntimeChoice({
    ...{ name, path: 'embed', python, nodePaths, prefer, share, isPythonBetter: isNodeRounded, onSwitch },
    async tryOut() {
      const theirs = await worker.warm(PROBES)
      const ours = await node.encode(PROBES)
      const least = leastCosine(ours.vectors, theirs.vectors, PROBES.length)
      if (least >= PARITY) return true
      const message = 'the Python worker computes other vectors than Node under this name; it is not used for it'
      warn({ model: name, cosine: least, needed: PARITY }, message)
      return false
    },
  })
  const encode = async (texts: readonly string[]): Promise<Encoded> => {
    if (isNodeUnable || !isNodePresent()) {
      const encoded = await worker.encode(texts)
      choice.served('python', 'Node has no files of the model')
      return encoded
    }
    return choice.run({ items: texts.length, node: () => node.encode(texts), python: () => worker.encode(texts) })
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
    encodeBy: (runtime, texts) => (runtime === 'node' ? choice.inNode(texts.length, () => node.encode(texts)) : worker.warm(texts)),
    get serving() {
      return choice.serving ?? 'node'
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
