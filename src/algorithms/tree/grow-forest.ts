// Grows trees of a random forest (Breiman 2001) depth first on binned columns. Each tree has its own seed, hash(randomState, tree),
// so any thread may grow any range of trees and the forest is the same.

import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import { type BinnedSet, binCount } from './bin-training-set.ts'
import { type ForestOptions, type ResolvedForestOptions, resolveForestOptions } from './forest-options.ts'
import { drawRows, quantiseWeights, type RowSource, rowsWithWeight } from './forest-sample.ts'
import { partition } from './histogram.ts'
import { createNodeList, type NodeArrays, type NodeList } from './node-list.ts'
import { createClassSplitter } from './split-classes.ts'
import { splitThreshold } from './split-threshold.ts'
import { createValueSplitter } from './split-values.ts'
import { createTrainingControl, type TrainingControl } from './training-control.ts'

/** Trees `firstTree..` of a forest; indices count from the part's own first node. */
export interface ForestPart extends NodeArrays {
  readonly firstTree: number
  readonly leafValues: Float32Array<ArrayBuffer>
  readonly roots: Uint32Array<ArrayBuffer>
  /** Impurity decrease by tree and feature. */
  readonly importances: Float64Array<ArrayBuffer>
  readonly baseScore: number
}

/** The split a node gets. */
export interface FoundSplit {
  feature: number
  bin: number
  nextBin: number
  /** Where missing values go: where the gain is larger, and to the heavier child when the node has none. */
  missingLeft: boolean
  /** Decrease of the impurity, weighted. */
  gain: number
}

/** What differs between classification and regression. */
export interface Splitter {
  /** Called once a tree, with the weight of each row. */
  beginTree(weightOf: Uint32Array): void
  /** Sums up a node; returns whether all its targets are equal. */
  beginNode(from: number, to: number): boolean
  /** Offers the splits of a feature; returns whether the feature varies in the node. */
  tryFeature(feature: number, column: Uint8Array, from: number, to: number): boolean
  /** The best split of the node, or undefined. */
  best(): FoundSplit | undefined
  /** Makes `node` a leaf with the targets of the current node. */
  makeLeaf(nodes: NodeList, node: number): void
  /** Values of leaves that hold several. */
  leafValues(): Float32Array<ArrayBuffer>
  readonly baseScore: number
}

/**
 * Grows trees `firstTree..lastTree` (the last excluded) of a forest on a binned set.
 *
 * @throws `invalid_input` for an option outside its limits; `canceled`.
 */
export function growForest(set: BinnedSet, options: ForestOptions, firstTree: number, lastTree: number): ForestPart {
  const resolved = resolveForestOptions(options, set.features, set.classes)
  const control = createTrainingControl(options)
  const grower = createGrower(set, resolved, control)
  const trees = lastTree - firstTree
  const roots = new Uint32Array(trees)
  const importances = new Float64Array(trees * set.features)
  for (let t = 0; t < trees; t++) {
    roots[t] = grower.grow(firstTree + t, importances.subarray(t * set.features, (t + 1) * set.features))
    control.progress((t + 1) / trees)
  }
  return {
    firstTree,
    ...grower.nodes.finish(),
    leafValues: grower.splitter.leafValues(),
    roots,
    importances,
    baseScore: grower.splitter.baseScore,
  }
}

interface Grower {
  readonly nodes: NodeList
  readonly splitter: Splitter
  /** Grows one tree; returns its root. */
  grow(tree: number, importances: Float64Array): number
}

function createGrower(set: BinnedSet, options: ResolvedForestOptions, control: TrainingControl): Grower {
  const quantised = quantiseWeights(set)
  const source: RowSource = { rows: set.rows, quantised, eligible: rowsWithWeight(quantised) }
  const weightOf = new Uint32Array(set.rows)
  const rows = new Uint32Array(set.rows)
  const scratch = new Uint32Array(set.rows)
  const nodes = createNodeList()
  const splitter = set.classes > 0 ? createClassSplitter(set, options, rows) : createValueSplitter(set, options, rows, quantised)
  const columns = Array.from({ length: set.features }, (_, f) => set.bins.subarray(f * set.rows, (f + 1) * set.rows))
  const order = Int32Array.from({ length: set.features }, (_, f) => f)

  const grow = (tree: number, importances: Float64Array): number => {
    const rng = createRng(hashSeed(options.randomState, tree))
    // The order of features must not depend on the trees grown before on this thread.
    for (let f = 0; f < order.length; f++) order[f] = f
    control.spend(set.rows * 8)
    const count = drawRows(source, options.bootstrap ? rng : undefined, weightOf, rows)
    splitter.beginTree(weightOf)
    const root = nodes.add()
    // node, from, to, depth of each node still to be looked at
    const stack = [root, 0, count, 0]
    while (stack.length > 0) {
      const depth = stack.pop()!
      const to = stack.pop()!
      const from = stack.pop()!
      const node = stack.pop()!
      control.spend((to - from) * (options.maxFeatures + 2) * 2 + 1000)
      const pure = splitter.beginNode(from, to)
      const mayStop = pure || depth >= options.maxDepth || to - from < options.minSamplesSplit || to - from < 2 * options.minSamplesLeaf
      const split = mayStop ? undefined : findSplit(splitter, columns, order, options.maxFeatures, rng, from, to)
      if (!split) {
        splitter.makeLeaf(nodes, node)
        continue
      }
      const f = split.feature
      const middle = partition(columns[f]!, rows, from, to, split.bin, binCount(set, f) - 1, split.missingLeft, scratch)
      importances[f]! += split.gain
      const child = nodes.split(node, f, splitThreshold(set, f, split.bin, split.nextBin), split.missingLeft)
      stack.push(child + 1, middle, to, depth + 1, child, from, middle, depth + 1)
    }
    return root
  }
  return { nodes, splitter, grow }
}

/** Draws features without replacement until enough of them vary in the node (constant ones are free, as they cannot split). */
function findSplit(
  splitter: Splitter,
  columns: readonly Uint8Array[],
  order: Int32Array,
  maxFeatures: number,
  rng: Rng,
  from: number,
  to: number,
): FoundSplit | undefined {
  let tried = 0
  for (let at = 0; at < order.length && tried < maxFeatures; at++) {
    const drawn = at + rng.below(order.length - at)
    const f = order[drawn]!
    order[drawn] = order[at]!
    order[at] = f
    if (splitter.tryFeature(f, columns[f]!, from, to)) tried++
  }
  return splitter.best()
}
