// Eigenvalues and eigenvectors of a symmetric matrix: by reflections to a tridiagonal one, whose halves are solved and joined; then the
// reflections back. The way of LAPACK's dsyevd.
import { divideTridiagonal } from './divide-tridiagonal.ts'
import { createHeapLayout, type Engine, viewsOf, withHeap } from './heap.ts'
import { kernelsOn } from './kernels.ts'
import { reduceSymmetric } from './reduce-symmetric.ts'

export interface SymmetricEigen {
  /** Descending, all n. */
  readonly values: Float64Array
  /** Row i belongs to value i, of length 1 and orthogonal to all others, however near their values; shape (count, n). */
  readonly vectors: Float64Array
}

export interface SymmetricEigenOptions {
  /** Vectors wanted, of the largest values. Default all. */
  readonly count?: number
  /** `typescript` computes without WebAssembly: the same bytes, more slowly. */
  readonly engine?: Engine
  /** Told of the work in steps of about a nanosecond; what it throws ends it. */
  readonly spend?: (steps: number) => void
}

/** Below, a module of WebAssembly takes longer to start than the work takes without; the bytes are the same. */
const FEWEST_COLUMNS = 48
/** Vectors that are reflected in one go: a multiple of four. */
const ROWS_AT_ONCE = 16

/**
 * Values are exact to rounding of the largest.
 *
 * Cost: O(n^3); eight matrices of n x n doubles.
 *
 * @param matrix  shape (n, n), finite; only the lower half is read.
 */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
  { count = n, engine, spend = () => {} }: SymmetricEigenOptions = {},
): SymmetricEigen {
  const stride = Math.ceil(n / 4) * 4
  const bytes = stride * stride * 8
  const layout = createHeapLayout()
  const at = {
    // The halves are joined where the matrix stood.
    matrix: layout.take(bytes),
    reflectors: layout.take(bytes),
    vectors: layout.take(bytes),
    block: layout.take(bytes),
    product: layout.take(bytes),
    factors: layout.take(stride * 8),
    right: layout.take(stride * 8),
    times: layout.take(stride * 8),
    zeros: layout.take(stride * 8),
  }
  return withHeap(layout.bytes, engine ?? (n < FEWEST_COLUMNS ? 'typescript' : 'auto'), (heap) => {
    const [views, kernels] = [viewsOf(heap), kernelsOn(heap)]
    const { f64 } = views
    const scale = scaleOf(matrix, n)
    for (let row = 0; row < n; row++) {
      for (let column = 0; column <= row; column++) f64[(at.matrix >>> 3) + row * stride + column] = matrix[row * n + column]! / scale
    }
    const { d, e } = reduceSymmetric(n, { ...{ kernels, views, stride, spend }, ...at, product: at.times })
    divideTridiagonal(d, e, { ...{ kernels, views, stride, spend }, ...at, factor: at.matrix }, count)
    const wanted = Math.ceil(count / 4) * 4
    const first = at.vectors + (n - count) * stride * 8
    // Whole fours; rows before those wanted are there to fill them.
    const from = Math.max(0, n - wanted)
    for (let row = 0; row < wanted; row += ROWS_AT_ONCE) {
      const rows = Math.min(ROWS_AT_ONCE, wanted - row)
      spend(rows * n * n)
      kernels.reflectRows(at.vectors + (from + row) * stride * 8, stride, rows, at.reflectors, at.factors, 1, n)
    }
    const vectors = new Float64Array(count * n)
    for (let row = 0; row < count; row++) {
      const source = (first >>> 3) + (count - 1 - row) * stride
      vectors.set(f64.subarray(source, source + n), row * n)
    }
    return { values: d.map((value) => value * scale).reverse(), vectors }
  })
}

/** A power of two, so that scaling loses nothing and squares of what is scaled are numbers. */
function scaleOf(matrix: Float64Array, n: number): number {
  let most = 0
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) most = Math.max(most, Math.abs(matrix[row * n + column]!))
  }
  if (!(most > 0)) return 1
  return 2 ** Math.max(-1020, Math.min(1020, Math.round(Math.log2(most))))
}
