// The check of every node of a model that is loaded, without a branch on what a node holds: leaves and inner nodes stand in no order that a
// processor could foresee, and a wrong guess costs more than both sides. It answers yes or no; `validateEnsemble` then finds the place.
import type { TreeEnsemble } from './ensemble.ts'

/** Bits of the infinite float; those of a NaN are larger. */
const INFINITE = 0x7f800000
const MAGNITUDE = 0x7fffffff

/**
 * Whether features, children, places of leaf values and thresholds lie in their ranges. Sets of categories are not looked at.
 * About a nanosecond a node (measured).
 */
export function areNodesSound({ feature, threshold, left, nFeatures, leafSize, leafValues }: TreeEnsemble): boolean {
  const nodes = feature.length
  const places = leafSize === 1 ? 0 : leafValues.length / leafSize
  const child = new Int32Array(left.buffer, left.byteOffset, nodes)
  const bits = new Int32Array(threshold.buffer, threshold.byteOffset, nodes)
  // A leaf's place counts where leaves have several values, its threshold where it is the value.
  const hasPlaces = leafSize === 1 ? 0 : -1
  // The sign bit is set as soon as one of the differences is negative.
  let wrong = 0
  for (let i = 0; i < nodes; i++) {
    const f = feature[i]!
    const l = child[i]!
    const leaf = f >> 31
    wrong |= (f + 1) | (nFeatures - 1 - f)
    wrong |= ~leaf & (l | (l - i - 1) | (nodes - 2 - l))
    wrong |= leaf & hasPlaces & (l | (places - 1 - l))
    wrong |= ~(leaf & hasPlaces) & (INFINITE + leaf - (bits[i]! & MAGNITUDE))
  }
  return wrong >= 0
}
