// Principal components of fewer rows than columns: by the products of the rows with each other, a small matrix however many columns there are.
// Source: Turk and Pentland, "Eigenfaces for recognition", 1991, section 2; kept orthogonal as orthonormal-block.ts says.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import { symmetricEigen } from '../math/symmetric-eigen.ts'
import type { Spend } from '../tree/training-control.ts'
import { createMatrixProducts } from './matrix-products.ts'
import { orthonormalise } from './orthonormal-block.ts'

export interface FewRowComponents {
  /** Squares of the singular values, descending, one for each row. */
  readonly values: Float64Array
  /** Orthonormal, shape (count, columns). */
  readonly vectors: Float64Array
}

type FewRows = DenseMatrix & { readonly values: Float64Array }

/** A square this small beside the largest is rounding, and so would be the direction that belongs to it. */
const NOTHING = 1e-13
/** Below, a module of WebAssembly takes longer to start than the work takes without. */
const FEWEST_NUMBERS = 4096
const FEWEST_PRODUCTS = 100_000
const BLOCK_COLUMNS = 128

/**
 * Cost: O(rows^2 x columns) time, three times the values.
 *
 * @param x      rows less the column means, of entries of about 1.
 * @param spend  what it throws ends the work.
 */
export function fewRowComponents(x: FewRows, count: number, spend: Spend): FewRowComponents {
  const { values, vectors } = symmetricEigen(rowProducts(x, spend), x.rows, { count, spend })
  const found = countAbove(values, count)
  const lengths = values.slice(0, found).map(Math.sqrt)
  const isSmall = x.rows * found * x.columns < FEWEST_PRODUCTS
  const directions = new Float64Array(count * x.columns)
  directions.set((isSmall ? undefined : byBlocks(x, vectors, lengths, spend)) ?? oneByOne(x, vectors, lengths, spend))
  complete(directions, found, count, x.columns, spend)
  return { values: values.map((value, at) => (at < found || at >= count ? value : 0)), vectors: directions }
}

/** X' vectors over their lengths, orthonormal; undefined where they are too near each other to be told apart by their products. */
function byBlocks(x: FewRows, vectors: Float64Array, lengths: Float64Array, spend: Spend): Float64Array | undefined {
  const { rows, columns } = x
  const products = createMatrixProducts(x, Math.ceil(lengths.length / 8) * 8, 'auto', spend)
  const { p, tall, wide, views, scale } = products
  for (const [at, length] of lengths.entries()) {
    spend(4 * rows)
    for (let row = 0; row < rows; row++) views.f64[(tall[0] >>> 3) + row * p + at] = (vectors[at * rows + row]! * scale) / length
  }
  products.transposedTimes(tall[0], wide[0])
  // In the order of the values, so that small ones give way to large ones; twice, for the last digits.
  if (orthonormalise(products, wide[0], columns, wide[1]) === Number.POSITIVE_INFINITY) return undefined
  if (orthonormalise(products, wide[1], columns, wide[0]) === Number.POSITIVE_INFINITY) return undefined
  const directions = new Float64Array(lengths.length * columns)
  for (let at = 0; at < lengths.length; at++) {
    spend(4 * columns)
    for (let column = 0; column < columns; column++) directions[at * columns + column] = views.f64[(wide[0] >>> 3) + column * p + at]!
  }
  return directions
}

function oneByOne({ rows, columns, values }: FewRows, vectors: Float64Array, lengths: Float64Array, spend: Spend): Float64Array {
  const directions = new Float64Array(lengths.length * columns)
  for (let at = 0; at < lengths.length; at++) {
    spend((rows + 4 * at) * columns)
    for (let row = 0; row < rows; row++) {
      const share = vectors[at * rows + row]! / lengths[at]!
      for (let column = 0, to = at * columns; column < columns; column++)
        directions[to + column]! += share * values[row * columns + column]!
    }
    takePart(directions, at, columns)
  }
  return directions
}

function countAbove(values: Float64Array, count: number): number {
  let found = 0
  while (found < count && values[found]! > NOTHING * values[0]!) found++
  return found
}

/** X X', shape (rows, rows), the lower half. */
function rowProducts({ rows, columns, values }: DenseMatrix, spend: Spend): Float64Array {
  const width = Math.ceil(rows / 4) * 4
  const layout = createHeapLayout()
  const at = { panels: layout.take(width * BLOCK_COLUMNS * 8), sums: layout.take(width * width * 8) }
  const heap = createHeap(layout.bytes, rows * columns < FEWEST_NUMBERS ? 'typescript' : 'auto')
  const kernels = kernelsOn(heap)
  const { f64 } = viewsOf(heap)
  for (let from = 0; from < columns; from += BLOCK_COLUMNS) {
    const n = Math.min(BLOCK_COLUMNS, columns - from)
    // Rows beyond the last one only have products of their own.
    for (let row = 0; row < rows; row++) {
      const to = (at.panels >>> 3) + (row & ~3) * n + (row & 3)
      const source = row * columns + from
      for (let column = 0; column < n; column++) f64[to + 4 * column] = values[source + column]!
    }
    spend((n * rows * rows) / 4)
    kernels.addGram(at.panels, width, n, at.sums)
  }
  const products = new Float64Array(rows * rows)
  for (let row = 0; row < rows; row++) {
    const source = (at.sums >>> 3) + row * width
    products.set(f64.subarray(source, source + row + 1), row * rows)
  }
  return products
}

/** Fills the directions from `found` on: any will do that are orthogonal to all before them. */
function complete(directions: Float64Array, found: number, count: number, columns: number, spend: Spend): void {
  // How much of each column's axis the directions hold.
  const held = new Float64Array(columns)
  for (let at = 0; at < count; at++) {
    const from = at * columns
    if (at >= found) {
      spend(4 * at * columns)
      let axis = 0
      for (let column = 1; column < columns; column++) if (held[column]! < held[axis]! - 1e-9) axis = column
      directions[from + axis] = 1
      takePart(directions, at, columns)
    }
    for (let column = 0; column < columns; column++) held[column]! += directions[from + column]! ** 2
  }
}

/** Takes what lies along those before it out of direction `at`, twice, and makes its length 1. */
function takePart(directions: Float64Array, at: number, columns: number): void {
  const own = directions.subarray(at * columns, (at + 1) * columns)
  for (let turn = 0; turn < 2; turn++) {
    for (let other = 0; other < at; other++) {
      const from = other * columns
      let sum = 0
      for (let column = 0; column < columns; column++) sum += own[column]! * directions[from + column]!
      for (let column = 0; column < columns; column++) own[column]! -= sum * directions[from + column]!
    }
    let squares = 0
    for (let column = 0; column < columns; column++) squares += own[column]! * own[column]!
    const length = Math.sqrt(squares)
    for (let column = 0; column < columns; column++) own[column]! /= length
  }
}
