// k-means: rows around k centers so that the squared distances to the nearest center are small.
// Source: Lloyd 1982; seeds by k-means++ (Arthur and Vassilvitskii 2007); mini-batches by Sculley, "Web-scale k-means clustering", 2010.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import { checkCount, checkedRows, squaredDistance } from './dense-rows.ts'
import { type LloydResult, lloyd } from './lloyd.ts'
import { seedCenters } from './seed-centers.ts'

export interface KMeansOptions {
  /** Default 8. */
  readonly nClusters?: number
  /** Starts from so many different seeds, the best is kept. Default 1. */
  readonly nInit?: number
  /** Where to start instead, shape (nClusters, columns). */
  readonly init?: Float64Array
  /** Default 300. */
  readonly maxIter?: number
  /** Ends when the centers move by less, as a share of the mean variance of the columns. Default 1e-4. */
  readonly tol?: number
  readonly randomState?: number
  /** Called after each step; throwing ends the work. */
  readonly onIteration?: (iteration: number) => void
}

export interface MiniBatchKMeansOptions extends Omit<KMeansOptions, 'init'> {
  /** Rows a step. Default 1024. */
  readonly batchSize?: number
}

export interface KMeansModel {
  readonly kind: 'k-means'
  readonly nClusters: number
  readonly nFeatures: number
  /** Shape (nClusters, nFeatures). */
  readonly centers: Float64Array
  /** Cluster of each row learned from. */
  readonly labels: Int32Array
  /** Sum of the squared distances to the nearest center. */
  readonly inertia: number
  readonly nIterations: number
  readonly converged: boolean
}

/**
 * Clusters rows around k centers. Columns of different size should be scaled first: distances know no units.
 *
 * Cost: O(rows x k x columns) for the first step, far less for later ones; 4 bytes x rows x k beside the rows.
 *
 * @throws   `too_few_rows` for more clusters than rows; `shape_mismatch`; `invalid_input` for NaN and infinite values.
 * @example
 * const model = fitKMeans({ rows: 4, columns: 1, values: Float64Array.of(1, 2, 10, 11) }, { nClusters: 2 })
 * predictKMeans(model, x)
 */
export function fitKMeans(x: DenseMatrix, options: KMeansOptions = {}): KMeansModel {
  const { nClusters = 8, nInit = 1, maxIter = 300, tol = 1e-4, randomState = 0, init, onIteration } = options
  const values = checkedInput(x, nClusters, maxIter, tol)
  checkCount('nInit', nInit)
  const tolerance = tol * meanVariance(values, x.columns)
  if (init !== undefined) {
    const centers = checkedRows({ rows: nClusters, columns: x.columns, values: init }, nClusters, 'init').slice()
    return modelOf(x, nClusters, lloyd(values, x.columns, centers, { tolerance, maxIter, onIteration }))
  }
  let best: LloydResult | undefined
  for (let start = 0; start < nInit; start++) {
    const seeds = seedCenters(values, x.rows, x.columns, nClusters, createRng(hashSeed(randomState, start)))
    const result = lloyd(values, x.columns, rowsAt(values, x.columns, seeds), { tolerance, maxIter, onIteration })
    if (best === undefined || result.inertia < best.inertia) best = result
  }
  return modelOf(x, nClusters, best!)
}

/**
 * k-means on random batches of rows: nearly as good, for tables where a pass over all rows is long. One pass over all rows ends the work.
 *
 * Each step moves the centers of its rows by the share these have among all rows the center has seen. At most `maxIter` (default 100)
 * rounds of rows / batchSize steps; ends earlier when a round moves the centers by less than `tol` says (default 1e-4).
 *
 * Cost: O(batchSize x k x columns) a step.
 *
 * @throws   as `fitKMeans`.
 */
export function fitMiniBatchKMeans(x: DenseMatrix, options: MiniBatchKMeansOptions = {}): KMeansModel {
  const { nClusters = 8, nInit = 1, maxIter = 100, tol = 1e-4, randomState = 0, batchSize = 1024, onIteration } = options
  const values = checkedInput(x, nClusters, maxIter, tol)
  checkCount('batchSize', batchSize)
  checkCount('nInit', nInit)
  const { rows, columns } = x
  const rng = createRng(hashSeed(randomState, 0))
  const centers = seedFromSample(values, rows, columns, nClusters, {
    nInit,
    sampled: Math.min(rows, Math.max(3 * batchSize, 3 * nClusters)),
    rng,
  })
  const seen = new Float64Array(nClusters)
  const tolerance = tol * meanVariance(values, columns)
  const steps = Math.max(1, Math.ceil(rows / batchSize))
  let iterations = 0
  let converged = false
  while (iterations < maxIter && !converged) {
    iterations++
    const before = centers.slice()
    for (let step = 0; step < steps; step++) moveByBatch(values, rows, columns, centers, seen, Math.min(batchSize, rows), rng)
    converged = squaredDistance(before, 0, centers, 0, centers.length) <= tolerance
    onIteration?.(iterations)
  }
  // The last step over all rows gives labels and inertia, and each center the mean of its rows.
  const result = lloyd(values, columns, centers, { tolerance: 0, maxIter: 1 })
  return modelOf(x, nClusters, { ...result, iterations, converged })
}

