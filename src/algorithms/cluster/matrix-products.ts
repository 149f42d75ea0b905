// A dense or sparse matrix by its products with blocks of vectors, on one heap: what subspace iterations need of it.
import { type FeatureMatrix, isSparse } from '../linear/feature-matrix.ts'
import { createHeap, createHeapLayout, type Engine, type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import { transposeCsr } from '../sparse/csr-matrix.ts'
import type { Spend } from '../tree/training-control.ts'

export interface MatrixProducts {
  readonly rows: number
  readonly columns: number
  /** Vectors of a block, a multiple of eight. */
  readonly p: number
  readonly views: HeapViews
  readonly kernels: Kernels
  /** Power of two by which the entries were divided, so that their squares are numbers. */
  readonly scale: number
  /** Blocks of p doubles a row, byte offsets: two of `rows` rows and two of `columns` rows, padded with rows of zeros. */
  readonly tall: readonly [number, number]
  readonly wide: readonly [number, number]
  /** p x p doubles for a small factor, and for a Gram matrix. */
  readonly factor: number
  readonly gram: number
  /** Told of the work; what it throws ends it. */
  readonly spend: Spend
  /** tall = A wide */
  times(wide: number, tall: number): void
  /** wide = A' tall */
  transposedTimes(tall: number, wide: number): void
  /** to = block factor, for a block of n rows; `upper` when the factor is upper triangular. */
  timesFactor(block: number, n: number, upper: boolean, to: number): void
  /** Block' block, shape (p, p), symmetric. */
  gramOf(block: number, n: number): Float64Array
}

/** Rows of a dense matrix that are added up in one go: they stay in the second cache while the columns pass by. */
const ROWS_AT_ONCE = 256
const PRODUCTS_AT_ONCE = 2 ** 24

/** How often a part of so many products may be done in one go: four times, or as often as takes some milliseconds. */
function fours(products: number): number {
  return 4 * Math.max(1, Math.floor(PRODUCTS_AT_ONCE / products / 4))
}

/**
 * What `spend` throws ends the work.
 *
 * @throws `memory_limit` beyond 4 GB.
 */
export function createMatrixProducts(x: FeatureMatrix, p: number, engine?: Engine, spend: Spend = () => {}): MatrixProducts {
  const { rows, columns } = x
  const sparse = isSparse(x)
  const stride = Math.ceil(columns / 4) * 4
  const tallRows = Math.ceil(rows / 4) * 4
  const wideRows = Math.ceil(columns / 4) * 4
  const layout = createHeapLayout()
  const { take } = layout
  const entries = sparse ? x.values.length : 0
  const at = {
    values: take(sparse ? entries * 8 : tallRows * stride * 8),
    indices: take(entries * 4),
    starts: take(sparse ? (rows + 1) * 4 : 0),
    turnedValues: take(entries * 8),
    turnedIndices: take(entries * 4),
    turnedStarts: take(sparse ? (columns + 1) * 4 : 0),
    tall: [take(tallRows * p * 8), take(tallRows * p * 8)] as const,
    wide: [take(wideRows * p * 8), take(wideRows * p * 8)] as const,
    factor: take(p * p * 8),
    gram: take(p * p * 8),
    ones: take(ROWS_AT_ONCE * 8),
    zeros: take(p * 8),
    sums: take(p * 8),
    scratch: take(p * 64),
  }
  const heap = createHeap(layout.bytes, engine)
  const views = viewsOf(heap)
  const { f64, i32 } = views
  const kernels = kernelsOn(heap)
  const scale = powerOfTwoFor(x.values)
  f64.fill(1, at.ones >>> 3, (at.ones >>> 3) + ROWS_AT_ONCE)
  if (sparse) {
    const turned = transposeCsr(x)
    for (const [values, to] of [
      [x.values, at.values],
      [turned.values, at.turnedValues],
    ] as const) {
      for (let entry = 0; entry < entries; entry++) f64[(to >>> 3) + entry] = values[entry]! / scale
    }
    i32.set(x.indices, at.indices >>> 2)
    i32.set(turned.indices, at.turnedIndices >>> 2)
    i32.set(x.starts, at.starts >>> 2)
    i32.set(turned.starts, at.turnedStarts >>> 2)
  } else {
    for (let row = 0; row < rows; row++) {
      spend(4 * columns)
      const to = (at.values >>> 3) + row * stride
      for (let column = 0; column < columns; column++) f64[to + column] = x.values[row * columns + column]! / scale
    }
  }
  return {
    ...{ rows, columns, p, views, kernels, spend, scale, tall: at.tall, wide: at.wide, factor: at.factor, gram: at.gram },
    times(wide, tall) {
      if (sparse) kernels.sparseTimes(at.starts, at.indices, at.values, 0, rows, wide, p, tall)
      else kernels.denseTimes(at.values, stride, tallRows, columns, wide, p, 0, tall)
    },
    transposedTimes(tall, wide) {
      if (sparse) {
        kernels.sparseTimes(at.turnedStarts, at.turnedIndices, at.turnedValues, 0, columns, tall, p, wide)
        return
      }
      kernels.clear(wide, wideRows * p * 8)
      for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
        const n = Math.min(ROWS_AT_ONCE, rows - row)
        const atOnce = fours(n * p)
        for (let column = 0; column < stride; column += atOnce) {
          const count = Math.min(atOnce, stride - column)
          spend((n * count * p) / 2)
          const from = at.values + (row * stride + column) * 8
          kernels.addTransposedTimes(from, stride, count, n, tall + row * p * 8, p, wide + column * p * 8)
        }
      }
    },
    timesFactor(block, n, upper, to) {
      const atOnce = fours(p * p)
      for (let row = 0; row < n; row += atOnce) {
        const count = Math.min(atOnce, Math.ceil((n - row) / 4) * 4)
        spend((count * p * p) / 2)
        kernels.denseTimes(block + row * p * 8, p, count, p, at.factor, p, upper ? 1 : 0, to + row * p * 8)
      }
    },
    gramOf(block, n) {
      kernels.clear(at.gram, p * p * 8)
      const atOnce = Math.min(ROWS_AT_ONCE, fours(p * p))
      for (let row = 0; row < n; row += atOnce) {
        const count = Math.min(atOnce, n - row)
        spend((count * p * p) / 4)
        kernels.addScatter(block + row * p * 8, p, count, at.zeros, at.ones, 0, at.scratch, at.sums, at.gram)
      }
      const gram = f64.slice(at.gram >>> 3, (at.gram >>> 3) + p * p)
      for (let row = 0; row < p; row++) for (let column = row + 1; column < p; column++) gram[row * p + column] = gram[column * p + row]!
      return gram
    },
  }
}

/** The least power of two that no value exceeds in size, within what doubles hold; 1 where all are 0. */
export function powerOfTwoFor(values: ArrayLike<number>): number {
  let most = 0
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!))
  if (most === 0) return 1
  let scale = 1
  while (scale < most && scale < 2 ** 1000) scale *= 2
  while (scale / 2 > most && scale > 2 ** -1000) scale /= 2
  return scale
}
