// What a forest says to its own training rows by the trees that did not draw them (Breiman 1996, "Out-of-bag estimation").
// Answers are added up as whole numbers, so neither the order of trees nor the number of threads can change the score.

import { accuracyScore } from '../metrics/classification-scores.ts'
import { r2Score } from '../metrics/regression-scores.ts'
import { powerOfTwoAbove } from './fixed-point.ts'
import type { Draws } from './forest-sample.ts'
import type { Splitter, Workplace } from './grow-forest.ts'
import type { Targets } from './training-set.ts'

/** By row: sums of answers, `width` each, in units of `unit`; and the number of trees that gave one. */
export interface OutOfBagSums {
  readonly sums: Float64Array
  readonly trees: Uint32Array
  readonly unit: number
}

export interface OutOfBag {
  readonly sums: OutOfBagSums
  /** Lists the rows that the tree did not draw; returns how many these are. */
  beginTree(): number
  /** Parts the rows of a node by the table of its split; returns where the right part begins. */
  part(from: number, to: number, feature: number): number
  addLeaf(splitter: Splitter, from: number, to: number): void
}

/** Answers are rounded to 2^-30 of the largest target or of 1; 2^22 of them still sum exactly. */
const PRECISION = 2 ** -30

/** Answers of a row: 1, or one a class but the first. */
export function outOfBagWidth(classes: number): number {
  return Math.max(1, classes - 1)
}

export function createOutOfBag({ set, kernels, views, places, quantised }: Workplace, shift: number, draws: Draws): OutOfBag {
  const { rows, classes, binning, y } = set
  const width = outOfBagWidth(classes)
  const entries = views.u32.subarray(places.outOfBag >>> 2, (places.outOfBag >>> 2) + rows)
  const answer = new Float64Array(width)
  let largest = classes > 0 ? 1 : Number.MIN_VALUE
  if (classes === 0) for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(y[i]!))
  const unit = powerOfTwoAbove(largest) * PRECISION
  const sums = { sums: new Float64Array(rows * width), trees: new Uint32Array(rows), unit }
  return {
    sums,
    beginTree() {
      let count = 0
      for (let i = 0; i < rows; i++) {
        if (draws[i] !== 0 || (quantised && quantised[i] === 0)) continue
        entries[count++] = i << shift
        sums.trees[i]!++
      }
      return count
    },
    part(from, to, feature) {
      const at = places.outOfBag + from * 4
      const left = kernels.splitRows(binning.bins + feature * rows, at, to - from, shift, places.goesLeft, at, places.right)
      kernels.copy(at + left * 4, places.right, (to - from - left) * 4)
      return from + left
    },
    addLeaf(splitter, from, to) {
      if (from === to) return
      splitter.answer(answer)
      for (let k = 0; k < width; k++) {
        const whole = Math.round(answer[k]! / unit)
        for (let i = from; i < to; i++) sums.sums[(entries[i]! >>> shift) * width + k]! += whole
      }
    },
  }
}

/** Accuracy or R2 of the rows that some tree did not draw; NaN when there is none. */
export function outOfBagScore(parts: readonly OutOfBagSums[], y: Targets, classes: number, baseScore: number): number {
  const width = outOfBagWidth(classes)
  const { unit } = parts[0]!
  const [truth, said]: [number[], number[]] = [[], []]
  for (let i = 0; i < y.length; i++) {
    const trees = parts.reduce((sum, part) => sum + part.trees[i]!, 0)
    if (trees === 0) continue
    const mean = Array.from({ length: width }, (_, k) => (parts.reduce((sum, part) => sum + part.sums[i * width + k]!, 0) * unit) / trees)
    truth.push(y[i]!)
    if (classes === 0) said.push(baseScore + mean[0]!)
    else {
      const shares = [1 - mean.reduce((sum, share) => sum + share, 0), ...mean]
      said.push(shares.indexOf(Math.max(...shares)))
    }
  }
  if (truth.length === 0) return Number.NaN
  return classes > 0 ? accuracyScore(truth, said) : r2Score(truth, said)
}
