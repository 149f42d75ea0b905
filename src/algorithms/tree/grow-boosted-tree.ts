// Grows one tree of a boosted model best leaf first (Shi 2007; Ke et al. 2017): histograms are built for the smaller child only,
// the larger child's is its parent's minus its sibling's, which is exact in whole numbers.

import { type BinnedSet, binCount } from './bin-training-set.ts'
import type { ResolvedBoostingOptions } from './boosting-options.ts'
import { quantiseWeights } from './forest-sample.ts'
import type { Gradients } from './gradients.ts'
import { addPairs, partition, subtract } from './histogram.ts'
import type { NodeList } from './node-list.ts'
import { createPairSplit, hessianOf, type PairRules, type PairSplit, scanPairs } from './pair-split.ts'
import { splitThreshold } from './split-threshold.ts'
import type { TrainingControl } from './training-control.ts'

/** A leaf needs at least this sum of hessians, LightGBM's min_sum_hessian_in_leaf. */
const MIN_HESSIAN = 1e-3
/** A gain below this share of the node's own score is rounding. */
const MIN_RELATIVE_GAIN = 1e-12

interface Leaf {
  readonly node: number
  readonly from: number
  readonly to: number
  readonly depth: number
  readonly gradient: number
  readonly packed: number
  hist: Float64Array | undefined
  split: PairSplit | undefined
  gain: number
}

export interface BoostedTreeGrower {
  /** Grows a tree on the derivatives, adds its values to `scores[row * stride + offset]`; returns its root. */
  grow(gradients: Gradients, scores: Float64Array, stride: number, offset: number): number
}

