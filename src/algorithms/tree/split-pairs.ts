// Splits the nodes of a forest for two classes or for numbers. Both are one thing: with the class as 0 or 1 the Gini impurity and the
// squared error order splits alike, by G_left^2 / H_left + G_right^2 / H_right with G the weighted targets and H the weights.

import { binCount, FOUND_BYTES, growsPacked, MARKS } from './bin-training-set.ts'
import { SET_WORDS } from './category-bins.ts'
import { bitsFor, powerOfTwoAbove } from './fixed-point.ts'
import type { Draws } from './forest-sample.ts'
import type { FoundSplit, Splitter, Workplace } from './grow-forest.ts'
import { scanCategories } from './scan-categories.ts'

const HISTOGRAM_BYTES = 256 * 16
/** In a node of at most so many rows only the bins that these have are read and cleared. */
export const SPARSE_ROWS = 128
/** A forest averages away what one tree takes too seriously. */
const UNSMOOTHED = { smoothing: 0, fewestRows: 1 }
/** Weighted targets of a tree sum to at most this, so they fit 32 bits however they are rounded. */
const MAX_SUM = 2 ** 30

export function createPairSplitter(work: Workplace): Splitter {
  const { set, options, kernels, views, places } = work
  const { rows, classes, binning, hasMissing } = set
  const { f64 } = views
  const minRows = options.minSamplesLeaf
  const rules = { lambda: 0, minHessian: 0, minRows }
  const { kept } = set.categories
  let leafValue = 0
  const packed = growsPacked(set, set.weights !== undefined)
  const targets = packed ? undefined : createTargets(work)
  const entriesOf = packed ? packedEntries(work) : pairEntries(work, targets!)
  const best: FoundSplit & { score: number } = {
    ...{ score: -1, feature: -1, bin: 0, nextBin: 0, missingLeft: false, gain: 0, leftG: 0, leftH: 0, set: undefined },
  }
  const active = new Int32Array(4)
  let [g, h, from, to, bestHasMissing] = [0, 0, 0, 0, false]

  const addRows = (count: number): void => {
    const entries = places.entries + from * 4
    const ordered = places.ordered + from * 8
    const n = to - from
    const h0 = places.histograms
    if (count === 4) {
      const c0 = binning.bins + active[0]! * rows
      const c1 = binning.bins + active[1]! * rows
      const c2 = binning.bins + active[2]! * rows
      const c3 = binning.bins + active[3]! * rows
      const [h1, h2, h3] = [h0 + HISTOGRAM_BYTES, h0 + 2 * HISTOGRAM_BYTES, h0 + 3 * HISTOGRAM_BYTES]
      if (packed) kernels.histogramPacked4(c0, c1, c2, c3, h0, h1, h2, h3, entries, places.codes, n)
      else kernels.histogram4(c0, c1, c2, c3, h0, h1, h2, h3, entries, ordered, n)
      return
    }
    for (let k = 0; k < count; k++) {
      const column = binning.bins + active[k]! * rows
      const hist = h0 + k * HISTOGRAM_BYTES
      if (packed) kernels.histogramPacked1(column, hist, entries, places.codes, n)
      else kernels.histogram1(column, hist, entries, ordered, n)
    }
  }

  const offer = (feature: number, found: number): boolean => {
    const at = found >>> 3
    if (f64[at]! > best.score) {
      best.score = f64[at]!
      best.feature = feature
      best.bin = f64[at + 1]!
      best.nextBin = f64[at + 2]!
      best.missingLeft = f64[at + 3] === 1
      bestHasMissing = f64[at + 4] === 1
      best.leftG = f64[at + 5]!
      best.leftH = f64[at + 6]!
      best.set = kept[feature]! > 0 ? views.u32.slice((at + 9) * 2, (at + 9) * 2 + SET_WORDS) : undefined
    }
    return f64[at + 8] === 1
  }

  const trySparse = (feature: number): boolean => {
    const entries = places.entries + from * 4
    const column = binning.bins + feature * rows
    const own = places.marks + MARKS.own
    kernels.markBins(column, entries, to - from, packed ? 6 : 0, places.marks + MARKS.map, own)
    if (packed) kernels.histogramPacked1(column, places.sparse, entries, places.codes, to - from)
    else kernels.histogram1(column, places.sparse, entries, places.ordered + from * 8, to - from)
    kernels.scanMarked(places.sparse, own, binCount(set, feature) - 1, g, h, to - from, minRows, places.found)
    kernels.clearMarked(places.sparse, 16, own)
    return offer(feature, places.found)
  }

  return {
    shift: packed ? 6 : 0,
    baseScore: targets?.mean ?? 0,
    beginTree: entriesOf.begin,
    rootG: entriesOf.g,
    rootH: entriesOf.h,
    beginNode(nodeFrom, nodeTo, nodeG, nodeH) {
      from = nodeFrom
      to = nodeTo
      g = nodeG
      h = nodeH
      best.score = -1
      const pure = classes === 2 ? g === 0 || g === h : targets!.areEqual(from, to)
      if (!packed && !pure) kernels.gather(places.pairs, places.entries + from * 4, to - from, places.ordered + from * 8)
      return pure
    },
    tryFeatures(features, first, count) {
      const sparse = to - from <= SPARSE_ROWS
      let [found, varied] = [0, 0]
      for (let k = 0; k < count; k++) {
        const f = features[first + k]!
        const bins = binCount(set, f)
        if (bins === 2 && hasMissing[f] === 0) continue
        if (sparse && kept[f] === 0) {
          if (trySparse(f)) varied++
          continue
        }
        kernels.clear(places.histograms + found * HISTOGRAM_BYTES, bins * 16)
        active[found++] = f
      }
      addRows(found)
      for (let k = 0; k < found; k++) {
        const f = active[k]!
        const out = places.found + k * FOUND_BYTES
        const hist = places.histograms + k * HISTOGRAM_BYTES
        const valueBins = binCount(set, f) - 1
        if (kept[f]! > 0) scanCategories(views, hist, valueBins, { g, h, rows: to - from }, rules, UNSMOOTHED, out)
        else kernels.scan(hist, valueBins, g, h, to - from, 0, 0, minRows, out)
        if (offer(f, out)) varied++
      }
      return varied
    },
    best() {
      if (best.score < 0) return undefined
      if (!bestHasMissing) best.missingLeft = best.leftH * 2 >= h
      best.gain = Math.max(0, best.score - (g * g) / h) * (targets ? targets.gainScale() : 2)
      return best
    },
    makeLeaf(nodes, node) {
      leafValue = classes === 2 ? g / h : targets!.mean52(from, to, h)
      nodes.setLeaf(node, leafValue, 0, h)
    },
    answer(out) {
      out[0] = leafValue
    },
    leafValues: () => new Float32Array(0),
  }
}

