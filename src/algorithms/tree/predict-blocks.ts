// Predicts many rows by the kernels: blocks of rows, tree after tree, so that a tree is in the nearest cache while rows pass it.

import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import { compiledKernels } from '../math/wasm-kernels.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { depthsOf, layOutNodes, NODE_BYTES } from './walk-nodes.ts'

/** Adds the values of all trees for each row to `scores`, row-major; trees take turns when a row has several scores. */
export type BlockWalker = (x: Float32Array, rows: number, scores: Float64Array) => void

/** A multiple of 8, the rows that a kernel walks at a time. */
const BLOCK_ROWS = 256
/** Below this many rows setting up costs more than it saves. */
const FEWEST_ROWS = 64

/** The ensemble walked last on this thread: its nodes stay on the heap for the next call. */
let latest: { readonly ensemble: TreeEnsemble; readonly walk: BlockWalker } | undefined

/** What walks blocks of rows down an ensemble; absent for few rows, without WebAssembly, where leaves hold several values or are lines, and where features are categorical or 0 is missing. */
export function blockWalkerFor(ensemble: TreeEnsemble, rows: number): BlockWalker | undefined {
  const { leafSize, categoryStarts, leafLines, zeroIsMissing } = ensemble
  if (rows < FEWEST_ROWS || leafSize !== 1 || categoryStarts || leafLines || zeroIsMissing || !compiledKernels()) return undefined
  if (latest?.ensemble !== ensemble) latest = { ensemble, walk: createBlockWalker(ensemble) }
  return latest.walk
}

function createBlockWalker(ensemble: TreeEnsemble): BlockWalker {
  const { nFeatures, roots, baseScores, feature } = ensemble
  const layout = createHeapLayout()
  const width = baseScores.length
  const nodes = layout.take(feature.length * NODE_BYTES)
  const values = layout.take(feature.length * 8)
  const x = layout.take(BLOCK_ROWS * nFeatures * 4)
  const sums = layout.take(BLOCK_ROWS * width * 8)
  const heap = createHeap(layout.bytes)
  const views = viewsOf(heap)
  const kernels = kernelsOn(heap)
  layOutNodes(ensemble, views, nodes, values)
  const depths = depthsOf(ensemble)
  const block = views.f32.subarray(x >>> 2, (x >>> 2) + BLOCK_ROWS * nFeatures)
  const sumsOf = views.f64.subarray(sums >>> 3, (sums >>> 3) + BLOCK_ROWS * width)
  return (matrix, rows, scores) => {
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from)
      const values0 = matrix.subarray(from * nFeatures, (from + count) * nFeatures)
      block.set(values0)
      const walk: Kernels['walkKnown'] = hasMissing(values0) ? kernels.walkMissing : kernels.walkKnown
      sumsOf.set(scores.subarray(from * width, (from + count) * width))
      for (let t = 0; t < roots.length; t++) {
        walk(nodes, values, roots[t]! * NODE_BYTES, depths[t]!, x, nFeatures * 4, count, sums + (t % width) * 8, width * 8)
      }
      scores.set(sumsOf.subarray(0, count * width), from * width)
    }
  }
}

function hasMissing(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) return true
  return false
}
