// Trees as the kernels walk them: see assembly/walk.ts.

import type { HeapViews } from '../math/heap.ts'
import type { TreeEnsemble } from './ensemble.ts'

export const NODE_BYTES = 16

/** Writes the nodes to `nodes`, 16 bytes each; and the values of leaves as doubles to `values`, where that is given. */
export function layOutNodes(
  { feature, threshold, left, missingLeft }: TreeEnsemble,
  { u32, f32, f64 }: HeapViews,
  nodes: number,
  values?: number,
): void {
  for (let i = 0; i < feature.length; i++) {
    const at = (nodes + i * NODE_BYTES) >>> 2
    const isLeaf = feature[i]! < 0
    u32[at] = isLeaf ? 0 : feature[i]! * 4
    f32[at + 1] = isLeaf ? Number.POSITIVE_INFINITY : threshold[i]!
    u32[at + 2] = (isLeaf ? i : left[i]!) * NODE_BYTES
    u32[at + 3] = isLeaf ? 1 : missingLeft[i]!
    if (values !== undefined) f64[(values >>> 3) + i] = isLeaf ? threshold[i]! : 0
  }
}

/** Steps to the deepest leaf of each tree. */
export function depthsOf({ feature, left, roots }: TreeEnsemble): Uint32Array {
  const below = new Uint32Array(feature.length)
  // Children stand after their parent.
  for (let i = feature.length - 1; i >= 0; i--) {
    if (feature[i]! >= 0) below[i] = 1 + Math.max(below[left[i]!]!, below[left[i]! + 1]!)
  }
  return Uint32Array.from(roots, (root) => below[root]!)
}
