// Silhouettes: whether each row lies nearer to its own cluster than to the next one.
// Source: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis", 1987.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createRng } from '../math/rng.ts'
import { clusterDistances } from './cluster-distances.ts'
import { checkShape, finiteRows } from './dense-rows.ts'

/** Squares of larger values are no numbers. */
const LARGEST = 1e150

/**
 * Silhouette of each row, -1 to 1; 0 for a row alone in its cluster.
 *
 * Cost: O(rows^2 x columns) time and two copies of the rows; take a sample of large tables (`silhouetteScore` with `sampleSize`).
 *
 * @param labels  cluster of each row, whole numbers from 0 on.
 * @throws   `shape_mismatch` for another number of labels; `too_few_classes` for fewer than two clusters; `invalid_input` for NaN,
 *           infinite values and those beyond 1e150.
 */
export function silhouetteSamples(x: DenseMatrix, labels: ArrayLike<number>): Float64Array {
  checkShape(x, 2, 'The silhouette')
  const values = finiteRows(x, LARGEST)
  const { rows, columns } = x
  checkLabelCount(labels, rows)
  const counts = countsOf(labels)
  if (counts.filter((count) => count > 0).length < 2) {
    throw new TandemError(
      'too_few_classes',
      `All ${rows} rows are in one cluster; a silhouette compares with the next one. Give at least two.`,
    )
  }
  const silhouettes = new Float64Array(rows)
  clusterDistances({ rows, columns, values }, Int32Array.from(labels), counts.length, (row, sums) => {
    const own = labels[row]!
    if (counts[own] === 1) return
    const inside = sums[own]! / (counts[own]! - 1)
    let outside = Number.POSITIVE_INFINITY
    for (let cluster = 0; cluster < counts.length; cluster++) {
      if (cluster !== own && counts[cluster]! > 0) outside = Math.min(outside, sums[cluster]! / counts[cluster]!)
    }
    const larger = Math.max(inside, outside)
    silhouettes[row] = larger === 0 ? 0 : (outside - inside) / larger
  })
  return silhouettes
}

export interface SilhouetteOptions {
  /** Looks at so many rows, drawn without repetition, and at no others. Default: all. */
  readonly sampleSize?: number
  readonly randomState?: number
}

/**
 * Mean of `silhouetteSamples`: highest for the number of clusters that separates best, which need not be the true one.
 *
 * Cost: O(sampleSize^2 x columns).
 *
 * @throws   as `silhouetteSamples`; `invalid_input` for a sampleSize below 2 or above the rows.
 */
export function silhouetteScore(
  x: DenseMatrix,
  labels: ArrayLike<number>,
  { sampleSize, randomState = 0 }: SilhouetteOptions = {},
): number {
  const silhouettes = sampleSize === undefined ? silhouetteSamples(x, labels) : ofSample(x, labels, sampleSize, randomState)
  return silhouettes.reduce((sum, value) => sum + value, 0) / silhouettes.length
}

function ofSample(x: DenseMatrix, labels: ArrayLike<number>, sampleSize: number, randomState: number): Float64Array {
  checkShape(x, 2, 'The silhouette')
  const { rows, columns } = x
  checkLabelCount(labels, rows)
  if (!Number.isInteger(sampleSize) || sampleSize < 2 || sampleSize > rows) {
    throw new TandemError('invalid_input', `sampleSize is ${sampleSize}; it is a whole number from 2 to the ${rows} rows there are.`)
  }
  const rng = createRng(randomState)
  const order = Int32Array.from({ length: rows }, (_, row) => row)
  const values = new Float64Array(sampleSize * columns)
  const chosen = new Float64Array(sampleSize)
  // The first places of a shuffle are a sample without repetition.
  for (let at = 0; at < sampleSize; at++) {
    const other = at + rng.below(rows - at)
    const row = order[other]!
    order[other] = order[at]!
    values.set(x.values.subarray(row * columns, (row + 1) * columns), at * columns)
    chosen[at] = labels[row]!
  }
  return silhouetteSamples({ rows: sampleSize, columns, values }, numbered(chosen))
}

/** Clusters that were drawn, numbered anew: in a sample a number may be larger than the rows. */
function numbered(labels: Float64Array): Float64Array {
  const numbers = new Map<number, number>()
  return labels.map((label, row) => {
    if (!Number.isInteger(label) || label < 0) throw wrongLabel(row, label)
    if (!numbers.has(label)) numbers.set(label, numbers.size)
    return numbers.get(label)!
  })
}

function checkLabelCount(labels: ArrayLike<number>, rows: number): void {
  if (labels.length !== rows) throw new TandemError('shape_mismatch', `There are ${labels.length} labels for ${rows} rows; give one a row.`)
}

function wrongLabel(row: number, label: number | undefined): TandemError {
  return new TandemError(
    'invalid_input',
    `The label of row ${row} is ${label}; labels are whole numbers from 0 to below the number of rows. Leave noise out first.`,
  )
}

function countsOf(labels: ArrayLike<number>): number[] {
  const counts: number[] = []
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    if (!Number.isInteger(label) || label < 0 || label >= labels.length) {
      throw wrongLabel(row, label)
    }
    while (counts.length <= label) counts.push(0)
    counts[label]!++
  }
  return counts
}
