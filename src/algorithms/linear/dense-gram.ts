// Sums of products of all pairs of columns, and of each with the target: all that least squares needs to know of rows, however many.
import type { DenseMatrix } from './feature-matrix.ts'
import { gramBlocks, sampleMeans } from './gram-blocks.ts'

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

/** Between two calls of `onBlock`. */
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
  const shift = new Float64Array(columns + 1)
  if (fitIntercept) {
    shift.set(sampleMeans(x.values, rows, columns))
    shift.set(sampleMeans(y, rows, 1), columns)
  }
  let calls = 0
  const { products, width } = gramBlocks(x, shift, {
    // The target, and a column of ones, whose products are the sums.
    hasEndPanel: true,
    fill(panels, from, count) {
      if (from >= calls * ROWS_A_CALL) onBlock?.(calls++)
      fillEnds(panels.subarray(panels.length - 4 * count), y, from, count, shift[columns]!)
      scalePanels(panels, weights, from, count)
    },
  })
  return centered(products, width, columns, shift, fitIntercept)
}

/** The panel behind those of the columns. */
function fillEnds(panel: Float64Array, y: ArrayLike<number>, from: number, count: number, shift: number): void {
  panel.fill(0)
  for (let row = 0, to = 0; row < count; row++, to += 4) {
    panel[to] = y[from + row]! - shift
    panel[to + 1] = 1
  }
}

function scalePanels(panels: Float64Array, weights: Float64Array, from: number, count: number): void {
  for (let row = 0; row < count; row++) {
    const weight = weights[from + row]!
    if (weight === 1) continue
    const root = Math.sqrt(weight)
    for (let panel = 0; panel < panels.length; panel += 4 * count) {
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
