// Weighted, centred rows as an operator: a linear regression learns on differences from the mean, and a sparse matrix must not be
// filled with minus the mean to get them. Row r of the operator is sqrt(weight[r]) (X[r] - mean).

import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { addTransposed, type FeatureMatrix, isSparse, multiply } from './feature-matrix.ts'
import { sumOf } from './training-targets.ts'

export interface CenteredRows {
  readonly rows: number
  readonly columns: number
  /** Weighted mean of each column; zeros without an intercept. */
  readonly means: Float64Array
  readonly targetMean: number
  /** 1 for each column of one value, which has no part in the products. */
  readonly isConstant: Uint8Array
  /** sqrt(weight) (y - mean of y). */
  readonly target: Float64Array
  /** Square roots of the weights. */
  readonly scale: Float64Array
  /** A v */
  apply(v: Float64Array, result: Float64Array): void
  /** A' u, added to `result`. */
  addTransposed(u: Float64Array, result: Float64Array): void
}

export function centeredRows(x: FeatureMatrix, y: ArrayLike<number>, weights: Float64Array, fitIntercept: boolean): CenteredRows {
  const { rows, columns } = x
  const total = sumOf(weights)
  const means = new Float64Array(columns)
  let targetMean = 0
  let isConstant = new Uint8Array(columns)
  if (fitIntercept && total > 0) {
    addTransposed(x, weights, means, 0)
    for (let column = 0; column < columns; column++) means[column]! /= total
    isConstant = takeConstantsFor(means, x)
    for (let row = 0; row < rows; row++) targetMean += (weights[row]! / total) * y[row]!
  }
  const scale = weights.map(Math.sqrt)
  const target = scale.map((root, row) => root * (y[row]! - targetMean))
  const scaled = new Float64Array(rows)
  return {
    rows,
    columns,
    means,
    targetMean,
    isConstant,
    target,
    scale,
    apply(v, result) {
      let shift = 0
      for (let column = 0; column < columns; column++) shift += means[column]! * v[column]!
      multiply(x, v, 0, -shift, result)
      for (let row = 0; row < rows; row++) result[row]! *= scale[row]!
    },
    addTransposed(u, result) {
      let sum = 0
      for (let row = 0; row < rows; row++) {
        scaled[row] = u[row]! * scale[row]!
        sum += scaled[row]!
      }
      addTransposed(x, scaled, result, 0)
      // Of a constant column only rounding would be left.
      for (let column = 0; column < columns; column++)
        result[column] = isConstant[column] === 1 ? 0 : result[column]! - sum * means[column]!
    },
  }
}

/**
 * Sets the mean of a column of one value to exactly that value. Its rounded mean would leave a difference of a last digit, which is
 * a column like any other to a solver. Returns 1 for each such column.
 */
function takeConstantsFor(means: Float64Array, x: FeatureMatrix): Uint8Array<ArrayBuffer> {
  const { rows, columns } = x
  const isConstant = new Uint8Array(columns)
  // A column with gaps has zeros too.
  if (isSparse(x) && !hasFullColumn(x)) return isConstant
  const value = new Float64Array(columns)
  const count = new Int32Array(columns)
  const see = (column: number, seen: number): void => {
    if (count[column] === 0) value[column] = seen
    // Negative: two values were seen.
    count[column] = count[column]! >= 0 && seen === value[column] ? count[column]! + 1 : -1
  }
  if (isSparse(x)) for (let at = 0; at < x.indices.length; at++) see(x.indices[at]!, x.values[at]!)
  else for (let at = 0; at < x.values.length; at++) see(at % columns, x.values[at]!)
  for (let column = 0; column < columns; column++) {
    if (count[column] !== rows) continue
    isConstant[column] = 1
    means[column] = value[column]!
  }
  return isConstant
}

/** Whether all rows have an entry in the same column. */
function hasFullColumn({ rows, columns, indices }: CsrMatrix): boolean {
  if (indices.length < rows) return false
  const counts = new Int32Array(columns)
  for (let at = 0; at < indices.length; at++) counts[indices[at]!]!++
  return counts.includes(rows)
}

/** The intercept that belongs to coefficients learned on centred rows. */
export function interceptOf({ means, targetMean }: Pick<CenteredRows, 'means' | 'targetMean'>, coefficients: Float64Array): number {
  let shift = 0
  for (let column = 0; column < means.length; column++) shift += means[column]! * coefficients[column]!
  return targetMean - shift
}
