// Accuracy, precision, recall and F1 of predicted classes, as scikit-learn defines them (zero_division = 0).
import { TandemError } from '../../errors.ts'
import { type ClassTotals, classTotals } from './confusion-matrix.ts'
import { checkRows, type Numbers, type WeightOption } from './input-checks.ts'

/** `binary`: the positive class alone; `macro`: plain mean of the classes; `weighted`: mean by rows of the class; `micro`: all rows together. */
export type Average = 'binary' | 'macro' | 'weighted' | 'micro'

export interface ClassScoreOptions extends WeightOption {
  readonly average?: Average
  /** The class `binary` judges. */
  readonly positive?: number
  /** The classes to average over; those that occur when absent. */
  readonly labels?: readonly number[]
}

export interface ClassScores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/**
 * The share of rows whose class was predicted.
 *
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows.
 */
export function accuracyScore(yTrue: Numbers, yPred: Numbers, { sampleWeight }: WeightOption = {}): number {
  const rows = checkRows('yTrue', yTrue, 'yPred', yPred, sampleWeight)
  let hits = 0
  let total = 0
  for (let row = 0; row < rows; row++) {
    const weight = sampleWeight === undefined ? 1 : sampleWeight[row]!
    total += weight
    if (yTrue[row] === yPred[row]) hits += weight
  }
  return hits / total
}

/** Of the rows predicted as a class, the share that are of it; 0 when none was predicted. */
export function precisionScore(yTrue: Numbers, yPred: Numbers, options: ClassScoreOptions = {}): number {
  return precisionRecallF1(yTrue, yPred, options).precision
}

/** Of the rows of a class, the share predicted as it; 0 when there is none. */
export function recallScore(yTrue: Numbers, yPred: Numbers, options: ClassScoreOptions = {}): number {
  return precisionRecallF1(yTrue, yPred, options).recall
}

/** Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); 0 when undefined. */
export function f1Score(yTrue: Numbers, yPred: Numbers, options: ClassScoreOptions = {}): number {
  return precisionRecallF1(yTrue, yPred, options).f1
}

/**
 * Precision, recall and F1 in one pass.
 *
 * @param yTrue  class codes, length rows.
 * @param yPred  class codes, length rows.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for `binary` with more than two classes.
 * @see      scikit-learn precision_recall_fscore_support with zero_division=0.
 */
export function precisionRecallF1(yTrue: Numbers, yPred: Numbers, options: ClassScoreOptions = {}): ClassScores {
  const { average = 'binary', positive = 1, labels, sampleWeight } = options
  if (average !== 'binary') return averaged(classTotals(yTrue, yPred, { labels, sampleWeight }), average)
  const present = classTotals(yTrue, yPred, { sampleWeight })
  const others = present.labels.filter((label) => label !== positive)
  if (others.length > 1) {
    throw new TandemError(
      'invalid_input',
      `The rows hold ${present.labels.length} classes, but average "binary" judges one of two. Choose average "macro", "weighted" or "micro".`,
      { details: { classes: present.labels } },
    )
  }
  const at = present.labels.indexOf(positive)
  return at === -1 ? { precision: 0, recall: 0, f1: 0 } : scoresOf(present.hits[at]!, present.predicted[at]!, present.actual[at]!)
}

function averaged({ labels, hits, predicted, actual }: ClassTotals, average: 'macro' | 'weighted' | 'micro'): ClassScores {
  if (average === 'micro') return scoresOf(sum(hits), sum(predicted), sum(actual))
  let precision = 0
  let recall = 0
  let f1 = 0
  let total = 0
  for (let index = 0; index < labels.length; index++) {
    const share = average === 'macro' ? 1 : actual[index]!
    const scores = scoresOf(hits[index]!, predicted[index]!, actual[index]!)
    precision += share * scores.precision
    recall += share * scores.recall
    f1 += share * scores.f1
    total += share
  }
  return total === 0 ? { precision: 0, recall: 0, f1: 0 } : { precision: precision / total, recall: recall / total, f1: f1 / total }
}

function scoresOf(hits: number, predicted: number, actual: number): ClassScores {
  const both = predicted + actual
  return {
    precision: predicted === 0 ? 0 : hits / predicted,
    recall: actual === 0 ? 0 : hits / actual,
    f1: both === 0 ? 0 : (2 * hits) / both,
  }
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
