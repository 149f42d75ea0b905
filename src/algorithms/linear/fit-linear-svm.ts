// Linear support vector machine with the squared hinge loss and an L2 penalty, by Newton-CG; several classes one against the rest.
// Objective of LIBLINEAR's L2-loss SVC (Fan et al. 2008), |w|^2 / 2 + C sum(max(0, 1 - y f(x))^2), but the intercept is not penalised.
import { TandemError } from '../../errors.ts'
import { addTransposed, type FeatureMatrix, multiply } from './feature-matrix.ts'
import { minimizeByPart, partForGuess } from './first-guess.ts'
import type { LinearModel } from './linear-model.ts'
import { addSquaredPenalty, rowCurvature, sumOf } from './logistic-objective.ts'
import { type CurvedObjective, minimizeNewtonCg } from './minimize-newton-cg.ts'
import { type ClassWeight, checkedWeights, type LinearTrainingSet } from './training-targets.ts'

export interface LinearSvmOptions {
  /** Inverse strength of the penalty, > 0. Default 1. */
  readonly C?: number
  readonly fitIntercept?: boolean
  readonly classWeight?: ClassWeight
  /** Largest component of the gradient of the mean loss at the end. Default 1e-4. */
  readonly tolerance?: number
  /** Default 1000. */
  readonly maxIterations?: number
  readonly onIteration?: (iteration: number) => void
}

/**
 * Linear SVM for two or more classes. It has scores, not probabilities: calibrate `decisionFunction` when those are needed.
 *
 * Scale features to about the same size first. Cost: O(entries x classes) time an iteration.
 *
 * @throws   `too_few_classes`, `shape_mismatch`, `invalid_input`.
 * @see      Fan et al. 2008, LIBLINEAR.
 */
export function fitLinearSvm(set: LinearTrainingSet, options: LinearSvmOptions = {}): LinearModel {
  const { C = 1, fitIntercept = true, classWeight, tolerance = 1e-4, maxIterations = 1000, onIteration } = options
  if (!(C > 0 && Number.isFinite(C))) throw new TandemError('invalid_input', `C is ${C}; it is a finite number above 0.`)
  if (!(Number.isInteger(set.classes) && set.classes >= 2)) {
    throw new TandemError('too_few_classes', `classes is ${set.classes}; a classifier needs at least 2.`)
  }
  const weights = checkedWeights(set, classWeight)
  const { columns } = set.x
  const outputs = set.classes === 2 ? 1 : set.classes
  const coefficients = new Float64Array(outputs * columns)
  const intercepts = new Float64Array(outputs)
  const part = partForGuess(set.x, set.y, weights)
  let nIterations = 0
  let converged = true
  for (let output = 0; output < outputs; output++) {
    const positive = outputs === 1 ? 1 : output
    const l2 = 1 / (C * sumOf(weights))
    const origin = new Float64Array(columns + (fitIntercept ? 1 : 0))
    const full = squaredHinge(set.x, signsOf(set.y, positive), weights, l2, fitIntercept)
    const search = { tolerance, maxIterations, onIteration }
    const found =
      part === undefined
        ? minimizeNewtonCg(full, origin, search)
        : minimizeByPart(full, squaredHinge(part.x, signsOf(part.y, positive), part.weights, l2, fitIntercept), origin, search)
    coefficients.set(found.point.subarray(0, columns), output * columns)
    intercepts[output] = found.point[columns] ?? 0
    nIterations = Math.max(nIterations, found.iterations)
    converged &&= found.converged
  }
  return { kind: 'linear-svm', nFeatures: columns, nClasses: set.classes, coefficients, intercepts, nIterations, converged }
}

function squaredHinge(x: FeatureMatrix, signs: Float64Array, weights: Float64Array, l2: number, fitIntercept: boolean): CurvedObjective {
  const { rows, columns } = x
  const total = sumOf(weights)
  const shares = weights.map((weight) => weight / total)
  const scores = new Float64Array(rows)
  const curvatures = new Float64Array(rows)
  return {
    evaluate(point, gradient) {
      multiply(x, point, 0, fitIntercept ? point[columns]! : 0, scores)
      const loss = hingeLosses(scores, signs, shares, curvatures)
      gradient.fill(0)
      addTransposed(x, scores, gradient, 0)
      if (fitIntercept) gradient[columns] = sumOf(scores)
      return loss + addSquaredPenalty(point, gradient, columns, l2)
    },
    ...rowCurvature(x, curvatures, l2, fitIntercept),
  }
}

/** 1 for the class, -1 for any other. */
function signsOf(y: ArrayLike<number>, positive: number): Float64Array {
  return Float64Array.from({ length: y.length }, (_, row) => (y[row] === positive ? 1 : -1))
}

/** Writes the curvature of each row, and into its score the slope of its loss; returns the loss. */
function hingeLosses(scores: Float64Array, signs: Float64Array, shares: Float64Array, curvatures: Float64Array): number {
  let loss = 0
  for (let row = 0; row < scores.length; row++) {
    const margin = Math.max(0, 1 - signs[row]! * scores[row]!)
    const share = shares[row]!
    loss += share * margin * margin
    scores[row] = -2 * share * signs[row]! * margin
    // Rows beyond the margin have none: the generalised Hessian.
    curvatures[row] = margin > 0 ? 2 * share : 0
  }
  return loss
}
