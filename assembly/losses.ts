// What the losses of linear models make of the scores of rows: sums, slopes and curvatures. Sums are taken in the order that the twins take
// them in, so that both give the same bytes.

/** e^x of two doubles that are 0 or less; below -708 that of -708. The steps of src/algorithms/math/exponential.ts. */
export function exp2(given: v128): v128 {
  const x = f64x2.max(given, f64x2.splat(-708))
  const k = f64x2.floor(f64x2.add(f64x2.mul(x, f64x2.splat(Math.LOG2E)), f64x2.splat(0.5)))
  const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(0.6931471803691238)))
  const low = f64x2.mul(k, f64x2.splat(1.9082149292705877e-10))
  const r = f64x2.sub(high, low)
  const t = f64x2.mul(r, r)
  let c = f64x2.add(f64x2.splat(-1.6533902205465252e-6), f64x2.mul(t, f64x2.splat(4.1381367970572385e-8)))
  c = f64x2.add(f64x2.splat(6.613756321437934e-5), f64x2.mul(t, c))
  c = f64x2.add(f64x2.splat(-0.0027777777777015593), f64x2.mul(t, c))
  c = f64x2.add(f64x2.splat(0.16666666666666602), f64x2.mul(t, c))
  c = f64x2.sub(r, f64x2.mul(t, c))
  const y = f64x2.add(f64x2.sub(f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2), c)), low), high)
  const power = i64x2.shl(i64x2.add(i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k)), i64x2.splat(1023)), 52)
  return f64x2.mul(f64x2.add(f64x2.splat(1), y), power)
}

/** ln(1 + x) of two doubles from 0 to 1, as exponential.ts. */
function log1p2(x: v128): v128 {
  const s = f64x2.div(x, f64x2.add(f64x2.splat(2), x))
  const q = f64x2.mul(s, s)
  let series = f64x2.splat(1.0 / 33.0)
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 31.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 29.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 27.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 25.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 23.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 21.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 19.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 17.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 15.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 13.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 11.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 9.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 7.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 5.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 3.0))
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1))
  return f64x2.mul(f64x2.mul(f64x2.splat(2), s), series)
}

/** ln x of a finite x > 0, as exponential.ts. */
function logOf(x: f64): f64 {
  let mantissa = x
  let k: f64 = 0
  while (mantissa > Math.SQRT2) {
    mantissa /= 2
    k += 1
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2
    k -= 1
  }
  const s = (mantissa - 1) / (mantissa + 1)
  const square = s * s
  let series: f64 = 0
  for (let odd: f64 = 23; odd >= 3; odd -= 2) series = (series + 1 / odd) * square
  return k * 0.6931471803691238 + (2 * s + (2 * s * series + k * 1.9082149292705877e-10))
}

/**
 * Log loss of n rows: ln(1 + e^score) - target x score, times the row's share. Scores become slopes by the score, `curvatures` are written.
 * Adds loss and slopes of the even and the odd rows to 4 doubles at `sums`. Behind the last row there is one of score and share 0.
 */
export function logisticLosses(scores: usize, targets: usize, shares: usize, curvatures: usize, n: i32, sums: usize): void {
  const zero = f64x2.splat(0)
  const one = f64x2.splat(1)
  let losses = v128.load(sums)
  let slopes = v128.load(sums, 16)
  const end = (<usize>n) << 3
  for (let at: usize = 0; at < end; at += 16) {
    const score = v128.load(scores + at)
    const share = v128.load(shares + at)
    const target = v128.load(targets + at)
    // Without overflow on either side.
    const e = exp2(f64x2.neg(f64x2.abs(score)))
    const far = f64x2.div(one, f64x2.add(one, e))
    const loss = f64x2.add(f64x2.sub(f64x2.max(score, zero), f64x2.mul(target, score)), log1p2(e))
    losses = f64x2.add(losses, f64x2.mul(share, loss))
    const probability = v128.bitselect(far, f64x2.mul(e, far), f64x2.ge(score, zero))
    const slope = f64x2.mul(share, f64x2.sub(probability, target))
    slopes = f64x2.add(slopes, slope)
    v128.store(scores + at, slope)
    v128.store(curvatures + at, f64x2.mul(f64x2.mul(f64x2.mul(share, e), far), far))
  }
  v128.store(sums, losses)
  v128.store(sums, slopes, 16)
}

