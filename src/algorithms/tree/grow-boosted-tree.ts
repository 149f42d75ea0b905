// Grows one tree of a boosted model best leaf first (Shi 2007; Ke et al. 2017): histograms are built for the smaller child only,
// the larger child's is its parent's minus its sibling's, which is exact in whole numbers.

import { FOUND_NUMBERS } from '../math/plain-columns.ts'
import { type BinnedSet, binCount } from './bin-training-set.ts'
import { type BoostingPlan, CONTROL } from './boosting-plan.ts'
import { type BoostingWork, PHASE } from './boosting-work.ts'
import { type CategoryBins, SET_WORDS } from './category-bins.ts'
import { decide } from './goes-left.ts'
import { createHistogramPool } from './histogram-pool.ts'
import { layOutColumns } from './lay-out-columns.ts'
import type { NodeList } from './node-list.ts'
import { outOfRange } from './out-of-range.ts'
import { leafStep, renewsLeaves } from './regression-loss.ts'
import { boundedAnswer, worth } from './scan-monotone.ts'
import { splitThreshold } from './split-threshold.ts'
import type { Team } from './team.ts'
import type { TrainingControl } from './training-control.ts'

/** A leaf needs at least this sum of hessians, LightGBM's min_sum_hessian_in_leaf. */
const MIN_HESSIAN = 1e-3
/** A gain below this share of the node's own score is rounding. */
const MIN_RELATIVE_GAIN = 1e-12
/** A kernel reads rows and pairs once for four columns. */
const COLUMNS_AT_ONCE = 4
/** Rows times columns of one call of a kernel, some milliseconds, between which a training looks whether it is canceled. */
const ADDITIONS_PER_CHUNK = 2 ** 22
/** Below this many rows parting them on one thread is faster. */
const ROWS_TO_PART_TOGETHER = 65_536

/** A leaf of the growing tree. Sums are whole numbers: those of the derivatives, times the scale of the round. */
export interface Leaf {
  readonly node: number
  readonly from: number
  readonly to: number
  readonly depth: number
  readonly g: number
  readonly h: number
  /** Its rows of the held-out part. */
  readonly heldFrom: number
  readonly heldTo: number
  /** What it may answer, in the units of -g / h. */
  readonly lower: number
  readonly upper: number
  /** Offset of its histogram, 0 when it has none; and how many columns the list behind it names: those that its children may be split by. */
  histogram: number
  columns: number
  split: LeafSplit | undefined
  gain: number
}

interface LeafSplit {
  readonly feature: number
  readonly bin: number
  readonly nextBin: number
  readonly missingLeft: boolean
  readonly leftG: number
  readonly leftH: number
  readonly leftRows: number
  /** Bins that go left, of a categorical feature. */
  readonly set: Uint32Array | undefined
}

/** Scales and sums of the derivatives of one round. */
export interface RoundSums {
  readonly scaleG: number
  readonly scaleH: number
  readonly g: number
  readonly h: number
}

export interface BoostedTreeParts {
  readonly plan: BoostingPlan
  readonly work: BoostingWork
  readonly team: Team
  readonly edges: Pick<BinnedSet, 'edges' | 'edgeStarts'>
  readonly nodes: NodeList
  readonly importances: Float64Array
  readonly control: TrainingControl
  /** The rows that take part; absent means all. */
  readonly rows: Uint32Array | undefined
  /** Rows held out, whose scores are kept up too. */
  readonly held: Uint32Array
  readonly categories: CategoryBins
  /** Weights for covers, as whole numbers; absent when all are 1. */
  readonly covers: Uint32Array | undefined
}

export interface BoostedTreeGrower {
  /** Grows a tree on the pairs of the heap and adds its values to score `k`; returns its root. */
  grow(sums: RoundSums, k: number): number
}

