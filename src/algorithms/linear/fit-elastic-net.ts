// Least squares with L1 and L2 penalties by cyclic coordinate descent: |y - Xw - b|^2 / (2 n) + alpha (l1Ratio |w|_1 + (1 - l1Ratio) |w|^2 / 2).
// Friedman, Hastie and Tibshirani 2010; the objective and the duality-gap stop are scikit-learn's.
import { TandemError } from '../../errors.ts'
import { type CsrMatrix, csrFromDense, transposeCsr } from '../sparse/csr-matrix.ts'
import { type CenteredRows, centeredRows, interceptOf } from './centered-rows.ts'
import { centeredGram } from './dense-gram.ts'
import { type Descent, type DescentOptions, descendGram } from './descend-gram.ts'
import { type DenseMatrix, isSparse } from './feature-matrix.ts'
import { finiteModel } from './finite-model.ts'
import type { RegressionSet } from './fit-linear-regression.ts'
import type { LinearModel } from './linear-model.ts'
import { checkedWeights, sumOf } from './training-targets.ts'

export interface ElasticNetOptions {
  /** Strength of the penalty, > 0. Default 1. */
  readonly alpha?: number
  /** Share of the penalty that is L1: 1 is the lasso, 0 a ridge. Default 0.5. */
  readonly l1Ratio?: number
  readonly fitIntercept?: boolean
  /** Duality gap at the end, as a share of the squares of the target. Default 1e-4. */
  readonly tolerance?: number
  /** Passes over the columns. Default 1000. */
  readonly maxIterations?: number
  readonly onIteration?: (iteration: number) => void
}

/**
 * Elastic net; with `l1Ratio: 1` the lasso. Coefficients that do not help become exactly 0.
 *
 * Scale features to about the same size first. Cost: O(rows x columns^2) once for up to 1000 dense columns and at least as many rows;
 * else O(entries) a pass over the columns and 12 bytes an entry for a copy by column.
 *
 * @returns  a model; `converged` is false when `maxIterations` ended it.
 * @throws   `shape_mismatch`, `too_few_rows`, `invalid_input`.
 * @see      Friedman, Hastie and Tibshirani 2010, "Regularization paths for generalized linear models via coordinate descent".
 */
export function fitElasticNet(set: RegressionSet, options: ElasticNetOptions = {}): LinearModel {
  const { alpha = 1, l1Ratio = 0.5, fitIntercept = true, tolerance = 1e-4, maxIterations = 1000, onIteration } = options
  if (!(alpha > 0 && Number.isFinite(alpha)) || !(l1Ratio >= 0 && l1Ratio <= 1)) {
    throw new TandemError(
      'invalid_input',
      `alpha is ${alpha} and l1Ratio ${l1Ratio}. alpha is a finite number above 0, l1Ratio lies from 0 to 1.`,
    )
  }
  const { x, y } = set
  const weights = checkedWeights({ ...set, classes: 0 })
  const total = sumOf(weights)
  // The penalty is meant for rows of weight 1.
  const even = weights.map((weight) => (weight * x.rows) / total)
  const descent = { l1: alpha * l1Ratio * x.rows, l2: alpha * (1 - l1Ratio) * x.rows, tolerance, maxIterations, onIteration }
  const answer = ({ coefficients, iterations, converged }: Descent, intercept: number): LinearModel => {
    const intercepts = Float64Array.of(fitIntercept ? intercept : 0)
    const sizes = { nFeatures: x.columns, nClasses: 0, nIterations: iterations }
    return finiteModel({ kind: 'elastic-net', ...sizes, coefficients, intercepts, converged }, x, y)
  }
  if (!isSparse(x) && x.columns <= Math.min(x.rows, MOST_GRAM_COLUMNS)) {
    const sums = centeredGram(x, y, even, fitIntercept, onIteration)
    const found = descendGram(sums, x.rows, descent)
    return answer(found, interceptOf(sums, found.coefficients))
  }
  const centered = centeredRows(x, y, even, fitIntercept)
  // Dense columns are centred outright, which keeps their last digits; a sparse matrix would be filled by that.
  const columns = transposeCsr(isSparse(x) ? x : csrFromDense(differencesFromMeans(x, centered.means), x.rows, x.columns))
  const means = isSparse(x) ? centered.means : new Float64Array(x.columns)
  const found = descend(columns, { ...centered, means }, descent)
  return answer(found, interceptOf(centered, found.coefficients))
}

/** Beyond so many columns their products take more memory and time than passes over the rows. */
const MOST_GRAM_COLUMNS = 1000
/** Of a sparse column the mean is taken back from the squares; what is left below this share of it is rounding. */
const CONSTANT = 1e-15

