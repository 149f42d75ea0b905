// Everything a chart shows of a classifier judged on held-out rows, as plain data of bounded size.
import { confusionMatrix } from './confusion-matrix.ts'
import { precisionRecallCurve, rocCurve } from './curves.ts'
import { equalCountBins } from './equal-count-bins.ts'
import { histogram } from './histogram.ts'
import type { Numbers, WeightOption } from './input-checks.ts'
import { averagePrecisionScore, columnOf, descendingOrder, rocAucScore } from './ranking-scores.ts'
import { predictedClasses } from './reports.ts'
import { wilsonInterval } from './wilson-interval.ts'

export interface RocPoint {
  /** A score of at least this counts as positive; null: none does. */
  readonly threshold: number | null
  readonly falsePositiveRate: number
  readonly truePositiveRate: number
}

export interface PrecisionRecallPoint {
  readonly threshold: number | null
  readonly recall: number
  readonly precision: number
}

/** One class against the rest. */
export interface ClassCurves {
  readonly class: string
  /** At most 200 points; the areas are those of all points. */
  readonly roc: RocPoint[]
  readonly precisionRecall: PrecisionRecallPoint[]
  readonly auc: number
  readonly averagePrecision: number
  /** Share of rows of the class: the precision of guessing. */
  readonly baseRate: number
}

export interface CalibrationBin {
  readonly meanPredicted: number
  readonly observed: number
  readonly count: number
  /** Wilson interval of `observed`. */
  readonly low: number
  readonly high: number
}

export interface ClassificationEvaluation {
  /** Labels of the rows and columns of `confusion`. */
  readonly classes: string[]
  /** Classes that stand together in the last row and column of `confusion`, being too many to tell apart. */
  readonly mergedClasses: number
  /** Rows of each class. */
  readonly labels: Record<string, number>
  /** Rows by true class, then by predicted class. */
  readonly confusion: number[][]
  readonly curves: ClassCurves[]
  /** Two classes: probability of the second. More: probability of the predicted class, and how often it is right. */
  readonly calibration: { readonly error: number; readonly bins: CalibrationBin[] }
  /** Histogram of the same probability by true class. */
  readonly scores: { readonly edges: number[]; readonly counts: Record<string, number[]> }
  /** Two classes: what happens when a probability above `threshold` counts as the second class. */
  readonly thresholds?: { readonly threshold: number; readonly confusion: number[][] }[]
}

const MAX_CONFUSION_CLASSES = 50
const MAX_CURVE_CLASSES = 20
const POINTS_OF_TWO_CLASSES = 200
const POINTS_OF_MANY_CLASSES = 100
const CALIBRATION_BINS = 10
const SCORE_BINS = 20
const THRESHOLDS = 101

/**
 * Judges probabilities on held-out rows.
 *
 * @param yTrue    class codes: positions in `classes`, length rows.
 * @param proba    row-major, rows x classes.
 * @param classes  the labels in column order.
 * @param options.sampleWeight  counts in the curves, their areas and base rates; everything else counts rows.
 */
export function evaluateClassification(
  yTrue: Numbers,
  proba: Numbers,
  classes: readonly string[],
  { sampleWeight }: WeightOption = {},
): ClassificationEvaluation {
  const columns = classes.length
  const rows = yTrue.length
  const yPred = predictedClasses(proba, columns)
  const counts = new Array<number>(columns).fill(0)
  for (let row = 0; row < rows; row++) counts[yTrue[row]!]!++
  const shareOf = (code: number): number => {
    if (sampleWeight === undefined) return counts[code]! / rows
    let [own, all] = [0, 0]
    for (let row = 0; row < rows; row++) {
      all += sampleWeight[row]!
      if (yTrue[row] === code) own += sampleWeight[row]!
    }
    return own / all
  }
  const isBinary = columns === 2
  const scores = isBinary
    ? columnOf(proba, rows, 2, 1)
    : Float64Array.from({ length: rows }, (_, row) => proba[row * columns + yPred[row]!]!)
  const happened = Uint8Array.from({ length: rows }, (_, row) => ((isBinary ? yTrue[row] === 1 : yTrue[row] === yPred[row]) ? 1 : 0))
  const byCount = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b)
  const shown = isBinary ? [1] : byCount.slice(0, MAX_CURVE_CLASSES).sort((a, b) => a - b)
  return {
    ...confusionOf(yTrue, yPred, classes, byCount),
    labels: Object.fromEntries(classes.map((label, code) => [label, counts[code]!])),
    curves: shown.flatMap((code) => curvesOf(yTrue, proba, classes, code, { baseRate: shareOf(code), sampleWeight })),
    calibration: calibrationOf(happened, scores),
    scores: scoresByClass(yTrue, scores, classes, isBinary ? [0, 1] : shown),
    ...(isBinary ? { thresholds: thresholdsOf(yTrue, scores) } : {}),
  }
}

