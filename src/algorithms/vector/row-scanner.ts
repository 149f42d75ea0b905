// One thread's scans of a vector index. A scan reads a part of the blocks, finds candidates by a coarse score and orders them by a fine
// one. Several queries go through each block together, while it is in the cache.

import { planScan, type ScanPlan } from './plan-scan.ts'
import { BLOCK_ROWS, HEAD, type VectorMemory } from './vector-memory.ts'

export interface ScanQuery {
  /** `dimensions` numbers, checked. */
  readonly vector: Float32Array
  /** Results wanted, at most 8,192. */
  readonly k: number
  /** Candidates that are scored finely after a scan of all rows, at most 8,192. */
  readonly rowCandidates: number
  /** ... and after a scan of codes; 0: do not use codes. */
  readonly codeCandidates: number
  /** Words of a KeySet. */
  readonly filter?: Uint32Array
  /** For measurements: overrides the planner. */
  readonly plan?: ScanPlan
}

/** The best rows of a part, the nearest first. */
export interface ScanResult {
  readonly slots: Int32Array
  readonly scores: Float64Array
}

export interface ScanPart {
  /** From 0. */
  readonly part: number
  readonly parts: number
}

export const MOST_CANDIDATES = 8192
/** Queries that go through the blocks together. */
export const SCAN_BATCH = 8

/** Working space of one thread in the memory of the index. */
export interface ScanSpace {
  readonly at: number
  /** Space for filters: bits of slots and of keys. Grown by the thread that owns the memory. */
  readonly filterAt: number
  readonly slotBytes: number
  readonly keyBytes: number
}

interface QueryPlaces {
  readonly coarse: number
  readonly fine: number
  readonly code: number
  readonly scores: number
  readonly slots: number
  readonly topScores: number
  readonly topSlots: number
  readonly list: number
  readonly state: number
}

const LIST_CAPACITY = 4 * MOST_CANDIDATES

/** Takes the space of one thread; to be called by the owner of the memory. */
export function createScanSpace(memory: VectorMemory): ScanSpace {
  const { bytes } = placesOf(memory, 0, 0)
  return { at: memory.allocate(BLOCK_ROWS * 4 + bytes * SCAN_BATCH), filterAt: 0, slotBytes: 0, keyBytes: 0 }
}

/** The space with room for filters of so many words. */
export function withFilterSpace(memory: VectorMemory, space: ScanSpace, words: number): ScanSpace {
  const slotBytes = Math.ceil(memory.slots / BLOCK_ROWS) * (BLOCK_ROWS / 8)
  const keyBytes = words * 4
  if (slotBytes <= space.slotBytes && keyBytes <= space.keyBytes) return space
  const room = { slotBytes: 2 * Math.max(slotBytes, space.slotBytes), keyBytes: 2 * Math.max(keyBytes, space.keyBytes) }
  return { at: space.at, filterAt: memory.allocate(room.slotBytes + room.keyBytes), ...room }
}

export class RowScanner {
  readonly #memory: VectorMemory

  constructor(memory: VectorMemory) {
    this.#memory = memory
  }

