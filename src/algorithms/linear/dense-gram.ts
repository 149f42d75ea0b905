// Sums of products of all pairs of columns (and of each with the target): all that least squares needs to know of rows, however many.
// Rows are copied in blocks that stay in the processor's cache, column after column, and multiplied two columns by four, so that each
// number is loaded once for several products.
import type { DenseMatrix } from './feature-matrix.ts'

export interface CenteredGram {
  /** Shape (columns, columns): sums of weight x product of differences from the means; whole. */
  readonly gram: Float64Array
  /** The same of each column with the target. */
  readonly right: Float64Array
  /** The same of the target with itself. */
  readonly targetSquares: number
  /** Weighted means; zeros without an intercept. */
  readonly means: Float64Array
  readonly targetMean: number
}

/** Numbers of a block: 128 kB. */
const BLOCK_NUMBERS = 1 << 14
const MOST_BLOCK_ROWS = 256
const SAMPLE = 64

/**
 * Cost: O(rows x columns^2) time; a block of rows and columns^2 doubles.
 *
 * @param onBlock  called before each block of rows, from 0; what it throws ends the work.
 */
export function centeredGram(
  x: DenseMatrix,
  y: ArrayLike<number>,
  weights: Float64Array,
  fitIntercept: boolean,
  onBlock?: (block: number) => void,
): CenteredGram {
  const { rows, columns } = x
  // Beside the columns: the target, and a column of ones, whose products are the sums.
  const [target, ones] = [columns, columns + 1]
  const width = (columns + 2 + 3) & ~3
  const shift = fitIntercept ? shiftsOf(x, y) : new Float64Array(columns + 1)
  const blockRows = Math.max(16, Math.min(MOST_BLOCK_ROWS, Math.floor(BLOCK_NUMBERS / width)))
  const block = new Float64Array(width * blockRows)
  const sums = new Float64Array(width * width)
  for (let from = 0; from < rows; from += blockRows) {
    onBlock?.(from / blockRows)
    const count = Math.min(blockRows, rows - from)
    fillBlock(block, blockRows, x, from, count, shift)
    for (let row = 0; row < count; row++) {
      block[target * blockRows + row] = y[from + row]! - shift[columns]!
      block[ones * blockRows + row] = 1
    }
    scaleBlock(block, blockRows, columns + 2, weights, from, count)
    for (let left = 0; left < width; left += 2) {
      for (let right = 0; right <= left + 1; right += 4) addTile(block, blockRows, count, left, right, sums, width)
    }
  }
  return centered(sums, width, columns, shift, fitIntercept)
}

/** Near the means, so that no digits are lost when sums are taken back; of a column of one value exactly that. */
function shiftsOf({ rows, columns, values }: DenseMatrix, y: ArrayLike<number>): Float64Array {
  const shift = new Float64Array(columns + 1)
  const step = Math.max(1, Math.floor(rows / SAMPLE))
  for (let column = 0; column <= columns; column++) {
    const at = (row: number): number => (column === columns ? y[row]! : values[row * columns + column]!)
    let sum = 0
    let count = 0
    let same = true
    for (let row = 0; row < rows; row += step) {
      sum += at(row) - at(0)
      same &&= at(row) === at(0)
      count++
    }
    shift[column] = same ? at(0) : at(0) + sum / count
  }
  return shift
}

function fillBlock(
  block: Float64Array,
  stride: number,
  { columns, values }: DenseMatrix,
  from: number,
  count: number,
  shift: Float64Array,
): void {
  let at = from * columns
  for (let row = 0; row < count; row++) {
    for (let column = 0, to = row; column < columns; column++, to += stride) block[to] = values[at++]! - shift[column]!
  }
}

function scaleBlock(block: Float64Array, stride: number, used: number, weights: Float64Array, from: number, count: number): void {
  for (let row = 0; row < count; row++) {
    const weight = weights[from + row]!
    if (weight === 1) continue
    const root = Math.sqrt(weight)
    for (let column = 0, at = row; column < used; column++, at += stride) block[at]! *= root
  }
}

function addTile(block: Float64Array, stride: number, count: number, left: number, right: number, sums: Float64Array, width: number): void {
  let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0]
  const l0 = left * stride
  const l1 = l0 + stride
  const r0 = right * stride
  const r1 = r0 + stride
  const r2 = r1 + stride
  const r3 = r2 + stride
  for (let row = 0; row < count; row++) {
    const a = block[l0 + row]!
    const b = block[l1 + row]!
    const c0 = block[r0 + row]!
    const c1 = block[r1 + row]!
    const c2 = block[r2 + row]!
    const c3 = block[r3 + row]!
    a0 += a * c0
    a1 += a * c1
    a2 += a * c2
    a3 += a * c3
    b0 += b * c0
    b1 += b * c1
    b2 += b * c2
    b3 += b * c3
  }
  const at = left * width + right
  sums[at]! += a0
  sums[at + 1]! += a1
  sums[at + 2]! += a2
  sums[at + 3]! += a3
  sums[at + width]! += b0
  sums[at + width + 1]! += b1
  sums[at + width + 2]! += b2
  sums[at + width + 3]! += b3
}

/** From sums of differences from the shifts to those from the means. */
function centered(sums: Float64Array, width: number, columns: number, shift: Float64Array, fitIntercept: boolean): CenteredGram {
  const ones = (columns + 1) * width
  const total = sums[ones + columns + 1]!
  const sumOf = (column: number): number => (fitIntercept && total > 0 ? sums[ones + column]! : 0)
  const product = (left: number, right: number): number =>
    sums[left * width + right]! - (total > 0 ? (sumOf(left) * sumOf(right)) / total : 0)
  const gram = new Float64Array(columns * columns)
  for (let left = 0; left < columns; left++) {
    for (let right = 0; right <= left; right++) {
      gram[left * columns + right] = product(left, right)
      gram[right * columns + left] = gram[left * columns + right]!
    }
  }
  const mean = (column: number): number => (fitIntercept && total > 0 ? shift[column]! + sumOf(column) / total : 0)
  return {
    gram,
    right: Float64Array.from({ length: columns }, (_, column) => product(columns, column)),
    targetSquares: product(columns, columns),
    means: Float64Array.from({ length: columns }, (_, column) => mean(column)),
    targetMean: mean(columns),
  }
}
