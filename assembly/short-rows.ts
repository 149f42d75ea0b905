// k-means on rows of many columns: what is near is told by rows and centers rounded to whole numbers of 16 bits, eight products in one
// step, with a bound of what rounding can have changed. Only where that does not decide are distances taken in full, so that the answers
// are those of assembly/centers.ts. A row or center has `words` numbers of 16 bits, a multiple of eight, zeros behind its last column; and
// four doubles "about" it: what a whole number stands for, the sum of the squares of the differences from the mean, its root, and the
// length of what rounding took away (of a center, as src/algorithms/cluster/short-rows.ts writes it: twice the first, the squares less
// what they may be off, and its reach: no less than its length, nor than what it lost by `rounding`).

/** Adding it leaves a whole number in the low bits. */
const WHOLE: f64 = 6755399441055744
/** Squares below have lost digits; such a row is all loss. */
const NOTHING: f64 = 1e-280
const NEARLY_NOTHING: f64 = 1e-139
/** Sums of squares are off by less, as a share. */
const SLACK: f64 = 1e-10

/**
 * n rows of `stride` doubles, less `mean`, times the largest factor by which no length is beyond `limit` and no number beyond 16 bits.
 * Sums of the products of two such rows stay in 32 bits when the limits' product is below 2^31 by some.
 */
export function shortenRows(x: usize, stride: usize, n: i32, mean: usize, limit: f64, words: usize, out: usize, about: usize): void {
  const bytes = stride << 3
  // Whole vectors of eight columns.
  const whole = bytes & ~63
  const magic = f64x2.splat(WHOLE)
  for (let row: i32 = 0; row < n; row++, x += bytes, out += words << 1, about += 32) {
    let sum = f64x2.splat(0)
    let most = sum
    for (let c: usize = 0; c < bytes; c += 16) {
      const d = f64x2.sub(v128.load(x + c), v128.load(mean + c))
      sum = f64x2.add(sum, f64x2.mul(d, d))
      most = f64x2.pmax(most, f64x2.abs(d))
    }
    const squares = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
    const length = Math.sqrt(squares)
    store<f64>(about, squares, 8)
    if (squares < NOTHING) {
      memory.fill(out, 0, words << 1)
      store<f64>(about, 0)
      store<f64>(about, length, 16)
      store<f64>(about, NEARLY_NOTHING, 24)
      continue
    }
    const scale = Math.min(limit / length, 32767 / Math.max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)))
    const factor = f64x2.splat(scale)
    const inverse = f64x2.splat(1 / scale)
    let lost = f64x2.splat(0)
    let to = out
    for (let c: usize = 0; c < whole; c += 64, to += 16) {
      let d = f64x2.sub(v128.load(x + c), v128.load(mean + c))
      const p = f64x2.add(f64x2.mul(d, factor), magic)
      let rest = f64x2.sub(d, f64x2.mul(f64x2.sub(p, magic), inverse))
      lost = f64x2.add(lost, f64x2.mul(rest, rest))
      d = f64x2.sub(v128.load(x + c, 16), v128.load(mean + c, 16))
      const q = f64x2.add(f64x2.mul(d, factor), magic)
      rest = f64x2.sub(d, f64x2.mul(f64x2.sub(q, magic), inverse))
      lost = f64x2.add(lost, f64x2.mul(rest, rest))
      d = f64x2.sub(v128.load(x + c, 32), v128.load(mean + c, 32))
      const r = f64x2.add(f64x2.mul(d, factor), magic)
      rest = f64x2.sub(d, f64x2.mul(f64x2.sub(r, magic), inverse))
      lost = f64x2.add(lost, f64x2.mul(rest, rest))
      d = f64x2.sub(v128.load(x + c, 48), v128.load(mean + c, 48))
      const s = f64x2.add(f64x2.mul(d, factor), magic)
      rest = f64x2.sub(d, f64x2.mul(f64x2.sub(s, magic), inverse))
      lost = f64x2.add(lost, f64x2.mul(rest, rest))
      v128.store(to, i16x8.narrow_i32x4_s(v128.shuffle<i32>(p, q, 0, 2, 4, 6), v128.shuffle<i32>(r, s, 0, 2, 4, 6)))
    }
    if (whole < bytes) {
      v128.store(to, f64x2.splat(0))
      for (let c = whole; c < bytes; c += 16, to += 4) {
        const d = f64x2.sub(v128.load(x + c), v128.load(mean + c))
        const p = f64x2.add(f64x2.mul(d, factor), magic)
        const rest = f64x2.sub(d, f64x2.mul(f64x2.sub(p, magic), inverse))
        lost = f64x2.add(lost, f64x2.mul(rest, rest))
        store<i16>(to, i32x4.extract_lane(p, 0))
        store<i16>(to, i32x4.extract_lane(p, 2), 2)
      }
    }
    store<f64>(about, 1 / scale)
    store<f64>(about, length, 16)
    store<f64>(about, Math.sqrt(f64x2.extract_lane(lost, 0) + f64x2.extract_lane(lost, 1)) * 1.000001 + length * 1e-14, 24)
  }
}

