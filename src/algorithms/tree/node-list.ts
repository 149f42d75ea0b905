// Collects the nodes of growing trees in typed arrays that double when full.

import { SET_WORDS } from './category-bins.ts'
import { sumCovers } from './ensemble.ts'

export interface NodeList {
  readonly size: number
  /** Adds a leaf and returns its number; `split` may turn it into a node later. */
  add(): number
  /** Turns leaf `node` into a split with two new leaves; returns the left one (the right one follows). */
  split(node: number, feature: number, threshold: number, missingLeft: boolean): number
  /** Keeps a set of category bins; returns its number, the threshold of a node that splits by it. */
  addSet(words: ArrayLike<number>): number
  /** @param cover  weight of the training rows in the leaf. */
  setLeaf(node: number, value: number, valueIndex: number, cover: number): void
  /** The arrays cut to size. */
  finish(): NodeArrays
}

export interface NodeArrays {
  readonly feature: Int32Array<ArrayBuffer>
  readonly threshold: Float32Array<ArrayBuffer>
  readonly left: Uint32Array<ArrayBuffer>
  readonly missingLeft: Uint8Array<ArrayBuffer>
  readonly cover: Uint32Array<ArrayBuffer>
  /** 8 words a set of category bins; empty without categorical features. */
  readonly categorySets: Uint32Array<ArrayBuffer>
}

export function createNodeList(): NodeList {
  let capacity = 1024
  let size = 0
  let feature = new Int32Array(capacity)
  let threshold = new Float32Array(capacity)
  let left = new Uint32Array(capacity)
  let missingLeft = new Uint8Array(capacity)
  let cover = new Uint32Array(capacity)
  const sets: number[] = []

  const grow = (): void => {
    capacity *= 2
    const old = { feature, threshold, left, missingLeft, cover }
    feature = new Int32Array(capacity)
    threshold = new Float32Array(capacity)
    left = new Uint32Array(capacity)
    missingLeft = new Uint8Array(capacity)
    cover = new Uint32Array(capacity)
    feature.set(old.feature)
    threshold.set(old.threshold)
    left.set(old.left)
    missingLeft.set(old.missingLeft)
    cover.set(old.cover)
  }
  const add = (): number => {
    if (size === capacity) grow()
    feature[size] = -1
    return size++
  }
  return {
    get size() {
      return size
    },
    add,
    split(node, nodeFeature, nodeThreshold, nodeMissingLeft) {
      const child = add()
      add()
      feature[node] = nodeFeature
      threshold[node] = nodeThreshold
      left[node] = child
      missingLeft[node] = nodeMissingLeft ? 1 : 0
      return child
    },
    addSet(words) {
      for (let i = 0; i < SET_WORDS; i++) sets.push(words[i]!)
      return sets.length / SET_WORDS - 1
    },
    setLeaf(node, value, valueIndex, leafCover) {
      threshold[node] = value
      left[node] = valueIndex
      cover[node] = leafCover
    },
    finish() {
      const nodes = {
        feature: feature.slice(0, size),
        threshold: threshold.slice(0, size),
        left: left.slice(0, size),
        missingLeft: missingLeft.slice(0, size),
        cover: cover.slice(0, size),
        categorySets: Uint32Array.from(sets),
      }
      sumCovers(nodes.feature, nodes.left, nodes.cover)
      return nodes
    },
  }
}
