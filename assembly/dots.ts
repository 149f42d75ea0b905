// Dot products of the rows of two matrices of floats: every similarity of a batch, and every layer of an adapter. Four partial sums a pair,
// added in one order, so that a twin can give the same bytes.

/**
 * `out[i * outStride + j]` = row i of A times row j of B, for n rows of A, a multiple of four, and m of B, a multiple of two, of d floats, a
 * multiple of four. Strides are in floats.
 */
export function floatDots(a: usize, aStride: usize, n: i32, b: usize, bStride: usize, m: i32, d: i32, out: usize, outStride: usize): void {
  const aLine = aStride << 2
  const bLine = bStride << 2
  const outLine = outStride << 2
  const bytes = (<usize>d) << 2
  for (let j: i32 = 0; j < m; j += 2) {
    const c0 = b + <usize>j * bLine
    const c1 = c0 + bLine
    for (let i: i32 = 0; i < n; i += 4) {
      const r0 = a + <usize>i * aLine
      const r1 = r0 + aLine
      const r2 = r1 + aLine
      const r3 = r2 + aLine
      let s00 = f32x4.splat(0)
      let s01 = s00
      let s10 = s00
      let s11 = s00
      let s20 = s00
      let s21 = s00
      let s30 = s00
      let s31 = s00
      for (let c: usize = 0; c < bytes; c += 16) {
        const x = v128.load(c0 + c)
        const y = v128.load(c1 + c)
        let value = v128.load(r0 + c)
        s00 = f32x4.add(s00, f32x4.mul(value, x))
        s01 = f32x4.add(s01, f32x4.mul(value, y))
        value = v128.load(r1 + c)
        s10 = f32x4.add(s10, f32x4.mul(value, x))
        s11 = f32x4.add(s11, f32x4.mul(value, y))
        value = v128.load(r2 + c)
        s20 = f32x4.add(s20, f32x4.mul(value, x))
        s21 = f32x4.add(s21, f32x4.mul(value, y))
        value = v128.load(r3 + c)
        s30 = f32x4.add(s30, f32x4.mul(value, x))
        s31 = f32x4.add(s31, f32x4.mul(value, y))
      }
      const to = out + <usize>i * outLine + ((<usize>j) << 2)
      storeSums(to, s00, s01)
      storeSums(to + outLine, s10, s11)
      storeSums(to + (outLine << 1), s20, s21)
      storeSums(to + outLine * 3, s30, s31)
    }
  }
}

function storeSums(to: usize, one: v128, two: v128): void {
  store<f32>(to, sumOf(one))
  store<f32>(to, sumOf(two), 4)
}

function sumOf(s: v128): f32 {
  return f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 2) + (f32x4.extract_lane(s, 1) + f32x4.extract_lane(s, 3))
}
