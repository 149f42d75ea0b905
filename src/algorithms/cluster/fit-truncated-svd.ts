// The leading singular vectors of a dense or sparse matrix; of TF-IDF rows they are latent semantic analysis.
// Source: Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 2011, algorithms 4.4 and 5.1; signs as
// scikit-learn's svd_flip.
import { TandemError } from '../../errors.ts'
import { addTransposed, checkFeatureMatrix, type FeatureMatrix, isSparse } from '../linear/feature-matrix.ts'
import type { Engine } from '../math/heap.ts'
import { createRng } from '../math/rng.ts'
import { symmetricEigen } from '../math/symmetric-eigen.ts'
import { checkCount } from './dense-rows.ts'
import { makeLargestPositive } from './fit-pca.ts'
import { createMatrixProducts, type MatrixProducts } from './matrix-products.ts'
import { orthonormalise } from './orthonormal-block.ts'
import { projectRows } from './project-rows.ts'

export interface TruncatedSvdOptions {
  /** Singular vectors kept, at most rows and columns. Default 2. */
  readonly nComponents?: number
  /** `randomized`: near enough after `nIter` passes (default); `exact`: passes until the vectors stand still. */
  readonly algorithm?: 'randomized' | 'exact'
  /** Passes over the matrix and back, beside the first. Default 5. */
  readonly nIter?: number
  /** Vectors carried along beside those kept. Default 10. */
  readonly nOversamples?: number
  readonly randomState?: number
  /** `typescript` computes without WebAssembly: the same model, more slowly. */
  readonly engine?: Engine
  /** Called after each pass; throwing ends the work. */
  readonly onIteration?: (iteration: number) => void
}

/** Plain data, to be stored as it is. */
export interface TruncatedSvd {
  readonly kind: 'truncated-svd'
  readonly nFeatures: number
  readonly nComponents: number
  /** Right singular vectors, shape (nComponents, nFeatures); the largest entry of each is positive. Zeros beyond the rank. */
  readonly components: Float64Array
  /** Descending. */
  readonly singularValues: Float64Array
  /** Variance of the projected rows, and its share of the variance of all columns. */
  readonly explainedVariance: Float64Array
  readonly explainedVarianceRatio: Float64Array
}

/** Vectors stand still when none of their entries moves by more between looks. */
const STILL = 1e-11
const LOOK_EVERY = 5
const MOST_PASSES = 2000
/** Lengths this far apart, and once more by the next product, leave a Cholesky factor a few digits to spare. */
const NEAR = 100

/**
 * Projects rows on few directions without centering them, so sparse rows stay sparse.
 *
 * Cost: O(entries x (nComponents + nOversamples)) a pass; both orders of the matrix and two blocks of (rows + columns) x
 * (nComponents + nOversamples) doubles.
 *
 * @throws   `invalid_input` for nComponents beyond rows or columns, NaN, infinite values and those beyond 1e150;
 *           `shape_mismatch`; `memory_limit` beyond 4 GB.
 * @example
 * const svd = fitTruncatedSvd(tfidf, { nComponents: 100, randomState: 7 })
 * const topics = transformTruncatedSvd(svd, tfidf)
 */
