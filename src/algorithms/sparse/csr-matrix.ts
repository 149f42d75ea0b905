// Compressed sparse rows: only what is not zero is kept. The form of text features, where a row holds dozens of a million columns.
import { TandemError } from '../../errors.ts'

export interface CsrMatrix {
  readonly rows: number
  readonly columns: number
  /** Row r holds the entries from `starts[r]` to `starts[r + 1]`; length rows + 1. */
  readonly starts: Int32Array
  /** Column of each entry, ascending within a row. */
  readonly indices: Int32Array
  /** Value of each entry. */
  readonly values: Float64Array
}

/**
 * Refuses a matrix whose parts do not fit together.
 *
 * Cost: one pass over the entries.
 *
 * @throws   `shape_mismatch` for wrong lengths or columns out of range or order; `invalid_input` for NaN and infinite values.
 */
export function checkCsrMatrix({ rows, columns, starts, indices, values }: CsrMatrix): void {
  if (starts.length !== rows + 1 || starts[0] !== 0 || starts[rows] !== indices.length || indices.length !== values.length) {
    throw new TandemError(
      'shape_mismatch',
      `A sparse matrix of ${rows} rows needs ${rows + 1} starts from 0 to its number of entries; it has ${starts.length}, ending at ${starts[rows]}, with ${indices.length} columns and ${values.length} values.`,
    )
  }
  for (let row = 0; row < rows; row++) {
    let previous = -1
    if (starts[row + 1]! < starts[row]!) throw new TandemError('shape_mismatch', `Row ${row} of the sparse matrix ends before it starts.`)
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const column = indices[at]!
      if (column <= previous || column >= columns) {
        throw new TandemError(
          'shape_mismatch',
          `Row ${row} of the sparse matrix has column ${column} after ${previous}; columns ascend and lie below ${columns}.`,
        )
      }
      if (!Number.isFinite(values[at])) {
        throw new TandemError(
          'invalid_input',
          `Row ${row}, column ${column} of the sparse matrix is ${values[at]}. Values must be finite.`,
          {
            details: { row, column },
          },
        )
      }
      previous = column
    }
  }
}

/** The same entries by column: row c of the result is column c. Columns within its rows ascend. Cost: two passes over the entries. */
export function transposeCsr({ rows, columns, starts, indices, values }: CsrMatrix): CsrMatrix {
  const entries = indices.length
  const turnedStarts = new Int32Array(columns + 1)
  for (let at = 0; at < entries; at++) turnedStarts[indices[at]! + 1]!++
  for (let column = 0; column < columns; column++) turnedStarts[column + 1]! += turnedStarts[column]!
  const next = turnedStarts.slice(0, columns)
  const turnedIndices = new Int32Array(entries)
  const turnedValues = new Float64Array(entries)
  for (let row = 0; row < rows; row++) {
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const to = next[indices[at]!]!++
      turnedIndices[to] = row
      turnedValues[to] = values[at]!
    }
  }
  return { rows: columns, columns: rows, starts: turnedStarts, indices: turnedIndices, values: turnedValues }
}

/** Keeps the entries of a row-major dense matrix that are not zero. */
export function csrFromDense(x: ArrayLike<number>, rows: number, columns: number): CsrMatrix {
  if (x.length !== rows * columns) {
    throw new TandemError('shape_mismatch', `x has ${x.length} values, but ${rows} rows of ${columns} columns need ${rows * columns}.`)
  }
  let entries = 0
  for (let at = 0; at < x.length; at++) if (x[at] !== 0) entries++
  const starts = new Int32Array(rows + 1)
  const indices = new Int32Array(entries)
  const values = new Float64Array(entries)
  let to = 0
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = x[row * columns + column]!
      if (value === 0) continue
      indices[to] = column
      values[to++] = value
    }
    starts[row + 1] = to
  }
  return { rows, columns, starts, indices, values }
}

/** Row-major, `rows * columns`; for tests and small results, since it keeps every zero. */
export function denseFromCsr({ rows, columns, starts, indices, values }: CsrMatrix): Float64Array {
  const dense = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let at = starts[row]!; at < starts[row + 1]!; at++) dense[row * columns + indices[at]!] = values[at]!
  }
  return dense
}

/** The given rows in the given order; one may come more than once. */
export function selectCsrRows({ columns, starts, indices, values }: CsrMatrix, rows: ArrayLike<number>): CsrMatrix {
  const chosenStarts = new Int32Array(rows.length + 1)
  for (let to = 0; to < rows.length; to++) {
    const row = rows[to]!
    chosenStarts[to + 1] = chosenStarts[to]! + starts[row + 1]! - starts[row]!
  }
  const chosenIndices = new Int32Array(chosenStarts[rows.length]!)
  const chosenValues = new Float64Array(chosenIndices.length)
  for (let to = 0; to < rows.length; to++) {
    const [from, end] = [starts[rows[to]!]!, starts[rows[to]! + 1]!]
    chosenIndices.set(indices.subarray(from, end), chosenStarts[to])
    chosenValues.set(values.subarray(from, end), chosenStarts[to])
  }
  return { rows: rows.length, columns, starts: chosenStarts, indices: chosenIndices, values: chosenValues }
}
