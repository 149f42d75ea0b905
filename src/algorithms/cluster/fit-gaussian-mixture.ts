// Gaussian mixtures by expectation and maximisation. Source: Dempster, Laird and Rubin 1977; Bishop, Pattern Recognition and Machine
// Learning, section 9.2; start, regularisation and ending as scikit-learn's.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { log } from '../math/exponential.ts'
import type { Engine } from '../math/heap.ts'
import { hashSeed } from '../math/rng.ts'
import { createTrainingControl } from '../tree/training-control.ts'
import { checkCount, checkShape } from './dense-rows.ts'
import { finiteSquares, fitKMeans, type KMeansOptions } from './fit-k-means.ts'
import { createMixturePass, type MixtureParameters, type MixturePass, type MixtureSums } from './mixture-pass.ts'
import { type CovarianceType, covarianceLength, parameterCount } from './mixture-shape.ts'

export interface GaussianMixtureOptions {
  /** Default 1. */
  readonly nComponents?: number
  /** `full`: each component its own matrix (default); `tied`: one for all; `diag`: variances of columns; `spherical`: one variance each. */
  readonly covarianceType?: CovarianceType
  /** Starts from so many different seeds of k-means, the likeliest is kept. Default 1. */
  readonly nInit?: number
  /** Component of each row to start from instead, 0 to nComponents - 1. */
  readonly initLabels?: ArrayLike<number>
  /** Default 100. */
  readonly maxIter?: number
  /** Ends when the mean log-likelihood changes by less. Default 1e-3. */
  readonly tol?: number
  /** Added to every variance, so that none is 0. Default 1e-6. */
  readonly regCovar?: number
  readonly randomState?: number
  /** `typescript` computes without WebAssembly: the same model, more slowly. */
  readonly engine?: Engine
  /** Called after each step; throwing ends the work. */
  readonly onIteration?: (iteration: number) => void
  /** Asked about every 10 ms; true ends the work with `canceled`. */
  readonly isCanceled?: () => boolean
}

/** Plain data, to be stored as it is. */
export interface GaussianMixture extends MixtureParameters {
  readonly kind: 'gaussian-mixture'
  readonly covarianceType: CovarianceType
  readonly nComponents: number
  readonly nFeatures: number
  /** Mean log-likelihood of the rows learned from. */
  readonly logLikelihood: number
  /** Bayes' and Akaike's information criteria on these rows: lower is better, to compare numbers of components and covariance types. */
  readonly bic: number
  readonly aic: number
  /** Likeliest component of each row learned from. */
  readonly labels: Int32Array
  readonly nIterations: number
  readonly converged: boolean
}

/**
 * Describes rows as drawn from normal distributions: clusters of any elongated shape, with a probability of belonging to each.
 *
 * Cost: O(rows x nComponents x columns^2) a step, x columns for diagonal types; a copy of the rows, nothing of rows x components.
 *
 * @throws   `too_few_rows` below 2 rows and for more components than rows; `shape_mismatch`; `memory_limit` beyond 4 GB; `invalid_input`
 *           for NaN, infinite values, options out of range, and a covariance that is not positive definite in spite of `regCovar`; `canceled`
 *           when `isCanceled` said so.
 * @example
 * const mixture = fitGaussianMixture(x, { nComponents: 3, randomState: 7 })
 * const shares = predictGaussianMixtureProba(mixture, x)
 */
export function fitGaussianMixture(x: DenseMatrix, options: GaussianMixtureOptions = {}): GaussianMixture {
  const { nComponents = 1, covarianceType = 'full', nInit = 1, initLabels, randomState = 0, regCovar = 1e-6, engine, isCanceled } = options
  checkOptions(x, options)
  const values = finiteSquares(x)
  const pass = createMixturePass(x.rows, x.columns, nComponents, covarianceType, { engine, ...createTrainingControl({ isCanceled }) })
  pass.load(values)
  const shape = {
    rows: x.rows,
    columns: x.columns,
    k: nComponents,
    type: covarianceType,
    regCovar,
    total: totalScatter(x, values, covarianceType),
  }
  let best: Attempt | undefined
  for (let attempt = 0; attempt < (initLabels ? 1 : nInit); attempt++) {
    const seed = hashSeed(randomState, attempt)
    const labels = initLabels
      ? checkedLabels(initLabels, nComponents)
      : startLabels(x, values, nComponents, { randomState: seed, engine, isCanceled })
    const result = maximise(pass, shape, labels, options)
    if (best === undefined || result.logLikelihood > best.logLikelihood) best = result
  }
  return mixtureOf(pass, shape, best!)
}

