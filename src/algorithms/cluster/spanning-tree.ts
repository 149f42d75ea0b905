// Minimum spanning tree of mutual reachability, without a matrix of distances: every component looks for its nearest other one, all
// join, and again (Boruvka 1926), by a k-d tree. What a row has found stays true until its neighbour joins it, since components only grow.
// Source: Campello, Moulavi and Sander 2013 (mutual reachability); McInnes and Healy, "Accelerated HDBSCAN", 2017 (Boruvka by trees).
import type { TrainingControl } from '../tree/training-control.ts'
import { boxDistance, type KdTree, leafStepsOf, neighbourDistances } from './kd-tree.ts'

export interface SpanningTree {
  /** Rows at both ends of each of the rows - 1 edges; the first is nearer to row 0 along the tree. */
  readonly first: Int32Array
  readonly second: Int32Array
  /** Mutual reachability distance: the largest of the distance and both core distances. */
  readonly distances: Float64Array
}

/** Share of the work after which all neighbours are found. */
const NEIGHBOURS = 0.4

interface Search {
  readonly tree: KdTree
  readonly control: TrainingControl
  /** Squared distance of each place to its `minSamples`-th nearest, itself among them. */
  readonly core: Float64Array
  readonly component: Int32Array
  /** Of each node: the component that all its places belong to, or -1; and the least core distance in it. */
  readonly only: Int32Array
  readonly leastCore: Float64Array
  /** Nearest place of another component, or -1 where only a lower bound of its distance is known. */
  readonly nearest: Int32Array
  readonly bound: Float64Array
}

/** Cost: some log(rows) rounds of searches; 8 x columns + 50 bytes a row. What `control` throws ends the work. */
export function mutualReachabilityTree(tree: KdTree, minSamples: number, control: TrainingControl): SpanningTree {
  const { rows } = tree
  const hundredth = Math.ceil(rows / 100)
  const search: Search = {
    tree,
    control,
    core: neighbourDistances(tree, minSamples, (place, steps) => {
      control.spend(steps)
      if (place % hundredth === 0) control.progress((NEIGHBOURS * place) / rows)
    }),
    component: Int32Array.from({ length: rows }, (_, place) => place),
    only: new Int32Array(tree.from.length),
    leastCore: new Float64Array(tree.from.length).fill(Number.POSITIVE_INFINITY),
    nearest: new Int32Array(rows).fill(-1),
    bound: new Float64Array(rows).fill(Number.NEGATIVE_INFINITY),
  }
  fillLeastCores(search)
  const edges = { a: new Int32Array(rows - 1), b: new Int32Array(rows - 1), squared: new Float64Array(rows - 1) }
  const parents = search.component.slice()
  let found = 0
  while (found < rows - 1) {
    control.progress(NEIGHBOURS + ((1 - NEIGHBOURS) * found) / rows)
    const best = nearestOfComponents(search)
    for (let component = 0; component < rows; component++) {
      const place = best[component]!
      if (place === -1) continue
      const other = search.nearest[place]!
      const [one, two] = [findRoot(parents, place), findRoot(parents, other)]
      // The other component may have found the same edge.
      if (one === two) continue
      parents[one] = two
      edges.a[found] = place
      edges.b[found] = other
      edges.squared[found++] = search.bound[place]!
    }
    control.spend(rows * 20)
    for (let place = 0; place < rows; place++) search.component[place] = findRoot(parents, place)
  }
  control.spend(rows * 100)
  return rooted(tree, edges)
}

function fillLeastCores({ tree: { from, to, firstLeaf }, core, leastCore }: Search): void {
  for (let node = from.length - 1; node >= 0; node--) {
    if (node < firstLeaf) leastCore[node] = Math.min(leastCore[2 * node + 1]!, leastCore[2 * node + 2]!)
    else for (let place = from[node]!; place < to[node]!; place++) leastCore[node] = Math.min(leastCore[node]!, core[place]!)
  }
}

