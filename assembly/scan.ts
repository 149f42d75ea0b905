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
  store<f64>(out, <f64>varies(hist, valueBins, count), 64)
  store<f64>(out, -1)
  scanAbove(-1, hist, valueBins, g, h, count, lambda, minHessian, minRows, out)
}

/** Whether the last scan met a cut that leaves both sides enough rows and hessian, whatever its score. */
export let metCut: bool = false

/** As `scan`, but without the last double, and writes only what scores above `floor`; returns the best score, or `floor`. */
export function scanAbove(
  floor: f64,
  hist: usize,
  valueBins: i32,
  g: f64,
  h: f64,
  count: i32,
  lambda: f64,
  minHessian: f64,
  minRows: i32,
  out: usize,
): f64 {
  metCut = false
  const missing = v128.load(hist + ((<usize>valueBins) << 4))
  const hasMissing = i32x4.extract_lane(missing, 2) !== 0
  const best = scanFrom(floor, i32x4.splat(0), 0, hasMissing, hist, valueBins, g, h, count, lambda, minHessian, minRows, out)
  return hasMissing ? scanFrom(best, missing, 1, true, hist, valueBins, g, h, count, lambda, minHessian, minRows, out) : best
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
/** With a larger penalty the products of the rough test could leave float32. */
const LARGEST_ROUGH_LAMBDA: f64 = 1e18

/**
 * One pass over the value bins; missing rows are on the left when `sums` begins with theirs. Four bins at a time are compared with the
 * best in float32, and without dividing: a / b + c / d is at least e where a d + c b is at least e b d. Only those that come near the
 * best are scored in float64, and so decide as if all had been. Returns the best score.
 */
function scanFrom(
  floor: f64,
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
): f64 {
  let sums = start
  let bin: i32 = 0
  // The left side is too small yet: only its sums matter.
  for (; bin + 4 <= valueBins; bin += 4) {
    const at = hist + ((<usize>bin) << 4)
    const next = i32x4.add(i32x4.add(sums, i32x4.add(v128.load(at), v128.load(at, 16))), i32x4.add(v128.load(at, 32), v128.load(at, 48)))
    if (i32x4.extract_lane(next, 2) >= minRows) break
    sums = next
  }
  const totalG = i32x4.splat(<i32>g)
  const totalH = i32x4.splat(<i32>h)
  const counts = i32x4.splat(count)
  const fewestRows = i32x4.splat(minRows)
  // Hessians are whole numbers below 2^31.
  const fewestHessian = i32x4.splat(<i32>min<f64>(ceil<f64>(minHessian), 2147483647))
  const added = f32x4.splat(<f32>lambda)
  let best = floor
  const rough = lambda < LARGEST_ROUGH_LAMBDA
  let near = f32x4.splat(<f32>(best * NEAR))
  let bestBin: i32 = -1
  let bestSums = start
  let isMet = false
  for (; bin < valueBins; bin += 4) {
    const at = hist + ((<usize>bin) << 4)
    const s0 = i32x4.add(sums, v128.load(at))
    const s1 = i32x4.add(s0, v128.load(at, 16))
    const s2 = i32x4.add(s1, v128.load(at, 32))
    const s3 = i32x4.add(s2, v128.load(at, 48))
    sums = s3
    // These shuffles are one instruction each.
    const s01 = v128.shuffle<i32>(s0, s1, 0, 4, 1, 5)
    const s23 = v128.shuffle<i32>(s2, s3, 0, 4, 1, 5)
    const leftG = v128.shuffle<i64>(s01, s23, 0, 2)
    const leftH = v128.shuffle<i64>(s01, s23, 1, 3)
    const rightH = i32x4.sub(totalH, leftH)
    const left = f32x4.convert_i32x4_s(leftG)
    const right = f32x4.convert_i32x4_s(i32x4.sub(totalG, leftG))
    const under = f32x4.add(f32x4.convert_i32x4_s(leftH), added)
    const underRight = f32x4.add(f32x4.convert_i32x4_s(rightH), added)
    const above = f32x4.add(f32x4.mul(f32x4.mul(left, left), underRight), f32x4.mul(f32x4.mul(right, right), under))
    const isNear = f32x4.ge(above, f32x4.mul(near, f32x4.mul(under, underRight)))
    // Once a cut was allowed, only those near the best matter.
    if (rough && isMet && i32x4.bitmask(isNear) === 0) continue
    const rows = v128.shuffle<i64>(v128.shuffle<i32>(s0, s1, 2, 6, 3, 7), v128.shuffle<i32>(s2, s3, 2, 6, 3, 7), 0, 2)
    let allowed = v128.and(i32x4.ge_s(rows, fewestRows), i32x4.ge_s(i32x4.sub(counts, rows), fewestRows))
    if (!v128.any_true(allowed)) {
      if (count - i32x4.extract_lane(s0, 2) < minRows) break
      continue
    }
    allowed = v128.and(allowed, v128.and(i32x4.ge_s(leftH, fewestHessian), i32x4.ge_s(rightH, fewestHessian)))
    // Behind the last value bin stands that of missing values.
    if (bin + 4 > valueBins) allowed = v128.and(allowed, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(valueBins - bin)))
    if (!isMet) isMet = v128.any_true(allowed)
    if (rough) allowed = v128.and(allowed, isNear)
    let bits = i32x4.bitmask(allowed)
    if (bits === 0) continue
    if (rough && (bits & (bits - 1)) !== 0) {
      // Several: the largest of them already leaves most of the others behind.
      const scores = v128.and(f32x4.div(above, f32x4.mul(under, underRight)), allowed)
      let most = f32x4.max(scores, v128.shuffle<i32>(scores, scores, 2, 3, 0, 1))
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
        near = f32x4.splat(<f32>(best * NEAR))
      }
    }
  }
  if (isMet) metCut = true
  if (bestBin < 0) return best
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
  return best
}

/** The score of a cut in float64. */
export function scoreOf(sums: v128, g: f64, h: f64, lambda: f64): f64 {
  const left = f64x2.convert_low_i32x4_s(sums)
  const right = f64x2.sub(f64x2(g, h), left)
  const hessians = v128.shuffle<i64>(left, right, 1, 3)
  const gradients = v128.shuffle<i64>(left, right, 0, 2)
  const scores = f64x2.div(f64x2.mul(gradients, gradients), f64x2.add(hessians, f64x2.splat(lambda)))
  return f64x2.extract_lane(scores, 0) + f64x2.extract_lane(scores, 1)
}
