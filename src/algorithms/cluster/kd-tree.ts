// k-d tree: rows halved again and again along their widest column, so that searches pass by far rows by their box.
// Source: Bentley 1975; Friedman, Bentley and Finkel, "An algorithm for finding best matches in logarithmic expected time", 1977.

import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import type { Spend } from '../tree/training-control.ts'

export interface KdTree {
  readonly rows: number
  readonly columns: number
  /** Rows in the order of the tree, `stride` doubles each: neighbours in memory are near each other. */
  readonly x: Float64Array
  readonly stride: number
  /** Squared distances from a place to the places of a leaf; they hold until the next call. */
  leafDistances(place: number, leaf: number): Float64Array
  /** Row of the table at each place of the tree. */
  readonly order: Int32Array
  /** Of each node the places from..to-1; children of node i are 2i + 1 and 2i + 2; nodes from `firstLeaf` on are leaves. */
  readonly from: Int32Array
  readonly to: Int32Array
  readonly firstLeaf: number
  /** Least and largest values in each node, shape (nodes, columns). */
  readonly low: Float64Array
  readonly high: Float64Array
}

const LEAF_ROWS = 40
/** Below, a module of WebAssembly takes longer to start than the work takes without; the bytes are the same. */
const FEWEST_ROWS = 1000

/** Cost: O(rows x columns x log rows); a copy of the rows. What `spend` throws ends the work. */
export function buildKdTree(values: Float64Array, rows: number, columns: number, spend: Spend): KdTree {
  let levels = 0
  while (rows / 2 ** levels > LEAF_ROWS) levels++
  const nodes = 2 ** (levels + 1) - 1
  const firstLeaf = 2 ** levels - 1
  const from = new Int32Array(nodes)
  const to = new Int32Array(nodes)
  const low = new Float64Array(nodes * columns).fill(Number.POSITIVE_INFINITY)
  const high = new Float64Array(nodes * columns).fill(Number.NEGATIVE_INFINITY)
  const order = Int32Array.from({ length: rows }, (_, row) => row)
  to[0] = rows
  for (let node = 0; node < nodes; node++) {
    const [start, end, box] = [from[node]!, to[node]!, node * columns]
    // To find the box, and to halve it.
    spend((end - start) * (2 * columns + 20))
    for (let place = start; place < end; place++) {
      const row = order[place]! * columns
      for (let column = 0; column < columns; column++) {
        const value = values[row + column]!
        if (value < low[box + column]!) low[box + column] = value
        if (value > high[box + column]!) high[box + column] = value
      }
    }
    if (node >= firstLeaf) continue
    let widest = 0
    for (let column = 1; column < columns; column++) {
      if (high[box + column]! - low[box + column]! > high[box + widest]! - low[box + widest]!) widest = column
    }
    const middle = (start + end) >>> 1
    placeMiddle(order, start, end - 1, middle, (row) => values[row * columns + widest]!)
    from[2 * node + 1] = start
    to[2 * node + 1] = middle
    from[2 * node + 2] = middle
    to[2 * node + 2] = end
  }
  return { rows, columns, order, from, to, firstLeaf, low, high, ...placeRows(values, columns, { order, from, to }) }
}

/** The rows by their places where a kernel can read them, and the kernel at work on a leaf. */
function placeRows(
  values: Float64Array,
  columns: number,
  { order, from, to }: Pick<KdTree, 'order' | 'from' | 'to'>,
): Pick<KdTree, 'x' | 'stride' | 'leafDistances'> {
  const rows = order.length
  const stride = columns + (columns & 1)
  const layout = createHeapLayout()
  const at = { x: layout.take(rows * stride * 8), ones: layout.take(stride * 8), distances: layout.take((LEAF_ROWS + 2) * 8) }
  const heap = createHeap(layout.bytes, rows < FEWEST_ROWS ? 'typescript' : 'auto')
  const { f64 } = viewsOf(heap)
  const { diagonalDistances } = kernelsOn(heap)
  const x = f64.subarray(at.x >>> 3, (at.x >>> 3) + rows * stride)
  for (let place = 0; place < rows; place++) x.set(values.subarray(order[place]! * columns, (order[place]! + 1) * columns), place * stride)
  f64.fill(1, at.ones >>> 3, (at.ones >>> 3) + stride)
  const distances = f64.subarray(at.distances >>> 3, (at.distances >>> 3) + LEAF_ROWS + 2)
  return {
    x,
    stride,
    leafDistances(place, leaf) {
      const first = from[leaf]!
      diagonalDistances(at.x + first * stride * 8, stride, to[leaf]! - first, at.x + place * stride * 8, at.ones, at.distances)
      return distances
    },
  }
}

