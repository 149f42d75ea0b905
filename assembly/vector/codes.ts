// Sign codes: one bit a column, whether a row is above the mean. How many bits of two codes differ orders rows roughly by their angle;
// the closest few thousand are rescored. Six 64-bit counts a row are faster here than counts of vectors.

/** Places in the state of a scan: see `scanCodes`. */
const LIMIT: usize = 0
const TAKEN: usize = 4
const KEPT: usize = 8
const ACCEPT: usize = 12
const WANTED: usize = 16
const CAPACITY: usize = 20
const HISTOGRAM: usize = 64

/** Listed codes that are fetched before the first of them is compared. */
const AHEAD: i32 = 64
/** What was read ahead: kept, or the compiler would leave the reading out. */
let _ahead: u64 = 0

/**
 * Codes of `n` rows: bit j is set when `q > floor(mean[j] / scale)`, which is `scale * q > mean[j]` in whole numbers. `words` 64-bit
 * words a code; columns beyond `stride` are 0. `rows` and `aux` as for scanRows.
 */
export function encodeRows(rows: usize, aux: usize, mean: usize, n: i32, stride: i32, words: i32, out: usize): void {
  const lowest = f32x4.splat(-128)
  const highest = f32x4.splat(127)
  for (let i: i32 = 0; i < n; i++) {
    const scale = load<f32>(aux + ((<usize>i) << 3))
    const inverse = f32x4.splat(scale > 0 ? <f32>1 / scale : 0)
    const row = rows + <usize>i * <usize>stride
    const code = out + <usize>i * <usize>words * 8
    if ((stride & 63) !== 0) store<u64>(code + ((<usize>(words - 1)) << 3), 0)
    for (let j: i32 = 0; j < stride; j += 16) {
      const m = mean + ((<usize>j) << 2)
      const a = bound(v128.load(m), inverse, lowest, highest)
      const b = bound(v128.load(m, 16), inverse, lowest, highest)
      const c = bound(v128.load(m, 32), inverse, lowest, highest)
      const d = bound(v128.load(m, 48), inverse, lowest, highest)
      const bounds = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
      store<u16>(code + (<usize>j >> 3), <u16>i8x16.bitmask(i8x16.gt_s(v128.load(row + <usize>j), bounds)))
    }
  }
}

function bound(mean: v128, inverse: v128, lowest: v128, highest: v128): v128 {
  const floor = f32x4.floor(f32x4.mul(mean, inverse))
  return i32x4.trunc_sat_f32x4_s(f32x4.max(lowest, f32x4.min(highest, floor)))
}

/**
 * Collects the rows whose code differs least from `query`: all with fewer than LIMIT differing bits, where LIMIT falls as long as WANTED
 * rows remain. Entries of `list` are (slot, bits). `state`: LIMIT, TAKEN (entries of the list), KEPT (of them below LIMIT), ACCEPT, WANTED,
 * CAPACITY (of the list), and a histogram. The result does not depend on the order of the rows unless more tie than the list holds.
 */
export function scanCodes(query: usize, codes: usize, n: i32, slot: i32, words: i32, allowed: usize, list: usize, state: usize): void {
  let accept = load<i32>(state + ACCEPT)
  const size = (<usize>words) << 3
  let code = codes
  if (words === 6) {
    const a = load<u64>(query)
    const b = load<u64>(query, 8)
    const c = load<u64>(query, 16)
    const d = load<u64>(query, 24)
    const e = load<u64>(query, 32)
    const f = load<u64>(query, 40)
    for (let i: i32 = 0; i < n; i++, code += 48) {
      const bits = <i32>(
        (popcnt(load<u64>(code) ^ a) +
          popcnt(load<u64>(code, 8) ^ b) +
          popcnt(load<u64>(code, 16) ^ c) +
          popcnt(load<u64>(code, 24) ^ d) +
          popcnt(load<u64>(code, 32) ^ e) +
          popcnt(load<u64>(code, 40) ^ f))
      )
      if (bits < accept) accept = accepted(i, slot, bits, allowed, list, state)
    }
    return
  }
  for (let i: i32 = 0; i < n; i++, code += size) {
    const bits = difference(query, code, size)
    if (bits < accept) accept = accepted(i, slot, bits, allowed, list, state)
  }
}

