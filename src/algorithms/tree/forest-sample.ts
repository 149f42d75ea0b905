// The rows of one tree of a forest, their weights as whole numbers, so that every sum of a histogram is exact.

import type { Rng } from '../math/rng.ts'

/** Sums of quantised weights stay below this, so that they fit 32 bits. */
export const MAX_WEIGHT_SUM = 2 ** 30
const MAX_WEIGHT = 2 ** 15
/** A packed entry has 5 bits for it; under a Poisson law of mean 1 more draws come once in 10^34. */
const MAX_DRAWS = 31
/** Of a row of a heavy class: what is left beside the class in a code of 32 bits. */
const MOST_DRAWS = 2 ** 22 - 1

/** How often each row is drawn. */
export type Draws = Uint8Array | Uint32Array

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
export function drawRows(rng: Rng | undefined, eligible: Uint32Array | undefined, draws: Draws): void {
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

/** Rows by class, and how likely each class is drawn. */
export interface ClassLots {
  /** Rows of class k: `rows[starts[k] .. starts[k + 1])`. */
  readonly rows: Uint32Array
  readonly starts: Uint32Array
  /** Share of the draws that fall on the classes up to each, 0..1. */
  readonly shares: Float64Array
}

/** @param quantised  rows of weight 0 are never drawn; absent: all may be. */
export function classLots(y: ArrayLike<number>, factors: readonly number[], quantised: Uint32Array | undefined): ClassLots {
  const isDrawn = (row: number): boolean => quantised === undefined || quantised[row] !== 0
  const starts = new Uint32Array(factors.length + 1)
  for (let i = 0; i < y.length; i++) if (isDrawn(i)) starts[y[i]! + 1]!++
  for (let k = 0; k < factors.length; k++) starts[k + 1]! += starts[k]!
  const rows = new Uint32Array(starts[factors.length]!)
  const next = starts.slice()
  for (let i = 0; i < y.length; i++) if (isDrawn(i)) rows[next[y[i]!]!++] = i
  const shares = new Float64Array(factors.length)
  let sum = 0
  for (let k = 0; k < factors.length; k++) {
    sum += factors[k]! * (starts[k + 1]! - starts[k]!)
    shares[k] = sum
  }
  for (let k = 0; k < factors.length; k++) shares[k]! /= sum
  return { rows, starts, shares }
}

/**
 * Writes how often each row is drawn for one tree where classes have weights: a row is as likely drawn as its class weighs, as in scikit-learn
 * from 1.9 on. A rare class that only weighed more would be the same few rows in most trees.
 */
export function drawByClass(rng: Rng, { rows, starts, shares }: ClassLots, draws: Draws): void {
  draws.fill(0)
  const last = shares.length - 1
  for (let i = 0; i < rows.length; i++) {
    const lot = rng.next()
    let label = 0
    while (label < last && lot >= shares[label]!) label++
    // By rounding alone a class without rows could be hit.
    while (starts[label + 1] === starts[label]) label = label === 0 ? last : label - 1
    const row = rows[starts[label]! + rng.below(starts[label + 1]! - starts[label]!)]!
    if (draws[row]! < MOST_DRAWS) draws[row]!++
  }
}
