// Scores of int8 rows. A scan multiplies with the query in 7 bits, which finds the candidates; `rescore` with the query in 13 bits,
// which orders them. Both sum whole numbers.

import { push, threshold } from './heap'

/** Rows of a block are 4096; the table at `blocks` holds where their rows, aux and half norms begin: 3 words a block. */
const BLOCK_SHIFT: i32 = 12
const BLOCK_MASK: i32 = 4095

/** Candidates whose rows are fetched before the first of them is scored, and the bytes that come at once. */
const AHEAD: i32 = 16
const LINE: usize = 64
/** What was read ahead: kept, or the compiler would leave the reading out. */
let _ahead: u64 = 0

/**
 * Scores `n` rows of `stride` bytes with the query (bytes 1..127: 64 + value) and keeps the best `size` whose bit in `allowed` is set:
 * `(dot - aux.offset) * aux.scale - halfNorm * weight`. Slots count from `slot`; `norms` 0: there are none. Returns the new count.
 */
export function scanRows(
  query: usize,
  rows: usize,
  aux: usize,
  norms: usize,
  weight: f32,
  n: i32,
  slot: i32,
  stride: i32,
  allowed: usize,
  scores: usize,
  slots: usize,
  size: i32,
  count: i32,
): i32 {
  const bytes = <usize>stride
  let worst = threshold(scores, size, count)
  let row = rows
  // Rows beyond the last stand in the block too; their bits are not set.
  for (let i: i32 = 0; i < n; i += 4, row += bytes << 2) {
    const sums = dots(query, row, row + bytes, row + 2 * bytes, row + 3 * bytes, bytes)
    const at = aux + ((<usize>i) << 3)
    let score = scaled(sums, v128.load(at), v128.load(at, 16))
    if (norms !== 0) score = f32x4.sub(score, f32x4.mul(v128.load(norms + ((<usize>i) << 2)), f32x4.splat(weight)))
    if (!v128.any_true(f32x4.gt(score, f32x4.splat(worst)))) continue
    const bits = load<u32>(allowed + ((<usize>(i >> 5)) << 2)) >> (i & 31)
    if ((bits & 15) === 0) continue
    const s0 = f32x4.extract_lane(score, 0)
    const s1 = f32x4.extract_lane(score, 1)
    const s2 = f32x4.extract_lane(score, 2)
    const s3 = f32x4.extract_lane(score, 3)
    if ((bits & 1) !== 0 && s0 > worst) {
      count = push(scores, slots, size, count, s0, slot + i)
      worst = threshold(scores, size, count)
    }
    if ((bits & 2) !== 0 && s1 > worst) {
      count = push(scores, slots, size, count, s1, slot + i + 1)
      worst = threshold(scores, size, count)
    }
    if ((bits & 4) !== 0 && s2 > worst) {
      count = push(scores, slots, size, count, s2, slot + i + 2)
      worst = threshold(scores, size, count)
    }
    if ((bits & 8) !== 0 && s3 > worst) {
      count = push(scores, slots, size, count, s3, slot + i + 3)
      worst = threshold(scores, size, count)
    }
  }
  return count
}

/** As `scanRows`, of the `n` places in `list` only. */
export function scanListedRows(
  query: usize,
  rows: usize,
  aux: usize,
  norms: usize,
  weight: f32,
  list: usize,
  n: i32,
  slot: i32,
  stride: i32,
  scores: usize,
  slots: usize,
  size: i32,
  count: i32,
): i32 {
  const bytes = <usize>stride
  let worst = threshold(scores, size, count)
  for (let i: i32 = 0; i < n; i += 4) {
    const left = n - i
    const at = list + ((<usize>i) << 2)
    const p0 = load<u32>(at)
    const p1 = left > 1 ? load<u32>(at, 4) : p0
    const p2 = left > 2 ? load<u32>(at, 8) : p0
    const p3 = left > 3 ? load<u32>(at, 12) : p0
    const sums = dots(query, rows + <usize>p0 * bytes, rows + <usize>p1 * bytes, rows + <usize>p2 * bytes, rows + <usize>p3 * bytes, bytes)
    const first = v128.shuffle<i64>(v128.load64_zero(aux + ((<usize>p0) << 3)), v128.load64_zero(aux + ((<usize>p1) << 3)), 0, 2)
    const second = v128.shuffle<i64>(v128.load64_zero(aux + ((<usize>p2) << 3)), v128.load64_zero(aux + ((<usize>p3) << 3)), 0, 2)
    let score = scaled(sums, first, second)
    if (norms !== 0) {
      let half = v128.load32_zero(norms + ((<usize>p0) << 2))
      half = f32x4.replace_lane(half, 1, load<f32>(norms + ((<usize>p1) << 2)))
      half = f32x4.replace_lane(half, 2, load<f32>(norms + ((<usize>p2) << 2)))
      half = f32x4.replace_lane(half, 3, load<f32>(norms + ((<usize>p3) << 2)))
      score = f32x4.sub(score, f32x4.mul(half, f32x4.splat(weight)))
    }
    if (!v128.any_true(f32x4.gt(score, f32x4.splat(worst)))) continue
    const s0 = f32x4.extract_lane(score, 0)
    const s1 = f32x4.extract_lane(score, 1)
    const s2 = f32x4.extract_lane(score, 2)
    const s3 = f32x4.extract_lane(score, 3)
    if (s0 > worst) {
      count = push(scores, slots, size, count, s0, slot + <i32>p0)
      worst = threshold(scores, size, count)
    }
    if (left > 1 && s1 > worst) {
      count = push(scores, slots, size, count, s1, slot + <i32>p1)
      worst = threshold(scores, size, count)
    }
    if (left > 2 && s2 > worst) {
      count = push(scores, slots, size, count, s2, slot + <i32>p2)
      worst = threshold(scores, size, count)
    }
    if (left > 3 && s3 > worst) {
      count = push(scores, slots, size, count, s3, slot + <i32>p3)
      worst = threshold(scores, size, count)
    }
  }
  return count
}

