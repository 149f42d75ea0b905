// Where a search over many rows starts: the answer for one row in sixteen, which costs a sixteenth and is near enough that a few steps over
// all rows are left of many. The answer itself does not depend on it.
import { type DenseMatrix, type FeatureMatrix, isSparse } from './feature-matrix.ts'

const EVERY = 16
/** Below, the rows left out say too much; a part has this many rows for each column. */
const FEWEST_ROWS = 10_000
const ROWS_A_COLUMN = 10

/** Rows of the part, with what belongs to them. */
export interface Part {
  readonly x: DenseMatrix
  readonly y: Float64Array
  readonly weights: Float64Array
}

/** Every sixteenth row; undefined where that would not pay off: few rows, many columns, or sparse ones, whose columns need all rows. */
export function partForGuess(x: FeatureMatrix, y: ArrayLike<number>, weights: Float64Array): Part | undefined {
  if (isSparse(x) || x.rows < FEWEST_ROWS || x.rows < EVERY * ROWS_A_COLUMN * x.columns) return undefined
  const { columns, values } = x
  const rows = Math.floor(x.rows / EVERY)
  const part = { x: new Float64Array(rows * columns), y: new Float64Array(rows), weights: new Float64Array(rows) }
  for (let to = 0; to < rows; to++) {
    // Another place of each sixteen, so that a rhythm in the rows does not choose them.
    const row = to * EVERY + ((to * 7) % EVERY)
    part.x.set(values.subarray(row * columns, (row + 1) * columns), to * columns)
    part.y[to] = y[row]!
    part.weights[to] = weights[row]!
  }
  return { x: { rows, columns, values: part.x }, y: part.y, weights: part.weights }
}