/** Products of four rows with two centers: `out[center * 4 + row]`, whole numbers of 32 bits. */
function shortProducts(r0: usize, r1: usize, r2: usize, r3: usize, center: usize, words: usize, out: usize): void {
  let s0 = i32x4.splat(0)
  let t0 = s0
  let s1 = s0
  let t1 = s0
  let s2 = s0
  let t2 = s0
  let s3 = s0
  let t3 = s0
  const bytes = words << 1
  const other = center + bytes
  for (let c: usize = 0; c < bytes; c += 16) {
    const x = v128.load(center + c)
    const y = v128.load(other + c)
    let value = v128.load(r0 + c)
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(value, x))
    t0 = i32x4.add(t0, i32x4.dot_i16x8_s(value, y))
    value = v128.load(r1 + c)
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(value, x))
    t1 = i32x4.add(t1, i32x4.dot_i16x8_s(value, y))
    value = v128.load(r2 + c)
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(value, x))
    t2 = i32x4.add(t2, i32x4.dot_i16x8_s(value, y))
    value = v128.load(r3 + c)
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(value, x))
    t3 = i32x4.add(t3, i32x4.dot_i16x8_s(value, y))
  }
  v128.store(out, sumsOfFour(s0, s1, s2, s3))
  v128.store(out, sumsOfFour(t0, t1, t2, t3), 16)
}

function sumsOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const one = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
  const two = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7))
  return i32x4.add(v128.shuffle<i64>(one, two, 0, 2), v128.shuffle<i64>(one, two, 1, 3))
}

/** How far what is known of a row's products may be off, for a center of reach 1. */
function lossOf(about: usize, rounding: f64): f64 {
  const length = load<f64>(about, 16)
  const lost = load<f64>(about, 24)
  return 2 * ((length + lost) * rounding + lost) + 2 * SLACK * length
}

/** Least squared distance of two rows to a center, less the squares of the rows. */
function least(products: v128, inverse: v128, loss: v128, center: usize): v128 {
  const twice = f64x2.mul(f64x2.mul(products, inverse), v128.load64_splat(center))
  return f64x2.sub(f64x2.sub(v128.load64_splat(center, 8), twice), f64x2.mul(loss, v128.load64_splat(center, 16)))
}

/**
 * As `nearestCenters`, where `nearest` is no less than the squared distance and `second` no more than the one to any other center. The
 * places i of rows for which that leaves the nearest open go to `open`; returns how many. Room for one center more; `out`: 32 bytes.
 */
