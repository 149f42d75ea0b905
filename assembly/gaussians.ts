// Gaussian mixtures: squared Mahalanobis distances of rows, and sums of weighted squares around a mean, four rows at a time. A row has
// `stride` doubles, a multiple of four; those behind its last column are zeros, in means and factors too.

import { exp2 } from './losses'

/** Differences of four rows of `x`, from `row` on, to a mean. Behind the last row comes the last row again. */
function differences(x: usize, stride: usize, row: i32, last: i32, mean: usize, to: usize): void {
  const bytes = stride << 3
  for (let r: i32 = 0; r < 4; r++) {
    const from = x + <usize>min(row + r, last) * bytes
    const target = to + <usize>r * bytes
    for (let c: usize = 0; c < bytes; c += 16) v128.store(target + c, f64x2.sub(v128.load(from + c), v128.load(mean + c)))
  }
}

/**
 * `out[row]` = |F (x[row] - mean)|^2 for n rows. F is lower triangular, in groups of four rows: `group[column * 4 + row]`. `scratch` has
 * room for eight rows. Places up to the next multiple of four behind the last row are written too.
 */
export function triangularDistances(x: usize, stride: usize, n: i32, mean: usize, factor: usize, scratch: usize, out: usize): void {
  const bytes = stride << 3
  const block = scratch + (bytes << 2)
  for (let row: i32 = 0; row < n; row += 4) {
    differences(x, stride, row, n - 1, mean, scratch)
    for (let c: usize = 0; c < bytes; c += 16) {
      const a = v128.load(scratch + c)
      const b = v128.load(scratch + bytes + c)
      const d = v128.load(scratch + (bytes << 1) + c)
      const e = v128.load(scratch + bytes * 3 + c)
      const to = block + (c << 2)
      v128.store(to, v128.shuffle<i64>(a, b, 0, 2))
      v128.store(to, v128.shuffle<i64>(d, e, 0, 2), 16)
      v128.store(to, v128.shuffle<i64>(a, b, 1, 3), 32)
      v128.store(to, v128.shuffle<i64>(d, e, 1, 3), 48)
    }
    let one = f64x2.splat(0)
    let two = one
    for (let j: usize = 0; j < stride; j += 4) {
      let s0 = f64x2.splat(0)
      let t0 = s0
      let s1 = s0
      let t1 = s0
      let s2 = s0
      let t2 = s0
      let s3 = s0
      let t3 = s0
      const group = factor + j * bytes
      // Behind the diagonal there are zeros.
      const end = (j + 4) << 5
      for (let c: usize = 0; c < end; c += 32) {
        const p = v128.load(block + c)
        const q = v128.load(block + c, 16)
        let f = v128.load64_splat(group + c)
        s0 = f64x2.add(s0, f64x2.mul(p, f))
        t0 = f64x2.add(t0, f64x2.mul(q, f))
        f = v128.load64_splat(group + c, 8)
        s1 = f64x2.add(s1, f64x2.mul(p, f))
        t1 = f64x2.add(t1, f64x2.mul(q, f))
        f = v128.load64_splat(group + c, 16)
        s2 = f64x2.add(s2, f64x2.mul(p, f))
        t2 = f64x2.add(t2, f64x2.mul(q, f))
        f = v128.load64_splat(group + c, 24)
        s3 = f64x2.add(s3, f64x2.mul(p, f))
        t3 = f64x2.add(t3, f64x2.mul(q, f))
      }
      one = f64x2.add(f64x2.add(f64x2.add(f64x2.add(one, f64x2.mul(s0, s0)), f64x2.mul(s1, s1)), f64x2.mul(s2, s2)), f64x2.mul(s3, s3))
      two = f64x2.add(f64x2.add(f64x2.add(f64x2.add(two, f64x2.mul(t0, t0)), f64x2.mul(t1, t1)), f64x2.mul(t2, t2)), f64x2.mul(t3, t3))
    }
    v128.store(out + ((<usize>row) << 3), one)
    v128.store(out + ((<usize>row) << 3), two, 16)
  }
}

/** `out[row]` = sum of (factor (x[row] - mean))^2, the factor one number a column. One place behind an odd last row is written too. */
export function diagonalDistances(x: usize, stride: usize, n: i32, mean: usize, factor: usize, out: usize): void {
  const bytes = stride << 3
  for (let row: i32 = 0; row < n; row += 2) {
    const one = x + <usize>row * bytes
    const two = x + <usize>min(row + 1, n - 1) * bytes
    let s = f64x2.splat(0)
    let t = s
    for (let c: usize = 0; c < bytes; c += 16) {
      const center = v128.load(mean + c)
      const f = v128.load(factor + c)
      const d = f64x2.mul(f64x2.sub(v128.load(one + c), center), f)
      const e = f64x2.mul(f64x2.sub(v128.load(two + c), center), f)
      s = f64x2.add(s, f64x2.mul(d, d))
      t = f64x2.add(t, f64x2.mul(e, e))
    }
    v128.store(out + ((<usize>row) << 3), f64x2.add(v128.shuffle<i64>(s, t, 0, 2), v128.shuffle<i64>(s, t, 1, 3)))
  }
}

/** e^-70 is less than what counts as a share, and changes no sum of 1 and more. */
const LEAST_EXPONENT: f64 = -70
const LEAST_SHARE: f64 = 1e-30

