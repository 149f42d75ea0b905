// Twin of assembly/linear.ts and of the losses of two classes in assembly/losses.ts, in TypeScript.

import { exp, LEAST_EXPONENT, log1p } from './exponential.ts'
import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'
import { plainSoftmax } from './plain-softmax.ts'

type Linear = Pick<
  Kernels,
  | 'sparseScores'
  | 'sparseAdd'
  | 'sparseCurve'
  | 'denseScores'
  | 'denseAdd'
  | 'denseCurve'
  | 'logisticLosses'
  | 'hingeLosses'
  | 'softmaxLosses'
  | 'softmaxCurve'
  | 'addSparseTransposedTimes'
  | 'dualDescent'
>

export function plainLinear(views: HeapViews): Linear {
  const { i32, u32, f64 } = views
  const sparseDot = (indices: number, values: number, from: number, end: number, w: number, bias: number): number => {
    let sum = bias
    for (let at = from; at < end; at++) sum += f64[values + at]! * f64[w + u32[indices + at]!]!
    return sum
  }
  const sparseAddRow = (indices: number, values: number, from: number, end: number, factor: number, sums: number): void => {
    for (let at = from; at < end; at++) f64[sums + u32[indices + at]!]! += f64[values + at]! * factor
  }
  const denseDot = (row: number, stride: number, w: number, bias: number): number => {
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let at = 0; at < stride; at += 4) {
      a += f64[row + at]! * f64[w + at]!
      b += f64[row + at + 1]! * f64[w + at + 1]!
      c += f64[row + at + 2]! * f64[w + at + 2]!
      d += f64[row + at + 3]! * f64[w + at + 3]!
    }
    return bias + (a + c + (b + d))
  }
  const denseAddRow = (row: number, stride: number, factor: number, sums: number): void => {
    for (let at = 0; at < stride; at++) f64[sums + at]! += f64[row + at]! * factor
  }
  return {
    sparseScores(starts, indices, values, from, to, w, bias, scores) {
      const begin = starts >>> 2
      for (let row = from; row < to; row++) {
        f64[(scores >>> 3) + row - from] = sparseDot(indices >>> 2, values >>> 3, i32[begin + row]!, i32[begin + row + 1]!, w >>> 3, bias)
      }
    },
    sparseAdd(starts, indices, values, from, to, factors, sums) {
      const begin = starts >>> 2
      for (let row = from; row < to; row++) {
        const factor = f64[(factors >>> 3) + row - from]!
        sparseAddRow(indices >>> 2, values >>> 3, i32[begin + row]!, i32[begin + row + 1]!, factor, sums >>> 3)
      }
    },
    sparseCurve(starts, indices, values, n, w, bias, curvatures, sums) {
      const begin = starts >>> 2
      let total = 0
      for (let row = 0; row < n; row++) {
        const curvature = f64[(curvatures >>> 3) + row]!
        if (curvature === 0) continue
        const [from, end] = [i32[begin + row]!, i32[begin + row + 1]!]
        const factor = curvature * sparseDot(indices >>> 2, values >>> 3, from, end, w >>> 3, bias)
        total += factor
        sparseAddRow(indices >>> 2, values >>> 3, from, end, factor, sums >>> 3)
      }
      return total
    },
    denseScores(x, stride, n, w, bias, scores) {
      for (let row = 0; row < n; row++) f64[(scores >>> 3) + row] = denseDot((x >>> 3) + row * stride, stride, w >>> 3, bias)
    },
    denseAdd(x, stride, n, factors, sums) {
      for (let row = 0; row < n; row++) denseAddRow((x >>> 3) + row * stride, stride, f64[(factors >>> 3) + row]!, sums >>> 3)
    },
    denseCurve(x, stride, n, w, bias, curvatures, sums) {
      let total = 0
      for (let row = 0; row < n; row++) {
        const from = (x >>> 3) + row * stride
        const curvature = f64[(curvatures >>> 3) + row]!
        if (curvature === 0) continue
        const factor = curvature * denseDot(from, stride, w >>> 3, bias)
        total += factor
        denseAddRow(from, stride, factor, sums >>> 3)
      }
      return total
    },
    logisticLosses(scores, targets, shares, curvatures, n, sums) {
      const to = sums >>> 3
      for (let row = 0; row < n; row++) {
        const score = f64[(scores >>> 3) + row]!
        const share = f64[(shares >>> 3) + row]!
        const target = f64[(targets >>> 3) + row]!
        const e = exp(Math.max(-Math.abs(score), LEAST_EXPONENT))
        const far = 1 / (1 + e)
        const slope = share * ((score >= 0 ? far : e * far) - target)
        f64[to + (row & 1)]! += share * (Math.max(score, 0) - target * score + log1p(e))
        f64[to + 2 + (row & 1)]! += slope
        f64[(scores >>> 3) + row] = slope
        f64[(curvatures >>> 3) + row] = share * e * far * far
      }
    },
    hingeLosses(scores, targets, shares, curvatures, n, sums) {
      const to = sums >>> 3
      for (let row = 0; row < n; row++) {
        const target = f64[(targets >>> 3) + row]!
        const share = f64[(shares >>> 3) + row]!
        const margin = Math.max(0, 1 - target * f64[(scores >>> 3) + row]!)
        const slope = -2 * share * target * margin
        f64[to + (row & 1)]! += share * margin * margin
        f64[to + 2 + (row & 1)]! += slope
        f64[(scores >>> 3) + row] = slope
        f64[(curvatures >>> 3) + row] = margin > 0 ? 2 * share : 0
      }
    },
    ...plainSoftmax(views),
  }
}
