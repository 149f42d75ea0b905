// Histograms: 4 whole numbers of 32 bits a bin (sum of gradients, sum of hessians, rows, unused), added as one vector.
// Sums stay below 2^31, so they are exact, and neither the order of rows nor the number of threads can change them.

/** The vector of a row whose gradient and hessian stand at `at`. */
function pairAt(at: usize): v128 {
  return v128.or(v128.load64_zero(at), i32x4(0, 0, 1, 0))
}

function add(hist: usize, bin: u32, value: v128): void {
  const at = hist + ((<usize>bin) << 4)
  v128.store(at, i32x4.add(v128.load(at), value))
}

/** Rows `idx[0..n)` of one column; `pairs` stand in the order of `idx`. */
export function histogram1(c0: usize, h0: usize, idx: usize, pairs: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    add(h0, load<u8>(c0 + <usize>load<u32>(idx + ((<usize>i) << 2))), pairAt(pairs + ((<usize>i) << 3)))
  }
}

/** The vectors of the first and of the second of two pairs that were loaded together. */
function firstOf(both: v128): v128 {
  return v128.or(v128.shuffle<i64>(both, i64x2.splat(0), 0, 2), i32x4(0, 0, 1, 0))
}

function secondOf(both: v128): v128 {
  return v128.or(v128.shuffle<i64>(both, i64x2.splat(0), 1, 2), i32x4(0, 0, 1, 0))
}

/** As `histogram1` for four columns at a time, which reads rows and pairs once; and two rows at a time, which keep each other from waiting. */
export function histogram4(
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  h0: usize,
  h1: usize,
  h2: usize,
  h3: usize,
  idx: usize,
  pairs: usize,
  n: i32,
): void {
  for (const end = idx + ((<usize>(n & ~1)) << 2); idx < end; idx += 8, pairs += 16) {
    const row = <usize>load<u32>(idx)
    const next = <usize>load<u32>(idx, 4)
    const both = v128.load(pairs)
    const value = firstOf(both)
    const nextValue = secondOf(both)
    add(h0, load<u8>(c0 + row), value)
    add(h1, load<u8>(c1 + row), value)
    add(h0, load<u8>(c0 + next), nextValue)
    add(h1, load<u8>(c1 + next), nextValue)
    add(h2, load<u8>(c2 + row), value)
    add(h3, load<u8>(c3 + row), value)
    add(h2, load<u8>(c2 + next), nextValue)
    add(h3, load<u8>(c3 + next), nextValue)
  }
  if ((n & 1) === 0) return
  const row = <usize>load<u32>(idx)
  const value = pairAt(pairs)
  add(h0, load<u8>(c0 + row), value)
  add(h1, load<u8>(c1 + row), value)
  add(h2, load<u8>(c2 + row), value)
  add(h3, load<u8>(c3 + row), value)
}

/** As `histogram4` for what is left over by four. */
export function histogram2(c0: usize, c1: usize, h0: usize, h1: usize, idx: usize, pairs: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const row = <usize>load<u32>(idx + ((<usize>i) << 2))
    const value = pairAt(pairs + ((<usize>i) << 3))
    add(h0, load<u8>(c0 + row), value)
    add(h1, load<u8>(c1 + row), value)
  }
}

export function histogram3(c0: usize, c1: usize, c2: usize, h0: usize, h1: usize, h2: usize, idx: usize, pairs: usize, n: i32): void {
  for (const end = idx + ((<usize>(n & ~1)) << 2); idx < end; idx += 8, pairs += 16) {
    const row = <usize>load<u32>(idx)
    const next = <usize>load<u32>(idx, 4)
    const both = v128.load(pairs)
    const value = firstOf(both)
    const nextValue = secondOf(both)
    add(h0, load<u8>(c0 + row), value)
    add(h1, load<u8>(c1 + row), value)
    add(h2, load<u8>(c2 + row), value)
    add(h0, load<u8>(c0 + next), nextValue)
    add(h1, load<u8>(c1 + next), nextValue)
    add(h2, load<u8>(c2 + next), nextValue)
  }
  if ((n & 1) === 0) return
  const row = <usize>load<u32>(idx)
  const value = pairAt(pairs)
  add(h0, load<u8>(c0 + row), value)
  add(h1, load<u8>(c1 + row), value)
  add(h2, load<u8>(c2 + row), value)
}

/** All rows 0..n-1 of one column. */
export function histogramAll1(c0: usize, h0: usize, pairs: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) add(h0, load<u8>(c0 + <usize>i), pairAt(pairs + ((<usize>i) << 3)))
}

