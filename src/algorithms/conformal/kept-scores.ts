// Calibration scores kept for any coverage that may be asked for later, in bounded room: of many scores some order statistics.
import { TandemError } from '../../errors.ts'
import type { Numbers } from '../metrics/input-checks.ts'
import { checkCoverage } from './conformal-quantile.ts'

/** Plain data: stands in a model's header as it is. */
export interface KeptScores {
  /** Calibration rows, of which the scores were taken. */
  readonly rows: number
  /** Rising. All of them, or as many order statistics, evenly spaced up to the largest. */
  readonly scores: readonly number[]
}

/** At most this part, 1 in 1,000, more is promised than asked for. */
const MOST_KEPT = 1000

/**
 * Cost: O(rows log rows).
 *
 * @param scores  how strange each row is that the model did not learn from; larger is stranger.
 * @throws   `too_few_rows` without rows; `invalid_input` for a score that is not finite.
 */
export function keepScores(scores: Numbers, most: number = MOST_KEPT): KeptScores {
  const rows = scores.length
  if (rows === 0) throw new TandemError('too_few_rows', 'There are 0 calibration rows. Hold some out that the model does not learn from.')
  const sorted = Float64Array.from(scores).sort()
  // NaN is sorted to the end, infinities to either.
  if (!Number.isFinite(sorted[0]!) || !Number.isFinite(sorted[rows - 1]!)) {
    throw new TandemError('invalid_input', 'A calibration score is not a finite number. Leave its row out.')
  }
  const kept = Math.min(rows, most)
  return { rows, scores: Array.from({ length: kept }, (_, at) => roundedUp(sorted[rankAt(at, kept, rows) - 1]!)) }
}

/**
 * The score that a new row stays below with at least the given probability; see `conformalQuantile`, which this equals up to the scores
 * that were not kept (then it is the next larger one that was).
 *
 * @returns  Infinity when the rows are too few for the promise.
 * @throws   `invalid_input` for a coverage outside 0..1.
 */
export function keptQuantile({ rows, scores }: KeptScores, coverage: number): number {
  checkCoverage(coverage)
  const rank = Math.ceil((rows + 1) * coverage - 1e-9)
  if (rank > rows) return Number.POSITIVE_INFINITY
  const kept = scores.length
  let at = Math.max(0, Math.ceil((rank * kept) / rows) - 1)
  while (at > 0 && rankAt(at - 1, kept, rows) >= rank) at--
  while (rankAt(at, kept, rows) < rank) at++
  return scores[at]!
}

/** The largest coverage that so many rows can promise. */
export function highestCoverage({ rows }: KeptScores): number {
  return rows / (rows + 1)
}

/** Rank, from 1, of the score at a place of those kept; the last is the largest of all. */
function rankAt(at: number, kept: number, rows: number): number {
  return Math.ceil(((at + 1) * rows) / kept)
}

/** Nine digits, never below the score: a promise may only grow. */
function roundedUp(score: number): number {
  const short = Number(score.toPrecision(9))
  return short >= score ? short : score
}
