// Turns the columns of a training set into bytes: at most 255 value bins and one for missing values (LightGBM's histograms, Ke et al. 2017).
// A value v stands in the first bin whose edge is >= v. Edges are float32 midpoints, so the served rule `x <= edge` and the bin agree exactly.

import { createRng, hashSeed } from '../math/rng.ts'
import type { TrainingControl } from './training-control.ts'
import { checkTrainingSet, type TrainingSet } from './training-set.ts'

/** A training set in the form the learners work on. Plain data: `shareTypedArrays` puts it where all threads can read it. */
export interface BinnedSet {
  readonly rows: number
  readonly features: number
  readonly classes: number
  /** Column-major bin numbers: feature f of row i at `f * rows + i`. */
  readonly bins: Uint8Array
  /** Edges of feature f: `edges[edgeStarts[f] .. edgeStarts[f + 1])`; it has one value bin more than edges. */
  readonly edges: Float32Array
  readonly edgeStarts: Uint32Array
  /** 1 where a feature has missing values; their bin follows the last value bin. */
  readonly hasMissing: Uint8Array
  readonly y: Float64Array
  readonly weights?: Float64Array | Float32Array
}

export interface BinOptions {
  /** Rows from which edges are taken. Below this number the order of rows does not matter. */
  readonly sampleRows?: number
  readonly randomState?: number
}

const VALUE_BINS = 255
const SAMPLE_ROWS = 200_000
/** Rows binned before the next column, so that a block of the row-major matrix stays in the cache. */
const BLOCK_ROWS = 512

/**
 * Checks a set and bins it. Cost: O(rows x features x 8) time, rows x features bytes.
 *
 * @throws as `checkTrainingSet`; `canceled`.
 */
export function binTrainingSet(set: TrainingSet, options: BinOptions = {}, control?: TrainingControl): BinnedSet {
  checkTrainingSet(set)
  const { rows, features } = set
  const sample = sampleOf(set, options.sampleRows ?? SAMPLE_ROWS, options.randomState ?? 0)
  const columns: Float32Array[] = []
  const hasMissing = new Uint8Array(features)
  for (let f = 0; f < features; f++) {
    control?.spend(sample.length * 16)
    columns.push(findEdges(sortedColumn(set.x, features, f, sample)))
  }
  const bins = new Uint8Array(rows * features)
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rows)
    control?.spend((end - start) * features * 4)
    for (let f = 0; f < features; f++) {
      if (binBlock(set, f, start, end, columns[f]!, bins)) hasMissing[f] = 1
    }
  }
  const edgeStarts = new Uint32Array(features + 1)
  for (let f = 0; f < features; f++) edgeStarts[f + 1] = edgeStarts[f]! + columns[f]!.length
  const edges = new Float32Array(edgeStarts[features]!)
  for (let f = 0; f < features; f++) edges.set(columns[f]!, edgeStarts[f]!)
  return { rows, features, classes: set.classes, bins, edges, edgeStarts, hasMissing, y: set.y, weights: set.weights }
}

/** Number of bins of feature f, counting the one for missing values. */
export function binCount(set: BinnedSet, f: number): number {
  return set.edgeStarts[f + 1]! - set.edgeStarts[f]! + 2
}

/** All rows that have a weight, or one drawn at random from each of `limit` equal stretches of them. */
function sampleOf({ rows, weights }: TrainingSet, limit: number, seed: number): Uint32Array {
  const all = new Uint32Array(rows)
  let count = 0
  for (let i = 0; i < rows; i++) if (!weights || weights[i]! > 0) all[count++] = i
  if (count <= limit) return all.subarray(0, count)
  const rng = createRng(hashSeed(seed, 0x62696e73))
  return Uint32Array.from({ length: limit }, (_, i) => all[Math.min(count - 1, Math.floor(((i + rng.next()) * count) / limit))]!)
}

function sortedColumn(x: Float32Array, features: number, f: number, sample: Uint32Array): Float32Array {
  const values = new Float32Array(sample.length)
  let count = 0
  for (let i = 0; i < sample.length; i++) {
    const value = x[sample[i]! * features + f]!
    if (!Number.isNaN(value)) values[count++] = value
  }
  return values.subarray(0, count).sort()
}

/** Edges between the distinct values; where these are too many, bins of like counts, a frequent value keeping a bin to itself. */
function findEdges(sorted: Float32Array): Float32Array {
  const starts: number[] = []
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) starts.push(i)
  const distinct = starts.length
  const edges: number[] = []
  if (distinct <= VALUE_BINS) {
    for (let i = 1; i < distinct; i++) edges.push(edgeBetween(sorted[starts[i]! - 1]!, sorted[starts[i]!]!))
    return Float32Array.from(edges)
  }
  starts.push(sorted.length)
  const countOf = (i: number): number => starts[i + 1]! - starts[i]!
  const large = sorted.length / VALUE_BINS
  let rest = sorted.length
  let restBins = VALUE_BINS
  for (let i = 0; i < distinct; i++) {
    if (countOf(i) >= large) {
      rest -= countOf(i)
      restBins--
    }
  }
  let mean = rest / Math.max(1, restBins)
  let filled = 0
  for (let i = 0; i < distinct - 1 && edges.length < VALUE_BINS - 1; i++) {
    const isLarge = countOf(i) >= large
    if (!isLarge) rest -= countOf(i)
    filled += countOf(i)
    const nextIsLarge = countOf(i + 1) >= large && filled >= Math.max(1, mean / 2)
    if (!(isLarge || filled >= mean || nextIsLarge)) continue
    edges.push(edgeBetween(sorted[starts[i]!]!, sorted[starts[i + 1]!]!))
    filled = 0
    if (!isLarge) mean = rest / Math.max(1, --restBins)
  }
  return Float32Array.from(edges)
}

/** A float32 e with a <= e < b. */
function edgeBetween(a: number, b: number): number {
  const middle = Math.fround(a / 2 + b / 2)
  // Infinite neighbours and neighbours one unit apart have no float32 between them.
  return middle >= a && middle < b && Number.isFinite(middle) ? middle : Math.max(a, -MAX_FLOAT32)
}

const MAX_FLOAT32 = 3.4028234663852886e38

/** Bins rows start..end of one column; returns whether a value was missing. */
function binBlock(set: TrainingSet, f: number, start: number, end: number, edges: Float32Array, bins: Uint8Array): boolean {
  const { x, features, rows } = set
  const count = edges.length
  const missingBin = count + 1
  let half = 1
  while (half * 2 <= count) half *= 2
  let missing = false
  for (let i = start; i < end; i++) {
    const value = x[i * features + f]!
    let bin = 0
    // Branch-free lower bound: `bin` counts the edges below the value.
    for (let step = half; step > 0; step >>= 1) {
      const next = bin + step
      if (next <= count && edges[next - 1]! < value) bin = next
    }
    if (Number.isNaN(value)) {
      bin = missingBin
      missing = true
    }
    bins[f * rows + i] = bin
  }
  return missing
}
