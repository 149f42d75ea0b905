// A model whose score is a sum over columns: every linear model, and naive Bayes, whose logarithms add up. It carries how features
// become columns, so it answers rows of a table as they are; and since each column belongs to one feature, it explains itself.
import type { FittedColumns } from '../columns/column-spec.ts'

/** What a column adds to the scores: a weight times its value, or what naive Bayes says of it. */
export type ColumnTerm = 'linear' | 'bernoulli' | 'gaussian'

/** From scores to what is predicted. `one-vs-rest`: each score is the log-odds of a class; the probabilities are scaled to sum to 1. */
export type Link = 'identity' | 'sigmoid' | 'softmax' | 'one-vs-rest'

/** Plain data: what a file holds and threads send. */
export interface AdditiveModel {
  readonly kind: 'additive'
  readonly nFeatures: number
  /** 0 for regression. */
  readonly nClasses: number
  /** Scores of a row: one for a number and for two classes by `sigmoid` (towards class 1), else one a class. */
  readonly nScores: number
  readonly term: ColumnTerm
  readonly link: Link
  readonly columns: FittedColumns
  /** Scores of a row whose columns are all 0. */
  readonly base: Float64Array
  /** Shape (columns, scores): weights; for gaussian the means, for bernoulli what a value above 0 adds. */
  readonly first: Float64Array
  /** Shape (columns, scores), gaussian alone: the variances. */
  readonly second: Float64Array
  /** Shape (features, scores): what each feature adds to the scores of a training row, on average. */
  readonly means: Float64Array
  /** How far that spreads over the training rows, as a share; they sum to 1, or are all 0. */
  readonly importances: Float64Array
}

/** Adds what column `column` with `value` says to `scores[at ..]`. */
export function addColumn(
  { term, nScores, first, second }: AdditiveModel,
  column: number,
  value: number,
  scores: Float64Array,
  at: number,
): void {
  const from = column * nScores
  if (term === 'linear') {
    for (let k = 0; k < nScores; k++) scores[at + k]! += value * first[from + k]!
  } else if (term === 'bernoulli') {
    if (value > 0) for (let k = 0; k < nScores; k++) scores[at + k]! += first[from + k]!
  } else {
    for (let k = 0; k < nScores; k++) {
      const mean = first[from + k]!
      scores[at + k]! -= (0.5 * value * (value - 2 * mean)) / second[from + k]!
    }
  }
}

/** Predicted numbers of a row: one, or one a class. */
export function additiveOutputs({ nClasses }: Pick<AdditiveModel, 'nClasses'>): number {
  return nClasses === 0 ? 1 : nClasses
}