interface Entries {
  begin(draws: Draws): number
  g(): number
  h(): number
}

/** Entries `row << 6 | draws << 1 | class`; a table gives the vector of each of the 64 codes. */
function packedEntries({ set: { y, rows }, views, places }: Workplace): Entries {
  const entries = views.u32.subarray(places.entries >>> 2, (places.entries >>> 2) + rows)
  const classOf = Uint8Array.from(y)
  for (let code = 0; code < 64; code++) {
    const at = (places.codes >>> 2) + code * 4
    views.i32[at] = (code & 1) * (code >> 1)
    views.i32[at + 1] = code >> 1
    views.i32[at + 2] = 1
  }
  let [g, h] = [0, 0]
  return {
    begin(draws) {
      let count = 0
      g = 0
      h = 0
      for (let i = 0; i < rows; i++) {
        const drawn = draws[i]!
        const positive = classOf[i]!
        entries[count] = (i << 6) | (drawn << 1) | positive
        // 1 unless drawn is 0: no branch to mispredict.
        count += (drawn + 31) >> 5
        h += drawn
        g += drawn * positive
      }
      return count
    },
    g: () => g,
    h: () => h,
  }
}

interface Targets {
  readonly mean: number
  /** From scores of the tree to decreases of the impurity. */
  gainScale(): number
  /** Target of a row as a whole number. */
  readonly whole: ArrayLike<number>
  readonly weight: Uint32Array
  areEqual(from: number, to: number): boolean
  /** Exact mean of the targets of a node, back on their own scale. */
  mean52(from: number, to: number, h: number): number
  /** @param sum  of all sizes of weighted targets; returns the power of two by which they are made to fit 32 bits. */
  beginTree(sum: number): number
}

