// How many rows each node of a model covers, kept in its file for the leaves alone. The inner nodes' are sums, which only explanations
// read: they are made when somebody asks, so that loading a model to predict with costs neither their time nor their memory.
import { TandemError } from '../../errors.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'

export type LeafCovers = Uint8Array | Uint16Array | Uint32Array

const MOST = 0xffffffff

/** Covers of the leaves, in the narrowest type that holds them. */
export function leafCovers(feature: Int32Array, cover: Uint32Array): LeafCovers {
  const leaves = cover.filter((_, node) => feature[node]! < 0)
  const largest = leaves.reduce((most, value) => Math.max(most, value), 0)
  return largest < 256 ? new Uint8Array(leaves) : largest < 65_536 ? new Uint16Array(leaves) : leaves
}

/**
 * The same trees with the covers of all nodes, added up at the first look.
 *
 * @param ensemble  checked
 * @param leaves    how many it has
 * @throws          `artifact_damaged` when there are not as many covers, one is 0, or a node would cover more than 2^32 - 1 rows
 */
export function withCovers(ensemble: TreeEnsemble, leaves: number, covers: LeafCovers): TreeEnsemble {
  if (covers.length !== leaves) throw damaged(`section "leafCover" has ${covers.length} entries for ${leaves} leaves`)
  const uncovered = covers.indexOf(0)
  if (uncovered >= 0) throw damaged(`leaf ${uncovered} covers no rows`)
  const { feature, left } = ensemble
  // Only sums that could be too large are made at once.
  const largest = 2 ** (8 * covers.BYTES_PER_ELEMENT) - 1
  let cover = largest * leaves > MOST ? coversOf(feature, left, covers) : undefined
  const get = (): Uint32Array => {
    cover ??= coversOf(feature, left, covers)
    return cover
  }
  // Its own and enumerable: a copy, a clone for a thread and a file have the covers too.
  return Object.defineProperty({ ...ensemble }, 'cover', { get, enumerable: true })
}

/** Last node first, since children stand after their parent. */
function coversOf(feature: Int32Array, left: Uint32Array, leaves: LeafCovers): Uint32Array {
  const cover = new Uint32Array(feature.length)
  let leaf = leaves.length
  for (let node = feature.length - 1; node >= 0; node--) {
    const covered = feature[node]! < 0 ? leaves[--leaf]! : cover[left[node]!]! + cover[left[node]! + 1]!
    if (covered > MOST) throw damaged(`node ${node} covers ${covered} rows`)
    cover[node] = covered
  }
  return cover
}

function damaged(what: string): TandemError {
  return new TandemError(
    'artifact_damaged',
    `The model file is damaged: ${what}. It was changed, or made by something else. Restore it from a copy, or train again.`,
  )
}
