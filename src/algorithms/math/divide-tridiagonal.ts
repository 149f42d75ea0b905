// Eigenvalues and eigenvectors of a tridiagonal matrix: halves are solved, and what couples them, a matrix of rank one, is added. Vectors
// stay orthogonal to the last digits, equal values or not.
// Source: Cuppen 1981; Gu and Eisenstat, "A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem", SIMAX 16, 1995;
// which vectors need no work: Dongarra and Sorensen 1987, as LAPACK's dlaed2.
import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'
import { solveSecular } from './secular-equation.ts'
import { solveTridiagonalQl } from './tridiagonal-ql.ts'

/** Byte offsets. */
export interface DivideHeap {
  readonly kernels: Kernels
  readonly views: HeapViews
  /** Doubles of a row, a multiple of four. */
  readonly stride: number
  /** `stride` rows: row i becomes the eigenvector of value i. */
  readonly vectors: number
  /** `stride` rows each: the vectors as combinations of those of the halves, one half's vectors, and products of both. */
  readonly factor: number
  readonly block: number
  readonly product: number
  /** Told of the work; what it throws ends it. */
  readonly spend: (steps: number) => void
}

/** Below it QL steps are as fast. */
const SMALLEST = 32
const EPSILON = 2 ** -53
/** Steps of about a nanosecond for each pole of a root. */
const ROOT_STEPS = 20
/** Vectors that are combined in one go: a multiple of four. */
const ROWS_AT_ONCE = 16

/**
 * Needs entries of about 1.
 *
 * Cost: O(n^3), less the more values are near each other.
 *
 * @param d  diagonal; becomes the eigenvalues, ascending.
 * @param e  `e[i]` couples i and i + 1; used up.
 * @param wanted  only the vectors of so many of the largest values are right in the end.
 */
export function divideTridiagonal(d: Float64Array, e: Float64Array, heap: DivideHeap, wanted: number): void {
  solve(d, e, 0, d.length, heap, wanted)
}

function solve(d: Float64Array, e: Float64Array, from: number, to: number, heap: DivideHeap, wanted: number): void {
  if (to - from <= SMALLEST) {
    solveTridiagonalQl(d, e, from, to, heap.views.f64, heap.vectors >>> 3, heap.stride)
    settle(d, from, to, heap)
    return
  }
  const middle = (from + to) >>> 1
  const coupling = e[middle - 1]!
  const size = Math.abs(coupling)
  d[middle - 1]! -= size
  d[middle]! -= size
  solve(d, e, from, middle, heap, middle - from)
  solve(d, e, middle, to, heap, to - middle)
  join(d, { from, middle, to, coupling }, heap, wanted)
}

/** Puts the values and vectors of a leaf in ascending order. */
function settle(d: Float64Array, from: number, to: number, heap: DivideHeap): void {
  const n = to - from
  const values = d.slice(from, to)
  const ranks = ranksOf(values)
  const rows = new Float64Array(n * n)
  for (let at = 0; at < n; at++) {
    d[from + ranks[at]!] = values[at]!
    keepRow(rows, ranks[at]!, at, from, n, heap)
  }
  writeRows(rows, from, n, 0, heap)
}

/** The place of each value among all in ascending order. */
function ranksOf(values: Float64Array): Uint32Array {
  const order = Uint32Array.from(values, (_, at) => at).sort((a, b) => values[a]! - values[b]! || a - b)
  const ranks = new Uint32Array(values.length)
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank]!] = rank
  return ranks
}

/** Copies vector `place` to row `rank`. */
function keepRow(rows: Float64Array, rank: number, place: number, from: number, n: number, { views, vectors, stride }: DivideHeap): void {
  const row = (vectors >>> 3) + (from + place) * stride + from
  rows.set(views.f64.subarray(row, row + n), rank * n)
}

/** Copies rows back, from `first` on. */
function writeRows(rows: Float64Array, from: number, n: number, first: number, { views, vectors, stride }: DivideHeap): void {
  for (let rank = first; rank < n; rank++) {
    views.f64.set(rows.subarray(rank * n, (rank + 1) * n), (vectors >>> 3) + (from + rank) * stride + from)
  }
}

