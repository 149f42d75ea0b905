// What the clusterers and projections demand of their rows.
import { TandemError } from '../../errors.ts'
import { checkMatrixForm, type DenseMatrix } from '../linear/feature-matrix.ts'

/**
 * The values in double precision, checked.
 *
 * @throws   `shape_mismatch` for a wrong length; `too_few_rows` below `least`; `invalid_input` for NaN and infinite values, with the place.
 */
export function checkedRows(x: DenseMatrix, least: number, method: string): Float64Array {
  checkShape(x, least, method)
  return finiteRows(x)
}

/**
 * What costs nothing to check.
 *
 * @throws   `invalid_input` for what is no matrix; `shape_mismatch` for a wrong length; `too_few_rows` below `least`.
 */
export function checkShape(x: DenseMatrix, least: number, method: string): void {
  checkMatrixForm(x)
  const { rows, columns, values } = x
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 0 || columns < 1 || values.length !== rows * columns) {
    throw new TandemError(
      'shape_mismatch',
      `The matrix has ${values.length} values, but says ${rows} rows of ${columns} columns; it needs rows x columns, and at least one column.`,
    )
  }
  checkRowCount({ rows }, least, method)
}

/** @throws `too_few_rows` below `least`. */
export function checkRowCount({ rows }: Pick<DenseMatrix, 'rows'>, least: number, method: string): void {
  if (rows < least) {
    throw new TandemError('too_few_rows', `${method} needs at least ${least} rows; there are ${rows}. Give more rows, or ask for less.`, {
      details: { rows, least },
    })
  }
}

/**
 * The values in double precision.
 *
 * @param largest  values beyond it are refused, since their squares would not be numbers.
 * @throws   `invalid_input` for NaN, infinite values and larger ones, with the place.
 */
export function finiteRows({ columns, values }: DenseMatrix, largest = Number.MAX_VALUE): Float64Array {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    if (Math.abs(value) <= largest) continue
    const [row, column] = [Math.floor(at / columns), at % columns]
    const why = Number.isFinite(value)
      ? `squared distances of values beyond ${largest} are no numbers. Scale the column.`
      : 'Distances need finite values: impute what is missing, or leave the row out.'
    throw new TandemError('invalid_input', `Row ${row}, column ${column} is ${value}${Number.isFinite(value) ? '; ' : '. '}${why}`, {
      details: { row, column },
    })
  }
  return values instanceof Float64Array ? values : new Float64Array(values)
}

/** Refuses a count that is no whole number above 0. */
export function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new TandemError('invalid_input', `${name} is ${value}; it is a whole number from 1 on.`)
}

/** Squared distance of two rows of any two matrices. */
export function squaredDistance(x: Float64Array, a: number, y: Float64Array, b: number, columns: number): number {
  let first = 0
  let second = 0
  let third = 0
  let fourth = 0
  let at = 0
  // Four sums, so that an addition need not wait for the one before it.
  for (; at + 3 < columns; at += 4) {
    const p = x[a + at]! - y[b + at]!
    const q = x[a + at + 1]! - y[b + at + 1]!
    const r = x[a + at + 2]! - y[b + at + 2]!
    const s = x[a + at + 3]! - y[b + at + 3]!
    first += p * p
    second += q * q
    third += r * r
    fourth += s * s
  }
  for (; at < columns; at++) first += (x[a + at]! - y[b + at]!) ** 2
  return first + second + (third + fourth)
}
