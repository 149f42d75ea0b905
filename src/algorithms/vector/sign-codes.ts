// Sign codes of a whole index: the mean they are relative to, and how far down their order the true neighbours stand. How many candidates
// have to be scored finely depends on the vectors, so it is measured on them, not assumed.

import type { Rng } from '../math/rng.ts'
import { popcount } from './plain-codes.ts'
import { MOST_CANDIDATES, type RowScanner, type ScanQuery, type ScanSpace } from './row-scanner.ts'
import { BLOCK_ROWS, HEAD, type VectorMemory } from './vector-memory.ts'

/** Rows that the mean is taken from. */
const MEAN_ROWS = 20_000
const NEIGHBOURS = 10
const FEWEST_CANDIDATES = 1000
const MARGIN = 3

/** Mean of the stored rows, from evenly spaced ones. Shape (dimensions). */
export function meanOfRows(memory: VectorMemory): Float32Array {
  const { dimensions } = memory.handle
  const sums = new Float64Array(dimensions)
  const { slots } = memory
  const step = Math.max(1, Math.floor(slots / MEAN_ROWS))
  let rows = 0
  for (let slot = 0; slot < slots; slot += step) {
    const row = readRow(memory, slot)
    if (row === undefined) continue
    for (let j = 0; j < dimensions; j++) sums[j]! += row[j]!
    rows++
  }
  return Float32Array.from(sums, (sum) => (rows === 0 ? 0 : sum / rows))
}

/** Writes the codes of all rows of some blocks. About 0.2 us a row of 384 dimensions. */
export function encodeBlocks(memory: VectorMemory, from: number, to: number): void {
  const { layout, kernels } = memory
  for (let block = from; block < to; block++) {
    const at = memory.blockAt(block)
    kernels.encodeRows(at, at + layout.aux, HEAD.mean, BLOCK_ROWS, layout.stride, layout.words, at + layout.codes)
  }
}

/**
 * For each of some queries, where its 10 nearest rows stand in the order of the codes, from 1; `Infinity`: beyond the 8,192 closest. Every
 * query lies between two stored rows, as a question lies between the texts that answer it: a stored row would be too easy, since its
 * copies are near.
 */
export function neighbourRanks(
  memory: VectorMemory,
  scanner: RowScanner,
  space: ScanSpace,
  { rng, queries }: { readonly rng: Rng; readonly queries: number },
): Float64Array {
  const ranks: number[] = []
  for (const vector of sampleQueries(memory, rng, queries)) {
    const given = { vector, k: NEIGHBOURS, rowCandidates: 50 }
    const scan = (query: ScanQuery) => scanner.scan([query], { part: 0, parts: 1 }, space)[0]!
    const nearest = scan({ ...given, codeCandidates: 0, plan: { by: 'rows', gather: false } })
    scan({ ...given, codeCandidates: MOST_CANDIDATES, plan: { by: 'codes', gather: false } })
    const { code, limit, histogram } = scanner.lastCodes(space)
    for (const slot of nearest.slots) {
      const bits = differingBits(memory, code, slot)
      let rank = 0
      for (let less = 0; less <= bits; less++) rank += histogram[less]!
      ranks.push(bits < limit ? rank : Number.POSITIVE_INFINITY)
    }
  }
  return Float64Array.from(ranks)
}

export interface CodeChoice {
  /** Candidates to score finely; 0: codes are not good enough for these vectors. */
  readonly candidates: number
  /** Share of the nearest rows among them. */
  readonly recall: number
}

/**
 * Enough candidates for the wanted share of neighbours: three times what the ranks ask for, and at least 1,000, since real questions are
 * harder than those made of stored rows. (MiniLM sentences, 100,000 and a million: 273 and 200 were asked for; 1,000 gave a recall@10 of
 * 0.994 and 0.992.)
 */
export function chooseCandidates(ranks: Float64Array, targetRecall: number): CodeChoice {
  if (ranks.length === 0) return { candidates: 0, recall: 0 }
  const sorted = Float64Array.from(ranks).sort()
  const needed = sorted[Math.min(sorted.length - 1, Math.ceil(targetRecall * sorted.length) - 1)]!
  const recallAt = (candidates: number): number => sorted.filter((rank) => rank <= candidates).length / sorted.length
  if (needed > MOST_CANDIDATES) return { candidates: 0, recall: recallAt(MOST_CANDIDATES) }
  const candidates = Math.min(MOST_CANDIDATES, Math.max(FEWEST_CANDIDATES, MARGIN * needed))
  return { candidates, recall: recallAt(candidates) }
}

function differingBits(memory: VectorMemory, code: number, slot: number): number {
  const { u32 } = memory.views
  const { codes, words } = memory.layout
  const own = (memory.blockAt(slot >>> 12) + codes + (slot & (BLOCK_ROWS - 1)) * words * 8) >>> 2
  let bits = 0
  for (let word = 0; word < words * 2; word++) bits += popcount(u32[own + word]! ^ u32[(code >>> 2) + word]!)
  return bits
}

function sampleQueries(memory: VectorMemory, rng: Rng, count: number): Float32Array[] {
  const queries: Float32Array[] = []
  for (let attempt = 0; attempt < 20 * count && queries.length < count; attempt++) {
    const first = readRow(memory, rng.below(memory.slots))
    const second = readRow(memory, rng.below(memory.slots))
    if (first === undefined || second === undefined) continue
    const between = first.map((value, j) => value + 0.5 * second[j]!)
    if (between.some((value) => value !== 0)) queries.push(between)
  }
  return queries
}

function readRow(memory: VectorMemory, slot: number): Float32Array | undefined {
  const { i8, f32, u32 } = memory.views
  const { layout, handle } = memory
  const block = memory.blockAt(slot >>> 12)
  const place = slot & (BLOCK_ROWS - 1)
  if (((u32[((block + layout.live) >>> 2) + (place >>> 5)]! >>> (place & 31)) & 1) === 0) return undefined
  const scale = f32[(block + layout.aux + place * 8) >>> 2]!
  const row = new Float32Array(handle.dimensions)
  for (let j = 0; j < row.length; j++) row[j] = i8[block + place * layout.stride + j]! * scale
  return row
}
