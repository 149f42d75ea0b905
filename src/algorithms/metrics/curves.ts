// ROC and precision-recall curves, thinned to what a chart can show.
import { TandemError } from '../../errors.ts'
import { checkRows, type Numbers } from './input-checks.ts'
import { type RankingOptions, rankingSteps } from './ranking-scores.ts'

export interface CurveOptions extends RankingOptions {
  /** Most points to keep; the first and the last always stay. Infinity keeps all. */
  readonly maxPoints?: number
}

export interface RocCurve {
  /** Share of negatives above the threshold, rising from 0 to 1. */
  readonly falsePositiveRate: Float64Array
  /** Share of positives above the threshold, rising from 0 to 1. */
  readonly truePositiveRate: Float64Array
  /** Falling; the first is Infinity: nothing counts as positive. */
  readonly thresholds: Float64Array
}

export interface PrecisionRecallCurve {
  readonly precision: Float64Array
  /** Rising from 0 (precision 1 by definition) to 1. */
  readonly recall: Float64Array
  /** Falling; the first is Infinity. */
  readonly thresholds: Float64Array
}

/**
 * False and true positive rate for each distinct score.
 *
 * @param yTrue   1 is positive, everything else negative; length rows.
 * @param scores  higher means more positive; length rows.
 * @throws   `shape_mismatch` when lengths differ; `too_few_classes` when positives or negatives are absent.
 * @see      scikit-learn roc_curve(drop_intermediate=False).
 */
export function rocCurve(yTrue: Numbers, scores: Numbers, { maxPoints = 200, ...options }: CurveOptions = {}): RocCurve {
  checkRows('yTrue', yTrue, 'scores', scores, options.sampleWeight)
  const steps = rankingSteps(yTrue, scores, options)
  const positives = steps.truePositives.at(-1)!
  const negatives = steps.falsePositives.at(-1)!
  if (positives === 0 || negatives === 0) throw oneSided('A ROC curve', positives, negatives)
  const truePositiveRate = withFirst(0, steps.truePositives, (value) => value / positives)
  const falsePositiveRate = withFirst(0, steps.falsePositives, (value) => value / negatives)
  const thresholds = withFirst(Number.POSITIVE_INFINITY, steps.thresholds, (value) => value)
  // Evenly along the curve: the sum of both rates runs from 0 to 2 and never falls, so no stretch is left bare.
  const kept = spread(falsePositiveRate, truePositiveRate, maxPoints, 2, (at) => truePositiveRate[at]! + falsePositiveRate[at]!)
  return {
    falsePositiveRate: pick(falsePositiveRate, kept),
    truePositiveRate: pick(truePositiveRate, kept),
    thresholds: pick(thresholds, kept),
  }
}

/**
 * Precision and recall for each distinct score.
 *
 * @throws   `shape_mismatch` when lengths differ; `too_few_classes` without a positive row.
 * @see      scikit-learn precision_recall_curve, in the opposite order.
 */
export function precisionRecallCurve(
  yTrue: Numbers,
  scores: Numbers,
  { maxPoints = 200, ...options }: CurveOptions = {},
): PrecisionRecallCurve {
  checkRows('yTrue', yTrue, 'scores', scores, options.sampleWeight)
  const steps = rankingSteps(yTrue, scores, options)
  const positives = steps.truePositives.at(-1)!
  if (positives === 0) throw oneSided('A precision-recall curve', positives, steps.falsePositives.at(-1)!)
  const recall = withFirst(0, steps.truePositives, (value) => value / positives)
  const precision = withFirst(1, steps.truePositives, (value, at) => {
    const predicted = value + steps.falsePositives[at]!
    return predicted === 0 ? 0 : value / predicted
  })
  const thresholds = withFirst(Number.POSITIVE_INFINITY, steps.thresholds, (value) => value)
  const kept = spread(recall, precision, maxPoints, 1, (at) => recall[at]!)
  return { precision: pick(precision, kept), recall: pick(recall, kept), thresholds: pick(thresholds, kept) }
}

function withFirst(first: number, values: Float64Array, map: (value: number, at: number) => number): Float64Array {
  const result = new Float64Array(values.length + 1)
  result[0] = first
  for (let at = 0; at < values.length; at++) result[at + 1] = map(values[at]!, at)
  return result
}

/**
 * At most `maxPoints` positions that lie evenly along `travelled`, which rises from 0 to `end`. Of the points of a stretch the one
 * is kept that holds the area under the thinned curve closest to that of the whole: always the upper corners of a staircase would add up.
 */
function spread(x: Float64Array, y: Float64Array, maxPoints: number, end: number, travelled: (at: number) => number): number[] {
  const length = x.length
  if (length <= maxPoints) return Array.from({ length }, (_, at) => at)
  if (maxPoints < 3) return [0, length - 1]
  const kept = [0]
  const strip = (from: number, to: number): number => ((x[to]! - x[from]!) * (y[to]! + y[from]!)) / 2
  let last = 0
  let error = 0
  /** Area of the whole curve from the last point that was kept. */
  let area = 0
  let best = -1
  let bestError = 0
  let bestArea = 0
  let stretch = 0
  const keepBest = (): void => {
    kept.push(best)
    last = best
    error = bestError
    area -= bestArea
    best = -1
  }
  for (let at = 1; at < length - 1; at++) {
    // The points in the last stretch include those that have travelled all the way.
    const here = Math.min(maxPoints - 3, Math.floor((travelled(at) / end) * (maxPoints - 2)))
    if (here > stretch && best >= 0) keepBest()
    stretch = Math.max(stretch, here)
    area += strip(at - 1, at)
    const candidate = error + strip(last, at) - area
    if (best >= 0 && Math.abs(candidate) >= Math.abs(bestError)) continue
    best = at
    bestError = candidate
    bestArea = area
  }
  if (best >= 0) keepBest()
  kept.push(length - 1)
  return kept
}

function pick(values: Float64Array, kept: readonly number[]): Float64Array {
  return Float64Array.from(kept, (at) => values[at]!)
}

function oneSided(what: string, positives: number, negatives: number): TandemError {
  return new TandemError(
    'too_few_classes',
    `${what} needs rows of both sides, but positives weigh ${positives} and negatives ${negatives}. Judge on rows that hold both.`,
    { details: { positives, negatives } },
  )
}
