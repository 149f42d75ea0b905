// Rows of many columns a second time, rounded to 16 bits, by which k-means tells what is near before it takes a distance in full: what
// rounding can have changed is bounded (Cauchy-Schwarz), so the answers are those of the full distances. Embeddings have hundreds of
// columns, and eight whole products cost what two of doubles do.
import type { HeapLayout, HeapViews } from '../math/heap.ts'
import type { Kernels } from '../math/kernels.ts'

/** Offsets; plain data. */
export interface ShortRows {
  /** Numbers of a row, a multiple of eight. */
  readonly words: number
  readonly rows: number
  /** Four doubles a row: see assembly/short-rows.ts. */
  readonly about: number
  readonly centers: number
  readonly aboutCenters: number
  /** Near all rows; any place will do, but few digits are left of rows far from it. */
  readonly mean: number
  /** Of each center, `words` doubles. */
  readonly sums: number
  /** Of each thread: rows that are left open, and for each trial a list and how many it holds. */
  readonly scratch: number
  readonly scratchBytes: number
  readonly trials: number
  /** Rows looked at in one go. */
  readonly most: number
}

/** Fewer columns are as quickly taken in full. */
const FEWEST_COLUMNS = 32
/** More could leave 32 bits. */
const MOST_COLUMNS = 65_536
/** Lengths of rows and centers as whole numbers: their product, rounding included, stays below 2^31. */
const LENGTH = 32_000
const CENTER_LENGTH = 65_000
/** As in assembly/short-rows.ts. */
const SLACK = 1e-10

interface Sizes {
  readonly k: number
  readonly trials: number
  readonly threads: number
  readonly most: number
}

/** Undefined where rows have too few columns to gain, or more than fit. */
export function planShortRows(
  { take }: HeapLayout,
  { rows, columns, stride }: { readonly rows: number; readonly columns: number; readonly stride: number },
  { k, trials, threads, most }: Sizes,
): ShortRows | undefined {
  if (columns < FEWEST_COLUMNS || columns > MOST_COLUMNS) return undefined
  const words = Math.ceil(columns / 8) * 8
  // One center more, since they are taken by twos.
  const centers = Math.max(k, trials) + 1
  const scratchBytes = placesOf(0, trials, most).end
  return {
    ...{ words, trials, most, scratchBytes },
    rows: take(rows * words * 2),
    about: take(rows * 32),
    centers: take(centers * words * 2),
    aboutCenters: take(centers * 32),
    mean: take(stride * 8),
    sums: take(k * words * 8),
    scratch: take(threads * scratchBytes),
  }
}

/** What a thread has to itself: products of 32 bytes; rows left open, in full, and what is found about them; a list for each trial. */
function placesOf(out: number, trials: number, most: number) {
  const [listBytes, numberBytes] = [most * 4 + 64, most * 8 + 64]
  const open = out + 64
  const list = open + listBytes
  const found = list + listBytes
  const nearest = found + listBytes
  const second = nearest + numberBytes
  const counts = second + numberBytes
  const lists = counts + Math.ceil(trials / 16) * 64
  return { out, open, list, found, nearest, second, counts, lists, listBytes, end: lists + trials * listBytes }
}

/** What a center loses to rounding for each unit of its reach: about what rounding takes on average. */
function roundingOf({ words }: ShortRows): number {
  return Math.sqrt(words / 12) / CENTER_LENGTH
}

export function shortenRows(kernels: Kernels, short: ShortRows, x: number, stride: number, from: number, n: number): void {
  const [row, to] = [x + from * stride * 8, short.rows + from * short.words * 2]
  kernels.shortenRows(row, stride, n, short.mean, LENGTH, short.words, to, short.about + from * 32)
}

/** Largest squares and means that leave no doubt that all values are below 1e150. */
const MOST_SQUARES = 1e290
const MOST_MEAN = 1e145

/** Whether what was found about the rows shows them to be of finite values with finite squares, without another look at them. */
export function areSurelyFinite({ f64 }: HeapViews, { about, mean }: ShortRows, rows: number, columns: number): boolean {
  for (let at = (about >>> 3) + 1; at < (about >>> 3) + rows * 4; at += 4) if (!(f64[at]! <= MOST_SQUARES)) return false
  for (let at = mean >>> 3; at < (mean >>> 3) + columns; at++) if (!(Math.abs(f64[at]!) <= MOST_MEAN)) return false
  return true
}

