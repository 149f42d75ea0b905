// Silhouettes: whether each row lies nearer to its own cluster than to the next one.
// Source: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis", 1987.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { checkedRows, squaredDistance } from './dense-rows.ts'

/**
 * Silhouette of each row, -1 to 1; 0 for a row alone in its cluster.
 *
 * Cost: O(rows^2 x columns); take a sample of large tables.
 *
 * @param labels  cluster of each row, whole numbers from 0 on.
 * @throws   `shape_mismatch` for another number of labels; `too_few_classes` for fewer than two clusters; `invalid_input` for NaN.
 */
export function silhouetteSamples(x: DenseMatrix, labels: ArrayLike<number>): Float64Array {
  const values = checkedRows(x, 2, 'The silhouette')
  const { rows, columns } = x
  if (labels.length !== rows) throw new TandemError('shape_mismatch', `There are ${labels.length} labels for ${rows} rows; give one a row.`)
  const counts = countsOf(labels)
  if (counts.filter((count) => count > 0).length < 2) {
    throw new TandemError(
      'too_few_classes',
      `All ${rows} rows are in one cluster; a silhouette compares with the next one. Give at least two.`,
    )
  }
  const silhouettes = new Float64Array(rows)
  const sums = new Float64Array(counts.length)
  for (let row = 0; row < rows; row++) {
    const own = labels[row]!
    if (counts[own] === 1) continue
    sums.fill(0)
    for (let other = 0; other < rows; other++) {
      sums[labels[other]!]! += Math.sqrt(squaredDistance(values, row * columns, values, other * columns, columns))
    }
    const inside = sums[own]! / (counts[own]! - 1)
    let outside = Number.POSITIVE_INFINITY
    for (let cluster = 0; cluster < counts.length; cluster++) {
      if (cluster !== own && counts[cluster]! > 0) outside = Math.min(outside, sums[cluster]! / counts[cluster]!)
    }
    const larger = Math.max(inside, outside)
    silhouettes[row] = larger === 0 ? 0 : (outside - inside) / larger
  }
  return silhouettes
}

/** Mean of `silhouetteSamples`: highest for the number of clusters that separates best, which need not be the true one. */
export function silhouetteScore(x: DenseMatrix, labels: ArrayLike<number>): number {
  const silhouettes = silhouetteSamples(x, labels)
  return silhouettes.reduce((sum, value) => sum + value, 0) / silhouettes.length
}

function countsOf(labels: ArrayLike<number>): number[] {
  const counts: number[] = []
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    if (!Number.isInteger(label) || label < 0 || label >= labels.length) {
      throw new TandemError(
        'invalid_input',
        `The label of row ${row} is ${label}; labels are whole numbers from 0 to below the number of rows.`,
      )
    }
    while (counts.length <= label) counts.push(0)
    counts[label]!++
  }
  return counts
}
