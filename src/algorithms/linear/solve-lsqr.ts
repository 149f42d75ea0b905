// LSQR: least squares of any matrix that can be multiplied, sparse or not, with or without a ridge. From 0 it finds the solution of
// least norm when columns depend on each other. Paige and Saunders 1982, ACM TOMS 8(1).
import type { CenteredRows } from './centered-rows.ts'

export interface LsqrOptions {
  /** Adds damp^2 |x|^2 to the squares. */
  readonly damp: number
  /** Relative size of the residual's gradient, and of the residual, at the end. */
  readonly tolerance: number
  readonly maxIterations: number
  readonly onIteration?: ((iteration: number) => void) | undefined
}

export interface LsqrResult {
  readonly solution: Float64Array
  readonly iterations: number
  readonly converged: boolean
}

/** Minimises |A x - b|^2 + damp^2 |x|^2. Cost: two products an iteration; at most about as many as A has columns, when well scaled. */
export function solveLsqr(a: CenteredRows, { damp, tolerance, maxIterations, onIteration }: LsqrOptions): LsqrResult {
  const solution = new Float64Array(a.columns)
  const u = a.target.slice()
  let beta = normalize(u)
  const v = new Float64Array(a.columns)
  if (beta > 0) a.addTransposed(u, v)
  let alpha = normalize(v)
  if (alpha * beta === 0) return { solution, iterations: 0, converged: true }
  const w = v.slice()
  const product = new Float64Array(a.rows)
  const bNorm = beta
  let rhoBar = alpha
  let phiBar = beta
  let squares = 0
  let dampPart = 0
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    onIteration?.(iteration)
    a.apply(v, product)
    takeFrom(u, product, alpha)
    beta = normalize(u)
    squares += alpha * alpha + beta * beta + damp * damp
    multiplyBy(v, -beta)
    if (beta > 0) a.addTransposed(u, v)
    alpha = normalize(v)
    // Turns away the damping, then the subdiagonal.
    const rhoDamped = Math.hypot(rhoBar, damp)
    const c1 = rhoBar / rhoDamped
    const s1 = damp / rhoDamped
    dampPart = Math.hypot(dampPart, s1 * phiBar)
    phiBar *= c1
    const rho = Math.hypot(rhoDamped, beta)
    const c = rhoDamped / rho
    const s = beta / rho
    const theta = s * alpha
    const phi = c * phiBar
    rhoBar = -c * alpha
    phiBar *= s
    advance(solution, w, v, phi / rho, theta / rho)
    // Beyond the range of numbers nothing comes back, and the caller refuses it.
    if (Number.isNaN(solution[0])) break
    const residual = Math.hypot(phiBar, dampPart)
    const gradient = alpha * Math.abs(s * phi)
    if (residual <= tolerance * bNorm || gradient <= tolerance * Math.sqrt(squares) * residual) {
      return { solution, iterations: iteration, converged: true }
    }
  }
  return { solution, iterations: maxIterations, converged: false }
}

function normalize(values: Float64Array): number {
  let squares = 0
  for (let at = 0; at < values.length; at++) squares += values[at]! * values[at]!
  const length = Math.sqrt(squares)
  if (length > 0) multiplyBy(values, 1 / length)
  return length
}

function multiplyBy(values: Float64Array, factor: number): void {
  for (let at = 0; at < values.length; at++) values[at]! *= factor
}

/** u = product - alpha u */
function takeFrom(u: Float64Array, product: Float64Array, alpha: number): void {
  for (let at = 0; at < u.length; at++) u[at] = product[at]! - alpha * u[at]!
}

function advance(solution: Float64Array, w: Float64Array, v: Float64Array, along: number, kept: number): void {
  for (let at = 0; at < solution.length; at++) {
    solution[at]! += along * w[at]!
    w[at] = v[at]! - kept * w[at]!
  }
}
