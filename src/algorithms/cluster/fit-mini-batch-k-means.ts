// k-means on random batches of rows. Source: Sculley, "Web-scale k-means clustering", 2010; the rule that ends it is scikit-learn's.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import { alone } from '../tree/team.ts'
import { checkCount, checkShape, squaredDistance } from './dense-rows.ts'
import { checkOptions, finiteSquares, type KMeansModel, type KMeansOptions, kMeansModel, meanVariance } from './fit-k-means.ts'
import { type KMeansPlan, loadRows, planKMeans, ROWS_AT_ONCE, SCRATCH } from './k-means-plan.ts'
import { createKMeansWork, type KMeansWork } from './k-means-work.ts'
import { lloyd, writeCenters } from './lloyd.ts'
import { seedCenters, trialsFor } from './seed-centers.ts'

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
  const { nClusters = 8, nInit = 1, maxIter = 100, tol = 0, randomState = 0, batchSize = 1024, maxNoImprovement = 10 } = options
  checkShape(x, 0, 'k-means')
  checkOptions(x, nClusters, maxIter, tol)
  checkCount('batchSize', batchSize)
  checkCount('nInit', nInit)
  checkCount('maxNoImprovement', maxNoImprovement)
  const values = finiteSquares(x)
  const size = Math.min(batchSize, x.rows)
  const rng = createRng(hashSeed(randomState, 0))
  const centers = seedFromSample(x, values, { nClusters, nInit, sampled: Math.min(x.rows, 3 * Math.max(size, nClusters)), rng, options })
  const plan = planKMeans(x, nClusters, 1, 1, options.engine)
  const work = createKMeansWork(plan)
  loadRows(plan, values)
  const step = createStep(plan, work, centers)
  const isDone = createEnding(size, x.rows, maxNoImprovement, tol * (tol > 0 ? meanVariance(values, x.columns) : 0))
  const steps = maxIter * Math.max(1, Math.ceil(x.rows / size))
  let iterations = 0
  let converged = false
  while (iterations < steps && !converged) {
    iterations++
    const { inertia, shift } = step(drawRows(x.rows, size, rng))
    converged = isDone(inertia, shift)
    options.onIteration?.(iterations)
  }
  const result = lloyd(plan, work, alone(work.perform), centers, { tolerance: 0, maxIter: 1 })
  return kMeansModel(plan, { ...result, iterations, converged })
}

interface Sampling {
  readonly nClusters: number
  readonly nInit: number
  readonly sampled: number
  readonly rng: Rng
  readonly options: MiniBatchKMeansOptions
}

/** Centers by k-means++ on a few rows; of several attempts those that fit a few rows best. */
function seedFromSample(x: DenseMatrix, values: Float64Array, { nClusters, nInit, sampled, rng, options }: Sampling): Float64Array {
  const { rows, columns } = x
  let best: Float64Array = new Float64Array(0)
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < nInit; attempt++) {
    const chosen = sampled === rows ? Uint32Array.from({ length: rows }, (_, row) => row) : drawRows(rows, sampled, rng)
    const sample = new Float64Array(sampled * columns)
    for (let to = 0; to < sampled; to++) sample.set(values.subarray(chosen[to]! * columns, (chosen[to]! + 1) * columns), to * columns)
    const plan = planKMeans({ rows: sampled, columns }, nClusters, 1, trialsFor(nClusters), options.engine)
    const work = createKMeansWork(plan)
    loadRows(plan, sample)
    const centers = seedCenters(plan, work, alone(work.perform), rng)
    const potential = work.views.f64.subarray(plan.places.potential >>> 3, (plan.places.potential >>> 3) + sampled)
    const inertia = potential.reduce((sum, value) => sum + value, 0)
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
  /** Sum of the squared distances of the batch before the move. */
  readonly inertia: number
  /** Sum of the squared moves of the centers. */
  readonly shift: number
}

/** Judges all rows of a batch by the same centers, then moves these in place. */
function createStep(plan: KMeansPlan, { kernels, views }: KMeansWork, centers: Float64Array): (batch: Uint32Array) => Step {
  const { places, stride, columns, k } = plan
  const { f64, u32, i32 } = views
  const at = {
    list: places.scratch + SCRATCH.list,
    found: places.scratch + SCRATCH.found,
    nearest: places.scratch + SCRATCH.nearest,
    second: places.scratch + SCRATCH.second,
    block: places.scratch + SCRATCH.block,
  }
  const seen = new Float64Array(k)
  const sums = new Float64Array(k * columns)
  const counts = new Float64Array(k)
  return (batch) => {
    const before = centers.slice()
    sums.fill(0)
    counts.fill(0)
    let inertia = 0
    writeCenters(plan, { views }, centers, k)
    for (let start = 0; start < batch.length; start += ROWS_AT_ONCE) {
      const part = batch.subarray(start, start + ROWS_AT_ONCE)
      u32.set(part, at.list >>> 2)
      kernels.nearestCenters(places.x, stride, at.list, part.length, places.groups, k, at.block, at.found, at.nearest, at.second)
      for (let i = 0; i < part.length; i++) {
        const label = i32[(at.found >>> 2) + i]!
        inertia += f64[(at.nearest >>> 3) + i]!
        counts[label]!++
        const from = (places.x >>> 3) + part[i]! * stride
        for (let column = 0; column < columns; column++) sums[label * columns + column]! += f64[from + column]!
      }
    }
    for (let center = 0; center < k; center++) {
      if (counts[center] === 0) continue
      seen[center]! += counts[center]!
      for (let column = center * columns; column < (center + 1) * columns; column++) {
        centers[column]! += (sums[column]! - counts[center]! * centers[column]!) / seen[center]!
      }
    }
    return { inertia, shift: squaredDistance(before, 0, centers, 0, centers.length) }
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
