// Split conformal regression: how far held-out truths lie from their predictions, as half the width of an interval.
// Lei et al. 2018, Distribution-Free Predictive Inference for Regression, algorithm 2.
import { TandemError } from '../../errors.ts'
import type { Numbers } from '../metrics/input-checks.ts'

/**
 * The half-width q for which prediction +- q holds the truth of a new row with at least the given probability.
 *
 * It is the k-th smallest absolute residual, k = ceil((rows + 1) coverage): one row more than the plain quantile, because the new
 * row is one of rows + 1 that are alike. Infinity when the rows are too few to promise that coverage (fewer than coverage / (1 - coverage)).
 *
 * @param residuals  truth - prediction on rows the model did not learn from.
 * @param coverage   between 0 and 1, such as 0.9.
 * @throws   `too_few_rows` without rows; `invalid_input` for a coverage outside 0..1 or a residual that is not finite.
 */
export function residualQuantile(residuals: Numbers, coverage: number): number {
  if (!(coverage > 0 && coverage < 1)) {
    throw new TandemError('invalid_input', `coverage is ${coverage}. It is a share between 0 and 1. Pass for example 0.9.`)
  }
  const rows = residuals.length
  if (rows === 0) {
    throw new TandemError('too_few_rows', 'There are 0 residuals. An interval needs rows the model did not learn from. Hold some out.')
  }
  const sorted = Float64Array.from({ length: rows }, (_, row) => {
    const residual = residuals[row]!
    if (!Number.isFinite(residual)) {
      throw new TandemError('invalid_input', `The residual of row ${row} is ${residual}. It must be a finite number. Leave the row out.`, {
        details: { row },
      })
    }
    return Math.abs(residual)
  }).sort()
  // 0.9 * 10 is 9.000000000000002 in doubles and would round up to a row too many.
  const rank = Math.ceil((rows + 1) * coverage - 1e-9)
  return rank > rows ? Number.POSITIVE_INFINITY : sorted[rank - 1]!
}