export function createBoostedTreeGrower(
  set: BinnedSet,
  options: ResolvedBoostingOptions,
  nodes: NodeList,
  importances: Float64Array,
  control: TrainingControl,
): BoostedTreeGrower {
  const { maxLeaves, maxDepth, minSamplesLeaf, learningRate } = options
  const allRows = rowsWithWeight(set)
  // Whole numbers, so that covers do not hang on the order of rows.
  const weights = quantiseWeights(set)
  const rows = new Uint32Array(allRows.length)
  const scratch = new Uint32Array(allRows.length)
  const first = new Float64Array(allRows.length)
  const second = new Float64Array(allRows.length)
  const columns = activeColumns(set)
  const free: Float64Array[] = []
  const histogramSize = columns.reduce((sum, column) => sum + column.bins, 0) * 2
  let rules: PairRules = { unit: 1, lambda: 0, minHessian: 0, minRows: 1 }

  const buildHistogram = (gradients: Gradients, from: number, to: number): Float64Array => {
    const hist = free.pop() ?? new Float64Array(histogramSize)
    hist.fill(0)
    control.spend((to - from) * (columns.length + 4) + histogramSize)
    for (let i = from; i < to; i++) {
      first[i] = gradients.gradient[rows[i]!]!
      second[i] = gradients.packed[rows[i]!]!
    }
    for (const column of columns) addPairs(column.values, rows, from, to, first, second, hist, column.start)
    return hist
  }
  const canSplit = (leaf: Leaf): boolean => leaf.depth < maxDepth && leaf.to - leaf.from >= 2 * minSamplesLeaf && leaf.to - leaf.from >= 2
  const findSplit = (leaf: Leaf): void => {
    const { hist, gradient, packed } = leaf
    if (!hist || !canSplit(leaf)) return
    const split = createPairSplit()
    for (const column of columns) scanPairs(hist, column.start, column.bins - 1, column.feature, gradient, packed, rules, split)
    const own = (gradient * gradient) / (hessianOf(packed, rules.unit) + rules.lambda)
    leaf.gain = split.score - own
    leaf.split = split.feature >= 0 && leaf.gain > MIN_RELATIVE_GAIN * own ? split : undefined
  }
  const release = (leaf: Leaf): void => {
    if (leaf.hist) free.push(leaf.hist)
    leaf.hist = undefined
  }

  const rootLeaf = (gradients: Gradients): Leaf => {
    rows.set(allRows)
    let gradient = 0
    let packed = 0
    for (let i = 0; i < rows.length; i++) {
      gradient += gradients.gradient[rows[i]!]!
      packed += gradients.packed[rows[i]!]!
    }
    return { node: nodes.add(), from: 0, to: rows.length, depth: 0, gradient, packed, hist: undefined, split: undefined, gain: 0 }
  }

  /** Splits a leaf into two; `search` is false when the tree is full, so no histogram is needed. */
  const splitLeaf = (leaf: Leaf, gradients: Gradients, search: boolean): [Leaf, Leaf] => {
    const split = leaf.split!
    const f = split.feature
    const values = set.bins.subarray(f * set.rows, (f + 1) * set.rows)
    control.spend((leaf.to - leaf.from) * 3)
    const missingLeft = missingGoesLeft(leaf, split, rules.unit)
    const middle = partition(values, rows, leaf.from, leaf.to, split.bin, binCount(set, f) - 1, missingLeft, scratch)
    const child = nodes.split(leaf.node, f, splitThreshold(set, f, split.bin, split.nextBin), missingLeft)
    importances[f]! += (leaf.gain * gradients.gradientScale * gradients.gradientScale) / gradients.hessianScale
    const depth = leaf.depth + 1
    const none = { hist: undefined, split: undefined, gain: 0 }
    const left: Leaf = { node: child, from: leaf.from, to: middle, depth, gradient: split.leftGradient, packed: split.leftPacked, ...none }
    const right: Leaf = {
      ...{ node: child + 1, from: middle, to: leaf.to, depth, ...none },
      gradient: leaf.gradient - split.leftGradient,
      packed: leaf.packed - split.leftPacked,
    }
    const [small, large] = middle - leaf.from <= leaf.to - middle ? [left, right] : [right, left]
    if (search && canSplit(large)) {
      small.hist = buildHistogram(gradients, small.from, small.to)
      large.hist = leaf.hist!
      leaf.hist = undefined
      subtract(large.hist, small.hist)
      control.spend(histogramSize * 4)
      for (const part of [left, right]) {
        findSplit(part)
        if (!part.split) release(part)
      }
    }
    release(leaf)
    return [left, right]
  }

  const grow = (gradients: Gradients, scores: Float64Array, stride: number, offset: number): number => {
    const { unit, hessianScale, gradientScale } = gradients
    rules = { unit, lambda: options.l2Regularization / hessianScale, minHessian: MIN_HESSIAN / hessianScale, minRows: minSamplesLeaf }
    const root = rootLeaf(gradients)
    if (canSplit(root)) root.hist = buildHistogram(gradients, root.from, root.to)
    findSplit(root)
    const leaves = [root]
    while (leaves.length < maxLeaves) {
      const at = bestLeaf(leaves)
      if (at < 0) break
      const [left, right] = splitLeaf(leaves[at]!, gradients, leaves.length + 1 < maxLeaves)
      leaves[at] = left
      leaves.push(right)
    }
    for (const leaf of leaves) {
      release(leaf)
      const hessian = hessianOf(leaf.packed, unit) * hessianScale + options.l2Regularization
      const step = hessian > 0 ? Math.fround((-learningRate * leaf.gradient * gradientScale) / hessian) : 0
      for (let i = leaf.from; i < leaf.to; i++) scores[rows[i]! * stride + offset]! += step
      let cover = leaf.to - leaf.from
      if (weights) {
        cover = 0
        for (let i = leaf.from; i < leaf.to; i++) cover += weights[rows[i]!]!
      }
      nodes.setLeaf(leaf.node, step, 0, cover)
    }
    return root.node
  }
  return { grow }
}

function bestLeaf(leaves: readonly Leaf[]): number {
  let at = -1
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!
    if (leaf.split && (at < 0 || leaf.gain > leaves[at]!.gain)) at = i
  }
  return at
}

/** Where missing values go: where the gain is larger, and to the heavier child when the node has none. */
function missingGoesLeft(leaf: Leaf, split: PairSplit, unit: number): boolean {
  if (split.nodeHasMissing) return split.missingLeft
  return hessianOf(split.leftPacked, unit) * 2 >= hessianOf(leaf.packed, unit)
}

interface ActiveColumn {
  readonly feature: number
  readonly values: Uint8Array
  readonly bins: number
  /** First bin in the histogram. */
  readonly start: number
}

/** The columns that have more than one value. */
function activeColumns(set: BinnedSet): ActiveColumn[] {
  const columns: ActiveColumn[] = []
  let start = 0
  for (let f = 0; f < set.features; f++) {
    const bins = binCount(set, f)
    if (bins === 2 && set.hasMissing[f] === 0) continue
    columns.push({ feature: f, values: set.bins.subarray(f * set.rows, (f + 1) * set.rows), bins, start })
    start += bins
  }
  return columns
}

function rowsWithWeight({ rows, weights }: BinnedSet): Uint32Array {
  const all = new Uint32Array(rows)
  let count = 0
  for (let i = 0; i < rows; i++) if (!weights || weights[i]! > 0) all[count++] = i
  return all.slice(0, count)
}
