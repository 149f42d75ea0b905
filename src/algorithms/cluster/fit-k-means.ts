// k-means: rows around k centers so that the squared distances to the nearest center are small.
// Source: Lloyd 1982; seeds by k-means++ (Arthur and Vassilvitskii 2007).
import { TandemError } from '../../errors.ts'
import { checkMatrixForm, type DenseMatrix, type FeatureMatrix, isSparse } from '../linear/feature-matrix.ts'
import { type Engine, type MakeHeap, withTrainingHeap } from '../math/heap.ts'
import { createRng, hashSeed } from '../math/rng.ts'
import { type CsrMatrix, checkCsrMatrix } from '../sparse/csr-matrix.ts'
import { alone, type Team } from '../tree/team.ts'
import { checkCount, checkedRows, checkRowCount, checkShape, finiteRows } from './dense-rows.ts'
import { type KMeansPlan, planKMeans } from './k-means-plan.ts'
import { createKMeansWork, type KMeansWork, loadRows } from './k-means-work.ts'
import { type LloydResult, lloyd } from './lloyd.ts'
import { seedCenters, trialsFor } from './seed-centers.ts'
import { sparseKMeans } from './sparse-k-means.ts'

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
  /** `typescript` computes without WebAssembly: the same model, more slowly. */
  readonly engine?: Engine
  /** Called after each step; throwing ends the work. */
  readonly onIteration?: (iteration: number) => void
  /** Told the share of the starts that are done. */
  readonly onStart?: (fraction: number) => void
  /** Asked before each pass over the rows; true ends the work with `canceled`. */
  readonly isCanceled?: () => boolean
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

/** What is told and asked while the work goes on. */
export type KMeansWatch = Pick<KMeansOptions, 'onIteration' | 'onStart' | 'isCanceled'>

/** What is needed beside the plan; plain data. */
export interface KMeansStart {
  readonly values: DenseMatrix['values']
  readonly nInit: number
  readonly init: Float64Array | undefined
  readonly maxIter: number
  readonly tol: number
  readonly randomState: number
}

/**
 * Clusters rows, dense or sparse, around k centers. Columns of different size should be scaled first: distances know no units.
 *
 * Same rows, options and seed: same model, for any number of threads.
 * Cost: O(rows x k x columns) for the first step, far less for later ones; beside the rows a copy of them, of 32 columns and more a quarter
 * of one, and 8 x rows x (5 + ln k) bytes. Sparse rows: O(entries x k).
 *
 * @throws   `too_few_rows` for more clusters than rows; `shape_mismatch`; `invalid_input` for NaN, infinite values and squares that are;
 *           `memory_limit` beyond 4 GB.
 * @example
 * const model = fitKMeans({ rows: 4, columns: 1, values: Float64Array.of(1, 2, 10, 11) }, { nClusters: 2 })
 * predictKMeans(model, x)
 */
export function fitKMeans(x: FeatureMatrix, options: KMeansOptions = {}): KMeansModel {
  checkMatrixForm(x)
  if (isSparse(x)) return fitSparse(x, options)
  return withTrainingHeap((makeHeap) => {
    const { plan, start } = prepareKMeans(x, options, 1, makeHeap)
    const work = createKMeansWork(plan)
    return runKMeans(plan, start, work, alone(work.perform), options)
  })
}

function fitSparse(x: CsrMatrix, options: KMeansOptions): KMeansModel {
  const { nClusters = 8, nInit = 1, maxIter = 300, tol = 1e-4, randomState = 0, init, engine } = options
  checkCsrMatrix(x)
  checkOptions({ rows: x.rows, columns: x.columns }, nClusters, maxIter, tol)
  checkCount('nInit', nInit)
  if (init !== undefined) checkedRows({ rows: nClusters, columns: x.columns, values: init }, nClusters, 'init')
  const result = sparseKMeans(x, { k: nClusters, nInit, init, maxIter, tol, randomState, engine }, options)
  return kMeansModel({ k: nClusters, columns: x.columns }, result)
}

