// Length and weight checks shared by every metric, so that each fails with the same words.
import { TandemError } from '../../errors.ts'

/** Any array of numbers: typed arrays and plain arrays alike. */
export type Numbers = ArrayLike<number>

export interface WeightOption {
  /** One weight >= 0 a row; every row counts 1 when absent. */
  readonly sampleWeight?: Numbers
}

/** Checks that two arrays have one value a row and that there is at least one row; returns the number of rows. */
export function checkRows(nameA: string, a: Numbers, nameB: string, b: Numbers, sampleWeight?: Numbers): number {
  const rows = a.length
  if (b.length !== rows) {
    throw new TandemError(
      'shape_mismatch',
      `${nameA} has ${rows} values but ${nameB} has ${b.length}. Both describe the same rows. Pass arrays of one length.`,
      { details: { [nameA]: rows, [nameB]: b.length } },
    )
  }
  if (rows === 0) {
    throw new TandemError('too_few_rows', `${nameA} has 0 values. A metric needs at least one row. Pass the rows to judge.`)
  }
  if (sampleWeight !== undefined) checkWeights(sampleWeight, rows)
  return rows
}

/** Checks a row-major table of probabilities and returns its number of columns. */
export function checkColumns(rows: number, proba: Numbers): number {
  const columns = proba.length / rows
  if (!Number.isInteger(columns) || columns < 2) {
    throw new TandemError(
      'shape_mismatch',
      `The probabilities hold ${proba.length} values for ${rows} rows. They need one value a row and class. Pass them row-major, rows x classes.`,
      { details: { values: proba.length, rows } },
    )
  }
  return columns
}

/** Checks that a class code is a column number of the probabilities. */
export function checkClassCodes(yTrue: Numbers, columns: number): void {
  for (let row = 0; row < yTrue.length; row++) {
    const code = yTrue[row]!
    if (!Number.isInteger(code) || code < 0 || code >= columns) {
      throw new TandemError(
        'shape_mismatch',
        `Row ${row} has class code ${code}, but the probabilities have ${columns} columns. Codes are column numbers 0 to ${columns - 1}. Encode the labels in the order of the columns.`,
        { details: { row, code, columns } },
      )
    }
  }
}

function checkWeights(weights: Numbers, rows: number): void {
  if (weights.length !== rows) {
    throw new TandemError(
      'shape_mismatch',
      `sampleWeight has ${weights.length} values for ${rows} rows. Each row needs one weight. Pass an array of ${rows} numbers.`,
      { details: { weights: weights.length, rows } },
    )
  }
  let total = 0
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!
    if (!(weight >= 0) || weight === Number.POSITIVE_INFINITY) {
      throw new TandemError('invalid_input', `The weight of row ${row} is ${weight}. Weights are finite and >= 0. Correct it.`, {
        details: { row },
      })
    }
    total += weight
  }
  if (total === 0) {
    throw new TandemError('too_few_rows', `All ${rows} sample weights are 0, so no row counts. Give at least one row a positive weight.`)
  }
}
