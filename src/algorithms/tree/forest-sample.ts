// The rows of one tree of a forest, their weights as whole numbers, so that every sum of a histogram is exact.

import type { Rng } from '../math/rng.ts'

/** Sums of quantised weights stay below this, so that they fit 32 bits. */
export const MAX_WEIGHT_SUM = 2 ** 30
const MAX_WEIGHT = 2 ** 15
/** A packed entry has 5 bits for it; under a Poisson law of mean 1 more draws come once in 10^34. */
const MAX_DRAWS = 31

interface Weighted {
  readonly rows: number
  readonly weights?: Float64Array | Float32Array
}

/** Weights as whole numbers; absent when all are 1. */
export function quantiseWeights({ weights, rows }: Weighted): Uint32Array | undefined {
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

/**
 * Writes how often each row is drawn for one tree. No `rng`: every row once.
 *
 * @param eligible  the rows to draw from; absent means all.
 */
export function drawRows(rng: Rng | undefined, eligible: Uint32Array | undefined, draws: Uint8Array): void {
  if (rng) {
    draws.fill(0)
    const size = eligible ? eligible.length : draws.length
    for (let i = 0; i < size; i++) {
      const drawn = rng.below(size)
      const row = eligible ? eligible[drawn]! : drawn
      if (draws[row]! < MAX_DRAWS) draws[row]!++
    }
  } else if (eligible) for (let i = 0; i < eligible.length; i++) draws[eligible[i]!] = 1
  else draws.fill(1)
}
