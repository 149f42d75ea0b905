// Principal components: the directions in which rows differ most.
// Source: Pearson 1901; Jolliffe, Principal Component Analysis, 2002; signs as scikit-learn's svd_flip.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { symmetricEigen } from '../math/symmetric-eigen.ts'
import { checkedRows } from './dense-rows.ts'

export interface PcaOptions {
  /** Components kept; a share below 1 keeps as many as explain that share of the variance. Default: all, at most rows and columns. */
  readonly nComponents?: number
}

export interface Pca {
  readonly kind: 'pca'
  readonly nFeatures: number
  readonly nComponents: number
  readonly means: Float64Array
  /** Shape (nComponents, nFeatures); the largest entry of each is positive. */
  readonly components: Float64Array
  readonly explainedVariance: Float64Array
  readonly explainedVarianceRatio: Float64Array
}

/** Above it the matrix of covariances no longer fits the memory and time of a request. */
const MOST_COLUMNS = 1000

/**
 * Exact, by the covariances of the columns. Columns of different units should be scaled first.
 *
 * Cost: O(rows x columns^2 + columns^3) time, 16 x columns^2 bytes.
 *
 * @throws   `too_few_rows` below 2 rows; `shape_mismatch`; `invalid_input` for NaN, infinite values and nComponents out of range;
 *           `memory_limit` above 1000 columns.
 * @example
 * const pca = fitPca(x, { nComponents: 2 })
 * const points = transformPca(pca, x)
 */
export function fitPca(x: DenseMatrix, { nComponents }: PcaOptions = {}): Pca {
  const values = checkedRows(x, 2, 'PCA')
  const { rows, columns } = x
  if (columns > MOST_COLUMNS) {
    throw new TandemError(
      'memory_limit',
      `PCA of ${columns} columns needs their ${columns} x ${columns} covariances; ${MOST_COLUMNS} columns are the limit. Drop columns first.`,
    )
  }
  const most = Math.min(rows, columns)
  const wanted = nComponents ?? most
  if (!(wanted > 0 && (wanted < 1 || (Number.isInteger(wanted) && wanted <= most)))) {
    throw new TandemError(
      'invalid_input',
      `nComponents is ${wanted}; it is a whole number from 1 to ${most}, the lesser of rows and columns, or a share below 1.`,
    )
  }
  const means = new Float64Array(columns)
  for (let from = 0; from < values.length; from += columns) {
    for (let column = 0; column < columns; column++) means[column]! += values[from + column]! / rows
  }
  const { values: variances, vectors } = symmetricEigen(covariances(values, rows, columns, means), columns)
  const total = variances.reduce((sum, value) => sum + value, 0)
  const positive = variances.map((value) => Math.max(0, value))
  const ratios = positive.map((value) => (total > 0 ? value / total : 0))
  const kept = wanted < 1 ? enoughFor(ratios, wanted, most) : wanted
  const components = vectors.slice(0, kept * columns)
  for (let component = 0; component < kept; component++)
    makeLargestPositive(components.subarray(component * columns, (component + 1) * columns))
  return {
    kind: 'pca',
    nFeatures: columns,
    nComponents: kept,
    means,
    components,
    explainedVariance: positive.slice(0, kept),
    explainedVarianceRatio: ratios.slice(0, kept),
  }
}

/**
 * Rows in the space of the components, shape (rows, nComponents).
 *
 * @throws   `shape_mismatch` for another number of columns; `invalid_input` for NaN and infinite values.
 */
export function transformPca({ nFeatures, nComponents, means, components }: Pca, x: DenseMatrix): Float64Array {
  const values = checkedRows(x, 0, 'transformPca')
  if (x.columns !== nFeatures) {
    throw new TandemError('shape_mismatch', `The rows have ${x.columns} columns, but the components were learned from ${nFeatures}.`)
  }
  const projected = new Float64Array(x.rows * nComponents)
  for (let row = 0; row < x.rows; row++) {
    for (let component = 0; component < nComponents; component++) {
      let sum = 0
      for (let column = 0; column < nFeatures; column++) {
        sum += (values[row * nFeatures + column]! - means[column]!) * components[component * nFeatures + column]!
      }
      projected[row * nComponents + component] = sum
    }
  }
  return projected
}

function covariances(values: Float64Array, rows: number, columns: number, means: Float64Array): Float64Array {
  const matrix = new Float64Array(columns * columns)
  const centered = new Float64Array(columns)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) centered[column] = values[row * columns + column]! - means[column]!
    for (let column = 0; column < columns; column++) {
      const value = centered[column]!
      for (let other = 0; other <= column; other++) matrix[column * columns + other]! += value * centered[other]!
    }
  }
  for (let column = 0; column < columns; column++) {
    for (let other = 0; other <= column; other++) {
      const value = matrix[column * columns + other]! / (rows - 1)
      matrix[column * columns + other] = value
      matrix[other * columns + column] = value
    }
  }
  return matrix
}

function enoughFor(ratios: Float64Array, share: number, most: number): number {
  let sum = 0
  for (let at = 0; at < most; at++) {
    sum += ratios[at]!
    if (sum > share) return at + 1
  }
  return most
}

export function makeLargestPositive(vector: Float64Array): void {
  let largest = 0
  for (let at = 1; at < vector.length; at++) if (Math.abs(vector[at]!) > Math.abs(vector[largest]!)) largest = at
  if (vector[largest]! < 0) for (let at = 0; at < vector.length; at++) vector[at] = -vector[at]!
}
