// The threshold that a split between two bins is served with.

import type { BinnedSet } from './bin-training-set.ts'

/**
 * The bin on which to part: the middle of the empty bins between `bin` and `nextBin`, since unseen values may fall into the gap
 * on either side. A forest of scikit-learn does the same with the middle of two values.
 */
export function middleBin(bin: number, nextBin: number): number {
  return nextBin > bin ? (bin + nextBin - 1) >> 1 : bin
}

/** The edge above a bin; Infinity above the last one, which parts all known values from missing ones. */
export function thresholdOf(set: BinnedSet, feature: number, bin: number): number {
  const at = set.edgeStarts[feature]! + bin
  return at < set.edgeStarts[feature + 1]! ? set.edges[at]! : Number.POSITIVE_INFINITY
}
