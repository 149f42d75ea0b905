// Where everything of a boosting stands on its heap. A plan is plain data: posted to other threads, they work on the same memory.

import { createHeap, createHeapLayout, type Heap, type MakeHeap } from '../math/heap.ts'
import { COLUMN_WORDS, FOUND_NUMBERS, SEARCH_SCRATCH_BYTES } from '../math/plain-columns.ts'
import { type Binning, layOutBinning } from './binning.ts'
import type { BoostingOptions, ResolvedBoostingOptions } from './boosting-options.ts'
import { SLOT_ALIGNMENT } from './histogram-pool.ts'
import type { TrainingSet } from './training-set.ts'

export interface BoostingPlan {
  readonly set: TrainingSet
  readonly options: ResolvedBoostingOptions
  /** Threads that may work on it. */
  readonly threads: number
  /** Scores of a row: 1, or one a class for more than 2 classes. */
  readonly stride: number
  readonly heap: Heap
  readonly binning: Binning
  /** Rows of a chunk of work; a multiple of 4 that depends on the number of rows alone, as sums are taken chunk by chunk. */
  readonly chunkRows: number
  readonly places: BoostingPlaces
}

/** Offsets on the heap. */
export interface BoostingPlaces {
  /** What the phase in work is about, see `CONTROL`. */
  readonly control: number
  /** 16 words with which a team coordinates. */
  readonly team: number
  /** Targets of a regression as doubles, classes as bytes, more than two in 16 bits. */
  readonly y: number
  /** 0: all rows weigh 1. */
  readonly weights: number
  readonly scores: number
  /** Class probabilities as floats, for more than 2 classes. */
  readonly probabilities: number
  /** Gradient and hessian of each row, and those of a node's rows in their order, from the first on. */
  readonly pairs: number
  readonly ordered: number
  /** Room for rows that are being parted, the same as that of `ordered`; one thread needs only the right one. */
  readonly left: number
  readonly right: number
  readonly rows: number
  /** Rows of the part that is held out, parted as the tree grows. */
  readonly held: number
  /** 4 doubles a chunk of rows. */
  readonly sums: number
  /** A word for each chunk of rows: how many went left. */
  readonly lefts: number
  /** A byte a bin: whether it goes left. */
  readonly goesLeft: number
  /** An entry of `COLUMN_WORDS` for each column that varies: see assembly/columns.ts. */
  readonly columns: number
  /** Numbers of all these columns, and a byte for each of a list whether it may be split by. */
  readonly list: number
  readonly flags: number
  /** How histograms of columns follow from those of their bundles; edges stood there, which are read no more. */
  readonly programs: number
  /** Working memory of each thread, so many bytes, for the search for splits and for probabilities. */
  readonly searching: number
  readonly searchBytes: number
  /** What scans found: for each chunk of columns twice `FOUND_NUMBERS` doubles. */
  readonly found: number
  /** From, to and value of each leaf. */
  readonly leaves: number
  /** Histograms of leaves, each with the numbers of its columns behind it. */
  readonly histograms: number
  readonly histogramBytes: number
}

/** Numbers of the control block. */
export const CONTROL = {
  sampled: 0,
  score: 1,
  scaleG: 2,
  scaleH: 3,
  from: 4,
  to: 5,
  /** 1 when the rows are all rows in their order. */
  whole: 6,
  /** Numbers of the columns to search, and how many there are. */
  list: 26,
  columns: 7,
  /** Histogram to build; and the one of its parent, which becomes its sibling's (0: none). */
  built: 8,
  sibling: 9,
  /** Gradient, hessian and rows of both; rows 0: not to be scanned. The kernel `searchColumns` reads from here to `minRows`. */
  builtSums: 10,
  siblingSums: 13,
  lambda: 16,
  minHessian: 17,
  minRows: 18,
  feature: 19,
  /** Least and largest answer of both, when some features are monotone. */
  builtBounds: 20,
  siblingBounds: 22,
  /** Huber's limit. */
  delta: 24,
  /** Chunks that the columns come in. */
  chunks: 25,
} as const

const CHUNK_ROWS = 16_384
const MOST_CHUNKS = 4000
/** Histograms of leaves that may still be split; what does not fit is built again when needed. */
const HISTOGRAM_BYTES = 256 * 2 ** 20
/** A node, its smaller child, and one to spare. */
const FEWEST_SLOTS = 3

interface Extent {
  readonly threads: number
  readonly weighted: boolean
  /** Rows held out at most. */
  readonly held: number
}

/** Bytes of a target: see `BoostingPlaces`. */
export function targetBytes(classes: number): 1 | 2 | 8 {
  return classes === 0 ? 8 : classes === 2 ? 1 : 2
}

/** The targets on the heap. */
export function targetsOf({
  set: { rows, classes },
  heap,
  places,
}: Pick<BoostingPlan, 'set' | 'heap' | 'places'>): Float64Array | Uint16Array | Uint8Array {
  const bytes = targetBytes(classes)
  if (bytes === 8) return new Float64Array(heap.buffer, places.y, rows)
  return bytes === 2 ? new Uint16Array(heap.buffer, places.y, rows) : new Uint8Array(heap.buffer, places.y, rows)
}

