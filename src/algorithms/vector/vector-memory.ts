// The one growing memory of a vector index, which all its threads see: a head, blocks of 4,096 rows, pages of the table from key to slot,
// and the working space of each thread. Bytes that nobody wrote take no memory of the machine.

import { TandemError } from '../../errors.ts'
import { type WasmMemory, webAssembly } from '../math/wasm-kernels.ts'
import { plainVectorKernels, resolveEngine, type VectorEngine, type VectorKernels, wasmVectorKernels } from './kernels.ts'

/** How near two vectors are. Scores: cosine, dot product, or minus the Euclidean distance; larger is nearer. */
export type VectorMetric = 'cosine' | 'dot' | 'euclidean'

export interface VectorShape {
  readonly dimensions: number
  readonly metric: VectorMetric
}

/** Plain data: another thread that is posted it sees the same memory. */
export interface VectorMemoryHandle extends VectorShape {
  readonly engine: Exclude<VectorEngine, 'auto'>
  readonly memory: WasmMemory | SharedArrayBuffer
}

export interface VectorViews {
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly i16: Int16Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
}

export const BLOCK_ROWS = 4096
export const PAGE_KEYS = 16_384
/** Sums of 13-bit times 8-bit numbers over more columns would not fit 32 bits. */
export const MOST_DIMENSIONS = 4096
export const MOST_BLOCKS = 16_384
export const MOST_KEYS = 4096 * PAGE_KEYS

const PAGE_BYTES = 65_536
/** 32-bit addresses end here. */
const MOST_BYTES = 65_536 * PAGE_BYTES

/** Where the head keeps what: words of counters, the mean of the codes, the table of blocks, the directory of key pages. */
export const HEAD = {
  words: 1024,
  mean: 2048,
  blocks: 2048 + MOST_DIMENSIONS * 4,
  directory: 2048 + MOST_DIMENSIONS * 4 + MOST_BLOCKS * 12,
  end: 2048 + MOST_DIMENSIONS * 4 + MOST_BLOCKS * 12 + 4096 * 4,
} as const

/** Words of the head. `top` is the first free byte in units of 64; `slots` how many slots were ever used. */
export const WORD = { top: HEAD.words >> 2, slots: (HEAD.words >> 2) + 1 } as const

/** Bytes from the beginning of a block to its parts. */
export interface BlockLayout {
  /** Bytes of a row: dimensions rounded up to 32. */
  readonly stride: number
  /** 64-bit words of a code. */
  readonly words: number
  readonly rows: 0
  readonly aux: number
  /** 0: the metric needs none. */
  readonly norms: number
  readonly keys: number
  readonly live: number
  readonly codes: number
  readonly bytes: number
}

export function blockLayout({ dimensions, metric }: VectorShape): BlockLayout {
  const stride = Math.ceil(dimensions / 32) * 32
  const words = Math.ceil(stride / 64)
  const aux = BLOCK_ROWS * stride
  const norms = metric === 'euclidean' ? aux + BLOCK_ROWS * 8 : 0
  const keys = aux + BLOCK_ROWS * (metric === 'euclidean' ? 12 : 8)
  const live = keys + BLOCK_ROWS * 4
  const codes = live + BLOCK_ROWS / 8
  return { stride, words, rows: 0, aux, norms, keys, live, codes, bytes: codes + BLOCK_ROWS * words * 8 }
}

export class VectorMemory {
  readonly handle: VectorMemoryHandle
  readonly layout: BlockLayout
  readonly kernels: VectorKernels
  #views: VectorViews

  constructor(handle: VectorMemoryHandle) {
    this.handle = handle
    this.layout = blockLayout(handle)
    this.#views = viewsOf(bufferOf(handle))
    const { engine, memory } = handle
    this.kernels = engine === 'typescript' ? plainVectorKernels(() => this.views) : wasmVectorKernels(engine, memory as WasmMemory)
  }

  /**
   * Views of the whole memory; take them anew after anything that may have grown it. A thread that does not own the memory sees growth
   * after `refresh`: asking the engine each time would cost more than most of what is done with them.
   */
  get views(): VectorViews {
    return this.#views
  }