  /** Answers at most SCAN_BATCH queries from one part of the rows. */
  scan(queries: readonly ScanQuery[], { part, parts }: ScanPart, space: ScanSpace): ScanResult[] {
    const { slots } = this.#memory
    const blocks = Math.ceil(slots / BLOCK_ROWS)
    const range = { from: Math.floor((blocks * part) / parts), to: Math.floor((blocks * (part + 1)) / parts), slots }
    const scans = queries.map((query, index) => new Scan(this.#memory, query, placesOf(this.#memory, space.at, index), space, parts))
    const together = scans.filter(({ query }) => query.filter === undefined)
    for (let block = range.from; block < range.to; block++) {
      for (const scan of together) scan.read(block, Math.min(BLOCK_ROWS, slots - block * BLOCK_ROWS))
    }
    // Two filters would share one space.
    for (const scan of scans) {
      if (scan.query.filter === undefined) continue
      scan.allow(scan.query.filter, slots)
      for (let block = range.from; block < range.to; block++) scan.read(block, Math.min(BLOCK_ROWS, slots - block * BLOCK_ROWS))
    }
    return scans.map((scan) => scan.finish())
  }

  /** What the first query's scan of codes left behind: its code, the limit of bits, and the rows by bits below it. */
  lastCodes(space: ScanSpace): { readonly code: number; readonly limit: number; readonly histogram: Int32Array } {
    const { code, state } = placesOf(this.#memory, space.at, 0)
    const { i32 } = this.#memory.views
    const limit = i32[state >>> 2]!
    return { code, limit, histogram: i32.slice((state >>> 2) + 16, (state >>> 2) + 16 + this.#memory.layout.words * 64 + 1) }
  }
}

function placesOf({ layout }: VectorMemory, at: number, index: number): QueryPlaces & { readonly bytes: number } {
  let top = 0
  const sizes = {
    coarse: layout.stride,
    fine: layout.stride * 2,
    code: layout.words * 8,
    scores: MOST_CANDIDATES * 4,
    slots: MOST_CANDIDATES * 4,
    topScores: MOST_CANDIDATES * 4,
    topSlots: MOST_CANDIDATES * 4,
    list: LIST_CAPACITY * 8,
    state: 64 + (layout.words * 64 + 2) * 4,
  }
  const offsets = Object.entries(sizes).map(([name, size]) => {
    const place = top
    top = Math.ceil((top + size + 16) / 64) * 64
    return [name, place] as const
  })
  const first = at + BLOCK_ROWS * 4 + index * top
  return { ...(Object.fromEntries(offsets.map(([name, place]) => [name, first + place])) as unknown as QueryPlaces), bytes: top }
}

class Scan {
  readonly query: ScanQuery
  readonly #memory: VectorMemory
  readonly #places: QueryPlaces
  readonly #space: ScanSpace
  readonly #parts: number
  readonly #largest: number
  readonly #norm: number
  #plan: ScanPlan
  #filtered = false
  #count = 0

  constructor(memory: VectorMemory, query: ScanQuery, places: QueryPlaces, space: ScanSpace, parts: number) {
    this.query = query
    this.#memory = memory
    this.#places = places
    this.#space = space
    this.#parts = parts
    const { vector, codeCandidates } = query
    let largest = 0
    let squares = 0
    for (const value of vector) {
      largest = Math.max(largest, Math.abs(value))
      squares += value * value
    }
    this.#largest = largest || 1
    this.#norm = Math.sqrt(squares)
    this.#plan = query.plan ?? planScan({ rows: memory.slots, allowed: undefined, codeCandidates })
    this.#prepare()
  }

  /** Turns the filter's keys into slots. */
  allow(words: Uint32Array, slots: number): void {
    const { views, kernels } = this.#memory
    const { filterAt, slotBytes } = this.#space
    const keys = filterAt + slotBytes
    views.u32.set(words, keys >>> 2)
    views.u8.fill(0, filterAt, filterAt + Math.ceil(slots / BLOCK_ROWS) * (BLOCK_ROWS / 8))
    const allowed = kernels.slotsOfKeys(keys, words.length, HEAD.directory, filterAt)
    const { codeCandidates } = this.query
    this.#plan = this.query.plan ?? planScan({ rows: slots, allowed, codeCandidates })
    this.#filtered = true
  }

  read(block: number, n: number): void {
    const { layout, kernels } = this.#memory
    const { coarse, code, scores, slots, list, state } = this.#places
    const at = this.#memory.blockAt(block)
    const allowed = this.#filtered ? this.#space.filterAt + block * (BLOCK_ROWS / 8) : at + layout.live
    const first = block * BLOCK_ROWS
    const { stride, words } = layout
    const size = this.#candidates
    const weight = 63 / this.#largest
    const norms = layout.norms === 0 ? 0 : at + layout.norms
    const places = this.#space.at
    if (this.#plan.gather) {
      const listed = kernels.listBits(allowed, Math.ceil(n / 32), places)
      if (listed === 0) return
      if (this.#plan.by === 'codes') kernels.scanListedCodes(code, at + layout.codes, places, listed, first, words, list, state)
      else {
        const heap = [scores, slots, size, this.#count] as const
        this.#count = kernels.scanListedRows(coarse, at, at + layout.aux, norms, weight, places, listed, first, stride, ...heap)
      }
    } else if (this.#plan.by === 'codes') kernels.scanCodes(code, at + layout.codes, n, first, words, allowed, list, state)
    else {
      const heap = [scores, slots, size, this.#count] as const
      this.#count = kernels.scanRows(coarse, at, at + layout.aux, norms, weight, n, first, stride, allowed, ...heap)
    }
  }

  finish(): ScanResult {
    const { kernels, layout, views } = this.#memory
    const { fine, slots, topScores, topSlots } = this.#places
    if (this.#plan.by === 'codes') this.#count = this.#collectCodes()
    const { k } = this.query
    const weight = 4095 / this.#largest
    const found = kernels.rescore(fine, HEAD.blocks, slots, this.#count, layout.stride, weight, topScores, topSlots, k)
    const order = Array.from({ length: found }, (_, i) => ({
      slot: views.i32[(topSlots >>> 2) + i]!,
      raw: views.f32[(topScores >>> 2) + i]!,
    }))
    order.sort((left, right) => right.raw - left.raw || left.slot - right.slot)
    return { slots: Int32Array.from(order, ({ slot }) => slot), scores: Float64Array.from(order, ({ raw }) => this.#scoreOf(raw)) }
  }

  get #candidates(): number {
    return Math.min(MOST_CANDIDATES, this.query.rowCandidates)
  }

  /** The query in 7 bits for scans, in 13 bits for fine scores, and as a code. */
  #prepare(): void {
    const { views, layout, handle } = this.#memory
    const { coarse, fine, code, state } = this.#places
    const { vector } = this.query
    views.u8.fill(64, coarse, coarse + layout.stride)
    views.i16.fill(0, fine >>> 1, (fine >>> 1) + layout.stride)
    for (let j = 0; j < vector.length; j++) {
      const share = vector[j]! / this.#largest
      views.u8[coarse + j] = 64 + Math.round(63 * share)
      views.i16[(fine >>> 1) + j] = Math.round(4095 * share)
    }
    if (this.query.codeCandidates === 0) return
    const length = handle.metric === 'cosine' ? this.#norm : 1
    views.u32.fill(0, code >>> 2, (code >>> 2) + layout.words * 2)
    for (let j = 0; j < vector.length; j++) {
      if (vector[j]! / length > views.f32[(HEAD.mean >>> 2) + j]!) views.u32[(code >>> 2) + (j >>> 5)]! |= 1 << (j & 31)
    }
    const bits = layout.words * 64
    const wanted = Math.min(MOST_CANDIDATES, Math.ceil(this.query.codeCandidates / this.#parts))
    views.i32.fill(0, state >>> 2, (state >>> 2) + 16 + bits + 2)
    // Limit, taken, kept, accept, wanted, capacity: see assembly/vector/codes.ts.
    views.i32.set([bits + 1, 0, 0, bits + 1, wanted, LIST_CAPACITY], state >>> 2)
  }

  /** Writes the slots that the codes leave to where those of a scan of rows would stand. */
  #collectCodes(): number {
    const { i32 } = this.#memory.views
    const { slots, list, state } = this.#places
    const limit = i32[state >>> 2]!
    const taken = i32[(state >>> 2) + 1]!
    let count = 0
    for (let i = 0; i < taken && count < MOST_CANDIDATES; i++) {
      if (i32[(list >>> 2) + 2 * i + 1]! < limit) i32[(slots >>> 2) + count++] = i32[(list >>> 2) + 2 * i]!
    }
    return count
  }

  #scoreOf(raw: number): number {
    const value = (raw * this.#largest) / 4095
    const { metric } = this.#memory.handle
    if (metric === 'cosine') return value / this.#norm
    if (metric === 'dot') return value
    return -Math.sqrt(Math.max(0, this.#norm ** 2 - 2 * value))
  }
}
