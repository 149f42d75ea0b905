// One number that makes the probabilities of any number of classes as sure as they are right: softmax(scores / temperature), which
// changes no ranking. Guo, Pleiss, Sun & Weinberger 2017, On Calibration of Modern Neural Networks, section 4.2.
import { TandemError } from '../../errors.ts'
import { softmaxInPlace } from '../linear/linear-model.ts'
import { exp, log } from '../math/exponential.ts'
import { checkClassCodes, checkColumns, checkRows, type Numbers } from '../metrics/input-checks.ts'

/** Plain data: stands in a model's header as it is. */
export interface TemperatureScaling {
  readonly kind: 'temperature'
  /** Above 1 for a model that is too sure. */
  readonly temperature: number
}

/** A probability of 0 would be a score of minus infinity. */
const SMALLEST = 1e-12
/** The search stays between 1/32 and 32: beyond, the rows say only "fully sure" or "not at all". */
const WIDEST = 32
const STEPS = 60

/**
 * Learns the temperature that makes the outcomes most likely.
 *
 * Cost: 60 passes over rows x classes; the loss is convex in 1 / temperature, so its slope is bisected.
 *
 * @param yTrue  class codes of rows the model did not learn from.
 * @param proba  its probabilities, row-major, rows x classes.
 * @throws   `shape_mismatch` when lengths differ or a code has no column; `too_few_rows` without rows; `invalid_input` for a probability
 *           outside 0..1.
 * @example
 * const scaling = fitTemperature([0, 1, 1], [0.99, 0.01, 0.6, 0.4, 0.05, 0.95])
 * applyTemperature(scaling, [0.9, 0.1])
 */
export function fitTemperature(yTrue: Numbers, proba: Numbers): TemperatureScaling {
  const rows = checkRows('yTrue', yTrue, 'the rows of proba', { length: proba.length === 0 ? 0 : yTrue.length })
  const classes = checkColumns(rows, proba)
  checkClassCodes(yTrue, classes)
  const scores = logarithms(proba)
  let low = log(1 / WIDEST)
  let high = log(WIDEST)
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2
    // The slope rises with 1 / temperature: above 0 the model is too sure.
    if (slope(scores, yTrue, classes, exp(middle)) > 0) high = middle
    else low = middle
  }
  return { kind: 'temperature', temperature: exp(-(low + high) / 2) }
}

/** The calibrated probabilities of one row. @throws `invalid_input` for a probability outside 0..1. */
export function applyTemperature({ temperature }: TemperatureScaling, proba: Numbers): Float64Array {
  const scores = logarithms(proba).map((score) => score / temperature)
  softmaxInPlace(scores, 0, scores.length)
  return scores
}

function logarithms(proba: Numbers): Float64Array {
  return Float64Array.from({ length: proba.length }, (_, at) => {
    const p = proba[at]!
    if (p >= 0 && p <= 1) return log(Math.max(SMALLEST, p))
    throw new TandemError('invalid_input', `Probability ${at} is ${p}. It must lie in 0..1. Pass probabilities, not scores.`)
  })
}

/** Derivative of the mean log loss by the factor on the scores: what softmax expects of them, less the score of the true class. */
function slope(scores: Float64Array, yTrue: Numbers, classes: number, factor: number): number {
  const row = new Float64Array(classes)
  let sum = 0
  for (let at = 0; at < yTrue.length; at++) {
    for (let code = 0; code < classes; code++) row[code] = scores[at * classes + code]! * factor
    softmaxInPlace(row, 0, classes)
    for (let code = 0; code < classes; code++) sum += row[code]! * scores[at * classes + code]!
    sum -= scores[at * classes + yTrue[at]!]!
  }
  return sum / yTrue.length
}