/** Entries are row numbers; their pairs (weight * target, weight) stand by row. */
function pairEntries({ set: { rows }, views, places, quantised }: Workplace, targets: Targets): Entries {
  const entries = views.u32.subarray(places.entries >>> 2, (places.entries >>> 2) + rows)
  const pairs = views.i32.subarray(places.pairs >>> 2, (places.pairs >>> 2) + rows * 2)
  const { whole, weight } = targets
  let [g, h] = [0, 0]
  return {
    begin(draws) {
      let sum = 0
      for (let i = 0; i < rows; i++) {
        weight[i] = draws[i]! * (quantised ? quantised[i]! : 1)
        sum += Math.abs(whole[i]!) * weight[i]!
      }
      const scale = targets.beginTree(sum)
      let count = 0
      g = 0
      h = 0
      for (let i = 0; i < rows; i++) {
        const w = weight[i]!
        if (w === 0) continue
        entries[count++] = i
        const weighted = Math.round(whole[i]! * w * scale)
        pairs[2 * i] = weighted
        pairs[2 * i + 1] = w
        g += weighted
        h += w
      }
      return count
    },
    g: () => g,
    h: () => h,
  }
}

/** Differences from the mean as whole numbers whose weighted sums stay below 2^52, so that means of leaves are exact. */
function createTargets({ set: { y, rows, classes }, views, places, quantised }: Workplace): Targets {
  const entries = views.u32.subarray(places.entries >>> 2, (places.entries >>> 2) + rows)
  const { mean, scale, whole } = classes === 2 ? { mean: 0, scale: 1, whole: y } : wholeTargets(y, rows, quantised)
  const weight = new Uint32Array(rows)
  let gainScale = 1
  return {
    mean,
    whole,
    weight,
    gainScale: () => gainScale,
    beginTree(sum) {
      // Weights sum to at most 2^30 already.
      const treeScale = classes === 2 || sum === 0 ? 1 : Math.min(1, MAX_SUM / powerOfTwoAbove(sum))
      gainScale = classes === 2 ? 2 : (scale / treeScale) ** 2
      return treeScale
    },
    areEqual(from, to) {
      const first = whole[entries[from]!]!
      for (let i = from + 1; i < to; i++) if (whole[entries[i]!] !== first) return false
      return true
    },
    mean52(from, to, h) {
      let sum = 0
      for (let i = from; i < to; i++) sum += whole[entries[i]!]! * weight[entries[i]!]!
      return (sum / h) * scale
    },
  }
}

function wholeTargets(
  y: ArrayLike<number>,
  rows: number,
  quantised: Uint32Array | undefined,
): { mean: number; scale: number; whole: Float64Array } {
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
  // A tree draws as many rows as there are.
  const sumBits = bitsFor(rows * largestWeight)
  const scale = largest === 0 ? 1 : powerOfTwoAbove(largest) / 2 ** (52 - sumBits)
  const whole = new Float64Array(rows)
  for (let i = 0; i < rows; i++) whole[i] = Math.round((y[i]! - mean) / scale)
  return { mean, scale, whole }
}
