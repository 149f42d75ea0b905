// Counts of true against predicted classes, and the per-class sums that precision, recall and F1 need.
import { TandemError } from '../../errors.ts'
import { checkRows, type Numbers, type WeightOption } from './input-checks.ts'

export interface ConfusionMatrix {
  /** The class codes in the order of rows and columns. */
  readonly labels: readonly number[]
  /** Row-major, labels x labels: entry (i, j) is the weight of rows of class i predicted as j. */
  readonly counts: Float64Array
}

export interface ConfusionOptions extends WeightOption {
  /** Class codes to count, in this order; those that occur, ascending, when absent. Rows with others are left out. */
  readonly labels?: readonly number[]
}

/**
 * Counts how rows of each class were predicted.
 *
 * @param yTrue  class codes, length rows.
 * @param yPred  class codes, length rows.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows.
 * @example
 * confusionMatrix([0, 0, 1], [0, 1, 1]).counts // 1, 1, 0, 1
 */
export function confusionMatrix(yTrue: Numbers, yPred: Numbers, { labels, sampleWeight }: ConfusionOptions = {}): ConfusionMatrix {
  const rows = checkRows('yTrue', yTrue, 'yPred', yPred, sampleWeight)
  const names = labels ?? presentLabels(yTrue, yPred)
  const place = new Map(names.map((label, index) => [label, index]))
  const size = names.length
  const counts = new Float64Array(size * size)
  for (let row = 0; row < rows; row++) {
    const actual = place.get(yTrue[row]!)
    const predicted = place.get(yPred[row]!)
    if (actual === undefined || predicted === undefined) continue
    counts[actual * size + predicted]! += sampleWeight === undefined ? 1 : sampleWeight[row]!
  }
  return { labels: names, counts }
}

/** Per class: weight of rows hit, of rows predicted so, and of rows that are so. */
export interface ClassTotals {
  readonly labels: readonly number[]
  readonly hits: Float64Array
  readonly predicted: Float64Array
  readonly actual: Float64Array
}

/** Sums per class over all rows; unlike the confusion matrix, rows with a class outside `labels` still count as misses. */
export function classTotals(yTrue: Numbers, yPred: Numbers, { labels, sampleWeight }: ConfusionOptions = {}): ClassTotals {
  const rows = checkRows('yTrue', yTrue, 'yPred', yPred, sampleWeight)
  const names = labels ?? presentLabels(yTrue, yPred)
  const place = new Map(names.map((label, index) => [label, index]))
  const hits = new Float64Array(names.length)
  const predicted = new Float64Array(names.length)
  const actual = new Float64Array(names.length)
  for (let row = 0; row < rows; row++) {
    const weight = sampleWeight === undefined ? 1 : sampleWeight[row]!
    const isClass = place.get(yTrue[row]!)
    const saidClass = place.get(yPred[row]!)
    if (isClass !== undefined) actual[isClass]! += weight
    if (saidClass !== undefined) predicted[saidClass]! += weight
    if (isClass !== undefined && isClass === saidClass) hits[isClass]! += weight
  }
  return { labels: names, hits, predicted, actual }
}

function presentLabels(yTrue: Numbers, yPred: Numbers): number[] {
  const present = new Set<number>()
  for (let row = 0; row < yTrue.length; row++) {
    present.add(yTrue[row]!)
    present.add(yPred[row]!)
  }
  if (present.has(Number.NaN)) {
    throw new TandemError('invalid_input', 'A class code is NaN. Every row needs a class. Leave out rows whose class is unknown.')
  }
  return [...present].sort((a, b) => a - b)
}
