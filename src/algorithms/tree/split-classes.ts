// Splits the nodes of a classification forest: gathers the packed rows of a node once, then tries features on them.

import { binCount } from './bin-training-set.ts'
import { addClasses, CLASS_BITS, type ClassSplit, createClassScan, scanClassCategories, scanClasses } from './class-split.ts'
import type { FoundSplit, Splitter, Workplace } from './grow-forest.ts'

export function createClassSplitter({ set, options, views, places, quantised }: Workplace): Splitter {
  const { classes, y } = set
  const rows = views.u32.subarray(places.entries >>> 2, (places.entries >>> 2) + set.rows)
  const scan = createClassScan(classes, options.minSamplesLeaf)
  const { total } = scan
  const packedOf = new Uint32Array(set.rows)
  const ordered = new Uint32Array(set.rows)
  const best: ClassSplit & FoundSplit = {
    score: -1,
    feature: -1,
    bin: 0,
    nextBin: 0,
    missingLeft: false,
    nodeHasMissing: false,
    leftWeight: 0,
    gain: 0,
    leftG: 0,
    leftH: 0,
    set: undefined,
  }
  let [from, to] = [0, 0]
  let weight = 0
  let selfScore = 0
  let leafValues = new Float32Array(4096)
  let leaves = 0

  return {
    baseScore: 0,
    shift: 0,
    // The sums of a node are one a class: they are taken anew at each.
    rootG: () => 0,
    rootH: () => 0,
    beginTree(draws) {
      let count = 0
      for (let i = 0; i < packedOf.length; i++) {
        const drawn = draws[i]! * (quantised ? quantised[i]! : 1)
        packedOf[i] = (drawn << CLASS_BITS) | y[i]!
        rows[count] = i
        if (drawn > 0) count++
      }
      return count
    },
    beginNode(nodeFrom, nodeTo) {
      from = nodeFrom
      to = nodeTo
      total.fill(0)
      for (let i = from; i < to; i++) {
        const packed = packedOf[rows[i]!]!
        ordered[i] = packed
        total[packed & ((1 << CLASS_BITS) - 1)]! += packed >>> CLASS_BITS
      }
      weight = 0
      let squares = 0
      let present = 0
      for (let k = 0; k < classes; k++) {
        const c = total[k]!
        weight += c
        squares += c * c
        if (c > 0) present++
      }
      selfScore = squares / weight
      best.score = -1
      return present < 2
    },
    tryFeatures(features, first, count) {
      let varied = 0
      for (let k = 0; k < count; k++) {
        const feature = features[first + k]!
        const bins = binCount(set, feature)
        if (bins === 2 && set.hasMissing[feature] === 0) continue
        const column = set.bins.subarray(feature * set.rows, (feature + 1) * set.rows)
        addClasses(scan, column, rows, from, to, ordered, bins)
        const scanned = set.categories.kept[feature]! > 0 ? scanClassCategories : scanClasses
        if (scanned(scan, bins - 1, set.hasMissing[feature] === 1, feature, to - from, best)) varied++
      }
      return varied
    },
    best() {
      if (best.score < 0) return undefined
      if (!best.nodeHasMissing) best.missingLeft = best.leftWeight * 2 >= weight
      best.gain = Math.max(0, best.score - selfScore)
      return best
    },
    makeLeaf(nodes, node) {
      const at = leaves * (classes - 1)
      if (at + classes - 1 > leafValues.length) {
        const larger = new Float32Array(leafValues.length * 2 + classes)
        larger.set(leafValues)
        leafValues = larger
      }
      for (let k = 1; k < classes; k++) leafValues[at + k - 1] = total[k]! / weight
      nodes.setLeaf(node, 0, leaves++, weight)
    },
    answer(out) {
      for (let k = 1; k < classes; k++) out[k - 1] = total[k]! / weight
    },
    leafValues: () => leafValues.slice(0, leaves * (classes - 1)),
  }
}
