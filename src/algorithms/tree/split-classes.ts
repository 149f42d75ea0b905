// Splits the nodes of a classification forest: gathers the packed rows of a node once, then tries features on them.

import { type BinnedSet, binCount } from './bin-training-set.ts'
import { addClasses, CLASS_BITS, type ClassSplit, createClassScan, scanClasses } from './class-split.ts'
import type { ResolvedForestOptions } from './forest-options.ts'
import type { FoundSplit, Splitter } from './grow-forest.ts'

export function createClassSplitter(set: BinnedSet, options: ResolvedForestOptions, rows: Uint32Array): Splitter {
  const { classes, y } = set
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
  }
  let weight = 0
  let selfScore = 0
  let leafValues = new Float32Array(classes > 2 ? 4096 : 0)
  let leaves = 0

  return {
    baseScore: 0,
    beginTree(weightOf) {
      for (let i = 0; i < packedOf.length; i++) packedOf[i] = (weightOf[i]! << CLASS_BITS) | y[i]!
    },
    beginNode(from, to) {
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
    tryFeature(feature, column, from, to) {
      const bins = binCount(set, feature)
      if (bins === 2 && set.hasMissing[feature] === 0) return false
      addClasses(scan, column, rows, from, to, ordered, bins)
      return scanClasses(scan, bins - 1, set.hasMissing[feature] === 1, feature, to - from, best)
    },
    best() {
      if (best.score < 0) return undefined
      if (!best.nodeHasMissing) best.missingLeft = best.leftWeight * 2 >= weight
      best.gain = Math.max(0, best.score - selfScore)
      return best
    },
    makeLeaf(nodes, node) {
      if (classes === 2) {
        nodes.setLeaf(node, total[1]! / weight, 0, weight)
        return
      }
      const at = leaves * (classes - 1)
      if (at + classes - 1 > leafValues.length) {
        const larger = new Float32Array(leafValues.length * 2 + classes)
        larger.set(leafValues)
        leafValues = larger
      }
      for (let k = 1; k < classes; k++) leafValues[at + k - 1] = total[k]! / weight
      nodes.setLeaf(node, 0, leaves++, weight)
    },
    leafValues: () => leafValues.slice(0, leaves * (classes - 1)),
  }
}
