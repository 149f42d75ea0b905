// Which cluster of a k-means new rows belong to.
import { TandemError } from '../../errors.ts'
import { checkMatrixForm, type FeatureMatrix, isSparse } from '../linear/feature-matrix.ts'
import { type CsrMatrix, checkCsrMatrix } from '../sparse/csr-matrix.ts'
import { checkedRows } from './dense-rows.ts'
import type { KMeansModel } from './fit-k-means.ts'
import { squaredNorm } from './sparse-k-means.ts'

/**
 * Cluster of each row; of equally near ones that with the lower number.
 *
 * Cost: O(rows x k x columns).
 *
 * @throws   `shape_mismatch` for another number of columns; `invalid_input` for NaN and infinite values.
 */
export function predictKMeans({ nClusters, nFeatures, centers }: KMeansModel, x: FeatureMatrix): Int32Array {
  checkMatrixForm(x)
  if (x.columns !== nFeatures) {
    throw new TandemError('shape_mismatch', `The rows have ${x.columns} columns, but the clusters were learned from ${nFeatures}.`)
  }
  if (isSparse(x)) return nearestOfSparse(x, centers, nClusters)
  const values = checkedRows(x, 0, 'predictKMeans')
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

/** The same arithmetic as in learning, so here too a row gets the label that it had. */
function nearestOfSparse(x: CsrMatrix, centers: Float64Array, k: number): Int32Array {
  checkCsrMatrix(x)
  const norms = Float64Array.from({ length: k }, (_, center) => squaredNorm(centers, center, x.columns))
  const labels = new Int32Array(x.rows)
  for (let row = 0; row < x.rows; row++) {
    let norm = 0
    for (let at = x.starts[row]!; at < x.starts[row + 1]!; at++) norm += x.values[at]! ** 2
    let least = Number.POSITIVE_INFINITY
    for (let center = 0; center < k; center++) {
      let product = 0
      for (let at = x.starts[row]!; at < x.starts[row + 1]!; at++) product += x.values[at]! * centers[center * x.columns + x.indices[at]!]!
      const distance = Math.max(0, norm + norms[center]! - 2 * product)
      if (distance >= least) continue
      least = distance
      labels[row] = center
    }
  }
  return labels
}
