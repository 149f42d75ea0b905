// Splits of forests for more than two classes: weights of classes by bin, and the best cut of one feature by the Gini impurity
// (Breiman et al. 1984): the largest sum_k left_k^2 / W_left + sum_k right_k^2 / W_right.
// A bin has `stride` bytes, a multiple of 16: a whole number of 32 bits for each class, then zeros. An entry is `row << shift | anything`;
// its code is `anything | weight << classBits | class`, of which `weightMask` cuts out the weight. Both may be the same word.

function addCode(hist: usize, bin: u32, stride: u32, code: u32, classBits: u32, weightMask: u32): void {
  const at = hist + <usize>(bin * stride + ((code & ((1 << classBits) - 1)) << 2))
  store<u32>(at, load<u32>(at) + ((code >> classBits) & weightMask))
}

/** Adds the codes of n entries to the histogram of one column. */
export function histogramClasses1(
  c0: usize,
  h0: usize,
  entries: usize,
  shift: u32,
  codes: usize,
  n: i32,
  stride: u32,
  classBits: u32,
  weightMask: u32,
): void {
  for (let i: i32 = 0; i < n; i++) {
    const at = (<usize>i) << 2
    addCode(h0, load<u8>(c0 + <usize>(load<u32>(entries + at) >> shift)), stride, load<u32>(codes + at), classBits, weightMask)
  }
}

/** As `histogramClasses1` for four columns at a time, which reads entries and codes once. */
export function histogramClasses4(
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  h0: usize,
  h1: usize,
  h2: usize,
  h3: usize,
  entries: usize,
  shift: u32,
  codes: usize,
  n: i32,
  stride: u32,
  classBits: u32,
  weightMask: u32,
): void {
  const classMask: u32 = (1 << classBits) - 1
  for (let i: i32 = 0; i < n; i++) {
    const at = (<usize>i) << 2
    const row = <usize>(load<u32>(entries + at) >> shift)
    const code = load<u32>(codes + at)
    const place = (code & classMask) << 2
    const weight = (code >> classBits) & weightMask
    const a0 = h0 + <usize>(load<u8>(c0 + row) * stride + place)
    store<u32>(a0, load<u32>(a0) + weight)
    const a1 = h1 + <usize>(load<u8>(c1 + row) * stride + place)
    store<u32>(a1, load<u32>(a1) + weight)
    const a2 = h2 + <usize>(load<u8>(c2 + row) * stride + place)
    store<u32>(a2, load<u32>(a2) + weight)
    const a3 = h3 + <usize>(load<u8>(c3 + row) * stride + place)
    store<u32>(a3, load<u32>(a3) + weight)
  }
}

/** Counts the rows of each bin, 32 bits a bin. */
export function countRows(c0: usize, counts: usize, entries: usize, shift: u32, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const at = counts + ((<usize>load<u8>(c0 + <usize>(load<u32>(entries + ((<usize>i) << 2)) >> shift))) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
}

/** Sums the weights of n codes by class; `totals` has room for a bin and is cleared first. */
export function sumClasses(codes: usize, n: i32, stride: u32, classBits: u32, weightMask: u32, totals: usize): void {
  memory.fill(totals, 0, <usize>stride)
  for (let i: i32 = 0; i < n; i++) addCode(totals, 0, stride, load<u32>(codes + ((<usize>i) << 2)), classBits, weightMask)
}

/** `to[i] = codes[entries[i]]`, 4 bytes each. */
export function gatherCodes(codes: usize, entries: usize, n: i32, to: usize): void {
  for (let i: i32 = 0; i < n; i++) {
    const at = (<usize>i) << 2
    store<u32>(to + at, load<u32>(codes + ((<usize>load<u32>(entries + at)) << 2)))
  }
}

/** Sum of the weights of one bin. */
function weightOf(bin: usize, stride: u32): i32 {
  let sum = i32x4.splat(0)
  for (let k: u32 = 0; k < stride; k += 16) sum = i32x4.add(sum, v128.load(bin + <usize>k))
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + (i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3))
}

/**
 * The best cut of a column among the bins of `mask` (256 bits). `totals` are the node's class weights, `left` is room for a bin;
 * `counts` holds rows by bin where a side needs several rows, else it is 0. Writes to `out` what `scan` of scan.ts does: the weight
 * of the left side is its hessian, its gradient 0.
 */
