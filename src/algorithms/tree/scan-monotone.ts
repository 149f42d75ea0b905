// The best split of a numeric feature when what a node may answer is bounded, and the answer may only rise or fall with the feature
// (LightGBM's basic method: a split that turns the wrong way is refused, children are kept apart by the middle of their answers).

import type { HeapViews } from '../math/heap.ts'

export interface Bounds {
  /** Least and largest answer of the node, in the units of -g / h. */
  readonly lower: number
  readonly upper: number
  /** 1, -1 or 0: how the answer may change with the feature. */
  readonly direction: number
}

/** What a node answers. */
export function boundedAnswer(g: number, h: number, lambda: number, { lower, upper }: Pick<Bounds, 'lower' | 'upper'>): number {
  return Math.max(lower, Math.min(upper, -g / (h + lambda)))
}

/** How much an answer brings down the loss; g^2 / (h + lambda) at the best one. */
export function worth(g: number, h: number, lambda: number, answer: number): number {
  return -(2 * g * answer + (h + lambda) * answer * answer)
}

/** As the kernel `scan`, within bounds. */
export function scanMonotone(
  { i32, f64 }: HeapViews,
  hist: number,
  valueBins: number,
  node: { readonly g: number; readonly h: number; readonly rows: number },
  { lambda, minHessian, minRows }: { readonly lambda: number; readonly minHessian: number; readonly minRows: number },
  bounds: Bounds,
  out: number,
): void {
  const to = out >>> 3
  const first = hist >>> 2
  const missing = first + valueBins * 4
  const hasMissing = i32[missing + 2] !== 0
  f64[to] = -1
  f64[to + 4] = hasMissing ? 1 : 0
  for (const missingLeft of hasMissing ? [0, 1] : [0]) {
    let [g, h, rows] = missingLeft === 1 ? [i32[missing]!, i32[missing + 1]!, i32[missing + 2]!] : [0, 0, 0]
    let pending = false
    for (let bin = 0; bin < valueBins; bin++) {
      const at = first + bin * 4
      if (i32[at + 2] === 0) continue
      if (pending) {
        f64[to + 2] = bin
        pending = false
      }
      g += i32[at]!
      h += i32[at + 1]!
      rows += i32[at + 2]!
      if (rows < minRows) continue
      if (node.rows - rows < minRows) break
      const rightG = node.g - g
      const rightH = node.h - h
      if (h < minHessian || rightH < minHessian) continue
      const left = boundedAnswer(g, h, lambda, bounds)
      const right = boundedAnswer(rightG, rightH, lambda, bounds)
      if ((right - left) * bounds.direction < 0) continue
      const score = worth(g, h, lambda, left) + worth(rightG, rightH, lambda, right)
      if (score <= f64[to]!) continue
      f64.set([score, bin, 0, missingLeft], to)
      f64.set([g, h, rows], to + 5)
      pending = true
    }
    // No value follows: the split parts known values from missing ones.
    if (pending) f64.set([valueBins - 1, valueBins], to + 1)
  }
}
