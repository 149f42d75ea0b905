// Least squares, with or without a ridge (Hoerl and Kennard 1970): |y - Xw - b|^2 + alpha |w|^2, the intercept b not penalised.
// Few dense columns: normal equations by Cholesky. Else, or when columns depend on each other: LSQR.
import { TandemError } from '../../errors.ts'
import { type CenteredRows, centeredRows, interceptOf } from './centered-rows.ts'
import { isSparse } from './feature-matrix.ts'
import type { LinearModel } from './linear-model.ts'
import { solveCholesky } from './solve-cholesky.ts'
import { solveLsqr } from './solve-lsqr.ts'
import { checkedWeights, type LinearTrainingSet } from './training-targets.ts'

export interface LinearRegressionOptions {
  readonly fitIntercept?: boolean
}

export interface RidgeOptions extends LinearRegressionOptions {
  /** Strength of the penalty, > 0. Default 1. */
  readonly alpha?: number
}

export type RegressionSet = Omit<LinearTrainingSet, 'classes'>

/** Beyond so many columns the normal equations take more memory and time than LSQR. */
const MOST_NORMAL_COLUMNS = 1000
const LSQR = { tolerance: 1e-12, maxIterations: 100_000 }

/**
 * Ordinary least squares. Of columns that depend on each other the solution of least norm is taken, so nothing becomes NaN.
 *
 * Cost: O(rows x columns^2) for up to 1000 dense columns, else O(entries) an iteration.
 *
 * @throws   `shape_mismatch`, `too_few_rows`, `invalid_input`.
 * @example
 * const model = fitLinearRegression({ x: { rows: 3, columns: 1, values: Float64Array.of(1, 2, 3) }, y: [2, 4, 6] })
 * predictLinear(model, x)
 */
export function fitLinearRegression(set: RegressionSet, options: LinearRegressionOptions = {}): LinearModel {
  return { ...fitSquares(set, 0, options), kind: 'linear-regression' }
}

/**
 * Least squares with an L2 penalty; scale features to about the same size first.
 *
 * Cost: as `fitLinearRegression`.
 *
 * @throws   `shape_mismatch`, `too_few_rows`, `invalid_input`.
 */
export function fitRidge(set: RegressionSet, { alpha = 1, ...options }: RidgeOptions = {}): LinearModel {
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw new TandemError('invalid_input', `alpha is ${alpha}; it is a finite number above 0. Without a penalty use fitLinearRegression.`)
  }
  return { ...fitSquares(set, alpha, options), kind: 'ridge' }
}

function fitSquares(
  { x, y, weights }: RegressionSet,
  alpha: number,
  { fitIntercept = true }: LinearRegressionOptions,
): Omit<LinearModel, 'kind'> {
  const rowWeights = checkedWeights({ x, y, classes: 0, weights })
  const centered = centeredRows(x, y, rowWeights, fitIntercept)
  const direct = !isSparse(x) && x.columns <= MOST_NORMAL_COLUMNS ? solveNormal(x.values, centered, alpha) : undefined
  const { solution, iterations, converged } =
    direct === undefined ? solveLsqr(centered, { ...LSQR, damp: Math.sqrt(alpha) }) : { solution: direct, iterations: 0, converged: true }
  return {
    nFeatures: x.columns,
    nClasses: 0,
    coefficients: solution,
    intercepts: Float64Array.of(fitIntercept ? interceptOf(centered, solution) : 0),
    nIterations: iterations,
    converged,
  }
}

/** Undefined when the columns depend on each other. */
function solveNormal(
  values: Float32Array | Float64Array,
  { rows, columns, means, scale, target }: CenteredRows,
  alpha: number,
): Float64Array | undefined {
  const gram = new Float64Array(columns * columns)
  const right = new Float64Array(columns)
  const row = new Float64Array(columns)
  for (let index = 0, at = 0; index < rows; index++) {
    const root = scale[index]!
    for (let column = 0; column < columns; column++) row[column] = root * (values[at++]! - means[column]!)
    for (let column = 0; column < columns; column++) {
      const value = row[column]!
      right[column]! += value * target[index]!
      const first = column * columns
      for (let other = 0; other <= column; other++) gram[first + other]! += value * row[other]!
    }
  }
  for (let column = 0; column < columns; column++) gram[column * columns + column]! += alpha
  return solveCholesky(gram, right)
}
