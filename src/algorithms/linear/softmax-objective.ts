// The smooth part of multinomial logistic regression: mean log loss with gradient and curvature, plus the L2 part of the penalty. All classes
// stand beside each other, so that one pass over the rows serves every class.
import { createHeapRows, type HeapRows } from './heap-rows.ts'
import type { CurvedObjective } from './minimize-newton-cg.ts'
import { addPenaltyCurvature, addSquaredPenalty } from './squared-penalty.ts'
import { type LinearTrainingSet, sumOf } from './training-targets.ts'

/**
 * A point holds `lanes` numbers for each column and then, with `fitIntercept`, `lanes` intercepts; those behind the last class stay as
 * they are at the start.
 */
export interface SoftmaxObjective extends CurvedObjective {
  readonly lanes: number
  readonly size: number
}

/** Rows whose scores stay in the processor's second cache; a multiple of four. */
const BLOCK_ROWS = 128

/** @throws `memory_limit` when rows, probabilities and coefficients need more than 4 GB. */
export function softmaxObjective(set: LinearTrainingSet, weights: Float64Array, l2: number, fitIntercept: boolean): SoftmaxObjective {
  const { x, y, classes } = set
  const lanes = Math.ceil(classes / 4) * 4
  const count = x.columns * lanes
  const size = count + (fitIntercept ? lanes : 0)
  const { rows, at } = createHeapRows(x, BLOCK_ROWS, (take, width) => ({
    point: take((width + 1) * lanes * 8),
    sums: take((width + 1) * lanes * 8),
    probabilities: take((x.rows + 3) * lanes * 8),
    factors: take(BLOCK_ROWS * lanes * 8),
    labels: take(x.rows * 4),
    shares: take(x.rows * 8),
  }))
  const { kernels, views, width } = rows
  const { f64, u32 } = views
  const biases = { point: at.point + width * lanes * 8, sums: at.sums + width * lanes * 8 }
  const total = sumOf(weights)
  for (let row = 0; row < x.rows; row++) {
    u32[(at.labels >>> 2) + row] = y[row]!
    f64[(at.shares >>> 3) + row] = weights[row]! / total
  }
  const start = (point: Float64Array): void => {
    f64.set(point.subarray(0, count), at.point >>> 3)
    if (fitIntercept) f64.set(point.subarray(count), biases.point >>> 3)
    kernels.clear(at.sums, (width + 1) * lanes * 8)
  }
  const finish = (result: Float64Array): void => {
    result.set(f64.subarray(at.sums >>> 3, (at.sums >>> 3) + count))
    if (fitIntercept) result.set(f64.subarray(biases.sums >>> 3, (biases.sums >>> 3) + lanes), count)
  }
  return {
    lanes,
    size,
    evaluate(point, gradient) {
      start(point)
      let loss = 0
      for (const { from, n } of blocksOf(x.rows)) {
        const [scores, row] = [at.probabilities + from * lanes * 8, from * 8]
        rows.times(at.point, lanes, from, n, scores)
        loss += kernels.softmaxLosses(
          scores,
          lanes,
          classes,
          biases.point,
          at.labels + from * 4,
          at.shares + row,
          n,
          at.factors,
          biases.sums,
        )
        rows.addTimes(at.factors, lanes, from, n, at.sums)
      }
      finish(gradient)
      return loss + addSquaredPenalty(point, gradient, count, l2)
    },
    multiplyHessian(v, result) {
      start(v)
      for (const { from, n } of blocksOf(x.rows)) {
        rows.times(at.point, lanes, from, n, at.factors)
        const probabilities = at.probabilities + from * lanes * 8
        kernels.softmaxCurve(at.factors, lanes, biases.point, probabilities, at.shares + from * 8, n, biases.sums)
        rows.addTimes(at.factors, lanes, from, n, at.sums)
      }
      finish(result)
      addSquaredPenalty(v, result, count, l2)
    },
    diagonal(result) {
      kernels.clear(at.sums, (width + 1) * lanes * 8)
      for (const { from, n } of blocksOf(x.rows)) {
        ownCurvatures(rows, at, biases.sums, lanes, from, n)
        rows.addTimes(at.factors, lanes, from, n, at.sums, true)
      }
      finish(result)
      addPenaltyCurvature(result, count, l2)
    },
  }
}

function blocksOf(rows: number): { readonly from: number; readonly n: number }[] {
  return Array.from({ length: Math.ceil(rows / BLOCK_ROWS) }, (_, block) => ({
    from: block * BLOCK_ROWS,
    n: Math.min(BLOCK_ROWS, rows - block * BLOCK_ROWS),
  }))
}

/** Into the factors what each score adds to the curvature along itself. */
function ownCurvatures(
  { views: { f64 } }: HeapRows,
  at: { readonly probabilities: number; readonly shares: number; readonly factors: number },
  biasSums: number,
  lanes: number,
  from: number,
  n: number,
): void {
  let [read, to] = [(at.probabilities >>> 3) + from * lanes, at.factors >>> 3]
  for (let row = from; row < from + n; row++) {
    const share = f64[(at.shares >>> 3) + row]!
    for (let lane = 0; lane < lanes; lane++) {
      const probability = f64[read++]!
      const curvature = share * probability * (1 - probability)
      f64[to++] = curvature
      f64[(biasSums >>> 3) + lane]! += curvature
    }
  }
}