export function createBoostedTreeGrower(parts: BoostedTreeParts): BoostedTreeGrower {
  const { plan, work, team, edges, nodes, importances, control, covers, held, categories } = parts
  const { options, places, binning, chunkRows, stride } = plan
  const { maxLeaves, maxDepth, minSamplesLeaf, learningRate, l2Regularization } = options
  const { views, kernels } = work
  const { f64, u8, u32 } = views
  const about = f64.subarray(places.control >>> 3, (places.control >>> 3) + 64)
  const columns = layOutColumns(plan, work, edges, control)
  const count = parts.rows?.length ?? plan.set.rows
  const rows = u32.subarray(places.rows >>> 2, (places.rows >>> 2) + count)
  const heldRows = u32.subarray(places.held >>> 2, (places.held >>> 2) + held.length)
  const sides = new Uint8Array(256)
  const goesLeft = u8.subarray(places.goesLeft, places.goesLeft + 256)
  const residuals = new Float64Array(renewsLeaves(options) ? count : 0)
  const rowWeights = places.weights === 0 ? undefined : new Float64Array(residuals.length)
  const pool = createHistogramPool(places, columns.bytes + columns.count * 4, maxLeaves + 1)
  about[CONTROL.minRows] = minSamplesLeaf

  const canSplit = ({ depth, from, to }: Leaf): boolean => depth < maxDepth && to - from >= 2 * minSamplesLeaf && to - from >= 2

  /** Builds and scans histograms: `built`'s from its rows, `sibling`'s as what is left of the parent's. */
  const findSplits = (built: Leaf, sibling: Leaf | undefined, sums: RoundSums): void => {
    // Rows that take part come first when rows were reordered.
    const areFirst = parts.rows === undefined || parts.rows[count - 1] === count - 1
    const whole = areFirst && built.to - built.from === count
    const n = built.to - built.from
    about[CONTROL.from] = built.from
    about[CONTROL.to] = built.to
    about[CONTROL.whole] = whole ? 1 : 0
    if (!whole) team.run(PHASE.gather, Math.ceil(n / chunkRows), n * 2)
    about[CONTROL.built] = built.histogram
    about[CONTROL.sibling] = sibling ? sibling.histogram : 0
    tellSums(CONTROL.builtSums, CONTROL.builtBounds, built)
    if (sibling) tellSums(CONTROL.siblingSums, CONTROL.siblingBounds, sibling)
    // What the parent could not be split by its children cannot either.
    const list = sibling ? sibling.histogram + columns.bytes : places.list
    const length = sibling ? sibling.columns : columns.count
    about[CONTROL.list] = list
    about[CONTROL.columns] = length
    const steps = (n * 0.6 + columns.bytes / Math.max(1, columns.count) / 8) * length
    control.spend(n * 2 + steps)
    const chunks = chunksOf(length, n, team.shares(steps) ? team.size : 1)
    about[CONTROL.chunks] = chunks
    team.run(PHASE.histograms, chunks, steps)
    takeSplit(built, chunks, 0, sums)
    if (built.split) built.columns = kernels.keepColumns(list, length, places.flags, 1, built.histogram + columns.bytes)
    if (!sibling) return
    takeSplit(sibling, chunks, FOUND_NUMBERS, sums)
    if (sibling.split) sibling.columns = kernels.keepColumns(list, length, places.flags, 2, list)
  }
  const tellSums = (at: number, bounds: number, leaf: Leaf): void => {
    about[bounds] = leaf.lower
    about[bounds + 1] = leaf.upper
    about[at] = leaf.g
    about[at + 1] = leaf.h
    about[at + 2] = canSplit(leaf) ? leaf.to - leaf.from : 0
  }
  /** The best of what was found in each chunk of the columns; ties go to the first feature. */
  const takeSplit = (leaf: Leaf, chunks: number, part: number, { scaleH }: RoundSums): void => {
    let best = -1
    let found = 0
    for (let chunk = 0; chunk < chunks; chunk++) {
      const at = (places.found >>> 3) + chunk * 2 * FOUND_NUMBERS + part
      const score = f64[at]!
      if (score < 0 || score < best || (score === best && f64[at + 8]! > f64[found + 8]!)) continue
      best = score
      found = at
    }
    const lambda = l2Regularization * scaleH
    const own = options.monotone
      ? worth(leaf.g, leaf.h, lambda, boundedAnswer(leaf.g, leaf.h, lambda, leaf))
      : (leaf.g * leaf.g) / (leaf.h + lambda)
    leaf.gain = best - own
    leaf.split = best >= 0 && leaf.gain > MIN_RELATIVE_GAIN * own ? readSplit(leaf, found) : undefined
    if (!leaf.split) pool.release(leaf)
  }
  const readSplit = (leaf: Leaf, at: number): LeafSplit => {
    const leftH = f64[at + 6]!
    const feature = f64[at + 8]!
    return {
      feature,
      set: categories.kept[feature]! > 0 ? u32.slice((at + 9) * 2, (at + 9) * 2 + SET_WORDS) : undefined,
      bin: f64[at + 1]!,
      nextBin: f64[at + 2]!,
      // Where the gain is larger, and to the heavier child when the node has none.
      missingLeft: f64[at + 4] === 1 ? f64[at + 3] === 1 : leftH * 2 >= leaf.h,
      leftG: f64[at + 5]!,
      leftH,
      leftRows: f64[at + 7]!,
    }
  }

  /** Parts the rows of a leaf by its split; returns how many held-out ones go left. */
  const part = ({ from, to, heldFrom, heldTo }: Leaf, { feature, leftRows }: LeafSplit): number => {
    const n = to - from
    control.spend(n * 2)
    const column = binning.bins + feature * binning.rows
    const heldAt = places.held + heldFrom * 4
    let heldLeft = 0
    if (heldTo > heldFrom) {
      heldLeft = kernels.splitRows(column, heldAt, heldTo - heldFrom, 0, places.goesLeft, heldAt, places.right)
      kernels.copy(heldAt + heldLeft * 4, places.right, (heldTo - heldFrom - heldLeft) * 4)
    }
    if (team.size > 1 && n >= ROWS_TO_PART_TOGETHER) {
      about[CONTROL.from] = from
      about[CONTROL.to] = to
      about[CONTROL.feature] = feature
      const chunks = Math.ceil(n / chunkRows)
      team.run(PHASE.split, chunks, n * 2)
      team.run(PHASE.place, chunks, n)
      return heldLeft
    }
    const at = places.rows + from * 4
    kernels.splitRows(column, at, n, 0, places.goesLeft, at, places.right)
    kernels.copy(at + leftRows * 4, places.right, (n - leftRows) * 4)
    return heldLeft
  }

  /** Bounds of both children, where they are not the leaf's own: a monotone split keeps their answers on their side of the middle. */
  const boundsOf = (leaf: Leaf, { feature, leftG, leftH }: LeafSplit, { scaleH }: RoundSums) => {
    const { lower, upper } = leaf
    const rule = options.monotone?.[feature] ?? 0
    if (rule === 0) return undefined
    const lambda = l2Regularization * scaleH
    const left = boundedAnswer(leftG, leftH, lambda, leaf)
    const right = boundedAnswer(leaf.g - leftG, leaf.h - leftH, lambda, leaf)
    const middle = left / 2 + right / 2
    return rule > 0
      ? ([
          { lower, upper: middle },
          { lower: middle, upper },
        ] as const)
      : ([
          { lower: middle, upper },
          { lower, upper: middle },
        ] as const)
  }

  /** Splits a leaf into two; `search` is false when the tree is full, so no histogram is needed. */
  const splitLeaf = (leaf: Leaf, leaves: readonly Leaf[], sums: RoundSums, search: boolean): [Leaf, Leaf] => {
    const split = leaf.split!
    const { feature, leftG, leftH, missingLeft, set } = split
    decide(goesLeft, binCount(edges, feature), split.bin, missingLeft, set)
    const codes = columns.codesOf.get(feature)
    if (codes) {
      for (let code = 0; code < codes.length; code++) sides[code] = goesLeft[codes[code]!]!
      goesLeft.set(sides)
    }
    const heldMiddle = leaf.heldFrom + part(leaf, split)
    const middle = leaf.from + split.leftRows
    const threshold = set ? nodes.addSet(set) : splitThreshold(edges, feature, split.bin, split.nextBin)
    const child = nodes.split(leaf.node, feature, threshold, missingLeft)
    importances[feature]! += (leaf.gain / sums.scaleG / sums.scaleG) * sums.scaleH
    const bounds = boundsOf(leaf, split, sums)
    // Written out: spreading objects and taking lists apart takes longer than the rest of a small node.
    const left: Leaf = {
      node: child,
      from: leaf.from,
      to: middle,
      depth: leaf.depth + 1,
      g: leftG,
      h: leftH,
      heldFrom: leaf.heldFrom,
      heldTo: heldMiddle,
      lower: (bounds?.[0] ?? leaf).lower,
      upper: (bounds?.[0] ?? leaf).upper,
      histogram: 0,
      columns: 0,
      split: undefined,
      gain: 0,
    }
    const right: Leaf = {
      node: child + 1,
      from: middle,
      to: leaf.to,
      depth: leaf.depth + 1,
      g: leaf.g - leftG,
      h: leaf.h - leftH,
      heldFrom: heldMiddle,
      heldTo: leaf.heldTo,
      lower: (bounds?.[1] ?? leaf).lower,
      upper: (bounds?.[1] ?? leaf).upper,
      histogram: 0,
      columns: 0,
      split: undefined,
      gain: 0,
    }
    const leftIsSmall = middle - leaf.from <= leaf.to - middle
    const small = leftIsSmall ? left : right
    const large = leftIsSmall ? right : left
    if (!search || !canSplit(large)) {
      pool.release(leaf)
      return [left, right]
    }
    const kept = leaf.histogram
    large.histogram = kept
    large.columns = leaf.columns
    leaf.histogram = 0
    pool.take(small, leaves)
    if (kept !== 0) findSplits(small, large, sums)
    else {
      // The parent's histogram gave way to others: both are built from their rows.
      findSplits(small, undefined, sums)
      pool.take(large, [...leaves, small])
      findSplits(large, undefined, sums)
    }
    return [left, right]
  }

  const finishLeaves = (leaves: readonly Leaf[], sums: RoundSums, k: number): void => {
    leaves.forEach((leaf, i) => {
      pool.release(leaf)
      const step = Math.fround(learningRate * answerOf(leaf, sums))
      if (!Number.isFinite(step)) throw outOfRange(plan.set, options)
      nodes.setLeaf(leaf.node, step, 0, covers ? coverOf(leaf, covers) : leaf.to - leaf.from)
      f64.set([leaf.from, leaf.to, step], (places.leaves >>> 3) + i * 3)
      kernels.addToScores(places.scores + k * 8, stride * 8, places.held + leaf.heldFrom * 4, leaf.heldTo - leaf.heldFrom, step)
    })
    about[CONTROL.score] = k
    control.spend(count * 2)
    team.run(PHASE.addLeaves, leaves.length, count * 2)
  }
  /** What a leaf answers, before the learning rate. */
  const answerOf = (leaf: Leaf, { scaleG, scaleH }: RoundSums): number => {
    const unit = scaleH / scaleG
    if (renewsLeaves(options)) {
      const length = leaf.to - leaf.from
      for (let i = 0; i < length; i++) {
        const row = rows[leaf.from + i]!
        residuals[i] = f64[(places.y >>> 3) + row]! - f64[(places.scores >>> 3) + row]!
        if (rowWeights) rowWeights[i] = f64[(places.weights >>> 3) + row]!
      }
      const step = leafStep(options, about[CONTROL.delta]!, residuals.subarray(0, length), rowWeights?.subarray(0, length))
      return Math.max(leaf.lower * unit, Math.min(leaf.upper * unit, step))
    }
    const hessian = leaf.h + l2Regularization * scaleH
    return hessian > 0 ? Math.max(leaf.lower, Math.min(leaf.upper, -leaf.g / hessian)) * unit : 0
  }
  const coverOf = ({ from, to }: Leaf, weights: Uint32Array): number => {
    let cover = 0
    for (let i = from; i < to; i++) cover += weights[rows[i]!]!
    return cover
  }

  /**
   * Rows whose class is all but decided have small hessians, p(1 - p), and a leaf of many of these and few others takes steps that little
   * bears out; of a class of 5 in 1,000 the model runs away. So a leaf of classes also holds the hessian of `minSamplesLeaf - 1` average
   * rows of the tree: on 20 tables a log loss 0 to 7 % lower. LightGBM counts rows by hessians alone, at the average of each node; that of
   * the tree leaves it true that a column which no cut can part cannot be parted below.
   */
  const leastHessian = ({ scaleH, h }: RoundSums): number =>
    Math.max(MIN_HESSIAN * scaleH, plan.set.classes > 0 ? ((minSamplesLeaf - 1) * h) / count : 0)

  const grow = (sums: RoundSums, k: number): number => {
    about[CONTROL.lambda] = l2Regularization * sums.scaleH
    about[CONTROL.minHessian] = leastHessian(sums)
    if (parts.rows) rows.set(parts.rows)
    else kernels.numberRows(places.rows, count)
    heldRows.set(held)
    const root: Leaf = {
      ...{ node: nodes.add(), from: 0, to: count, depth: 0, g: sums.g, h: sums.h, histogram: 0, columns: 0, split: undefined, gain: 0 },
      ...{ heldFrom: 0, heldTo: held.length, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY },
    }
    const leaves = [root]
    if (canSplit(root) && columns.count > 0) {
      pool.take(root, leaves)
      findSplits(root, undefined, sums)
    }
    while (leaves.length < maxLeaves) {
      const at = bestLeaf(leaves)
      if (at < 0) break
      const halves = splitLeaf(leaves[at]!, leaves, sums, leaves.length + 1 < maxLeaves)
      leaves[at] = halves[0]
      leaves.push(halves[1])
    }
    finishLeaves(leaves, sums, k)
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

/** Chunks of columns for a node of n rows: as many for each thread, of four columns or a few less; for one thread as few as may be. */
function chunksOf(columns: number, n: number, threads: number): number {
  const atOnce = threads > 1 ? COLUMNS_AT_ONCE : Math.max(COLUMNS_AT_ONCE, Math.floor(ADDITIONS_PER_CHUNK / n))
  return Math.min(columns, Math.ceil(Math.ceil(columns / atOnce) / threads) * threads)
}
