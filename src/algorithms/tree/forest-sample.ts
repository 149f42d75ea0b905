// The rows of one tree of a forest, their weights as whole numbers, so that every sum of a histogram is exact.

import type { Rng } from '../math/rng.ts'
import type { BinnedSet } from './bin-training-set.ts'

/** Sums of quantised weights stay below this, so that they fit an Int32Array. */
export const MAX_WEIGHT_SUM = 2 ** 30
/** A packed row has 22 bits for its weight; 2^15 leaves room for a row drawn 127 times. */
const MAX_WEIGHT = 2 ** 15
const MAX_DRAWS = 127

/** Weights as whole numbers; absent when all are 1. */
export function quantiseWeights(set: BinnedSet): Uint32Array | undefined {
  const { weights, rows } = set
  if (!weights) return undefined
  let largest = 0
  let whole = true
  for (let i = 0; i < rows; i++) {
    const w = weights[i]!
    if (w > largest) largest = w
    if (!Number.isInteger(w)) whole = false
  }
  const limit = Math.max(1, Math.min(MAX_WEIGHT, Math.floor(MAX_WEIGHT_SUM / rows)))
  // Whole weights that fit stay as they are: a row of weight 2 then is the same as the row twice.
  const scale = whole && largest <= limit ? 1 : limit / largest
  const quantised = new Uint32Array(rows)
  for (let i = 0; i < rows; i++) {
    // A row with a weight is never lost to rounding.
    if (weights[i]! > 0) quantised[i] = Math.max(1, Math.round(weights[i]! * scale))
  }
  return quantised
}

/** Numbers of the rows that have a weight; absent when all have one. */
export function rowsWithWeight(quantised: Uint32Array | undefined): Uint32Array | undefined {
  if (!quantised?.includes(0)) return undefined
  const rows: number[] = []
  for (let i = 0; i < quantised.length; i++) if (quantised[i] !== 0) rows.push(i)
  return Uint32Array.from(rows)
}

export interface RowSource {
  readonly rows: number
  readonly quantised?: Uint32Array
  /** The rows to draw from; absent means all. */
  readonly eligible?: Uint32Array
}

/** Writes the weight of each row for one tree and the numbers of the rows drawn; returns how many these are. No `rng`: every row once. */
export function drawRows(source: RowSource, rng: Rng | undefined, weightOf: Uint32Array, rows: Uint32Array): number {
  const { rows: n, quantised, eligible } = source
  if (rng) {
    weightOf.fill(0)
    const size = eligible ? eligible.length : n
    for (let i = 0; i < size; i++) {
      const drawn = rng.below(size)
      const row = eligible ? eligible[drawn]! : drawn
      if (weightOf[row]! < MAX_DRAWS) weightOf[row]!++
    }
  } else weightOf.fill(1)
  let count = 0
  for (let i = 0; i < n; i++) {
    if (quantised) weightOf[i] = weightOf[i]! * quantised[i]!
    if (weightOf[i] !== 0) rows[count++] = i
  }
  return count
}
