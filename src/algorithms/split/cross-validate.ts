// Judges a learner on splits: learn from one part, score on the other, again and again. A learner may split its own part again.
import { TandemError } from '../../errors.ts'
import type { TrainTestSplit } from './train-test-split.ts'

export interface CrossValidation {
  /** One a split. */
  readonly scores: Float64Array
  readonly mean: number
  /** Of the scores, with n - 1. Splits share rows, so it understates how uncertain the mean is. */
  readonly deviation: number
}

/**
 * @param learn  fits on the rows of one part.
 * @param score  judges on the rows of the other part; higher is better.
 * @throws   `too_few_rows` without splits; what `learn` and `score` throw.
 * @example
 * crossValidate(timeSeriesSplit(rows), (train) => fit(train), (model, test) => r2(model, test)).mean
 */
export function crossValidate<Model>(
  splits: readonly TrainTestSplit[],
  learn: (train: Int32Array, split: number) => Model,
  score: (model: Model, test: Int32Array) => number,
): CrossValidation {
  if (splits.length === 0) throw new TandemError('too_few_rows', 'There are 0 splits to judge on. Make them with kFold or timeSeriesSplit.')
  const scores = Float64Array.from(splits, ({ train, test }, split) => score(learn(train, split), test))
  const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length
  const squares = scores.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { scores, mean, deviation: scores.length < 2 ? 0 : Math.sqrt(squares / (scores.length - 1)) }
}