export function fitTruncatedSvd(x: FeatureMatrix, options: TruncatedSvdOptions = {}): TruncatedSvd {
  const { nComponents = 2, algorithm = 'randomized', nIter = 5, nOversamples = 10, randomState = 0, engine, onIteration } = options
  checkFeatureMatrix(x)
  checkOptions(x, { nComponents, algorithm, nIter, nOversamples })
  checkSquares(x)
  const most = Math.min(x.rows, x.columns)
  // Far vectors come to rest slowly, so the exact ones carry more along.
  const wanted = Math.min(most, algorithm === 'exact' ? 2 * nComponents + nOversamples : nComponents + nOversamples)
  const products = createMatrixProducts(x, Math.ceil(wanted / 8) * 8, engine)
  const { columns, tall, wide } = products
  drawStart(products, wanted, randomState)
  const passes = algorithm === 'exact' ? MOST_PASSES : nIter
  let before: Float64Array | undefined
  let skipped = false
  for (let pass = 0; ; pass++) {
    // From the block wide[0] to orthonormal vectors of the rows in tall[1], and back.
    products.times(wide[0], tall[0])
    const spread = orthonormalise(products, tall[0], x.rows, tall[1])
    products.transposedTimes(tall[1], wide[0])
    onIteration?.(pass + 1)
    if (pass >= passes) break
    if (algorithm === 'exact' && pass % LOOK_EVERY === 0) {
      const { components } = leading(products, nComponents)
      if (before && largestChange(before, components) < STILL) break
      before = components
    }
    // Vectors of about one length lose nothing on the way to the rows, where they are made orthonormal again.
    const skips: boolean = (skipped ? Math.sqrt(spread) : spread) < NEAR
    if (!skips) {
      orthonormalise(products, wide[0], columns, wide[1])
      products.kernels.copy(wide[0], wide[1], columns * products.p * 8)
    }
    skipped = skips
  }
  // Once more: then the vectors of the rows are orthonormal to the last digits.
  orthonormalise(products, tall[1], x.rows, tall[0])
  products.transposedTimes(tall[0], wide[0])
  const { components, singularValues } = leading(products, nComponents)
  return { kind: 'truncated-svd', nFeatures: columns, nComponents, components, singularValues, ...explained(x, products, nComponents) }
}

function checkOptions(
  x: FeatureMatrix,
  {
    nComponents,
    algorithm,
    nIter,
    nOversamples,
  }: Required<Pick<TruncatedSvdOptions, 'nComponents' | 'algorithm' | 'nIter' | 'nOversamples'>>,
): void {
  checkCount('nComponents', nComponents)
  const most = Math.min(x.rows, x.columns)
  if (nComponents > most) {
    throw new TandemError(
      'invalid_input',
      `nComponents is ${nComponents}, but a matrix of ${x.rows} rows and ${x.columns} columns has ${most} singular values. Ask for at most that.`,
      { details: { nComponents, most } },
    )
  }
  if (algorithm !== 'randomized' && algorithm !== 'exact') {
    throw new TandemError('invalid_input', `algorithm is "${algorithm}"; it is randomized or exact.`)
  }
  for (const [name, value] of Object.entries({ nIter, nOversamples })) {
    if (!Number.isInteger(value) || value < 0)
      throw new TandemError('invalid_input', `${name} is ${value}; it is a whole number from 0 on.`)
  }
}

const LARGEST = 1e150

function checkSquares({ values }: FeatureMatrix): void {
  let most = 0
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!))
  if (most > LARGEST) {
    throw new TandemError(
      'invalid_input',
      `An entry is as large as ${most}; squares of values beyond ${LARGEST} are no numbers. Scale the matrix.`,
    )
  }
}

/** Below so many entries two vectors of random signs are easily the same one, and what it would have found is lost. */
const FEW_SIGNS = 64

/** Random signs, as good as normal numbers where there are many; columns of the block beyond those wanted stay 0. */
function drawStart({ columns, p, views: { f64 }, wide }: MatrixProducts, wanted: number, randomState: number): void {
  const rng = createRng(randomState)
  for (let row = 0, to = wide[0] >>> 3; row < columns; row++, to += p) {
    let bits = 0
    for (let at = 0; at < wanted; at++) {
      if (columns < FEW_SIGNS) {
        f64[to + at] = 2 * rng.next() - 1
        continue
      }
      if ((at & 31) === 0) bits = rng.uint32() | 0
      f64[to + at] = 1 - 2 * ((bits >>> (at & 31)) & 1)
    }
  }
}