export function nearShortCenters(
  x: usize,
  words: usize,
  list: usize,
  n: i32,
  about: usize,
  centers: usize,
  k: i32,
  aboutCenters: usize,
  rounding: f64,
  out: usize,
  found: usize,
  nearest: usize,
  second: usize,
  open: usize,
): i32 {
  const bytes = words << 1
  const last = n - 1
  const first = open
  for (let i: i32 = 0; i < n; i += 4) {
    const n0 = <usize>load<u32>(list + ((<usize>i) << 2))
    const n1 = <usize>load<u32>(list + ((<usize>min(i + 1, last)) << 2))
    const n2 = <usize>load<u32>(list + ((<usize>min(i + 2, last)) << 2))
    const n3 = <usize>load<u32>(list + ((<usize>min(i + 3, last)) << 2))
    const a0 = about + (n0 << 5)
    const a1 = about + (n1 << 5)
    const a2 = about + (n2 << 5)
    const a3 = about + (n3 << 5)
    const inverse = f64x2.replace_lane(v128.load64_splat(a0), 1, load<f64>(a1))
    const inverseB = f64x2.replace_lane(v128.load64_splat(a2), 1, load<f64>(a3))
    const loss = f64x2.replace_lane(f64x2.splat(lossOf(a0, rounding)), 1, lossOf(a1, rounding))
    const lossB = f64x2.replace_lane(f64x2.splat(lossOf(a2, rounding)), 1, lossOf(a3, rounding))
    let best = f64x2.splat(Infinity)
    let next = best
    let numbers = f64x2.splat(0)
    let bestB = best
    let nextB = best
    let numbersB = numbers
    for (let c: i32 = 0; c < k; c += 2) {
      shortProducts(x + n0 * bytes, x + n1 * bytes, x + n2 * bytes, x + n3 * bytes, centers + <usize>c * bytes, words, out)
      const most = min(2, k - c)
      for (let j: i32 = 0; j < most; j++) {
        const center = aboutCenters + ((<usize>(c + j)) << 5)
        const products = v128.load(out + ((<usize>j) << 4))
        const number = f64x2.splat(<f64>(c + j))
        let d = least(f64x2.convert_low_i32x4_s(products), inverse, loss, center)
        let nearer = f64x2.lt(d, best)
        next = f64x2.pmin(next, f64x2.pmax(best, d))
        best = f64x2.pmin(best, d)
        numbers = v128.bitselect(number, numbers, nearer)
        d = least(f64x2.convert_low_i32x4_s(v128.shuffle<i64>(products, products, 1, 1)), inverseB, lossB, center)
        nearer = f64x2.lt(d, bestB)
        nextB = f64x2.pmin(nextB, f64x2.pmax(bestB, d))
        bestB = f64x2.pmin(bestB, d)
        numbersB = v128.bitselect(number, numbersB, nearer)
      }
    }
    const to = found + ((<usize>i) << 2)
    store<i32>(to, <i32>f64x2.extract_lane(numbers, 0))
    store<i32>(to, <i32>f64x2.extract_lane(numbers, 1), 4)
    store<i32>(to, <i32>f64x2.extract_lane(numbersB, 0), 8)
    store<i32>(to, <i32>f64x2.extract_lane(numbersB, 1), 12)
    // Places behind the last row are written too; the heap has room for them.
    const near = nearest + ((<usize>i) << 3)
    const far = second + ((<usize>i) << 3)
    v128.store(near, best)
    v128.store(near, bestB, 16)
    v128.store(far, next)
    v128.store(far, nextB, 16)
    for (let j: i32 = 0; j < min(4, n - i); j++) {
      const at = <usize>j
      const row = about + ((<usize>load<u32>(list + ((<usize>(i + j)) << 2))) << 5)
      const reach = load<f64>(aboutCenters + ((<usize>load<i32>(to + (at << 2))) << 5), 16)
      const squares = load<f64>(row, 8)
      const off = 2 * (lossOf(row, rounding) * reach + SLACK * reach * reach)
      const most = Math.max(0, load<f64>(near + (at << 3)) + off + squares * (1 + SLACK)) + NOTHING
      const fewest = Math.max(0, load<f64>(far + (at << 3)) + squares * (1 - SLACK) - NOTHING)
      store<f64>(near + (at << 3), most)
      store<f64>(far + (at << 3), fewest)
      store<u32>(open, i + j)
      // What is no number decides nothing.
      open += fewest > most ? 0 : 4
    }
  }
  return <i32>((open - first) >> 2)
}

/**
 * Of each of the trial centers the rows 0..n-1 that may be nearer to it than their `potential` says go to a list of their own, one each
 * `listBytes`; how many to `counts`. Room for one trial more; `out`: 32 bytes.
 */
