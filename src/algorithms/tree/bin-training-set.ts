// A training set in the form a forest grows on: bins on a heap, beside the working memory of the threads that grow trees on it.

import { createHeap, createHeapLayout, type Engine, type Heap, type HeapLayout, type MakeHeap, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import { type Binning, createBinner, drawSample, layOutBinning } from './binning.ts'
import { binCategories, type CategoryBins, fillCategoryColumn } from './category-bins.ts'
import { type ClassWeight, classWeighted, factorsOf } from './class-weight.ts'
import { bitsFor } from './fixed-point.ts'
import type { TrainingControl } from './training-control.ts'
import { checkTrainingSet, checkTrainingWeights, type Targets, type TrainingSet } from './training-set.ts'

/** Plain data: posted to another thread, its memory is shared and not copied. */
export interface BinnedSet {
  readonly rows: number
  readonly features: number
  readonly classes: number
  readonly heap: Heap
  readonly binning: Binning
  /** Column-major bin numbers: feature f of row i at `f * rows + i`. */
  readonly bins: Uint8Array
  /** Edges of feature f: `edges[edgeStarts[f] .. edgeStarts[f + 1])`; it has one value bin more than edges. */
  readonly edges: Float32Array
  readonly edgeStarts: Uint32Array
  /** 1 where a feature has missing values; their bin follows the last value bin. */
  readonly hasMissing: Uint8Array
  readonly y: Targets
  /** With those of classes in them. */
  readonly weights?: Float64Array | Float32Array
  /** Where classes have weights: these, and the weights of rows without them. */
  readonly classFactors?: readonly number[]
  readonly ownWeights?: Float64Array | Float32Array
  readonly categories: CategoryBins
  readonly growing: GrowingPlaces
}

/** Working memory of `count` threads that grow trees, `bytes` each from `first` on; the other offsets count from a thread's own. */
export interface GrowingPlaces {
  readonly count: number
  readonly bytes: number
  readonly first: number
  /** A word for each thread: 1 while it is taken. */
  readonly claims: number
  readonly entries: number
  readonly right: number
  /** Pairs or codes of rows, and in the order of a node's; absent when entries say all. */
  readonly pairs: number
  readonly ordered: number
  readonly histograms: number
  /** One histogram that is all zeros between uses, and the marks of its bins: for nodes of few rows. */
  readonly sparse: number
  readonly marks: number
  /** For more than 2 classes: class weights of a node, the same of a left side, and rows by bin of 4 columns. */
  readonly totals: number
  readonly left: number
  readonly rowCounts: number
  readonly found: number
  readonly codes: number
  readonly goesLeft: number
  /** Rows that a tree did not draw. */
  readonly outOfBag: number
}

export interface BinOptions {
  /** Rows from which edges are taken. Below this number the order of rows does not matter. */
  readonly sampleRows?: number
  readonly randomState?: number
  /** Multiplied into the weights of the set. */
  readonly classWeight?: ClassWeight
  /** Threads that will grow trees on the set at the same time. Default 1. */
  readonly threads?: number
  readonly engine?: Engine
}

/** Bytes of the marks: which bins there are (32 bytes), all bins (32), and room to find them in (256). */
export const MARKS = { own: 0, all: 64, map: 128, bytes: 384 } as const
/** Bytes between what scans of several columns found. */
export const FOUND_BYTES = 128
/** Rows between two questions whether to stop. */
const ROWS_PER_STEP = 8192

/**
 * Checks a set and bins it. Cost: O(rows x features x 8) time, rows x features bytes.
 *
 * @throws as `checkTrainingSet`; `canceled`; `memory_limit`.
 */
export function binTrainingSet(
  set: TrainingSet,
  options: BinOptions = {},
  control?: TrainingControl,
  makeHeap: MakeHeap = createHeap,
): BinnedSet {
  checkTrainingSet(set)
  const { rows, features, classes, x, y } = set
  const { threads = 1, engine } = options
  const weights = classWeighted(set, options.classWeight)
  if (options.classWeight) checkTrainingWeights({ ...set, weights })
  const categories = binCategories(set, weights)
  const { bytes, binning, growing } = layOutForest(set, weights !== undefined, threads, options.sampleRows)
  const heap = makeHeap(bytes, engine)
  const binner = createBinner(heap, kernelsOn(heap), binning, x, 1)
  const count = drawSample(heap, binning, weights, options.randomState ?? 0)
  for (let f = 0; f < features; f++) {
    control?.spend(count * 12)
    binner.findEdges(f, count, 0)
  }
  for (let from = 0; from < rows; from += ROWS_PER_STEP) {
    const to = Math.min(from + ROWS_PER_STEP, rows)
    control?.spend((to - from) * features * 4)
    binner.binRows(from, to, 0)
  }
  const { u8, u32 } = viewsOf(heap)
  for (const f of set.categorical ?? []) {
    const column = u8.subarray(binning.bins + f * rows, binning.bins + (f + 1) * rows)
    u8[binning.missing + f] = fillCategoryColumn(set, categories, f, column) ? 1 : 0
    u32[(binning.edgeCounts >>> 2) + f] = categories.kept[f]!
  }
  return {
    ...{ rows, features, classes, heap, binning, growing, y, weights, categories },
    ...(options.classWeight && { classFactors: factorsOf(set, options.classWeight), ownWeights: set.weights }),
    ...edgesOf(heap, binning),
    bins: u8.subarray(binning.bins, binning.bins + rows * features),
    hasMissing: u8.subarray(binning.missing, binning.missing + features),
  }
}

/** The edges that a binning found, in one array. */
export function edgesOf(heap: Heap, { features, tables, edgeCounts }: Binning): Pick<BinnedSet, 'edges' | 'edgeStarts'> {
  const { u32, f32 } = viewsOf(heap)
  const edgeStarts = new Uint32Array(features + 1)
  for (let f = 0; f < features; f++) edgeStarts[f + 1] = edgeStarts[f]! + u32[(edgeCounts >>> 2) + f]!
  const edges = new Float32Array(edgeStarts[features]!)
  for (let f = 0; f < features; f++) {
    const table = (tables >>> 2) + f * 256
    edges.set(f32.subarray(table, table + edgeStarts[f + 1]! - edgeStarts[f]!), edgeStarts[f]!)
  }
  return { edges, edgeStarts }
}

/** Number of bins of feature f, counting the one for missing values. */
export function binCount({ edgeStarts }: Pick<BinnedSet, 'edgeStarts'>, f: number): number {
  return edgeStarts[f + 1]! - edgeStarts[f]! + 2
}

/** Bits of an entry that say how often a row was drawn. */
export const DRAW_BITS = 5

/** Bits that the class of a row takes. */
export function classBitsOf(classes: number): number {
  return bitsFor(classes - 1)
}

/** Bytes of a bin of a histogram: gradient, hessian and rows; for more than 2 classes the weight of each, in whole vectors. */
export function binBytesOf(classes: number): number {
  return classes > 2 ? Math.ceil(classes / 4) * 16 : 16
}

/** Whether a tree grows on packed entries, row, draws and class in one word: classes, no weights, row numbers that fit. */
export function growsPacked({ rows, classes }: Pick<TrainingSet, 'rows' | 'classes'>, weighted: boolean): boolean {
  return classes >= 2 && !weighted && rows <= 2 ** (32 - DRAW_BITS - classBitsOf(classes))
}

/** Lays out the heap of a forest; `bytes` is its size. */
export function layOutForest(
  shape: Pick<TrainingSet, 'rows' | 'features' | 'classes'>,
  weighted: boolean,
  threads: number,
  sampleRows?: number,
): { readonly bytes: number; readonly binning: Binning; readonly growing: GrowingPlaces } {
  const layout = createHeapLayout()
  const binning = layOutBinning(layout, shape.rows, shape.features, 1, { limit: sampleRows })
  const growing = layOutGrowing(layout, shape, weighted, threads)
  return { bytes: layout.bytes, binning, growing }
}

function layOutGrowing(layout: HeapLayout, shape: Pick<TrainingSet, 'rows' | 'classes'>, weighted: boolean, count: number): GrowingPlaces {
  const { rows, classes } = shape
  const claims = layout.take(count * 4)
  const packed = growsPacked(shape, weighted)
  const pairBytes = packed ? 0 : rows * (classes > 2 ? 4 : 8)
  const binBytes = binBytesOf(classes)
  const own = createHeapLayout()
  const places = {
    entries: own.take(rows * 4),
    right: own.take(rows * 4),
    pairs: own.take(pairBytes),
    ordered: own.take(pairBytes),
    histograms: own.take(4 * 256 * binBytes),
    sparse: own.take(256 * binBytes),
    marks: own.take(MARKS.bytes),
    totals: own.take(classes > 2 ? binBytes : 0),
    left: own.take(classes > 2 ? binBytes : 0),
    rowCounts: own.take(classes > 2 ? 4 * 1024 : 0),
    found: own.take(4 * FOUND_BYTES),
    codes: own.take(64 * 16),
    goesLeft: own.take(256),
    outOfBag: own.take(rows * 4),
  }
  const { bytes } = own
  return { count, bytes, claims, first: layout.take(count * bytes), ...places }
}
