// k-means on random batches of rows. Source: Sculley, "Web-scale k-means clustering", 2010; the rule that ends it is scikit-learn's.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { sampleMeans } from '../linear/gram-blocks.ts'
import { type MakeHeap, withTrainingHeap } from '../math/heap.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import { alone } from '../tree/team.ts'
import { stopWhenCanceled } from '../tree/training-control.ts'
import { checkCount, checkShape, squaredDistance } from './dense-rows.ts'
import { checkOptions, finiteSquares, type KMeansModel, type KMeansOptions, kMeansModel, meanVariance } from './fit-k-means.ts'
import { type KMeansPlan, planKMeans, ROWS_AT_ONCE, SCRATCH } from './k-means-plan.ts'
import { createKMeansWork, type KMeansWork, loadRows } from './k-means-work.ts'
import { lloyd, writeCenters } from './lloyd.ts'
import { seedCenters, trialsFor } from './seed-centers.ts'
import { areSurelyFinite } from './short-rows.ts'

export interface MiniBatchKMeansOptions extends Omit<KMeansOptions, 'init'> {
  /** Rows a step. Default 1024. */
  readonly batchSize?: number
  /** Ends after so many steps without a smaller mean distance, smoothed over about all rows. Default 10. */
  readonly maxNoImprovement?: number
}

/**
 * k-means on random batches of rows: nearly as good, for tables where a pass over all rows is long. One step over all rows ends the work.
 *
 * Each step moves the centers of its rows by the share these have among all rows the center has seen. At most `maxIter` (default 100)
 * times rows / batchSize steps; ends earlier when a step moves the centers by less than `tol` says (default 0: never), or nothing got
 * better for `maxNoImprovement` steps.
 *
 * Cost: O(batchSize x k x columns) a step.
 *
 * @throws   as `fitKMeans`.
 */
export function fitMiniBatchKMeans(x: DenseMatrix, options: MiniBatchKMeansOptions = {}): KMeansModel {
  const { nClusters = 8, nInit = 1, maxIter = 100, tol = 0, batchSize = 1024, maxNoImprovement = 10 } = options
  checkShape(x, 0, 'k-means')
  checkOptions(x, nClusters, maxIter, tol)
  checkCount('batchSize', batchSize)
  checkCount('nInit', nInit)
  checkCount('maxNoImprovement', maxNoImprovement)
  return withTrainingHeap((makeHeap) => fitBatches(x, options, makeHeap))
}

function fitBatches(x: DenseMatrix, options: MiniBatchKMeansOptions, makeHeap: MakeHeap): KMeansModel {
  const { nClusters = 8, nInit = 1, maxIter = 100, tol = 0, randomState = 0, batchSize = 1024, maxNoImprovement = 10 } = options
  const plan = planKMeans(x, nClusters, 1, 1, options.engine, makeHeap)
  const work = createKMeansWork(plan)
  const stop = (): void => stopWhenCanceled(options)
  const team = alone(work.perform, stop)
  const values = plan.short === undefined ? finiteSquares(x) : x.values
  const means = sampleMeans(values, x.rows, x.columns)
  loadRows(plan, work.views, team, values, means)
  if (plan.short !== undefined && !areSurelyFinite(work.views, plan.short, x.rows, x.columns)) finiteSquares(x)
  const size = Math.min(batchSize, x.rows)
  const rng = createRng(hashSeed(randomState, 0))
  const sampled = Math.min(x.rows, 3 * Math.max(size, nClusters))
  const centers = seedFromSample(x, values, { nClusters, nInit, sampled, means, rng, options })
  const step = createStep(plan, work, centers)
  const isDone = createEnding(size, x.rows, maxNoImprovement, tol * (tol > 0 ? meanVariance(finiteSquares(x), x.columns).variance : 0))
  const steps = maxIter * Math.max(1, Math.ceil(x.rows / size))
  let iterations = 0
  let converged = false
  while (iterations < steps && !converged) {
    stop()
    iterations++
    const { inertia, shift } = step(drawRows(x.rows, size, rng))
    converged = isDone(inertia, shift)
    options.onIteration?.(iterations)
  }
  const result = lloyd(plan, work, team, centers, { tolerance: 0, maxIter: 1 })
  return kMeansModel(plan, { ...result, iterations, converged })
}

interface Sampling {
  readonly nClusters: number
  readonly nInit: number
  readonly sampled: number
  readonly means: Float64Array
  readonly rng: Rng
  readonly options: MiniBatchKMeansOptions
}

