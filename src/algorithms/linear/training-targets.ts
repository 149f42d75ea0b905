// The checks that every linear learner makes of targets and weights, and the weight of each row.
import { TandemError } from '../../errors.ts'
import { checkFeatureMatrix, type FeatureMatrix } from './feature-matrix.ts'

export interface LinearTrainingSet {
  readonly x: FeatureMatrix
  /** Class index 0..classes-1, or a number for regression; one a row. */
  readonly y: ArrayLike<number>
  /** Number of classes; 0 for regression. */
  readonly classes: number
  /** One weight >= 0 a row; absent means 1. */
  readonly weights?: ArrayLike<number>
}

/** `balanced` gives every class the same total weight; or one weight > 0 a class. */
export type ClassWeight = 'balanced' | readonly number[]

/**
 * Refuses what cannot be learned from, and returns the weight of each row.
 *
 * @throws   `shape_mismatch`, `too_few_rows`, `too_few_classes`, `invalid_input` with the row.
 */
export function checkedWeights({ x, y, classes, weights }: LinearTrainingSet, classWeight?: ClassWeight): Float64Array {
  checkFeatureMatrix(x)
  const { rows } = x
  if (rows < 1) throw new TandemError('too_few_rows', 'There are 0 rows; nothing can be learned. Add rows.')
  if (y.length !== rows)
    throw new TandemError('shape_mismatch', `y has ${y.length} targets for ${rows} rows. Pass one target for each row.`)
  if (weights !== undefined && weights.length !== rows) {
    throw new TandemError('shape_mismatch', `There are ${weights.length} weights for ${rows} rows. Pass one weight for each row, or none.`)
  }
  const rowWeights = weights === undefined ? new Float64Array(rows).fill(1) : Float64Array.from(weights)
  for (let row = 0; row < rows; row++) {
    const weight = rowWeights[row]!
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw wrongAt(row, `The weight of row ${row} is ${weight}. A weight is a finite number >= 0.`)
    const target = y[row]!
    if (classes === 0 ? !Number.isFinite(target) : !(Number.isInteger(target) && target >= 0 && target < classes)) {
      const right = classes === 0 ? 'a finite number: leave out rows whose target is unknown' : `a whole number from 0 to ${classes - 1}`
      throw wrongAt(row, `The target of row ${row} is ${target}; it must be ${right}.`)
    }
  }
  if (classes === 0 && rowWeights.every((weight) => weight === 0))
    throw new TandemError('invalid_input', `All ${rows} weights are 0, so no row counts. Give at least one row a weight above 0.`)
  if (classes > 0) weighClasses(rowWeights, y, classes, classWeight)
  return rowWeights
}

function weighClasses(rowWeights: Float64Array, y: ArrayLike<number>, classes: number, classWeight: ClassWeight | undefined): void {
  const sums = new Float64Array(classes)
  for (let row = 0; row < rowWeights.length; row++) sums[y[row]!]! += rowWeights[row]!
  const present = sums.reduce((count, sum) => count + (sum > 0 ? 1 : 0), 0)
  if (present < 2) {
    throw new TandemError(
      'too_few_classes',
      `All ${rowWeights.length} rows have the same class, so there is nothing to tell apart. Add rows of another class.`,
    )
  }
  if (classWeight === undefined) return
  if (
    classWeight !== 'balanced' &&
    (classWeight.length !== classes || !classWeight.every((weight) => weight > 0 && Number.isFinite(weight)))
  ) {
    throw new TandemError(
      'invalid_input',
      `classWeight is [${classWeight.join(', ')}]; it is "balanced" or one number above 0 for each of the ${classes} classes.`,
    )
  }
  const total = sumOf(sums)
  const factors = classWeight === 'balanced' ? sums.map((sum) => (sum > 0 ? total / (present * sum) : 1)) : classWeight
  for (let row = 0; row < rowWeights.length; row++) rowWeights[row]! *= factors[y[row]!]!
}

function wrongAt(row: number, message: string): TandemError {
  return new TandemError('invalid_input', message, { details: { row } })
}

export function sumOf(values: Float64Array): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]!
  return sum
}
