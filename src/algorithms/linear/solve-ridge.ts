// Ridge regression of sparse rows: conjugate gradients on the normal equations, scaled by their diagonal (Nocedal and Wright 2006, algorithm
// 5.3). Each iteration reads the rows once. The penalty keeps the equations well conditioned; without one LSQR is the way.
import type { CenteredRows } from './centered-rows.ts'
import { addScaled, dot } from './curvature-memory.ts'
import type { FeatureMatrix } from './feature-matrix.ts'
import { addSquares } from './feature-matrix.ts'
import { createHeapRows, type HeapRows } from './heap-rows.ts'
import type { LsqrResult } from './solve-lsqr.ts'
import { sumOf } from './training-targets.ts'

export interface RidgeSearch {
  readonly alpha: number
  /** Length of the residual of the normal equations beside that of their right side, at the end. */
  readonly tolerance: number
  readonly maxIterations: number
  readonly onIteration?: ((iteration: number) => void) | undefined
}

/** Minimises |A v - b|^2 + alpha |v|^2, A and b being `centered`, the weighted and centred rows of x and their target. */
export function solveRidge(x: FeatureMatrix, weights: Float64Array, centered: CenteredRows, search: RidgeSearch): LsqrResult {
  const { columns } = x
  const { alpha, tolerance, maxIterations, onIteration } = search
  const multiply = normalProducts(x, weights, centered, alpha)
  const solution = new Float64Array(columns)
  const residual = new Float64Array(columns)
  centered.addTransposed(centered.target, residual)
  const diagonal = diagonalOf(x, weights, centered, alpha)
  const limit = tolerance * Math.sqrt(dot(residual, residual))
  const scaled = residual.map((value, at) => value / diagonal[at]!)
  const direction = scaled.slice()
  const product = new Float64Array(columns)
  let alignment = dot(residual, scaled)
  for (let iteration = 1; alignment > 0 && iteration <= maxIterations; iteration++) {
    onIteration?.(iteration)
    multiply(direction, product)
    const length = alignment / dot(direction, product)
    addScaled(solution, direction, length)
    addScaled(residual, product, -length)
    if (Math.sqrt(dot(residual, residual)) <= limit) return { solution, iterations: iteration, converged: true }
    const next = scaleInto(scaled, residual, diagonal)
    turn(direction, scaled, next / alignment)
    alignment = next
  }
  return { solution, iterations: maxIterations, converged: !(alignment > 0) }
}

/** v to (A'A + alpha) v. */
function normalProducts(
  x: FeatureMatrix,
  weights: Float64Array,
  { means, isConstant }: CenteredRows,
  alpha: number,
): (v: Float64Array, product: Float64Array) => void {
  const { columns } = x
  const { rows, at } = createHeapRows(x, 0, (take, width) => ({
    v: take(width * 8),
    sums: take(width * 8),
    weights: take((x.rows + 3) * 8),
  }))
  const { f64 } = rows.views
  f64.set(weights, at.weights >>> 3)
  return (v, product) => {
    const total = curve(rows, at, v, -dot(means, v))
    product.set(f64.subarray(at.sums >>> 3, (at.sums >>> 3) + columns))
    for (let column = 0; column < columns; column++) {
      const own = isConstant[column] === 1 ? 0 : product[column]! - total * means[column]!
      product[column] = own + alpha * v[column]!
    }
  }
}

function curve(
  rows: HeapRows,
  at: { readonly v: number; readonly sums: number; readonly weights: number },
  v: Float64Array,
  bias: number,
): number {
  rows.views.f64.set(v, at.v >>> 3)
  rows.kernels.clear(at.sums, rows.width * 8)
  return rows.curve(at.v, bias, at.weights, at.sums)
}

function diagonalOf(x: FeatureMatrix, weights: Float64Array, { means, isConstant }: CenteredRows, alpha: number): Float64Array {
  const diagonal = new Float64Array(x.columns)
  addSquares(x, weights, diagonal, 0)
  const total = sumOf(weights)
  return diagonal.map((squares, column) => alpha + (isConstant[column] === 1 ? 0 : Math.max(0, squares - total * means[column]! ** 2)))
}

function scaleInto(scaled: Float64Array, residual: Float64Array, diagonal: Float64Array): number {
  let sum = 0
  for (let at = 0; at < scaled.length; at++) {
    scaled[at] = residual[at]! / diagonal[at]!
    sum += scaled[at]! * residual[at]!
  }
  return sum
}

function turn(direction: Float64Array, scaled: Float64Array, share: number): void {
  for (let at = 0; at < direction.length; at++) direction[at] = scaled[at]! + share * direction[at]!
}
