// Which rows are kept from training to judge versions. It hangs on the row alone (its content, or the id of its prediction),
// so a row that was held out once is held out for every later version, and two versions are judged on rows neither has seen.
// Equal rows are told apart by counting them. Only small sets are corrected, so that both parts hold every class.
import { HOLD_OUT_SHARE, type Parted, type RowSplit } from './row-split.ts'
import { holdOutBySplit } from './split-hold-out.ts'
import { mix } from './text-hash.ts'

/** No more than this share, however the hashes fall. */
const MOST = 0.4
const FEWEST_ROWS = 2

export interface HoldOutInput {
  /** A hash of the stable key of each row. */
  readonly hashes: Uint32Array
  /** Class codes, or numbers when `classes` is 0. */
  readonly y: Float64Array
  readonly classes: number
  /** 0 for rows that go to neither part; absent: none. */
  readonly fits?: Uint8Array
  /** Rows of weight 0 go to neither part; absent: all weigh alike. */
  readonly weights?: Float64Array | undefined
  /** Absent: the hash of each row decides. */
  readonly split?: RowSplit | undefined
}

/** Numbers of the rows of each part, rising. */
export interface HoldOut {
  readonly train: Int32Array
  readonly heldOut: Int32Array
  /** Rows of each class in both parts; for regression of all. */
  readonly classRows: Uint32Array
  /** Rows of weight 0 that fit. */
  readonly weightless: number
  /** What parted them, where it was not the hash of each row. */
  readonly parted?: Parted
}

export function holdOut({ hashes, y, classes, fits: given, weights, split }: HoldOutInput): HoldOut {
  const { fits, weightless } = counting(given, weights)
  if (split !== undefined) return { ...holdOutBySplit(split, { y, classes, fits }), weightless }
  const rows = hashes.length
  const heldOut = new Uint8Array(rows)
  const draws = drawsOf(hashes)
  const limit = HOLD_OUT_SHARE * 2 ** 32
  const total = new Uint32Array(Math.max(1, classes))
  const held = new Uint32Array(Math.max(1, classes))
  const fitting = (row: number): boolean => fits === undefined || fits[row] === 1
  for (let row = 0; row < rows; row++) {
    if (!fitting(row)) continue
    const group = classes > 0 ? y[row]! : 0
    const out = draws[row]! < limit ? 1 : 0
    heldOut[row] = out
    total[group]!++
    held[group]! += out
  }
  for (let group = 0; group < total.length; group++) {
    const fewest = classes > 0 ? 1 : FEWEST_ROWS
    const most = Math.max(fewest, Math.floor(total[group]! * MOST))
    const wanted = Math.min(most, Math.max(fewest, held[group]!))
    if (total[group]! < 2 || held[group] === wanted) continue
    // The lowest draws: adding rows changes as few as possible.
    const members = [...draws.keys()]
      .filter((row) => fitting(row) && (classes === 0 || y[row] === group))
      .sort((a, b) => draws[a]! - draws[b]! || a - b)
    for (const [rank, row] of members.entries()) heldOut[row] = rank < wanted ? 1 : 0
  }
  let count = 0
  for (let row = 0; row < rows; row++) count += heldOut[row]!
  const both = total.reduce((sum, value) => sum + value, 0)
  const parts = { train: new Int32Array(both - count), heldOut: new Int32Array(count), classRows: total, weightless }
  let [trainAt, heldAt] = [0, 0]
  for (let row = 0; row < rows; row++) {
    if (heldOut[row] === 1) parts.heldOut[heldAt++] = row
    else if (fitting(row)) parts.train[trainAt++] = row
  }
  return parts
}

/** Rows that fit and weigh something. */
function counting(fits: Uint8Array | undefined, weights: Float64Array | undefined): Pick<HoldOutInput, 'fits'> & { weightless: number } {
  if (weights === undefined) return { ...(fits === undefined ? {} : { fits }), weightless: 0 }
  let weightless = 0
  const counts = Uint8Array.from(weights, (weight, row) => {
    if (fits !== undefined && fits[row] === 0) return 0
    if (weight > 0) return 1
    weightless++
    return 0
  })
  return { fits: counts, weightless }
}

/** A random number of each row: the n-th of several equal rows has its own. */
function drawsOf(hashes: Uint32Array): Uint32Array {
  const seen = new Map<number, number>()
  const draws = new Uint32Array(hashes.length)
  for (let row = 0; row < hashes.length; row++) {
    const hash = hashes[row]!
    const copies = seen.get(hash) ?? 0
    seen.set(hash, copies + 1)
    draws[row] = mix(hash ^ Math.imul(copies, 0x9e3779b1))
  }
  return draws
}