/** Centers by k-means++ on a few rows; of several attempts those that fit a few rows best. */
function seedFromSample(
  x: DenseMatrix,
  values: DenseMatrix['values'],
  { nClusters, nInit, sampled, means, rng, options }: Sampling,
): Float64Array {
  const { rows, columns } = x
  let best: Float64Array = new Float64Array(0)
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < nInit; attempt++) {
    const chosen = sampled === rows ? Uint32Array.from({ length: rows }, (_, row) => row) : drawRows(rows, sampled, rng)
    const sample = new Float64Array(sampled * columns)
    for (let to = 0; to < sampled; to++) sample.set(values.subarray(chosen[to]! * columns, (chosen[to]! + 1) * columns), to * columns)
    const plan = planKMeans({ rows: sampled, columns }, nClusters, 1, trialsFor(nClusters), options.engine)
    const work = createKMeansWork(plan)
    const team = alone(work.perform, () => stopWhenCanceled(options))
    loadRows(plan, work.views, team, sample, means)
    const centers = seedCenters(plan, work, team, rng)
    const potential = work.views.f64.subarray(plan.places.potential >>> 3, (plan.places.potential >>> 3) + sampled)
    const inertia = potential.reduce((sum, value) => sum + value, 0)
    options.onStart?.((attempt + 1) / nInit)
    if (!(inertia < least)) continue
    least = inertia
    best = centers
  }
  return best
}

function drawRows(rows: number, count: number, rng: Rng): Uint32Array {
  return Uint32Array.from({ length: count }, () => rng.below(rows))
}

interface Step {
  /** Sum of the squared distances of the batch before the move, to about three digits. */
  readonly inertia: number
  /** Sum of the squared moves of the centers. */
  readonly shift: number
}

/** Judges all rows of a batch by the same centers, then moves these in place. */
function createStep(plan: KMeansPlan, work: KMeansWork, centers: Float64Array): (batch: Uint32Array) => Step {
  const { places, stride, columns, k, short } = plan
  const { kernels, views } = work
  const { f64, u32, i32 } = views
  const [list, found] = [places.scratch + SCRATCH.list, places.scratch + SCRATCH.found]
  const nearest = (places.scratch + SCRATCH.nearest) >>> 3
  // The sums and counts of the first chunk: nothing else needs them before the last step.
  const { counts } = places
  const [sums, width] = short === undefined ? [places.sums, stride] : [short.sums, short.words]
  /** What sums are differences from. */
  const base = short === undefined ? new Float64Array(columns) : f64.slice(short.mean >>> 3, (short.mean >>> 3) + columns)
  const seen = new Float64Array(k)
  return (batch) => {
    const before = centers.slice()
    kernels.clear(sums, k * width * 8)
    kernels.clear(counts, k * 8)
    let inertia = 0
    writeCenters(plan, work, centers, k)
    for (let start = 0; start < batch.length; start += ROWS_AT_ONCE) {
      const part = batch.subarray(start, start + ROWS_AT_ONCE)
      const n = part.length
      u32.set(part, list >>> 2)
      work.nearest(list, n, 0)
      for (let i = 0; i < n; i++) inertia += f64[nearest + i]!
      orderByLabel(u32.subarray(list >>> 2, (list >>> 2) + n), i32.subarray(found >>> 2, (found >>> 2) + n), k)
      // What 16 bits lose is nothing beside what a batch does not know of the other rows; the last step takes all in full.
      if (short === undefined) kernels.addRows(places.x, stride, list, n, found, sums, counts)
      else kernels.addShortRows(short.rows, width, short.about, list, n, found, sums, counts)
    }
    for (let center = 0; center < k; center++) {
      const count = f64[(counts >>> 3) + center]!
      if (count === 0) continue
      seen[center]! += count
      const [at, from] = [center * columns, (sums >>> 3) + center * width]
      for (let column = 0; column < columns; column++) {
        centers[at + column]! += (f64[from + column]! - count * (centers[at + column]! - base[column]!)) / seen[center]!
      }
    }
    return { inertia, shift: squaredDistance(before, 0, centers, 0, centers.length) }
  }
}

/** Orders rows by their labels, so that the sums of one center stay in the nearest cache until all its rows are added. */
function orderByLabel(rows: Uint32Array, labels: Int32Array, k: number): void {
  const next = new Int32Array(k + 1)
  for (const label of labels) next[label + 1]!++
  for (let label = 0; label < k; label++) next[label + 1]! += next[label]!
  const [rowsBefore, labelsBefore] = [rows.slice(), labels.slice()]
  for (let at = 0; at < rowsBefore.length; at++) {
    const label = labelsBefore[at]!
    const to = next[label]!++
    rows[to] = rowsBefore[at]!
    labels[to] = label
  }
}

/** Whether it is time to end: the mean distance is smoothed, since that of a batch jumps. */
function createEnding(size: number, rows: number, patience: number, tolerance: number): (inertia: number, shift: number) => boolean {
  const share = Math.min(1, (2 * size) / (rows + 1))
  let steps = 0
  let smoothed = 0
  let least = Number.POSITIVE_INFINITY
  let idle = 0
  return (inertia, shift) => {
    steps++
    // The first batch was judged by centers that had seen little.
    if (steps === 1) return false
    smoothed = steps === 2 ? inertia / size : smoothed * (1 - share) + (inertia / size) * share
    if (tolerance > 0 && shift <= tolerance) return true
    idle = smoothed < least ? 0 : idle + 1
    least = Math.min(least, smoothed)
    return idle >= patience
  }
}
