// The writing side of a vector index: rows come, change and go in microseconds while other threads scan. A row never changes where it
// stands: a new version takes a free slot and shows itself last, and the old slot is used again only when no scan that may have seen it
// still runs.

import { TandemError } from '../../errors.ts'
import { checkKey } from './key-set.ts'
import { BLOCK_ROWS, HEAD, MOST_KEYS, PAGE_KEYS, type VectorMemory, WORD } from './vector-memory.ts'

/** A vector further from 0, or nearer to it, could not be multiplied in float32. */
const LARGEST_NORM = 1e12
const SMALLEST_NORM = 1e-12

/** Ends a scan: its slots may be used again. */
export type Unpin = () => void

export class VectorRows {
  readonly memory: VectorMemory
  /** Told every slot that a row was written to. */
  onWrite: ((slot: number) => void) | undefined
  /** Whether each row gets its code as it comes. */
  encodes = false
  readonly #input: number
  #count = 0
  #free: number[] = []
  readonly #retired: { readonly slot: number; readonly epoch: number }[] = []
  readonly #pinned = new Set<number>()
  #epoch = 0

  constructor(memory: VectorMemory) {
    this.memory = memory
    this.#input = memory.allocate(memory.layout.stride * 4)
  }

  get count(): number {
    return this.#count
  }

