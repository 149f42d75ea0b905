// Linear models: scores of rows, sums of their slopes by column, and what a loss makes of the scores. Rows are dense, `stride` doubles each,
// a multiple of four, or compressed sparse ones. Sums are taken in the order that the twins take them in, so that both give the same bytes.

/** `scores[row]` = bias + row . w for rows from..to-1 of a sparse matrix; `scores` begins with row `from`. */
export function sparseScores(starts: usize, indices: usize, values: usize, from: i32, to: i32, w: usize, bias: f64, scores: usize): void {
  let at = <usize>load<i32>(starts + ((<usize>from) << 2))
  for (let row = from; row < to; row++) {
    const end = <usize>load<i32>(starts + ((<usize>row) << 2), 4)
    store<f64>(scores + ((<usize>(row - from)) << 3), sparseDot(indices, values, at, end, w, bias))
    at = end
  }
}

function sparseDot(indices: usize, values: usize, from: usize, end: usize, w: usize, bias: f64): f64 {
  let sum = bias
  for (let at = from; at < end; at++) {
    sum += load<f64>(values + (at << 3)) * load<f64>(w + ((<usize>load<u32>(indices + (at << 2))) << 3))
  }
  return sum
}

function sparseAddRow(indices: usize, values: usize, from: usize, end: usize, factor: f64, sums: usize): void {
  for (let at = from; at < end; at++) {
    const to = sums + ((<usize>load<u32>(indices + (at << 2))) << 3)
    store<f64>(to, load<f64>(to) + load<f64>(values + (at << 3)) * factor)
  }
}

/** Adds factor times row to `sums` for rows from..to-1 of a sparse matrix; `factors` begins with row `from`. */
export function sparseAdd(starts: usize, indices: usize, values: usize, from: i32, to: i32, factors: usize, sums: usize): void {
  let at = <usize>load<i32>(starts + ((<usize>from) << 2))
  for (let row = from; row < to; row++) {
    const end = <usize>load<i32>(starts + ((<usize>row) << 2), 4)
    sparseAddRow(indices, values, at, end, load<f64>(factors + ((<usize>(row - from)) << 3)), sums)
    at = end
  }
}

/**
 * Adds X' diag(curvatures) (X w + bias) to `sums` and returns the sum of curvature x score: rows are read once for both products, and
 * those without curvature not at all.
 */
export function sparseCurve(
  starts: usize,
  indices: usize,
  values: usize,
  n: i32,
  w: usize,
  bias: f64,
  curvatures: usize,
  sums: usize,
): f64 {
  let total: f64 = 0
  let at = <usize>load<i32>(starts)
  for (let row: i32 = 0; row < n; row++) {
    const end = <usize>load<i32>(starts + ((<usize>row) << 2), 4)
    const curvature = load<f64>(curvatures + ((<usize>row) << 3))
    if (curvature !== 0) {
      const factor = curvature * sparseDot(indices, values, at, end, w, bias)
      total += factor
      sparseAddRow(indices, values, at, end, factor, sums)
    }
    at = end
  }
  return total
}

function denseDot(row: usize, bytes: usize, w: usize, bias: f64): f64 {
  let s = f64x2.splat(0)
  let t = s
  for (let c: usize = 0; c < bytes; c += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(row + c), v128.load(w + c)))
    t = f64x2.add(t, f64x2.mul(v128.load(row + c, 16), v128.load(w + c, 16)))
  }
  s = f64x2.add(s, t)
  return bias + (f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1))
}

/** Four rows at a time, so that each sum is loaded and stored once for them. */
function denseAddRows(row: usize, bytes: usize, f0: f64, f1: f64, f2: f64, f3: f64, sums: usize): void {
  const a = f64x2.splat(f0)
  const b = f64x2.splat(f1)
  const d = f64x2.splat(f2)
  const e = f64x2.splat(f3)
  const r1 = row + bytes
  const r2 = r1 + bytes
  const r3 = r2 + bytes
  for (let c: usize = 0; c < bytes; c += 16) {
    const one = f64x2.add(f64x2.add(v128.load(sums + c), f64x2.mul(v128.load(row + c), a)), f64x2.mul(v128.load(r1 + c), b))
    v128.store(sums + c, f64x2.add(f64x2.add(one, f64x2.mul(v128.load(r2 + c), d)), f64x2.mul(v128.load(r3 + c), e)))
  }
}

/** `scores[row]` = bias + row . w for n dense rows. */
export function denseScores(x: usize, stride: usize, n: i32, w: usize, bias: f64, scores: usize): void {
  const bytes = stride << 3
  for (let row: i32 = 0; row < n; row++) {
    store<f64>(scores + ((<usize>row) << 3), denseDot(x + <usize>row * bytes, bytes, w, bias))
  }
}

/** Adds factor times row to `sums` for n dense rows; behind the last row there are rows and factors of zeros up to a multiple of four. */
export function denseAdd(x: usize, stride: usize, n: i32, factors: usize, sums: usize): void {
  const bytes = stride << 3
  for (let row: i32 = 0; row < n; row += 4) {
    const at = factors + ((<usize>row) << 3)
    denseAddRows(x + <usize>row * bytes, bytes, load<f64>(at), load<f64>(at, 8), load<f64>(at, 16), load<f64>(at, 24), sums)
  }
}

