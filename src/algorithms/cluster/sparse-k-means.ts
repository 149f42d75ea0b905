// k-means of sparse rows, such as TF-IDF of texts: a distance is |x|^2 - 2 x c + |c|^2, so zeros cost nothing. Steps, seeds and the bound
// that spares distances are those of dense rows.
import { TandemError } from '../../errors.ts'
import { createHeap, createHeapLayout, type Engine, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import type { KMeansWatch } from './fit-k-means.ts'
import { type LloydOptions, type LloydResult, moveCenters } from './lloyd.ts'
import { drawByShare, trialsFor } from './seed-centers.ts'

export interface SparseKMeansStart {
  readonly k: number
  readonly nInit: number
  readonly init: Float64Array | undefined
  readonly maxIter: number
  readonly tol: number
  readonly randomState: number
  readonly engine: Engine | undefined
}

/** Distances are of differences of large numbers: they may be off by this share of them. */
const OFF = 1e-13
const ROWS_AT_ONCE = 256
const LARGEST = 1e150

/** Rows behind their products with a few vectors. */
interface SparseRows {
  readonly x: CsrMatrix
  /** |x|^2 of each row. */
  readonly norms: Float64Array
  /** Squared distances of rows from..to-1 to n vectors, shape (to - from, p) for the p returned; overwritten by the next call. */
  measure(from: number, to: number): Float64Array
  /** The vectors that are measured against, shape (n, columns). */
  setVectors(vectors: Float64Array, n: number): void
  readonly p: number
}

export function sparseKMeans(x: CsrMatrix, start: SparseKMeansStart, { onIteration, onStart, isCanceled }: KMeansWatch): LloydResult {
  const { k, nInit, init, maxIter, tol, randomState, engine } = start
  const rows = sparseRows(x, Math.max(k, trialsFor(k)), engine)
  const check = (): void => {
    if (isCanceled?.()) throw new TandemError('canceled', 'The clustering was canceled before it finished. Start it again to get a model.')
  }
  const told = (iteration: number): void => {
    onIteration?.(iteration)
    check()
  }
  const limits = { tolerance: tol * meanVariance(x), maxIter, onIteration: told }
  if (init) return lloyd(rows, init, k, limits)
  let best: LloydResult | undefined
  for (let attempt = 0; attempt < nInit; attempt++) {
    const seeds = seed(rows, k, createRng(hashSeed(randomState, attempt)), check)
    const result = lloyd(rows, seeds, k, limits)
    if (best === undefined || result.inertia < best.inertia) best = result
    onStart?.((attempt + 1) / nInit)
  }
  return best!
}

function sparseRows(x: CsrMatrix, vectors: number, engine?: Engine): SparseRows {
  const p = Math.ceil(vectors / 8) * 8
  const layout = createHeapLayout()
  const at = {
    starts: layout.take(x.starts.length * 4),
    indices: layout.take(x.indices.length * 4),
    values: layout.take(x.values.length * 8),
    vectors: layout.take(x.columns * p * 8),
    out: layout.take(ROWS_AT_ONCE * p * 8),
  }
  const heap = createHeap(layout.bytes, engine)
  const { f64, i32 } = viewsOf(heap)
  const kernels = kernelsOn(heap)
  i32.set(x.starts, at.starts >>> 2)
  i32.set(x.indices, at.indices >>> 2)
  f64.set(x.values, at.values >>> 3)
  const norms = new Float64Array(x.rows)
  for (let row = 0; row < x.rows; row++) {
    for (let entry = x.starts[row]!; entry < x.starts[row + 1]!; entry++) norms[row]! += x.values[entry]! ** 2
    if (norms[row]! > LARGEST ** 2) {
      throw new TandemError('invalid_input', `Row ${row} has values beyond ${LARGEST}; their squares are no numbers. Scale the columns.`, {
        details: { row },
      })
    }
  }
  const vectorNorms = new Float64Array(p)
  let count = 0
  return {
    ...{ x, norms, p },
    setVectors(given, n) {
      count = n
      for (let vector = 0; vector < n; vector++) {
        vectorNorms[vector] = squaredNorm(given, vector, x.columns)
        for (let column = 0; column < x.columns; column++) {
          f64[(at.vectors >>> 3) + column * p + vector] = given[vector * x.columns + column]!
        }
      }
    },
    measure(from, to) {
      kernels.sparseTimes(at.starts, at.indices, at.values, from, to, at.vectors, p, at.out)
      const distances = f64.subarray(at.out >>> 3, (at.out >>> 3) + (to - from) * p)
      for (let row = from, place = 0; row < to; row++, place += p) {
        for (let vector = 0; vector < count; vector++) {
          distances[place + vector] = Math.max(0, norms[row]! + vectorNorms[vector]! - 2 * distances[place + vector]!)
        }
      }
      return distances
    },
  }
}

/** |v|^2 of one of several vectors. */
export function squaredNorm(vectors: Float64Array, vector: number, columns: number): number {
  let sum = 0
  for (let column = vector * columns; column < (vector + 1) * columns; column++) sum += vectors[column]! * vectors[column]!
  return sum
}

function seed(rows: SparseRows, k: number, rng: Rng, check: () => void): Float64Array {
  const { x, p } = rows
  const trials = trialsFor(k)
  const centers = new Float64Array(k * x.columns)
  const potential = new Float64Array(x.rows).fill(Number.POSITIVE_INFINITY)
  const tried = Array.from({ length: trials }, () => new Float64Array(x.rows))
  let total = 0
  for (let center = 0; center < k; center++) {
    check()
    const count = center === 0 ? 1 : trials
    const candidates = new Float64Array(count * x.columns)
    for (let trial = 0; trial < count; trial++) {
      const row = center === 0 ? rng.below(x.rows) : drawByShare(potential, [total], x.rows, total, rng)
      addRow(x, row, candidates, trial, 1)
    }
    rows.setVectors(candidates, count)
    const left = new Float64Array(count)
    for (let from = 0; from < x.rows; from += ROWS_AT_ONCE) {
      const to = Math.min(from + ROWS_AT_ONCE, x.rows)
      const distances = rows.measure(from, to)
      for (let row = from; row < to; row++) {
        for (let trial = 0; trial < count; trial++) {
          const least = Math.min(potential[row]!, distances[(row - from) * p + trial]!)
          tried[trial]![row] = least
          left[trial]! += least
        }
      }
    }
    let best = 0
    for (let trial = 1; trial < count; trial++) if (left[trial]! < left[best]!) best = trial
    total = left[best]!
    potential.set(tried[best]!)
    centers.set(candidates.subarray(best * x.columns, (best + 1) * x.columns), center * x.columns)
  }
  return centers
}

function addRow(x: CsrMatrix, row: number, sums: Float64Array, to: number, sign: number): void {
  for (let at = x.starts[row]!; at < x.starts[row + 1]!; at++) sums[to * x.columns + x.indices[at]!]! += sign * x.values[at]!
}

function lloyd(rows: SparseRows, start: Float64Array, k: number, { tolerance, maxIter, onIteration }: LloydOptions): LloydResult {
  const { x } = rows
  const centers = start.slice()
  const state: Steps = {
    labels: new Int32Array(x.rows).fill(-1),
    bounds: new Float64Array(x.rows).fill(Number.NEGATIVE_INFINITY),
    paths: new Float64Array(k),
    sums: new Float64Array(k * x.columns),
    counts: new Float64Array(k),
  }
  let converged = false
  let iterations = 0
  while (iterations < maxIter && !converged) {
    iterations++
    const changed = assign(rows, centers, state)
    fillEmpty(rows, centers, state)
    const shift = moveCenters(centers, x.columns, state.sums, state.counts, state.paths)
    converged = changed === 0 || shift <= tolerance
    onIteration?.(iterations)
  }
  assign(rows, centers, state)
  const inertia = ownDistances(rows, centers, state.labels).reduce((sum, distance) => sum + distance, 0)
  return { centers, labels: state.labels, inertia, iterations, converged }
}

interface Steps {
  readonly labels: Int32Array
  /** Way of the centers from which on a row must be looked at again; see `lloyd.ts`. */
  readonly bounds: Float64Array
  readonly paths: Float64Array
  readonly sums: Float64Array
  readonly counts: Float64Array
}

function assign(rows: SparseRows, centers: Float64Array, state: Steps): number {
  const { x } = rows
  const { labels, bounds, paths } = state
  rows.setVectors(centers, paths.length)
  const isSettled = (row: number): boolean => labels[row]! >= 0 && paths[labels[row]!]! < bounds[row]!
  let changed = 0
  for (let from = 0; from < x.rows; ) {
    if (isSettled(from)) {
      from++
      continue
    }
    let to = from + 1
    while (to < x.rows && to - from < ROWS_AT_ONCE && !isSettled(to)) to++
    changed += settle(rows, from, to, state)
    from = to
  }
  return changed
}

function settle(rows: SparseRows, from: number, to: number, { labels, bounds, paths, sums, counts }: Steps): number {
  const { x, norms, p } = rows
  const distances = rows.measure(from, to)
  let changed = 0
  for (let row = from, place = 0; row < to; row++, place += p) {
    let [best, nearest, second] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let center = 0; center < paths.length; center++) {
      const distance = distances[place + center]!
      if (distance < nearest) {
        second = nearest
        nearest = distance
        best = center
      } else if (distance < second) second = distance
    }
    const off = OFF * (norms[row]! + Math.max(nearest, Number.isFinite(second) ? second : 0))
    bounds[row] = Math.sqrt(Math.max(0, second - off)) - Math.sqrt(nearest + off) + paths[best]!
    const before = labels[row]!
    if (before === best) continue
    changed++
    labels[row] = best
    counts[best]!++
    addRow(x, row, sums, best, 1)
    if (before < 0) continue
    counts[before]!--
    addRow(x, row, sums, before, -1)
  }
  return changed
}

