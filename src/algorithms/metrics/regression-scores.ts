// Errors of predicted numbers, as scikit-learn defines them.
import { TandemError } from '../../errors.ts'
import { checkRows, type Numbers, type WeightOption } from './input-checks.ts'

interface ErrorSums {
  readonly total: number
  readonly squared: number
  readonly absolute: number
}

/** Square root of the mean squared error, in the unit of the target. */
export function rootMeanSquaredError(yTrue: Numbers, yPred: Numbers, { sampleWeight }: WeightOption = {}): number {
  const { squared, total } = errorSums(yTrue, yPred, sampleWeight)
  return Math.sqrt(squared / total)
}

/** Mean distance between prediction and truth, in the unit of the target. */
export function meanAbsoluteError(yTrue: Numbers, yPred: Numbers, { sampleWeight }: WeightOption = {}): number {
  const { absolute, total } = errorSums(yTrue, yPred, sampleWeight)
  return absolute / total
}

/**
 * The share of the target's variance that the predictions explain: 1 is perfect, 0 as good as the mean.
 *
 * A constant target gives 1 when predicted exactly, else 0. Fewer than two rows give NaN.
 *
 * @throws   `shape_mismatch` when lengths differ; `invalid_input` for a value that is not finite.
 * @see      scikit-learn r2_score(force_finite=True).
 */
export function r2Score(yTrue: Numbers, yPred: Numbers, { sampleWeight }: WeightOption = {}): number {
  const { squared, total } = errorSums(yTrue, yPred, sampleWeight)
  if (yTrue.length < 2) return Number.NaN
  let mean = 0
  for (let row = 0; row < yTrue.length; row++) mean += yTrue[row]! * (sampleWeight === undefined ? 1 : sampleWeight[row]!)
  mean /= total
  let spread = 0
  for (let row = 0; row < yTrue.length; row++) {
    spread += (yTrue[row]! - mean) ** 2 * (sampleWeight === undefined ? 1 : sampleWeight[row]!)
  }
  if (spread !== 0) return 1 - squared / spread
  return squared === 0 ? 1 : 0
}

function errorSums(yTrue: Numbers, yPred: Numbers, sampleWeight: Numbers | undefined): ErrorSums {
  const rows = checkRows('yTrue', yTrue, 'yPred', yPred, sampleWeight)
  let total = 0
  let squared = 0
  let absolute = 0
  for (let row = 0; row < rows; row++) {
    const error = yPred[row]! - yTrue[row]!
    if (!Number.isFinite(error)) {
      throw new TandemError(
        'invalid_input',
        `Row ${row} has truth ${yTrue[row]} and prediction ${yPred[row]}. Both must be finite numbers. Leave the row out or correct it.`,
        { details: { row } },
      )
    }
    const weight = sampleWeight === undefined ? 1 : sampleWeight[row]!
    total += weight
    squared += weight * error * error
    absolute += weight * Math.abs(error)
  }
  return { total, squared, absolute }
}
