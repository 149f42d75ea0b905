// Splits the nodes of a forest for more than two classes by the Gini impurity of their class weights.

import { binBytesOf, binCount, classBitsOf, DRAW_BITS, growsPacked, MARKS } from './bin-training-set.ts'
import type { Draws } from './forest-sample.ts'
import type { FoundSplit, Splitter, Workplace } from './grow-forest.ts'
import { scanClassCategories } from './scan-class-categories.ts'
import { SPARSE_ROWS } from './split-pairs.ts'

/** Bits of the class in a code that is not part of an entry; weights have the others. */
const WIDE_CLASS_BITS = 10

export function createClassSplitter(work: Workplace): Splitter {
  const { set, options, kernels, views, places } = work
  const { classes, rows, binning } = set
  const { f64, i32, u8 } = views
  const minRows = options.minSamplesLeaf
  const binBytes = binBytesOf(classes)
  const histogramBytes = 256 * binBytes
  const codes = growsPacked(set, set.weights !== undefined) ? packedCodes(work) : wideCodes(work)
  const { shift, classBits, weightMask } = codes
  const [own, all, map] = [places.marks + MARKS.own, places.marks + MARKS.all, places.marks + MARKS.map]
  u8.fill(255, all, all + 32)
  const totals = i32.subarray(places.totals >>> 2, (places.totals >>> 2) + classes)
  const best: FoundSplit & { score: number } = {
    ...{ score: -1, feature: -1, bin: 0, nextBin: 0, missingLeft: false, gain: 0, leftG: 0, leftH: 0, set: undefined },
  }
  const active = new Int32Array(4)
  const leaves = createLeafValues(classes)
  let [from, to, weight, selfScore, bestHasMissing, ordered] = [0, 0, 0, 0, false, 0]

  const offer = (feature: number): boolean => {
    const at = places.found >>> 3
    if (f64[at]! > best.score) {
      best.score = f64[at]!
      best.feature = feature
      best.bin = f64[at + 1]!
      best.nextBin = f64[at + 2]!
      best.missingLeft = f64[at + 3] === 1
      bestHasMissing = f64[at + 4] === 1
      best.leftH = f64[at + 6]!
      best.set = undefined
    }
    return f64[at + 8] === 1
  }

  /** Offers the cuts of a column in a histogram; `mask` says which bins may have rows. */
  const offerScan = (feature: number, hist: number, mask: number, counts: number): boolean => {
    const { totals: sums, left, found } = places
    const valueBins = binCount(set, feature) - 1
    kernels.scanClasses(hist, binBytes, mask, valueBins, sums, left, minRows > 1 ? counts : 0, to - from, minRows, found)
    return offer(feature)
  }

  const trySparse = (feature: number): boolean => {
    const entries = places.entries + from * 4
    const column = binning.bins + feature * rows
    kernels.markBins(column, entries, to - from, shift, map, own)
    kernels.histogramClasses1(column, places.sparse, entries, shift, ordered, to - from, binBytes, classBits, weightMask)
    if (minRows > 1) countRows(feature, places.rowCounts)
    const varies = offerScan(feature, places.sparse, own, places.rowCounts)
    kernels.clearMarked(places.sparse, binBytes, own)
    return varies
  }

  const countRows = (feature: number, counts: number): void => {
    kernels.clear(counts, 1024)
    kernels.countRows(binning.bins + feature * rows, counts, places.entries + from * 4, shift, to - from)
  }

  const addRows = (count: number): void => {
    const entries = places.entries + from * 4
    const h0 = places.histograms
    const about = [entries, shift, ordered, to - from, binBytes, classBits, weightMask] as const
    const [c0, c1, c2, c3] = [0, 1, 2, 3].map((k) => binning.bins + active[k]! * rows) as [number, number, number, number]
    for (let k = 0; k < count; k++) kernels.clear(h0 + k * histogramBytes, binCount(set, active[k]!) * binBytes)
    if (count === 4) {
      kernels.histogramClasses4(c0, c1, c2, c3, h0, h0 + histogramBytes, h0 + 2 * histogramBytes, h0 + 3 * histogramBytes, ...about)
    } else for (let k = 0; k < count; k++) kernels.histogramClasses1([c0, c1, c2][k]!, h0 + k * histogramBytes, ...about)
  }

  const tryDense = (count: number): number => {
    addRows(count)
    let varied = 0
    for (let k = 0; k < count; k++) {
      const feature = active[k]!
      const hist = places.histograms + k * histogramBytes
      const isCategorical = set.categories.kept[feature]! > 0
      if (minRows > 1 || isCategorical) countRows(feature, places.rowCounts)
      const scan = (): boolean => offerScan(feature, hist, all, places.rowCounts)
      if (isCategorical ? scanClassCategories(work, { feature, hist, weight }, best, scan) : scan()) varied++
    }
    return varied
  }

  return {
    baseScore: 0,
    shift,
    // The sums of a node are one a class: they are taken anew at each.
    rootG: () => 0,
    rootH: () => 0,
    beginTree: codes.begin,
    beginNode(nodeFrom, nodeTo) {
      from = nodeFrom
      to = nodeTo
      ordered = codes.order(from, to)
      kernels.sumClasses(ordered, to - from, binBytes, classBits, weightMask, places.totals)
      weight = 0
      let [squares, present] = [0, 0]
      for (let k = 0; k < classes; k++) {
        const c = totals[k]!
        weight += c
        squares += c * c
        if (c > 0) present++
      }
      selfScore = squares / weight
      best.score = -1
      return present < 2
    },
    tryFeatures(features, first, count) {
      const sparse = to - from <= SPARSE_ROWS
      let [varied, dense] = [0, 0]
      for (let k = 0; k < count; k++) {
        const feature = features[first + k]!
        if (binCount(set, feature) === 2 && set.hasMissing[feature] === 0) continue
        if (sparse && set.categories.kept[feature] === 0) varied += trySparse(feature) ? 1 : 0
        else active[dense++] = feature
      }
      return dense > 0 ? varied + tryDense(dense) : varied
    },
    best() {
      if (best.score < 0) return undefined
      if (!bestHasMissing) best.missingLeft = best.leftH * 2 >= weight
      best.gain = Math.max(0, best.score - selfScore)
      return best
    },
    makeLeaf: (nodes, node) => nodes.setLeaf(node, 0, leaves.add(totals, weight), weight),
    answer(out) {
      for (let k = 1; k < classes; k++) out[k - 1] = totals[k]! / weight
    },
    leafValues: leaves.finish,
  }
}