/**
 * Squared distances of n rows, `stride` doubles for each of k components, become the shares that these have in each row: of densities
 * e^(offset - distance / 2), those below 1e-30 as 0. Of each row writes the logarithm of the largest density and the sum of all beside it.
 * One place behind an odd last row is written too.
 */
export function sharesOf(distances: usize, stride: usize, n: i32, offsets: usize, k: i32, largest: usize, sums: usize): void {
  const bytes = stride << 3
  const half = f64x2.splat(0.5)
  const least = f64x2.splat(LEAST_EXPONENT)
  const end = (<usize>n) << 3
  for (let row: usize = 0; row < end; row += 16) {
    let most = f64x2.splat(-Infinity)
    let at = distances + row
    for (let c: i32 = 0; c < k; c++, at += bytes) {
      const value = f64x2.sub(v128.load64_splat(offsets + ((<usize>c) << 3)), f64x2.mul(v128.load(at), half))
      v128.store(at, value)
      most = f64x2.pmax(most, value)
    }
    let sum = f64x2.splat(0)
    at = distances + row
    for (let c: i32 = 0; c < k; c++, at += bytes) {
      const exponent = f64x2.sub(v128.load(at), most)
      const isNothing = f64x2.lt(exponent, least)
      if (i64x2.bitmask(isNothing) === 3) {
        v128.store(at, f64x2.splat(0))
        continue
      }
      const value = v128.andnot(exp2(exponent), isNothing)
      v128.store(at, value)
      sum = f64x2.add(sum, value)
    }
    at = distances + row
    for (let c: i32 = 0; c < k; c++, at += bytes) {
      const share = f64x2.div(v128.load(at), sum)
      v128.store(at, v128.andnot(share, f64x2.lt(share, f64x2.splat(LEAST_SHARE))))
    }
    v128.store(largest + row, most)
    v128.store(sums + row, sum)
  }
}

/**
 * Adds w (x - mean) of n rows to `sums` and, to the lower half of `scatter`, w (x - mean)(x - mean)'; with `diagonal` only the squares,
 * to the `stride` numbers of `scatter`. `scratch` has room for four rows.
 */
export function addScatter(
  x: usize,
  stride: usize,
  n: i32,
  mean: usize,
  weights: usize,
  diagonal: i32,
  scratch: usize,
  sums: usize,
  scatter: usize,
): void {
  const bytes = stride << 3
  if (diagonal) {
    addSquares(x, bytes, n, mean, weights, sums, scatter)
    return
  }
  for (let row: i32 = 0; row < n; row += 4) {
    const at = weights + ((<usize>row) << 3)
    const w0 = load<f64>(at)
    const w1 = row + 1 < n ? load<f64>(at, 8) : 0
    const w2 = row + 2 < n ? load<f64>(at, 16) : 0
    const w3 = row + 3 < n ? load<f64>(at, 24) : 0
    if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0) continue
    differences(x, stride, row, n - 1, mean, scratch)
    const d1 = scratch + bytes
    const d2 = d1 + bytes
    const d3 = d2 + bytes
    for (let c: usize = 0; c < bytes; c += 16) {
      const a = f64x2.mul(f64x2.splat(w0), v128.load(scratch + c))
      const b = f64x2.mul(f64x2.splat(w1), v128.load(d1 + c))
      const d = f64x2.mul(f64x2.splat(w2), v128.load(d2 + c))
      const e = f64x2.mul(f64x2.splat(w3), v128.load(d3 + c))
      v128.store(sums + c, f64x2.add(f64x2.add(f64x2.add(f64x2.add(v128.load(sums + c), a), b), d), e))
    }
    for (let i: usize = 0; i < bytes; i += 8) {
      const a = f64x2.splat(w0 * load<f64>(scratch + i))
      const b = f64x2.splat(w1 * load<f64>(d1 + i))
      const d = f64x2.splat(w2 * load<f64>(d2 + i))
      const e = f64x2.splat(w3 * load<f64>(d3 + i))
      const line = scatter + i * stride
      for (let c: usize = 0; c <= i; c += 16) {
        const s = f64x2.add(v128.load(line + c), f64x2.mul(a, v128.load(scratch + c)))
        const t = f64x2.add(f64x2.add(s, f64x2.mul(b, v128.load(d1 + c))), f64x2.mul(d, v128.load(d2 + c)))
        v128.store(line + c, f64x2.add(t, f64x2.mul(e, v128.load(d3 + c))))
      }
    }
  }
}

/** Row by row, since most rows belong to few components. */
function addSquares(x: usize, bytes: usize, n: i32, mean: usize, weights: usize, sums: usize, squares: usize): void {
  for (let row: i32 = 0; row < n; row++, x += bytes) {
    const weight = load<f64>(weights + ((<usize>row) << 3))
    if (weight === 0) continue
    const w = f64x2.splat(weight)
    for (let c: usize = 0; c < bytes; c += 16) {
      const d = f64x2.sub(v128.load(x + c), v128.load(mean + c))
      const weighted = f64x2.mul(w, d)
      v128.store(sums + c, f64x2.add(v128.load(sums + c), weighted))
      v128.store(squares + c, f64x2.add(v128.load(squares + c), f64x2.mul(weighted, d)))
    }
  }
}
