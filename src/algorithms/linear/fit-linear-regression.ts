// Least squares, with or without a ridge (Hoerl and Kennard 1970): |y - Xw - b|^2 + alpha |w|^2, the intercept b not penalised.
// Few dense columns: normal equations by Cholesky. Else, or when columns depend on each other: conjugate gradients or LSQR.
import { TandemError } from '../../errors.ts'
import { centeredRows, interceptOf } from './centered-rows.ts'
import { largest } from './curvature-memory.ts'
import { type CenteredGram, centeredGram } from './dense-gram.ts'
import { addSquares, type FeatureMatrix, isSparse } from './feature-matrix.ts'
import { finiteModel } from './finite-model.ts'
import type { LinearModel } from './linear-model.ts'
import { solveCholesky } from './solve-cholesky.ts'
import { solveLsqr } from './solve-lsqr.ts'
import { solveRidge } from './solve-ridge.ts'
import { checkedWeights, type LinearTrainingSet } from './training-targets.ts'

export interface LinearRegressionOptions {
  readonly fitIntercept?: boolean
  /** Called at each iteration, or block of rows; what it throws ends the fit. */
  readonly onIteration?: (iteration: number) => void
}

export interface RidgeOptions extends LinearRegressionOptions {
  /** Strength of the penalty, > 0. Default 1. */
  readonly alpha?: number
  /**
   * Of sparse rows, and of more than 1000 columns: length of the residual of the normal equations beside that of their right side at the
   * end. Default 1e-5; scikit-learn stops at 1e-4. Other rows are solved exactly.
   */
  readonly tolerance?: number
}

export type RegressionSet = Omit<LinearTrainingSet, 'classes'>

/** Beyond so many columns the normal equations take more memory and time than LSQR. */
const MOST_NORMAL_COLUMNS = 1000
const EXACT = 1e-12
/** A penalty blurs the answer by far more than this. */
const RIDGE_TOLERANCE = 1e-5
/** LSQR judges by another measure, which falls earlier. */
const LSQR_TOLERANCE = 1e-7
const MAX_ITERATIONS = 100_000

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
  return finiteModel({ ...fitSquares(set, 0, EXACT, options), kind: 'linear-regression' }, set.x, set.y)
}

/**
 * Least squares with an L2 penalty; scale features to about the same size first.
 *
 * Cost: as `fitLinearRegression`.
 *
 * @throws   `shape_mismatch`, `too_few_rows`, `invalid_input`.
 */
export function fitRidge(set: RegressionSet, { alpha = 1, tolerance = RIDGE_TOLERANCE, ...options }: RidgeOptions = {}): LinearModel {
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw new TandemError('invalid_input', `alpha is ${alpha}; it is a finite number above 0. Without a penalty use fitLinearRegression.`)
  }
  if (!(tolerance > 0 && tolerance < 1)) throw new TandemError('invalid_input', `tolerance is ${tolerance}; it lies between 0 and 1.`)
  return finiteModel({ ...fitSquares(set, alpha, tolerance, options), kind: 'ridge' }, set.x, set.y)
}

function fitSquares(
  { x, y, weights }: RegressionSet,
  alpha: number,
  tolerance: number,
  { fitIntercept = true, onIteration }: LinearRegressionOptions,
): Omit<LinearModel, 'kind'> {
  const rowWeights = checkedWeights({ x, y, classes: 0, weights })
  const answer = (solution: Float64Array, intercept: number, iterations: number, converged: boolean): Omit<LinearModel, 'kind'> => ({
    nFeatures: x.columns,
    nClasses: 0,
    coefficients: solution,
    intercepts: Float64Array.of(fitIntercept ? intercept : 0),
    nIterations: iterations,
    converged,
  })
  if (!isSparse(x) && x.columns <= MOST_NORMAL_COLUMNS) {
    const normal = centeredGram(x, y, rowWeights, fitIntercept, onIteration)
    const solution = solveNormal(normal, alpha)
    if (solution !== undefined) return answer(solution, interceptOf(normal, solution), 0, true)
  }
  const centered = centeredRows(x, y, rowWeights, fitIntercept)
  const search = { tolerance, maxIterations: MAX_ITERATIONS, onIteration }
  const squares = alpha > 0 && isSparse(x) ? squaresOf(x, rowWeights) : undefined
  // A penalty far below the squares of the columns leaves the normal equations too few digits.
  const { solution, iterations, converged } =
    squares && alpha >= LEAST_PENALTY * largest(squares)
      ? solveRidge(x, rowWeights, centered, { ...search, alpha, squares })
      : solveLsqr(centered, { ...search, tolerance: Math.min(tolerance, LSQR_TOLERANCE), damp: Math.sqrt(alpha) })
  return answer(solution, interceptOf(centered, solution), iterations, converged)
}

const LEAST_PENALTY = 1e-7

function squaresOf(x: FeatureMatrix, weights: Float64Array): Float64Array {
  const squares = new Float64Array(x.columns)
  addSquares(x, weights, squares, 0)
  return squares
}

/** Undefined when the columns depend on each other. */
function solveNormal({ gram, right }: CenteredGram, alpha: number): Float64Array | undefined {
  const columns = right.length
  const raised = gram.slice()
  for (let column = 0; column < columns; column++) raised[column * columns + column]! += alpha
  return solveCholesky(raised, right)
}
