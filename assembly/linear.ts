// Linear models: scores of rows, and sums of their slopes by column. Rows are dense, `stride` doubles each, a multiple of four, or compressed
// sparse ones. Sums are taken in the order that the twins take them in, so that both give the same bytes.

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