/** Takes n centers that stand one after the other. */
export function shortenCenters(kernels: Kernels, { f64 }: HeapViews, short: ShortRows, centers: number, stride: number, n: number): void {
  kernels.shortenRows(centers, stride, n, short.mean, CENTER_LENGTH, short.words, short.centers, short.aboutCenters)
  const rounding = roundingOf(short)
  for (let at = short.aboutCenters >>> 3; at < (short.aboutCenters >>> 3) + n * 4; at += 4) {
    f64[at]! *= 2
    f64[at + 1]! *= 1 - SLACK
    f64[at + 2] = Math.max(f64[at + 2]!, f64[at + 3]! / rounding)
  }
}

/** Offsets: of a row its `stride` doubles; centers in groups of four, as `nearestCenters` takes them. */
export interface FullRows {
  readonly x: number
  readonly stride: number
  readonly groups: number
  readonly k: number
  /** Room for four rows and 128 bytes. */
  readonly block: number
}

/** As the kernel `nearestCenters`, with a nearest distance that may be too large, and a second one that may be too small. */
export function nearestByShortRows(
  kernels: Kernels,
  { u32, i32, f64 }: HeapViews,
  short: ShortRows,
  { x, stride, groups, k, block }: FullRows,
  thread: number,
  list: number,
  n: number,
  [found, nearest, second]: readonly [number, number, number],
): void {
  const own = placesOf(short.scratch + thread * short.scratchBytes, short.trials, short.most)
  const { words, rows, about, centers, aboutCenters } = short
  const rounding = roundingOf(short)
  const result = [found, nearest, second, own.open] as const
  const count = kernels.nearShortCenters(rows, words, list, n, about, centers, k, aboutCenters, rounding, own.out, ...result)
  if (count === 0) return
  for (let at = 0; at < count; at++) u32[(own.list >>> 2) + at] = u32[(list >>> 2) + u32[(own.open >>> 2) + at]!]!
  kernels.nearestCenters(x, stride, own.list, count, groups, k, block, own.found, own.nearest, own.second)
  for (let at = 0; at < count; at++) {
    const place = u32[(own.open >>> 2) + at]!
    i32[(found >>> 2) + place] = i32[(own.found >>> 2) + at]!
    f64[(nearest >>> 3) + place] = f64[(own.nearest >>> 3) + at]!
    f64[(second >>> 3) + place] = f64[(own.second >>> 3) + at]!
  }
}

interface Trials {
  readonly x: number
  readonly stride: number
  /** Centers one after the other, `count` of them. */
  readonly centers: number
  readonly count: number
  readonly potential: number
  readonly tried: number
  readonly triedBytes: number
  readonly sums: number
}

/** As the kernel `tryCenters`, for n rows from `from` on. */
export function tryByShortRows(
  kernels: Kernels,
  { u32 }: HeapViews,
  short: ShortRows,
  { x, stride, centers, count, potential, tried, triedBytes, sums }: Trials,
  thread: number,
  from: number,
  n: number,
): void {
  const { out, lists, listBytes, counts } = placesOf(short.scratch + thread * short.scratchBytes, short.trials, short.most)
  const { words, about, aboutCenters } = short
  const [rows, own, before] = [short.rows + from * words * 2, about + from * 32, potential + from * 8]
  const rounding = roundingOf(short)
  kernels.shortTrials(rows, words, n, own, short.centers, count, aboutCenters, rounding, before, out, lists, listBytes, counts)
  for (let trial = 0; trial < count; trial++) {
    const values = tried + trial * triedBytes + from * 8
    kernels.copy(values, before, n * 8)
    const center = centers + trial * stride * 8
    kernels.lessenValues(x + from * stride * 8, stride, lists + trial * listBytes, u32[(counts >>> 2) + trial]!, center, values)
    kernels.pairSums(values, n, sums + trial * 16)
  }
}