/**
 * The residual of every row is kept as `scale (y - Xw) - scale shift`: a column touches only the rows where it is not zero, and what
 * its mean adds to all of them is one number.
 */
function descend(
  byColumn: CsrMatrix,
  { rows, columns, means, scale, target }: CenteredRows,
  { l1, l2, tolerance, maxIterations, onIteration }: DescentOptions,
): Descent {
  const { starts, indices, values } = byColumn
  const coefficients = new Float64Array(columns)
  const residual = target.slice()
  let shift = 0
  /** Sums over all rows of scale^2 and scale * residual, kept as the residual changes. */
  let squaresOfScale = 0
  let scaledResidual = 0
  for (let row = 0; row < rows; row++) {
    squaresOfScale += scale[row]! * scale[row]!
    scaledResidual += scale[row]! * residual[row]!
  }
  const squares = new Float64Array(columns)
  const scaledSums = new Float64Array(columns)
  for (let column = 0; column < columns; column++) {
    const mean = means[column]!
    let sum = 0
    for (let at = starts[column]!; at < starts[column + 1]!; at++) {
      const weight = scale[indices[at]!]! ** 2
      sum += weight * values[at]! * (values[at]! - 2 * mean)
      scaledSums[column]! += weight * values[at]!
    }
    squares[column] = Math.max(0, sum + mean * mean * squaresOfScale)
  }
  const correlation = (column: number): number => {
    let sum = 0
    for (let at = starts[column]!; at < starts[column + 1]!; at++) {
      const row = indices[at]!
      sum += values[at]! * scale[row]! * residual[row]!
    }
    // The residual without its common shift, and the column without its mean.
    return sum - shift * scaledSums[column]! - means[column]! * (scaledResidual - shift * squaresOfScale)
  }
  const targetSquares = target.reduce((sum, value) => sum + value * value, 0)
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    let largestStep = 0
    let largestCoefficient = 0
    for (let column = 0; column < columns; column++) {
      if (squares[column]! <= CONSTANT * means[column]! ** 2 * squaresOfScale) continue
      const before = coefficients[column]!
      const free = correlation(column) + squares[column]! * before
      const after = (Math.sign(free) * Math.max(Math.abs(free) - l1, 0)) / (squares[column]! + l2)
      coefficients[column] = after
      if (Math.abs(after) > largestCoefficient) largestCoefficient = Math.abs(after)
      const step = after - before
      if (step === 0) continue
      if (Math.abs(step) > largestStep) largestStep = Math.abs(step)
      for (let at = starts[column]!; at < starts[column + 1]!; at++) {
        const row = indices[at]!
        residual[row]! -= scale[row]! * values[at]! * step
      }
      scaledResidual -= scaledSums[column]! * step
      shift -= means[column]! * step
    }
    onIteration?.(iteration)
    const settled = largestStep <= tolerance * largestCoefficient || largestCoefficient === 0
    if (settled || iteration === maxIterations) {
      const gap = dualityGap(coefficients, { residual, target, scale, shift, l1, l2 }, correlation)
      if (gap <= tolerance * targetSquares) return { coefficients, iterations: iteration, converged: true }
    }
  }
  return { coefficients, iterations: maxIterations, converged: false }
}

interface Fit extends Pick<DescentOptions, 'l1' | 'l2'> {
  readonly residual: Float64Array
  readonly target: Float64Array
  readonly scale: Float64Array
  readonly shift: number
}

function differencesFromMeans({ rows, columns, values }: DenseMatrix, means: Float64Array): Float64Array {
  const differences = new Float64Array(rows * columns)
  for (let at = 0; at < differences.length; at++) differences[at] = values[at]! - means[at % columns]!
  return differences
}

/** How far the objective can still fall, at most (times the number of rows): the bound of the dual problem. */
function dualityGap(
  coefficients: Float64Array,
  { residual, target, scale, shift, l1, l2 }: Fit,
  correlation: (column: number) => number,
): number {
  let squares = 0
  let product = 0
  for (let row = 0; row < residual.length; row++) {
    const value = residual[row]! - scale[row]! * shift
    squares += value * value
    product += value * target[row]!
  }
  let largest = 0
  let absolutes = 0
  let coefficientSquares = 0
  for (let column = 0; column < coefficients.length; column++) {
    const value = coefficients[column]!
    largest = Math.max(largest, Math.abs(correlation(column) - l2 * value))
    absolutes += Math.abs(value)
    coefficientSquares += value * value
  }
  const scaleDown = largest > l1 && largest > 0 ? l1 / largest : 1
  const dual = 0.5 * squares * (1 + scaleDown * scaleDown)
  return dual + l1 * absolutes - scaleDown * product + 0.5 * l2 * (1 + scaleDown * scaleDown) * coefficientSquares
}
