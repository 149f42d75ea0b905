// The check of every node of a model that is loaded, by a kernel over blocks of nodes. It answers yes or no; `validateEnsemble` then finds
// the place. The kernel is a small module of its own: it compiles in a fraction of a millisecond, so that the first model of a process need
// not wait for the learners', and its memory is not shared, since copying into shared memory takes several times as long.
import type { Engine } from '../math/heap.ts'
import { compileModule, type WasmMemory, webAssembly } from '../math/wasm-kernels.ts'
import { CHECK_NODES_BASE64 } from './check-nodes-bytes.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { plainCheckNodes } from './plain-check-nodes.ts'

/** See assembly/nodes: offsets of the arrays of a block, its nodes, the first one's number, all nodes, features, places of leaf values. */
export type CheckNodes = (
  feature: number,
  left: number,
  threshold: number,
  missing: number,
  n: number,
  first: number,
  nodes: number,
  features: number,
  places: number,
) => number

type Check = (ensemble: TreeEnsemble, first: number, end: number) => number

/** Nodes that are looked at together, a multiple of 16. */
const BLOCK_NODES = 4096
/** Where the arrays of a block stand in a page of memory. */
const PLACES = { feature: 1024, left: 1024 + BLOCK_NODES * 4, threshold: 1024 + BLOCK_NODES * 8, missing: 1024 + BLOCK_NODES * 12 } as const
const PAGE_BYTES = 65_536

const checks: { [engine in Engine]?: Check } = {}

/**
 * Whether features, children, places of leaf values, thresholds and directions of missing values lie in their ranges. Sets of categories
 * are not looked at.
 *
 * @returns the number of leaves, or -1 when something is wrong
 */
export function checkNodes(ensemble: TreeEnsemble, engine: Engine = 'auto'): number {
  const nodes = ensemble.feature.length
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

function createCheck(engine: Engine): Check {
  const { buffer, kernel } = (engine === 'auto' ? compile() : undefined) ?? inTypeScript()
  const [u8, i32, u32, f32] = [new Uint8Array(buffer), new Int32Array(buffer), new Uint32Array(buffer), new Float32Array(buffer)]
  const { feature, left, threshold, missing } = PLACES
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
    const leaves = kernel(feature, left, threshold, missing, n + padding, first, ensemble.feature.length, nFeatures, places)
    return leaves < 0 ? -1 : leaves - padding
  }
}

interface Checker {
  readonly buffer: ArrayBuffer
  readonly kernel: CheckNodes
}

/** Undefined where WebAssembly or its vectors are missing. */
function compile(): Checker | undefined {
  const module = compileModule(CHECK_NODES_BASE64)
  if (module === null) return undefined
  const engine = webAssembly()!
  const memory: WasmMemory = new engine.Memory({ initial: 1, maximum: 1, shared: false })
  const { exports } = new engine.Instance(module, { env: { memory } })
  return { buffer: memory.buffer as ArrayBuffer, kernel: (exports as { checkNodes: CheckNodes }).checkNodes }
}

function inTypeScript(): Checker {
  const buffer = new ArrayBuffer(PAGE_BYTES)
  return { buffer, kernel: plainCheckNodes(buffer) }
}