function ownDistances(rows: SparseRows, centers: Float64Array, labels: Int32Array): Float64Array {
  const { x, p } = rows
  const distances = new Float64Array(x.rows)
  rows.setVectors(centers, centers.length / x.columns)
  for (let from = 0; from < x.rows; from += ROWS_AT_ONCE) {
    const to = Math.min(from + ROWS_AT_ONCE, x.rows)
    const measured = rows.measure(from, to)
    for (let row = from; row < to; row++) distances[row] = measured[(row - from) * p + labels[row]!]!
  }
  return distances
}

/** A center without rows takes the row furthest from its own; stays where it is when all rows are at their centers. */
function fillEmpty(rows: SparseRows, centers: Float64Array, { labels, bounds, sums, counts }: Steps): void {
  if (counts.every((count) => count > 0)) return
  const distances = ownDistances(rows, centers, labels)
  for (let center = 0; center < counts.length; center++) {
    if (counts[center] !== 0) continue
    let furthest = -1
    for (let row = 0; row < labels.length; row++) {
      // Equal rows are a little off 0.
      if (counts[labels[row]!]! < 2 || distances[row]! <= OFF * rows.norms[row]!) continue
      if (furthest === -1 || distances[row]! > distances[furthest]!) furthest = row
    }
    if (furthest === -1) return
    const before = labels[furthest]!
    addRow(rows.x, furthest, sums, before, -1)
    addRow(rows.x, furthest, sums, center, 1)
    counts[before]!--
    counts[center]!++
    labels[furthest] = center
    distances[furthest] = 0
    bounds[furthest] = Number.NEGATIVE_INFINITY
  }
}

function meanVariance({ rows, columns, indices, values }: CsrMatrix): number {
  const means = new Float64Array(columns)
  let squares = 0
  for (let at = 0; at < values.length; at++) {
    means[indices[at]!]! += values[at]! / rows
    squares += values[at]! ** 2 / rows
  }
  return Math.max(0, squares - squaredNorm(means, 0, columns)) / columns
}
