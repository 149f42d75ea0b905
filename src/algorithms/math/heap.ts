// One block of memory that all kernels and threads of a training work on, addressed by byte offsets: a shared WebAssembly memory,
// or a plain buffer where WebAssembly or its vectors are missing.

import { TandemError } from '../../errors.ts'
import { compiledKernels, type WasmMemory, webAssembly } from './wasm-kernels.ts'

/** `typescript` computes without WebAssembly: the same bytes, more slowly. */
export type Engine = 'auto' | 'typescript'

/** Plain data: it can be posted to another thread, which then sees the same memory. */
export interface Heap {
  readonly buffer: ArrayBufferLike
  /** Absent: the kernels in TypeScript work on the buffer. */
  readonly memory?: WasmMemory
}

/** Typed views of a whole heap; entry `offset >> 2` of a view of 4 bytes stands at `offset`. */
export interface HeapViews {
  readonly u8: Uint8Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
}

const PAGE_BYTES = 65_536
/** 32-bit addresses end here. */
const MOST_BYTES = 65_536 * PAGE_BYTES
/** Offset 0 means "nothing there"; and whole cache lines keep threads out of each other's way. */
const FIRST_OFFSET = 1024
const ALIGNMENT = 64

/** Plans a heap: what is taken gets an offset, and in the end the size is known. */
export interface HeapLayout {
  take(bytes: number): number
  readonly bytes: number
}

/** @param from  the first offset; 0 for what is moved into another layout as a whole. */
export function createHeapLayout(from = FIRST_OFFSET): HeapLayout {
  let top = from
  return {
    take(bytes) {
      const at = top
      // 16 bytes beyond, because vectors are read and written whole.
      top = Math.ceil((top + bytes + 16) / ALIGNMENT) * ALIGNMENT
      return at
    },
    get bytes() {
      return top
    },
  }
}

/**
 * A heap full of zeros.
 *
 * @throws `memory_limit` beyond 4 GB, or when the machine does not give that much.
 */
export function createHeap(bytes: number, engine: Engine = 'auto'): Heap {
  if (bytes > MOST_BYTES) throw tooLarge(bytes, 'addresses of 32 bits end at 4096 MB')
  try {
    if (engine === 'auto' && compiledKernels()) {
      const pages = Math.ceil(bytes / PAGE_BYTES)
      const memory = new (webAssembly()!.Memory)({ initial: pages, maximum: pages, shared: true })
      return { buffer: memory.buffer, memory }
    }
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    return { buffer: typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(size) : new SharedArrayBuffer(size) }
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(bytes, 'the machine does not give that much', error)
    throw error
  }
}

/** What a thread keeps at most for work to come. */
const MOST_KEPT_BYTES = 8 * 2 ** 20

let kept: Heap | undefined
let isLent = false

/**
 * A heap full of zeros for `work` alone, which leaves no views of it behind: the same memory for one after the other, since a new one costs
 * about 0.4 ms and later the collection of garbage. Work that asks while another one is at it gets its own.
 *
 * @throws `memory_limit` as `createHeap`.
 */
export function withHeap<Result>(bytes: number, engine: Engine, work: (heap: Heap) => Result): Result {
  if (engine !== 'auto' || isLent || bytes > MOST_KEPT_BYTES || !compiledKernels()) return work(createHeap(bytes, engine))
  if (kept === undefined || kept.buffer.byteLength < bytes) kept = createHeap(bytes)
  else new Uint8Array(kept.buffer, 0, bytes).fill(0)
  isLent = true
  try {
    return work(kept)
  } finally {
    isLent = false
  }
}

/** How a training gets its memory. */
export type MakeHeap = (bytes: number, engine?: Engine) => Heap

/** The last one is taken again when at most this many times too large. */
const LOOSENESS = 1.25

let last: WeakRef<Heap> | undefined

/**
 * Memory for a training, which leaves no views of it behind: that of the last one, cleared, while the collector of garbage has not come for
 * it. It counts no shared memory, so that trainings one after the other would pile theirs up. `makeHeap` may be called once.
 */
export function withTrainingHeap<Result>(train: (makeHeap: MakeHeap) => Result): Result {
  let taken: Heap | undefined
  const makeHeap: MakeHeap = (bytes, engine = 'auto') => {
    const before = engine === 'auto' ? last?.deref() : undefined
    // A training that is begun by a callback of this one gets its own.
    last = undefined
    const has = before?.buffer.byteLength ?? 0
    if (before !== undefined && has >= bytes && has <= Math.max(bytes * LOOSENESS, MOST_KEPT_BYTES)) {
      new Uint8Array(before.buffer, 0, bytes).fill(0)
      taken = before
    } else taken = createHeap(bytes, engine)
    return taken
  }
  try {
    return train(makeHeap)
  } finally {
    if (taken?.memory !== undefined) last = new WeakRef(taken)
  }
}

export function viewsOf({ buffer }: Heap): HeapViews {
  return {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  }
}

function tooLarge(bytes: number, why: string, cause?: unknown): TandemError {
  return new TandemError(
    'memory_limit',
    `The training needs ${Math.ceil(bytes / 2 ** 20)} MB of working memory, but ${why}. Train on fewer rows or features.`,
    { details: { bytes }, cause },
  )
}
