// First and second derivatives of the loss at the present scores (Friedman 2001; Chen and Guestrin 2016), in fixed point.

import { log, sigmoid } from '../math/exponential.ts'
import type { BinnedSet } from './bin-training-set.ts'
import { bitsFor, powerOfTwoAbove } from './fixed-point.ts'
import { softmax } from './predict.ts'

/** Derivatives of one round and score as whole numbers. */
export interface Gradients {
  readonly gradient: Float64Array
  /** count * unit + hessian, one number a row. */
  readonly packed: Float64Array
  /** 2^bits of the hessian. */
  unit: number
  gradientScale: number
  hessianScale: number
}

export function createGradients(rows: number): Gradients {
  return { gradient: new Float64Array(rows), packed: new Float64Array(rows), unit: 1, gradientScale: 1, hessianScale: 1 }
}

/** Start of the scores: log-odds, log class shares or the mean. */
export function baseScores(set: BinnedSet): Float64Array {
  const { y, weights, rows, classes } = set
  const sums = new Float64Array(Math.max(1, classes))
  let total = 0
  for (let i = 0; i < rows; i++) {
    const w = weights ? weights[i]! : 1
    total += w
    if (classes > 0) sums[y[i]!]! += w
    else sums[0]! += w * y[i]!
  }
  if (classes === 0) return Float64Array.of(sums[0]! / total)
  if (classes === 2) return Float64Array.of(log(sums[1]! / sums[0]!))
  // A class without rows starts at a share far below one row.
  return sums.map((sum) => log(Math.max(sum, total * 1e-9) / total))
}

/** Writes the derivatives for score `k` of `scores` (row-major, one a row or one a class). `probabilities` is scratch of the same shape. */
export function fillGradients(set: BinnedSet, scores: Float64Array, k: number, probabilities: Float64Array, to: Gradients): void {
  const { y, weights, rows, classes } = set
  const { gradient, packed } = to
  if (classes > 2) fillSoftmax(set, probabilities, k, gradient, packed)
  else if (classes === 2) {
    for (let i = 0; i < rows; i++) {
      const p = sigmoid(scores[i]!)
      gradient[i] = p - y[i]!
      packed[i] = p * (1 - p)
    }
  } else {
    for (let i = 0; i < rows; i++) {
      gradient[i] = scores[i]! - y[i]!
      packed[i] = 1
    }
  }
  if (weights) {
    for (let i = 0; i < rows; i++) {
      gradient[i]! *= weights[i]!
      packed[i]! *= weights[i]!
    }
  }
  quantise(to, rows)
}

/** Class probabilities of all rows from their scores. */
export function fillProbabilities(scores: Float64Array, probabilities: Float64Array, classes: number): void {
  probabilities.set(scores)
  for (let at = 0; at < scores.length; at += classes) softmax(probabilities, at, classes)
}

function fillSoftmax(
  { y, rows, classes }: BinnedSet,
  probabilities: Float64Array,
  k: number,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  // The diagonal of the softmax Hessian is too small by this factor when one class moves against the rest (Friedman 2001, algorithm 6).
  const factor = classes / (classes - 1)
  for (let i = 0; i < rows; i++) {
    const p = probabilities[i * classes + k]!
    gradient[i] = p - (y[i] === k ? 1 : 0)
    hessian[i] = factor * p * (1 - p)
  }
}

/**
 * Rounds to whole numbers as fine as sums below 2^53 allow. Scales are powers of two that follow from maxima and whole-number sums,
 * so the order of rows does not matter. Hessians shrink as the model learns; the scale follows them.
 */
function quantise(to: Gradients, rows: number): void {
  const { gradient, packed } = to
  let largestG = 0
  let largestH = 0
  for (let i = 0; i < rows; i++) {
    const g = Math.abs(gradient[i]!)
    if (g > largestG) largestG = g
    if (packed[i]! > largestH) largestH = packed[i]!
  }
  const countBits = bitsFor(rows)
  to.gradientScale = largestG === 0 ? 1 : powerOfTwoAbove(largestG) / 2 ** (52 - countBits)
  const coarse = largestH === 0 ? 1 : powerOfTwoAbove(largestH) / 2 ** (52 - countBits)
  let sum = 0
  for (let i = 0; i < rows; i++) sum += Math.round(packed[i]! / coarse)
  const hessianBits = 53 - countBits
  to.unit = 2 ** hessianBits
  // Rounding adds at most half a unit a row, hence one bit of room.
  to.hessianScale = sum === 0 ? 1 : powerOfTwoAbove(sum * coarse) / 2 ** (hessianBits - 1)
  for (let i = 0; i < rows; i++) {
    gradient[i] = Math.round(gradient[i]! / to.gradientScale)
    packed[i] = Math.round(packed[i]! / to.hessianScale) + to.unit
  }
}
