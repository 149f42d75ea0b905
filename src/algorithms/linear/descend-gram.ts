// Coordinate descent for the elastic net when the sums of products of all columns are known: a pass costs columns^2, however many rows.
// Friedman, Hastie and Tibshirani 2010, section 2.2 (covariance updates); the duality-gap stop is scikit-learn's.
import type { CenteredGram } from './dense-gram.ts'

export interface DescentOptions {
  readonly l1: number
  readonly l2: number
  readonly tolerance: number
  readonly maxIterations: number
  readonly onIteration?: ((iteration: number) => void) | undefined
}

export interface Descent {
  readonly coefficients: Float64Array
  readonly iterations: number
  readonly converged: boolean
}

/** A column of differences this small beside its mean is rounding. */
const CONSTANT = 1e-24

export function descendGram(
  { gram, right, targetSquares, means }: CenteredGram,
  rows: number,
  { l1, l2, tolerance, maxIterations, onIteration }: DescentOptions,
): Descent {
  const columns = right.length
  const coefficients = new Float64Array(columns)
  /** Of each column with the residual. */
  const correlations = right.slice()
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    let largestStep = 0
    let largestCoefficient = 0
    for (let column = 0; column < columns; column++) {
      const squares = gram[column * columns + column]!
      if (squares <= CONSTANT * means[column]! ** 2 * rows) continue
      const before = coefficients[column]!
      const free = correlations[column]! + squares * before
      const after = (Math.sign(free) * Math.max(Math.abs(free) - l1, 0)) / (squares + l2)
      coefficients[column] = after
      largestCoefficient = Math.max(largestCoefficient, Math.abs(after))
      const step = after - before
      if (step === 0) continue
      largestStep = Math.max(largestStep, Math.abs(step))
      for (let other = 0; other < columns; other++) correlations[other]! -= step * gram[column * columns + other]!
    }
    onIteration?.(iteration)
    const settled = largestStep <= tolerance * largestCoefficient || largestCoefficient === 0
    if ((settled || iteration === maxIterations) && gapOf() <= tolerance * targetSquares) {
      return { coefficients, iterations: iteration, converged: true }
    }
  }
  return { coefficients, iterations: maxIterations, converged: false }

  /** How far the objective can still fall, at most (times the number of rows): the bound of the dual problem. */
  function gapOf(): number {
    let [fitted, onTarget, largest, absolutes, coefficientSquares] = [0, 0, 0, 0, 0]
    for (let column = 0; column < columns; column++) {
      const value = coefficients[column]!
      fitted += value * (right[column]! - correlations[column]!)
      onTarget += value * right[column]!
      largest = Math.max(largest, Math.abs(correlations[column]! - l2 * value))
      absolutes += Math.abs(value)
      coefficientSquares += value * value
    }
    const residualSquares = Math.max(0, targetSquares - 2 * onTarget + fitted)
    const scaleDown = largest > l1 && largest > 0 ? l1 / largest : 1
    const share = 1 + scaleDown * scaleDown
    return 0.5 * share * (residualSquares + l2 * coefficientSquares) + l1 * absolutes - scaleDown * (targetSquares - onTarget)
  }
}