/** As `logisticLosses` for max(0, 1 - target x score)^2, targets being -1 and 1. Beyond the margin a row has no curvature. */
export function hingeLosses(scores: usize, targets: usize, shares: usize, curvatures: usize, n: i32, sums: usize): void {
  const zero = f64x2.splat(0)
  let losses = v128.load(sums)
  let slopes = v128.load(sums, 16)
  const end = (<usize>n) << 3
  for (let at: usize = 0; at < end; at += 16) {
    const target = v128.load(targets + at)
    const share = v128.load(shares + at)
    const margin = f64x2.max(zero, f64x2.sub(f64x2.splat(1), f64x2.mul(target, v128.load(scores + at))))
    losses = f64x2.add(losses, f64x2.mul(f64x2.mul(share, margin), margin))
    const twice = f64x2.mul(f64x2.splat(-2), share)
    const slope = f64x2.mul(f64x2.mul(twice, target), margin)
    slopes = f64x2.add(slopes, slope)
    v128.store(scores + at, slope)
    v128.store(curvatures + at, v128.and(f64x2.neg(twice), f64x2.gt(margin, zero)))
  }
  v128.store(sums, losses)
  v128.store(sums, slopes, 16)
}

/**
 * Log loss of n rows of `classes` scores, p doubles a row, a multiple of four: scores plus `bias` become probabilities, `factors` the slopes
 * by the scores, both 0 behind the last class. Adds the slopes of all rows to the p doubles of `biasSums`; returns the loss.
 */
export function softmaxLosses(
  scores: usize,
  p: usize,
  classes: usize,
  bias: usize,
  labels: usize,
  shares: usize,
  n: i32,
  factors: usize,
  biasSums: usize,
): f64 {
  const bytes = p << 3
  const used = classes << 3
  const odd = (classes & 1) !== 0
  let loss: f64 = 0
  for (let row: i32 = 0; row < n; row++) {
    const line = scores + <usize>row * bytes
    const to = factors + <usize>row * bytes
    let most = f64x2.splat(Number.NEGATIVE_INFINITY)
    for (let c: usize = 0; c < used; c += 16) {
      let score = f64x2.add(v128.load(line + c), v128.load(bias + c))
      v128.store(line + c, score)
      if (odd && c + 16 > used) score = v128.shuffle<i64>(score, score, 0, 0)
      most = f64x2.max(most, score)
    }
    const largest = max<f64>(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1))
    const label = (<usize>load<u32>(labels + ((<usize>row) << 2))) << 3
    const own = load<f64>(line + label)
    let sums = f64x2.splat(0)
    for (let c: usize = 0; c < used; c += 16) {
      let e = exp2(f64x2.sub(v128.load(line + c), f64x2.splat(largest)))
      if (odd && c + 16 > used) e = f64x2.replace_lane(e, 1, 0)
      v128.store(line + c, e)
      sums = f64x2.add(sums, e)
    }
    const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
    const share = load<f64>(shares + ((<usize>row) << 3))
    loss += share * (largest + logOf(sum) - own)
    for (let c: usize = 0; c < used; c += 16) {
      const probability = f64x2.div(v128.load(line + c), f64x2.splat(sum))
      v128.store(line + c, probability)
      v128.store(to + c, f64x2.mul(f64x2.splat(share), probability))
    }
    for (let c = (used + 15) & ~15; c < bytes; c += 16) {
      v128.store(line + c, f64x2.splat(0))
      v128.store(to + c, f64x2.splat(0))
    }
    store<f64>(to + label, load<f64>(to + label) - share)
    for (let c: usize = 0; c < bytes; c += 16) v128.store(biasSums + c, f64x2.add(v128.load(biasSums + c), v128.load(to + c)))
  }
  return loss
}

/**
 * Turns the scores of a direction, p doubles a row, plus `bias` into what the softmax makes of a step along it: share x probability x (score -
 * mean score by the probabilities). Adds them up over the rows in the p doubles of `biasSums`.
 */
export function softmaxCurve(scores: usize, p: usize, bias: usize, probabilities: usize, shares: usize, n: i32, biasSums: usize): void {
  const bytes = p << 3
  for (let row: i32 = 0; row < n; row++) {
    const line = scores + <usize>row * bytes
    const by = probabilities + <usize>row * bytes
    let means = f64x2.splat(0)
    for (let c: usize = 0; c < bytes; c += 16) {
      const score = f64x2.add(v128.load(line + c), v128.load(bias + c))
      v128.store(line + c, score)
      means = f64x2.add(means, f64x2.mul(v128.load(by + c), score))
    }
    const mean = f64x2.splat(f64x2.extract_lane(means, 0) + f64x2.extract_lane(means, 1))
    const share = f64x2.splat(load<f64>(shares + ((<usize>row) << 3)))
    for (let c: usize = 0; c < bytes; c += 16) {
      const factor = f64x2.mul(f64x2.mul(share, v128.load(by + c)), f64x2.sub(v128.load(line + c), mean))
      v128.store(line + c, factor)
      v128.store(biasSums + c, f64x2.add(v128.load(biasSums + c), factor))
    }
  }
}
