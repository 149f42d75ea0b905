// The check of every node of a model that is loaded, by a kernel over blocks of nodes. It answers yes or no; `validateEnsemble` then finds
// the place.
import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import { areKernelsCompiled } from '../math/wasm-kernels.ts'
import type { TreeEnsemble } from './ensemble.ts'

type Check = (ensemble: TreeEnsemble, first: number, end: number) => number

/** Nodes that are looked at together, a multiple of 16. */
const BLOCK_NODES = 4096

const checks: { [engine in 'auto' | 'typescript']?: Check } = {}

/**
 * Whether features, children, places of leaf values, thresholds and directions of missing values lie in their ranges. Sets of categories
 * are not looked at. 4 nanoseconds a node on a slow core, half of them for copies; two to three times that in TypeScript (measured).
 *
 * @returns the number of leaves, or -1 when something is wrong
 */
export function checkNodes(ensemble: TreeEnsemble): number {
  const nodes = ensemble.feature.length
  // The first model of a process does not wait for the kernels: to check all of its nodes takes less than to compile them.
  const engine = areKernelsCompiled() ? 'auto' : 'typescript'
  checks[engine] ??= createCheck(engine)
  const check = checks[engine]
  let leaves = 0
  for (let first = 0; first < nodes; first += BLOCK_NODES) {
    const found = check(ensemble, first, Math.min(nodes, first + BLOCK_NODES))
    if (found < 0) return -1
    leaves += found
  }
  return leaves
}

function createCheck(engine: 'auto' | 'typescript'): Check {
  const layout = createHeapLayout()
  const [feature, left, threshold] = [layout.take(BLOCK_NODES * 4), layout.take(BLOCK_NODES * 4), layout.take(BLOCK_NODES * 4)]
  const missing = layout.take(BLOCK_NODES)
  const heap = createHeap(layout.bytes, engine)
  const { u8, i32, u32, f32 } = viewsOf(heap)
  const kernels = kernelsOn(heap)
  return (ensemble, first, end) => {
    const { nFeatures, leafSize, leafValues } = ensemble
    const n = end - first
    i32.set(ensemble.feature.subarray(first, end), feature >>> 2)
    u32.set(ensemble.left.subarray(first, end), left >>> 2)
    f32.set(ensemble.threshold.subarray(first, end), threshold >>> 2)
    u8.set(ensemble.missingLeft.subarray(first, end), missing)
    // Up to a multiple of 16 stand leaves that are right where any leaf is.
    const padding = (16 - (n % 16)) % 16
    i32.fill(-1, (feature >>> 2) + n, (feature >>> 2) + n + padding)
    for (const at of [left, threshold]) i32.fill(0, (at >>> 2) + n, (at >>> 2) + n + padding)
    u8.fill(0, missing + n, missing + n + padding)
    const places = leafSize === 1 ? -1 : leafValues.length / leafSize
    const leaves = kernels.checkNodes(feature, left, threshold, missing, n + padding, first, ensemble.feature.length, nFeatures, places)
    return leaves < 0 ? -1 : leaves - padding
  }
}
