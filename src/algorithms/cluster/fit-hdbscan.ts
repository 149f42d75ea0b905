// HDBSCAN: clusters of any shape as regions of higher density that persist, and rows that belong to none.
// Source: Campello, Moulavi and Sander, "Density-based clustering based on hierarchical density estimates", PAKDD 2013.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createTrainingControl, type ProgressOptions } from '../tree/training-control.ts'
import { condense } from './condensed-tree.ts'
import { checkCount, checkShape } from './dense-rows.ts'
import { finiteSquares } from './fit-k-means.ts'
import { buildKdTree } from './kd-tree.ts'
import { labelRows, selectClusters } from './select-clusters.ts'
import { mutualReachabilityTree } from './spanning-tree.ts'

export interface HdbscanOptions extends ProgressOptions {
  /** Fewer rows are no cluster, at least 2. Default 5. */
  readonly minClusterSize?: number
  /** Rows, itself among them, that must be near for a row to count as dense; more make more noise. Default: minClusterSize. */
  readonly minSamples?: number
  /** Clusters that split from each other nearer than this are one. Default 0. */
  readonly clusterSelectionEpsilon?: number
  /** `eom`: the most persistent ones (default); `leaf`: the smallest ones. */
  readonly clusterSelectionMethod?: 'eom' | 'leaf'
  /** Whether all rows may be one cluster. Default false. */
  readonly allowSingleCluster?: boolean
  /** More rows are no cluster, with `eom`. Default: no limit. */
  readonly maxClusterSize?: number
}

/** Plain data, to be stored as it is. */
export interface Hdbscan {
  readonly kind: 'hdbscan'
  readonly nClusters: number
  /** Cluster of each row, from 0 on; -1 for noise. */
  readonly labels: Int32Array
  /** How firmly each row belongs to its cluster, 0 to 1; 0 for noise. */
  readonly probabilities: Float64Array
}

/**
 * Finds clusters without being told how many; rows in thin regions are noise. Columns of different size should be scaled first.
 *
 * Labels and probabilities are scikit-learn's; where distances tie, both may part equal rows in another order.
 * Cost: about O(rows x log^2 rows) for few columns, up to O(rows^2 x columns) for many; memory grows with the rows, never their square:
 * two copies of them and about 150 bytes a row.
 *
 * @throws   `too_few_rows` for fewer rows than minSamples or 2; `shape_mismatch`; `invalid_input` for NaN, infinite values and options
 *           out of range; `canceled` when `isCanceled` said so, asked about every 10 ms.
 * @example
 * const { labels, probabilities } = fitHdbscan(x, { minClusterSize: 10 })
 */
export function fitHdbscan(x: DenseMatrix, options: HdbscanOptions = {}): Hdbscan {
  const { minClusterSize = 5, minSamples = minClusterSize, clusterSelectionEpsilon = 0, clusterSelectionMethod = 'eom' } = options
  const { allowSingleCluster = false, maxClusterSize = Number.POSITIVE_INFINITY } = options
  checkCount('minSamples', minSamples)
  if (!Number.isInteger(minClusterSize) || minClusterSize < 2) {
    throw new TandemError('invalid_input', `minClusterSize is ${minClusterSize}; it is a whole number from 2 on.`)
  }
  if (!(clusterSelectionEpsilon >= 0)) {
    throw new TandemError('invalid_input', `clusterSelectionEpsilon is ${clusterSelectionEpsilon}; it is a distance from 0 on.`)
  }
  if (!(maxClusterSize >= 1)) throw new TandemError('invalid_input', `maxClusterSize is ${maxClusterSize}; it is a number of rows.`)
  if (clusterSelectionMethod !== 'eom' && clusterSelectionMethod !== 'leaf') {
    throw new TandemError('invalid_input', `clusterSelectionMethod is "${clusterSelectionMethod}"; it is eom or leaf.`)
  }
  checkShape(x, Math.max(2, minSamples), `HDBSCAN with minSamples ${minSamples}`)
  const control = createTrainingControl(options)
  const tree = buildKdTree(finiteSquares(x), x.rows, x.columns, control.spend)
  const condensed = condense(mutualReachabilityTree(tree, minSamples, control), minClusterSize, control.spend)
  const chosen = selectClusters(condensed, {
    ...{ method: clusterSelectionMethod, allowSingleCluster, epsilon: clusterSelectionEpsilon, maxClusterSize },
  })
  control.progress(1)
  return { kind: 'hdbscan', nClusters: chosen.length, ...labelRows(condensed, chosen, clusterSelectionEpsilon) }
}