/** As `sparseCurve`, for n dense rows; behind the last one there are rows and curvatures of zeros up to a multiple of four. */
export function denseCurve(x: usize, stride: usize, n: i32, w: usize, bias: f64, curvatures: usize, sums: usize): f64 {
  const bytes = stride << 3
  let total: f64 = 0
  for (let row: i32 = 0; row < n; row += 4) {
    const at = curvatures + ((<usize>row) << 3)
    const c0 = load<f64>(at)
    const c1 = load<f64>(at, 8)
    const c2 = load<f64>(at, 16)
    const c3 = load<f64>(at, 24)
    if (c0 === 0 && c1 === 0 && c2 === 0 && c3 === 0) continue
    const from = x + <usize>row * bytes
    const f0 = c0 * denseDot(from, bytes, w, bias)
    const f1 = c1 * denseDot(from + bytes, bytes, w, bias)
    const f2 = c2 * denseDot(from + (bytes << 1), bytes, w, bias)
    const f3 = c3 * denseDot(from + bytes * 3, bytes, w, bias)
    total = total + f0 + f1 + f2 + f3
    denseAddRows(from, bytes, f0, f1, f2, f3, sums)
  }
  return total
}

/** e^x of two doubles that are 0 or less; below -708 that of -708. The steps of src/algorithms/math/exponential.ts. */
function exp2(given: v128): v128 {
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

/** Adds A'U to `out`, for rows from..to-1 of a sparse matrix; U has p doubles a row, a multiple of four, and begins with row `from`. */
export function addSparseTransposedTimes(
  starts: usize,
  indices: usize,
  values: usize,
  from: i32,
  to: i32,
  u: usize,
  p: usize,
  out: usize,
): void {
  const bytes = p << 3
  let begin = <usize>load<i32>(starts + ((<usize>from) << 2))
  for (let row = from; row < to; row++) {
    const end = <usize>load<i32>(starts + ((<usize>row) << 2), 4)
    const line = u + <usize>(row - from) * bytes
    for (let t: usize = 0; t < bytes; t += 32) {
      const x = v128.load(line + t)
      const y = v128.load(line + t, 16)
      for (let at = begin; at < end; at++) {
        const value = v128.load64_splat(values + (at << 3))
        const target = out + <usize>load<u32>(indices + (at << 2)) * bytes + t
        v128.store(target, f64x2.add(v128.load(target), f64x2.mul(value, x)))
        v128.store(target, f64x2.add(v128.load(target, 16), f64x2.mul(value, y)), 16)
      }
    }
    begin = end
  }
}

/**
 * One pass of dual coordinate descent for squared hinges of p classes, each against all others (Hsieh et al. 2008, algorithm 1 with the
 * intercept as one more feature): the n rows of `order` in turn raise or lower their share of every class's coefficients, a row of p doubles
 * for each column of `w`, and of the p intercepts in `bias`. A row has p doubles of `alphas`, `diagonals` 1 / (2 C weight), and `inverses`
 * 1 / (its squares + 1 + diagonal).
 */
export function dualDescent(
  starts: usize,
  indices: usize,
  values: usize,
  order: usize,
  n: i32,
  w: usize,
  p: usize,
  bias: usize,
  labels: usize,
  alphas: usize,
  diagonals: usize,
  inverses: usize,
): void {
  const bytes = p << 3
  const zero = f64x2.splat(0)
  const one = f64x2.splat(1)
  for (let turn: i32 = 0; turn < n; turn++) {
    const row = <usize>load<u32>(order + ((<usize>turn) << 2))
    const begin = <usize>load<i32>(starts + (row << 2))
    const end = <usize>load<i32>(starts + (row << 2), 4)
    const label = <i32>load<u32>(labels + (row << 2))
    const diagonal = f64x2.splat(load<f64>(diagonals + (row << 3)))
    const inverse = f64x2.splat(load<f64>(inverses + (row << 3)))
    const line = alphas + row * bytes
    for (let t: usize = 0; t < bytes; t += 16) {
      let score = v128.load(bias + t)
      for (let at = begin; at < end; at++) {
        const from = w + <usize>load<u32>(indices + (at << 2)) * bytes + t
        score = f64x2.add(score, f64x2.mul(v128.load64_splat(values + (at << 3)), v128.load(from)))
      }
      const lane = <i32>(t >> 3)
      const sign = f64x2(lane === label ? 1 : -1, lane + 1 === label ? 1 : -1)
      const alpha = v128.load(line + t)
      const slope = f64x2.add(f64x2.sub(f64x2.mul(sign, score), one), f64x2.mul(diagonal, alpha))
      const next = f64x2.max(zero, f64x2.sub(alpha, f64x2.mul(slope, inverse)))
      const step = f64x2.mul(sign, f64x2.sub(next, alpha))
      if (!v128.any_true(f64x2.ne(step, zero))) continue
      v128.store(line + t, next)
      v128.store(bias + t, f64x2.add(v128.load(bias + t), step))
      for (let at = begin; at < end; at++) {
        const to = w + <usize>load<u32>(indices + (at << 2)) * bytes + t
        v128.store(to, f64x2.add(v128.load(to), f64x2.mul(v128.load64_splat(values + (at << 3)), step)))
      }
    }
  }
}
