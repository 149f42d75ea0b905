// Measures two ways to the vectors of the same texts. In turns, and past every cache: what is compared is the computing.
import { vectorAgreement } from '../../../algorithms/metrics/vector-agreement.ts'
import { TandemError } from '../../../errors.ts'
import type { Embeddings } from '../embeddings.ts'
import type { ComparedSide, CompareInput, EmbeddingComparison } from './schema.ts'

export interface CompareParts {
  readonly embeddings: Pick<Embeddings, 'encodeBy' | 'status'>
  /** Memory of a runtime, where it is known. */
  readonly rssBytes: (runtime: 'node' | 'python') => number | null
}

/** Least cosine of two runtimes whose vectors may stand in one index. */
export const PARITY_COSINE = 0.95

const MOST_SINGLES = 20
const ROUNDS = 3
const MOST_WAITING = 4

/**
 * @throws `conflict` when a model is not computed by the runtime that is named; `overloaded` when several comparisons wait already; what
 *   the models themselves say.
 */
export type Comparison = (input: CompareInput, signal?: AbortSignal) => Promise<EmbeddingComparison>

/** One comparison at a time: two would measure each other. */
export function createComparison(parts: CompareParts): Comparison {
  let running: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (input, signal) => {
    if (waiting >= MOST_WAITING) {
      throw new TandemError('overloaded', `${waiting} comparisons wait already. They run one after the other; try again later.`)
    }
    waiting++
    const mine = running
      .then(() => measure(parts, input, signal))
      .finally(() => {
        waiting--
      })
    running = mine.catch(() => undefined)
    return mine
  }
}

interface Side {
  readonly model: string
  readonly runtime: 'node' | 'python'
  readonly usdPerHour: number | undefined
  readonly singles: number[]
  readonly batches: number[]
  vectors: readonly Float32Array[]
}

async function measure(parts: CompareParts, { a, b, input }: CompareInput, signal: AbortSignal | undefined): Promise<EmbeddingComparison> {
  const { embeddings } = parts
  const sides = [a, b].map(
    ({ model, runtime = placeOf(embeddings, model), usdPerHour }): Side => ({
      ...{ model, runtime, usdPerHour, singles: [], batches: [] },
      vectors: [],
    }),
  )
  const encode = async ({ model, runtime }: Side, texts: readonly string[]) => {
    signal?.throwIfAborted()
    const startedAt = performance.now()
    const vectors = await embeddings.encodeBy(model, runtime, texts)
    return { vectors, ms: performance.now() - startedAt }
  }
  // Opening a model is no part of what is compared.
  for (const side of sides) await encode(side, input.slice(0, 1))
  for (const text of input.slice(0, MOST_SINGLES)) for (const side of sides) side.singles.push((await encode(side, [text])).ms)
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) {
      const { vectors, ms } = await encode(side, input)
      side.vectors = vectors
      side.batches.push(ms)
    }
  }
  const [first, second] = sides as [Side, Side]
  const { cosine, sameNeighbours, neighbours } = vectorAgreement(first.vectors, second.vectors)
  const viewOf = ({ model, runtime, usdPerHour, singles, batches, vectors }: Side): ComparedSide => {
    const textsPerSecond = (input.length * 1000) / quantile(batches, 0.5)
    return {
      ...{ model, runtime, dimensions: vectors[0]!.length, textsPerSecond },
      single: { p50Ms: quantile(singles, 0.5), p95Ms: quantile(singles, 0.95), p99Ms: quantile(singles, 0.99) },
      rssBytes: parts.rssBytes(runtime),
      usdPerMillionTexts: usdPerHour === undefined ? null : (usdPerHour / 3600) * (1e6 / textsPerSecond),
    }
  }
  const parity = cosine !== null && cosine.least > PARITY_COSINE
  return { texts: input.length, a: viewOf(first), b: viewOf(second), cosine, sameNeighbours, neighbours, parity }
}

/** Node, unless the model is computed by workers alone. */
function placeOf(embeddings: CompareParts['embeddings'], name: string): 'node' | 'python' {
  return embeddings.status().models.find((model) => model.name === name)?.kind === 'python' ? 'python' : 'node'
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
}
