// Logistic regression, binary and multinomial: Newton-CG with an L2 penalty, OWL-QN where L1 takes part. The objective is scikit-learn's,
// scaled as there by the sum of weights, so C, l1Ratio and the tolerance mean the same:
// mean loss + (l1Ratio |w|_1 + (1 - l1Ratio) |w|^2 / 2) / (C sum(weights)); the intercept is not penalised.
import { TandemError } from '../../errors.ts'
import { minimizeByPart, partForGuess } from './first-guess.ts'
import type { LinearModel } from './linear-model.ts'
import { logisticObjective, sumOf } from './logistic-objective.ts'
import { type CurvedObjective, minimizeNewtonCg } from './minimize-newton-cg.ts'
import { minimizeOwlqn } from './minimize-owlqn.ts'
import type { Minimum } from './minimum.ts'
import { type ClassWeight, checkedWeights, type LinearTrainingSet } from './training-targets.ts'

export interface LogisticRegressionOptions {
  /** Inverse strength of the penalty, > 0. Default 1. */
  readonly C?: number
  /** Share of the penalty that is L1 and sets coefficients to exactly 0: 0 is L2 alone, 1 is L1 alone. Default 0. */
  readonly l1Ratio?: number
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
 * Logistic regression with an L2, L1 or mixed penalty.
 *
 * Scale features to about the same size first. Cost: O(entries x classes) time an iteration; 21 doubles a coefficient.
 *
 * @param set  classes >= 2; x dense or sparse, finite.
 * @returns  a model for `predictLinearProba`; `converged` is false when `maxIterations` ended it.
 * @throws   `too_few_classes`, `shape_mismatch`, `invalid_input`.
 * @see      Nocedal and Wright 2006, chapter 7; Andrew and Gao 2007 for L1.
 * @example
 * const { vectorizer, matrix } = fitTfidfVectorizer(reviews)
 * const model = fitLogisticRegression({ x: matrix, y: stars, classes: 2 })
 * predictLinearProba(model, vectorizer.transform(['great shoes']))
 */
export function fitLogisticRegression(set: LinearTrainingSet, options: LogisticRegressionOptions = {}): LinearModel {
  const { C = 1, l1Ratio = 0, fitIntercept = true, tolerance = 1e-4, maxIterations = 100, onIteration, classWeight } = options
  if (!(C > 0 && Number.isFinite(C)) || !(l1Ratio >= 0 && l1Ratio <= 1)) {
    throw new TandemError(
      'invalid_input',
      `C is ${C} and l1Ratio ${l1Ratio}. C is a finite number above 0 (smaller means a stronger penalty), l1Ratio lies from 0 to 1.`,
    )
  }
  if (!(Number.isInteger(set.classes) && set.classes >= 2)) {
    throw new TandemError(
      'too_few_classes',
      `classes is ${set.classes}; a classifier needs at least 2. For numbers use a linear regression.`,
    )
  }
  const weights = checkedWeights(set, classWeight)
  const nFeatures = set.x.columns
  const outputs = set.classes === 2 ? 1 : set.classes
  const strength = 1 / (C * sumOf(weights))
  const l2 = (1 - l1Ratio) * strength
  const search = { tolerance, maxIterations, onIteration }
  const objectiveOf = (rows: LinearTrainingSet, rowWeights: Float64Array): CurvedObjective =>
    logisticObjective(rows, rowWeights, l2, fitIntercept)
  const start = new Float64Array(outputs * (nFeatures + (fitIntercept ? 1 : 0)))
  const part = partForGuess(set.x, set.y, weights)
  const guess = part === undefined ? undefined : objectiveOf({ ...part, classes: set.classes }, part.weights)
  const full = objectiveOf(set, weights)
  const found = (): Minimum => {
    if (l1Ratio === 0) return guess === undefined ? minimizeNewtonCg(full, start, search) : minimizeByPart(full, guess, start, search)
    const penalty = { l1: l1Ratio * strength, penalized: outputs * nFeatures }
    const near = guess === undefined ? start : minimizeOwlqn(guess.evaluate, start, { ...search, ...penalty }).point
    return minimizeOwlqn(full.evaluate, near, { ...search, ...penalty })
  }
  const { point, iterations, converged } = found()
  return {
    kind: 'logistic-regression',
    nFeatures,
    nClasses: set.classes,
    coefficients: point.slice(0, outputs * nFeatures),
    intercepts: fitIntercept ? centered(point.slice(outputs * nFeatures)) : new Float64Array(outputs),
    nIterations: iterations,
    converged,
  }
}

/** The intercepts of several classes may all move by one number without a change in any probability; their mean is set to 0. */
function centered(intercepts: Float64Array): Float64Array {
  if (intercepts.length === 1) return intercepts
  const mean = sumOf(intercepts) / intercepts.length
  return intercepts.map((value) => value - mean)
}
