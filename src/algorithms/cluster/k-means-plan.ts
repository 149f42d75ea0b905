// The memory of a k-means on all rows: what threads share stands in one heap, by offset.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createHeap, createHeapLayout, type Engine, type Heap, type MakeHeap, viewsOf } from '../math/heap.ts'
import { planShortRows, type ShortRows } from './short-rows.ts'

/** Rows that a thread looks at in one go: what it finds about them stays in the nearest cache. */
export const ROWS_AT_ONCE = 1024
const MOST_CHUNKS = 64
const FEWEST_CHUNK_ROWS = 2048
/** Rows a center in a chunk, so that the sums of all chunks take no more than an eighth of the rows. */
const CHUNK_ROWS_A_CENTER = 8

/** Plain data: posted to a thread, it lets this thread take part. */
export interface KMeansPlan {
  readonly heap: Heap
  readonly rows: number
  readonly columns: number
  /** Doubles of a row in the heap: an even number. */
  readonly stride: number
  readonly k: number
  /** Candidates for each center of a seeding. */
  readonly trials: number
  readonly threads: number
  /** The same for any number of threads, and with it the order in which sums are added. */
  readonly chunkRows: number
  readonly chunks: number
  readonly places: KMeansPlaces
  readonly short: ShortRows | undefined
}

export interface KMeansPlaces {
  readonly team: number
  /** How many candidates are tried. */
  readonly control: number
  readonly x: number
  readonly labels: number
  /** Way of the centers from which on a row must be looked at again. */
  readonly bounds: number
  /** Centers one after the other, and in groups of four by column. */
  readonly centers: number
  readonly groups: number
  /** Way that the center of a label and the furthest gone of the others have gone in all. */
  readonly paths: number
  /** Of each chunk: sums and counts of its rows by label; and one number that a phase finds. */
  readonly sums: number
  readonly counts: number
  readonly answers: number
  /** Of each thread. */
  readonly scratch: number
  readonly scratchBytes: number
  /** Squared distance of each row to its nearest center so far; what it would be with each candidate; the sums of each chunk. */
  readonly potential: number
  readonly tried: number
  readonly triedBytes: number
  readonly trialSums: number
  /** 0, 1, 2 ...; ROWS_AT_ONCE of them. */
  readonly upwards: number
}

/** Offsets within a thread's scratch: rows to look at; label, nearest and next distance of each; one block of rows. */
export const SCRATCH = {
  list: 0,
  found: ROWS_AT_ONCE * 4 + 64,
  nearest: ROWS_AT_ONCE * 8 + 128,
  second: ROWS_AT_ONCE * 16 + 192,
  block: ROWS_AT_ONCE * 24 + 256,
} as const

/** @throws `memory_limit` beyond 4 GB. */
export function planKMeans(
  { rows, columns }: Pick<DenseMatrix, 'rows' | 'columns'>,
  k: number,
  threads: number,
  trials: number,
  engine?: Engine,
  makeHeap: MakeHeap = createHeap,
): KMeansPlan {
  const stride = columns + (columns & 1)
  const rough = Math.max(FEWEST_CHUNK_ROWS, Math.ceil(rows / MOST_CHUNKS), CHUNK_ROWS_A_CENTER * k)
  const chunkRows = Math.ceil(rough / ROWS_AT_ONCE) * ROWS_AT_ONCE
  const chunks = Math.max(1, Math.ceil(rows / chunkRows))
  const groups = Math.ceil(Math.max(k, trials) / 4) * 4
  const scratchBytes = Math.ceil((SCRATCH.block + stride * 32 + 128 + 64) / 64) * 64
  const triedBytes = Math.ceil(rows / 8) * 64
  const layout = createHeapLayout()
  const { take } = layout
  const places: KMeansPlaces = {
    team: take(64),
    control: take(64),
    x: take(rows * stride * 8),
    labels: take(rows * 4),
    bounds: take(rows * 8),
    centers: take(groups * stride * 8),
    groups: take(groups * stride * 8),
    paths: take(k * 8),
    sums: take(chunks * k * stride * 8),
    counts: take(chunks * k * 8),
    answers: take(chunks * 8),
    scratch: take(threads * scratchBytes),
    scratchBytes,
    potential: take(rows * 8),
    tried: take(trials * triedBytes),
    triedBytes,
    trialSums: take(chunks * trials * 8),
    upwards: take(ROWS_AT_ONCE * 4),
  }
  const short = planShortRows(layout, { rows, columns, stride }, { k, trials, threads, most: ROWS_AT_ONCE })
  const heap = makeHeap(layout.bytes, engine)
  const plan = { heap, rows, columns, stride, k, trials, threads, chunkRows, chunks, places, short }
  const { u32 } = viewsOf(heap)
  for (let at = 0; at < ROWS_AT_ONCE; at++) u32[(places.upwards >>> 2) + at] = at
  return plan
}