/** Singular values and right vectors within the span: wide[0] = A'Q, so its products are those of Q'A A'Q. */
function leading(products: MatrixProducts, k: number): { components: Float64Array; singularValues: Float64Array } {
  const { columns, p, scale, wide, views } = products
  const { values, vectors } = symmetricEigen(products.gramOf(wide[0], columns), p)
  const factor = new Float64Array(p * p)
  const singularValues = new Float64Array(k)
  for (let at = 0; at < k; at++) {
    // What is below rounding of the largest is nothing.
    const value = values[at]! > 1e-28 * values[0]! ? Math.sqrt(values[at]!) : 0
    singularValues[at] = value * scale
    for (let row = 0; row < p && value > 0; row++) factor[row * p + at] = vectors[at * p + row]! / value
  }
  views.f64.set(factor, products.factor >>> 3)
  products.timesFactor(wide[0], columns, false, wide[1])
  const components = new Float64Array(k * columns)
  for (let component = 0; component < k; component++) {
    for (let column = 0; column < columns; column++) {
      components[component * columns + column] = views.f64[(wide[1] >>> 3) + column * p + component]!
    }
    makeLargestPositive(components.subarray(component * columns, (component + 1) * columns))
  }
  return { components, singularValues }
}

function largestChange(before: Float64Array, after: Float64Array): number {
  return after.reduce((most, value, at) => Math.max(most, Math.abs(value - before[at]!)), 0)
}

/** Of the rows projected on the components, which `leading` left in wide[1]. */
function explained(
  x: FeatureMatrix,
  { p, scale, wide, tall, times, views: { f64 } }: MatrixProducts,
  k: number,
): Pick<TruncatedSvd, 'explainedVariance' | 'explainedVarianceRatio'> {
  const { rows, columns } = x
  times(wide[1], tall[1])
  const projected = f64.subarray(tall[1] >>> 3, (tall[1] >>> 3) + rows * p)
  const explainedVariance = new Float64Array(k)
  for (let component = 0; component < k; component++) {
    let mean = 0
    for (let at = component; at < rows * p; at += p) mean += projected[at]! / rows
    for (let at = component; at < rows * p; at += p) explainedVariance[component]! += ((projected[at]! - mean) * scale) ** 2 / rows
  }
  const means = new Float64Array(columns)
  addTransposed(x, new Float64Array(rows).fill(1 / rows), means, 0)
  let total = 0
  if (isSparse(x)) {
    // Each entry in place of one mean's square.
    for (let column = 0; column < columns; column++) total += means[column]! ** 2
    for (let at = 0; at < x.values.length; at++) {
      const mean = means[x.indices[at]!]!
      total += ((x.values[at]! - mean) ** 2 - mean ** 2) / rows
    }
  } else for (let at = 0; at < x.values.length; at++) total += (x.values[at]! - means[at % columns]!) ** 2 / rows
  return { explainedVariance, explainedVarianceRatio: explainedVariance.map((value) => (total > 0 ? value / total : 0)) }
}

/**
 * Rows in the space of the components, shape (rows, nComponents).
 *
 * @throws   `shape_mismatch` for another number of columns; `invalid_input` for NaN and infinite values.
 */
export function transformTruncatedSvd({ nFeatures, nComponents, components }: TruncatedSvd, x: FeatureMatrix): Float64Array {
  checkFeatureMatrix(x)
  if (x.columns !== nFeatures) {
    throw new TandemError('shape_mismatch', `The rows have ${x.columns} columns, but the components were learned from ${nFeatures}.`)
  }
  return project(x, components, nComponents)
}

function project(x: FeatureMatrix, components: Float64Array, k: number): Float64Array {
  if (!isSparse(x)) return projectRows(x, components, k)
  const { rows, columns } = x
  const projected = new Float64Array(rows * k)
  const turned = new Float64Array(components.length)
  for (let component = 0; component < k; component++) {
    for (let column = 0; column < columns; column++) turned[column * k + component] = components[component * columns + column]!
  }
  for (let row = 0; row < rows; row++) {
    for (let at = x.starts[row]!; at < x.starts[row + 1]!; at++) {
      const [value, from] = [x.values[at]!, x.indices[at]! * k]
      for (let component = 0; component < k; component++) projected[row * k + component]! += value * turned[from + component]!
    }
  }
  return projected
}
