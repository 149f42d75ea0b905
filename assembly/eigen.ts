// The loops of the symmetric eigenproblem that take its time: reduction to a tridiagonal matrix, and the way back. Sums are taken in the
// order that the twins take them in.

/**
 * A -= v w' + w v' in the lower half of the leading m rows of A, `stride` doubles each, and y = A x. One pass does both, so that A is read once
 * for them. Where m is odd, x has a 0 more, and the row behind and its entry of y are written too.
 */
export function updateTimes(a: usize, stride: usize, m: i32, v: usize, w: usize, x: usize, y: usize): void {
  const line = stride << 3
  const end = ((<usize>m + 1) & ~1) << 3
  memory.fill(y, 0, end)
  let r0 = a
  for (let i: usize = 0; i < end; i += 16, r0 += line << 1) {
    const r1 = r0 + line
    const v0 = v128.load64_splat(v + i)
    const v1 = v128.load64_splat(v + i, 8)
    const w0 = v128.load64_splat(w + i)
    const w1 = v128.load64_splat(w + i, 8)
    const x0 = v128.load64_splat(x + i)
    const x1 = v128.load64_splat(x + i, 8)
    let s0 = f64x2.splat(0)
    let s1 = s0
    for (let j: usize = 0; j < i; j += 16) {
      const vj = v128.load(v + j)
      const wj = v128.load(w + j)
      const xj = v128.load(x + j)
      const a0 = f64x2.sub(f64x2.sub(v128.load(r0 + j), f64x2.mul(v0, wj)), f64x2.mul(w0, vj))
      const a1 = f64x2.sub(f64x2.sub(v128.load(r1 + j), f64x2.mul(v1, wj)), f64x2.mul(w1, vj))
      v128.store(r0 + j, a0)
      v128.store(r1 + j, a1)
      s0 = f64x2.add(s0, f64x2.mul(a0, xj))
      s1 = f64x2.add(s1, f64x2.mul(a1, xj))
      v128.store(y + j, f64x2.add(f64x2.add(v128.load(y + j), f64x2.mul(a0, x0)), f64x2.mul(a1, x1)))
    }
    diagonalBlock(r0 + i, r1 + i, v + i, w + i, x + i, y + i, sumOf(s0), sumOf(s1))
  }
}

function diagonalBlock(r0: usize, r1: usize, v: usize, w: usize, x: usize, y: usize, sum0: f64, sum1: f64): void {
  const v0 = load<f64>(v)
  const v1 = load<f64>(v, 8)
  const w0 = load<f64>(w)
  const w1 = load<f64>(w, 8)
  const a00 = load<f64>(r0) - v0 * w0 - w0 * v0
  const a10 = load<f64>(r1) - v1 * w0 - w1 * v0
  const a11 = load<f64>(r1, 8) - v1 * w1 - w1 * v1
  store<f64>(r0, a00)
  store<f64>(r1, a10)
  store<f64>(r1, a11, 8)
  const x0 = load<f64>(x)
  const x1 = load<f64>(x, 8)
  store<f64>(y, sum0 + a00 * x0 + a10 * x1)
  store<f64>(y, sum1 + a10 * x0 + a11 * x1, 8)
}

function sumOf(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1)
}

/**
 * z -= factor (z . v) v for each of `count` rows z, a multiple of four, and each of the reflections first..n-1 in turn: its v is row i of
 * `reflectors`, 0 from entry i on, its factor `factors[i]`. All rows have `stride` doubles, a multiple of four.
 */
export function reflectRows(rows: usize, stride: usize, count: i32, reflectors: usize, factors: usize, first: i32, n: i32): void {
  const line = stride << 3
  for (let row: i32 = 0; row < count; row += 4) {
    const z0 = rows + <usize>row * line
    const z1 = z0 + line
    const z2 = z1 + line
    const z3 = z2 + line
    for (let i = first; i < n; i++) {
      const factor = load<f64>(factors + ((<usize>i) << 3))
      if (factor !== 0) reflectFour(z0, z1, z2, z3, reflectors + <usize>i * line, ((<usize>i + 3) & ~3) << 3, factor)
    }
  }
}

function reflectFour(z0: usize, z1: usize, z2: usize, z3: usize, v: usize, end: usize, factor: f64): void {
  let s0 = f64x2.splat(0)
  let t0 = s0
  let s1 = s0
  let t1 = s0
  let s2 = s0
  let t2 = s0
  let s3 = s0
  let t3 = s0
  for (let j: usize = 0; j < end; j += 32) {
    const x = v128.load(v + j)
    const y = v128.load(v + j, 16)
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load(z0 + j)))
    t0 = f64x2.add(t0, f64x2.mul(y, v128.load(z0 + j, 16)))
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load(z1 + j)))
    t1 = f64x2.add(t1, f64x2.mul(y, v128.load(z1 + j, 16)))
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load(z2 + j)))
    t2 = f64x2.add(t2, f64x2.mul(y, v128.load(z2 + j, 16)))
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load(z3 + j)))
    t3 = f64x2.add(t3, f64x2.mul(y, v128.load(z3 + j, 16)))
  }
  const f0 = f64x2.splat(factor * sumOf(f64x2.add(s0, t0)))
  const f1 = f64x2.splat(factor * sumOf(f64x2.add(s1, t1)))
  const f2 = f64x2.splat(factor * sumOf(f64x2.add(s2, t2)))
  const f3 = f64x2.splat(factor * sumOf(f64x2.add(s3, t3)))
  for (let j: usize = 0; j < end; j += 16) {
    const x = v128.load(v + j)
    v128.store(z0 + j, f64x2.sub(v128.load(z0 + j), f64x2.mul(f0, x)))
    v128.store(z1 + j, f64x2.sub(v128.load(z1 + j), f64x2.mul(f1, x)))
    v128.store(z2 + j, f64x2.sub(v128.load(z2 + j), f64x2.mul(f2, x)))
    v128.store(z3 + j, f64x2.sub(v128.load(z3 + j), f64x2.mul(f3, x)))
  }
}
