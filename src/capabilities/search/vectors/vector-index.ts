// The port to an index of vectors: what every one of them promises, ours and those of other programs. `checkVectorIndex` tests it.

import { checkKey, type KeySet } from '../../../algorithms/vector/key-set.ts'
import type { VectorMetric, VectorShape } from '../../../algorithms/vector/vector-memory.ts'
import { checkedNorm } from '../../../algorithms/vector/vector-rows.ts'
import { TandemError } from '../../../errors.ts'

export interface VectorIndex {
  readonly dimensions: number
  readonly metric: VectorMetric
  /**
   * Adds vectors or replaces those of the same keys; of a key that comes twice the last counts. The next search sees them; they are
   * durable once the promise resolves. When one is wrong nothing is written.
   *
   * @throws `shape_mismatch` for a wrong length; `invalid_input` for a key that is none or a number that is not finite;
   *   `too_many_rows` beyond 10,000.
   */
  upsert(batch: VectorBatch): Promise<void>
  /** Takes vectors away; returns how many were there. */
  delete(keys: Iterable<number>): Promise<number>
  /**
   * The nearest vectors, the nearest first; fewer than `k` only when the index, or the filter, holds fewer.
   *
   * @throws `shape_mismatch`, `invalid_input` as above; `canceled` when the signal aborts first.
   */
  search(query: VectorQuery): Promise<readonly VectorHit[]>
  count(): Promise<number>
  stats(): Promise<VectorIndexStats>
  /** Waits for writes that were begun. Idempotent. */
  close(): Promise<void>
}

export interface VectorBatch {
  /** Whole numbers from 0 to 67,108,863, the numbers of your rows. */
  readonly keys: ArrayLike<number>
  /** Row-major, shape (keys, dimensions), or one array a vector. */
  readonly vectors: Float32Array | readonly ArrayLike<number>[]
}

export interface VectorQuery {
  readonly vector: ArrayLike<number>
  /** 1 to 1,000; default 10. */
  readonly k?: number
  /** Only these keys. */
  readonly filter?: KeySet
  /** Compares with every row, by float32 where the index keeps it. Default false. */
  readonly exact?: boolean
  readonly signal?: AbortSignal
}

export interface VectorHit {
  readonly key: number
  /** Cosine, dot product, or minus the Euclidean distance: larger is nearer. */
  readonly score: number
}

export interface VectorIndexStats {
  readonly kind: 'exact' | 'pgvector' | 'qdrant'
  readonly rows: number
  /** How the next search goes: by reading all rows, by codes and then the best rows, or by a graph. */
  readonly scan: 'rows' | 'codes' | 'graph'
  /** Rows that are scored finely after the codes, and the recall@10 that was measured with them. */
  readonly codeCandidates?: number
  readonly codeRecall?: number
  /** Of this process, for the index. */
  readonly memoryBytes: number
}

export const MOST_BATCH_ROWS = 10_000
export const MOST_RESULTS = 1000

export interface CheckedBatch {
  readonly keys: Uint32Array
  readonly vectors: Float32Array
}

/** The batch in one array, each key once; throws before anything is written. */
export function readBatch({ keys, vectors }: VectorBatch, shape: VectorShape): CheckedBatch {
  const { length } = keys
  if (length > MOST_BATCH_ROWS) {
    throw new TandemError('too_many_rows', `${length} vectors came at once; at most ${MOST_BATCH_ROWS} may. Send them in parts.`, {
      details: { rows: length, limit: MOST_BATCH_ROWS },
    })
  }
  const flat = vectors instanceof Float32Array ? checkedFlat(vectors, length, shape) : flatten(vectors, length, shape)
  const last = new Map<number, number>()
  for (let i = 0; i < length; i++) {
    const key = keys[i]!
    naming(i, () => {
      checkKey(key)
      checkedNorm(flat, i * shape.dimensions, shape)
    })
    last.set(key, i)
  }
  if (last.size === length) return { keys: Uint32Array.from(keys), vectors: flat }
  const places = [...last.values()].sort((left, right) => left - right)
  const kept = new Float32Array(places.length * shape.dimensions)
  for (const [to, from] of places.entries()) {
    kept.set(flat.subarray(from * shape.dimensions, (from + 1) * shape.dimensions), to * shape.dimensions)
  }
  return { keys: Uint32Array.from(places, (place) => keys[place]!), vectors: kept }
}

export interface CheckedQuery {
  readonly vector: Float32Array
  readonly k: number
}

export function readQuery({ vector, k = 10, signal }: VectorQuery, shape: VectorShape): CheckedQuery {
  if (!Number.isInteger(k) || k < 1 || k > MOST_RESULTS) {
    throw new TandemError('invalid_input', `A search gives 1 to ${MOST_RESULTS} results, not ${k}.`, {
      details: { k, limit: MOST_RESULTS },
    })
  }
  throwIfAborted(signal)
  if (vector.length !== shape.dimensions) throw wrongLength(vector.length, shape, 'The query')
  const numbers = Float32Array.from(vector)
  checkedNorm(numbers, 0, shape)
  return { vector: numbers, k }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TandemError('canceled', 'The search was canceled.', { cause: signal.reason })
}

function checkedFlat(vectors: Float32Array, rows: number, shape: VectorShape): Float32Array {
  if (vectors.length === rows * shape.dimensions) return vectors
  throw new TandemError(
    'shape_mismatch',
    `${rows} keys came with ${vectors.length} numbers; ${rows} vectors of ${shape.dimensions} dimensions are ${rows * shape.dimensions}.`,
    { details: { rows, numbers: vectors.length, dimensions: shape.dimensions } },
  )
}

function flatten(vectors: readonly ArrayLike<number>[], rows: number, shape: VectorShape): Float32Array {
  if (vectors.length !== rows) {
    throw new TandemError('shape_mismatch', `${rows} keys came with ${vectors.length} vectors; each key needs one.`, {
      details: { keys: rows, vectors: vectors.length },
    })
  }
  const flat = new Float32Array(rows * shape.dimensions)
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== shape.dimensions) throw wrongLength(vector.length, shape, `Vector ${i}`)
    flat.set(vector, i * shape.dimensions)
  }
  return flat
}

function wrongLength(length: number, { dimensions }: VectorShape, what: string): TandemError {
  return new TandemError(
    'shape_mismatch',
    `${what} has ${length} dimensions but the index has ${dimensions}. Embed with the model that the index was made for, or make a new index.`,
    { details: { dimensions: length, expected: dimensions } },
  )
}

/** Says which row of a batch an error is about. */
function naming(row: number, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!TandemError.is(error)) throw error
    throw new TandemError(error.code, `Row ${row}: ${error.message}`, { details: { ...error.details, row }, cause: error })
  }
}
