// Rows of features on a heap, dense or sparse, and what the kernels make of them: scores of rows and sums by column, for one vector of
// coefficients or for a block of p of them.
import { createHeap, createHeapLayout, type Engine, type HeapLayout, type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import { type FeatureMatrix, isSparse } from './feature-matrix.ts'

/** Offsets are bytes. Vectors over columns have `width` doubles, those behind the last column are 0; blocks have p doubles for each. */
export interface HeapRows {
  readonly width: number
  readonly views: HeapViews
  readonly kernels: Kernels
  /** to[row - from] = bias + row . w, for n rows. */
  scores(w: number, bias: number, from: number, n: number, to: number): void
  /** sums += factors[row - from] row, for n rows. */
  add(factors: number, from: number, n: number, sums: number): void
  /** sums += X' diag(curvatures) (X w + bias), over all rows; returns the sum of curvature x score. */
  curve(w: number, bias: number, curvatures: number, sums: number): number
  /** to = rows times a block, for n rows. */
  times(block: number, p: number, from: number, n: number, to: number): void
  /** sums += transposed rows times a block of n rows; with `squared` of the squares of the entries. */
  addTimes(block: number, p: number, from: number, n: number, sums: number, squared?: boolean): void
}

/** Below so many entries a module of WebAssembly takes longer to start than the work takes without; the bytes are the same. */
const FEWEST_ENTRIES = 4096

/**
 * Copies rows to a heap of their own, together with what `plan` takes from its layout.
 *
 * @param most  rows that `times` and `addTimes` are asked for at once.
 * @throws   `memory_limit` beyond 4 GB.
 */
export function createHeapRows<Places>(
  x: FeatureMatrix,
  most: number,
  plan: (take: HeapLayout['take'], width: number) => Places,
  engine?: Engine,
): { readonly rows: HeapRows; readonly at: Places } {
  const layout = createHeapLayout()
  const width = Math.ceil(x.columns / 4) * 4
  const load = isSparse(x) ? planSparse(x, layout) : planDense(x, width, most, layout)
  const at = plan(layout.take, width)
  const heap = createHeap(layout.bytes, engine ?? (x.values.length < FEWEST_ENTRIES ? 'typescript' : 'auto'))
  const [views, kernels] = [viewsOf(heap), kernelsOn(heap)]
  return { rows: { width, views, kernels, ...load(views, kernels) }, at }
}

type Products = Omit<HeapRows, 'width' | 'views' | 'kernels'>

function planSparse(x: FeatureMatrix & { starts: Int32Array }, { take }: HeapLayout): (views: HeapViews, kernels: Kernels) => Products {
  const { rows, starts, indices, values } = x as Extract<FeatureMatrix, { starts: Int32Array }>
  const at = {
    values: take(values.length * 8),
    squares: take(values.length * 8),
    indices: take(indices.length * 4),
    starts: take((rows + 1) * 4),
  }
  return ({ i32, f64 }, kernels) => {
    f64.set(values, at.values >>> 3)
    i32.set(indices, at.indices >>> 2)
    i32.set(starts, at.starts >>> 2)
    let squared = false
    const square = (): void => {
      const [from, to] = [at.values >>> 3, at.squares >>> 3]
      for (let entry = 0; entry < values.length; entry++) f64[to + entry] = f64[from + entry]! * f64[from + entry]!
      squared = true
    }
    return {
      scores: (w, bias, from, n, to) => kernels.sparseScores(at.starts, at.indices, at.values, from, from + n, w, bias, to),
      add: (factors, from, n, sums) => kernels.sparseAdd(at.starts, at.indices, at.values, from, from + n, factors, sums),
      curve: (w, bias, curvatures, sums) => kernels.sparseCurve(at.starts, at.indices, at.values, rows, w, bias, curvatures, sums),
      times: (block, p, from, n, to) => kernels.sparseTimes(at.starts, at.indices, at.values, from, from + n, block, p, to),
      addTimes(block, p, from, n, sums, ofSquares = false) {
        if (ofSquares && !squared) square()
        const entries = ofSquares ? at.squares : at.values
        kernels.addSparseTransposedTimes(at.starts, at.indices, entries, from, from + n, block, p, sums)
      },
    }
  }
}

function planDense(
  { rows, columns, values }: FeatureMatrix,
  width: number,
  most: number,
  { take }: HeapLayout,
): (views: HeapViews, kernels: Kernels) => Products {
  // Behind the last row there are zeros, since kernels take four at a time.
  const at = { values: take((rows + 3) * width * 8), squares: take(most * width * 8) }
  return ({ f64 }, kernels) => {
    if (width === columns) f64.set(values, at.values >>> 3)
    else {
      for (let row = 0, to = at.values >>> 3; row < rows; row++, to += width) {
        f64.set(values.subarray(row * columns, (row + 1) * columns), to)
      }
    }
    const line = (row: number): number => at.values + row * width * 8
    return {
      scores: (w, bias, from, n, to) => kernels.denseScores(line(from), width, n, w, bias, to),
      add: (factors, from, n, sums) => kernels.denseAdd(line(from), width, n, factors, sums),
      curve: (w, bias, curvatures, sums) => kernels.denseCurve(line(0), width, rows, w, bias, curvatures, sums),
      times: (block, p, from, n, to) => kernels.denseTimes(line(from), width, Math.ceil(n / 4) * 4, columns, block, p, 0, to),
      addTimes(block, p, from, n, sums, ofSquares = false) {
        const source = ofSquares ? at.squares : line(from)
        if (ofSquares) {
          const [read, to] = [line(from) >>> 3, at.squares >>> 3]
          for (let entry = 0; entry < n * width; entry++) f64[to + entry] = f64[read + entry]! * f64[read + entry]!
        }
        kernels.addTransposedTimes(source, width, width, n, block, p, sums)
      },
    }
  }
}
