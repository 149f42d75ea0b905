// k-means: distances of rows to centers, four rows by four centers at a time. A row and a center have `stride` doubles, an even number:
// rows of an odd number of columns end with a zero. Squares are added column after column, so that a twin can give the same bytes, and
// of differences, not of products: rows far from the origin lose nothing.

/** Four rows of `list`, from `at` on, by columns: `block[column * 4 + row]`. Where fewer are left the last one stands in. */
function gatherBlock(x: usize, stride: usize, list: usize, at: i32, last: i32, block: usize): void {
  const r0 = x + <usize>load<u32>(list + ((<usize>at) << 2)) * (stride << 3)
  const r1 = x + <usize>load<u32>(list + ((<usize>min(at + 1, last)) << 2)) * (stride << 3)
  const r2 = x + <usize>load<u32>(list + ((<usize>min(at + 2, last)) << 2)) * (stride << 3)
  const r3 = x + <usize>load<u32>(list + ((<usize>min(at + 3, last)) << 2)) * (stride << 3)
  const bytes = stride << 3
  for (let c: usize = 0; c < bytes; c += 16) {
    const a = v128.load(r0 + c)
    const b = v128.load(r1 + c)
    const d = v128.load(r2 + c)
    const e = v128.load(r3 + c)
    const to = block + (c << 2)
    v128.store(to, v128.shuffle<i64>(a, b, 0, 2))
    v128.store(to, v128.shuffle<i64>(d, e, 0, 2), 16)
    v128.store(to, v128.shuffle<i64>(a, b, 1, 3), 32)
    v128.store(to, v128.shuffle<i64>(d, e, 1, 3), 48)
  }
}

/** Squared distances of a block to the four centers of a group, `out[center * 4 + row]`. */
function blockDistances(block: usize, centers: usize, stride: usize, out: usize): void {
  let s0 = f64x2.splat(0)
  let t0 = s0
  let s1 = s0
  let t1 = s0
  let s2 = s0
  let t2 = s0
  let s3 = s0
  let t3 = s0
  const bytes = stride << 5
  for (let c: usize = 0; c < bytes; c += 32) {
    const x = v128.load(block + c)
    const y = v128.load(block + c, 16)
    const at = centers + c
    let center = v128.load64_splat(at)
    let d = f64x2.sub(x, center)
    let e = f64x2.sub(y, center)
    s0 = f64x2.add(s0, f64x2.mul(d, d))
    t0 = f64x2.add(t0, f64x2.mul(e, e))
    center = v128.load64_splat(at, 8)
    d = f64x2.sub(x, center)
    e = f64x2.sub(y, center)
    s1 = f64x2.add(s1, f64x2.mul(d, d))
    t1 = f64x2.add(t1, f64x2.mul(e, e))
    center = v128.load64_splat(at, 16)
    d = f64x2.sub(x, center)
    e = f64x2.sub(y, center)
    s2 = f64x2.add(s2, f64x2.mul(d, d))
    t2 = f64x2.add(t2, f64x2.mul(e, e))
    center = v128.load64_splat(at, 24)
    d = f64x2.sub(x, center)
    e = f64x2.sub(y, center)
    s3 = f64x2.add(s3, f64x2.mul(d, d))
    t3 = f64x2.add(t3, f64x2.mul(e, e))
  }
  v128.store(out, s0)
  v128.store(out, t0, 16)
  v128.store(out, s1, 32)
  v128.store(out, t1, 48)
  v128.store(out, s2, 64)
  v128.store(out, t2, 80)
  v128.store(out, s3, 96)
  v128.store(out, t3, 112)
}

/**
 * Nearest center of each row of `list`, the lower number of equally near ones. `centers` are groups of four, `group[column * 4 + center]`,
 * k in all. Writes its number to `found[i]`, the squared distance to `nearest[i]` and that to the next center to `second[i]` (Infinity
 * when there is one center). `block` has room for four rows and 128 bytes.
 */
export function nearestCenters(
  x: usize,
  stride: usize,
  list: usize,
  n: i32,
  centers: usize,
  k: i32,
  block: usize,
  found: usize,
  nearest: usize,
  second: usize,
): void {
  const out = block + (stride << 5)
  for (let i: i32 = 0; i < n; i += 4) {
    gatherBlock(x, stride, list, i, n - 1, block)
    let best = f64x2.splat(Infinity)
    let next = best
    let numbers = f64x2.splat(0)
    let bestB = best
    let nextB = best
    let numbersB = numbers
    for (let c: i32 = 0; c < k; c += 4) {
      blockDistances(block, centers + <usize>c * (stride << 3), stride, out)
      const most = min(4, k - c)
      for (let j: i32 = 0; j < most; j++) {
        const at = out + ((<usize>j) << 5)
        const number = f64x2.splat(<f64>(c + j))
        let d = v128.load(at)
        let nearer = f64x2.lt(d, best)
        next = f64x2.pmin(next, f64x2.pmax(best, d))
        best = f64x2.pmin(best, d)
        numbers = v128.bitselect(number, numbers, nearer)
        d = v128.load(at, 16)
        nearer = f64x2.lt(d, bestB)
        nextB = f64x2.pmin(nextB, f64x2.pmax(bestB, d))
        bestB = f64x2.pmin(bestB, d)
        numbersB = v128.bitselect(number, numbersB, nearer)
      }
    }
    // Places behind the last row are written too; the heap has room for them.
    const to = <usize>i
    v128.store(nearest + (to << 3), best)
    v128.store(nearest + (to << 3), bestB, 16)
    v128.store(second + (to << 3), next)
    v128.store(second + (to << 3), nextB, 16)
    store<i32>(found + (to << 2), <i32>f64x2.extract_lane(numbers, 0))
    store<i32>(found + (to << 2), <i32>f64x2.extract_lane(numbers, 1), 4)
    store<i32>(found + (to << 2), <i32>f64x2.extract_lane(numbersB, 0), 8)
    store<i32>(found + (to << 2), <i32>f64x2.extract_lane(numbersB, 1), 12)
  }
}

