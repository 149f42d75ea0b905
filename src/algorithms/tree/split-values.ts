// Splits the nodes of a regression forest. Targets are differences from the mean in fixed point, so sums are exact.

import { type BinnedSet, binCount } from './bin-training-set.ts'
import { bitsFor, powerOfTwoAbove } from './fixed-point.ts'
import type { ResolvedForestOptions } from './forest-options.ts'
import type { FoundSplit, Splitter } from './grow-forest.ts'
import { addPairs } from './histogram.ts'
import { createPairSplit, hessianOf, type PairRules, scanPairs } from './pair-split.ts'

export function createValueSplitter(
  set: BinnedSet,
  options: ResolvedForestOptions,
  rows: Uint32Array,
  quantised: Uint32Array | undefined,
): Splitter {
  const n = set.rows
  const { mean, target, scale, unit } = quantiseTargets(set, quantised)
  const weightedTarget = new Float64Array(n)
  const packedWeight = new Float64Array(n)
  const orderedTarget = new Float64Array(n)
  const orderedWeight = new Float64Array(n)
  const hist = new Float64Array(256 * 2)
  const rules: PairRules = { unit, lambda: 0, minHessian: 0, minRows: options.minSamplesLeaf }
  const best = createPairSplit()
  let sum = 0
  let packed = 0

  return {
    baseScore: mean,
    beginTree(weightOf) {
      for (let i = 0; i < n; i++) {
        weightedTarget[i] = weightOf[i]! * target[i]!
        packedWeight[i] = unit + weightOf[i]!
      }
    },
    beginNode(from, to) {
      sum = 0
      packed = 0
      const first = target[rows[from]!]!
      let pure = true
      for (let i = from; i < to; i++) {
        const row = rows[i]!
        if (target[row] !== first) pure = false
        const t = weightedTarget[row]!
        const w = packedWeight[row]!
        orderedTarget[i] = t
        orderedWeight[i] = w
        sum += t
        packed += w
      }
      best.score = -1
      return pure
    },
    tryFeature(feature, column, from, to) {
      const bins = binCount(set, feature)
      if (bins === 2 && set.hasMissing[feature] === 0) return false
      hist.fill(0, 0, bins * 2)
      addPairs(column, rows, from, to, orderedTarget, orderedWeight, hist, 0)
      scanPairs(hist, 0, bins - 1, feature, sum, packed, rules, best)
      return varies(hist, bins)
    },
    best(): FoundSplit | undefined {
      if (best.score < 0) return undefined
      const weight = hessianOf(packed, unit)
      if (!best.nodeHasMissing) best.missingLeft = hessianOf(best.leftPacked, unit) * 2 >= weight
      const self = (sum * sum) / weight
      return { ...best, gain: Math.max(0, best.score - self) * scale * scale }
    },
    makeLeaf(nodes, node) {
      const weight = hessianOf(packed, unit)
      nodes.setLeaf(node, (sum / weight) * scale, 0, weight)
    },
    leafValues: () => new Float32Array(0),
  }
}

function varies(hist: Float64Array, bins: number): boolean {
  let seen = 0
  for (let bin = 0; bin < bins && seen < 2; bin++) if (hist[bin * 2 + 1] !== 0) seen++
  return seen > 1
}

/** Differences from the mean as whole numbers whose weighted sums stay below 2^52; `scale` turns them back. */
function quantiseTargets(
  set: BinnedSet,
  quantised: Uint32Array | undefined,
): { mean: number; target: Float64Array; scale: number; unit: number } {
  const { y, rows } = set
  let sum = 0
  let weight = 0
  let largestWeight = 1
  for (let i = 0; i < rows; i++) {
    const w = quantised ? quantised[i]! : 1
    sum += w * y[i]!
    weight += w
    if (w > largestWeight) largestWeight = w
  }
  const mean = sum / weight
  let largest = 0
  for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(y[i]! - mean))
  // Weights of a tree sum to less than this power of two; the bits above it count rows.
  const sumBits = bitsFor(rows * largestWeight)
  const scale = largest === 0 ? 1 : powerOfTwoAbove(largest) / 2 ** (52 - sumBits)
  const target = new Float64Array(rows)
  for (let i = 0; i < rows; i++) target[i] = Math.round((y[i]! - mean) / scale)
  return { mean, target, scale, unit: 2 ** sumBits }
}
