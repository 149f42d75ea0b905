// Products of a matrix and a block of vectors. A block has p doubles a row, a multiple of four; sums are taken entry after entry, so that
// a twin can give the same bytes.

import { addTo } from './gram'

/** `out[row]` = row of a sparse matrix times V, for rows from..to-1; `out` begins with row `from`. */
export function sparseTimes(starts: usize, indices: usize, values: usize, from: i32, to: i32, v: usize, p: usize, out: usize): void {
  const bytes = p << 3
  for (let row = from; row < to; row++) {
    const begin = <usize>load<i32>(starts + ((<usize>row) << 2))
    const end = <usize>load<i32>(starts + ((<usize>row) << 2), 4)
    const target = out + <usize>(row - from) * bytes
    if (bytes & 32) sparseHalf(indices, values, begin, end, v, bytes, target)
    for (let t: usize = bytes & 32; t < bytes; t += 64) {
      let s0 = f64x2.splat(0)
      let s1 = s0
      let s2 = s0
      let s3 = s0
      for (let at = begin; at < end; at++) {
        const value = v128.load64_splat(values + (at << 3))
        const line = v + <usize>load<u32>(indices + (at << 2)) * bytes + t
        s0 = f64x2.add(s0, f64x2.mul(value, v128.load(line)))
        s1 = f64x2.add(s1, f64x2.mul(value, v128.load(line, 16)))
        s2 = f64x2.add(s2, f64x2.mul(value, v128.load(line, 32)))
        s3 = f64x2.add(s3, f64x2.mul(value, v128.load(line, 48)))
      }
      v128.store(target + t, s0)
      v128.store(target + t, s1, 16)
      v128.store(target + t, s2, 32)
      v128.store(target + t, s3, 48)
    }
  }
}

/** The first four doubles of a row of `sparseTimes`. */
function sparseHalf(indices: usize, values: usize, begin: usize, end: usize, v: usize, bytes: usize, target: usize): void {
  let s0 = f64x2.splat(0)
  let s1 = s0
  for (let at = begin; at < end; at++) {
    const value = v128.load64_splat(values + (at << 3))
    const line = v + <usize>load<u32>(indices + (at << 2)) * bytes
    s0 = f64x2.add(s0, f64x2.mul(value, v128.load(line)))
    s1 = f64x2.add(s1, f64x2.mul(value, v128.load(line, 16)))
  }
  v128.store(target, s0)
  v128.store(target, s1, 16)
}

/**
 * `out[row]` = row of a dense matrix times V, for n rows, a multiple of four, of `columns` doubles each `stride` doubles apart. With
 * `upper` V is upper triangular, and its zeros are passed over.
 */
export function denseTimes(a: usize, stride: usize, n: i32, columns: i32, v: usize, p: usize, upper: i32, out: usize): void {
  const bytes = p << 3
  const line = stride << 3
  for (let row: i32 = 0; row < n; row += 4) {
    const r0 = a + <usize>row * line
    const r1 = r0 + line
    const r2 = r1 + line
    const r3 = r2 + line
    const target = out + <usize>row * bytes
    for (let t: usize = 0; t < bytes; t += 32) {
      let s0 = f64x2.splat(0)
      let t0 = s0
      let s1 = s0
      let t1 = s0
      let s2 = s0
      let t2 = s0
      let s3 = s0
      let t3 = s0
      let from = v + t
      const end = upper ? min(t + 32, (<usize>columns) << 3) : (<usize>columns) << 3
      for (let c: usize = 0; c < end; c += 8) {
        const x = v128.load(from)
        const y = v128.load(from, 16)
        from += bytes
        let value = v128.load64_splat(r0 + c)
        s0 = f64x2.add(s0, f64x2.mul(value, x))
        t0 = f64x2.add(t0, f64x2.mul(value, y))
        value = v128.load64_splat(r1 + c)
        s1 = f64x2.add(s1, f64x2.mul(value, x))
        t1 = f64x2.add(t1, f64x2.mul(value, y))
        value = v128.load64_splat(r2 + c)
        s2 = f64x2.add(s2, f64x2.mul(value, x))
        t2 = f64x2.add(t2, f64x2.mul(value, y))
        value = v128.load64_splat(r3 + c)
        s3 = f64x2.add(s3, f64x2.mul(value, x))
        t3 = f64x2.add(t3, f64x2.mul(value, y))
      }
      v128.store(target + t, s0)
      v128.store(target + t, t0, 16)
      v128.store(target + bytes + t, s1)
      v128.store(target + bytes + t, t1, 16)
      v128.store(target + (bytes << 1) + t, s2)
      v128.store(target + (bytes << 1) + t, t2, 16)
      v128.store(target + bytes * 3 + t, s3)
      v128.store(target + bytes * 3 + t, t3, 16)
    }
  }
}

/** Adds A'U to `out`, which has a row for each of the first `columns` of A, a multiple of four, of its n rows of `stride` doubles. */
export function addTransposedTimes(a: usize, stride: usize, columns: usize, n: i32, u: usize, p: usize, out: usize): void {
  const bytes = p << 3
  const line = stride << 3
  const end = columns << 3
  for (let c: usize = 0; c < end; c += 32) {
    const target = out + (c >> 3) * bytes
    for (let t: usize = 0; t < bytes; t += 32) {
      let s0 = f64x2.splat(0)
      let t0 = s0
      let s1 = s0
      let t1 = s0
      let s2 = s0
      let t2 = s0
      let s3 = s0
      let t3 = s0
      let from = a + c
      let right = u + t
      for (let row: i32 = 0; row < n; row++) {
        const x = v128.load(right)
        const y = v128.load(right, 16)
        let value = v128.load64_splat(from)
        s0 = f64x2.add(s0, f64x2.mul(value, x))
        t0 = f64x2.add(t0, f64x2.mul(value, y))
        value = v128.load64_splat(from, 8)
        s1 = f64x2.add(s1, f64x2.mul(value, x))
        t1 = f64x2.add(t1, f64x2.mul(value, y))
        value = v128.load64_splat(from, 16)
        s2 = f64x2.add(s2, f64x2.mul(value, x))
        t2 = f64x2.add(t2, f64x2.mul(value, y))
        value = v128.load64_splat(from, 24)
        s3 = f64x2.add(s3, f64x2.mul(value, x))
        t3 = f64x2.add(t3, f64x2.mul(value, y))
        from += line
        right += bytes
      }
      addTo(target + t, s0, t0)
      addTo(target + bytes + t, s1, t1)
      addTo(target + (bytes << 1) + t, s2, t2)
      addTo(target + bytes * 3 + t, s3, t3)
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
