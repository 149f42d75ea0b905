// The smooth part of learners with one score a row: mean loss (logistic or squared hinge) plus an L2 penalty, with gradient and curvature.
import { addSquares, type FeatureMatrix } from './feature-matrix.ts'
import { createHeapRows } from './heap-rows.ts'
import type { CurvedObjective } from './minimize-newton-cg.ts'
import { addPenaltyCurvature, addSquaredPenalty } from './squared-penalty.ts'
import { sumOf } from './training-targets.ts'

export interface ScoredRows {
  /**
   * Mean loss over the weighted rows plus `l2 / 2` times the squares of the coefficients. A point holds the coefficients, then, with
   * `fitIntercept`, the intercept. Objectives of the same rows share their memory: one at a time.
   *
   * @param targets  0 or 1 for `logistic`, -1 or 1 for `hinge`; one a row.
   */
  objective(loss: 'logistic' | 'hinge', targets: ArrayLike<number>, l2: number, fitIntercept: boolean): CurvedObjective
}

/** Rows that stay in the processor's first cache between their scores, their losses and their slopes; even. */
const BLOCK_ROWS = 256

/** @throws `memory_limit` when rows and work need more than 4 GB. */
export function createScoredRows(x: FeatureMatrix, weights: Float64Array): ScoredRows {
  const { columns } = x
  const doubles = (x.rows + 3) * 8
  const { rows, at } = createHeapRows(x, 0, (take, width) => ({
    w: take(width * 8),
    sums: take(width * 8),
    scores: take((BLOCK_ROWS + 3) * 8),
    targets: take(doubles),
    shares: take(doubles),
    curvatures: take(doubles),
    totals: take(32),
  }))
  const { kernels, views, width } = rows
  const { f64 } = views
  const part = (offset: number, length: number): Float64Array => f64.subarray(offset >>> 3, (offset >>> 3) + length)
  const [w, sums, totals, curvatures] = [part(at.w, width), part(at.sums, width), part(at.totals, 4), part(at.curvatures, x.rows)]
  const total = sumOf(weights)
  for (let row = 0; row < x.rows; row++) f64[(at.shares >>> 3) + row] = weights[row]! / total
  const objective: ScoredRows['objective'] = (loss, targets, l2, fitIntercept) => {
    const losses = loss === 'logistic' ? kernels.logisticLosses : kernels.hingeLosses
    f64.set(targets, at.targets >>> 3)
    const finish = (result: Float64Array, ofIntercept: number): void => {
      result.set(sums.subarray(0, columns))
      if (fitIntercept) result[columns] = ofIntercept
    }
    return {
      evaluate(point, gradient) {
        w.set(point.subarray(0, columns))
        sums.fill(0)
        totals.fill(0)
        for (let from = 0; from < x.rows; from += BLOCK_ROWS) {
          const n = Math.min(BLOCK_ROWS, x.rows - from)
          // Behind the last row kernels read scores of 0.
          if (n < BLOCK_ROWS) f64.fill(0, (at.scores >>> 3) + n, (at.scores >>> 3) + n + 3)
          rows.scores(at.w, fitIntercept ? point[columns]! : 0, from, n, at.scores)
          losses(at.scores, at.targets + from * 8, at.shares + from * 8, at.curvatures + from * 8, n, at.totals)
          rows.add(at.scores, from, n, at.sums)
        }
        finish(gradient, totals[2]! + totals[3]!)
        return totals[0]! + totals[1]! + addSquaredPenalty(point, gradient, columns, l2)
      },
      multiplyHessian(v, result) {
        w.set(v.subarray(0, columns))
        sums.fill(0)
        finish(result, rows.curve(at.w, fitIntercept ? v[columns]! : 0, at.curvatures, at.sums))
        addSquaredPenalty(v, result, columns, l2)
      },
      diagonal(result) {
        result.fill(0)
        addSquares(x, curvatures, result, 0)
        if (fitIntercept) result[columns] = sumOf(curvatures)
        addPenaltyCurvature(result, columns, l2)
      },
    }
  }
  return { objective }
}
