// Beta calibration: p = 1 / (1 + exp(-(a ln s - b ln(1 - s) + c))), the curve that is right when the scores of both outcomes follow beta
// distributions. Unlike the sigmoid it can bend both ways and be the identity (a = b = 1, c = 0), so it does no harm to a score that is
// calibrated already. Kull, Silva Filho & Flach 2017, Beta calibration, algorithm 1.
import { TandemError } from '../../errors.ts'
import { fitLogisticRegression } from '../linear/fit-logistic-regression.ts'
import { log, sigmoid } from '../math/exponential.ts'
import { checkRows, type Numbers, type WeightOption } from '../metrics/input-checks.ts'

/** Plain data: stands in a model's header as it is. */
export interface BetaCalibration {
  readonly kind: 'beta'
  /** How steep the curve is near 0; never below 0, so that a higher score never gives a lower probability. */
  readonly a: number
  /** How steep it is near 1; never below 0. */
  readonly b: number
  readonly c: number
}

/** Scores of exactly 0 and 1 have no logarithm; the distance of betacal. */
const EPSILON = 2 ** -52
/** As good as no penalty, but outcomes that a score separates perfectly still have a finite curve; the number of betacal. */
const NO_PENALTY = 99_999_999_999
const SEARCH = { tolerance: 1e-12, maxIterations: 500 }

/**
 * Learns the curve: a logistic regression on ln s and -ln(1 - s). A coefficient below 0 is set to 0 and the others learned again.
 *
 * With all outcomes equal, or scores that rank backwards, the curve is flat at the share of rows that came true (smoothed by one row of
 * each outcome, so that it is never 0 or 1). Cost: about 10 passes over the rows.
 *
 * @param scores    probabilities 0..1 of rows the model did not learn from, length rows.
 * @param outcomes  1 when it came true, else 0; length rows.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for a score outside 0..1.
 * @see      betacal 1.1.0 BetaCalibration(parameters="abm").
 * @example
 * const curve = fitBetaCalibration([0.1, 0.4, 0.7, 0.9], [0, 1, 0, 1])
 * applyBetaCalibration(curve, 0.8)
 */
export function fitBetaCalibration(scores: Numbers, outcomes: Numbers, { sampleWeight }: WeightOption = {}): BetaCalibration {
  const rows = checkRows('scores', scores, 'outcomes', outcomes, sampleWeight)
  const features = new Float64Array(2 * rows)
  const y = new Uint8Array(rows)
  const weights = Float64Array.from({ length: rows }, (_, row) => (sampleWeight === undefined ? 1 : sampleWeight[row]!))
  const total = [0, 0]
  for (let row = 0; row < rows; row++) {
    const score = scores[row]!
    if (!(score >= 0 && score <= 1)) {
      throw new TandemError('invalid_input', `The score of row ${row} is ${score}. Beta calibration needs probabilities 0..1.`, {
        details: { row },
      })
    }
    features.set(featuresOf(score), 2 * row)
    y[row] = outcomes[row] === 1 ? 1 : 0
    total[y[row]!]! += weights[row]!
  }
  const flat: BetaCalibration = { kind: 'beta', a: 0, b: 0, c: log((total[1]! + 1) / (total[0]! + 1)) }
  if (total[0] === 0 || total[1] === 0) return flat
  const both = learn(features, [0, 1], y, weights)
  if (both.a >= 0 && both.b >= 0) return both
  const one = learn(features, both.a < 0 ? [1] : [0], y, weights)
  return one.a < 0 || one.b < 0 ? flat : one
}

/** The calibrated probability of a score in 0..1. */
export function applyBetaCalibration({ a, b, c }: BetaCalibration, score: number): number {
  const [low, high] = featuresOf(score)
  return sigmoid(a * low + b * high + c)
}

function featuresOf(score: number): [low: number, high: number] {
  const s = Math.min(Math.max(score, EPSILON), 1 - EPSILON)
  return [log(s), -log(1 - s)]
}

function learn(features: Float64Array, used: readonly number[], y: Uint8Array, weights: Float64Array): BetaCalibration {
  const rows = y.length
  const columns = used.length
  const values = Float64Array.from({ length: rows * columns }, (_, at) => features[2 * Math.floor(at / columns) + used[at % columns]!]!)
  const { coefficients, intercepts } = fitLogisticRegression(
    { x: { rows, columns, values }, y, classes: 2, weights },
    { C: NO_PENALTY, ...SEARCH },
  )
  const of = (feature: number): number => (used.includes(feature) ? coefficients[used.indexOf(feature)]! : 0)
  return { kind: 'beta', a: of(0), b: of(1), c: intercepts[0]! }
}
