// Sums of products of differences from the column means, for rows by the million: they are read once, less a guess of the means, and taken
// again only where the guess was too far off to keep the digits.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'

export interface ColumnScatter {
  readonly means: Float64Array
  /** Shape (columns, columns), the lower half; not finite where the values are not, or are beyond 1e150. */
  readonly scatter: Float64Array
}

/** Numbers of a block: 256 kB, which stay in the second cache while all pairs of columns pass over them, two panels in the first. */
const BLOCK_NUMBERS = 32_768
const BLOCK_ROWS = { fewest: 32, most: 128 }
/** Below, a module of WebAssembly takes longer to start than the work takes without; the bytes are the same. */
const FEWEST_NUMBERS = 4096
const SAMPLE = 64
/** Squares of the distance from the guess to the mean beside those of the values from the mean: beyond, two digits would be lost. */
const FAR = 100

/** Cost: O(rows x columns^2) time; a block of rows and columns^2 doubles. */
export function columnScatter(x: DenseMatrix): ColumnScatter {
  const first = scatterAround(x, sampleMeans(x))
  if (!first.isFar) return first
  // From the mean itself nothing is far but the rounding of the mean.
  return scatterAround(x, first.means)
}

function scatterAround(x: DenseMatrix, shift: Float64Array): ColumnScatter & { readonly isFar: boolean } {
  const { rows, columns, values } = x
  const width = Math.ceil(columns / 4) * 4
  const blockRows = Math.max(BLOCK_ROWS.fewest, Math.min(BLOCK_ROWS.most, Math.floor(BLOCK_NUMBERS / width)))
  const layout = createHeapLayout()
  const at = {
    rows: layout.take(columns * blockRows * 8),
    panels: layout.take(width * blockRows * 8),
    shift: layout.take(width * 8),
    sums: layout.take(width * 8),
    scatter: layout.take(width * width * 8),
  }
  const heap = createHeap(layout.bytes, rows * width < FEWEST_NUMBERS ? 'typescript' : 'auto')
  const kernels = kernelsOn(heap)
  const { f64 } = viewsOf(heap)
  f64.set(shift, at.shift >>> 3)
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from)
    f64.set(values.subarray(from * columns, (from + count) * columns), at.rows >>> 3)
    kernels.packPanels(at.rows, columns, count, at.shift, at.panels, at.sums)
    kernels.addGram(at.panels, width, count, at.scatter)
  }
  const scatter = new Float64Array(columns * columns)
  const offsets = f64.slice(at.sums >>> 3, (at.sums >>> 3) + columns).map((sum) => sum / rows)
  let isFar = false
  for (let column = 0; column < columns; column++) {
    for (let other = 0; other <= column; other++) {
      const sum = f64[(at.scatter >>> 3) + column * width + other]!
      scatter[column * columns + other] = sum - rows * offsets[column]! * offsets[other]!
    }
    const own = Math.max(0, scatter[column * columns + column]!)
    scatter[column * columns + column] = own
    isFar ||= rows * offsets[column]! ** 2 > FAR * own
  }
  return { means: shift.map((value, column) => value + offsets[column]!), scatter, isFar }
}

/** Of a column of one value exactly that. */
function sampleMeans({ rows, columns, values }: DenseMatrix): Float64Array {
  const step = Math.max(1, Math.floor(rows / SAMPLE))
  const sums = new Float64Array(columns)
  let count = 0
  for (let row = 0; row < rows; row += step, count++) {
    for (let column = 0; column < columns; column++) sums[column]! += values[row * columns + column]! - values[column]!
  }
  return sums.map((sum, column) => values[column]! + sum / count)
}
