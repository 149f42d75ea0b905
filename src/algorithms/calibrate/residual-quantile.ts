// Split conformal regression: how far held-out truths lie from their predictions, as half the width of an interval.
// Lei et al. 2018, Distribution-Free Predictive Inference for Regression, algorithm 2.
import { conformalQuantile } from '../conformal/conformal-quantile.ts'
import type { Numbers } from '../metrics/input-checks.ts'

/**
 * The half-width q for which prediction +- q holds the truth of a new row with at least the given probability.
 *
 * Infinity when the rows are too few to promise that coverage (fewer than coverage / (1 - coverage)).
 *
 * @param residuals  truth - prediction on rows the model did not learn from.
 * @param coverage   between 0 and 1, such as 0.9.
 * @throws   `too_few_rows` without rows; `invalid_input` for a coverage outside 0..1 or a residual that is not finite.
 */
export function residualQuantile(residuals: Numbers, coverage: number): number {
  return conformalQuantile(
    Float64Array.from({ length: residuals.length }, (_, row) => Math.abs(residuals[row]!)),
    coverage,
  )
}