/**
 * As `scanCodes`, of the `n` places in `places` only. They lie apart, so that each would be waited for; a quick run over some first makes
 * the processor fetch many at once (a tenth of a million: 4.7 ms without it).
 */
export function scanListedCodes(query: usize, codes: usize, places: usize, n: i32, slot: i32, words: i32, list: usize, state: usize): void {
  let accept = load<i32>(state + ACCEPT)
  const size = (<usize>words) << 3
  for (let from: i32 = 0; from < n; from += AHEAD) {
    const to = min(n, from + AHEAD)
    let touched: u64 = 0
    for (let i = from; i < to; i++) {
      const code = codes + <usize>load<i32>(places + ((<usize>i) << 2)) * size
      touched ^= load<u64>(code) ^ load<u64>(code + size - 8)
    }
    _ahead = touched
    for (let i = from; i < to; i++) {
      const place = load<i32>(places + ((<usize>i) << 2))
      const code = codes + <usize>place * size
      const bits = words === 6 ? difference6(query, code) : difference(query, code, size)
      if (bits < accept) accept = accepted(place, slot, bits, 0, list, state)
    }
  }
}

function difference6(query: usize, code: usize): i32 {
  return <i32>(
    (popcnt(load<u64>(code) ^ load<u64>(query)) +
      popcnt(load<u64>(code, 8) ^ load<u64>(query, 8)) +
      popcnt(load<u64>(code, 16) ^ load<u64>(query, 16)) +
      popcnt(load<u64>(code, 24) ^ load<u64>(query, 24)) +
      popcnt(load<u64>(code, 32) ^ load<u64>(query, 32)) +
      popcnt(load<u64>(code, 40) ^ load<u64>(query, 40)))
  )
}

function difference(query: usize, code: usize, size: usize): i32 {
  let bits: u64 = 0
  for (let j: usize = 0; j < size; j += 8) bits += popcnt(load<u64>(code + j) ^ load<u64>(query + j))
  return <i32>bits
}

/** Adds a row to the list, lowers the limit where it can; returns what the next row has to be below. */
function accepted(place: i32, slot: i32, bits: i32, allowed: usize, list: usize, state: usize): i32 {
  let accept = load<i32>(state + ACCEPT)
  if (allowed !== 0 && ((load<u32>(allowed + ((<usize>(place >> 5)) << 2)) >> (place & 31)) & 1) === 0) return accept
  let taken = load<i32>(state + TAKEN)
  const capacity = load<i32>(state + CAPACITY)
  if (taken === capacity) {
    taken = compact(list, taken, load<i32>(state + LIMIT))
    // Too many rows tie: from here on only closer ones count.
    if (taken > capacity >> 1 && accept === load<i32>(state + LIMIT)) {
      accept--
      store<i32>(state + ACCEPT, accept)
    }
    store<i32>(state + TAKEN, taken)
    if (taken === capacity || bits >= accept) return accept
  }
  store<i32>(list + ((<usize>taken) << 3), slot + place)
  store<i32>(list + ((<usize>taken) << 3), bits, 4)
  store<i32>(state + TAKEN, taken + 1)
  const histogram = state + HISTOGRAM
  store<i32>(histogram + ((<usize>bits) << 2), load<i32>(histogram + ((<usize>bits) << 2)) + 1)
  let kept = load<i32>(state + KEPT) + 1
  let limit = load<i32>(state + LIMIT)
  const wanted = load<i32>(state + WANTED)
  while (limit > 0) {
    const last = load<i32>(histogram + ((<usize>(limit - 1)) << 2))
    if (kept - last < wanted) break
    kept -= last
    limit--
  }
  store<i32>(state + KEPT, kept)
  store<i32>(state + LIMIT, limit)
  if (limit < accept) {
    accept = limit
    store<i32>(state + ACCEPT, accept)
  }
  return accept
}

/** Moves the entries below `limit` together; returns how many there are. */
function compact(list: usize, taken: i32, limit: i32): i32 {
  let to: i32 = 0
  for (let i: i32 = 0; i < taken; i++) {
    const entry = load<u64>(list + ((<usize>i) << 3))
    if (<i32>(entry >> 32) >= limit) continue
    store<u64>(list + ((<usize>to) << 3), entry)
    to++
  }
  return to
}
