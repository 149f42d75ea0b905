// The smooth part of logistic regression: mean log loss and its gradient, binary and multinomial, with the L2 part of the penalty.
import { exp, log, log1p } from '../math/exponential.ts'
import { addSquares, addTransposed, type FeatureMatrix, multiply } from './feature-matrix.ts'
import { softmaxInPlace } from './linear-model.ts'
import type { CurvedObjective } from './minimize-newton-cg.ts'
import type { LinearTrainingSet } from './training-targets.ts'

/**
 * Mean loss over weighted rows plus `l2 / 2` times the squares of the coefficients. A point holds the coefficients of each output,
 * then, with `fitIntercept`, the intercepts.
 */
export function logisticObjective(set: LinearTrainingSet, weights: Float64Array, l2: number, fitIntercept: boolean): CurvedObjective {
  return (set.classes === 2 ? binaryObjective : multinomialObjective)(set, weights, l2, fitIntercept)
}

/** Adds the gradient of `l2 / 2` times the squares of the first `count` values, and returns that part of the objective. */
export function addSquaredPenalty(point: Float64Array, gradient: Float64Array, count: number, l2: number): number {
  let squares = 0
  for (let at = 0; at < count; at++) {
    squares += point[at]! * point[at]!
    gradient[at]! += l2 * point[at]!
  }
  return 0.5 * l2 * squares
}

/** The Hessian of a loss of one score a row: X' diag(curvatures) X, plus the penalty. */
export function rowCurvature(
  x: FeatureMatrix,
  curvatures: Float64Array,
  l2: number,
  fitIntercept: boolean,
): Pick<CurvedObjective, 'multiplyHessian' | 'diagonal'> {
  const { rows, columns } = x
  const products = new Float64Array(rows)
  return {
    multiplyHessian(v, result) {
      multiply(x, v, 0, fitIntercept ? v[columns]! : 0, products)
      const sum = weigh(products, curvatures)
      result.fill(0)
      addTransposed(x, products, result, 0)
      if (fitIntercept) result[columns] = sum
      addSquaredPenalty(v, result, columns, l2)
    },
    diagonal(result) {
      result.fill(0)
      addSquares(x, curvatures, result, 0)
      for (let column = 0; column < columns; column++) result[column]! += l2
      if (fitIntercept) result[columns] = sumOf(curvatures)
      for (let at = 0; at < result.length; at++) if (!(result[at]! > LEAST_CURVATURE)) result[at] = LEAST_CURVATURE
    },
  }
}

/** Multiplies each value by its weight and returns their sum. */
function weigh(values: Float64Array, weights: Float64Array): number {
  let sum = 0
  for (let row = 0; row < values.length; row++) {
    values[row]! *= weights[row]!
    sum += values[row]!
  }
  return sum
}

/** Rows that are all decided leave no curvature; a step divides by it. */
const LEAST_CURVATURE = 1e-12

export function sumOf(values: Float64Array): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]!
  return sum
}

function binaryObjective({ x, y }: LinearTrainingSet, weights: Float64Array, l2: number, fitIntercept: boolean): CurvedObjective {
  const { rows, columns } = x
  const shares = sharesOf(weights)
  const targets = Float64Array.from(y)
  const scores = new Float64Array(rows)
  const curvatures = new Float64Array(rows)
  return {
    evaluate(point, gradient) {
      multiply(x, point, 0, fitIntercept ? point[columns]! : 0, scores)
      const loss = binaryLosses(scores, targets, shares, curvatures)
      gradient.fill(0)
      addTransposed(x, scores, gradient, 0)
      if (fitIntercept) gradient[columns] = sumOf(scores)
      return loss + addSquaredPenalty(point, gradient, columns, l2)
    },
    ...rowCurvature(x, curvatures, l2, fitIntercept),
  }
}

