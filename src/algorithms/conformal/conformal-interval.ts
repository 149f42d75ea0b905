// Intervals with a stated coverage around any regressor: split conformal (Lei et al. 2018, algorithm 2) around one prediction, and
// conformalised quantile regression (Romano, Patterson & Candes 2019) around two, whose width follows the row. Both may be Mondrian:
// one promise for each group of rows (Vovk et al. 2005, section 4.5).
import { TandemError } from '../../errors.ts'
import { checkRows, type Numbers } from '../metrics/input-checks.ts'
import { checkCoverage, conformalQuantile, orNull, quantilesByGroup } from './conformal-quantile.ts'

/** Plain data: stands in a model's header as it is. */
export interface ConformalInterval {
  readonly kind: 'conformal-interval'
  readonly coverage: number
  /** How far the interval reaches beyond the prediction, or beyond the two quantiles (then it may be negative); null: without end. */
  readonly margins: readonly (number | null)[]
  /** Whether `margins` has one entry for each group of rows instead of one for all. */
  readonly byGroup: boolean
}

export interface ConformalIntervalOptions {
  /** Share of new rows whose truth lies inside, between 0 and 1. */
  readonly coverage?: number
  /** Group of each row, 0, 1, 2...: the coverage then holds in each group, at the price of needing enough rows of each. */
  readonly groups?: Numbers
}

export interface ValueInterval {
  readonly low: number
  readonly high: number
}

/**
 * Learns the half-width of intervals around a prediction. Coverage is at least as stated, on average over calibration sets.
 *
 * Cost: O(rows log rows).
 *
 * @param yTrue  truths of rows the model did not learn from.
 * @param yPred  its predictions of them.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for values that are not finite.
 * @example
 * const conformal = fitConformalInterval([1, 2, 3, 4], [1.5, 2, 2, 4.5], { coverage: 0.75 })
 * conformalInterval(conformal, 10) // { low: 9, high: 11 }
 */
export function fitConformalInterval(yTrue: Numbers, yPred: Numbers, options: ConformalIntervalOptions = {}): ConformalInterval {
  checkRows('yTrue', yTrue, 'yPred', yPred)
  return fromScores(
    Float64Array.from({ length: yTrue.length }, (_, row) => Math.abs(yTrue[row]! - yPred[row]!)),
    options,
  )
}

/**
 * Learns how far to widen, or to narrow, the interval between two predicted quantiles, such as two models of quantile loss at
 * (1 - coverage) / 2 and (1 + coverage) / 2.
 *
 * Cost: O(rows log rows).
 *
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for values that are not finite.
 */
export function fitConformalQuantiles(
  yTrue: Numbers,
  low: Numbers,
  high: Numbers,
  options: ConformalIntervalOptions = {},
): ConformalInterval {
  checkRows('yTrue', yTrue, 'low', low)
  checkRows('yTrue', yTrue, 'high', high)
  return fromScores(
    Float64Array.from({ length: yTrue.length }, (_, row) => Math.max(low[row]! - yTrue[row]!, yTrue[row]! - high[row]!)),
    options,
  )
}

/**
 * The interval of a new row.
 *
 * @param prediction  the prediction, or the two quantiles for a calibration by `fitConformalQuantiles`.
 * @param group       of the row; needed when the calibration has groups.
 * @returns  without end on both sides where the calibration had too few rows for the promise; crossed quantiles meet in their middle.
 * @throws   `invalid_input` for a group that the calibration does not know.
 */
export function conformalInterval(conformal: ConformalInterval, prediction: number | ValueInterval, group?: number): ValueInterval {
  const margin = marginOf(conformal, group)
  if (margin === null) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
  const [low, high] = typeof prediction === 'number' ? [prediction, prediction] : [prediction.low, prediction.high]
  if (low - margin <= high + margin) return { low: low - margin, high: high + margin }
  const middle = (low + high) / 2
  return { low: middle, high: middle }
}

function marginOf({ byGroup, margins }: ConformalInterval, group: number | undefined): number | null {
  const at = byGroup ? group : 0
  const margin = at === undefined ? undefined : margins[at]
  if (margin !== undefined) return margin
  throw new TandemError(
    'invalid_input',
    `The group is ${group}, but the calibration has groups 0 to ${margins.length - 1}. Each has its own promise. Pass the row's group.`,
    { details: { groups: margins.length } },
  )
}

function fromScores(scores: Float64Array, { coverage = 0.9, groups }: ConformalIntervalOptions): ConformalInterval {
  checkCoverage(coverage)
  if (groups === undefined) {
    return { kind: 'conformal-interval', coverage, margins: [orNull(conformalQuantile(scores, coverage))], byGroup: false }
  }
  checkRows('the scores', scores, 'groups', groups)
  let count = 0
  for (let row = 0; row < groups.length; row++) {
    const group = groups[row]!
    if (!Number.isInteger(group) || group < 0 || group > 1_000_000) {
      throw new TandemError('invalid_input', `Row ${row} has group ${group}. Groups are whole numbers 0, 1, 2... Number them.`, {
        details: { row },
      })
    }
    count = Math.max(count, group + 1)
  }
  return { kind: 'conformal-interval', coverage, margins: quantilesByGroup(scores, groups, count, coverage), byGroup: true }
}
