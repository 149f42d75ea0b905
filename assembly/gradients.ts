// Derivatives of the logistic loss, and rounding of derivatives to whole numbers.

/** e^x for |x| <= 80 in float32, cut there: Cephes' expf. Only additions and multiplications, so its twin gives the same bits. */
function exp4(given: v128): v128 {
  const x = f32x4.min(f32x4.max(given, f32x4.splat(-80)), f32x4.splat(80))
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
  return f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(z), i32x4.splat(127)), 23))
}

/** Four doubles as floats. */
function floats(at: usize): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(v128.load(at)), f32x4.demote_f64x2_zero(v128.load(at, 16)), 0, 1, 4, 5)
}

/**
 * Gradient and hessian (float32 pairs) of n rows at their scores (doubles); y and weights are doubles, no weights: 0. The arrays may
 * be written up to a multiple of 4 rows. Adds the sums of |gradient| and hessian of the even and the odd rows to 4 doubles at `sums`.
 */
export function logisticGradients(scores: usize, y: usize, weights: usize, n: i32, pairs: usize, sums: usize): void {
  const one = f32x4.splat(1)
  let sumG = v128.load(sums)
  let sumH = v128.load(sums, 16)
  for (let i: i32 = 0; i < n; i += 4) {
    const at = (<usize>i) << 3
    const p = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(floats(scores + at)))))
    let g = f32x4.sub(p, floats(y + at))
    let h = f32x4.max(f32x4.mul(p, f32x4.sub(one, p)), f32x4.splat(1e-16))
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

/** Turns n float32 pairs into pairs of whole numbers in place: times a scale, rounded to even. Writes the two sums as doubles to `sums`. */
export function quantise(pairs: usize, n: i32, scaleG: f32, scaleH: f32, sums: usize): void {
  const scales = f32x4(scaleG, scaleH, scaleG, scaleH)
  let sumG: i64 = 0
  let sumH: i64 = 0
  for (let i: i32 = 0; i < n; i += 2) {
    const at = pairs + ((<usize>i) << 3)
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at), scales)))
    v128.store(at, whole)
    sumG += <i64>i32x4.extract_lane(whole, 0)
    sumH += <i64>i32x4.extract_lane(whole, 1)
    if (i + 1 < n) {
      sumG += <i64>i32x4.extract_lane(whole, 2)
      sumH += <i64>i32x4.extract_lane(whole, 3)
    }
  }
  store<f64>(sums, <f64>sumG)
  store<f64>(sums, <f64>sumH, 8)
}
