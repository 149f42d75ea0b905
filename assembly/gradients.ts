// Derivatives of the logistic loss and of that of several classes, and rounding of derivatives to whole numbers.

import { exp2 } from './losses'

/** e^x for |x| <= 80 in float32, cut there: Cephes' expf. Only additions and multiplications, so its twin gives the same bits. */
function exp4(given: v128): v128 {
  // In this order of arguments NaN stays; one instruction each, where `min` and `max` take several.
  const x = f32x4.pmin(f32x4.pmax(given, f32x4.splat(-80)), f32x4.splat(80))
  const z = f32x4.nearest(f32x4.mul(x, f32x4.splat(<f32>Math.LOG2E)))
  let r = f32x4.sub(x, f32x4.mul(z, f32x4.splat(0.693359375)))
  r = f32x4.sub(r, f32x4.mul(z, f32x4.splat(-2.1219444e-4)))
  let p = f32x4.splat(1.98756915e-4)
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1))
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1))
  // 1.5 x 2^23 more, z + 127 is what the last bits hold.
  return f32x4.mul(p, i32x4.shl(f32x4.add(z, f32x4.splat(12582912 + 127)), 23))
}

/** Four doubles as floats. */
function floats(at: usize): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(v128.load(at)), f32x4.demote_f64x2_zero(v128.load(at, 16)), 0, 1, 4, 5)
}

/** Four bytes as floats. */
function floatsOfBytes(at: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at))))
}

/**
 * Gradient and hessian (float32 pairs) of n rows at their scores (doubles); y are bytes, weights doubles, no weights: 0. The arrays may
 * be written up to a multiple of 4 rows. Adds the sums of |gradient| and hessian of the even and the odd rows to 4 doubles at `sums`.
 */
export function logisticGradients(scores: usize, y: usize, weights: usize, n: i32, pairs: usize, sums: usize): void {
  const one = f32x4.splat(1)
  let sumG = v128.load(sums)
  let sumH = v128.load(sums, 16)
  for (let i: i32 = 0; i < n; i += 4) {
    const at = (<usize>i) << 3
    const p = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(floats(scores + at)))))
    let g = f32x4.sub(p, floatsOfBytes(y + <usize>i))
    let h = f32x4.pmax(f32x4.mul(p, f32x4.sub(one, p)), f32x4.splat(1e-16))
    if (weights !== 0) {
      const w = floats(weights + at)
      g = f32x4.mul(g, w)
      h = f32x4.mul(h, w)
    }
    const rest = n - i
    if (rest < 4) {
      const keep = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest))
      g = v128.and(g, keep)
      h = v128.and(h, keep)
    }
    v128.store(pairs + at, v128.shuffle<i32>(g, h, 0, 4, 1, 5))
    v128.store(pairs + at, v128.shuffle<i32>(g, h, 2, 6, 3, 7), 16)
    g = f32x4.abs(g)
    sumG = f64x2.add(sumG, f64x2.promote_low_f32x4(g))
    sumG = f64x2.add(sumG, f64x2.promote_low_f32x4(v128.shuffle<i32>(g, g, 2, 3, 2, 3)))
    sumH = f64x2.add(sumH, f64x2.promote_low_f32x4(h))
    sumH = f64x2.add(sumH, f64x2.promote_low_f32x4(v128.shuffle<i32>(h, h, 2, 3, 2, 3)))
  }
  v128.store(sums, sumG)
  v128.store(sums, sumH, 16)
}

/**
 * Probabilities (float32) of n rows of `classes` scores (doubles) each. `scratch` holds 16 bytes a class. What is below e^-708 is 0 as a
 * float32, and nothing to the sum.
 */