function confusionOf(
  yTrue: Numbers,
  yPred: Int32Array,
  classes: readonly string[],
  byCount: readonly number[],
): Pick<ClassificationEvaluation, 'classes' | 'mergedClasses' | 'confusion'> {
  const isWhole = classes.length <= MAX_CONFUSION_CLASSES
  const own = (isWhole ? [...byCount] : byCount.slice(0, MAX_CONFUSION_CLASSES - 1)).sort((a, b) => a - b)
  const mergedClasses = classes.length - own.length
  // Every merged class takes the place behind the others.
  const place = new Int32Array(classes.length).fill(own.length)
  for (const [index, code] of own.entries()) place[code] = index
  const size = own.length + (isWhole ? 0 : 1)
  const merged = (codes: Numbers): Int32Array => Int32Array.from({ length: codes.length }, (_, row) => place[codes[row]!]!)
  const { counts } = confusionMatrix(merged(yTrue), merged(yPred), { labels: Array.from({ length: size }, (_, index) => index) })
  return {
    classes: [...own.map((code) => classes[code]!), ...(isWhole ? [] : [`${mergedClasses} other classes`])],
    mergedClasses,
    confusion: Array.from({ length: size }, (_, row) => [...counts.subarray(row * size, (row + 1) * size)]),
  }
}

/** Nothing when the rows are all or none of the class. */
function curvesOf(
  yTrue: Numbers,
  proba: Numbers,
  classes: readonly string[],
  code: number,
  { baseRate, sampleWeight }: WeightOption & { readonly baseRate: number },
): ClassCurves[] {
  if (baseRate === 0 || baseRate === 1) return []
  const rows = yTrue.length
  const scores = columnOf(proba, rows, classes.length, code)
  const isClass = Uint8Array.from({ length: rows }, (_, row) => (yTrue[row] === code ? 1 : 0))
  const order = descendingOrder(scores)
  const maxPoints = classes.length === 2 ? POINTS_OF_TWO_CLASSES : POINTS_OF_MANY_CLASSES
  const roc = rocCurve(isClass, scores, { order, maxPoints, sampleWeight })
  const curve = precisionRecallCurve(isClass, scores, { order, maxPoints, sampleWeight })
  return [
    {
      class: classes[code]!,
      roc: Array.from(roc.thresholds, (threshold, at) => ({
        threshold: finite(threshold),
        falsePositiveRate: rounded(roc.falsePositiveRate[at]!),
        truePositiveRate: rounded(roc.truePositiveRate[at]!),
      })),
      precisionRecall: Array.from(curve.thresholds, (threshold, at) => ({
        threshold: finite(threshold),
        recall: rounded(curve.recall[at]!),
        precision: rounded(curve.precision[at]!),
      })),
      auc: rocAucScore(isClass, scores, { order, sampleWeight }),
      averagePrecision: averagePrecisionScore(isClass, scores, { order, sampleWeight }),
      baseRate,
    },
  ]
}

/** The error is the mean distance of the bins from the diagonal, by their rows. */
function calibrationOf(happened: Uint8Array, scores: Float64Array): ClassificationEvaluation['calibration'] {
  const bins = equalCountBins(scores, CALIBRATION_BINS).map((members): CalibrationBin => {
    const sum = members.reduce((total, row) => total + scores[row]!, 0)
    const hits = members.reduce((total, row) => total + happened[row]!, 0)
    const { value, low, high } = wilsonInterval(hits, members.length)
    return { meanPredicted: sum / members.length, observed: value, count: members.length, low, high }
  })
  const error = bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.observed - bin.meanPredicted), 0)
  return { error: error / scores.length, bins }
}

function scoresByClass(
  yTrue: Numbers,
  scores: Float64Array,
  classes: readonly string[],
  shown: readonly number[],
): ClassificationEvaluation['scores'] {
  const countsOf = (code: number): number[] => {
    const own = scores.filter((_, row) => yTrue[row] === code)
    return histogram(own, 0, 1, SCORE_BINS).counts
  }
  return {
    edges: histogram(scores, 0, 1, SCORE_BINS).edges,
    counts: Object.fromEntries(shown.map((code) => [classes[code]!, countsOf(code)])),
  }
}

function thresholdsOf(yTrue: Numbers, scores: Float64Array): NonNullable<ClassificationEvaluation['thresholds']> {
  const order = descendingOrder(scores)
  const positives = scores.reduce((sum, _, row) => sum + (yTrue[row] === 1 ? 1 : 0), 0)
  const result: { threshold: number; confusion: number[][] }[] = []
  let at = 0
  let hits = 0
  for (let step = THRESHOLDS - 1; step >= 0; step--) {
    const threshold = step / (THRESHOLDS - 1)
    for (; at < order.length && scores[order[at]!]! > threshold; at++) if (yTrue[order[at]!] === 1) hits++
    const falseAlarms = at - hits
    result.push({
      threshold,
      confusion: [
        [scores.length - positives - falseAlarms, falseAlarms],
        [positives - hits, hits],
      ],
    })
  }
  return result.reverse()
}

/** JSON has no infinity: the first threshold of a curve, above every score. */
const finite = (threshold: number): number | null => (Number.isFinite(threshold) ? rounded(threshold) : null)

/** Six digits are more than a chart shows and half the bytes. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6