interface Seam {
  readonly from: number
  readonly middle: number
  readonly to: number
  readonly coupling: number
}

/** Where a vector has entries that are not 0. */
const FIRST = 0
const BOTH = 1
const SECOND = 2

interface Deflated {
  /** Places whose values and vectors change, ascending by value, and the others. */
  readonly kept: readonly number[]
  readonly resting: readonly number[]
  readonly z: Float64Array
  readonly support: Uint8Array
}

function join(d: Float64Array, seam: Seam, heap: DivideHeap, wanted: number): void {
  const { from, to } = seam
  const n = to - from
  // Of unit length, so that the coupling counts twice.
  const rho = 2 * Math.abs(seam.coupling)
  const { kept, resting, z, support } = deflate(d, seam, rho, heap)
  const k = kept.length
  const poles = Float64Array.from(kept, (at) => d[from + at]!)
  const weights = Float64Array.from(kept, (at) => rho * z[at]! * z[at]!)
  const roots = new Float64Array(k)
  const distances = new Float64Array(k * k)
  for (let root = 0; root < k; root++) {
    heap.spend(k * ROOT_STEPS)
    roots[root] = solveSecular(root, k, poles, weights, distances, root * k)
  }
  const signs = Float64Array.from(kept, (at) => Math.sign(z[at]!))
  const exact = exactWeights(poles, distances, k)
  for (let at = 0; at < k; at++) exact[at]! *= signs[at]!
  const all = new Float64Array(n)
  all.set(roots)
  for (const [at, place] of resting.entries()) all[k + at] = d[from + place]!
  const ranks = ranksOf(all)
  const rows = new Float64Array(n * n)
  for (const [at, place] of resting.entries()) keepRow(rows, ranks[k + at]!, place, from, n, heap)
  // Roots ascend, so those wanted are among the last.
  const first = Math.max(0, k - wanted)
  combine(kept, support, { exact, distances, first, ranks, rows }, seam, heap)
  for (let at = 0; at < n; at++) d[from + ranks[at]!] = all[at]!
  writeRows(rows, from, n, Math.max(0, n - wanted), heap)
}

/** Sets vectors aside that the coupling does not touch, of two equal values one, once they are turned so that it does not. */
function deflate(d: Float64Array, { from, middle, to, coupling }: Seam, rho: number, heap: DivideHeap): Deflated {
  const { f64 } = heap.views
  const n = to - from
  const rowAt = (place: number): number => (heap.vectors >>> 3) + (from + place) * heap.stride
  const z = new Float64Array(n)
  const support = new Uint8Array(n)
  const [root, sign] = [Math.SQRT1_2, coupling < 0 ? -1 : 1]
  let most = 0
  for (let place = 0; place < n; place++) {
    const isFirst = from + place < middle
    z[place] = isFirst ? root * f64[rowAt(place) + middle - 1]! : sign * root * f64[rowAt(place) + middle]!
    support[place] = isFirst ? FIRST : SECOND
    if (isFirst) f64.fill(0, rowAt(place) + middle, rowAt(place) + to)
    else f64.fill(0, rowAt(place) + from, rowAt(place) + middle)
    most = Math.max(most, Math.abs(d[from + place]!), Math.abs(z[place]!))
  }
  const limit = 8 * EPSILON * most
  const kept: number[] = []
  const resting: number[] = []
  let pending = -1
  const order = Array.from({ length: n }, (_, place) => place).sort((a, b) => d[from + a]! - d[from + b]!)
  for (const place of order) {
    if (rho * Math.abs(z[place]!) <= limit) {
      resting.push(place)
      continue
    }
    if (pending >= 0) {
      const length = Math.sqrt(z[place]! ** 2 + z[pending]! ** 2)
      const [c, s] = [z[place]! / length, -z[pending]! / length]
      const [own, other] = [d[from + place]!, d[from + pending]!]
      if (Math.abs((own - other) * c * s) <= limit) {
        z[place] = length
        z[pending] = 0
        turn(f64, rowAt(pending) + from, rowAt(place) + from, n, c, s)
        d[from + place] = own * c * c + other * s * s
        d[from + pending] = own * s * s + other * c * c
        if (support[place] !== support[pending]) support[place] = BOTH
        resting.push(pending)
      } else kept.push(pending)
    }
    pending = place
  }
  if (pending >= 0) kept.push(pending)
  return { kept, resting, z, support }
}