  /**
   * Looks whether the owner has grown the memory; returns its size.
   *
   * @param atLeast  how large it is known to be. An engine tells threads of growth by itself, within microseconds, but not a thread that was
   *   just being given the memory when it grew: growing it by nothing makes the engine look.
   */
  refresh(atLeast = 0): number {
    let buffer = bufferOf(this.handle)
    if (buffer.byteLength < atLeast && !(this.handle.memory instanceof SharedArrayBuffer)) {
      ;(this.handle.memory as GrowingMemory).grow(0)
      buffer = bufferOf(this.handle)
    }
    if (this.#views.u8.buffer !== buffer || this.#views.u8.byteLength !== buffer.byteLength) this.#views = viewsOf(buffer)
    return buffer.byteLength
  }

  /** First byte of a block. */
  blockAt(block: number): number {
    return this.views.u32[(HEAD.blocks >> 2) + block * 3]!
  }

  /** Slots that were ever used; those beyond hold nothing. */
  get slots(): number {
    return Atomics.load(this.views.u32, WORD.slots)
  }

  get usedBytes(): number {
    return this.views.u32[WORD.top]! * 64
  }

  /** Bytes that rows, codes if there are any, and the table of keys take; the working space of threads comes on top, up to 3 MB each. */
  residentBytes(withCodes: boolean): number {
    const { layout, views, slots } = this
    let pages = 0
    for (let page = 0; page < MOST_KEYS / PAGE_KEYS; page++) if (views.u32[(HEAD.directory >> 2) + page] !== 0) pages++
    const perRow = (withCodes ? layout.bytes : layout.codes) / BLOCK_ROWS
    return Math.ceil(slots * perRow) + pages * PAGE_KEYS * 4 + HEAD.end
  }

  /**
   * Takes zeroed bytes from the end, growing the memory; only the thread that made it may.
   *
   * @throws `memory_limit` beyond 4 GB, or when the machine does not give that much.
   */
  allocate(bytes: number): number {
    const at = this.usedBytes
    const end = at + Math.ceil((bytes + 64) / 64) * 64
    if (end > this.views.u8.byteLength) this.#grow(end)
    this.views.u32[WORD.top] = end / 64
    return at
  }

  /** Adds an empty block; returns its number. */
  addBlock(block: number): void {
    if (block >= MOST_BLOCKS) throw memoryLimit(block * this.layout.bytes, `an index has at most ${MOST_BLOCKS * BLOCK_ROWS} rows`)
    const at = this.allocate(this.layout.bytes)
    const { aux, norms } = this.layout
    this.views.u32.set([at, at + aux, norms === 0 ? 0 : at + norms], (HEAD.blocks >> 2) + block * 3)
  }

  #grow(bytes: number): void {
    const { memory } = this.handle
    const buffer = bufferOf(this.handle)
    const target = Math.min(MOST_BYTES, Math.ceil(Math.max(bytes, buffer.byteLength * 1.0625) / PAGE_BYTES) * PAGE_BYTES)
    if (bytes > target) throw memoryLimit(bytes, 'addresses of 32 bits end at 4096 MB')
    try {
      if (memory instanceof SharedArrayBuffer) memory.grow(target)
      else (memory as GrowingMemory).grow((target - buffer.byteLength) / PAGE_BYTES)
    } catch (error) {
      throw memoryLimit(bytes, 'the machine does not give that much', error)
    }
    this.refresh()
  }
}

interface GrowingMemory extends WasmMemory {
  grow(pages: number): number
}

/**
 * An empty memory.
 *
 * @throws `invalid_input` for dimensions outside 1..4096; `memory_limit` when the machine has no address space left.
 */
export function createVectorMemory(shape: VectorShape, engine: VectorEngine = 'auto'): VectorMemory {
  const { dimensions, metric } = shape
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MOST_DIMENSIONS) {
    throw new TandemError('invalid_input', `An index of vectors has 1 to ${MOST_DIMENSIONS} dimensions, not ${dimensions}.`, {
      details: { dimensions, limit: MOST_DIMENSIONS },
    })
  }
  const resolved = resolveEngine(engine)
  const pages = Math.ceil((HEAD.end + 64) / PAGE_BYTES)
  const memory = reserve(resolved, pages)
  const created = new VectorMemory({ dimensions, metric, engine: resolved, memory })
  created.views.u32[WORD.top] = Math.ceil(HEAD.end / 64)
  return created
}

function reserve(engine: VectorMemoryHandle['engine'], pages: number): WasmMemory | SharedArrayBuffer {
  try {
    if (engine === 'typescript') return new SharedArrayBuffer(pages * PAGE_BYTES, { maxByteLength: MOST_BYTES - PAGE_BYTES })
    return new (webAssembly()!.Memory)({ initial: pages, maximum: MOST_BYTES / PAGE_BYTES, shared: true })
  } catch (error) {
    throw memoryLimit(MOST_BYTES, 'no address space is left', error)
  }
}

function bufferOf({ memory }: VectorMemoryHandle): SharedArrayBuffer {
  return memory instanceof SharedArrayBuffer ? memory : (memory.buffer as SharedArrayBuffer)
}

function viewsOf(buffer: SharedArrayBuffer): VectorViews {
  const { byteLength } = buffer
  return {
    u8: new Uint8Array(buffer, 0, byteLength),
    i8: new Int8Array(buffer, 0, byteLength),
    i16: new Int16Array(buffer, 0, Math.floor(byteLength / 2)),
    i32: new Int32Array(buffer, 0, Math.floor(byteLength / 4)),
    u32: new Uint32Array(buffer, 0, Math.floor(byteLength / 4)),
    f32: new Float32Array(buffer, 0, Math.floor(byteLength / 4)),
  }
}

function memoryLimit(bytes: number, why: string, cause?: unknown): TandemError {
  return new TandemError(
    'memory_limit',
    `The vector index needs ${Math.ceil(bytes / 1e6)} MB, but ${why}. Use fewer dimensions or rows, or an index in PostgreSQL or Qdrant.`,
    { details: { bytes }, cause },
  )
}