/** Reorders left..right so that no key before `middle` is larger, and none behind it smaller (Hoare 1961). */
function placeMiddle(order: Int32Array, first: number, last: number, middle: number, key: (row: number) => number): void {
  let [left, right] = [first, last]
  while (left < right) {
    const pivot = key(order[(left + right) >>> 1]!)
    let [i, j] = [left, right]
    while (i <= j) {
      while (key(order[i]!) < pivot) i++
      while (key(order[j]!) > pivot) j--
      if (i > j) break
      const row = order[i]!
      order[i++] = order[j]!
      order[j--] = row
    }
    if (middle <= j) right = j
    else if (middle >= i) left = i
    else return
  }
}

/** Steps of about a nanosecond that a search takes in a leaf and on its way there. */
export function leafStepsOf(columns: number): number {
  return LEAF_ROWS * (columns + 10)
}

/** Squared distance from a place to the box of a node; added up as the kernel does, so that rounding never makes it more than one in the box. */
export function boxDistance({ columns, x, stride, low, high }: KdTree, node: number, place: number): number {
  let even = 0
  let odd = 0
  let [at, box] = [place * stride, node * columns]
  const end = box + columns - 1
  for (; box < end; at += 2, box += 2) {
    const one = apart(x[at]!, low[box]!, high[box]!)
    const two = apart(x[at + 1]!, low[box + 1]!, high[box + 1]!)
    even += one * one
    odd += two * two
  }
  if (box === end) even += apart(x[at]!, low[box]!, high[box]!) ** 2
  return even + odd
}

function apart(value: number, low: number, high: number): number {
  return value < low ? low - value : value > high ? value - high : 0
}

/**
 * Squared distance of each place to its nearest places, itself among them: to the `count`-th.
 *
 * Cost: O(rows x log rows) searches of nearby boxes where columns are few; up to O(rows^2) where they are many.
 *
 * @param visit  told of each place once its distance is known, and of the steps it took; what it throws ends the work.
 */
export function neighbourDistances(tree: KdTree, count: number, visit: (place: number, steps: number) => void): Float64Array {
  const { rows, columns, from, to, firstLeaf } = tree
  const distances = new Float64Array(rows)
  const nearest = new Float64Array(count)
  const last = count - 1
  const leafSteps = leafStepsOf(columns)
  let place = 0
  let leaves = 0
  const search = (node: number): void => {
    if (node < firstLeaf) {
      const [left, right] = [boxDistance(tree, 2 * node + 1, place), boxDistance(tree, 2 * node + 2, place)]
      const near = left <= right ? 1 : 2
      if (Math.min(left, right) < nearest[last]!) search(2 * node + near)
      if (Math.max(left, right) < nearest[last]!) search(2 * node + 3 - near)
      return
    }
    leaves++
    const found = tree.leafDistances(place, node)
    const count = to[node]! - from[node]!
    for (let each = 0; each < count; each++) {
      const distance = found[each]!
      if (distance >= nearest[last]!) continue
      let at = last
      for (; at > 0 && nearest[at - 1]! > distance; at--) nearest[at] = nearest[at - 1]!
      nearest[at] = distance
    }
  }
  for (; place < rows; place++) {
    nearest.fill(Number.POSITIVE_INFINITY)
    leaves = 0
    search(0)
    distances[place] = nearest[last]!
    visit(place, leaves * leafSteps)
  }
  return distances
}
