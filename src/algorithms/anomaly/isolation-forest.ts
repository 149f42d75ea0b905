// Isolation forest: rows that random cuts set apart after few steps are unusual.
// Source: Liu, Ting and Zhou, "Isolation forest", IEEE International Conference on Data Mining 2008, algorithms 1 to 3.
import { TandemError } from '../../errors.ts'
import { checkCount, checkedRows } from '../cluster/dense-rows.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { exp, log } from '../math/exponential.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'

export interface IsolationForestOptions {
  /** Trees. Default 100. */
  readonly nEstimators?: number
  /** Rows each tree sees, without repetition. Default 256, or all when there are fewer. */
  readonly maxSamples?: number
  /** Share of the rows that counts as unusual: sets `threshold`. Default: 0.5 as in the paper. */
  readonly contamination?: number
  readonly randomState?: number
}

/** Trees as flat arrays: data, to be stored as it is. */
export interface IsolationForest {
  readonly kind: 'isolation-forest'
  readonly nFeatures: number
  readonly maxSamples: number
  /** Scores above it are unusual. */
  readonly threshold: number
  /** First node of each tree. */
  readonly roots: Int32Array
  /** Column of each cut; -1 for a leaf. */
  readonly features: Int32Array
  /** Rows with at most this go left. */
  readonly cuts: Float64Array
  /** Left child; the right one follows it. */
  readonly lefts: Int32Array
  /** Of a leaf: steps from the root plus those that its rows would still have taken. */
  readonly depths: Float64Array
}

const EULER = 0.5772156649015329
/** Rows that go down one tree after the other: tree and rows stay in the caches. */
const ROWS_AT_ONCE = 2048

interface Growing {
  readonly features: number[]
  readonly cuts: number[]
  readonly lefts: number[]
  readonly depths: number[]
}

/**
 * Learns what is usual. No labels needed, columns of any unit.
 *
 * Cost: O(nEstimators x maxSamples log maxSamples), whatever the number of rows; with `contamination` one scoring of all rows.
 *
 * @throws   `too_few_rows` below 2 rows; `shape_mismatch`; `invalid_input` for NaN and infinite values and options out of range.
 * @example
 * const forest = fitIsolationForest(x, { contamination: 0.01, randomState: 7 })
 * const unusual = isolationScores(forest, rows).map((score) => Number(score > forest.threshold))
 */
export function fitIsolationForest(x: DenseMatrix, options: IsolationForestOptions = {}): IsolationForest {
  const values = checkedRows(x, 2, 'An isolation forest')
  const { nEstimators = 100, maxSamples = Math.min(256, x.rows), contamination, randomState = 0 } = options
  checkCount('nEstimators', nEstimators)
  if (!Number.isInteger(maxSamples) || maxSamples < 2 || maxSamples > x.rows) {
    throw new TandemError('invalid_input', `maxSamples is ${maxSamples}; it is a whole number from 2 to the ${x.rows} rows there are.`)
  }
  if (contamination !== undefined && !(contamination > 0 && contamination <= 0.5)) {
    throw new TandemError('invalid_input', `contamination is ${contamination}; it is a share above 0 and at most 0.5.`)
  }
  const growing: Growing = { features: [], cuts: [], lefts: [], depths: [] }
  const deepest = Math.ceil(Math.log2(maxSamples))
  const all = Int32Array.from({ length: x.rows }, (_, row) => row)
  const roots = new Int32Array(nEstimators)
  for (let tree = 0; tree < nEstimators; tree++) {
    const rng = createRng(hashSeed(randomState, tree))
    // The first places of a shuffle are a sample without repetition.
    for (let at = 0; at < maxSamples; at++) {
      const other = at + rng.below(x.rows - at)
      const row = all[at]!
      all[at] = all[other]!
      all[other] = row
    }
    roots[tree] = addNode(growing)
    grow(growing, values, x.columns, all.slice(0, maxSamples), roots[tree]!, deepest, rng)
  }
  const forest: IsolationForest = {
    kind: 'isolation-forest',
    nFeatures: x.columns,
    maxSamples,
    threshold: 0.5,
    roots,
    features: Int32Array.from(growing.features),
    cuts: Float64Array.from(growing.cuts),
    lefts: Int32Array.from(growing.lefts),
    depths: Float64Array.from(growing.depths),
  }
  return contamination === undefined ? forest : { ...forest, threshold: upperQuantile(isolationScores(forest, x), contamination) }
}