/** Lists the rows from..to-1 for which `paths[label] < bounds[row]` does not hold; returns how many. */
export function unsettledRows(labels: usize, bounds: usize, paths: usize, from: i32, to: i32, list: usize): i32 {
  let at = list
  for (let row = from; row < to; row++) {
    store<u32>(at, row)
    const label = <usize>load<i32>(labels + ((<usize>row) << 2))
    // No branch to mispredict: the place is written and the pointer moves or not.
    const settled = load<f64>(paths + (label << 3)) < load<f64>(bounds + ((<usize>row) << 3))
    at += settled ? 0 : 4
  }
  return <i32>((at - list) >> 2)
}

/**
 * Takes the nearest centers that were found for the rows of a list: moves a row that changed from the sums and counts of its old center
 * to those of the new one, and sets its bound, the way that centers may go before it must be looked at again. Returns how many changed.
 */
export function settleRows(
  x: usize,
  stride: usize,
  list: usize,
  n: i32,
  labels: usize,
  bounds: usize,
  paths: usize,
  found: usize,
  nearest: usize,
  second: usize,
  sums: usize,
  counts: usize,
): i32 {
  let changed: i32 = 0
  const bytes = stride << 3
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = <usize>load<u32>(list + (i << 2))
    const label = load<i32>(found + (i << 2))
    // Both distances are taken to be off, by more than they can be.
    const far = Math.sqrt(load<f64>(second + (i << 3))) * 0.999999999999
    const near = Math.sqrt(load<f64>(nearest + (i << 3))) * 1.000000000001
    store<f64>(bounds + (row << 3), far - near + load<f64>(paths + ((<usize>label) << 3)))
    const before = load<i32>(labels + (row << 2))
    if (before === label) continue
    changed++
    store<i32>(labels + (row << 2), label)
    const from = x + row * bytes
    const to = sums + <usize>label * bytes
    for (let c: usize = 0; c < bytes; c += 16) v128.store(to + c, f64x2.add(v128.load(to + c), v128.load(from + c)))
    const count = counts + ((<usize>label) << 3)
    store<f64>(count, load<f64>(count) + 1)
    if (before < 0) continue
    const old = sums + <usize>before * bytes
    for (let c: usize = 0; c < bytes; c += 16) v128.store(old + c, f64x2.sub(v128.load(old + c), v128.load(from + c)))
    const oldCount = counts + ((<usize>before) << 3)
    store<f64>(oldCount, load<f64>(oldCount) - 1)
  }
  return changed
}

/** Sum of the squared distances of rows from..to-1 to the centers of their labels; these stand one after the other. */
export function labelInertia(x: usize, stride: usize, from: i32, to: i32, labels: usize, centers: usize): f64 {
  const bytes = stride << 3
  let sum = f64x2.splat(0)
  for (let row = from; row < to; row++) {
    const at = x + <usize>row * bytes
    const center = centers + <usize>load<i32>(labels + ((<usize>row) << 2)) * bytes
    for (let c: usize = 0; c < bytes; c += 16) {
      const d = f64x2.sub(v128.load(at + c), v128.load(center + c))
      sum = f64x2.add(sum, f64x2.mul(d, d))
    }
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}

/**
 * What each of the trial centers, groups of four as in `nearestCenters`, would leave: `tried[trial * rows + row]` is the lesser of the
 * row's potential and its squared distance to the trial. Of each trial `sums` holds the sums of the even and of the odd rows. `list`
 * counts up from 0; places behind the last row are written too.
 */
export function tryCenters(
  x: usize,
  stride: usize,
  list: usize,
  n: i32,
  centers: usize,
  trials: i32,
  block: usize,
  potential: usize,
  tried: usize,
  trialBytes: usize,
  sums: usize,
): void {
  const out = block + (stride << 5)
  for (let t: i32 = 0; t < trials; t++) v128.store(sums + ((<usize>t) << 4), f64x2.splat(0))
  for (let row: i32 = 0; row < n; row += 4) {
    gatherBlock(x, stride, list, row, n - 1, block)
    const before = potential + ((<usize>row) << 3)
    // Rows behind the last one leave nothing.
    const first = row + 1 < n ? v128.load(before) : f64x2.replace_lane(v128.load(before), 1, 0)
    let other = f64x2.splat(0)
    if (row + 3 < n) other = v128.load(before, 16)
    else if (row + 2 < n) other = f64x2.replace_lane(v128.load(before, 16), 1, 0)
    for (let c: i32 = 0; c < trials; c += 4) {
      blockDistances(block, centers + <usize>c * (stride << 3), stride, out)
      const most = min(4, trials - c)
      for (let j: i32 = 0; j < most; j++) {
        const at = out + ((<usize>j) << 5)
        const place = tried + <usize>(c + j) * trialBytes + ((<usize>row) << 3)
        const sum = sums + ((<usize>(c + j)) << 4)
        const one = f64x2.pmin(first, v128.load(at))
        const two = f64x2.pmin(other, v128.load(at, 16))
        v128.store(place, one)
        v128.store(place, two, 16)
        v128.store(sum, f64x2.add(f64x2.add(v128.load(sum), one), two))
      }
    }
  }
}
