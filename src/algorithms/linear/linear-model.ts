// A fitted linear model, and what can be asked of it.
import { TandemError } from '../../errors.ts'
import { exp, sigmoid } from '../math/exponential.ts'
import { type FeatureMatrix, multiply } from './feature-matrix.ts'

export interface LinearModel {
  readonly kind: 'logistic-regression' | 'linear-svm' | 'linear-regression' | 'ridge' | 'elastic-net'
  readonly nFeatures: number
  /** 0 for regression. */
  readonly nClasses: number
  /** Shape (outputs, nFeatures), row-major. One output for regression and two classes (towards class 1), else one a class. */
  readonly coefficients: Float64Array
  /** One an output. */
  readonly intercepts: Float64Array
  /** Passes the solver made; 0 for a closed form. */
  readonly nIterations: number
  readonly converged: boolean
}

/**
 * Scores before any link function; for regression the predictions.
 *
 * @returns  shape (rows, outputs), row-major.
 * @throws   `shape_mismatch` when x has other columns than the model.
 */
export function decisionFunction(model: LinearModel, x: FeatureMatrix): Float64Array {
  if (x.columns !== model.nFeatures) {
    throw new TandemError('shape_mismatch', `x has ${x.columns} columns, but the model was fitted on ${model.nFeatures}.`)
  }
  const outputs = model.intercepts.length
  const scores = new Float64Array(x.rows * outputs)
  for (let output = 0; output < outputs; output++) {
    multiply(x, model.coefficients, output * model.nFeatures, model.intercepts[output]!, scores, output, outputs)
  }
  return scores
}

/**
 * Probabilities of a logistic regression.
 *
 * @returns  shape (rows, classes), row-major; rows sum to 1.
 * @throws   `invalid_input` for a model that has no probabilities; `shape_mismatch`.
 */
export function predictLinearProba(model: LinearModel, x: FeatureMatrix): Float64Array {
  if (model.kind !== 'logistic-regression') {
    throw new TandemError(
      'invalid_input',
      `A ${model.kind} has no probabilities. Use decisionFunction, calibrate its scores, or fit a logistic regression.`,
    )
  }
  const scores = decisionFunction(model, x)
  const { nClasses } = model
  if (nClasses > 2) {
    for (let row = 0; row < x.rows; row++) softmaxInPlace(scores, row * nClasses, nClasses)
    return scores
  }
  const pairs = new Float64Array(x.rows * 2)
  for (let row = 0; row < x.rows; row++) {
    const positive = sigmoid(scores[row]!)
    pairs[row * 2] = 1 - positive
    pairs[row * 2 + 1] = positive
  }
  return pairs
}

/** The class of each row, or the number for regression. */
export function predictLinear(model: LinearModel, x: FeatureMatrix): Float64Array {
  const scores = decisionFunction(model, x)
  if (model.nClasses === 0) return scores
  const outputs = model.intercepts.length
  return Float64Array.from({ length: x.rows }, (_, row) => {
    if (outputs === 1) return scores[row]! > 0 ? 1 : 0
    let best = 0
    for (let output = 1; output < outputs; output++) if (scores[row * outputs + output]! > scores[row * outputs + best]!) best = output
    return best
  })
}

/** Turns `count` scores from `first` into probabilities; returns ln of the sum of their exponentials. */
export function softmaxInPlace(scores: Float64Array, first: number, count: number): { readonly largest: number; readonly sum: number } {
  let largest = Number.NEGATIVE_INFINITY
  for (let at = first; at < first + count; at++) if (scores[at]! > largest) largest = scores[at]!
  let sum = 0
  for (let at = first; at < first + count; at++) {
    scores[at] = exp(scores[at]! - largest)
    sum += scores[at]!
  }
  for (let at = first; at < first + count; at++) scores[at]! /= sum
  return { largest, sum }
}