function turn(f64: Float64Array, one: number, two: number, n: number, c: number, s: number): void {
  for (let at = 0; at < n; at++) {
    const [x, y] = [f64[one + at]!, f64[two + at]!]
    f64[one + at] = c * x + s * y
    f64[two + at] = c * y - s * x
  }
}

/** Roots of the weights for which the computed roots are the exact ones: with them the vectors are orthogonal. */
function exactWeights(poles: Float64Array, distances: Float64Array, k: number): Float64Array {
  const squares = new Float64Array(k).fill(1)
  for (let root = 0; root < k; root++) {
    const line = root * k
    for (let at = 0; at < root; at++) squares[at]! *= distances[line + at]! / (poles[at]! - poles[root]!)
    squares[root]! *= distances[line + root]!
    for (let at = root + 1; at < k; at++) squares[at]! *= distances[line + at]! / (poles[at]! - poles[root]!)
  }
  return squares.map((value) => Math.sqrt(Math.abs(value)))
}

interface Mix {
  readonly exact: Float64Array
  readonly distances: Float64Array
  readonly first: number
  /** Vector i of those to come is row `ranks[i]` of `rows`. */
  readonly ranks: Uint32Array
  readonly rows: Float64Array
}

/** The new vectors from `first` on as combinations of the kept ones, half by half, since most of those are 0 in the other one. */
function combine(
  kept: readonly number[],
  support: Uint8Array,
  { exact, distances, first, ranks, rows }: Mix,
  { from, middle, to }: Seam,
  heap: DivideHeap,
): void {
  const k = kept.length
  const { kernels, views, stride, vectors, factor, block, product, spend } = heap
  const { f64 } = views
  // Those of the first half, of both, of the second.
  const order = Array.from({ length: k }, (_, at) => at).sort((a, b) => support[kept[a]!]! - support[kept[b]!]!)
  for (let root = first; root < k; root++) {
    const line = (factor >>> 3) + (root - first) * stride
    let squares = 0
    for (let place = 0; place < k; place++) {
      const at = order[place]!
      const value = exact[at]! / distances[root * k + at]!
      f64[line + place] = value
      squares += value * value
    }
    const scale = 1 / Math.sqrt(squares)
    for (let at = 0; at < k; at++) f64[line + at]! *= scale
  }
  const seconds = order.findIndex((at) => support[kept[at]!] === SECOND)
  const boths = order.findIndex((at) => support[kept[at]!] !== FIRST)
  const halves = [
    { begin: 0, end: seconds < 0 ? k : seconds, low: from, high: middle },
    { begin: boths < 0 ? k : boths, end: k, low: middle, high: to },
  ]
  for (const { begin, end, low, high } of halves) {
    const p = Math.ceil((high - low) / 4) * 4
    for (let at = begin; at < end; at++) {
      const row = (vectors >>> 3) + (from + kept[order[at]!]!) * stride
      const line = (block >>> 3) + (at - begin) * p
      f64.copyWithin(line, row + low, row + high)
      f64.fill(0, line + high - low, line + p)
    }
    for (let row = 0; row < k - first; row += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, Math.ceil((k - first - row) / 4) * 4)
      spend(count * (end - begin) * p)
      kernels.denseTimes(factor + (row * stride + begin) * 8, stride, count, end - begin, block, p, 0, product + row * p * 8)
    }
    for (let root = first; root < k; root++) {
      const line = (product >>> 3) + (root - first) * p
      rows.set(f64.subarray(line, line + high - low), ranks[root]! * (to - from) + low - from)
    }
  }
}