/** Lays out the heap; `bytes` is all that a boosting takes beside its set and its trees. */
export function layOutBoosting(
  set: Pick<TrainingSet, 'rows' | 'features' | 'classes'>,
  maxLeaves: number,
  { threads, weighted, held }: Extent,
) {
  const { rows, features, classes } = set
  const layout = createHeapLayout()
  const stride = classes > 2 ? classes : 1
  const chunkRows = Math.max(CHUNK_ROWS, Math.ceil(rows / MOST_CHUNKS / 4) * 4)
  const chunks = Math.ceil(rows / chunkRows)
  const searchBytes = Math.ceil(Math.max(SEARCH_SCRATCH_BYTES, stride * 16) / 64) * 64
  const slotBytes = Math.ceil((features * (256 * 16 + 4) + 16) / SLOT_ALIGNMENT) * SLOT_ALIGNMENT
  const histogramSlots = Math.max(FEWEST_SLOTS, Math.min(maxLeaves + 1, Math.floor(HISTOGRAM_BYTES / slotBytes)))
  const passing = createHeapLayout(0)
  const binned = layOutBinning(layout, rows, features, threads, { passing })
  // One thread parts rows in place, and takes in order only those of the smaller of two children, unless some rows do not take part or
  // there may be no histogram of the parent.
  const isHalf = threads === 1 && !weighted && histogramSlots === maxLeaves + 1
  // Rows are parted when the pairs of the node's last histogram are no longer needed.
  const ordered = layout.take(rows * (isHalf ? 4 : 8))
  // There are no gradients before the rows are binned.
  const pairs = layout.take(Math.max(rows * 8, passing.bytes))
  const binning = { ...binned, sample: pairs + binned.sample, scratch: pairs + binned.scratch }
  const places: BoostingPlaces = {
    control: layout.take(64 * 8),
    team: layout.take(TEAM_BYTES),
    y: layout.take(rows * targetBytes(classes)),
    weights: weighted ? layout.take(rows * 8) : 0,
    scores: layout.take(rows * stride * 8),
    probabilities: stride > 1 ? layout.take(rows * stride * 4) : 0,
    pairs,
    ordered,
    rows: layout.take(rows * 4),
    held: held > 0 ? layout.take(held * 4) : 0,
    left: ordered,
    right: isHalf ? ordered : ordered + rows * 4,
    sums: layout.take(chunks * 32),
    lefts: layout.take(chunks * 4),
    goesLeft: layout.take(256),
    columns: layout.take(features * COLUMN_WORDS * 4),
    list: layout.take(features * 4),
    flags: layout.take(features),
    programs: binning.tables,
    searching: layout.take(threads * searchBytes),
    searchBytes,
    found: layout.take(features * 2 * FOUND_NUMBERS * 8),
    leaves: layout.take(maxLeaves * 24),
    // Scans read whole groups of four bins.
    histograms: layout.take(histogramSlots * slotBytes + 64),
    histogramBytes: histogramSlots * slotBytes,
  }
  return { bytes: layout.bytes, stride, chunkRows, binning, places }
}

/** What the options ask of the layout. */
export function extentOf(rows: number, weighted: boolean, { classWeight, earlyStopping }: BoostingOptions, threads: number): Extent {
  const { validationFraction = 0.1, validationRows = undefined } = typeof earlyStopping === 'object' ? earlyStopping : {}
  const held = earlyStopping ? (validationRows?.length ?? Math.ceil(rows * validationFraction)) : 0
  return { threads, weighted: weighted || held > 0 || classWeight !== undefined, held }
}

/**
 * @param makeHeap  gives the memory: all zeros, or to be cleared by `clearPlan` before it is used.
 * @throws `memory_limit`.
 */
export function planBoosting(
  set: TrainingSet,
  options: ResolvedBoostingOptions,
  threads: number,
  makeHeap: MakeHeap = createHeap,
): BoostingPlan {
  const extent = extentOf(set.rows, set.weights !== undefined, options, threads)
  const { bytes, ...layout } = layOutBoosting(set, options.maxLeaves, extent)
  return { set, options, threads, heap: makeHeap(bytes, options.engine), ...layout }
}

/** Bytes of the block with which a team coordinates. */
const TEAM_BYTES = 1024

/** Clears the block of the team: quick, and to be done before any thread hears of the plan. */
export function clearTeam({ heap, places }: BoostingPlan): void {
  new Uint8Array(heap.buffer, places.team, TEAM_BYTES).fill(0)
}

/** Clears what an earlier training left, but for the block of the team. */
export function clearPlan({ heap, places }: BoostingPlan): void {
  const bytes = new Uint8Array(heap.buffer)
  bytes.fill(0, 0, places.team)
  bytes.fill(0, places.team + TEAM_BYTES)
}
