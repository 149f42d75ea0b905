// How good probabilities are: log loss, Brier loss, expected calibration error (Guo et al. 2017), reliability curve.
import { TandemError } from '../../errors.ts'
import { checkClassCodes, checkColumns, checkRows, type Numbers, type WeightOption } from './input-checks.ts'

/** Probabilities are kept this far from 0 and 1, so that one sure error costs 36, not infinity; the same as scikit-learn for doubles. */
const EPSILON = 2 ** -52

/**
 * Mean negative logarithm of the probability given to the true class.
 *
 * @param yTrue  class codes, length rows.
 * @param proba  row-major rows x classes, or for two classes the probability of class 1, length rows.
 * @throws   `shape_mismatch` when lengths differ or a code has no column; `invalid_input` for a probability outside 0..1.
 * @see      scikit-learn log_loss.
 */
export function logLoss(yTrue: Numbers, proba: Numbers, { sampleWeight }: WeightOption = {}): number {
  const losses = logLossPerRow(yTrue, proba)
  checkRows('yTrue', yTrue, 'proba', losses, sampleWeight)
  return weightedMean(losses, sampleWeight)
}

/** The log loss of each row; two versions' losses on the same rows are what `pairedDifference` compares. */
export function logLossPerRow(yTrue: Numbers, proba: Numbers): Float64Array {
  const rows = checkRows('yTrue', yTrue, 'the rows of proba', { length: yTrue.length })
  const single = proba.length === rows
  const columns = single ? 2 : checkColumns(rows, proba)
  checkClassCodes(yTrue, columns)
  const losses = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const code = yTrue[row]!
    const given = checkProbability(single ? proba[row]! : proba[row * columns + code]!, row)
    const p = single && code === 0 ? 1 - given : given
    losses[row] = -Math.log(Math.min(Math.max(p, EPSILON), 1 - EPSILON))
  }
  return losses
}

/**
 * Mean squared difference between the probability of class 1 and what happened (0 or 1).
 *
 * @throws   `shape_mismatch` when lengths differ; `invalid_input` for a probability outside 0..1.
 * @see      Brier 1950; scikit-learn brier_score_loss.
 */
export function brierLoss(yTrue: Numbers, proba: Numbers, { sampleWeight }: WeightOption = {}): number {
  const rows = checkRows('yTrue', yTrue, 'proba', proba, sampleWeight)
  const losses = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const error = checkProbability(proba[row]!, row) - (yTrue[row] === 1 ? 1 : 0)
    losses[row] = error * error
  }
  return weightedMean(losses, sampleWeight)
}

export interface BinOptions extends WeightOption {
  readonly bins?: number
  /** `uniform`: bins of one width; `quantile`: bins of as many rows. */
  readonly strategy?: 'uniform' | 'quantile'
}

export interface ReliabilityCurve {
  /** Mean score of each bin that holds rows. */
  readonly predicted: Float64Array
  /** Share of positives in it. */
  readonly observed: Float64Array
  /** Weight of its rows. */
  readonly weight: Float64Array
}

/**
 * Mean score against the share of positives, by bins of the score.
 *
 * @param outcomes  1 when it happened, else 0; length rows.
 * @param scores    probabilities 0..1, length rows.
 * @throws   `shape_mismatch` when lengths differ; `invalid_input` for a score outside 0..1 or bins < 1.
 * @see      scikit-learn calibration_curve; a score on an edge belongs to the lower bin.
 */
export function reliabilityCurve(outcomes: Numbers, scores: Numbers, options: BinOptions = {}): ReliabilityCurve {
  const { bins = 10, strategy = 'uniform', sampleWeight } = options
  const rows = checkRows('outcomes', outcomes, 'scores', scores, sampleWeight)
  if (!Number.isInteger(bins) || bins < 1 || bins > 10_000) {
    throw new TandemError('invalid_input', `bins is ${bins}. A curve has 1 to 10000 bins. Pass a whole number in that range.`)
  }
  const edges = strategy === 'uniform' ? uniformEdges(bins) : quantileEdges(scores, bins)
  const predicted = new Float64Array(bins)
  const observed = new Float64Array(bins)
  const weight = new Float64Array(bins)
  for (let row = 0; row < rows; row++) {
    const w = sampleWeight === undefined ? 1 : sampleWeight[row]!
    const bin = binOf(edges, scores[row]!)
    predicted[bin]! += w * checkProbability(scores[row]!, row)
    observed[bin]! += outcomes[row] === 1 ? w : 0
    weight[bin]! += w
  }
  const filled = [...weight.keys()].filter((bin) => weight[bin]! > 0)
  return {
    predicted: Float64Array.from(filled, (bin) => predicted[bin]! / weight[bin]!),
    observed: Float64Array.from(filled, (bin) => observed[bin]! / weight[bin]!),
    weight: Float64Array.from(filled, (bin) => weight[bin]!),
  }
}

/**
 * Mean distance between score and share of positives over the bins, by the rows in each.
 *
 * @see      Guo et al. 2017, On Calibration of Modern Neural Networks, eq. 3; 15 bins as there.
 */
export function expectedCalibrationError(outcomes: Numbers, scores: Numbers, { bins = 15, ...options }: BinOptions = {}): number {
  const { predicted, observed, weight } = reliabilityCurve(outcomes, scores, { bins, ...options })
  let total = 0
  let error = 0
  for (let bin = 0; bin < weight.length; bin++) {
    total += weight[bin]!
    error += weight[bin]! * Math.abs(predicted[bin]! - observed[bin]!)
  }
  return error / total
}

/** Sums of leaf values may pass 0 or 1 by rounding; farther out it is not a probability. */
function checkProbability(p: number, row: number): number {
  if (p >= 0 && p <= 1) return p
  if (p > -1e-6 && p < 1 + 1e-6) return p < 0 ? 0 : 1
  throw new TandemError(
    'invalid_input',
    `The probability of row ${row} is ${p}. Probabilities lie in 0..1. Pass probabilities, not raw scores.`,
    {
      details: { row },
    },
  )
}

function weightedMean(values: Float64Array, weights: Numbers | undefined): number {
  let total = 0
  let sum = 0
  for (let row = 0; row < values.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!
    total += weight
    sum += weight * values[row]!
  }
  return sum / total
}

/** As numpy.linspace rounds them, so that a score on an edge falls into the bin where scikit-learn has it. */
function uniformEdges(bins: number): Float64Array {
  const width = 1 / bins
  return Float64Array.from({ length: bins - 1 }, (_, edge) => (edge + 1) * width)
}

/** Inner edges at the quantiles, interpolated linearly between neighbours as numpy.percentile does. */
function quantileEdges(scores: Numbers, bins: number): Float64Array {
  const sorted = Float64Array.from(scores).sort()
  return Float64Array.from({ length: bins - 1 }, (_, edge) => {
    const place = ((edge + 1) / bins) * (sorted.length - 1)
    const low = Math.floor(place)
    const share = place - low
    const below = sorted[low]!
    const above = sorted[Math.min(low + 1, sorted.length - 1)]!
    return below + (above - below) * share
  })
}

/** The number of inner edges below the score. */
function binOf(edges: Float64Array, score: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (edges[middle]! < score) low = middle + 1
    else high = middle
  }
  return low
}