export function shortTrials(
  x: usize,
  words: usize,
  n: i32,
  about: usize,
  centers: usize,
  trials: i32,
  aboutCenters: usize,
  rounding: f64,
  potential: usize,
  out: usize,
  lists: usize,
  listBytes: usize,
  counts: usize,
): void {
  const bytes = words << 1
  const last = n - 1
  memory.fill(counts, 0, (<usize>trials) << 2)
  for (let i: i32 = 0; i < n; i += 4) {
    const n1 = <usize>min(i + 1, last)
    const n2 = <usize>min(i + 2, last)
    const n3 = <usize>min(i + 3, last)
    const a0 = about + ((<usize>i) << 5)
    const a1 = about + (n1 << 5)
    const a2 = about + (n2 << 5)
    const a3 = about + (n3 << 5)
    const inverse = f64x2.replace_lane(v128.load64_splat(a0), 1, load<f64>(a1))
    const inverseB = f64x2.replace_lane(v128.load64_splat(a2), 1, load<f64>(a3))
    const loss = f64x2.replace_lane(f64x2.splat(lossOf(a0, rounding)), 1, lossOf(a1, rounding))
    const lossB = f64x2.replace_lane(f64x2.splat(lossOf(a2, rounding)), 1, lossOf(a3, rounding))
    const squares = f64x2.replace_lane(v128.load64_splat(a0, 8), 1, load<f64>(a1, 8))
    const squaresB = f64x2.replace_lane(v128.load64_splat(a2, 8), 1, load<f64>(a3, 8))
    const from = potential + ((<usize>i) << 3)
    const limit = f64x2.add(f64x2.sub(v128.load(from), f64x2.mul(squares, f64x2.splat(1 - SLACK))), f64x2.splat(NOTHING))
    const limitB = f64x2.add(f64x2.sub(v128.load(from, 16), f64x2.mul(squaresB, f64x2.splat(1 - SLACK))), f64x2.splat(NOTHING))
    for (let c: i32 = 0; c < trials; c += 2) {
      shortProducts(x + <usize>i * bytes, x + n1 * bytes, x + n2 * bytes, x + n3 * bytes, centers + <usize>c * bytes, words, out)
      const most = min(2, trials - c)
      for (let j: i32 = 0; j < most; j++) {
        const center = aboutCenters + ((<usize>(c + j)) << 5)
        const products = v128.load(out + ((<usize>j) << 4))
        const d = least(f64x2.convert_low_i32x4_s(products), inverse, loss, center)
        const e = least(f64x2.convert_low_i32x4_s(v128.shuffle<i64>(products, products, 1, 1)), inverseB, lossB, center)
        // What is no number is not above, and so must be looked at.
        let above = i64x2.bitmask(f64x2.ge(d, limit)) | (i64x2.bitmask(f64x2.ge(e, limitB)) << 2)
        if (i + 3 > last) above |= 15 << (n - i)
        if ((above & 15) === 15) continue
        const count = counts + ((<usize>(c + j)) << 2)
        const list = lists + <usize>(c + j) * listBytes
        let filled = load<i32>(count)
        for (let r: i32 = 0; r < 4; r++) {
          if ((above >> r) & 1) continue
          store<u32>(list + ((<usize>filled) << 2), i + r)
          filled++
        }
        store<i32>(count, filled)
      }
    }
  }
}

