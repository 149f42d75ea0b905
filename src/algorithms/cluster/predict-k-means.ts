// Which cluster of a k-means new rows belong to.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { checkedRows } from './dense-rows.ts'
import type { KMeansModel } from './fit-k-means.ts'

/**
 * Cluster of each row; of equally near ones that with the lower number.
 *
 * Cost: O(rows x k x columns).
 *
 * @throws   `shape_mismatch` for another number of columns; `invalid_input` for NaN and infinite values.
 */
export function predictKMeans({ nClusters, nFeatures, centers }: KMeansModel, x: DenseMatrix): Int32Array {
  const values = checkedRows(x, 0, 'predictKMeans')
  if (x.columns !== nFeatures) {
    throw new TandemError('shape_mismatch', `The rows have ${x.columns} columns, but the clusters were learned from ${nFeatures}.`)
  }
  return Int32Array.from({ length: x.rows }, (_, row) => nearestCenter(values, row * nFeatures, centers, nClusters, nFeatures))
}

/** Adds column after column, as the kernels do: a row gets the label that it had in learning. */
function nearestCenter(values: Float64Array, at: number, centers: Float64Array, k: number, columns: number): number {
  let nearest = 0
  let least = Number.POSITIVE_INFINITY
  for (let center = 0, to = 0; center < k; center++) {
    let distance = 0
    for (let column = 0; column < columns; column++) {
      const difference = values[at + column]! - centers[to++]!
      distance += difference * difference
    }
    if (distance < least) {
      least = distance
      nearest = center
    }
  }
  return nearest
}
