// Sums of the distances of each row to the rows of each cluster, by products of rows: |a - b|^2 = |a|^2 + |b|^2 - 2ab, of rows less the
// column means, so that little is lost, and by differences where the products leave too few digits.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createHeapLayout, viewsOf, withHeap } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import { squaredDistance } from './dense-rows.ts'

/** Rows that meet a panel of others in one go: their products stay in the first cache. */
const BLOCK = 32
const PANEL = 64
/** Squares this small beside those of both rows have fewer than nine digits left. */
const NEAR = 1e-7
/** Products below which a module of WebAssembly takes longer to start than the work takes without. */
const FEWEST_PRODUCTS = 100_000
/** 64 MB. */
const MOST_SUMS = 8 * 2 ** 20

/**
 * Cost: O(rows^2 x columns) time, half of it below 8 million rows x k; two copies of the rows and as many sums.
 *
 * @param labels  of each row, below k.
 * @param visit   told of each row in turn, with its k sums, which hold for the call alone.
 */
export function clusterDistances(
  { rows, columns, values }: DenseMatrix & { readonly values: Float64Array },
  labels: Int32Array,
  k: number,
  visit: (row: number, sums: Float64Array) => void,
): void {
  const panels = Math.ceil(rows / PANEL)
  const layout = createHeapLayout()
  const at = {
    rows: layout.take(Math.ceil(rows / 4) * 4 * columns * 8),
    panels: layout.take(panels * PANEL * columns * 8),
    products: layout.take(BLOCK * PANEL * 8),
  }
  withHeap(layout.bytes, rows * rows * columns < FEWEST_PRODUCTS ? 'typescript' : 'auto', (heap) => {
    const kernels = kernelsOn(heap)
    const { f64 } = viewsOf(heap)
    const centered = f64.subarray(at.rows >>> 3, (at.rows >>> 3) + rows * columns)
    centered.set(values)
    const squares = center(centered, rows, columns)
    for (let row = 0; row < rows; row++) {
      const to = (at.panels >>> 3) + (row - (row % PANEL)) * columns + (row % PANEL)
      for (let column = 0; column < columns; column++) f64[to + column * PANEL] = centered[row * columns + column]!
    }
    const products = f64.subarray(at.products >>> 3, (at.products >>> 3) + BLOCK * PANEL)
    // Each pair once where all sums have room: what a row adds to later ones waits there for their turn.
    const isOnce = rows * k <= MOST_SUMS
    const sums = new Float64Array((isOnce ? rows : BLOCK) * k)
    for (let from = 0; from < rows; from += BLOCK) {
      const count = Math.min(BLOCK, rows - from)
      const whole = Math.ceil(count / 4) * 4
      const start = isOnce ? from * k : 0
      if (!isOnce) sums.fill(0)
      for (let panel = isOnce ? Math.floor(from / PANEL) : 0; panel < panels; panel++) {
        const first = panel * PANEL
        const end = Math.min(first + PANEL, rows)
        kernels.denseTimes(at.rows + from * columns * 8, columns, whole, columns, at.panels + first * columns * 8, PANEL, 0, at.products)
        for (let row = from; row < from + count; row++) {
          const own = squares[row]!
          const label = labels[row]!
          const into = start + (row - from) * k
          let place = (row - from) * PANEL + (isOnce && first <= row ? row + 1 - first : 0)
          for (let other = isOnce ? Math.max(first, row + 1) : first; other < end; other++, place++) {
            const both = own + squares[other]!
            let square = both - 2 * products[place]!
            if (square < NEAR * both) square = squaredDistance(values, row * columns, values, other * columns, columns)
            const distance = Math.sqrt(square)
            sums[into + labels[other]!]! += distance
            if (isOnce) sums[other * k + label]! += distance
          }
        }
      }
      for (let row = 0; row < count; row++) visit(from + row, sums.subarray(start + row * k, start + (row + 1) * k))
    }
  })
}

/** Takes the column means out; returns the squares of the lengths of the rows. */
function center(values: Float64Array, rows: number, columns: number): Float64Array {
  const means = new Float64Array(columns)
  for (let row = 0, at = 0; row < rows; row++) for (let column = 0; column < columns; column++) means[column]! += values[at++]! / rows
  const squares = new Float64Array(rows)
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      values[at]! -= means[column]!
      squares[row]! += values[at]! * values[at]!
    }
  }
  return squares
}
