// What a linear learner is given: dense rows or compressed sparse rows, behind the two products that learning needs.
import { TandemError } from '../../errors.ts'
import { type CsrMatrix, checkCsrMatrix } from '../sparse/csr-matrix.ts'

export interface DenseMatrix {
  readonly rows: number
  readonly columns: number
  /** Row-major, `rows * columns`. */
  readonly values: Float32Array | Float64Array
}

/** Rows of features: dense or sparse. Linear models know no missing values; impute first. */
export type FeatureMatrix = DenseMatrix | CsrMatrix

/**
 * Refuses a matrix that no linear learner can use.
 *
 * @throws   `shape_mismatch` for a wrong length; `invalid_input` for NaN or infinite values, with row and column.
 */
export function checkFeatureMatrix(matrix: FeatureMatrix): void {
  const { rows, columns } = matrix
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 0 || columns < 1) {
    throw new TandemError(
      'shape_mismatch',
      `The matrix says ${rows} rows and ${columns} columns; both are whole numbers, and there is at least one column.`,
    )
  }
  if (isSparse(matrix)) {
    checkCsrMatrix(matrix)
    return
  }
  const { values } = matrix
  if (values.length !== rows * columns) {
    throw new TandemError(
      'shape_mismatch',
      `The matrix has ${values.length} values, but ${rows} rows of ${columns} columns need ${rows * columns}.`,
    )
  }
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue
    const row = Math.floor(at / columns)
    throw new TandemError(
      'invalid_input',
      `Row ${row}, column ${at % columns} is ${values[at]}. Linear models need finite values: impute what is missing, or use trees.`,
      { details: { row, column: at % columns } },
    )
  }
}

export function isSparse(matrix: FeatureMatrix): matrix is CsrMatrix {
  return 'starts' in matrix
}

/** scores[row] = bias + X[row] . weights[offset ..], written every `stride` from `first`. */
export function multiply(
  matrix: FeatureMatrix,
  weights: Float64Array,
  offset: number,
  bias: number,
  scores: Float64Array,
  first = 0,
  stride = 1,
): void {
  const { rows, columns } = matrix
  if (isSparse(matrix)) {
    const { starts, indices, values } = matrix
    for (let row = 0, to = first; row < rows; row++, to += stride) {
      let sum = bias
      for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += values[at]! * weights[offset + indices[at]!]!
      scores[to] = sum
    }
    return
  }
  const { values } = matrix
  for (let row = 0, at = 0, to = first; row < rows; row++, to += stride) {
    let sum = bias
    for (let column = 0; column < columns; column++) sum += values[at++]! * weights[offset + column]!
    scores[to] = sum
  }
}

/** sums[offset + column] += sum over rows of X[row, column] * factors[first + row * stride]. */
export function addTransposed(
  matrix: FeatureMatrix,
  factors: Float64Array,
  sums: Float64Array,
  offset: number,
  first = 0,
  stride = 1,
): void {
  const { rows, columns } = matrix
  if (isSparse(matrix)) {
    const { starts, indices, values } = matrix
    for (let row = 0, from = first; row < rows; row++, from += stride) {
      const factor = factors[from]!
      if (factor === 0) continue
      for (let at = starts[row]!; at < starts[row + 1]!; at++) sums[offset + indices[at]!]! += values[at]! * factor
    }
    return
  }
  const { values } = matrix
  for (let row = 0, at = 0, from = first; row < rows; row++, from += stride) {
    const factor = factors[from]!
    for (let column = 0; column < columns; column++) sums[offset + column]! += values[at++]! * factor
  }
}

/** sums[offset + column] += sum over rows of X[row, column]^2 * factors[first + row * stride]. */
export function addSquares(matrix: FeatureMatrix, factors: Float64Array, sums: Float64Array, offset: number, first = 0, stride = 1): void {
  const { rows, columns } = matrix
  if (isSparse(matrix)) {
    const { starts, indices, values } = matrix
    for (let row = 0, from = first; row < rows; row++, from += stride) {
      const factor = factors[from]!
      for (let at = starts[row]!; at < starts[row + 1]!; at++) sums[offset + indices[at]!]! += values[at]! * values[at]! * factor
    }
    return
  }
  const { values } = matrix
  for (let row = 0, at = 0, from = first; row < rows; row++, from += stride) {
    const factor = factors[from]!
    for (let column = 0; column < columns; column++, at++) sums[offset + column]! += values[at]! * values[at]! * factor
  }
}
