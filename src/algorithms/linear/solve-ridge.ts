// Ridge regression of sparse rows: conjugate gradients on the normal equations, scaled by their diagonal (Nocedal and Wright 2006, algorithm
// 5.3). Each iteration reads the rows once, and each vector in as few loops as its sums allow: with few entries a row, vectors over the
// columns take as long as the rows. The penalty keeps the equations well conditioned; without one LSQR is the way.
import type { CenteredRows } from './centered-rows.ts'
import type { FeatureMatrix } from './feature-matrix.ts'
import { createHeapRows } from './heap-rows.ts'
import type { LsqrResult } from './solve-lsqr.ts'
import { sumOf } from './training-targets.ts'

export interface RidgeSearch {
  readonly alpha: number
  /** Of each column: sum of weight x square of its entries. */
  readonly squares: Float64Array
  /** Length of the residual of the normal equations beside that of their right side, at the end. */
  readonly tolerance: number
  readonly maxIterations: number
  readonly onIteration?: ((iteration: number) => void) | undefined
}

/** Minimises |A v - b|^2 + alpha |v|^2, A and b being `centered`, the weighted and centred rows of x and their target. */
export function solveRidge(x: FeatureMatrix, weights: Float64Array, centered: CenteredRows, search: RidgeSearch): LsqrResult {
  const { tolerance, maxIterations, onIteration } = search
  const work = createWork(x, weights, centered, search)
  const { solution, residual } = work
  const limit = tolerance ** 2 * residual.reduce((sum, value) => sum + value * value, 0)
  // Of a solution of zeros and a direction of zeros.
  let alignment = advance(work, 0).alignment
  let share = 0
  for (let iteration = 1; alignment > 0 && iteration <= maxIterations; iteration++) {
    onIteration?.(iteration)
    const bias = turn(work, share)
    const { squares, alignment: next } = advance(work, alignment / multiply(work, bias))
    if (squares <= limit) return { solution, iterations: iteration, converged: true }
    share = next / alignment
    alignment = next
  }
  return { solution, iterations: maxIterations, converged: !(alignment > 0) }
}

/** Vectors over the columns. */
interface Work {
  readonly solution: Float64Array
  readonly residual: Float64Array
  readonly direction: Float64Array
  /** (A'A + alpha) direction */
  readonly product: Float64Array
  /** 1 over the diagonal of the equations. */
  readonly inverse: Float64Array
  readonly means: Float64Array
  /** 0 for columns of one value, which have no part, else 1. */
  readonly parts: Float64Array
  readonly alpha: number
  /** Writes X' diag(weights) (X direction + bias) to `product`; returns the sum of weight x (X direction + bias). */
  readonly curve: (bias: number) => number
}

function createWork(x: FeatureMatrix, weights: Float64Array, centered: CenteredRows, { alpha, squares }: RidgeSearch): Work {
  const { columns } = x
  const { means, isConstant } = centered
  const { rows, at } = createHeapRows(x, 0, (take, width) => ({
    v: take(width * 8),
    sums: take(width * 8),
    weights: take((x.rows + 3) * 8),
  }))
  const { f64 } = rows.views
  f64.set(weights, at.weights >>> 3)
  const residual = new Float64Array(columns)
  centered.addTransposed(centered.target, residual)
  const total = sumOf(weights)
  const inverse = new Float64Array(columns)
  const parts = new Float64Array(columns)
  for (let column = 0; column < columns; column++) {
    parts[column] = isConstant[column] === 1 ? 0 : 1
    inverse[column] = 1 / (alpha + parts[column]! * Math.max(0, squares[column]! - total * means[column]! ** 2))
  }
  return {
    solution: new Float64Array(columns),
    residual,
    direction: f64.subarray(at.v >>> 3, (at.v >>> 3) + columns),
    product: f64.subarray(at.sums >>> 3, (at.sums >>> 3) + columns),
    ...{ inverse, means, parts, alpha },
    curve(bias) {
      rows.kernels.clear(at.sums, rows.width * 8)
      return rows.curve(at.v, bias, at.weights, at.sums)
    },
  }
}

/** The next direction; returns what centring adds to the product of each row with it. */
function turn({ direction, residual, inverse, means }: Work, share: number): number {
  let sum = 0
  for (let at = 0; at < direction.length; at++) {
    const next = residual[at]! * inverse[at]! + share * direction[at]!
    direction[at] = next
    sum += means[at]! * next
  }
  return -sum
}

/** Writes the product of the equations and the direction; returns the direction's own product with that. */
function multiply({ direction, product, means, parts, alpha, curve }: Work, bias: number): number {
  const total = curve(bias)
  let sum = 0
  for (let at = 0; at < direction.length; at++) {
    const value = parts[at]! * (product[at]! - total * means[at]!) + alpha * direction[at]!
    product[at] = value
    sum += value * direction[at]!
  }
  return sum
}

/** Goes along the direction; returns the squares of the residual, and its product with itself scaled by the diagonal. */
function advance(
  { solution, residual, direction, product, inverse }: Work,
  length: number,
): { readonly squares: number; readonly alignment: number } {
  let squares = 0
  let alignment = 0
  for (let at = 0; at < solution.length; at++) {
    solution[at]! += length * direction[at]!
    const rest = residual[at]! - length * product[at]!
    residual[at] = rest
    squares += rest * rest
    alignment += rest * rest * inverse[at]!
  }
  return { squares, alignment }
}