/** Lessens `values[row]` to the squared distance of each row of `list` to one center, as `nearestCenters` takes it. */
export function lessenValues(x: usize, stride: usize, list: usize, n: i32, center: usize, values: usize): void {
  const bytes = stride << 3
  const last = n - 1
  for (let i: i32 = 0; i < n; i += 4) {
    const n0 = <usize>load<u32>(list + ((<usize>i) << 2))
    const n1 = <usize>load<u32>(list + ((<usize>min(i + 1, last)) << 2))
    const n2 = <usize>load<u32>(list + ((<usize>min(i + 2, last)) << 2))
    const n3 = <usize>load<u32>(list + ((<usize>min(i + 3, last)) << 2))
    const r0 = x + n0 * bytes
    const r1 = x + n1 * bytes
    const r2 = x + n2 * bytes
    const r3 = x + n3 * bytes
    let s = f64x2.splat(0)
    let t = s
    for (let c: usize = 0; c < bytes; c += 16) {
      const at = v128.load(center + c)
      let a = f64x2.sub(v128.load(r0 + c), at)
      let b = f64x2.sub(v128.load(r1 + c), at)
      a = f64x2.mul(a, a)
      b = f64x2.mul(b, b)
      s = f64x2.add(f64x2.add(s, v128.shuffle<i64>(a, b, 0, 2)), v128.shuffle<i64>(a, b, 1, 3))
      a = f64x2.sub(v128.load(r2 + c), at)
      b = f64x2.sub(v128.load(r3 + c), at)
      a = f64x2.mul(a, a)
      b = f64x2.mul(b, b)
      t = f64x2.add(f64x2.add(t, v128.shuffle<i64>(a, b, 0, 2)), v128.shuffle<i64>(a, b, 1, 3))
    }
    lessen(values + (n0 << 3), f64x2.extract_lane(s, 0))
    lessen(values + (n1 << 3), f64x2.extract_lane(s, 1))
    lessen(values + (n2 << 3), f64x2.extract_lane(t, 0))
    lessen(values + (n3 << 3), f64x2.extract_lane(t, 1))
  }
}

function lessen(at: usize, value: f64): void {
  if (value < load<f64>(at)) store<f64>(at, value)
}

/** Sums of the even and of the odd ones of n doubles, as `tryCenters` takes them. */
export function pairSums(values: usize, n: i32, out: usize): void {
  let sum = f64x2.splat(0)
  const pairs = (<usize>n >> 1) << 4
  for (let at: usize = 0; at < pairs; at += 16) sum = f64x2.add(sum, v128.load(values + at))
  if (n & 1) sum = f64x2.add(sum, v128.load64_zero(values + pairs))
  v128.store(out, sum)
}

/** Adds the rows of `list` to the sums and counts of the centers found for them; sums have `stride` doubles a center, as rows have. */
export function addRows(x: usize, stride: usize, list: usize, n: i32, found: usize, sums: usize, counts: usize): void {
  const bytes = stride << 3
  for (let i: usize = 0; i < <usize>n; i++) {
    const label = <usize>load<i32>(found + (i << 2))
    const row = x + <usize>load<u32>(list + (i << 2)) * bytes
    const to = sums + label * bytes
    for (let c: usize = 0; c < bytes; c += 16) v128.store(to + c, f64x2.add(v128.load(to + c), v128.load(row + c)))
    const count = counts + (label << 3)
    store<f64>(count, load<f64>(count) + 1)
  }
}

/** As `addRows`, of what short rows stand for: differences from the mean, a quarter of the memory to read. Sums have `words` doubles. */
export function addShortRows(x: usize, words: usize, about: usize, list: usize, n: i32, found: usize, sums: usize, counts: usize): void {
  const bytes = words << 1
  for (let i: usize = 0; i < <usize>n; i++) {
    const label = <usize>load<i32>(found + (i << 2))
    const number = <usize>load<u32>(list + (i << 2))
    const row = x + number * bytes
    const factor = v128.load64_splat(about + (number << 5))
    let to = sums + label * (words << 3)
    for (let c: usize = 0; c < bytes; c += 16, to += 64) {
      const eight = v128.load(row + c)
      addFour(to, i32x4.extend_low_i16x8_s(eight), factor)
      addFour(to + 32, i32x4.extend_high_i16x8_s(eight), factor)
    }
    const count = counts + (label << 3)
    store<f64>(count, load<f64>(count) + 1)
  }
}

function addFour(to: usize, four: v128, factor: v128): void {
  const one = f64x2.mul(f64x2.convert_low_i32x4_s(four), factor)
  const two = f64x2.mul(f64x2.convert_low_i32x4_s(v128.shuffle<i64>(four, four, 1, 1)), factor)
  v128.store(to, f64x2.add(v128.load(to), one))
  v128.store(to, f64x2.add(v128.load(to, 16), two), 16)
}
