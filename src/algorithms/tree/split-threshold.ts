// The threshold that a split between two bins is served with.

import type { BinnedSet } from './bin-training-set.ts'

/**
 * The middle of the gap between the values of `bin` and those of `nextBin`, since unseen values may fall into it on either side;
 * scikit-learn takes the middle of the two values. Every value of the node stands on the side that its bin does.
 * Infinity when no value follows: that parts all known values from missing ones.
 */
export function splitThreshold(set: Pick<BinnedSet, 'edges' | 'edgeStarts'>, feature: number, bin: number, nextBin: number): number {
  const start = set.edgeStarts[feature]!
  if (start + bin >= set.edgeStarts[feature + 1]!) return Number.POSITIVE_INFINITY
  const low = set.edges[start + bin]!
  return Math.fround(low / 2 + set.edges[start + nextBin - 1]! / 2)
}
