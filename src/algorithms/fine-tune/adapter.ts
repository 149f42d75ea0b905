// A small network over the vectors of an encoder that stays as it is: x + D x + b (linear), or x + V relu(U x + c) (MLP), brought to
// length 1. Both begin as no change at all. Source: Houlsby et al. 2019 for adapters with a residual path.
import { TandemError } from '../../errors.ts'
import { createDotProducts, type DotProducts } from '../math/dot-products.ts'
import { normalizeRows } from './trainable-encoder.ts'

export interface LinearAdapter {
  readonly kind: 'linear'
  readonly dimensions: number
  /** D, shape (dimensions, dimensions), row by row of the output; b. */
  readonly weights: Float32Array
  readonly bias: Float32Array
}

export interface MlpAdapter {
  readonly kind: 'mlp'
  readonly dimensions: number
  readonly hidden: number
  /** U, shape (hidden, dimensions); c. */
  readonly inner: Float32Array
  readonly innerBias: Float32Array
  /** V, shape (dimensions, hidden). */
  readonly outer: Float32Array
}

export type Adapter = LinearAdapter | MlpAdapter

/** Vectors at once: they stay in the cache beside the weights. */
const BLOCK = 256

export type AdaptVectors = (vectors: Float32Array) => Float32Array

/**
 * Applies an adapter to vectors, row by row of `dimensions`.
 *
 * Cost: O(rows x dimensions^2), or O(rows x dimensions x hidden) of an MLP.
 *
 * @returns a function that leaves its argument alone. It throws `shape_mismatch` for a length that is no whole number of vectors.
 */
export function createAdapt(adapter: Adapter, products: DotProducts = createDotProducts()): AdaptVectors {
  const { dimensions } = adapter
  return (vectors) => {
    if (vectors.length % dimensions !== 0) {
      throw new TandemError('shape_mismatch', `${vectors.length} numbers are no whole vectors of ${dimensions}.`)
    }
    const rows = vectors.length / dimensions
    const out = new Float32Array(vectors.length)
    for (let from = 0; from < rows; from += BLOCK) {
      const n = Math.min(BLOCK, rows - from)
      const range = [from * dimensions, (from + n) * dimensions] as const
      out.set(residual(adapter, vectors.subarray(...range), n, products), range[0])
    }
    for (let at = 0; at < out.length; at++) out[at]! += vectors[at]!
    normalizeRows(out, dimensions, new Float32Array(rows))
    return out
  }
}

function residual(adapter: Adapter, x: Float32Array, n: number, products: DotProducts): Float32Array {
  const { dimensions } = adapter
  const out = new Float32Array(n * dimensions)
  if (adapter.kind === 'linear') {
    products.rowsTimesRows(x, n, adapter.weights, dimensions, dimensions, out)
    addBias(out, adapter.bias)
    return out
  }
  const inner = new Float32Array(n * adapter.hidden)
  products.rowsTimesRows(x, n, adapter.inner, adapter.hidden, dimensions, inner)
  addBias(inner, adapter.innerBias)
  for (let at = 0; at < inner.length; at++) if (inner[at]! < 0) inner[at] = 0
  products.rowsTimesRows(inner, n, adapter.outer, dimensions, adapter.hidden, out)
  return out
}

export function addBias(rows: Float32Array, bias: Float32Array): void {
  for (let from = 0; from < rows.length; from += bias.length) for (let at = 0; at < bias.length; at++) rows[from + at]! += bias[at]!
}
