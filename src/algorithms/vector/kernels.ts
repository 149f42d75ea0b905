// The inner loops of the vector index by one interface: WebAssembly with relaxed vectors, with plain ones, or TypeScript. All give the
// same bytes, since they sum whole numbers and round single steps alike. What each does stands with its source in assembly/vector/.

import { compileModule, type WasmMemory, webAssembly } from '../math/wasm-kernels.ts'
import { KERNEL_BASE64, RELAXED_KERNEL_BASE64 } from './kernel-bytes.ts'
import { plainCodes } from './plain-codes.ts'
import { plainRows } from './plain-rows.ts'
import type { VectorViews } from './vector-memory.ts'

/** `auto`: the fastest that this machine runs. */
export type VectorEngine = 'auto' | 'relaxed-simd' | 'simd' | 'typescript'

type Heap = [scores: number, slots: number, size: number, count: number]
type Rows = [query: number, rows: number, aux: number, norms: number, weight: number]

/** Arguments are byte offsets and counts. */
export interface VectorKernels {
  quantiseRow(x: number, stride: number, row: number, aux: number, factor: number): void
  scanRows(...given: [...Rows, n: number, slot: number, stride: number, allowed: number, ...Heap]): number
  scanListedRows(...given: [...Rows, list: number, n: number, slot: number, stride: number, ...Heap]): number
  rescore(
    query: number,
    blocks: number,
    candidates: number,
    n: number,
    stride: number,
    weight: number,
    scores: number,
    slots: number,
    size: number,
  ): number
  encodeRows(rows: number, aux: number, mean: number, n: number, stride: number, words: number, out: number): void
  scanCodes(query: number, codes: number, n: number, slot: number, words: number, allowed: number, list: number, state: number): void
  scanListedCodes(query: number, codes: number, places: number, n: number, slot: number, words: number, list: number, state: number): void
  slotsOfKeys(keys: number, words: number, directory: number, slots: number): number
  listBits(bitmap: number, words: number, out: number): number
}

const modules = new Map<VectorEngine, object | null>()

/** What `engine` means on this machine. */
export function resolveEngine(engine: VectorEngine): Exclude<VectorEngine, 'auto'> {
  if (engine !== 'auto') return engine
  if (moduleOf('relaxed-simd')) return 'relaxed-simd'
  return moduleOf('simd') ? 'simd' : 'typescript'
}

/** The kernels of WebAssembly at work on a memory. */
export function wasmVectorKernels(engine: 'relaxed-simd' | 'simd', memory: WasmMemory): VectorKernels {
  const module = moduleOf(engine)
  if (!module) throw new Error(`This thread cannot run the kernels "${engine}", but was given their memory.`)
  const { exports } = new (webAssembly()!.Instance)(module, { env: { memory } })
  return exports as VectorKernels
}

/** The kernels in TypeScript; `views` is asked each time, since a memory grows. */
export function plainVectorKernels(views: () => VectorViews): VectorKernels {
  return { ...plainRows(views), ...plainCodes(views) }
}

function moduleOf(engine: 'relaxed-simd' | 'simd'): object | null {
  const known = modules.get(engine)
  if (known !== undefined) return known
  const base64 = engine === 'simd' ? KERNEL_BASE64 : RELAXED_KERNEL_BASE64
  const compiled = typeof SharedArrayBuffer === 'undefined' ? null : compileModule(base64)
  modules.set(engine, compiled)
  return compiled
}
