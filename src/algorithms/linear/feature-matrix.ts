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
 * Refuses what is no matrix at all, as programs without types hand it over: nothing, rows of rows, values in a plain array. Those are not
 * converted: null among them would be read as 0.
 *
 * @throws   `invalid_input`.
 */
export function checkMatrixForm(matrix: unknown): void {
  const { values } = typeof matrix === 'object' && matrix !== null ? (matrix as { readonly values?: unknown }) : {}
  if (ArrayBuffer.isView(values) && !(values instanceof DataView)) return
  const found =
    matrix === null || typeof matrix !== 'object' ? `is ${matrix === null ? 'null' : typeof matrix}` : `has ${kindOf(values)} as values`
  throw new TandemError(
    'invalid_input',
    `A matrix is { rows, columns, values }, its values row after row in a Float64Array or Float32Array; this one ${Array.isArray(matrix) ? 'is an array' : found}. Make the values with Float64Array.from(numbers).`,
  )
}

function kindOf(values: unknown): string {
  return Array.isArray(values) ? 'a plain array' : values === null ? 'null' : typeof values
}

/**
 * Refuses a matrix that no linear learner can use.
 *
 * @throws   `shape_mismatch` for a wrong length; `invalid_input` for NaN or infinite values, with row and column.
 */
export function checkFeatureMatrix(matrix: FeatureMatrix): void {
  checkMatrixForm(matrix)
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
  if (allFinite(values)) return
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

/** Whether no value is NaN or infinite: times 0, those are NaN and all others 0. Four sums at a time, for which the processor need not wait. */
function allFinite(values: Float32Array | Float64Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0]
  const end = values.length & ~3
  for (let at = 0; at < end; at += 4) {
    a += values[at]! * 0
    b += values[at + 1]! * 0
    c += values[at + 2]! * 0
    d += values[at + 3]! * 0
  }
  for (let at = end; at < values.length; at++) a += values[at]! * 0
  return a + b + c + d === 0
}

export function isSparse(matrix: FeatureMatrix): matrix is CsrMatrix {
  return 'starts' in matrix
}

/** scores[row] = bias + X[row] . weights[offset ..], written every `stride` from `first`; rows `from` to `end` alone when given. */
export function multiply(
  matrix: FeatureMatrix,
  weights: Float64Array,
  offset: number,
  bias: number,
  scores: Float64Array,
  first = 0,
  stride = 1,
  from = 0,
  end = matrix.rows,
): void {
  const { columns } = matrix
  if (isSparse(matrix)) {
    const { starts, indices, values } = matrix
    for (let row = from, to = first + from * stride; row < end; row++, to += stride) {
      let sum = bias
      for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += values[at]! * weights[offset + indices[at]!]!
      scores[to] = sum
    }
    return
  }
  const { values } = matrix
  const fours = columns & ~3
  for (let row = from, at = from * columns, to = first + from * stride; row < end; row++, to += stride) {
    // Four sums at a time, for which the processor need not wait.
    let [a, b, c, d] = [bias, 0, 0, 0]
    for (let column = offset; column < offset + fours; column += 4, at += 4) {
      a += values[at]! * weights[column]!
      b += values[at + 1]! * weights[column + 1]!
      c += values[at + 2]! * weights[column + 2]!
      d += values[at + 3]! * weights[column + 3]!
    }
    for (let column = offset + fours; column < offset + columns; column++) a += values[at++]! * weights[column]!
    scores[to] = a + b + (c + d)
  }
}

/** sums[offset + column] += sum over rows of X[row, column] * factors[first + row * stride]; rows `from` to `end` alone when given. */
export function addTransposed(
  matrix: FeatureMatrix,
  factors: Float64Array,
  sums: Float64Array,
  offset: number,
  first = 0,
  stride = 1,
  from = 0,
  end = matrix.rows,
): void {
  const { columns } = matrix
  if (isSparse(matrix)) {
    const { starts, indices, values } = matrix
    for (let row = from, of = first + from * stride; row < end; row++, of += stride) {
      const factor = factors[of]!
      if (factor === 0) continue
      for (let at = starts[row]!; at < starts[row + 1]!; at++) sums[offset + indices[at]!]! += values[at]! * factor
    }
    return
  }
  const { values } = matrix
  const fours = end - ((end - from) & 3)
  // Four rows at a time, so that each sum is loaded and stored once for them.
  for (let row = from, of = first + from * stride; row < fours; row += 4, of += 4 * stride) {
    const f0 = factors[of]!
    const f1 = factors[of + stride]!
    const f2 = factors[of + 2 * stride]!
    const f3 = factors[of + 3 * stride]!
    const r0 = row * columns
    const r1 = r0 + columns
    const r2 = r1 + columns
    const r3 = r2 + columns
    for (let column = 0; column < columns; column++) {
      sums[offset + column]! +=
        values[r0 + column]! * f0 + values[r1 + column]! * f1 + (values[r2 + column]! * f2 + values[r3 + column]! * f3)
    }
  }
  for (let row = fours; row < end; row++) {
    const factor = factors[first + row * stride]!
    for (let column = 0; column < columns; column++) sums[offset + column]! += values[row * columns + column]! * factor
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
