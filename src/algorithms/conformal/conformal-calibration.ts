// What a fitted model keeps of its calibration rows, so that it can answer with any coverage later: the scores of classes by `lac`, or
// the residuals of numbers, apart for rows of low and of high predictions, because errors mostly grow with what is predicted.
import { equalCountBins } from '../metrics/equal-count-bins.ts'
import { checkRows, type Numbers } from '../metrics/input-checks.ts'
import type { ConformalInterval } from './conformal-interval.ts'
import { orNull } from './conformal-quantile.ts'
import { type ConformalSets, classScores } from './conformal-sets.ts'
import { highestCoverage, type KeptScores, keepScores, keptQuantile } from './kept-scores.ts'

/** Plain data: stands in a model's header as it is. */
export interface ConformalCalibration {
  /** 0 for numbers. */
  readonly nClasses: number
  /** Predictions below the first bound belong to the first group, and so on; one bound less than groups. */
  readonly bounds: readonly number[]
  readonly groups: readonly KeptScores[]
}

/** Rows a group of predictions keeps: enough to promise 0.99 in each. */
const GROUP_ROWS = 150
const MOST_GROUPS = 5

/**
 * Keeps `1 - p` of the true classes (Sadinle, Lei & Wasserman 2019): of all rules these sets are the smallest on average.
 *
 * @param yTrue  class codes of rows that the model did not learn from.
 * @param proba  its probabilities, row-major, rows x classes.
 * @throws   as `fitConformalSets`.
 */
export function calibrateClasses(yTrue: Numbers, proba: Numbers): ConformalCalibration {
  const { scores, nClasses } = classScores(yTrue, proba)
  return { nClasses, bounds: [], groups: [keepScores(scores)] }
}

/**
 * Keeps residuals, in up to five groups of as many rows by what was predicted, so that the coverage holds in each (Mondrian).
 *
 * @param yTrue  truths of rows that the model did not learn from.
 * @param yPred  its predictions of them.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for values that are not finite.
 */
export function calibrateValues(yTrue: Numbers, yPred: Numbers): ConformalCalibration {
  const rows = checkRows('yTrue', yTrue, 'yPred', yPred)
  const bounds: number[] = []
  const groups: number[][] = []
  for (const bin of equalCountBins(yPred, Math.min(MOST_GROUPS, Math.max(1, Math.floor(rows / GROUP_ROWS))))) {
    const before = groups.at(-1)
    // Many equal predictions fill one bin and leave too few for the next.
    if (before !== undefined && bin.length < GROUP_ROWS) before.push(...bin)
    else {
      if (before !== undefined) bounds.push((yPred[before.at(-1)!]! + yPred[bin[0]!]!) / 2)
      groups.push([...bin])
    }
  }
  const kept = groups.map((members) =>
    keepScores(
      members.map((row) => Math.abs(yTrue[row]! - yPred[row]!)),
      Math.ceil(1000 / groups.length),
    ),
  )
  return { nClasses: 0, bounds, groups: kept }
}

/** Rows it was measured on. */
export function calibrationRows({ groups }: ConformalCalibration): number {
  return groups.reduce((sum, { rows }) => sum + rows, 0)
}

/** The largest coverage that can be promised everywhere. */
export function highestPromise({ groups }: ConformalCalibration): number {
  return Math.min(...groups.map(highestCoverage))
}

/** Pass it to `conformalSet`. */
export function setsAt({ nClasses, groups }: ConformalCalibration, coverage: number): ConformalSets {
  const thresholds = groups.map((kept) => orNull(keptQuantile(kept, coverage)))
  return { kind: 'conformal-sets', method: 'lac', coverage, nClasses, thresholds, penalty: 0, rankFree: 1 }
}

/** Pass it to `conformalInterval` with the group of the prediction. */
export function intervalsAt({ groups }: ConformalCalibration, coverage: number): ConformalInterval {
  const margins = groups.map((kept) => orNull(keptQuantile(kept, coverage)))
  return { kind: 'conformal-interval', coverage, margins, byGroup: true }
}

/** The group that a prediction belongs to. */
export function groupOf({ bounds }: ConformalCalibration, prediction: number): number {
  let group = 0
  while (group < bounds.length && prediction >= bounds[group]!) group++
  return group
}