/** Of each component the place from which its shortest edge leads out; -1 where there is no such component. */
function nearestOfComponents(search: Search): Int32Array {
  const { tree, core, component, only, nearest, bound } = search
  const { rows, from, to, firstLeaf } = tree
  for (let node = from.length - 1; node >= 0; node--) {
    if (node < firstLeaf) only[node] = only[2 * node + 1] === only[2 * node + 2] ? only[2 * node + 1]! : -1
    else {
      only[node] = component[from[node]!]!
      for (let place = from[node]! + 1; place < to[node]!; place++) if (component[place] !== only[node]) only[node] = -1
    }
  }
  const best = new Int32Array(rows).fill(-1)
  const least = new Float64Array(rows).fill(Number.POSITIVE_INFINITY)
  const offer = (place: number): void => {
    const own = component[place]!
    if (bound[place]! >= least[own]!) return
    least[own] = bound[place]!
    best[own] = place
  }
  // What was found before and still leads to another component needs no search.
  for (let place = 0; place < rows; place++) {
    if (nearest[place] === -1) continue
    if (component[nearest[place]!] === component[place]) nearest[place] = -1
    else offer(place)
  }
  for (let place = 0; place < rows; place++) {
    const limit = least[component[place]!]!
    if (nearest[place] !== -1 || bound[place]! >= limit || core[place]! >= limit) continue
    searchFrom(search, place, limit)
    if (nearest[place] !== -1) offer(place)
  }
  return best
}

/** Looks for the nearest place of another component below a limit; what it finds, or that there is none, is kept. */
function searchFrom(search: Search, place: number, limit: number): void {
  const { tree, control, core, component, only, leastCore, nearest, bound } = search
  const { from, to, firstLeaf } = tree
  let leaves = 0
  const own = component[place]!
  const ownCore = core[place]!
  let least = limit
  const visit = (node: number): void => {
    // Nothing is nearer than the own core distance.
    if (least <= ownCore) return
    if (node < firstLeaf) {
      const [left, right] = [2 * node + 1, 2 * node + 2]
      const a = only[left] === own || leastCore[left]! >= least ? Number.POSITIVE_INFINITY : boxDistance(tree, left, place)
      const b = only[right] === own || leastCore[right]! >= least ? Number.POSITIVE_INFINITY : boxDistance(tree, right, place)
      if (a <= b) {
        if (a < least) visit(left)
        if (b < least) visit(right)
      } else {
        if (b < least) visit(right)
        if (a < least) visit(left)
      }
      return
    }
    leaves++
    const found = tree.leafDistances(place, node)
    const first = from[node]!
    for (let other = first; other < to[node]!; other++) {
      if (component[other] === own || core[other]! >= least) continue
      const distance = Math.max(found[other - first]!, ownCore, core[other]!)
      if (distance >= least) continue
      least = distance
      nearest[place] = other
    }
  }
  visit(0)
  bound[place] = least
  control.spend(leaves * leafStepsOf(tree.columns))
}

function findRoot(parents: Int32Array, place: number): number {
  let root = place
  while (parents[root] !== root) root = parents[root]!
  for (let at = place; at !== root; ) {
    const next = parents[at]!
    parents[at] = root
    at = next
  }
  return root
}

/** The edges by rows of the table, each led away from row 0: so a tree has one form, however it was found. */
function rooted({ rows, order }: KdTree, { a, b, squared }: { a: Int32Array; b: Int32Array; squared: Float64Array }): SpanningTree {
  const starts = new Int32Array(rows + 1)
  for (let edge = 0; edge < rows - 1; edge++) {
    starts[order[a[edge]!]! + 1]!++
    starts[order[b[edge]!]! + 1]!++
  }
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!
  const next = starts.slice()
  const ends = new Int32Array(2 * (rows - 1))
  const lengths = new Float64Array(2 * (rows - 1))
  for (let edge = 0; edge < rows - 1; edge++) {
    const [one, two] = [order[a[edge]!]!, order[b[edge]!]!]
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const) {
      lengths[next[from]!] = squared[edge]!
      ends[next[from]!++] = to
    }
  }
  const tree = { first: new Int32Array(rows - 1), second: new Int32Array(rows - 1), distances: new Float64Array(rows - 1) }
  const seen = new Uint8Array(rows)
  const queue = new Int32Array(rows)
  seen[0] = 1
  let filled = 1
  for (let at = 0; at < filled; at++) {
    const row = queue[at]!
    for (let edge = starts[row]!; edge < starts[row + 1]!; edge++) {
      const other = ends[edge]!
      if (seen[other] === 1) continue
      seen[other] = 1
      tree.first[filled - 1] = row
      tree.second[filled - 1] = other
      tree.distances[filled - 1] = Math.sqrt(lengths[edge]!)
      queue[filled++] = other
    }
  }
  return tree
}
