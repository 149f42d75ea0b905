// Dense rows, less means or as they are, in the space of a few directions.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'

/** Products below which a module of WebAssembly takes longer to start than the work takes without; the bytes are the same. */
const FEWEST_PRODUCTS = 100_000
const BLOCK_NUMBERS = 32_768

/**
 * @param components  shape (k, columns).
 * @returns shape (rows, k).
 */
export function projectRows(
  { rows, columns, values }: DenseMatrix,
  components: Float64Array,
  k: number,
  means?: Float64Array,
): Float64Array {
  const p = Math.ceil(k / 4) * 4
  const blockRows = Math.max(4, Math.min(Math.ceil(rows / 4) * 4, Math.floor(BLOCK_NUMBERS / columns) & ~3))
  const layout = createHeapLayout()
  const at = {
    rows: layout.take(blockRows * columns * 8),
    directions: layout.take(columns * p * 8),
    products: layout.take(blockRows * p * 8),
  }
  const heap = createHeap(layout.bytes, rows * k * columns < FEWEST_PRODUCTS ? 'typescript' : 'auto')
  const kernels = kernelsOn(heap)
  const { f64 } = viewsOf(heap)
  for (let component = 0; component < k; component++) {
    for (let column = 0, to = (at.directions >>> 3) + component; column < columns; column++, to += p) {
      f64[to] = components[component * columns + column]!
    }
  }
  const block = f64.subarray(at.rows >>> 3, (at.rows >>> 3) + blockRows * columns)
  const projected = new Float64Array(rows * k)
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from)
    block.set(values.subarray(from * columns, (from + count) * columns))
    if (means) takeMeans(block, count, means)
    // Whole fours; what stands behind the last row is not read.
    kernels.denseTimes(at.rows, columns, Math.ceil(count / 4) * 4, columns, at.directions, p, 0, at.products)
    for (let row = 0; row < count; row++) {
      const source = (at.products >>> 3) + row * p
      for (let component = 0; component < k; component++) projected[(from + row) * k + component] = f64[source + component]!
    }
  }
  return projected
}

function takeMeans(block: Float64Array, count: number, means: Float64Array): void {
  const columns = means.length
  for (let row = 0, at = 0; row < count; row++) {
    for (let column = 0; column < columns; column++, at++) block[at]! -= means[column]!
  }
}
