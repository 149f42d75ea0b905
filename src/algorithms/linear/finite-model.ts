import { TandemError } from '../../errors.ts'
import type { FeatureMatrix } from './feature-matrix.ts'
import type { LinearModel } from './linear-model.ts'

/**
 * Gives a model back, unless numbers too large or too small for their squares ended it in NaN or infinity.
 *
 * @throws   `invalid_input` with the largest value of x and of y, and what to do.
 */
export function finiteModel(model: LinearModel, x: FeatureMatrix, y: ArrayLike<number>): LinearModel {
  if (model.coefficients.every(Number.isFinite) && model.intercepts.every(Number.isFinite)) return model
  const [largestX, largestY] = [largestOf(x.values), largestOf(y)]
  throw new TandemError(
    'invalid_input',
    `The coefficients are too large or too small for numbers of double precision: the largest value of x is ${largestX}, of y ${largestY}, and squares of either must be finite and above 0. Scale the columns and the target to about 1.`,
    { details: { largestX, largestY } },
  )
}

function largestOf(values: ArrayLike<number>): number {
  let most = 0
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!))
  return most
}
