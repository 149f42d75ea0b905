// Seeded division of rows into a part to learn from and a part to judge on, class by class when asked.
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'

export interface TrainTestSplit {
  /** Row numbers, rising. */
  readonly train: Int32Array
  readonly test: Int32Array
}

export interface TrainTestSplitOptions {
  readonly rng: Pick<Rng, 'next'>
  /** Share of rows to judge on, rounded up. */
  readonly testSize?: number
  /** Class codes, one a row: each class then gives its share, within one row, and never its last row. */
  readonly stratify?: ArrayLike<number>
}

/**
 * Row numbers to learn from and to judge on; every row is in exactly one part.
 *
 * @throws   `too_few_rows` when one part would be empty; `shape_mismatch` when `stratify` has another length; `invalid_input` for a testSize outside 0..1.
 * @example
 * const { train, test } = trainTestSplit(rows, { rng: createRng(7), testSize: 0.2, stratify: y })
 */
export function trainTestSplit(rows: number, { rng, testSize = 0.25, stratify }: TrainTestSplitOptions): TrainTestSplit {
  if (!(testSize > 0 && testSize < 1)) {
    throw new TandemError('invalid_input', `testSize is ${testSize}. It is the share of rows to judge on. Pass a number between 0 and 1.`)
  }
  const wanted = Math.ceil(testSize * rows)
  if (!Number.isInteger(rows) || wanted < 1 || wanted >= rows) {
    throw new TandemError(
      'too_few_rows',
      `${rows} rows with testSize ${testSize} leave one part empty. Both parts need a row. Add rows or change testSize.`,
      { details: { rows, testSize } },
    )
  }
  const groups = stratify === undefined ? [rowNumbers(rows)] : rowsByClass(stratify, rows)
  const shares = sharesOf(
    groups.map((group) => group.length),
    wanted,
  )
  const isTest = new Uint8Array(rows)
  let total = 0
  for (const [index, group] of groups.entries()) {
    shuffle(group, rng)
    for (let at = 0; at < shares[index]!; at++) isTest[group[at]!] = 1
    total += shares[index]!
  }
  if (total === 0) {
    throw new TandemError(
      'too_few_rows',
      `Each of the ${groups.length} classes has one row, so none can be held out. Learning needs every class. Add rows.`,
    )
  }
  return partition(isTest, total)
}

/** Puts the entries in random order, in place (Fisher and Yates). */
export function shuffle(values: Int32Array, rng: Pick<Rng, 'next'>): void {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(rng.next() * (at + 1))
    const value = values[at]!
    values[at] = values[other]!
    values[other] = value
  }
}

export function rowNumbers(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row)
}

/** Row numbers of each class, classes by rising code. */
export function rowsByClass(y: ArrayLike<number>, rows: number): Int32Array[] {
  if (y.length !== rows) {
    throw new TandemError(
      'shape_mismatch',
      `There are ${y.length} class codes for ${rows} rows. Each row needs its class. Pass ${rows} codes.`,
      { details: { codes: y.length, rows } },
    )
  }
  const groups = new Map<number, number[]>()
  for (let row = 0; row < rows; row++) {
    const group = groups.get(y[row]!)
    if (group === undefined) groups.set(y[row]!, [row])
    else group.push(row)
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, members]) => Int32Array.from(members))
}

/** Splits `wanted` over the groups by largest remainder; groups without a row come first, and each keeps `least` rows. */
export function sharesOf(sizes: readonly number[], wanted: number, least = 1): number[] {
  const rows = sizes.reduce((sum, size) => sum + size, 0)
  const exact = sizes.map((size) => (size * wanted) / rows)
  const shares = exact.map((share) => Math.floor(share))
  let left = wanted - shares.reduce((sum, share) => sum + share, 0)
  const byNeed = [...sizes.keys()].sort(
    (a, b) => Number(shares[a]! > 0) - Number(shares[b]! > 0) || exact[b]! - shares[b]! - (exact[a]! - shares[a]!) || a - b,
  )
  for (const index of byNeed) {
    if (left === 0) break
    if (shares[index]! + least >= sizes[index]! || exact[index] === shares[index]) continue
    shares[index]! += 1
    left--
  }
  return shares
}

function partition(isTest: Uint8Array, testRows: number): TrainTestSplit {
  const train = new Int32Array(isTest.length - testRows)
  const test = new Int32Array(testRows)
  let trainAt = 0
  let testAt = 0
  for (let row = 0; row < isTest.length; row++) {
    if (isTest[row] === 1) test[testAt++] = row
    else train[trainAt++] = row
  }
  return { train, test }
}
