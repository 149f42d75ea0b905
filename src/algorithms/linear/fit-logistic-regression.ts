// Logistic regression, binary and multinomial: Newton-CG with an L2 penalty, OWL-QN where L1 takes part. The objective is scikit-learn's,
// scaled as there by the sum of weights, so C, l1Ratio and the tolerance mean the same:
// mean loss + (l1Ratio |w|_1 + (1 - l1Ratio) |w|^2 / 2) / (C sum(weights)); the intercept is not penalised.
import { TandemError } from '../../errors.ts'
import { finiteModel } from './finite-model.ts'
import { minimizeByPart, partForGuess } from './first-guess.ts'
import type { LinearModel } from './linear-model.ts'
import { type CurvedObjective, minimizeNewtonCg } from './minimize-newton-cg.ts'
import { minimizeOwlqn } from './minimize-owlqn.ts'
import type { Minimum } from './minimum.ts'
import { createScoredRows } from './row-objective.ts'
import { softmaxObjective } from './softmax-objective.ts'
import { type ClassWeight, checkedWeights, type LinearTrainingSet, sumOf } from './training-targets.ts'

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
  const objectiveOf = (rows: LinearTrainingSet, rowWeights: Float64Array): Sized =>
    sized(rows, rowWeights, (1 - l1Ratio) * strength, fitIntercept)
  const part = partForGuess(set.x, set.y, weights)
  const guess = part === undefined ? undefined : objectiveOf({ ...part, classes: set.classes }, part.weights)
  const full = objectiveOf(set, weights)
  const { lanes } = full
  const start = new Float64Array(full.size)
  const search = { tolerance, maxIterations, onIteration }
  const found = (): Minimum => {
    if (l1Ratio === 0) return guess === undefined ? minimizeNewtonCg(full, start, search) : minimizeByPart(full, guess, start, search)
    const penalty = { l1: l1Ratio * strength, penalized: lanes * nFeatures }
    const near = guess === undefined ? start : minimizeOwlqn(guess.evaluate, start, { ...search, ...penalty }).point
    return minimizeOwlqn(full.evaluate, near, { ...search, ...penalty })
  }
  const { point, iterations, converged } = found()
  const intercepts = fitIntercept ? point.slice(lanes * nFeatures, lanes * nFeatures + outputs) : new Float64Array(outputs)
  const model: LinearModel = {
    kind: 'logistic-regression',
    nFeatures,
    nClasses: set.classes,
    coefficients: byOutput(point, nFeatures, outputs, lanes),
    intercepts: fitIntercept ? centered(intercepts) : intercepts,
    nIterations: iterations,
    converged,
  }
  return finiteModel(model, set.x, set.y)
}

type Sized = CurvedObjective & { readonly lanes: number; readonly size: number }

/** Two classes have one score a row, more have one each. */
function sized(set: LinearTrainingSet, weights: Float64Array, l2: number, fitIntercept: boolean): Sized {
  if (set.classes > 2) return softmaxObjective(set, weights, l2, fitIntercept)
  const objective = createScoredRows(set.x, weights).objective('logistic', set.y, l2, fitIntercept)
  return { ...objective, lanes: 1, size: set.x.columns + (fitIntercept ? 1 : 0) }
}

/** From the numbers of each column to those of each output. */
function byOutput(point: Float64Array, columns: number, outputs: number, lanes: number): Float64Array {
  const coefficients = new Float64Array(outputs * columns)
  for (let output = 0; output < outputs; output++) {
    for (let column = 0; column < columns; column++) coefficients[output * columns + column] = point[column * lanes + output]!
  }
  return coefficients
}

/** The intercepts of several classes may all move by one number without a change in any probability; their mean is set to 0. */
function centered(intercepts: Float64Array): Float64Array {
  if (intercepts.length === 1) return intercepts
  const mean = sumOf(intercepts) / intercepts.length
  return intercepts.map((value) => value - mean)
}
