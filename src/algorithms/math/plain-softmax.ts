// Twin of the losses of several classes in assembly/losses.ts, of assembly/dual-descent.ts and of the sparse product in TypeScript.

import { exp, LEAST_EXPONENT, log } from './exponential.ts'
import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

export function plainSoftmax({
  i32,
  u32,
  f64,
}: HeapViews): Pick<Kernels, 'softmaxLosses' | 'softmaxCurve' | 'addSparseTransposedTimes' | 'dualDescent'> {
  return {
    softmaxLosses(scores, p, classes, bias, labels, shares, n, factors, biasSums) {
      let loss = 0
      for (let row = 0; row < n; row++) {
        const [line, to] = [(scores >>> 3) + row * p, (factors >>> 3) + row * p]
        let largest = Number.NEGATIVE_INFINITY
        for (let c = 0; c < classes; c++) {
          f64[line + c]! += f64[(bias >>> 3) + c]!
          largest = Math.max(largest, f64[line + c]!)
        }
        const label = u32[(labels >>> 2) + row]!
        const own = f64[line + label]!
        // Even and odd classes are added up apart, as the lanes of a vector are.
        const sums = [0, 0]
        for (let c = 0; c < classes; c++) {
          f64[line + c] = exp(Math.max(f64[line + c]! - largest, LEAST_EXPONENT))
          sums[c & 1]! += f64[line + c]!
        }
        const sum = sums[0]! + sums[1]!
        const share = f64[(shares >>> 3) + row]!
        loss += share * (largest + log(sum) - own)
        f64.fill(0, line + classes, line + p)
        for (let c = 0; c < p; c++) {
          f64[line + c]! /= sum
          f64[to + c] = share * f64[line + c]!
        }
        f64[to + label]! -= share
        for (let c = 0; c < p; c++) f64[(biasSums >>> 3) + c]! += f64[to + c]!
      }
      return loss
    },
    softmaxCurve(scores, p, bias, probabilities, shares, n, biasSums) {
      for (let row = 0; row < n; row++) {
        const [line, by] = [(scores >>> 3) + row * p, (probabilities >>> 3) + row * p]
        const means = [0, 0]
        for (let c = 0; c < p; c++) {
          f64[line + c]! += f64[(bias >>> 3) + c]!
          means[c & 1]! += f64[by + c]! * f64[line + c]!
        }
        const mean = means[0]! + means[1]!
        const share = f64[(shares >>> 3) + row]!
        for (let c = 0; c < p; c++) {
          const factor = share * f64[by + c]! * (f64[line + c]! - mean)
          f64[line + c] = factor
          f64[(biasSums >>> 3) + c]! += factor
        }
      }
    },
    addSparseTransposedTimes(starts, indices, values, from, to, u, p, out) {
      const [begin, columns, entries] = [starts >>> 2, indices >>> 2, values >>> 3]
      for (let row = from, line = u >>> 3; row < to; row++, line += p) {
        for (let at = i32[begin + row]!; at < i32[begin + row + 1]!; at++) {
          const value = f64[entries + at]!
          const target = (out >>> 3) + u32[columns + at]! * p
          for (let j = 0; j < p; j++) f64[target + j]! += value * f64[line + j]!
        }
      }
    },
    dualDescent(starts, indices, values, order, n, w, p, bias, labels, alphas, diagonals, inverses) {
      const [begin, columns, entries] = [starts >>> 2, indices >>> 2, values >>> 3]
      for (let turn = 0; turn < n; turn++) {
        const row = u32[(order >>> 2) + turn]!
        const [from, end] = [i32[begin + row]!, i32[begin + row + 1]!]
        const label = u32[(labels >>> 2) + row]!
        for (let lane = 0; lane < p; lane++) {
          let score = f64[(bias >>> 3) + lane]!
          for (let at = from; at < end; at++) score += f64[entries + at]! * f64[(w >>> 3) + u32[columns + at]! * p + lane]!
          const sign = lane === label ? 1 : -1
          const place = (alphas >>> 3) + row * p + lane
          const alpha = f64[place]!
          const slope = sign * score - 1 + f64[(diagonals >>> 3) + row]! * alpha
          const next = Math.max(0, alpha - slope * f64[(inverses >>> 3) + row]!)
          const step = sign * (next - alpha)
          if (step === 0) continue
          f64[place] = next
          f64[(bias >>> 3) + lane]! += step
          for (let at = from; at < end; at++) f64[(w >>> 3) + u32[columns + at]! * p + lane]! += f64[entries + at]! * step
        }
      }
    },
  }
}
