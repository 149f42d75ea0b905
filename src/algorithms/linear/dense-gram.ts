// Sums of products of all pairs of columns (and of each with the target): all that least squares needs to know of rows, however many.
// Rows are copied in blocks that stay in the processor's cache and multiplied four columns by four, so that each number is loaded once for
// several products.
import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
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

/** Numbers of a block: 256 kB, which stay in the second cache while all pairs of columns pass over them, two panels in the first. */
const BLOCK_NUMBERS = 32_768
const BLOCK_ROWS = { fewest: 32, most: 128 }
const SAMPLE = 64
/** Called as often as before blocks were that small. */
const ROWS_A_CALL = 1024

/**
 * Cost: O(rows x columns^2) time; a block of rows and columns^2 doubles.
 *
 * @param onBlock  called before each thousand rows or so, from 0; what it throws ends the work.
 */
export function centeredGram(
  x: DenseMatrix,
  y: ArrayLike<number>,
  weights: Float64Array,
  fitIntercept: boolean,
  onBlock?: (block: number) => void,
): CenteredGram {
  const { rows, columns } = x
  // Behind the columns, in a panel of their own: the target, and a column of ones, whose products are the sums.
  const ends = (columns + 3) & ~3
  const width = ends + 4
  const shift = fitIntercept ? shiftsOf(x, y) : new Float64Array(columns + 1)
  const blockRows = Math.max(BLOCK_ROWS.fewest, Math.min(BLOCK_ROWS.most, Math.floor(BLOCK_NUMBERS / width)))
  const layout = createHeapLayout()
  const at = {
    rows: layout.take(columns * blockRows * 8),
    panels: layout.take(width * blockRows * 8),
    shift: layout.take(ends * 8),
    totals: layout.take(ends * 8),
    sums: layout.take(width * width * 8),
  }
  const heap = createHeap(layout.bytes, rows * width < FEWEST_NUMBERS ? 'typescript' : 'auto')
  const kernels = kernelsOn(heap)
  const { f64 } = viewsOf(heap)
  f64.set(shift.subarray(0, columns), at.shift >>> 3)
  const panels = f64.subarray(at.panels >>> 3, (at.panels >>> 3) + width * blockRows)
  let calls = 0
  for (let from = 0; from < rows; from += blockRows) {
    if (from >= calls * ROWS_A_CALL) onBlock?.(calls++)
    const count = Math.min(blockRows, rows - from)
    f64.set(x.values.subarray(from * columns, (from + count) * columns), at.rows >>> 3)
    kernels.packPanels(at.rows, columns, count, at.shift, at.panels, at.totals)
    fillEnds(panels.subarray(ends * count, width * count), y, from, count, shift[columns]!)
    scalePanels(panels, width, weights, from, count)
    kernels.addGram(at.panels, width, count, at.sums)
  }
  const sums = f64.subarray(at.sums >>> 3, (at.sums >>> 3) + width * width)
  return centered(sums, width, columns, shift, fitIntercept)
}

/** Below, a module of WebAssembly takes longer to start than the work takes without; the bytes are the same. */
const FEWEST_NUMBERS = 4096

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

/** The panel behind those of the columns. */
function fillEnds(panel: Float64Array, y: ArrayLike<number>, from: number, count: number, shift: number): void {
  panel.fill(0)
  for (let row = 0, to = 0; row < count; row++, to += 4) {
    panel[to] = y[from + row]! - shift
    panel[to + 1] = 1
  }
}

function scalePanels(panels: Float64Array, width: number, weights: Float64Array, from: number, count: number): void {
  for (let row = 0; row < count; row++) {
    const weight = weights[from + row]!
    if (weight === 1) continue
    const root = Math.sqrt(weight)
    for (let panel = 0; panel < width * count; panel += 4 * count) {
      for (let at = panel + 4 * row; at < panel + 4 * row + 4; at++) panels[at]! *= root
    }
  }
}

/** From sums of differences from the shifts to those from the means. */
function centered(sums: Float64Array, width: number, columns: number, shift: Float64Array, fitIntercept: boolean): CenteredGram {
  const [target, ones] = [width - 4, width - 3]
  const total = sums[ones * width + ones]!
  const sumOf = (column: number): number => (fitIntercept && total > 0 ? sums[ones * width + column]! : 0)
  const product = (left: number, right: number): number =>
    sums[left * width + right]! - (total > 0 ? (sumOf(left) * sumOf(right)) / total : 0)
  const gram = new Float64Array(columns * columns)
  for (let left = 0; left < columns; left++) {
    for (let right = 0; right <= left; right++) {
      gram[left * columns + right] = product(left, right)
      gram[right * columns + left] = gram[left * columns + right]!
    }
  }
  const mean = (column: number, about: number): number => (fitIntercept && total > 0 ? about + sumOf(column) / total : 0)
  return {
    gram,
    right: Float64Array.from({ length: columns }, (_, column) => product(target, column)),
    targetSquares: product(target, target),
    means: Float64Array.from({ length: columns }, (_, column) => mean(column, shift[column]!)),
    targetMean: mean(target, shift[columns]!),
  }
}
