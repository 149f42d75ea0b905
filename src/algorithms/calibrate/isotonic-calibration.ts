// Isotonic regression: the rising step curve nearest to the outcomes, by pooling adjacent violators (Ayer et al. 1955;
// Zadrozny & Elkan 2002 for calibration). Between its corners the curve is drawn straight, as scikit-learn does.
import { TandemError } from '../../errors.ts'
import { checkRows, type Numbers, type WeightOption } from '../metrics/input-checks.ts'

/** Plain data: stands in a model's header as it is. */
export interface IsotonicCalibration {
  readonly kind: 'isotonic'
  /** Scores of the corners, rising. */
  readonly x: readonly number[]
  /** Value at each corner, never falling. */
  readonly y: readonly number[]
}

/**
 * Learns the curve. Needs some hundred rows; with fewer the sigmoid is better.
 *
 * @param scores    finite numbers, length rows.
 * @param outcomes  1 when it came true, else 0 (or any number to be regressed), length rows.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for a value that is not finite.
 * @see      scikit-learn IsotonicRegression(out_of_bounds="clip"). Cost: O(rows log rows).
 */
export function fitIsotonicCalibration(scores: Numbers, outcomes: Numbers, { sampleWeight }: WeightOption = {}): IsotonicCalibration {
  checkRows('scores', scores, 'outcomes', outcomes, sampleWeight)
  const { x, y, weight } = distinctScores(scores, outcomes, sampleWeight)
  const fitted = poolViolators(y, weight)
  // Inside a flat stretch only its ends are corners.
  const corners = [...x.keys()].filter(
    (at) => at === 0 || at === x.length - 1 || fitted[at] !== fitted[at - 1] || fitted[at] !== fitted[at + 1],
  )
  return { kind: 'isotonic', x: corners.map((at) => x[at]!), y: corners.map((at) => fitted[at]!) }
}

/** The calibrated value of a score; outside the scores seen, that of the nearest end. */
export function applyIsotonicCalibration({ x, y }: IsotonicCalibration, score: number): number {
  let low = 0
  let high = x.length - 1
  if (!(score > x[0]!)) return y[0]!
  if (score >= x[high]!) return y[high]!
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (x[middle]! <= score) low = middle
    else high = middle
  }
  return y[low]! + ((y[high]! - y[low]!) * (score - x[low]!)) / (x[high]! - x[low]!)
}

interface Points {
  readonly x: number[]
  readonly y: number[]
  readonly weight: number[]
}

/** Sums of the leaves of trees that are one number differ by this; scikit-learn joins such scores too. */
const ROUNDING = 1e-15

function distinctScores(scores: Numbers, outcomes: Numbers, sampleWeight: Numbers | undefined): Points {
  for (let row = 0; row < scores.length; row++) {
    if (!Number.isFinite(scores[row]!) || !Number.isFinite(outcomes[row]!)) {
      throw new TandemError(
        'invalid_input',
        `Row ${row} has score ${scores[row]} and outcome ${outcomes[row]}. Both must be finite numbers. Leave the row out or correct it.`,
        { details: { row } },
      )
    }
  }
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => scores[a]! - scores[b]! || a - b)
  const points: Points = { x: [], y: [], weight: [] }
  for (const row of order) {
    const weight = sampleWeight === undefined ? 1 : sampleWeight[row]!
    if (weight === 0) continue
    const last = points.x.length - 1
    if (last >= 0 && scores[row]! - points.x[last]! < ROUNDING) {
      points.y[last]! += weight * outcomes[row]!
      points.weight[last]! += weight
    } else {
      points.x.push(scores[row]!)
      points.y.push(weight * outcomes[row]!)
      points.weight.push(weight)
    }
  }
  for (let at = 0; at < points.x.length; at++) points.y[at]! /= points.weight[at]!
  return points
}

/** Joins neighbours that fall into their weighted mean until none does. */
function poolViolators(y: readonly number[], weight: readonly number[]): Float64Array {
  const sums: number[] = []
  const weights: number[] = []
  const sizes: number[] = []
  for (let at = 0; at < y.length; at++) {
    sums.push(y[at]! * weight[at]!)
    weights.push(weight[at]!)
    sizes.push(1)
    while (sums.length > 1 && sums.at(-2)! / weights.at(-2)! >= sums.at(-1)! / weights.at(-1)!) {
      const sum = sums.pop()!
      const total = weights.pop()!
      const size = sizes.pop()!
      sums[sums.length - 1]! += sum
      weights[weights.length - 1]! += total
      sizes[sizes.length - 1]! += size
    }
  }
  const fitted = new Float64Array(y.length)
  let at = 0
  for (let block = 0; block < sums.length; block++) {
    fitted.fill(sums[block]! / weights[block]!, at, at + sizes[block]!)
    at += sizes[block]!
  }
  return fitted
}
