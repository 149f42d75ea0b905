// Nodes of few rows touch few bins: these kernels note which, so that the others need be neither read nor cleared.

/** Writes to `mask` (256 bits) which bins of a column n entries (`row << shift | anything`) have. `map` is 256 zeros, before and after. */
export function markBins(column: usize, entries: usize, n: i32, shift: u32, map: usize, mask: usize): void {
  // Bytes first: bits of one word would wait for each other.
  for (let i: i32 = 0; i < n; i++) {
    store<u8>(map + <usize>load<u8>(column + <usize>(load<u32>(entries + ((<usize>i) << 2)) >> shift)), 255)
  }
  for (let word: usize = 0; word < 16; word++) {
    store<u16>(mask + (word << 1), <u16>i8x16.bitmask(v128.load(map + (word << 4))))
    v128.store(map + (word << 4), i64x2.splat(0))
  }
}

/** Clears the bins of `mask`, `stride` bytes each, a multiple of 16. */
export function clearMarked(hist: usize, stride: u32, mask: usize): void {
  for (let word: i32 = 0; word < 4; word++) {
    let bits = load<u64>(mask + ((<usize>word) << 3))
    while (bits !== 0) {
      const at = hist + <usize>((((<u32>word) << 6) + <u32>ctz(bits)) * stride)
      bits &= bits - 1
      for (let k: u32 = 0; k < stride; k += 16) v128.store(at + <usize>k, i64x2.splat(0))
    }
  }
}

/** As `scan` without lambda and fewest hessians, where only the bins of `mask` have rows. */
export function scanMarked(hist: usize, mask: usize, valueBins: i32, g: f64, h: f64, count: i32, minRows: i32, out: usize): void {
  const missing = v128.load(hist + ((<usize>valueBins) << 4))
  const hasMissing = i32x4.extract_lane(missing, 2) !== 0
  store<f64>(out, -1)
  store<f64>(out, 0, 64)
  scanFrom(i32x4.splat(0), 0, hasMissing, hist, mask, valueBins, g, h, count, minRows, out)
  if (hasMissing) scanFrom(missing, 1, true, hist, mask, valueBins, g, h, count, minRows, out)
}

function scanFrom(
  start: v128,
  missingLeft: i32,
  hasMissing: bool,
  hist: usize,
  mask: usize,
  valueBins: i32,
  g: f64,
  h: f64,
  count: i32,
  minRows: i32,
  out: usize,
): void {
  const total = f64x2(g, h)
  let best = load<f64>(out)
  let bestBin: i32 = -1
  let nextBin: i32 = -1
  let bestSums = start
  let sums = start
  for (let word: i32 = 0; word < 4; word++) {
    let bits = load<u64>(mask + ((<usize>word) << 3))
    while (bits !== 0) {
      const bin = (word << 6) + <i32>ctz(bits)
      bits &= bits - 1
      if (bin >= valueBins) break
      if (nextBin < 0 && bestBin >= 0) nextBin = bin
      const own = v128.load(hist + ((<usize>bin) << 4))
      // The first bin that has rows does not have all of them: the feature varies.
      if (i32x4.extract_lane(own, 2) !== count) store<f64>(out, 1, 64)
      sums = i32x4.add(sums, own)
      const leftCount = i32x4.extract_lane(sums, 2)
      if (leftCount < minRows || count - leftCount < minRows) continue
      const left = f64x2.convert_low_i32x4_s(sums)
      const right = f64x2.sub(total, left)
      const hessians = v128.shuffle<i64>(left, right, 1, 3)
      const gradients = v128.shuffle<i64>(left, right, 0, 2)
      const scores = f64x2.div(f64x2.mul(gradients, gradients), hessians)
      const score = f64x2.extract_lane(scores, 0) + f64x2.extract_lane(scores, 1)
      if (score > best) {
        best = score
        bestBin = bin
        nextBin = -1
        bestSums = sums
      }
    }
  }
  if (bestBin < 0) return
  // No value follows: the split parts known values from missing ones.
  if (nextBin < 0) {
    nextBin = valueBins
    bestBin = valueBins - 1
  }
  store<f64>(out, best)
  store<f64>(out, <f64>bestBin, 8)
  store<f64>(out, <f64>nextBin, 16)
  store<f64>(out, <f64>missingLeft, 24)
  store<f64>(out, <f64>hasMissing, 32)
  store<f64>(out, <f64>i32x4.extract_lane(bestSums, 0), 40)
  store<f64>(out, <f64>i32x4.extract_lane(bestSums, 1), 48)
  store<f64>(out, <f64>i32x4.extract_lane(bestSums, 2), 56)
}
