// Makes the vectors of a block orthonormal by the Cholesky factor of their products, twice where it must be exact; where they depend on
// each other, by the eigenvectors of the products, and what depends becomes 0.
// Source: Yamamoto et al., "Roundoff error analysis of the CholeskyQR2 algorithm", 2015; Stathopoulos and Wu, "A block
// orthogonalization procedure with constant synchronization requirements", 2002.
import { symmetricEigen } from '../math/symmetric-eigen.ts'
import type { Spend } from '../tree/training-control.ts'
import type { MatrixProducts } from './matrix-products.ts'

/** A pivot this small beside its diagonal means that a vector is mostly rounding after the others are taken out. */
const DEPENDENT = 1e-12
const NOTHING = 1e-14

/**
 * Orthonormal vectors of the same span in `to`; `block` keeps its values.
 *
 * @returns how far apart the longest and the shortest vector are once the others are taken out; Infinity where some depend on others.
 */
export function orthonormalise(products: MatrixProducts, block: number, n: number, to: number): number {
  const { p, views, factor, spend } = products
  const gram = products.gramOf(block, n)
  const inverse = inverseCholesky(gram, p, spend)
  views.f64.set(inverse ?? inverseRoot(gram, p, spend), factor >>> 3)
  products.timesFactor(block, n, inverse !== undefined, to)
  return inverse ? spreadOf(inverse, p) : Number.POSITIVE_INFINITY
}

function spreadOf(inverse: Float64Array, p: number): number {
  let [least, most] = [Number.POSITIVE_INFINITY, 0]
  for (let at = 0; at < p; at++) {
    const length = inverse[at * p + at]!
    if (length === 0) continue
    least = Math.min(least, length)
    most = Math.max(most, length)
  }
  return most === 0 ? 1 : most / least
}

/** Upper triangular R^-1 with Gram = R'R; undefined when vectors depend on each other. Vectors of zeros stay what they are. */
function inverseCholesky(gram: Float64Array, p: number, spend: Spend): Float64Array | undefined {
  const lower = new Float64Array(p * p)
  for (let row = 0; row < p; row++) {
    spend(row * row)
    for (let column = 0; column <= row; column++) {
      let sum = gram[row * p + column]!
      for (let at = 0; at < column; at++) sum -= lower[row * p + at]! * lower[column * p + at]!
      if (gram[row * p + row] === 0 || gram[column * p + column] === 0) lower[row * p + column] = 0
      else if (row !== column) lower[row * p + column] = sum / lower[column * p + column]!
      else if (sum > DEPENDENT * gram[row * p + row]!) lower[row * p + row] = Math.sqrt(sum)
      else return undefined
    }
  }
  const inverse = new Float64Array(p * p)
  for (let column = 0; column < p; column++) {
    spend((p - column) ** 2)
    if (gram[column * p + column] === 0) continue
    inverse[column * p + column] = 1 / lower[column * p + column]!
    for (let row = column + 1; row < p; row++) {
      if (gram[row * p + row] === 0) continue
      let sum = 0
      for (let at = column; at < row; at++) sum -= lower[row * p + at]! * inverse[column * p + at]!
      inverse[column * p + row] = sum / lower[row * p + row]!
    }
  }
  return inverse
}

/** Eigenvectors of the Gram matrix over the roots of their values; columns of zeros where there is nothing left. */
function inverseRoot(gram: Float64Array, p: number, spend: Spend): Float64Array {
  const { values, vectors } = symmetricEigen(gram, p, { spend })
  const factor = new Float64Array(p * p)
  for (let at = 0; at < p; at++) {
    if (!(values[at]! > NOTHING * values[0]!)) continue
    const root = Math.sqrt(values[at]!)
    for (let row = 0; row < p; row++) factor[row * p + at] = vectors[at * p + row]! / root
  }
  return factor
}
