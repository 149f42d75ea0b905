// Turns the columns of a training set into bytes on a heap: at most 255 value bins and one for missing values (LightGBM's histograms,
// Ke et al. 2017). A value stands in the first bin whose edge is not below it. Both steps may run on many threads.

import type { Heap, HeapLayout } from '../math/heap.ts'
import { viewsOf } from '../math/heap.ts'
import type { Kernels } from '../math/kernels.ts'
import { createRng, hashSeed } from '../math/rng.ts'
import { findEdges } from './find-edges.ts'

/** Where everything stands on the heap; plain data. */
export interface Binning {
  readonly rows: number
  readonly features: number
  /** Column-major bin numbers: feature f of row i at `bins + f * rows + i`. */
  readonly bins: number
  /** 256 floats a feature: its edges, then infinity. */
  readonly tables: number
  /** Edges of each feature, 32 bits. A feature has one value bin more than edges; the bin of missing values follows. */
  readonly edgeCounts: number
  /** A byte a feature: 1 where it has missing values. */
  readonly missing: number
  /** Numbers of the rows that edges are taken from, and how many there is room for. */
  readonly sample: number
  readonly sampleRows: number
  /** Working memory of each thread. */
  readonly scratch: number
  readonly scratchBytes: number
}

export interface Binner {
  /** Finds the edges of feature f from the first `count` rows of the sample. */
  findEdges(f: number, count: number, thread: number): void
  /** Bins rows from..to of all features. */
  binRows(from: number, to: number, thread: number): void
}

/** Rows from which edges are taken at most: fewer cost accuracy, more cost time. */
export const SAMPLE_ROWS = 200_000
/** Rows binned before the next column, so that a block of the row-major matrix stays in the cache. */
const BLOCK_ROWS = 512

/** @param passing  gives the memory that is needed only until the rows are binned. */
export function layOutBinning(
  layout: HeapLayout,
  rows: number,
  features: number,
  threads: number,
  { passing = layout, limit = SAMPLE_ROWS }: { readonly passing?: HeapLayout; readonly limit?: number } = {},
): Binning {
  const sampleRows = Math.min(rows, limit)
  const scratchBytes = Math.max(sampleRows * 8 + 4096, BLOCK_ROWS * features * 4) + 64
  return {
    ...{ rows, features, sampleRows, scratchBytes },
    bins: layout.take(rows * features),
    tables: layout.take(features * 1024),
    edgeCounts: layout.take(features * 4),
    missing: layout.take(features),
    sample: passing.take(sampleRows * 4),
    scratch: passing.take(scratchBytes * threads),
  }
}

/** Writes the sample: all rows that `has` one, or one drawn at random from each of equal stretches of them; returns its size. */
export function drawSample(
  heap: Heap,
  { rows, sample, sampleRows }: Binning,
  weights: ArrayLike<number> | undefined,
  seed: number,
): number {
  const to = viewsOf(heap).u32.subarray(sample >>> 2, (sample >>> 2) + sampleRows)
  let eligible = rows
  if (weights) {
    eligible = 0
    for (let i = 0; i < rows; i++) if (weights[i]! > 0) eligible++
  }
  if (eligible <= sampleRows) {
    let count = 0
    for (let i = 0; i < rows; i++) if (!weights || weights[i]! > 0) to[count++] = i
    return count
  }
  const rng = createRng(hashSeed(seed, 0x62696e73))
  let place = -1
  let row = -1
  for (let i = 0; i < sampleRows; i++) {
    const wanted = Math.min(eligible - 1, Math.floor(((i + rng.next()) * eligible) / sampleRows))
    if (weights) while (place < wanted) if (weights[++row]! > 0) place++
    to[i] = weights ? row : wanted
  }
  return sampleRows
}

/**
 * What bins the row-major matrix `x`, on the calling thread.
 *
 * @param fewestRows  see `findEdges`.
 */
export function createBinner(heap: Heap, kernels: Kernels, binning: Binning, x: Float32Array, fewestRows: number): Binner {
  const { rows, features, tables, scratchBytes } = binning
  const { u8, u32, f32 } = viewsOf(heap)
  const edgeCounts = u32.subarray(binning.edgeCounts >>> 2, (binning.edgeCounts >>> 2) + features)
  const scratchOf = (thread: number): number => binning.scratch + Math.floor((thread * scratchBytes) / 64) * 64
  return {
    findEdges(f, count, thread) {
      const scratch = scratchOf(thread)
      const values = f32.subarray(scratch >>> 2, (scratch >>> 2) + count)
      const sample = u32.subarray(binning.sample >>> 2, (binning.sample >>> 2) + count)
      let known = 0
      for (let i = 0; i < count; i++) {
        const value = x[sample[i]! * features + f]!
        if (!Number.isNaN(value)) values[known++] = value
      }
      kernels.sortFloats(scratch, scratch + count * 4, known)
      // The other half of what sorting needed.
      const starts = u32.subarray((scratch >>> 2) + count, (scratch >>> 2) + 2 * count + 1)
      const edges = findEdges(values.subarray(0, known), starts, fewestRows)
      const table = f32.subarray((tables >>> 2) + f * 256, (tables >>> 2) + (f + 1) * 256)
      table.fill(Number.POSITIVE_INFINITY)
      table.set(edges)
      edgeCounts[f] = edges.length
    },
    binRows(from, to, thread) {
      const block = scratchOf(thread)
      for (let start = from; start < to; start += BLOCK_ROWS) {
        const end = Math.min(start + BLOCK_ROWS, to)
        f32.set(x.subarray(start * features, end * features), block >>> 2)
        for (let f = 0; f < features; f++) {
          const missing = kernels.binColumn(
            block + f * 4,
            features,
            end - start,
            tables + f * 1024,
            edgeCounts[f]! + 1,
            binning.bins + f * rows + start,
          )
          if (missing !== 0) u8[binning.missing + f] = 1
        }
      }
    },
  }
}
