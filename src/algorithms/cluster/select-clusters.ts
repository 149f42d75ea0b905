// Which clusters of a condensed tree are kept: those with the most excess of mass, or the leaves; joined up to a distance if wanted.
// Source: Campello, Moulavi and Sander 2013, section 4; Malzer and Baum, "A hybrid approach to hierarchical density-based cluster
// selection", 2020; labels and probabilities as scikit-learn's.
import type { CondensedTree } from './condensed-tree.ts'

export interface Selection {
  readonly method: 'eom' | 'leaf'
  readonly allowSingleCluster: boolean
  readonly epsilon: number
  readonly maxClusterSize: number
}

/** Numbers of the clusters kept, ascending; never one within another. */
export function selectClusters(tree: CondensedTree, { method, allowSingleCluster, epsilon, maxClusterSize }: Selection): number[] {
  const children = childrenOf(tree)
  const first = allowSingleCluster ? 0 : 1
  let chosen: number[]
  if (method === 'leaf') {
    chosen = children.flatMap((below, cluster) => (below.length === 0 && cluster > 0 ? [cluster] : []))
    if (chosen.length === 0) return allowSingleCluster ? [0] : []
  } else {
    chosen = mostMass(tree, children, first, maxClusterSize)
    if (chosen.length === 1 && chosen[0] === 0) return chosen
  }
  return epsilon > 0 ? joinNear(tree, children, chosen, epsilon, allowSingleCluster) : chosen
}

function childrenOf({ parents }: CondensedTree): number[][] {
  const children: number[][] = parents.map(() => [])
  for (const [cluster, parent] of parents.entries()) if (parent >= 0) children[parent]!.push(cluster)
  return children
}

/** A cluster is kept when it is at least as stable as what is kept below it. Children have higher numbers than their parents. */
function mostMass({ stabilities, sizes, parents }: CondensedTree, children: readonly number[][], first: number, maxSize: number): number[] {
  const best = [...stabilities]
  const isKept = parents.map(() => false)
  for (let cluster = parents.length - 1; cluster >= first; cluster--) {
    const below = children[cluster]!.reduce((sum, child) => sum + best[child]!, 0)
    if (below > best[cluster]! || sizes[cluster]! > maxSize) best[cluster] = below
    else isKept[cluster] = true
  }
  // Only the topmost of those kept on the way down counts.
  const isCovered = parents.map(() => false)
  const chosen: number[] = []
  for (let cluster = first; cluster < parents.length; cluster++) {
    const parent = parents[cluster]!
    isCovered[cluster] = parent >= first && (isCovered[parent]! || isKept[parent]!)
    if (isKept[cluster] && !isCovered[cluster]) chosen.push(cluster)
  }
  return chosen
}

/** Replaces clusters that split off nearer than epsilon by the one above that did not. */
function joinNear(
  { births, parents }: CondensedTree,
  children: readonly number[][],
  chosen: readonly number[],
  epsilon: number,
  allowSingleCluster: boolean,
): number[] {
  const joined = new Set<number>()
  const isCovered = parents.map(() => false)
  for (const cluster of chosen) {
    if (1 / births[cluster]! >= epsilon) {
      joined.add(cluster)
      continue
    }
    if (isCovered[cluster]) continue
    let top = cluster
    while (parents[top]! > 0 && 1 / births[top]! <= epsilon) top = parents[top]!
    if (parents[top] === 0 && 1 / births[top]! <= epsilon && allowSingleCluster) top = 0
    joined.add(top)
    const queue = [...children[top]!]
    for (let at = 0; at < queue.length; at++) {
      isCovered[queue[at]!] = true
      queue.push(...children[queue[at]!]!)
    }
  }
  return [...joined].filter((cluster) => !isCovered[cluster]).sort((a, b) => a - b)
}

export interface Labelling {
  /** -1 for noise. */
  readonly labels: Int32Array
  /** How firmly each row belongs to its cluster, 0 to 1; 0 for noise. */
  readonly probabilities: Float64Array
}

/** Labels by the chosen clusters, numbered in their order. */
export function labelRows(tree: CondensedTree, chosen: readonly number[], epsilon: number): Labelling {
  const { rowClusters, rowDensities, parents, deaths } = tree
  const rows = rowClusters.length
  const owner = parents.map(() => -1)
  for (const [label, cluster] of chosen.entries()) owner[cluster] = label
  for (let cluster = 1; cluster < parents.length; cluster++) if (owner[cluster] === -1) owner[cluster] = owner[parents[cluster]!]!
  const labels = new Int32Array(rows)
  const probabilities = new Float64Array(rows)
  // When all rows are one cluster, those count as its own that stay until it splits or ends.
  const threshold = chosen[0] !== 0 ? 0 : epsilon > 0 ? 1 / epsilon : deaths[0]!
  for (let row = 0; row < rows; row++) {
    const label = rowDensities[row]! >= threshold ? owner[rowClusters[row]!]! : -1
    labels[row] = label
    if (label === -1) continue
    const most = deaths[chosen[label]!]!
    const density = rowDensities[row]!
    probabilities[row] = most === 0 || density === Number.POSITIVE_INFINITY ? 1 : Math.min(density, most) / most
  }
  return { labels, probabilities }
}