/**
 * Cluster of each row.
 *
 * @throws   `shape_mismatch` for another number of columns; `invalid_input` for NaN and infinite values.
 */
export function predictKMeans({ nClusters, nFeatures, centers }: KMeansModel, x: DenseMatrix): Int32Array {
  const values = checkedRows(x, 0, 'predictKMeans')
  if (x.columns !== nFeatures) {
    throw new TandemError('shape_mismatch', `The rows have ${x.columns} columns, but the clusters were learned from ${nFeatures}.`)
  }
  return Int32Array.from({ length: x.rows }, (_, row) => nearestCenter(values, row * nFeatures, centers, nClusters, nFeatures))
}

function checkedInput(x: DenseMatrix, nClusters: number, maxIter: number, tol: number): Float64Array {
  checkCount('nClusters', nClusters)
  checkCount('maxIter', maxIter)
  if (!(tol >= 0)) throw new TandemError('invalid_input', `tol is ${tol}; it is a number from 0 on.`)
  return checkedRows(x, nClusters, `k-means with ${nClusters} clusters`)
}

function modelOf(
  { columns }: DenseMatrix,
  nClusters: number,
  { centers, labels, inertia, iterations, converged }: LloydResult,
): KMeansModel {
  return { kind: 'k-means', nClusters, nFeatures: columns, centers, labels, inertia, nIterations: iterations, converged }
}

function rowsAt(values: Float64Array, columns: number, rows: ArrayLike<number>): Float64Array {
  const picked = new Float64Array(rows.length * columns)
  for (let to = 0; to < rows.length; to++) picked.set(values.subarray(rows[to]! * columns, (rows[to]! + 1) * columns), to * columns)
  return picked
}

function seedFromSample(
  values: Float64Array,
  rows: number,
  columns: number,
  k: number,
  { nInit, sampled, rng }: { readonly nInit: number; readonly sampled: number; readonly rng: Rng },
): Float64Array {
  let best: Float64Array = new Float64Array(0)
  let least = Number.POSITIVE_INFINITY
  for (let start = 0; start < nInit; start++) {
    const sample = rowsAt(
      values,
      columns,
      sampled === rows ? Int32Array.from({ length: rows }, (_, row) => row) : drawRows(rows, sampled, rng),
    )
    const centers = rowsAt(sample, columns, seedCenters(sample, sampled, columns, k, rng))
    let inertia = 0
    for (let row = 0; row < sampled; row++) {
      const center = nearestCenter(sample, row * columns, centers, k, columns)
      inertia += squaredDistance(sample, row * columns, centers, center * columns, columns)
    }
    if (inertia < least) {
      least = inertia
      best = centers
    }
  }
  return best
}

function drawRows(rows: number, count: number, rng: Rng): Int32Array {
  return Int32Array.from({ length: count }, () => rng.below(rows))
}

function moveByBatch(
  values: Float64Array,
  rows: number,
  columns: number,
  centers: Float64Array,
  seen: Float64Array,
  size: number,
  rng: Rng,
): void {
  const batch = drawRows(rows, size, rng)
  // All rows of a batch are judged by the same centers, then move them.
  const labels = batch.map((row) => nearestCenter(values, row * columns, centers, seen.length, columns))
  for (let at = 0; at < size; at++) {
    const center = labels[at]!
    seen[center]!++
    const rate = 1 / seen[center]!
    const [from, to] = [batch[at]! * columns, center * columns]
    for (let column = 0; column < columns; column++) centers[to + column]! += rate * (values[from + column]! - centers[to + column]!)
  }
}

function nearestCenter(values: Float64Array, at: number, centers: Float64Array, k: number, columns: number): number {
  let nearest = 0
  let least = Number.POSITIVE_INFINITY
  for (let center = 0; center < k; center++) {
    const distance = squaredDistance(values, at, centers, center * columns, columns)
    if (distance < least) {
      least = distance
      nearest = center
    }
  }
  return nearest
}

function meanVariance(values: Float64Array, columns: number): number {
  const means = new Float64Array(columns)
  for (let from = 0; from < values.length; from += columns) {
    for (let column = 0; column < columns; column++) means[column]! += values[from + column]!
  }
  for (let column = 0; column < columns; column++) means[column]! /= values.length / columns
  let sum = 0
  for (let from = 0; from < values.length; from += columns) {
    for (let column = 0; column < columns; column++) sum += (values[from + column]! - means[column]!) ** 2
  }
  return sum / values.length
}