interface Shape {
  readonly rows: number
  readonly columns: number
  readonly k: number
  readonly type: CovarianceType
  readonly regCovar: number
  readonly total: { readonly means: Float64Array; readonly scatter: Float64Array }
}

interface Attempt {
  readonly parameters: MixtureParameters
  readonly logLikelihood: number
  readonly iterations: number
  readonly converged: boolean
}

function checkOptions(x: DenseMatrix, options: GaussianMixtureOptions): void {
  const { nComponents = 1, covarianceType = 'full', nInit = 1, initLabels, maxIter = 100, tol = 1e-3, regCovar = 1e-6 } = options
  checkCount('nComponents', nComponents)
  checkCount('nInit', nInit)
  checkCount('maxIter', maxIter)
  if (!['full', 'tied', 'diag', 'spherical'].includes(covarianceType)) {
    throw new TandemError('invalid_input', `covarianceType is "${covarianceType}"; it is full, tied, diag or spherical.`)
  }
  if (!(tol >= 0)) throw new TandemError('invalid_input', `tol is ${tol}; it is a number from 0 on.`)
  if (!(regCovar >= 0 && regCovar < Number.POSITIVE_INFINITY)) {
    throw new TandemError('invalid_input', `regCovar is ${regCovar}; it is a finite number from 0 on.`)
  }
  checkShape(x, Math.max(2, nComponents), `A mixture of ${nComponents} components`)
  if (initLabels && initLabels.length !== x.rows) {
    throw new TandemError('shape_mismatch', `There are ${initLabels.length} initLabels for ${x.rows} rows; give one a row.`)
  }
}

function checkedLabels(labels: ArrayLike<number>, k: number): Int32Array {
  return Int32Array.from(labels, (label, row) => {
    if (Number.isInteger(label) && label >= 0 && label < k) return label
    throw new TandemError('invalid_input', `The initLabel of row ${row} is ${label}; it is a whole number from 0 to ${k - 1}.`, {
      details: { row },
    })
  })
}

function startLabels(x: DenseMatrix, values: Float64Array, k: number, options: KMeansOptions): Int32Array {
  if (k === 1) return new Int32Array(x.rows)
  return fitKMeans({ ...x, values }, { ...options, nClusters: k }).labels
}

function maximise(
  pass: MixturePass,
  shape: Shape,
  labels: Int32Array,
  { maxIter = 100, tol = 1e-3, onIteration }: GaussianMixtureOptions,
): Attempt {
  // Any means serve to begin with: sums are taken around them.
  const around = new Float64Array(shape.k * shape.columns)
  for (let component = 0; component < shape.k; component++) around.set(shape.total.means, component * shape.columns)
  let parameters = nextParameters(shape, around, pass.sumsOfLabels(around, labels))
  let logLikelihood = Number.NEGATIVE_INFINITY
  let converged = false
  let iterations = 0
  while (iterations < maxIter && !converged) {
    iterations++
    const sums = pass.sums(parameters)
    const before = logLikelihood
    logLikelihood = sums.logLikelihood / shape.rows
    parameters = nextParameters(shape, parameters.means, sums)
    converged = Math.abs(logLikelihood - before) < tol
    onIteration?.(iterations)
  }
  return { parameters, logLikelihood, iterations, converged }
}