export function scanClasses(
  hist: usize,
  stride: u32,
  mask: usize,
  valueBins: i32,
  totals: usize,
  left: usize,
  counts: usize,
  rows: i32,
  minRows: i32,
  out: usize,
): void {
  const weight = weightOf(totals, stride)
  const missing = hist + <usize>(<u32>valueBins * stride)
  const missingWeight = weightOf(missing, stride)
  store<f64>(out, -1)
  store<f64>(out, <f64>(missingWeight !== 0), 32)
  store<f64>(out, 0, 64)
  memory.fill(left, 0, <usize>stride)
  scanFrom(0, 0, 0, weight, hist, stride, mask, valueBins, totals, left, counts, rows, minRows, out)
  if (missingWeight === 0) return
  memory.copy(left, missing, <usize>stride)
  const missingRows = counts !== 0 ? load<i32>(counts + ((<usize>valueBins) << 2)) : 0
  scanFrom(1, missingWeight, missingRows, weight, hist, stride, mask, valueBins, totals, left, counts, rows, minRows, out)
}

/** One pass over the bins; missing rows are on the left when `left` begins with theirs. */
function scanFrom(
  missingLeft: i32,
  startWeight: i32,
  startRows: i32,
  weight: i32,
  hist: usize,
  stride: u32,
  mask: usize,
  valueBins: i32,
  totals: usize,
  left: usize,
  counts: usize,
  rows: i32,
  minRows: i32,
  out: usize,
): void {
  let best = load<f64>(out)
  let bestBin: i32 = -1
  let bestWeight: i32 = 0
  let leftWeight = startWeight
  let leftRows = startRows
  let first = true
  for (let word: i32 = 0; word < 4; word++) {
    let bits = load<u64>(mask + ((<usize>word) << 3))
    while (bits !== 0) {
      const bin = (word << 6) + <i32>ctz(bits)
      bits &= bits - 1
      if (bin >= valueBins) break
      const at = hist + <usize>(<u32>bin * stride)
      let moved = i32x4.splat(0)
      let leftSquares = f64x2.splat(0)
      let rightSquares = f64x2.splat(0)
      for (let k: u32 = 0; k < stride; k += 16) {
        const own = v128.load(at + <usize>k)
        moved = i32x4.add(moved, own)
        const l = i32x4.add(v128.load(left + <usize>k), own)
        v128.store(left + <usize>k, l)
        const r = i32x4.sub(v128.load(totals + <usize>k), l)
        const l0 = f64x2.convert_low_i32x4_s(l)
        const l1 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(l, l, 1, 1))
        const r0 = f64x2.convert_low_i32x4_s(r)
        const r1 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(r, r, 1, 1))
        leftSquares = f64x2.add(f64x2.add(leftSquares, f64x2.mul(l0, l0)), f64x2.mul(l1, l1))
        rightSquares = f64x2.add(f64x2.add(rightSquares, f64x2.mul(r0, r0)), f64x2.mul(r1, r1))
      }
      const own =
        i32x4.extract_lane(moved, 0) + i32x4.extract_lane(moved, 1) + (i32x4.extract_lane(moved, 2) + i32x4.extract_lane(moved, 3))
      if (own === 0) continue
      if (first) {
        first = false
        if (own !== weight) store<f64>(out, 1, 64)
      }
      leftWeight += own
      if (leftWeight === weight) {
        word = 4
        break
      }
      if (counts !== 0) {
        leftRows += load<i32>(counts + ((<usize>bin) << 2))
        if (leftRows < minRows) continue
        if (rows - leftRows < minRows) {
          word = 4
          break
        }
      }
      const score =
        (f64x2.extract_lane(leftSquares, 0) + f64x2.extract_lane(leftSquares, 1)) / <f64>leftWeight +
        (f64x2.extract_lane(rightSquares, 0) + f64x2.extract_lane(rightSquares, 1)) / <f64>(weight - leftWeight)
      if (score > best) {
        best = score
        bestBin = bin
        bestWeight = leftWeight
      }
    }
  }
  if (bestBin < 0) return
  let nextBin = bestBin + 1
  while (nextBin < valueBins && weightOf(hist + <usize>(<u32>nextBin * stride), stride) === 0) nextBin++
  // No value follows: the split parts known values from missing ones.
  if (nextBin === valueBins) bestBin = valueBins - 1
  store<f64>(out, best)
  store<f64>(out, <f64>bestBin, 8)
  store<f64>(out, <f64>nextBin, 16)
  store<f64>(out, <f64>missingLeft, 24)
  store<f64>(out, 0, 40)
  store<f64>(out, <f64>bestWeight, 48)
}