export function histogramAll2(c0: usize, c1: usize, h0: usize, h1: usize, pairs: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const row = <usize>i
    const value = pairAt(pairs + (row << 3))
    add(h0, load<u8>(c0 + row), value)
    add(h1, load<u8>(c1 + row), value)
  }
}

export function histogramAll3(c0: usize, c1: usize, c2: usize, h0: usize, h1: usize, h2: usize, pairs: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const row = <usize>i
    const value = pairAt(pairs + (row << 3))
    add(h0, load<u8>(c0 + row), value)
    add(h1, load<u8>(c1 + row), value)
    add(h2, load<u8>(c2 + row), value)
  }
}

export function histogramAll4(
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  h0: usize,
  h1: usize,
  h2: usize,
  h3: usize,
  pairs: usize,
  n: i32,
): void {
  const whole = n & ~3
  for (let i: i32 = 0; i < whole; i += 4) {
    // The bins of four rows by one load a column, each shifted to where its histogram has it: 16 bytes a bin.
    const row = <usize>i
    const b0 = load<u32>(c0 + row)
    const b1 = load<u32>(c1 + row)
    const b2 = load<u32>(c2 + row)
    const b3 = load<u32>(c3 + row)
    const at = pairs + (row << 3)
    addAll(h0 + ((b0 << 4) & 0xff0), h1 + ((b1 << 4) & 0xff0), h2 + ((b2 << 4) & 0xff0), h3 + ((b3 << 4) & 0xff0), pairAt(at))
    addAll(h0 + ((b0 >> 4) & 0xff0), h1 + ((b1 >> 4) & 0xff0), h2 + ((b2 >> 4) & 0xff0), h3 + ((b3 >> 4) & 0xff0), pairAt(at + 8))
    addAll(h0 + ((b0 >> 12) & 0xff0), h1 + ((b1 >> 12) & 0xff0), h2 + ((b2 >> 12) & 0xff0), h3 + ((b3 >> 12) & 0xff0), pairAt(at + 16))
    addAll(h0 + ((b0 >> 20) & 0xff0), h1 + ((b1 >> 20) & 0xff0), h2 + ((b2 >> 20) & 0xff0), h3 + ((b3 >> 20) & 0xff0), pairAt(at + 24))
  }
  for (let i = whole; i < n; i++) {
    const row = <usize>i
    const value = pairAt(pairs + (row << 3))
    add(h0, load<u8>(c0 + row), value)
    add(h1, load<u8>(c1 + row), value)
    add(h2, load<u8>(c2 + row), value)
    add(h3, load<u8>(c3 + row), value)
  }
}

function addAll(a0: usize, a1: usize, a2: usize, a3: usize, value: v128): void {
  v128.store(a0, i32x4.add(v128.load(a0), value))
  v128.store(a1, i32x4.add(v128.load(a1), value))
  v128.store(a2, i32x4.add(v128.load(a2), value))
  v128.store(a3, i32x4.add(v128.load(a3), value))
}

/** Entries `row << 6 | code`; `codes` holds the vector of each of the 64 codes. */
export function histogramPacked1(c0: usize, h0: usize, entries: usize, codes: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const entry = load<u32>(entries + ((<usize>i) << 2))
    add(h0, load<u8>(c0 + <usize>(entry >> 6)), v128.load(codes + ((<usize>(entry & 63)) << 4)))
  }
}

export function histogramPacked4(
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  h0: usize,
  h1: usize,
  h2: usize,
  h3: usize,
  entries: usize,
  codes: usize,
  n: i32,
): void {
  for (let i: i32 = 0; i < n; i++) {
    const entry = load<u32>(entries + ((<usize>i) << 2))
    const row = <usize>(entry >> 6)
    const value = v128.load(codes + ((<usize>(entry & 63)) << 4))
    add(h0, load<u8>(c0 + row), value)
    add(h1, load<u8>(c1 + row), value)
    add(h2, load<u8>(c2 + row), value)
    add(h3, load<u8>(c3 + row), value)
  }
}

/** `hist -= other` over a number of bins: the histogram of the larger child from its parent's and its sibling's. */
export function subtract(hist: usize, other: usize, bins: i32): void {
  const end = hist + ((<usize>bins) << 4)
  for (; hist + 48 < end; hist += 64, other += 64) {
    v128.store(hist, i32x4.sub(v128.load(hist), v128.load(other)))
    v128.store(hist, i32x4.sub(v128.load(hist, 16), v128.load(other, 16)), 16)
    v128.store(hist, i32x4.sub(v128.load(hist, 32), v128.load(other, 32)), 32)
    v128.store(hist, i32x4.sub(v128.load(hist, 48), v128.load(other, 48)), 48)
  }
  for (; hist < end; hist += 16, other += 16) v128.store(hist, i32x4.sub(v128.load(hist), v128.load(other)))
}