/** Writes the curvature of each row, and into its score the slope of its loss; returns the loss. */
function binaryLosses(scores: Float64Array, targets: Float64Array, shares: Float64Array, curvatures: Float64Array): number {
  let loss = 0
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!
    const share = shares[row]!
    // ln(1 + e^score) - y score, without overflow on either side.
    const e = exp(-Math.abs(score))
    const far = 1 / (1 + e)
    loss += share * (Math.max(score, 0) - targets[row]! * score + log1p(e))
    scores[row] = share * ((score >= 0 ? far : e * far) - targets[row]!)
    curvatures[row] = share * e * far * far
  }
  return loss
}

/** Turns scores into probabilities, and writes the slope of each row's loss by its scores; returns the loss. */
function softmaxLosses(
  probabilities: Float64Array,
  factors: Float64Array,
  y: ArrayLike<number>,
  shares: Float64Array,
  classes: number,
): number {
  let loss = 0
  for (let row = 0, first = 0; row < shares.length; row++, first += classes) {
    const own = probabilities[first + y[row]!]!
    const { largest, sum } = softmaxInPlace(probabilities, first, classes)
    const share = shares[row]!
    loss += share * (largest + log(sum) - own)
    for (let at = first; at < first + classes; at++) factors[at] = share * probabilities[at]!
    factors[first + y[row]!]! -= share
  }
  return loss
}

/** Scores of a direction into what the softmax makes of a step along it. */
function curve(factors: Float64Array, probabilities: Float64Array, shares: Float64Array, classes: number): void {
  for (let row = 0, first = 0; row < shares.length; row++, first += classes) {
    let mean = 0
    for (let at = first; at < first + classes; at++) mean += probabilities[at]! * factors[at]!
    for (let at = first; at < first + classes; at++) factors[at] = shares[row]! * probabilities[at]! * (factors[at]! - mean)
  }
}

/** What each row counts of the whole. */
function sharesOf(weights: Float64Array): Float64Array {
  const total = sumOf(weights)
  return weights.map((weight) => weight / total)
}

/** Rows that stay in the processor's cache while every class goes over them. */
const BLOCK_ROWS = 128

function multinomialObjective(
  { x, y, classes }: LinearTrainingSet,
  weights: Float64Array,
  l2: number,
  fitIntercept: boolean,
): CurvedObjective {
  const { rows, columns } = x
  const shares = sharesOf(weights)
  const count = classes * columns
  const factors = new Float64Array(rows * classes)
  const probabilities = new Float64Array(rows * classes)
  const scoresOf = (point: Float64Array, scores: Float64Array): void => {
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const end = Math.min(rows, from + BLOCK_ROWS)
      for (let label = 0; label < classes; label++) {
        multiply(x, point, label * columns, fitIntercept ? point[count + label]! : 0, scores, label, classes, from, end)
      }
    }
  }
  const collect = (result: Float64Array): void => {
    result.fill(0)
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const end = Math.min(rows, from + BLOCK_ROWS)
      for (let label = 0; label < classes; label++) addTransposed(x, factors, result, label * columns, label, classes, from, end)
    }
    if (fitIntercept) for (let at = 0; at < factors.length; at++) result[count + (at % classes)]! += factors[at]!
  }
  return {
    evaluate(point, gradient) {
      scoresOf(point, probabilities)
      const loss = softmaxLosses(probabilities, factors, y, shares, classes)
      collect(gradient)
      return loss + addSquaredPenalty(point, gradient, count, l2)
    },
    multiplyHessian(v, result) {
      scoresOf(v, factors)
      curve(factors, probabilities, shares, classes)
      collect(result)
      addSquaredPenalty(v, result, count, l2)
    },
    diagonal(result) {
      for (let at = 0; at < factors.length; at++) {
        factors[at] = shares[Math.floor(at / classes)]! * probabilities[at]! * (1 - probabilities[at]!)
      }
      result.fill(0)
      for (let label = 0; label < classes; label++) addSquares(x, factors, result, label * columns, label, classes)
      if (fitIntercept) for (let at = 0; at < factors.length; at++) result[count + (at % classes)]! += factors[at]!
      for (let at = 0; at < count; at++) result[at]! += l2
      for (let at = 0; at < result.length; at++) if (!(result[at]! > LEAST_CURVATURE)) result[at] = LEAST_CURVATURE
    },
  }
}