/** Weight and class of each row: where they stand, and how they are read. */
interface Codes {
  readonly shift: number
  readonly classBits: number
  readonly weightMask: number
  begin(draws: Draws): number
  /** Brings the codes of entries from..to into their order; returns where these stand. */
  order(from: number, to: number): number
}

/** Entries `row << shift | draws << classBits | class`, which are their own codes. */
function packedCodes({ set: { y, rows, classes }, views, places }: Workplace): Codes {
  const entries = views.u32.subarray(places.entries >>> 2, (places.entries >>> 2) + rows)
  const classBits = classBitsOf(classes)
  const shift = classBits + DRAW_BITS
  const classOf = Uint16Array.from(y)
  return {
    shift,
    classBits,
    weightMask: 2 ** DRAW_BITS - 1,
    begin(draws) {
      let count = 0
      for (let i = 0; i < rows; i++) {
        const drawn = draws[i]!
        entries[count] = (i << shift) | (drawn << classBits) | classOf[i]!
        // 1 unless drawn is 0: no branch to mispredict.
        count += (drawn + 31) >> 5
      }
      return count
    },
    order: (from) => places.entries + from * 4,
  }
}

/** Entries are row numbers; their codes stand by row and are gathered for each node. */
function wideCodes({ set: { y, rows }, views, places, quantised, kernels }: Workplace): Codes {
  const entries = views.u32.subarray(places.entries >>> 2, (places.entries >>> 2) + rows)
  const codes = views.u32.subarray(places.pairs >>> 2, (places.pairs >>> 2) + rows)
  const weightMask = 2 ** (32 - WIDE_CLASS_BITS) - 1
  return {
    shift: 0,
    classBits: WIDE_CLASS_BITS,
    weightMask,
    begin(draws) {
      let count = 0
      for (let i = 0; i < rows; i++) {
        // Few rows of a class that weighs much are drawn often.
        const weight = Math.min(weightMask, draws[i]! * (quantised ? quantised[i]! : 1))
        codes[i] = (weight << WIDE_CLASS_BITS) | y[i]!
        entries[count] = i
        if (weight > 0) count++
      }
      return count
    },
    order(from, to) {
      const ordered = places.ordered + from * 4
      kernels.gatherCodes(places.pairs, places.entries + from * 4, to - from, ordered)
      return ordered
    },
  }
}

interface LeafValues {
  /** Keeps the share of each class but the first; returns the number of the leaf. */
  add(totals: Int32Array, weight: number): number
  finish(): Float32Array<ArrayBuffer>
}

function createLeafValues(classes: number): LeafValues {
  const width = classes - 1
  let values = new Float32Array(4096)
  let leaves = 0
  return {
    add(totals, weight) {
      const at = leaves * width
      if (at + width > values.length) {
        const larger = new Float32Array(values.length * 2 + classes)
        larger.set(values)
        values = larger
      }
      for (let k = 1; k < classes; k++) values[at + k - 1] = totals[k]! / weight
      return leaves++
    },
    finish: () => values.slice(0, leaves * width),
  }
}
