// A row of float32 as int8 with one scale of its own: x is about scale * q, |q| <= 127.

/**
 * Writes `stride` bytes to `row` and to `aux` the scale times `factor` and 64 times the sum of the bytes, which is what the offset of a
 * query costs. `x` is padded with zeros to `stride`, a multiple of 32. Halves round to even.
 */
export function quantiseRow(x: usize, stride: i32, row: usize, aux: usize, factor: f32): void {
  const end = x + ((<usize>stride) << 2)
  let largest = f32x4.splat(0)
  for (let at = x; at < end; at += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(at)))
  const most: f32 = max<f32>(
    max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  )
  const inverse = f32x4.splat(most > 0 ? <f32>127 / most : 0)
  let sums = i32x4.splat(0)
  let to = row
  for (let at = x; at < end; at += 64, to += 16) {
    const a = whole(v128.load(at), inverse)
    const b = whole(v128.load(at, 16), inverse)
    const c = whole(v128.load(at, 32), inverse)
    const d = whole(v128.load(at, 48), inverse)
    sums = i32x4.add(sums, i32x4.add(i32x4.add(a, b), i32x4.add(c, d)))
    v128.store(to, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)))
  }
  const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
  store<f32>(aux, (most / <f32>127) * factor)
  store<i32>(aux, sum << 6, 4)
}

function whole(x: v128, inverse: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, inverse)))
}