/**
 * Unusualness of each row, 0 to 1: the more above 0.5, the more unusual; what scikit-learn calls `-score_samples`.
 *
 * Cost: O(rows x nEstimators x log maxSamples).
 *
 * @throws   `shape_mismatch` for another number of columns; `invalid_input` for NaN and infinite values.
 */
export function isolationScores(forest: IsolationForest, x: DenseMatrix): Float64Array {
  const { nFeatures, maxSamples, roots, features, cuts, lefts, depths } = forest
  const values = checkedRows(x, 0, 'isolationScores')
  if (x.columns !== nFeatures) {
    throw new TandemError('shape_mismatch', `The rows have ${x.columns} columns, but the forest was grown on ${nFeatures}.`)
  }
  const usual = roots.length * averageDepth(maxSamples)
  const sums = new Float64Array(x.rows)
  for (let begin = 0; begin < x.rows; begin += ROWS_AT_ONCE) {
    const end = Math.min(begin + ROWS_AT_ONCE, x.rows)
    for (let tree = 0; tree < roots.length; tree++) {
      const root = roots[tree]!
      for (let row = begin, from = begin * nFeatures; row < end; row++, from += nFeatures) {
        let node = root
        for (let feature = features[node]!; feature >= 0; feature = features[node]!) {
          node = values[from + feature]! <= cuts[node]! ? lefts[node]! : lefts[node]! + 1
        }
        sums[row]! += depths[node]!
      }
    }
  }
  return sums.map((sum) => exp((-Math.LN2 * sum) / usual))
}

function addNode({ features, cuts, lefts, depths }: Growing): number {
  cuts.push(0)
  lefts.push(0)
  depths.push(0)
  return features.push(-1) - 1
}

function grow(growing: Growing, values: Float64Array, columns: number, rows: Int32Array, root: number, deepest: number, rng: Rng): void {
  const work = [{ node: root, from: 0, to: rows.length, depth: 0 }]
  const minima = new Float64Array(columns)
  const maxima = new Float64Array(columns)
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { node, from, to, depth } = next
    measure(values, columns, rows.subarray(from, to), minima, maxima)
    const varied = Array.from(minima.keys()).filter((column) => minima[column]! < maxima[column]!)
    if (to - from < 2 || depth >= deepest || varied.length === 0) {
      growing.depths[node] = depth + averageDepth(to - from)
      continue
    }
    const feature = varied[rng.below(varied.length)]!
    const low = minima[feature]!
    const cut = low + rng.next() * (maxima[feature]! - low)
    // Rounding could bring the cut to the highest value and leave the right side empty.
    const used = cut < maxima[feature]! ? cut : low
    let middle = from
    for (let at = from; at < to; at++) {
      const row = rows[at]!
      if (values[row * columns + feature]! > used) continue
      rows[at] = rows[middle]!
      rows[middle++] = row
    }
    growing.features[node] = feature
    growing.cuts[node] = used
    const left = addNode(growing)
    const right = addNode(growing)
    growing.lefts[node] = left
    work.push({ node: right, from: middle, to, depth: depth + 1 }, { node: left, from, to: middle, depth: depth + 1 })
  }
}

function measure(values: Float64Array, columns: number, rows: Int32Array, minima: Float64Array, maxima: Float64Array): void {
  minima.fill(Number.POSITIVE_INFINITY)
  maxima.fill(Number.NEGATIVE_INFINITY)
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column]!
      if (value < minima[column]!) minima[column] = value
      if (value > maxima[column]!) maxima[column] = value
    }
  }
}

/** Mean depth at which a search tree of n rows ends an unsuccessful search. */
function averageDepth(n: number): number {
  if (n < 2) return 0
  return n === 2 ? 1 : 2 * (log(n - 1) + EULER) - (2 * (n - 1)) / n
}

/** Exceeded by the given share of the scores. */
function upperQuantile(scores: Float64Array, share: number): number {
  const sorted = scores.toSorted()
  const place = (1 - share) * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
}