export function classProbabilities(scores: usize, classes: i32, n: i32, probabilities: usize, scratch: usize): void {
  const bytes = (<usize>classes) << 3
  for (let row: i32 = 0; row < n; row += 2) {
    // Two rows at a time, so that each adds up its classes in their order; the last one twice when they are odd.
    const line = scores + <usize>row * bytes
    const next = row + 1 < n ? line + bytes : line
    let largest = f64x2.splat(Number.NEGATIVE_INFINITY)
    for (let c: usize = 0; c < bytes; c += 8) largest = f64x2.max(largest, f64x2(load<f64>(line + c), load<f64>(next + c)))
    let sum = f64x2.splat(0)
    for (let c: usize = 0; c < bytes; c += 8) {
      const e = exp2(f64x2.sub(f64x2(load<f64>(line + c), load<f64>(next + c)), largest))
      v128.store(scratch + (c << 1), e)
      sum = f64x2.add(sum, e)
    }
    const to = probabilities + ((<usize>row * bytes) >> 1)
    const toNext = row + 1 < n ? to + (bytes >> 1) : to
    for (let c: usize = 0; c < bytes; c += 8) {
      const p = f32x4.demote_f64x2_zero(f64x2.div(v128.load(scratch + (c << 1)), sum))
      store<f32>(to + (c >> 1), f32x4.extract_lane(p, 0))
      store<f32>(toNext + (c >> 1), f32x4.extract_lane(p, 1))
    }
  }
}

/**
 * As `logisticGradients` for class k of several, from their probabilities (float32, `classes` a row); y are 16 bits. The diagonal of the softmax Hessian
 * is too small by classes / (classes - 1) when one class moves against the rest (Friedman 2001, algorithm 6).
 */
export function classGradients(
  probabilities: usize,
  classes: i32,
  k: i32,
  y: usize,
  weights: usize,
  n: i32,
  pairs: usize,
  sums: usize,
): void {
  const one = f64x2.splat(1)
  const own = f64x2.splat(<f64>k)
  const factor = f64x2.splat(<f64>classes / <f64>(classes - 1))
  const stride = (<usize>classes) << 2
  let sumG = v128.load(sums)
  let sumH = v128.load(sums, 16)
  let from = probabilities + ((<usize>k) << 2)
  for (let i: i32 = 0; i < n; i += 2) {
    const at = (<usize>i) << 3
    const next = i + 1 < n ? from + stride : from
    const p = f64x2(<f64>load<f32>(from), <f64>load<f32>(next))
    from += stride << 1
    const label = f64x2.convert_low_i32x4_u(i32x4.extend_low_i16x8_u(v128.load32_zero(y + ((<usize>i) << 1))))
    let g = f64x2.sub(p, v128.and(f64x2.eq(label, own), one))
    let h = f64x2.mul(f64x2.mul(factor, p), f64x2.sub(one, p))
    if (weights !== 0) {
      const w = v128.load(weights + at)
      g = f64x2.mul(g, w)
      h = f64x2.mul(h, w)
    }
    const both = v128.shuffle<i32>(f32x4.demote_f64x2_zero(g), f32x4.demote_f64x2_zero(h), 0, 4, 1, 5)
    const own32 = i + 1 < n ? both : v128.and(both, i64x2(-1, 0))
    v128.store(pairs + at, own32)
    sumG = f64x2.add(sumG, f64x2.promote_low_f32x4(f32x4.abs(v128.shuffle<i32>(own32, own32, 0, 2, 0, 2))))
    sumH = f64x2.add(sumH, f64x2.promote_low_f32x4(v128.shuffle<i32>(own32, own32, 1, 3, 1, 3)))
  }
  v128.store(sums, sumG)
  v128.store(sums, sumH, 16)
}

/** Turns n float32 pairs into pairs of whole numbers in place: times a scale, rounded to even. Writes the two sums as doubles to `sums`. */
export function quantise(pairs: usize, n: i32, scaleG: f32, scaleH: f32, sums: usize): void {
  const scales = f32x4(scaleG, scaleH, scaleG, scaleH)
  let sum = i64x2.splat(0)
  for (let i: i32 = 0; i < n; i += 2) {
    const at = pairs + ((<usize>i) << 3)
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at), scales)))
    v128.store(at, whole)
    sum = i64x2.add(sum, i64x2.extend_low_i32x4_s(whole))
    if (i + 1 < n) sum = i64x2.add(sum, i64x2.extend_high_i32x4_s(whole))
  }
  store<f64>(sums, <f64>i64x2.extract_lane(sum, 0))
  store<f64>(sums, <f64>i64x2.extract_lane(sum, 1), 8)
}
