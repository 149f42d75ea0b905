// Platt scaling: a logistic curve from a score to the share of cases that came true. p = 1 / (1 + exp(a f + b)).
// Platt 1999, Probabilistic Outputs for Support Vector Machines; Newton's method with backtracking and the smoothed targets
// (N+ + 1) / (N+ + 2) and 1 / (N- + 2) after Lin, Lin & Weng 2007, A Note on Platt's Probabilistic Outputs, algorithm 1.
import { TandemError } from '../../errors.ts'
import { exp, sigmoid } from '../math/exponential.ts'
import { checkRows, type Numbers, type WeightOption } from '../metrics/input-checks.ts'

/** Plain data: stands in a model's header as it is. */
export interface SigmoidCalibration {
  readonly kind: 'sigmoid'
  /** What f is: the score itself, or its log-odds ln(s / (1 - s)). */
  readonly input: 'score' | 'logit'
  /** Never above 0: a higher score never gives a lower probability. */
  readonly a: number
  readonly b: number
}

export interface SigmoidCalibrationOptions extends WeightOption {
  readonly input?: 'score' | 'logit'
}

/** A forest is often fully sure; log-odds stop at this probability, or one such row would rule the curve. */
const SURE = 1e-6
const MAX_ITERATIONS = 100
/** Keeps the Hessian positive (Lin et al., sigma). */
const RIDGE = 1e-12

interface Fit {
  readonly f: Float64Array
  readonly target: Float64Array
  readonly weight: Float64Array
}

/**
 * Learns the curve.
 *
 * @param scores    probability of the predicted class, 0..1 (any finite number with `input: 'score'`), length rows.
 * @param outcomes  1 when it was right, else 0; length rows.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for a score that does not fit.
 * Only rows that disagree carry information: with all right or all wrong the curve is the smoothed share itself.
 */
export function fitSigmoidCalibration(
  scores: Numbers,
  outcomes: Numbers,
  { input = 'logit', sampleWeight }: SigmoidCalibrationOptions = {},
): SigmoidCalibration {
  const rows = checkRows('scores', scores, 'outcomes', outcomes, sampleWeight)
  const weight = Float64Array.from({ length: rows }, (_, row) => (sampleWeight === undefined ? 1 : sampleWeight[row]!))
  let right = 0
  let wrong = 0
  for (let row = 0; row < rows; row++) {
    if (outcomes[row] === 1) right += weight[row]!
    else wrong += weight[row]!
  }
  const f = Float64Array.from({ length: rows }, (_, row) => featureOf(scores[row]!, input, row))
  const target = Float64Array.from({ length: rows }, (_, row) => (outcomes[row] === 1 ? (right + 1) / (right + 2) : 1 / (wrong + 2)))
  const start = Math.log((wrong + 1) / (right + 1))
  const spread = f.some((value) => value !== f[0])
  const [a, b] = spread && right > 0 && wrong > 0 ? newton({ f, target, weight }, 0, start) : [0, start]
  // A score that ranks backwards on these rows says nothing: the share of right rows is the honest answer.
  return a <= 0 ? { kind: 'sigmoid', input, a, b } : { kind: 'sigmoid', input, a: 0, b: start }
}

/** The calibrated probability of a score. */
export function applySigmoidCalibration({ input, a, b }: SigmoidCalibration, score: number): number {
  const f = input === 'logit' ? logit(score) : score
  return sigmoid(-(a * f + b))
}

function featureOf(score: number, input: 'score' | 'logit', row: number): number {
  if (!Number.isFinite(score) || (input === 'logit' && !(score >= 0 && score <= 1))) {
    const wanted = input === 'logit' ? 'a probability 0..1' : 'a finite number'
    throw new TandemError(
      'invalid_input',
      `The score of row ${row} is ${score}. Calibration needs ${wanted}. Correct or leave out the row.`,
      {
        details: { row },
      },
    )
  }
  return input === 'logit' ? logit(score) : score
}

function logit(score: number): number {
  const p = Math.min(Math.max(score, SURE), 1 - SURE)
  return Math.log(p / (1 - p))
}

function newton(fit: Fit, startA: number, startB: number): [number, number] {
  let a = startA
  let b = startB
  let loss = lossAt(fit, a, b)
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const { gradientA, gradientB, aa, ab, bb } = derivatives(fit, a, b)
    const determinant = aa * bb - ab * ab
    const stepA = -(bb * gradientA - ab * gradientB) / determinant
    const stepB = -(aa * gradientB - ab * gradientA) / determinant
    const slope = gradientA * stepA + gradientB * stepB
    // So near the minimum the loss no longer tells steps apart, but Newton's step still squares the distance: take it and be done.
    if (-slope < 1e-9 * (1 + loss)) return [a + stepA, b + stepB]
    let length = 1
    let next = lossAt(fit, a + stepA, b + stepB)
    while (!(next <= loss + 1e-4 * length * slope) && length > 1e-10) {
      length /= 2
      next = lossAt(fit, a + length * stepA, b + length * stepB)
    }
    if (!(next < loss)) break
    a += length * stepA
    b += length * stepB
    loss = next
  }
  return [a, b]
}

/** Cross-entropy, written so that neither exponent can overflow. */
function lossAt({ f, target, weight }: Fit, a: number, b: number): number {
  let loss = 0
  for (let row = 0; row < f.length; row++) {
    const z = f[row]! * a + b
    loss += weight[row]! * (z >= 0 ? target[row]! * z + Math.log1p(exp(-z)) : (target[row]! - 1) * z + Math.log1p(exp(z)))
  }
  return loss
}

function derivatives({ f, target, weight }: Fit, a: number, b: number) {
  let gradientA = 0
  let gradientB = 0
  let aa = RIDGE
  let ab = 0
  let bb = RIDGE
  for (let row = 0; row < f.length; row++) {
    const p = sigmoid(-(f[row]! * a + b))
    const error = weight[row]! * (target[row]! - p)
    const curvature = weight[row]! * p * (1 - p)
    gradientA += error * f[row]!
    gradientB += error
    aa += curvature * f[row]! * f[row]!
    ab += curvature * f[row]!
    bb += curvature
  }
  return { gradientA, gradientB, aa, ab, bb }
}