/** What the sums around given means say of weights, means and covariances. */
function nextParameters(shape: Shape, around: Float64Array, { counts, differences, scatters }: MixtureSums): MixtureParameters {
  const { rows, columns, k, type, regCovar, total } = shape
  const weights = new Float64Array(k)
  const means = new Float64Array(k * columns)
  const moves = new Float64Array(k * columns)
  const covariances = new Float64Array(covarianceLength(type, k, columns))
  // A component without rows keeps a weight, so that nothing is divided by 0.
  const held = counts.map((count) => count + 10 * Number.EPSILON)
  const sum = held.reduce((all, count) => all + count, 0)
  for (let component = 0; component < k; component++) {
    weights[component] = held[component]! / sum
    for (let column = component * columns; column < (component + 1) * columns; column++) {
      moves[column] = differences[column]! / held[component]!
      means[column] = around[column]! + moves[column]!
    }
  }
  if (type === 'full') {
    for (let component = 0; component < k; component++) {
      fillMatrix(covariances, component * columns * columns, columns, regCovar, (row, column) => {
        const moved = counts[component]! * moves[component * columns + row]! * moves[component * columns + column]!
        return (scatters[(component * columns + row) * columns + column]! - moved) / held[component]!
      })
    }
  } else if (type === 'tied') {
    fillMatrix(covariances, 0, columns, regCovar, (row, column) => {
      let between = 0
      for (let component = 0; component < k; component++) {
        const at = component * columns
        between += held[component]! * (means[at + row]! - total.means[row]!) * (means[at + column]! - total.means[column]!)
      }
      return (total.scatter[row * columns + column]! - between) / (rows + 10 * k * Number.EPSILON)
    })
  } else {
    for (let at = 0; at < k * columns; at++) {
      const component = Math.floor(at / columns)
      const variance = (scatters[at]! - counts[component]! * moves[at]! ** 2) / held[component]!
      if (type === 'diag') covariances[at] = Math.max(0, variance) + regCovar
      else covariances[component]! += (Math.max(0, variance) + regCovar) / columns
    }
  }
  return { weights, means, covariances }
}

function fillMatrix(to: Float64Array, first: number, d: number, diagonal: number, value: (row: number, column: number) => number): void {
  for (let row = 0; row < d; row++) {
    for (let column = 0; column <= row; column++) {
      const entry = value(row, column) + (row === column ? diagonal : 0)
      to[first + row * d + column] = entry
      to[first + column * d + row] = entry
    }
  }
}

/** Means of all rows, and for tied covariances their scatter around these. */
function totalScatter({ rows, columns }: DenseMatrix, values: Float64Array, type: CovarianceType): Shape['total'] {
  const means = new Float64Array(columns)
  for (let at = 0; at < values.length; at++) means[at % columns]! += values[at]! / rows
  const scatter = new Float64Array(type === 'tied' ? columns * columns : 0)
  const d = new Float64Array(columns)
  for (let from = 0; from < values.length && type === 'tied'; from += columns) {
    for (let column = 0; column < columns; column++) d[column] = values[from + column]! - means[column]!
    for (let row = 0; row < columns; row++) {
      for (let column = 0; column <= row; column++) scatter[row * columns + column]! += d[row]! * d[column]!
    }
  }
  return { means, scatter }
}

function mixtureOf(pass: MixturePass, { rows, columns, k, type }: Shape, { parameters, iterations, converged }: Attempt): GaussianMixture {
  const labels = new Int32Array(rows)
  let sum = 0
  pass.visit(parameters, (first, logDensities, shares) => {
    const n = logDensities.length
    for (let i = 0; i < n; i++) {
      sum += logDensities[i]!
      labels[first + i] = likeliest(shares, i, n, k)
    }
  })
  const free = parameterCount(type, k, columns)
  return {
    ...{ kind: 'gaussian-mixture', covarianceType: type, nComponents: k, nFeatures: columns, ...parameters },
    ...{ logLikelihood: sum / rows, bic: free * log(rows) - 2 * sum, aic: 2 * free - 2 * sum },
    ...{ labels, nIterations: iterations, converged },
  }
}

export function likeliest(shares: Float64Array, i: number, n: number, k: number): number {
  let best = 0
  for (let component = 1; component < k; component++) if (shares[component * n + i]! > shares[best * n + i]!) best = component
  return best
}
