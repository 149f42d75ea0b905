// First and second derivatives of the loss at the present scores (Friedman 2001; Chen and Guestrin 2016), as float32 pairs on the
// heap. They become whole numbers later; their sums by chunk tell how fine these can be.

import { log } from '../math/exponential.ts'
import type { HeapViews } from '../math/heap.ts'
import type { Kernels } from '../math/kernels.ts'
import type { ResolvedBoostingOptions } from './boosting-options.ts'
import { type BoostingPlan, CONTROL, targetBytes } from './boosting-plan.ts'
import { derivatives, startOfRegression } from './regression-loss.ts'
import type { TrainingSet } from './training-set.ts'

export interface Gradients {
  /** Class probabilities from the scores, for more than 2 classes; `scratch` is the working memory of the thread. */
  probabilities(from: number, to: number, scratch: number): void
  /** Writes the pairs of rows from..to for score k; adds sums of |gradient| and of hessians to 4 doubles at `sums`. */
  fill(from: number, to: number, k: number, sums: number): void
}

/** Start of the scores: log-odds, log class shares, or what a regression starts with. */
export function baseScores(set: TrainingSet, options: ResolvedBoostingOptions): Float64Array {
  const { y, weights, rows, classes } = set
  if (classes === 0) return Float64Array.of(startOfRegression(set, options))
  const sums = new Float64Array(classes)
  let total = 0
  for (let i = 0; i < rows; i++) {
    const w = weights ? weights[i]! : 1
    total += w
    sums[y[i]!]! += w
  }
  if (classes === 2) return Float64Array.of(log(sums[1]! / sums[0]!))
  // A class without rows starts at a share far below one row.
  return sums.map((sum) => log(Math.max(sum, total * 1e-9) / total))
}

export function createGradients(plan: BoostingPlan, { f32, f64 }: HeapViews, kernels: Kernels): Gradients {
  const { set, options, places, stride } = plan
  const { classes } = set
  const y = places.y >>> 3
  const weights = places.weights >>> 3
  const scores = places.scores >>> 3
  const pairs = places.pairs >>> 2
  const pair = new Float64Array(2)

  /** Adds up what was written, the even and the odd rows apart, as the kernel does. */
  const write = (i: number, gradient: number, hessian: number, sums: number): void => {
    const w = places.weights === 0 ? 1 : f64[weights + i]!
    const at = pairs + 2 * i
    f32[at] = gradient * w
    f32[at + 1] = hessian * w
    f64[sums + (i & 1)]! += Math.abs(f32[at]!)
    f64[sums + 2 + (i & 1)]! += f32[at + 1]!
  }

  return {
    probabilities(from, to, scratch) {
      kernels.classProbabilities(places.scores + from * stride * 8, stride, to - from, places.probabilities + from * stride * 4, scratch)
    },
    fill(from, to, k, sums) {
      const sum = sums >>> 3
      f64.fill(0, sum, sum + 4)
      const [target, weight] = [places.y + from * targetBytes(classes), places.weights === 0 ? 0 : places.weights + from * 8]
      const [pairsAt, n] = [places.pairs + from * 8, to - from]
      if (classes === 2) {
        kernels.logisticGradients(places.scores + from * 8, target, weight, n, pairsAt, sums)
      } else if (classes > 2) {
        kernels.classGradients(places.probabilities + from * stride * 4, stride, k, target, weight, n, pairsAt, sums)
      } else {
        const delta = f64[(places.control >>> 3) + CONTROL.delta]!
        for (let i = from; i < to; i++) {
          derivatives(options, delta, f64[y + i]!, f64[scores + i]!, pair)
          write(i, pair[0]!, pair[1]!, sum)
        }
      }
    },
  }
}