  /**
   * Adds a row, or replaces the one of the same key. About 2 us for 384 dimensions.
   *
   * @param vector  `dimensions` numbers from `offset` on.
   * @throws `invalid_input` for a key that is none, a number that is not finite, a vector of zeros under cosine, or a norm beyond 1e12.
   */
  put(key: number, vector: Float32Array, offset = 0): void {
    checkKey(key)
    const { memory } = this
    const { dimensions, metric } = memory.handle
    const norm = checkedNorm(vector, offset, memory.handle)
    const slot = this.#takeSlot()
    const entry = this.#tableEntry(key)
    const { f32, i8 } = memory.views
    const { layout, kernels } = memory
    const block = memory.blockAt(slot >>> 12)
    const place = slot & (BLOCK_ROWS - 1)
    const aux = block + layout.aux + place * 8
    for (let j = 0; j < dimensions; j++) f32[(this.#input >>> 2) + j] = vector[offset + j]!
    kernels.quantiseRow(this.#input, layout.stride, block + place * layout.stride, aux, metric === 'cosine' ? 1 / norm : 1)
    if (layout.norms !== 0) {
      const row = block + place * layout.stride
      let squares = 0
      for (let j = 0; j < layout.stride; j++) squares += i8[row + j]! ** 2
      f32[(block + layout.norms + place * 4) >>> 2] = (squares * f32[aux >>> 2]! ** 2) / 2
    }
    this.#publish(key, slot, entry)
  }

  /** Takes a row away; false: it is not there. */
  remove(key: number): boolean {
    const slot = this.slotOf(key)
    if (slot === undefined) return false
    Atomics.store(this.memory.views.u32, this.#tableEntry(key), 0)
    this.#count--
    this.#retire(slot)
    return true
  }

  has(key: number): boolean {
    return this.slotOf(key) !== undefined
  }

  slotOf(key: number): number | undefined {
    if (!Number.isInteger(key) || key < 0 || key >= MOST_KEYS) return undefined
    const { u32 } = this.memory.views
    const page = u32[(HEAD.directory >>> 2) + Math.floor(key / PAGE_KEYS)]!
    if (page === 0) return undefined
    const entry = u32[(page >>> 2) + (key % PAGE_KEYS)]!
    return entry === 0 ? undefined : entry - 1
  }

  /** The key whose row stands in the slot now. */
  keyIn(slot: number): number | undefined {
    const block = this.memory.blockAt(slot >>> 12)
    const key = this.memory.views.u32[(block + this.memory.layout.keys + (slot & (BLOCK_ROWS - 1)) * 4) >>> 2]!
    return this.slotOf(key) === slot ? key : undefined
  }

  /** All keys, in the order of their slots. */
  *keys(): Generator<number> {
    for (let slot = 0; slot < this.memory.slots; slot++) {
      const key = this.keyIn(slot)
      if (key !== undefined) yield key
    }
  }

  /** The row as it is kept: in 8 bits, under cosine of length 1. */
  vectorOf(key: number): Float32Array | undefined {
    const slot = this.slotOf(key)
    if (slot === undefined) return undefined
    const { memory } = this
    const { i8, f32 } = memory.views
    const block = memory.blockAt(slot >>> 12)
    const place = slot & (BLOCK_ROWS - 1)
    const scale = f32[(block + memory.layout.aux + place * 8) >>> 2]!
    const row = block + place * memory.layout.stride
    return Float32Array.from({ length: memory.handle.dimensions }, (_, j) => i8[row + j]! * scale)
  }

  /** Writes the sign code of a slot. */
  encode(slot: number): void {
    const { layout, kernels } = this.memory
    const block = this.memory.blockAt(slot >>> 12)
    const place = slot & (BLOCK_ROWS - 1)
    const code = block + layout.codes + place * layout.words * 8
    const { stride, words } = layout
    kernels.encodeRows(block + place * stride, block + layout.aux + place * 8, HEAD.mean, 1, stride, words, code)
  }

  /** Holds all slots that a scan beginning now may see, until the function it returns is called. */
  pin(): Unpin {
    const epoch = ++this.#epoch
    this.#pinned.add(epoch)
    return () => {
      this.#pinned.delete(epoch)
    }
  }

  /**
   * Puts rows as they were kept: their bytes, the scale and offset of each, and half norms where the metric has them.
   *
   * @returns false when a key cannot be one: what was read is damaged.
   */
  restore(keys: Uint32Array, bytes: Uint8Array, aux: Uint32Array, norms: Uint32Array): boolean {
    const { memory } = this
    const { layout } = memory
    for (let done = 0; done < keys.length; ) {
      const slot = this.#takeSlot()
      const place = slot & (BLOCK_ROWS - 1)
      // After a new slot the rest of its block is new too, and is filled in one go.
      const run = slot === memory.slots - 1 ? Math.min(keys.length - done, BLOCK_ROWS - place) : 1
      Atomics.store(memory.views.u32, WORD.slots, Math.max(memory.slots, slot + run))
      const { u8, u32 } = memory.views
      const block = memory.blockAt(slot >>> 12)
      u8.set(bytes.subarray(done * layout.stride, (done + run) * layout.stride), block + place * layout.stride)
      u32.set(aux.subarray(2 * done, 2 * (done + run)), (block + layout.aux + place * 8) >>> 2)
      if (layout.norms !== 0) u32.set(norms.subarray(done, done + run), (block + layout.norms + place * 4) >>> 2)
      for (let i = 0; i < run; i++) {
        const key = keys[done + i]!
        if (key >= MOST_KEYS) return false
        this.#publish(key, slot + i, this.#tableEntry(key))
      }
      done += run
    }
    return true
  }

  /** Makes the blocks of so many slots. What is written to them afterwards are rows once `adopt` was called; nothing else may be there. */
  reserve(slots: number): void {
    for (let block = 0; block * BLOCK_ROWS < slots; block++) this.memory.addBlock(block)
  }

  /**
   * Takes the rows of blocks that were copied from another memory of the same shape. Of a key that stands in two places one counts.
   *
   * @returns false when a key cannot be one: what was read is damaged.
   */
  adopt(slots: number): boolean {
    const { memory } = this
    const { keys, live } = memory.layout
    Atomics.store(memory.views.u32, WORD.slots, slots)
    for (let slot = slots - 1; slot >= 0; slot--) {
      const block = memory.blockAt(slot >>> 12)
      const place = slot & (BLOCK_ROWS - 1)
      if (((memory.views.u32[((block + live) >>> 2) + (place >>> 5)]! >>> (place & 31)) & 1) === 0) {
        this.#free.push(slot)
        continue
      }
      const key = memory.views.u32[(block + keys + place * 4) >>> 2]!
      if (key >= MOST_KEYS) return false
      const entry = this.#tableEntry(key)
      if (memory.views.u32[entry] === 0) {
        memory.views.u32[entry] = slot + 1
        this.#count++
      } else {
        this.#show(slot, false)
        this.#free.push(slot)
      }
    }
    return true
  }

  #takeSlot(): number {
    const oldest = this.#retired[0]
    if (oldest !== undefined && this.#free.length === 0) this.#reclaim()
    const free = this.#free.pop()
    if (free !== undefined) return free
    const slot = this.memory.slots
    if (slot % BLOCK_ROWS === 0) this.memory.addBlock(slot / BLOCK_ROWS)
    Atomics.store(this.memory.views.u32, WORD.slots, slot + 1)
    return slot
  }

  /** Makes a slot the place of its key; the bit that scans test comes last. */
  #publish(key: number, slot: number, entry: number): void {
    const { memory } = this
    if (this.encodes) this.encode(slot)
    memory.views.u32[(memory.blockAt(slot >>> 12) + memory.layout.keys + (slot & (BLOCK_ROWS - 1)) * 4) >>> 2] = key
    this.#show(slot, true)
    const old = Atomics.exchange(memory.views.u32, entry, slot + 1)
    if (old === 0) this.#count++
    else this.#retire(old - 1)
    this.onWrite?.(slot)
  }

  #retire(slot: number): void {
    this.#show(slot, false)
    this.#retired.push({ slot, epoch: this.#epoch })
  }

  /** Frees what was retired before the oldest running scan began. */
  #reclaim(): void {
    const oldest = this.#pinned.size === 0 ? Number.POSITIVE_INFINITY : Math.min(...this.#pinned)
    const running = this.#retired.findIndex(({ epoch }) => epoch >= oldest)
    for (const { slot } of this.#retired.splice(0, running === -1 ? this.#retired.length : running)) this.#free.push(slot)
  }

  #show(slot: number, live: boolean): void {
    const { memory } = this
    const word = ((memory.blockAt(slot >>> 12) + memory.layout.live) >>> 2) + ((slot & (BLOCK_ROWS - 1)) >>> 5)
    const bit = 1 << (slot & 31)
    if (live) Atomics.or(memory.views.i32, word, bit)
    else Atomics.and(memory.views.i32, word, ~bit)
  }

  /** Place of a key's entry in the view of 32-bit words; makes its page. */
  #tableEntry(key: number): number {
    const at = (HEAD.directory >>> 2) + Math.floor(key / PAGE_KEYS)
    let page = this.memory.views.u32[at]!
    if (page === 0) {
      page = this.memory.allocate(PAGE_KEYS * 4)
      Atomics.store(this.memory.views.u32, at, page)
    }
    return (page >>> 2) + (key % PAGE_KEYS)
  }
}

/** The length of a vector. */
export function checkedNorm(
  vector: Float32Array,
  offset: number,
  { dimensions, metric }: { readonly dimensions: number; readonly metric: string },
): number {
  let squares = 0
  for (let j = 0; j < dimensions; j++) squares += vector[offset + j]! * vector[offset + j]!
  const norm = Math.sqrt(squares)
  if (norm >= SMALLEST_NORM && norm <= LARGEST_NORM) return norm
  if (norm === 0 && metric !== 'cosine') return norm
  throw badVector(vector.subarray(offset, offset + dimensions), norm)
}

function badVector(vector: Float32Array, norm: number): TandemError {
  const place = vector.findIndex((value) => !Number.isFinite(value))
  if (place !== -1) {
    return new TandemError('invalid_input', `The vector holds ${vector[place]} at place ${place}; every number of it must be finite.`, {
      details: { place },
    })
  }
  const sentence =
    norm === 0
      ? 'The vector is all zeros, so it has no direction and no cosine. Leave the row out, or use the metric "dot" or "euclidean".'
      : `The vector has the length ${norm}; lengths from ${SMALLEST_NORM} to ${LARGEST_NORM} can be compared. Scale your vectors.`
  return new TandemError('invalid_input', sentence, { details: { norm } })
}
