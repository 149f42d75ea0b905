// Grows trees of a random forest (Breiman 2001) depth first on binned columns. Each tree has its own seed, hash(randomState, tree),
// so any thread may grow any range of trees and the forest is the same.

import { type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import { type BinnedSet, binCount, type GrowingPlaces } from './bin-training-set.ts'
import { type ForestOptions, type ResolvedForestOptions, resolveForestOptions } from './forest-options.ts'
import { classLots, type Draws, drawByClass, drawRows, quantiseWeights, rowsWithWeight } from './forest-sample.ts'
import { decide } from './goes-left.ts'
import { createNodeList, type NodeArrays, type NodeList } from './node-list.ts'
import { createOutOfBag, type OutOfBag, type OutOfBagSums } from './out-of-bag.ts'
import { createClassSplitter } from './split-classes.ts'
import { createPairSplitter } from './split-pairs.ts'
import { splitThreshold } from './split-threshold.ts'
import { createTrainingControl, type TrainingControl } from './training-control.ts'

/** Trees `firstTree..` of a forest; indices count from the part's own first node. */
export interface ForestPart extends NodeArrays {
  readonly firstTree: number
  readonly leafValues: Float32Array<ArrayBuffer>
  readonly roots: Uint32Array<ArrayBuffer>
  /** Impurity decrease by tree and feature. */
  readonly importances: Float64Array<ArrayBuffer>
  readonly baseScore: number
  /** Sums of what trees said to rows they did not draw, and how many trees; when the forest was asked for it. */
  readonly outOfBag?: OutOfBagSums
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
  /** Sums of the left side, as `beginNode` takes them. */
  leftG: number
  leftH: number
  /** Bins that go left, of a categorical feature. */
  set: Uint32Array | undefined
}

/** What differs between the kinds of targets. */
export interface Splitter {
  /** Bits of an entry below its row. */
  readonly shift: number
  /** Writes the entries of the rows drawn; returns how many these are. */
  beginTree(draws: Draws): number
  /** Sums of the tree's rows, for the node that is its root. */
  rootG(): number
  rootH(): number
  /** Takes up a node with its sums; returns whether all its targets are equal. */
  beginNode(from: number, to: number, g: number, h: number): boolean
  /** Offers the splits of `count` features, at most 4, from `features[first]` on; returns how many of these vary in the node. */
  tryFeatures(features: Int32Array, first: number, count: number): number
  /** The best split of the node, or undefined. */
  best(): FoundSplit | undefined
  /** Makes `node` a leaf with the targets of the current node. */
  makeLeaf(nodes: NodeList, node: number): void
  /** Writes what the leaf made last answers: a value, or the share of each class but the first. */
  answer(out: Float64Array): void
  /** Values of leaves that hold several. */
  leafValues(): Float32Array<ArrayBuffer>
  readonly baseScore: number
}

/** What a splitter works with: the set, and the memory of one thread. */
export interface Workplace {
  readonly set: BinnedSet
  readonly options: ResolvedForestOptions
  readonly kernels: Kernels
  readonly views: HeapViews
  /** The thread's own, as offsets of the heap. */
  readonly places: GrowingPlaces
  /** Weights of rows as whole numbers; without those of classes where these are drawn by. */
  readonly quantised: Uint32Array | undefined
}

/**
 * Grows trees `firstTree..lastTree` (the last excluded) of a forest on a binned set.
 *
 * @throws `invalid_input` for an option outside its limits; `canceled`.
 */
export function growForest(set: BinnedSet, options: ForestOptions, firstTree: number, lastTree: number): ForestPart {
  const resolved = resolveForestOptions(options, set.features, set.classes)
  const control = createTrainingControl(options)
  const views = viewsOf(set.heap)
  const { place, release } = claimPlace(views, set.growing)
  try {
    const drawsByClass = resolved.bootstrap && set.classFactors !== undefined
    const quantised = quantiseWeights(drawsByClass ? { rows: set.rows, weights: set.ownWeights } : set)
    const grower = createGrower({ set, options: resolved, kernels: kernelsOn(set.heap), views, places: place, quantised }, control)
    const trees = lastTree - firstTree
    const roots = new Uint32Array(trees)
    const importances = new Float64Array(trees * set.features)
    for (let t = 0; t < trees; t++) {
      roots[t] = grower.grow(firstTree + t, importances.subarray(t * set.features, (t + 1) * set.features))
      control.progress((t + 1) / trees)
    }
    const { splitter, nodes, outOfBag } = grower
    const { leafValues, baseScore } = splitter
    return {
      firstTree,
      ...nodes.finish(),
      leafValues: leafValues(),
      roots,
      importances,
      baseScore,
      ...(outOfBag && { outOfBag: outOfBag.sums }),
    }
  } finally {
    release()
  }
}

/** Takes the working memory of a thread that no other has taken. */
function claimPlace({ i32 }: HeapViews, growing: GrowingPlaces): { place: GrowingPlaces; release: () => void } {
  const { claims, count, bytes, first } = growing
  for (let i = 0; i < count; i++) {
    const at = (claims >>> 2) + i
    if (Atomics.compareExchange(i32, at, 0, 1) !== 0) continue
    const own = first + i * bytes
    const { count: _, bytes: __, first: ___, claims: ____, ...moved } = growing
    const place = { ...growing, ...Object.fromEntries(Object.entries(moved).map(([name, offset]) => [name, own + offset])) }
    return { place, release: () => Atomics.store(i32, at, 0) }
  }
  throw new Error(`More threads grow trees on this set than the ${count} it was binned for.`)
}

interface Grower {
  readonly nodes: NodeList
  readonly splitter: Splitter
  readonly outOfBag: OutOfBag | undefined
  /** Grows one tree; returns its root. */
  grow(tree: number, importances: Float64Array): number
}

function createGrower(work: Workplace, control: TrainingControl): Grower {
  const { set, options, kernels, views, places, quantised } = work
  const { rows, binning } = set
  const { entries, right } = places
  const eligible = rowsWithWeight(quantised)
  const lots = options.bootstrap && set.classFactors ? classLots(set.y, set.classFactors, quantised) : undefined
  const draws = lots ? new Uint32Array(rows) : new Uint8Array(rows)
  const nodes = createNodeList()
  const splitter = set.classes > 2 ? createClassSplitter(work) : createPairSplitter(work)
  const goesLeft = views.u8.subarray(places.goesLeft, places.goesLeft + 256)
  const order = Int32Array.from({ length: set.features }, (_, f) => f)

  const outOfBag = options.oobScore ? createOutOfBag(work, splitter.shift, draws) : undefined

  /** Parts the entries of a node; returns where the right part begins. */
  const part = (from: number, to: number, { feature, bin, missingLeft, set: bins }: FoundSplit): number => {
    decide(goesLeft, binCount(set, feature), bin, missingLeft, bins)
    const at = entries + from * 4
    const column = binning.bins + feature * rows
    const left = kernels.splitRows(column, at, to - from, splitter.shift, places.goesLeft, at, right)
    kernels.copy(at + left * 4, right, (to - from - left) * 4)
    return from + left
  }

  const grow = (tree: number, importances: Float64Array): number => {
    const rng = createRng(hashSeed(options.randomState, tree))
    // The order of features must not depend on the trees grown before on this thread.
    for (let f = 0; f < order.length; f++) order[f] = f
    control.spend(rows * 12)
    if (lots) drawByClass(rng, lots, draws)
    else drawRows(options.bootstrap ? rng : undefined, eligible, draws)
    const count = splitter.beginTree(draws)
    const root = nodes.add()
    // node, rows out of the bag from..to, from, to, depth and sums of each node still to be looked at
    const stack = [root, 0, outOfBag?.beginTree() ?? 0, 0, count, 0, splitter.rootG(), splitter.rootH()]
    while (stack.length > 0) {
      const h = stack.pop()!
      const g = stack.pop()!
      const depth = stack.pop()!
      const to = stack.pop()!
      const from = stack.pop()!
      const outTo = stack.pop()!
      const outFrom = stack.pop()!
      const node = stack.pop()!
      control.spend((to - from) * (options.maxFeatures + 2) + 2000)
      const pure = splitter.beginNode(from, to, g, h)
      const mayStop = pure || depth >= options.maxDepth || to - from < options.minSamplesSplit || to - from < 2 * options.minSamplesLeaf
      const split = mayStop ? undefined : findSplit(splitter, order, options.maxFeatures, rng)
      if (!split) {
        splitter.makeLeaf(nodes, node)
        outOfBag?.addLeaf(splitter, outFrom, outTo)
        continue
      }
      const { feature, missingLeft, leftG, leftH, set: bins } = split
      const middle = part(from, to, split)
      const outMiddle = outOfBag ? outOfBag.part(outFrom, outTo, feature) : 0
      importances[feature]! += split.gain
      const threshold = bins ? nodes.addSet(bins) : splitThreshold(set, feature, split.bin, split.nextBin)
      const child = nodes.split(node, feature, threshold, missingLeft)
      stack.push(child + 1, outMiddle, outTo, middle, to, depth + 1, g - leftG, h - leftH)
      stack.push(child, outFrom, outMiddle, from, middle, depth + 1, leftG, leftH)
    }
    return root
  }
  return { nodes, splitter, outOfBag, grow }
}

/**
 * Draws features without replacement: `maxFeatures` of them, and further ones while all drawn so far are constant in the node. Constant ones
 * count, as in scikit-learn: drawing others for them makes the trees of deep nodes more alike, which cost 0.003 of AUC on tables of few values.
 */
function findSplit(splitter: Splitter, order: Int32Array, maxFeatures: number, rng: Rng): FoundSplit | undefined {
  let at = 0
  let varied = 0
  while (at < order.length && (at < maxFeatures || varied === 0)) {
    const count = Math.min(4, Math.max(1, maxFeatures - at), order.length - at)
    for (let end = at + count; at < end; at++) {
      const drawn = at + rng.below(order.length - at)
      const f = order[drawn]!
      order[drawn] = order[at]!
      order[at] = f
    }
    varied += splitter.tryFeatures(order, at - count, count)
  }
  return splitter.best()
}