/** Checks shape and options, and makes the heap that threads can share. */
export function prepareKMeans(
  x: DenseMatrix,
  { nClusters = 8, nInit = 1, maxIter = 300, tol = 1e-4, randomState = 0, init, engine }: KMeansOptions,
  threads: number,
  makeHeap?: MakeHeap,
): { readonly plan: KMeansPlan; readonly start: KMeansStart } {
  checkShape(x, 0, 'k-means')
  checkOptions(x, nClusters, maxIter, tol)
  checkCount('nInit', nInit)
  if (init !== undefined) checkedRows({ rows: nClusters, columns: x.columns, values: init }, nClusters, 'init')
  const plan = planKMeans(x, nClusters, threads, init === undefined ? trialsFor(nClusters) : 1, engine, makeHeap)
  return { plan, start: { values: x.values, nInit, init, maxIter, tol, randomState } }
}

/** Leads the work of a plan. */
export function runKMeans(
  plan: KMeansPlan,
  { values: given, nInit, init, maxIter, tol, randomState }: KMeansStart,
  work: KMeansWork,
  lead: Team,
  { onIteration, onStart, isCanceled }: KMeansWatch = {},
): KMeansModel {
  const team: Team = {
    ...lead,
    run(phase, chunks, steps) {
      if (isCanceled?.())
        throw new TandemError('canceled', 'The clustering was canceled before it finished. Start it again to get a model.')
      lead.run(phase, chunks, steps)
    },
  }
  const values = finiteSquares({ ...plan, values: given })
  const { means, variance } = meanVariance(values, plan.columns)
  const tolerance = tol * variance
  loadRows(plan, work.views, team, values, means)
  const limits = { tolerance, maxIter, onIteration }
  if (init !== undefined) return kMeansModel(plan, lloyd(plan, work, team, init, limits))
  let best: LloydResult | undefined
  for (let attempt = 0; attempt < nInit; attempt++) {
    const seeds = seedCenters(plan, work, team, createRng(hashSeed(randomState, attempt)))
    const result = lloyd(plan, work, team, seeds, limits)
    if (best === undefined || result.inertia < best.inertia) best = result
    onStart?.((attempt + 1) / nInit)
  }
  return kMeansModel(plan, best!)
}

export function checkOptions(x: Pick<DenseMatrix, 'rows' | 'columns'>, nClusters: number, maxIter: number, tol: number): void {
  checkCount('nClusters', nClusters)
  checkCount('maxIter', maxIter)
  if (!(tol >= 0)) throw new TandemError('invalid_input', `tol is ${tol}; it is a number from 0 on.`)
  checkRowCount(x, nClusters, `k-means with ${nClusters} clusters`)
}

/** Values whose squared differences are numbers. */
export function finiteSquares(x: DenseMatrix): Float64Array {
  return finiteRows(x, 1e150)
}

export function kMeansModel(
  { k, columns }: Pick<KMeansPlan, 'k' | 'columns'>,
  { centers, labels, inertia, iterations, converged }: LloydResult,
): KMeansModel {
  return { kind: 'k-means', nClusters: k, nFeatures: columns, centers, labels, inertia, nIterations: iterations, converged }
}

export function meanVariance(values: Float64Array, columns: number): { readonly means: Float64Array; readonly variance: number } {
  const means = new Float64Array(columns)
  for (let from = 0; from < values.length; from += columns) {
    for (let column = 0; column < columns; column++) means[column]! += values[from + column]!
  }
  for (let column = 0; column < columns; column++) means[column]! /= values.length / columns
  let sum = 0
  for (let from = 0; from < values.length; from += columns) {
    for (let column = 0; column < columns; column++) sum += (values[from + column]! - means[column]!) ** 2
  }
  return { means, variance: sum / values.length }
}
