// The one number behind every split-conformal promise: a quantile of calibration scores, one row stricter than the plain one.
// Vovk, Gammerman & Shafer 2005; Angelopoulos & Bates 2023, A Gentle Introduction to Conformal Prediction, section 1.
import { TandemError } from '../../errors.ts'
import type { Numbers } from '../metrics/input-checks.ts'

/**
 * The k-th smallest score, k = ceil((rows + 1) coverage): the score of a new row is at most this with at least the given probability,
 * because it is one of rows + 1 that are alike. Infinity when the rows are too few for the promise (fewer than coverage / (1 - coverage)).
 *
 * Cost: O(rows log rows).
 *
 * @param scores    how strange each row is that the model did not learn from; larger is stranger.
 * @param coverage  between 0 and 1, such as 0.9.
 * @throws   `too_few_rows` without rows; `invalid_input` for a coverage outside 0..1 or a score that is not finite.
 */
export function conformalQuantile(scores: Numbers, coverage: number): number {
  checkCoverage(coverage)
  const rows = scores.length
  if (rows === 0) {
    throw new TandemError('too_few_rows', 'There are 0 calibration rows. A promise needs rows the model did not learn from. Hold some out.')
  }
  const sorted = Float64Array.from({ length: rows }, (_, row) => {
    const score = scores[row]!
    if (Number.isFinite(score)) return score
    throw new TandemError('invalid_input', `The score of row ${row} is ${score}. It must be a finite number. Leave the row out.`, {
      details: { row },
    })
  }).sort()
  // 0.9 * 10 is 9.000000000000002 in doubles and would round up to a row too many.
  const rank = Math.ceil((rows + 1) * coverage - 1e-9)
  return rank > rows ? Number.POSITIVE_INFINITY : sorted[rank - 1]!
}

/** @throws `invalid_input` for a coverage outside 0..1. */
export function checkCoverage(coverage: number): void {
  if (coverage > 0 && coverage < 1) return
  throw new TandemError('invalid_input', `coverage is ${coverage}. It is a share between 0 and 1. Pass for example 0.9.`)
}

/** The quantile of each group, in the order of their codes; null where the rows are too few for the promise, also where there are none. */
export function quantilesByGroup(scores: Numbers, groups: Numbers, count: number, coverage: number): (number | null)[] {
  const members: number[][] = Array.from({ length: count }, () => [])
  for (let row = 0; row < scores.length; row++) members[groups[row]!]!.push(scores[row]!)
  return members.map((own) => (own.length === 0 ? null : orNull(conformalQuantile(own, coverage))))
}

/** JSON knows no Infinity: null stands for it. */
export function orNull(quantile: number): number | null {
  return Number.isFinite(quantile) ? quantile : null
}
