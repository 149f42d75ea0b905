// Finds the best split of one feature from a histogram of pairs (sum of gradients, packed count and sum of hessians):
// the largest G_left^2 / (H_left + lambda) + G_right^2 / (H_right + lambda), Friedman 2001, Chen and Guestrin 2016 eq. 7.
// With gradient = weight * target, hessian = weight and lambda = 0 this is the squared-error split of a regression tree.

export interface PairRules {
  /** 2^hessianBits. */
  readonly unit: number
  /** Added to each sum of hessians, in the units of the histogram. */
  readonly lambda: number
  readonly minHessian: number
  readonly minRows: number
}

/** The best split seen so far; `score` starts at -1. */
export interface PairSplit {
  score: number
  feature: number
  bin: number
  /** The next bin with rows: every edge from `bin` to before it parts the rows alike. The number of value bins when none follows. */
  nextBin: number
  missingLeft: boolean
  /** Whether missing values had a say in `missingLeft`. */
  nodeHasMissing: boolean
  leftGradient: number
  /** Packed count and hessian of the left side. */
  leftPacked: number
}

export function createPairSplit(): PairSplit {
  return { score: -1, feature: -1, bin: 0, nextBin: 0, missingLeft: false, nodeHasMissing: false, leftGradient: 0, leftPacked: 0 }
}

/** The hessian part of a packed sum. */
export function hessianOf(packed: number, unit: number): number {
  return packed - Math.floor(packed / unit) * unit
}

/**
 * Offers the splits of one feature to `best`.
 *
 * @param hist       pairs of all features; those of this one begin at bin `start`.
 * @param valueBins  number of value bins; the bin of missing values follows them.
 * @param gradient   sum of gradients of the node.
 * @param packed     packed count and hessian of the node.
 */
export function scanPairs(
  hist: Float64Array,
  start: number,
  valueBins: number,
  feature: number,
  gradient: number,
  packed: number,
  rules: PairRules,
  best: PairSplit,
): void {
  const missingAt = (start + valueBins) * 2
  const missingPacked = hist[missingAt + 1]!
  const hasMissing = missingPacked !== 0
  scanDirection(hist, start, valueBins, feature, gradient, packed, 0, 0, hasMissing, rules, best)
  if (hasMissing) scanDirection(hist, start, valueBins, feature, gradient, packed, hist[missingAt]!, missingPacked, true, rules, best)
}

/** One pass over the value bins; missing rows are on the left when `g` and `p` begin with their sums. */
function scanDirection(
  hist: Float64Array,
  start: number,
  valueBins: number,
  feature: number,
  gradient: number,
  packed: number,
  g0: number,
  p0: number,
  hasMissing: boolean,
  rules: PairRules,
  best: PairSplit,
): void {
  const { unit, lambda, minHessian, minRows } = rules
  const inverse = 1 / unit
  const count = Math.floor(packed * inverse)
  const hessian = packed - count * unit
  let g = g0
  let p = p0
  let score = best.score
  let pending = false
  const end = (start + valueBins) * 2
  for (let at = start * 2; at < end; at += 2) {
    const add = hist[at + 1]!
    // An empty bin parts the rows as the bin before it does.
    if (add === 0) continue
    if (pending) {
      best.nextBin = (at >> 1) - start
      pending = false
    }
    g += hist[at]!
    p += add
    const leftCount = Math.floor(p * inverse)
    if (leftCount < minRows) continue
    if (count - leftCount < minRows || leftCount === count) break
    const h = p - leftCount * unit
    const rightH = hessian - h
    if (h < minHessian || rightH < minHessian) continue
    const rightG = gradient - g
    const candidate = (g * g) / (h + lambda) + (rightG * rightG) / (rightH + lambda)
    if (candidate > score) {
      score = candidate
      best.feature = feature
      best.bin = (at >> 1) - start
      best.missingLeft = p0 !== 0
      best.nodeHasMissing = hasMissing
      best.leftGradient = g
      best.leftPacked = p
      pending = true
    }
  }
  // No value follows: the split parts known values from missing ones.
  if (pending) {
    best.bin = valueBins - 1
    best.nextBin = valueBins
  }
  best.score = score
}