/** The best `size` of `n` candidates by the query in 13 bits (`query`: 16-bit values within 4095). */
export function rescore(
  query: usize,
  blocks: usize,
  candidates: usize,
  n: i32,
  stride: i32,
  weight: f32,
  scores: usize,
  slots: usize,
  size: i32,
): i32 {
  const bytes = <usize>stride
  let count: i32 = 0
  for (let i: i32 = 0; i < n; i++) {
    // Rows lie apart, so that each would be waited for; a quick run over some makes the processor fetch many at once.
    if ((i & (AHEAD - 1)) === 0) fetchRows(blocks, candidates, i, min(n, i + AHEAD), bytes)
    const slot = load<i32>(candidates + ((<usize>i) << 2))
    const block = blocks + <usize>(slot >> BLOCK_SHIFT) * 12
    const place = <usize>(slot & BLOCK_MASK)
    const dot = fineDot(query, <usize>load<u32>(block) + place * bytes, bytes)
    let score = <f32>dot * load<f32>(<usize>load<u32>(block, 4) + (place << 3))
    const norms = <usize>load<u32>(block, 8)
    if (norms !== 0) score -= load<f32>(norms + (place << 2)) * weight
    if (score > threshold(scores, size, count)) count = push(scores, slots, size, count, score, slot)
  }
  return count
}

function fetchRows(blocks: usize, candidates: usize, from: i32, to: i32, bytes: usize): void {
  let touched: u64 = 0
  for (let i = from; i < to; i++) {
    const slot = load<i32>(candidates + ((<usize>i) << 2))
    const block = blocks + <usize>(slot >> BLOCK_SHIFT) * 12
    const place = <usize>(slot & BLOCK_MASK)
    const row = <usize>load<u32>(block) + place * bytes
    for (let at: usize = 0; at < bytes; at += LINE) touched ^= load<u64>(row + at)
    touched ^= load<u64>(<usize>load<u32>(block, 4) + (place << 3))
  }
  _ahead = touched
}

/** Four dot products as 32-bit sums. The query's bytes are 7-bit, where the relaxed product is the same on every processor. */
function dots(query: usize, r0: usize, r1: usize, r2: usize, r3: usize, bytes: usize): v128 {
  let a = i32x4.splat(0)
  let b = a
  let c = a
  let d = a
  if (ASC_FEATURE_RELAXED_SIMD) {
    for (let j: usize = 0; j < bytes; j += 32) {
      const v = v128.load(query + j)
      const w = v128.load(query + j, 16)
      a = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r0 + j), v, a)
      b = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r1 + j), v, b)
      c = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r2 + j), v, c)
      d = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r3 + j), v, d)
      a = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r0 + j, 16), w, a)
      b = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r1 + j, 16), w, b)
      c = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r2 + j, 16), w, c)
      d = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(r3 + j, 16), w, d)
    }
  } else {
    for (let j: usize = 0; j < bytes; j += 8) {
      const v = v128.load_ext<u8>(query + j)
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(r0 + j), v))
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(r1 + j), v))
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(r2 + j), v))
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(r3 + j), v))
    }
  }
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7))
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7))
}

/** (sum - offset) * scale, of four rows whose aux are the two vectors. */
function scaled(sums: v128, first: v128, second: v128): v128 {
  const scales = v128.shuffle<i32>(first, second, 0, 2, 4, 6)
  const offsets = v128.shuffle<i32>(first, second, 1, 3, 5, 7)
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(sums, offsets)), scales)
}

function fineDot(query: usize, row: usize, bytes: usize): i32 {
  let a = i32x4.splat(0)
  let b = a
  for (let j: usize = 0; j < bytes; j += 16) {
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(row + j), v128.load(query + (j << 1))))
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(row + j, 8), v128.load(query + (j << 1), 16)))
  }
  a = i32x4.add(a, b)
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3)
}
