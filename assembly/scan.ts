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

/** Below this share of the best score a bin cannot be better, however the float32 that says so was rounded. */
const NEAR: f64 = 1 - 1e-5

/**
 * One pass over the value bins; missing rows are on the left when `sums` begins with theirs. Four bins at a time are scored in float32,
 * which costs a quarter; only those that come near the best are scored again in float64, and so decide as if all had been.
 */
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
  const totalG = i32x4.splat(<i32>g)
  const totalH = i32x4.splat(<i32>h)
  const counts = i32x4.splat(count)
  const fewestRows = i32x4.splat(minRows)
  // Hessians are whole numbers below 2^31.
  const fewestHessian = i32x4.splat(<i32>min<f64>(ceil<f64>(minHessian), 2147483647))
  const added = f32x4.splat(<f32>lambda)
  let best = load<f64>(out)
  // With a penalty that float32 cannot hold nothing is ruled out.
  const rough = lambda < 1e30
  let near = f32x4.splat(rough ? <f32>(best * NEAR) : -1)
  let bestBin: i32 = -1
  let bestSums = start
  let sums = start
  for (let bin: i32 = 0; bin < valueBins; bin += 4) {
    const at = hist + ((<usize>bin) << 4)
    const s0 = i32x4.add(sums, v128.load(at))
    const s1 = i32x4.add(s0, v128.load(at, 16))
    const s2 = i32x4.add(s1, v128.load(at, 32))
    const s3 = i32x4.add(s2, v128.load(at, 48))
    sums = s3
    const rows = v128.shuffle<i32>(v128.shuffle<i32>(s0, s1, 2, 6, 2, 6), v128.shuffle<i32>(s2, s3, 2, 6, 2, 6), 0, 1, 4, 5)
    let allowed = v128.and(i32x4.ge_s(rows, fewestRows), i32x4.ge_s(i32x4.sub(counts, rows), fewestRows))
    if (!v128.any_true(allowed)) {
      if (count - i32x4.extract_lane(rows, 0) < minRows) break
      continue
    }
    const s01 = v128.shuffle<i32>(s0, s1, 0, 4, 1, 5)
    const s23 = v128.shuffle<i32>(s2, s3, 0, 4, 1, 5)
    const leftG = v128.shuffle<i32>(s01, s23, 0, 1, 4, 5)
    const leftH = v128.shuffle<i32>(s01, s23, 2, 3, 6, 7)
    const rightH = i32x4.sub(totalH, leftH)
    allowed = v128.and(allowed, v128.and(i32x4.ge_s(leftH, fewestHessian), i32x4.ge_s(rightH, fewestHessian)))
    // Behind the last value bin stands that of missing values.
    if (bin + 4 > valueBins) allowed = v128.and(allowed, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(valueBins - bin)))
    const left = f32x4.convert_i32x4_s(leftG)
    const right = f32x4.convert_i32x4_s(i32x4.sub(totalG, leftG))
    const scores = f32x4.add(
      f32x4.div(f32x4.mul(left, left), f32x4.add(f32x4.convert_i32x4_s(leftH), added)),
      f32x4.div(f32x4.mul(right, right), f32x4.add(f32x4.convert_i32x4_s(rightH), added)),
    )
    allowed = v128.and(allowed, f32x4.ge(scores, near))
    let bits = i32x4.bitmask(allowed)
    if (bits === 0) continue
    if ((bits & (bits - 1)) !== 0) {
      // Several: the largest of them already leaves most of the others behind.
      let most = v128.and(scores, allowed)
      most = f32x4.max(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1))
      most = f32x4.max(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2))
      bits = i32x4.bitmask(v128.and(allowed, f32x4.ge(scores, f32x4.mul(most, f32x4.splat(<f32>NEAR)))))
    }
    while (bits !== 0) {
      const lane = ctz(bits)
      bits &= bits - 1
      const own = lane < 2 ? (lane === 0 ? s0 : s1) : lane === 2 ? s2 : s3
      const score = scoreOf(own, g, h, lambda)
      if (score > best) {
        best = score
        bestBin = bin + lane
        bestSums = own
        if (rough) near = f32x4.splat(<f32>(best * NEAR))
      }
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

/** The score of a cut in float64. */
function scoreOf(sums: v128, g: f64, h: f64, lambda: f64): f64 {
  const left = f64x2.convert_low_i32x4_s(sums)
  const right = f64x2.sub(f64x2(g, h), left)
  const hessians = v128.shuffle<i64>(left, right, 1, 3)
  const gradients = v128.shuffle<i64>(left, right, 0, 2)
  const scores = f64x2.div(f64x2.mul(gradients, gradients), f64x2.add(hessians, f64x2.splat(lambda)))
  return f64x2.extract_lane(scores, 0) + f64x2.extract_lane(scores, 1)
}
