// Permutation importance: how much worse a fitted model scores when one feature's values are shuffled between rows.
// Breiman 2001, Random Forests, section 10; the model-agnostic form of Fisher, Rudin & Dominici 2019.
import { TandemError } from '../../errors.ts'
import { createRng, hashSeed } from '../math/rng.ts'

export interface PermutationImportanceInput<X extends Float32Array | Float64Array> {
  /** Row-major rows x features. Columns are shuffled in place while measuring, and put back, also after an error. */
  readonly x: X
  readonly rows: number
  readonly features: number
  /** Predictions of all rows, in whatever form `score` reads. */
  readonly predict: (x: X, rows: number) => Float64Array
  /** Judges predictions; higher is better. */
  readonly score: (predictions: Float64Array) => number
}

export interface PermutationImportanceOptions {
  readonly nRepeats?: number
  readonly randomState?: number
  /** Asked before each prediction. */
  readonly isCanceled?: () => boolean
  /** Called after each feature with the share done, 0..1. */
  readonly onProgress?: (share: number) => void
}

export interface PermutationImportance {
  /** The score with every column in place. */
  readonly baseline: number
  /** Mean loss of score for each feature; about 0 or below when the model does not need it. */
  readonly mean: Float64Array
  /** Standard deviation over the repeats. */
  readonly std: Float64Array
}

/**
 * Measures every feature; each has its own random stream, so the result of one does not hang on the others.
 *
 * Two features that carry the same information share it, and both may look unimportant.
 *
 * @throws   `shape_mismatch` when x is not rows x features; `too_few_rows` for fewer than 2 rows; `canceled` when asked to stop.
 * @see      scikit-learn permutation_importance. Cost: features x nRepeats + 1 predictions of all rows.
 */
export function permutationImportance<X extends Float32Array | Float64Array>(
  { x, rows, features, predict, score }: PermutationImportanceInput<X>,
  { nRepeats = 5, randomState = 0, isCanceled, onProgress }: PermutationImportanceOptions = {},
): PermutationImportance {
  checkInput(x, rows, features, nRepeats)
  stopWhenCanceled(isCanceled)
  const baseline = score(predict(x, rows))
  const mean = new Float64Array(features)
  const std = new Float64Array(features)
  const losses = new Float64Array(nRepeats)
  for (let feature = 0; feature < features; feature++) {
    const rng = createRng(hashSeed(randomState, feature))
    const original = Float64Array.from({ length: rows }, (_, row) => x[row * features + feature]!)
    const shuffled = original.slice()
    try {
      for (let repeat = 0; repeat < nRepeats; repeat++) {
        stopWhenCanceled(isCanceled)
        for (let row = rows - 1; row > 0; row--) {
          const other = Math.floor(rng.next() * (row + 1))
          const value = shuffled[row]!
          shuffled[row] = shuffled[other]!
          shuffled[other] = value
        }
        putColumn(x, features, feature, shuffled)
        losses[repeat] = baseline - score(predict(x, rows))
      }
    } finally {
      putColumn(x, features, feature, original)
    }
    const average = losses.reduce((sum, loss) => sum + loss, 0) / nRepeats
    mean[feature] = average
    std[feature] = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - average) ** 2, 0) / nRepeats)
    onProgress?.((feature + 1) / features)
  }
  return { baseline, mean, std }
}

function checkInput(x: ArrayLike<number>, rows: number, features: number, nRepeats: number): void {
  if (!Number.isInteger(rows) || !Number.isInteger(features) || features < 1 || x.length !== rows * features) {
    throw new TandemError(
      'shape_mismatch',
      `x has ${x.length} values, but ${rows} rows of ${features} features need ${rows * features}. Pass one value for each row and feature, row after row.`,
      { details: { values: x.length, rows, features } },
    )
  }
  if (rows < 2) {
    throw new TandemError('too_few_rows', `${rows} rows cannot be shuffled. Importance compares rows. Pass at least 2, better 100.`)
  }
  if (!Number.isInteger(nRepeats) || nRepeats < 1) {
    throw new TandemError(
      'invalid_input',
      `nRepeats is ${nRepeats}. Each feature is shuffled at least once. Pass a whole number, such as 5.`,
    )
  }
}

function stopWhenCanceled(isCanceled: (() => boolean) | undefined): void {
  if (isCanceled?.()) throw new TandemError('canceled', 'Measuring permutation importance was canceled before it was done.')
}

function putColumn(x: Float32Array | Float64Array, features: number, feature: number, column: Float64Array): void {
  for (let row = 0; row < column.length; row++) x[row * features + feature] = column[row]!
}
