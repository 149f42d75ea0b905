// A symmetric matrix as a tridiagonal one between reflections. Source: Householder 1958; Golub and Van Loan, Matrix Computations, section
// 8.3, from the last row upwards as EISPACK's tred2, so that what is left is always the beginning of the rows.
import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

/** Byte offsets. */
export interface ReductionHeap {
  readonly kernels: Kernels
  readonly views: HeapViews
  /** Doubles of a row, a multiple of four. */
  readonly stride: number
  /** `stride` rows, of which the lower half is read, and used up. */
  readonly matrix: number
  /** `stride` rows of zeros: row i becomes the vector that reflects row i to its last entry before the diagonal. */
  readonly reflectors: number
  /** `stride` doubles each. */
  readonly factors: number
  readonly right: number
  readonly product: number
  readonly zeros: number
  /** Told of the work; what it throws ends it. */
  readonly spend: (steps: number) => void
}

/** Squares near the least number there is have lost digits, and a vector of such a length would not reflect; beside 1 it is nothing. */
const NOTHING = 2 ** -400

/** Cost: O(n^3). Entries of about 1 keep squares numbers. */
export function reduceSymmetric(n: number, heap: ReductionHeap): { readonly d: Float64Array; readonly e: Float64Array } {
  const { kernels, views, stride, matrix, reflectors, factors, right, product, zeros, spend } = heap
  const { f64 } = views
  const [d, e] = [new Float64Array(n), new Float64Array(n)]
  const rowOf = (i: number): number => (matrix >>> 3) + i * stride
  const vectorOf = (i: number): number => reflectors + i * stride * 8
  // What is still to be taken from the matrix: v w' + w v'.
  let [v, w] = [zeros, zeros]
  for (let i = n - 1; i > 0; i--) {
    spend(i * i)
    const own = rowOf(i)
    if (v !== zeros) {
      const [vi, wi] = [f64[(v >>> 3) + i]!, f64[(w >>> 3) + i]!]
      for (let j = 0; j <= i; j++) f64[own + j] = f64[own + j]! - vi * f64[(w >>> 3) + j]! - wi * f64[(v >>> 3) + j]!
    }
    d[i] = f64[own + i]!
    const next = vectorOf(i)
    const { end, factor } = reflector(f64, own, i, next >>> 3)
    e[i - 1] = end
    f64[(factors >>> 3) + i] = factor
    kernels.updateTimes(matrix, stride, i, v, w, next, product)
    let along = 0
    for (let j = 0; j < i; j++) along += f64[(product >>> 3) + j]! * f64[(next >>> 3) + j]!
    const share = (factor * factor * along) / 2
    for (let j = 0; j < i; j++) f64[(right >>> 3) + j] = factor * f64[(product >>> 3) + j]! - share * f64[(next >>> 3) + j]!
    ;[v, w] = [next, right]
  }
  d[0] = f64[rowOf(0)]!
  return { d, e }
}

/** v with 1 as entry i - 1, so that I - factor v v' leaves of row `from`, entries 0..i-1, its end alone. */
function reflector(f64: Float64Array, from: number, i: number, to: number): { readonly end: number; readonly factor: number } {
  const last = f64[from + i - 1]!
  let squares = 0
  for (let j = 0; j < i - 1; j++) squares += f64[from + j]! * f64[from + j]!
  f64[to + i - 1] = 1
  if (squares < NOTHING) {
    f64.fill(0, to, to + i - 1)
    return { end: last, factor: 0 }
  }
  const length = Math.sqrt(squares + last * last)
  const end = last > 0 ? -length : length
  const scale = 1 / (last - end)
  for (let j = 0; j < i - 1; j++) f64[to + j] = f64[from + j]! * scale
  return { end, factor: (end - last) / end }
}
