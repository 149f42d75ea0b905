// Sums of products of all pairs of columns, for rows by the million. Rows are copied in blocks that stay in the processor's cache and
// multiplied four columns by four, so that each number is loaded once for several products.
import { fusedGram } from '../math/fused-gram.ts'
import { createHeapLayout, viewsOf, withHeap } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import type { DenseMatrix } from './feature-matrix.ts'

export interface GramBlocks {
  /** Sums of each column less its shift. */
  readonly totals: Float64Array
  /** Shape (width, width), the lower half. */
  readonly products: Float64Array
  /** Of the columns, filled up to whole fours, and of the panel behind them. */
  readonly width: number
}

export interface GramBlocksOptions {
  /** Whether a panel of four columns stands behind those of the rows, for `fill` to fill. */
  readonly hasEndPanel?: boolean
  /**
   * Told of each block before it is multiplied, and may change it: rows from..from+count, four columns after four, each four row after row.
   * What it throws ends the work.
   */
  fill?(panels: Float64Array, from: number, count: number): void
}

/** Numbers of a block: 256 kB, which stay in the second cache while all pairs of columns pass over them, two panels in the first. */
const BLOCK_NUMBERS = 32_768
const BLOCK_ROWS = { fewest: 32, most: 128 }
const SAMPLE = 64
/** Below, a module of WebAssembly takes longer to start than the work takes without; the bytes are the same. */
const FEWEST_NUMBERS = 4096

/**
 * Of the columns less their `shift`, which is best near the means: no digits are lost then when sums are taken back.
 *
 * Cost: O(rows x columns^2) time; a block of rows and columns^2 doubles.
 */
export function gramBlocks(x: DenseMatrix, shift: Float64Array, { hasEndPanel = false, fill }: GramBlocksOptions = {}): GramBlocks {
  const { rows, columns, values } = x
  const ends = Math.ceil(columns / 4) * 4
  const width = hasEndPanel ? ends + 4 : ends
  const blockRows = Math.max(BLOCK_ROWS.fewest, Math.min(BLOCK_ROWS.most, Math.floor(BLOCK_NUMBERS / width)))
  const layout = createHeapLayout()
  const at = {
    rows: layout.take(columns * blockRows * 8),
    panels: layout.take(width * blockRows * 8),
    shift: layout.take(ends * 8),
    totals: layout.take(ends * 8),
    products: layout.take(width * width * 8),
  }
  return withHeap(layout.bytes, rows * width < FEWEST_NUMBERS ? 'typescript' : 'auto', (heap) => {
    const kernels = kernelsOn(heap)
    const addGram = fusedGram(heap) ?? kernels.addGram
    const { f64 } = viewsOf(heap)
    const viewOf = (place: number, length: number): Float64Array => f64.subarray(place >>> 3, (place >>> 3) + length)
    viewOf(at.shift, columns).set(shift.subarray(0, columns))
    for (let from = 0; from < rows; from += blockRows) {
      const count = Math.min(blockRows, rows - from)
      f64.set(values.subarray(from * columns, (from + count) * columns), at.rows >>> 3)
      kernels.packPanels(at.rows, columns, count, at.shift, at.panels, at.totals)
      fill?.(viewOf(at.panels, width * count), from, count)
      addGram(at.panels, width, count, at.products)
    }
    return { totals: viewOf(at.totals, columns).slice(), products: viewOf(at.products, width * width).slice(), width }
  })
}

/** A guess of the means of the columns, from some of the rows; of a column of one value exactly that. */
export function sampleMeans(values: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const step = Math.max(1, Math.floor(rows / SAMPLE))
  const sums = new Float64Array(columns)
  let count = 0
  for (let row = 0; row < rows; row += step, count++) {
    for (let column = 0; column < columns; column++) sums[column]! += values[row * columns + column]! - values[column]!
  }
  return sums.map((sum, column) => values[column]! + sum / count)
}
