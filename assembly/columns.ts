// A step of boosting for a run of columns in one call: their histograms of a node, those of its sibling, and the best split of both.
// Small nodes are many, and a call from JavaScript for each column and kernel takes longer than what it does.

import {
  histogram1,
  histogram2,
  histogram3,
  histogram4,
  histogramAll1,
  histogramAll2,
  histogramAll3,
  histogramAll4,
  subtract,
} from './histograms'
import { metCut, scanAbove, scoreOf } from './scan'

/**
 * Bytes of an entry of the table of columns: bins, offset in a histogram, value bins, whether to scan it here, feature; and of a column
 * of a bundle (else 0) the codes, how many there are, its program (see `spreadCodes`) and the words of it. The columns of a bundle
 * follow each other; the first one's bins are the codes.
 */
const ENTRY: usize = 36
/** Bytes for what is found in a node. */
const FOUND: usize = 128
/** Bytes of the histogram of a bundle. */
const CODES: usize = 4096
/** Of fewer bytes a loop is quicker than a call. */
const BYTES_TO_FILL: usize = 1024
/** Behind the histograms of four bundles: what up to four units, columns or bundles, read, and where they add. */
const UNITS: usize = 4 * CODES
const TARGETS: usize = UNITS + 16

/**
 * Builds the histograms of the columns whose numbers stand at `list`, first..last, at `built` from n rows (`rows`, whose `pairs` stand
 * in their order; rows 0: all rows) and takes them from those at `sibling` (0: none). Then scans both. `rules` are 9 doubles: gradient,
 * hessian and rows of the node and of its sibling (rows 0: not to be scanned), lambda, least hessian, least rows. The best split of all
 * these columns stands at `found` as `scan` writes it, with its feature as the ninth double, the sibling's 128 bytes on; ties go to the
 * first feature. A byte at `flags` for each column of the list says whether it may part the rows of the node (1) and of the sibling (2):
 * what cannot leave both sides enough rows and hessian cannot do so in what becomes of them either. `scratch` holds 16 kB and 32 bytes.
 */
export function searchColumns(
  columns: usize,
  list: usize,
  first: i32,
  last: i32,
  rows: usize,
  pairs: usize,
  n: i32,
  built: usize,
  sibling: usize,
  rules: usize,
  scratch: usize,
  flags: usize,
  found: usize,
): void {
  store<f64>(found, -1)
  store<f64>(found + FOUND, -1)
  const total = i32x4(<i32>load<f64>(rules), <i32>load<f64>(rules, 8), n, 0)
  let start = first
  while (start < last) {
    // Four at a time: their histograms stay in the nearest cache.
    const end = build(columns, list, start, last, rows, pairs, n, built, scratch, total)
    for (let place = start; place < end; place++) {
      const column = entryAt(columns, list, place)
      const offset = <usize>load<u32>(column, 4)
      const valueBins = load<i32>(column, 8)
      if (sibling !== 0) subtract(sibling + offset, built + offset, valueBins + 1)
      let may: i32 = 3
      if (load<u32>(column, 12) !== 0) {
        may = scanNode(column, built + offset, rules, rules + 48, found)
        if (sibling !== 0) may |= scanNode(column, sibling + offset, rules + 24, rules + 48, found + FOUND) << 1
      }
      store<u8>(flags + <usize>place, <u8>may)
    }
    start = end
  }
}

/** Copies the numbers of a list of columns whose flags have a bit of `mask` to `to`, which may be the list, and maybe one more. Returns how many. */
export function keepColumns(list: usize, count: i32, flags: usize, mask: i32, to: usize): i32 {
  let at = to
  for (let i: i32 = 0; i < count; i++) {
    store<u32>(at, load<u32>(list + ((<usize>i) << 2)))
    at += (<usize>((load<u8>(flags + <usize>i) & mask) !== 0)) << 2
  }
  return <i32>((at - to) >> 2)
}

function entryAt(columns: usize, list: usize, place: i32): usize {
  return columns + <usize>load<u32>(list + ((<usize>place) << 2)) * ENTRY
}

/** Builds the histograms of the next columns, of up to four units; returns the place after them. */
function build(
  columns: usize,
  list: usize,
  start: i32,
  last: i32,
  rows: usize,
  pairs: usize,
  n: i32,
  built: usize,
  scratch: usize,
  total: v128,
): i32 {
  let place = start
  let count: i32 = 0
  let bundles: i32 = 0
  // Histograms of neighbours are cleared at once.
  let clearFrom: usize = 0
  let clearTo: usize = 0
  while (count < 4 && place < last) {
    const column = entryAt(columns, list, place)
    const codes = <usize>load<u32>(column, 20)
    const next = codes === 0 ? place + 1 : endOfBundle(columns, list, place, last, codes, n)
    let from = built + <usize>load<u32>(column, 4)
    let to = from + ((<usize>(load<i32>(column, 8) + 1)) << 4)
    if (next > place + 1 || <usize>load<u32>(column) === codes) {
      from = scratch + <usize>count * CODES
      to = from + ((<usize>load<u32>(column, 24)) << 4)
      store<u32>(scratch + UNITS + ((<usize>count) << 2), <u32>codes)
      bundles |= 1 << count
    } else store<u32>(scratch + UNITS + ((<usize>count) << 2), load<u32>(column))
    store<u32>(scratch + TARGETS + ((<usize>count) << 2), <u32>from)
    if (from !== clearTo) {
      clear(clearFrom, clearTo)
      clearFrom = from
    }
    clearTo = to
    count++
    place = next
  }
  clear(clearFrom, clearTo)
  add(count, scratch + UNITS, rows, pairs, n)
  if (bundles === 0) return place
  // The same steps again: who belongs to which unit.
  let at = start
  for (let unit: i32 = 0; unit < count; unit++) {
    const codes = <usize>load<u32>(entryAt(columns, list, at), 20)
    if ((bundles & (1 << unit)) === 0) {
      at++
      continue
    }
    const hist = <usize>load<u32>(scratch + TARGETS + ((<usize>unit) << 2))
    for (const next = endOfBundle(columns, list, at, last, codes, n); at < next; at++) {
      const column = entryAt(columns, list, at)
      spreadCodes(<usize>load<u32>(column, 28), hist, load<i32>(column, 8), total, built + <usize>load<u32>(column, 4))
    }
  }
  return place
}

