// Principal components: the directions in which rows differ most.
// Source: Pearson 1901; Jolliffe, Principal Component Analysis, 2002; signs as scikit-learn's svd_flip.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { symmetricEigen } from '../math/symmetric-eigen.ts'
import { type ProgressOptions, type Spend, watchWork } from '../tree/training-control.ts'
import { columnScatter } from './column-scatter.ts'
import { checkedRows, checkShape, finiteRows } from './dense-rows.ts'
import { fewRowComponents } from './few-row-components.ts'
import { powerOfTwoFor } from './matrix-products.ts'
import { projectRows } from './project-rows.ts'

/** `onProgress` is told about every 10 ms, of how much of the work to expect is done. */
export interface PcaOptions extends ProgressOptions {
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

/** Of rows or of columns, whichever are fewer: beyond, their products no longer fit the memory and time of a request. */
export const MOST_COMPONENTS = 2048
/** Squares of larger values are no numbers. */
const LARGEST = 1e150
/** Sums of squares between which no digits are lost. */
const RANGE = [1e-200, 1e250] as const

/**
 * Exact: by the covariances of the columns, or by the products of the rows where these are fewer. Variances are right to rounding of the
 * largest one, as with scikit-learn's `covariance_eigh`. Columns of different units should be scaled first.
 *
 * Cost: O(rows x columns x the lesser + the lesser^3) time; 80 x the lesser^2 bytes, and three times the values where rows are fewer.
 *
 * @throws   `too_few_rows` below 2 rows; `shape_mismatch`; `invalid_input` for NaN, infinite values, those beyond 1e150 and nComponents out of
 *           range; `memory_limit` above 2048 rows and columns; `canceled` when `isCanceled` said so, asked about every 10 ms.
 * @example
 * const pca = fitPca(x, { nComponents: 2 })
 * const points = transformPca(pca, x)
 */
export function fitPca(x: DenseMatrix, { nComponents, ...watch }: PcaOptions = {}): Pca {
  checkShape(x, 2, 'PCA')
  const { rows, columns } = x
  const most = Math.min(rows, columns)
  if (most > MOST_COMPONENTS) {
    throw new TandemError(
      'memory_limit',
      `PCA of ${rows} rows and ${columns} columns needs ${most} x ${most} products; of the fewer of both, ${MOST_COMPONENTS} are the limit. Drop columns, or take fitTruncatedSvd for the first few directions.`,
      { details: { rows, columns, most: MOST_COMPONENTS } },
    )
  }
  const wanted = nComponents ?? most
  if (!(wanted > 0 && (wanted < 1 || (Number.isInteger(wanted) && wanted <= most)))) {
    throw new TandemError(
      'invalid_input',
      `nComponents is ${wanted}; it is a whole number from 1 to ${most}, the lesser of rows and columns, or a share below 1.`,
    )
  }
  const count = wanted < 1 ? most : wanted
  // The products of all pairs, and what eigenvectors take of them; from fewer rows than columns, these turned back.
  const turned = rows < columns ? count * ((rows * columns) / 2 + 1.5 * columns * count + 1.4 * count * count) : 0
  const spend = watchWork((rows * columns * most) / 4 + most * most * (1.3 * most + count) + turned, watch)
  const { means, values, vectors, scale } = rows < columns ? byRows(x, count, spend) : byColumns(x, count, spend)
  const positive = values.map((value) => Math.max(0, value))
  const total = positive.reduce((sum, value) => sum + value, 0)
  const ratios = positive.map((value) => (total > 0 ? value / total : 0))
  const kept = wanted < 1 ? enoughFor(ratios, wanted, most) : wanted
  const components = vectors.slice(0, kept * columns)
  for (let component = 0; component < kept; component++)
    makeLargestPositive(components.subarray(component * columns, (component + 1) * columns))
  watch.onProgress?.(1)
  return {
    kind: 'pca',
    nFeatures: columns,
    nComponents: kept,
    means,
    components,
    explainedVariance: positive.slice(0, kept).map((value) => (value / (rows - 1)) * scale * scale),
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
  return projectRows({ ...x, values }, components, nComponents, means)
}

/** Sums of squares along each direction, of values divided by `scale`. */
interface Directions {
  readonly means: Float64Array
  readonly values: Float64Array
  readonly vectors: Float64Array
  readonly scale: number
}

function byColumns(x: DenseMatrix, count: number, spend: Spend): Directions {
  const { columns } = x
  let { means, scatter } = columnScatter(x, spend)
  const largest = largestSquares(scatter, columns)
  // Whatever is no number shows in the squares of its column.
  if (!Number.isFinite(largest)) finiteRows(x, LARGEST)
  let scale = 1
  if (!(largest > RANGE[0] && largest < RANGE[1])) {
    const rest = differences(x, means)
    scale = rest.scale
    scatter = columnScatter({ ...x, values: rest.values }, spend).scatter
  }
  return { means, scale, ...symmetricEigen(scatter, columns, { count, spend }) }
}

function byRows(x: DenseMatrix, count: number, spend: Spend): Directions {
  const { columns } = x
  const finite = finiteRows(x, LARGEST)
  // From the first row, so that a column of one value has exactly that as its mean.
  const sums = new Float64Array(columns)
  for (let row = 0, at = 0; row < x.rows; row++) {
    for (let column = 0; column < columns; column++, at++) sums[column]! += finite[at]! - finite[column]!
  }
  const means = sums.map((sum, column) => finite[column]! + sum / x.rows)
  const { values, scale } = differences({ ...x, values: finite }, means)
  return { means, scale, ...fewRowComponents({ ...x, values }, count, spend) }
}

function largestSquares(scatter: Float64Array, columns: number): number {
  let most = 0
  for (let at = 0; at < scatter.length; at += columns + 1) most = Math.max(most, scatter[at]!)
  return most
}

/** From the means, divided by a power of two near the largest of them. */
function differences(
  { rows, columns, values }: DenseMatrix,
  means: Float64Array,
): { readonly values: Float64Array; readonly scale: number } {
  const rest = new Float64Array(values.length)
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) rest[at] = values[at]! - means[column]!
  }
  const scale = powerOfTwoFor(rest)
  for (let at = 0; at < rest.length; at++) rest[at]! /= scale
  return { values: rest, scale }
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
