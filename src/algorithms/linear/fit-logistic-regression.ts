// Logistic regression with an L2 penalty, binary and multinomial, by L-BFGS. The objective is scikit-learn's, scaled as there by
// the sum of weights, so C and the tolerance mean the same: mean loss + |w|^2 / (2 C sum(weights)); the intercept is not penalised.
import { TandemError } from '../../errors.ts'
import { exp, log } from '../math/exponential.ts'
import { addTransposed, multiply } from './feature-matrix.ts'
import { type LinearModel, softmaxInPlace } from './linear-model.ts'
import { minimizeLbfgs, type Objective } from './minimize-lbfgs.ts'
import { type ClassWeight, checkedWeights, type LinearTrainingSet } from './training-targets.ts'

export interface LogisticRegressionOptions {
  /** Inverse strength of the penalty, > 0. Default 1. */
  readonly C?: number
  readonly fitIntercept?: boolean
  readonly classWeight?: ClassWeight
  /** Largest component of the gradient at the end. Default 1e-4. */
  readonly tolerance?: number
  /** Default 100. */
  readonly maxIterations?: number
  /** Called after each iteration; throwing ends the fit. */
  readonly onIteration?: (iteration: number) => void
}

/**
 * Logistic regression with an L2 penalty.
 *
 * Scale features to about the same size first. Cost: O(entries x classes) time an iteration; 21 doubles a coefficient.
 *
 * @param set  classes >= 2; x dense or sparse, finite.
 * @returns  a model for `predictLinearProba`; `converged` is false when `maxIterations` ended it.
 * @throws   `too_few_classes`, `shape_mismatch`, `invalid_input`.
 * @see      Pedregosa et al. 2011; Nocedal and Wright 2006, chapter 7.
 * @example
 * const { vectorizer, matrix } = fitTfidfVectorizer(reviews)
 * const model = fitLogisticRegression({ x: matrix, y: stars, classes: 2 })
 * predictLinearProba(model, vectorizer.transform(['great shoes']))
 */
export function fitLogisticRegression(set: LinearTrainingSet, options: LogisticRegressionOptions = {}): LinearModel {
  const { C = 1, fitIntercept = true, tolerance = 1e-4, maxIterations = 100, onIteration, classWeight } = options
  if (!(C > 0 && Number.isFinite(C)))
    throw new TandemError('invalid_input', `C is ${C}; it is a finite number above 0. Smaller means a stronger penalty.`)
  if (!(Number.isInteger(set.classes) && set.classes >= 2)) {
    throw new TandemError(
      'too_few_classes',
      `classes is ${set.classes}; a classifier needs at least 2. For numbers use a linear regression.`,
    )
  }
  const weights = checkedWeights(set, classWeight)
  const nFeatures = set.x.columns
  const outputs = set.classes === 2 ? 1 : set.classes
  const objective = (outputs === 1 ? binaryObjective : multinomialObjective)(set, weights, C, fitIntercept)
  const start = new Float64Array(outputs * (nFeatures + (fitIntercept ? 1 : 0)))
  const { point, iterations, converged } = minimizeLbfgs(objective, start, { tolerance, maxIterations, onIteration })
  return {
    kind: 'logistic-regression',
    nFeatures,
    nClasses: set.classes,
    coefficients: point.slice(0, outputs * nFeatures),
    intercepts: fitIntercept ? point.slice(outputs * nFeatures) : new Float64Array(outputs),
    nIterations: iterations,
    converged,
  }
}

function binaryObjective({ x, y }: LinearTrainingSet, weights: Float64Array, C: number, fitIntercept: boolean): Objective {
  const { rows, columns } = x
  const total = sumOf(weights)
  const penalty = 1 / (C * total)
  const scores = new Float64Array(rows)
  return (point, gradient) => {
    multiply(x, point, 0, fitIntercept ? point[columns]! : 0, scores)
    let loss = 0
    let slope = 0
    for (let row = 0; row < rows; row++) {
      const score = scores[row]!
      const weight = weights[row]! / total
      // ln(1 + e^score) - y score, without overflow on either side.
      const e = exp(-Math.abs(score))
      loss += weight * (Math.max(score, 0) - y[row]! * score + log(1 + e))
      const factor = weight * ((score >= 0 ? 1 / (1 + e) : e / (1 + e)) - y[row]!)
      scores[row] = factor
      slope += factor
    }
    gradient.fill(0)
    addTransposed(x, scores, gradient, 0)
    if (fitIntercept) gradient[columns] = slope
    return loss + addPenalty(point, gradient, columns, penalty)
  }
}

function multinomialObjective({ x, y, classes }: LinearTrainingSet, weights: Float64Array, C: number, fitIntercept: boolean): Objective {
  const { rows, columns } = x
  const total = sumOf(weights)
  const penalty = 1 / (C * total)
  const scores = new Float64Array(rows * classes)
  return (point, gradient) => {
    for (let label = 0; label < classes; label++) {
      multiply(x, point, label * columns, fitIntercept ? point[classes * columns + label]! : 0, scores, label, classes)
    }
    let loss = 0
    gradient.fill(0)
    for (let row = 0; row < rows; row++) {
      const first = row * classes
      const own = scores[first + y[row]!]!
      const { largest, sum } = softmaxInPlace(scores, first, classes)
      const weight = weights[row]! / total
      loss += weight * (largest + log(sum) - own)
      scores[first + y[row]!]! -= 1
      for (let label = 0; label < classes; label++) {
        scores[first + label]! *= weight
        if (fitIntercept) gradient[classes * columns + label]! += scores[first + label]!
      }
    }
    for (let label = 0; label < classes; label++) addTransposed(x, scores, gradient, label * columns, label, classes)
    return loss + addPenalty(point, gradient, classes * columns, penalty)
  }
}

function addPenalty(point: Float64Array, gradient: Float64Array, count: number, penalty: number): number {
  let squares = 0
  for (let at = 0; at < count; at++) {
    squares += point[at]! * point[at]!
    gradient[at]! += penalty * point[at]!
  }
  return 0.5 * penalty * squares
}

function sumOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
