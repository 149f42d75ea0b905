// The four shapes of covariance that a Gaussian mixture may have: what they need to be, their factors and their parameters.
import { TandemError } from '../../errors.ts'
import { log } from '../math/exponential.ts'

/** Each component its own matrix; one matrix for all; each component a variance a column; each component one variance. */
export type CovarianceType = 'full' | 'tied' | 'diag' | 'spherical'

/** Numbers of all covariances: k x d x d, d x d, k x d or k. */
export function covarianceLength(type: CovarianceType, k: number, d: number): number {
  if (type === 'full') return k * d * d
  if (type === 'tied') return d * d
  return type === 'diag' ? k * d : k
}

/** Free parameters of a mixture, as BIC and AIC count them. */
export function parameterCount(type: CovarianceType, k: number, d: number): number {
  const triangle = (d * (d + 1)) / 2
  const covariances = { full: k * triangle, tied: triangle, diag: k * d, spherical: k }[type]
  return covariances + k * d + k - 1
}

export interface PrecisionFactors {
  /** Inverse of the lower Cholesky factor of each matrix, or 1 / deviation; laid out as the covariances. */
  readonly factors: Float64Array
  /** ln of the determinant of each component's factor. */
  readonly logDeterminants: Float64Array
}

/**
 * @throws `invalid_input` for a covariance that is not positive definite, with its component.
 */
export function precisionFactors(type: CovarianceType, covariances: Float64Array, k: number, d: number): PrecisionFactors {
  const factors = new Float64Array(covariances.length)
  const logDeterminants = new Float64Array(k)
  if (type === 'full' || type === 'tied') {
    for (let at = 0; at < covariances.length / (d * d); at++) {
      const size = d * d
      invertCholesky(covariances.subarray(at * size, (at + 1) * size), d, factors.subarray(at * size, (at + 1) * size), at)
      for (let column = 0; column < d; column++) logDeterminants[at]! += log(factors[at * size + column * d + column]!)
    }
    if (type === 'tied') logDeterminants.fill(logDeterminants[0]!)
    return { factors, logDeterminants }
  }
  const each = type === 'diag' ? d : 1
  for (let at = 0; at < covariances.length; at++) {
    const component = Math.floor(at / each)
    if (!(covariances[at]! > 0)) throw notPositive(component)
    factors[at] = 1 / Math.sqrt(covariances[at]!)
    logDeterminants[component]! += log(factors[at]!) * (type === 'diag' ? 1 : d)
  }
  return { factors, logDeterminants }
}

function notPositive(component: number): TandemError {
  return new TandemError(
    'invalid_input',
    `The covariance of component ${component} is not positive definite: its rows differ in too few directions. Ask for fewer components, or set regCovar higher.`,
    { details: { component } },
  )
}

/** Inverse of the lower Cholesky factor, lower triangular, row-major. */
function invertCholesky(matrix: Float64Array, d: number, inverse: Float64Array, component: number): void {
  const lower = new Float64Array(d * d)
  for (let row = 0; row < d; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * d + column]!
      for (let at = 0; at < column; at++) sum -= lower[row * d + at]! * lower[column * d + at]!
      if (row !== column) lower[row * d + column] = sum / lower[column * d + column]!
      else if (sum > 0) lower[row * d + row] = Math.sqrt(sum)
      else throw notPositive(component)
    }
  }
  for (let column = 0; column < d; column++) {
    inverse[column * d + column] = 1 / lower[column * d + column]!
    for (let row = column + 1; row < d; row++) {
      let sum = 0
      for (let at = column; at < row; at++) sum -= lower[row * d + at]! * inverse[at * d + column]!
      inverse[row * d + column] = sum / lower[row * d + row]!
    }
  }
}