/** The place behind the columns that are built by the codes of their bundle, or `place` + 1: few columns of few rows are built each by itself. */
function endOfBundle(columns: usize, list: usize, place: i32, last: i32, codes: usize, n: i32): i32 {
  const column = entryAt(columns, list, place)
  let end = place
  let words: i32 = 0
  while (end < last) {
    const member = entryAt(columns, list, end)
    if (<usize>load<u32>(member, 20) !== codes) break
    words += load<i32>(member, 32)
    end++
  }
  // A row costs about as much as two words of a program.
  const saved = (end - place - 1) * n
  if (<usize>load<u32>(column) === codes || saved > (words + load<i32>(column, 24)) >> 1) return end
  return place + 1
}

/**
 * The histogram of a column from that of its bundle. The program is of words of 16 bits: the column's most frequent bin, then for each
 * other one how many codes it has, and these. What is left of the total belongs to the most frequent bin.
 */
function spreadCodes(program: usize, codes: usize, valueBins: i32, total: v128, hist: usize): void {
  const frequent = <i32>load<u16>(program)
  let at = program + 2
  let rest = total
  for (let bin: i32 = 0; bin <= valueBins; bin++) {
    if (bin === frequent) continue
    let sum = i32x4.splat(0)
    const end = at + 2 + ((<usize>load<u16>(at)) << 1)
    for (at += 2; at < end; at += 2) sum = i32x4.add(sum, v128.load(codes + ((<usize>load<u16>(at)) << 4)))
    v128.store(hist + ((<usize>bin) << 4), sum)
    rest = i32x4.sub(rest, sum)
  }
  v128.store(hist + ((<usize>frequent) << 4), rest)
}

function clear(from: usize, to: usize): void {
  if (to - from > BYTES_TO_FILL) memory.fill(from, 0, to - from)
  else for (let at = from; at < to; at += 16) v128.store(at, i32x4.splat(0))
}

/** Adds the rows to the histograms of up to four units. */
function add(count: i32, units: usize, rows: usize, pairs: usize, n: i32): void {
  const c0 = <usize>load<u32>(units)
  const h0 = <usize>load<u32>(units, 16)
  if (count === 1) {
    if (rows === 0) histogramAll1(c0, h0, pairs, n)
    else histogram1(c0, h0, rows, pairs, n)
    return
  }
  const c1 = <usize>load<u32>(units, 4)
  const h1 = <usize>load<u32>(units, 20)
  if (count === 2) {
    if (rows === 0) histogramAll2(c0, c1, h0, h1, pairs, n)
    else histogram2(c0, c1, h0, h1, rows, pairs, n)
    return
  }
  const c2 = <usize>load<u32>(units, 8)
  const h2 = <usize>load<u32>(units, 24)
  if (count === 3) {
    if (rows === 0) histogramAll3(c0, c1, c2, h0, h1, h2, pairs, n)
    else histogram3(c0, c1, c2, h0, h1, h2, rows, pairs, n)
    return
  }
  const c3 = <usize>load<u32>(units, 12)
  const h3 = <usize>load<u32>(units, 28)
  if (rows === 0) histogramAll4(c0, c1, c2, c3, h0, h1, h2, h3, pairs, n)
  else histogram4(c0, c1, c2, c3, h0, h1, h2, h3, rows, pairs, n)
}

/** Scans a column of a node, whose sums stand at `node`; returns 1 when it can be parted there. */
function scanNode(column: usize, hist: usize, node: usize, rules: usize, out: usize): i32 {
  const count = <i32>load<f64>(node, 16)
  if (count === 0) return 0
  const best = load<f64>(out)
  const feature = load<u32>(column, 16)
  // As good is enough where the best so far is of a later feature: the number before that score is to be exceeded.
  const floor = best > 0 && <f64>feature < load<f64>(out, 64) ? reinterpret<f64>(reinterpret<i64>(best) - 1) : best
  const lambda = load<f64>(rules)
  const minHessian = load<f64>(rules, 8)
  const minRows = <i32>load<f64>(rules, 16)
  const valueBins = load<i32>(column, 8)
  const g = load<f64>(node)
  const h = load<f64>(node, 8)
  // A column of two values has one cut: mostly it is not the best, and then nothing else is to be known.
  if (valueBins === 2 && load<i32>(hist, 40) === 0) {
    const left = v128.load(hist)
    const leftH = <f64>i32x4.extract_lane(left, 1)
    const leftRows = i32x4.extract_lane(left, 2)
    if (min<i32>(leftRows, count - leftRows) < minRows || min<f64>(leftH, h - leftH) < minHessian) return 0
    if (scoreOf(left, g, h, lambda) <= floor) return 1
  }
  const score = scanAbove(floor, hist, valueBins, g, h, count, lambda, minHessian, minRows, out)
  if (score > floor) store<f64>(out, <f64>feature, 64)
  return <i32>metCut
}
