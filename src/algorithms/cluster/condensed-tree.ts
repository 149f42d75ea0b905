// From a spanning tree to the clusters that persist: the tree of merges, of which splits into small parts count as rows that drop out.
// Source: Campello, Moulavi and Sander, "Density-based clustering based on hierarchical density estimates", 2013; numbering as scikit-learn's.
import type { Spend } from '../tree/training-control.ts'
import type { SpanningTree } from './spanning-tree.ts'

export interface CondensedTree {
  /** Cluster from which each row drops out, and the density (1 / distance) at which it does. Cluster 0 holds all rows. */
  readonly rowClusters: Int32Array
  readonly rowDensities: Float64Array
  /** Of each cluster: the one it split from (-1 for the first), rows, density at which it begins and the largest within it. */
  readonly parents: readonly number[]
  readonly sizes: readonly number[]
  readonly births: readonly number[]
  readonly deaths: readonly number[]
  /** Sum over its rows of the densities through which they belong to it. */
  readonly stabilities: readonly number[]
}

interface Merges {
  /** Children of merge i, which is node rows + i; nodes below `rows` are rows. */
  readonly left: Int32Array
  readonly right: Int32Array
  readonly distances: Float64Array
  readonly sizes: Int32Array
}

/** Steps of about a nanosecond for each comparison of a sort, and for each node of the tree. */
const COMPARISON_STEPS = 20
const NODE_STEPS = 100

/** Cost: O(rows log rows). What `spend` throws ends the work. */
export function condense(tree: SpanningTree, minClusterSize: number, spend: Spend): CondensedTree {
  const merges = mergesOf(tree, spend)
  const rows = merges.left.length + 1
  const condensed = {
    rowClusters: new Int32Array(rows),
    rowDensities: new Float64Array(rows),
    ...{ parents: [-1], sizes: [rows], births: [0], deaths: [0], stabilities: [0] },
  }
  const { births, deaths, stabilities } = condensed
  const sizeOf = (node: number): number => (node < rows ? 1 : merges.sizes[node - rows]!)
  const count = (cluster: number, density: number, size: number): void => {
    // Equal rows: both are infinite, and such a cluster lasts through nothing.
    if (density > births[cluster]!) stabilities[cluster]! += (density - births[cluster]!) * size
    deaths[cluster] = Math.max(deaths[cluster]!, density)
  }
  const dropOut = (top: number, cluster: number, density: number): void => {
    for (const row of rowsBelow(merges, top)) {
      spend(NODE_STEPS)
      condensed.rowClusters[row] = cluster
      condensed.rowDensities[row] = density
      count(cluster, density, 1)
    }
  }
  const begin = (node: number, parent: number, density: number): number => {
    condensed.parents.push(parent)
    condensed.sizes.push(sizeOf(node))
    births.push(density)
    deaths.push(0)
    stabilities.push(0)
    count(parent, density, sizeOf(node))
    return births.length - 1
  }
  let level: (readonly [node: number, cluster: number])[] = [[2 * rows - 2, 0]]
  while (level.length > 0) {
    const next: typeof level = []
    for (const [node, cluster] of level) {
      spend(NODE_STEPS)
      const [left, right, distance] = [merges.left[node - rows]!, merges.right[node - rows]!, merges.distances[node - rows]!]
      const density = distance > 0 ? 1 / distance : Number.POSITIVE_INFINITY
      const splits = sizeOf(left) >= minClusterSize && sizeOf(right) >= minClusterSize
      for (const child of [left, right]) {
        if (sizeOf(child) < minClusterSize) dropOut(child, cluster, density)
        else next.push([child, splits ? begin(child, cluster, density) : cluster])
      }
    }
    level = next
  }
  return condensed
}

function mergesOf({ first, second, distances }: SpanningTree, spend: Spend): Merges {
  const edges = first.length
  const rows = edges + 1
  const order = Uint32Array.from({ length: edges }, (_, edge) => edge).sort((a, b) => {
    spend(COMPARISON_STEPS)
    return distances[a]! - distances[b]! || a - b
  })
  const merges = {
    left: new Int32Array(edges),
    right: new Int32Array(edges),
    distances: new Float64Array(edges),
    sizes: new Int32Array(edges),
  }
  const parents = Int32Array.from({ length: rows + edges }, (_, node) => node)
  const find = (start: number): number => {
    let root = start
    while (parents[root] !== root) root = parents[root]!
    for (let at = start; at !== root; ) {
      const next = parents[at]!
      parents[at] = root
      at = next
    }
    return root
  }
  for (const [merge, edge] of order.entries()) {
    spend(NODE_STEPS)
    const [left, right] = [find(first[edge]!), find(second[edge]!)]
    merges.left[merge] = left
    merges.right[merge] = right
    merges.distances[merge] = distances[edge]!
    merges.sizes[merge] = (left < rows ? 1 : merges.sizes[left - rows]!) + (right < rows ? 1 : merges.sizes[right - rows]!)
    parents[left] = rows + merge
    parents[right] = rows + merge
  }
  return merges
}

/** Rows below a node, level by level. */
function rowsBelow({ left, right }: Merges, top: number): number[] {
  const rows = left.length + 1
  const queue = [top]
  const found: number[] = []
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]!
    if (node < rows) found.push(node)
    else queue.push(left[node - rows]!, right[node - rows]!)
  }
  return found
}
