// The best split of one feature from its histogram: the largest G_left^2 / (H_left + lambda) + G_right^2 / (H_right + lambda)
// (Friedman 2001; Chen and Guestrin 2016, eq. 7), both sides with enough rows and hessian.

/**
 * `count`, `g` and `h` are the node's. Writes 9 doubles to `out`: score (-1: none), bin, the next bin with rows (the number of value
 * bins when none follows), whether missing values go left, whether the node has any; gradient, hessian and rows of the left side;
 * and whether the feature takes more than one value in the node.
 */
export function scan(
  hist: usize,
  valueBins: i32,
  g: f64,
  h: f64,
  count: i32,
  lambda: f64,
  minHessian: f64,
  minRows: i32,
  out: usize,
): void {
  store<f64>(out, -1)
  store<f64>(out, <f64>varies(hist, valueBins, count), 64)
  const missing = v128.load(hist + ((<usize>valueBins) << 4))
  const hasMissing = i32x4.extract_lane(missing, 2) !== 0
  scanFrom(i32x4.splat(0), 0, hasMissing, hist, valueBins, g, h, count, lambda, minHessian, minRows, out)
  if (hasMissing) scanFrom(missing, 1, true, hist, valueBins, g, h, count, lambda, minHessian, minRows, out)
}

/** Whether the first bin that has rows does not have all of them. */
function varies(hist: usize, valueBins: i32, count: i32): bool {
  for (let bin: i32 = 0; bin < valueBins; bin++) {
    const rows = load<i32>(hist + ((<usize>bin) << 4), 8)
    if (rows !== 0) return rows !== count
  }
  return false
}

/** One pass over the value bins; missing rows are on the left when `sums` begins with theirs. */
function scanFrom(
  start: v128,
  missingLeft: i32,
  hasMissing: bool,
  hist: usize,
  valueBins: i32,
  g: f64,
  h: f64,
  count: i32,
  lambda: f64,
  minHessian: f64,
  minRows: i32,
  out: usize,
): void {
  const total = f64x2(g, h)
  const lambdas = f64x2.splat(lambda)
  const fewest = f64x2.splat(minHessian)
  let best = load<f64>(out)
  let bestBin: i32 = -1
  let bestSums = start
  let sums = start
  // An empty bin parts the rows as the bin before it does, so its score is no better: it needs no branch, which would be mispredicted.
  for (let bin: i32 = 0; bin < valueBins; bin++) {
    sums = i32x4.add(sums, v128.load(hist + ((<usize>bin) << 4)))
    const leftCount = i32x4.extract_lane(sums, 2)
    if (leftCount < minRows) continue
    if (count - leftCount < minRows) break
    const left = f64x2.convert_low_i32x4_s(sums)
    const right = f64x2.sub(total, left)
    const hessians = v128.shuffle<i64>(left, right, 1, 3)
    if (v128.any_true(f64x2.lt(hessians, fewest))) continue
    const gradients = v128.shuffle<i64>(left, right, 0, 2)
    const scores = f64x2.div(f64x2.mul(gradients, gradients), f64x2.add(hessians, lambdas))
    const score = f64x2.extract_lane(scores, 0) + f64x2.extract_lane(scores, 1)
    if (score > best) {
      best = score
      bestBin = bin
      bestSums = sums
    }
  }
  if (bestBin < 0) return
  let nextBin = bestBin + 1
  while (nextBin < valueBins && load<i32>(hist + ((<usize>nextBin) << 4), 8) === 0) nextBin++
  // No value follows: the split parts known values from missing ones.
  if (nextBin === valueBins) bestBin = valueBins - 1
  store<f64>(out, best)
  store<f64>(out, <f64>bestBin, 8)
  store<f64>(out, <f64>nextBin, 16)
  store<f64>(out, <f64>missingLeft, 24)
  store<f64>(out, <f64>hasMissing, 32)
  store<f64>(out, <f64>i32x4.extract_lane(bestSums, 0), 40)
  store<f64>(out, <f64>i32x4.extract_lane(bestSums, 1), 48)
  store<f64>(out, <f64>i32x4.extract_lane(bestSums, 2), 56)
}
