// The hold-out of a training that is split by group or by time. By group it hangs on a hash of the group alone, so that new rows and new
// groups leave the others where they are; by time it is the latest rows, and a later training holds later ones out.
import { timeSplit } from '../../algorithms/split/split-by-time.ts'
import { TandemError } from '../../errors.ts'
import { HOLD_OUT_SHARE, type Parted, type RowSplit } from './row-split.ts'
import { mix } from './text-hash.ts'

/** Of the rows: less than this says little, more leaves too few to learn from. */
const [LEAST, MOST, MOST_BY_TIME] = [0.1, 0.4, 0.5]
const SALT = 0x67726f75

interface Rows {
  /** Class codes, or numbers when `classes` is 0. */
  readonly y: Float64Array
  readonly classes: number
  /** 0 for rows that go to neither part; absent: none. */
  readonly fits?: Uint8Array | undefined
}

interface Held {
  readonly train: Int32Array
  readonly heldOut: Int32Array
  readonly classRows: Uint32Array
  readonly parted: Parted
}

/** @throws `too_few_rows`, `too_few_classes` for rows that cannot be parted so. */
export function holdOutBySplit(split: RowSplit, rows: Rows): Held {
  return split.by === 'group' ? byGroup(split.groups, rows) : byTime(split.times, rows)
}

interface Group {
  readonly draw: number
  readonly rows: number[]
  /** Rows of each class. */
  readonly counts: ReadonlyMap<number, number>
}

function byGroup(groups: Uint32Array, { y, classes, fits }: Rows): Held {
  const total = new Uint32Array(Math.max(1, classes))
  const members = new Map<number, number[]>()
  let rows = 0
  for (let row = 0; row < groups.length; row++) {
    if (fits !== undefined && fits[row] === 0) continue
    total[classes > 0 ? y[row]! : 0]!++
    rows++
    const own = members.get(groups[row]!)
    if (own === undefined) members.set(groups[row]!, [row])
    else own.push(row)
  }
  const all = Array.from(members, ([group, own]): Group => ({ draw: mix(group ^ SALT), rows: own, counts: countsOf(own, y, classes) }))
  all.sort((a, b) => a.draw - b.draw || a.rows[0]! - b.rows[0]!)
  const limit = HOLD_OUT_SHARE * 2 ** 32
  const left = Uint32Array.from(total)
  const held = new Set<Group>()
  let count = 0
  const hold = (group: Group): void => {
    held.add(group)
    count += group.rows.length
    for (const [label, number] of group.counts) left[label]! -= number
  }
  // No class loses its last rows to learn from.
  const mayGo = (group: Group): boolean =>
    count + group.rows.length <= MOST * rows && [...group.counts].every(([label, number]) => left[label]! > number)
  for (const group of all) if (group.draw < limit && mayGo(group)) hold(group)
  // The lowest draws: adding groups changes as few as possible.
  if (count < LEAST * rows) for (const group of all) if (count < HOLD_OUT_SHARE * rows && !held.has(group) && mayGo(group)) hold(group)
  if (held.size === 0) {
    const smallest = all.toSorted((a, b) => a.rows.length - b.rows.length)[0]
    if (smallest === undefined || all.length < 2) throw noGroups(all.length, rows)
    hold(smallest)
  }
  checkClasses(left, classes, `in the ${all.length - held.size} groups that are not held out`)
  const heldRows = [...held].flatMap((group) => group.rows)
  const isHeld = new Uint8Array(groups.length)
  for (const row of heldRows) isHeld[row] = 1
  const train = all.flatMap((group) => (held.has(group) ? [] : group.rows))
  return {
    train: Int32Array.from(train).sort(),
    heldOut: Int32Array.from(heldRows).sort(),
    classRows: total,
    parted: { by: 'group', groups: all.length, heldOutGroups: held.size },
  }
}

function countsOf(rows: readonly number[], y: Float64Array, classes: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  if (classes > 0) for (const row of rows) counts.set(y[row]!, (counts.get(y[row]!) ?? 0) + 1)
  return counts
}

function byTime(times: Float64Array, { y, classes, fits }: Rows): Held {
  const rows: number[] = []
  const total = new Uint32Array(Math.max(1, classes))
  for (let row = 0; row < times.length; row++) {
    if (fits !== undefined && fits[row] === 0) continue
    rows.push(row)
    total[classes > 0 ? y[row]! : 0]!++
  }
  const { train, test } = timeSplit(
    Float64Array.from(rows, (row) => times[row]!),
    { testSize: HOLD_OUT_SHARE },
  )
  if (test.length > MOST_BY_TIME * rows.length) throw latestTooLarge(test.length, rows.length)
  const heldOut = test.map((at) => rows[at]!)
  const learned = train.map((at) => rows[at]!)
  const left = new Uint32Array(total.length)
  for (const row of learned) left[classes > 0 ? y[row]! : 0]!++
  checkClasses(left, classes, 'before the latest rows, which are held out')
  let [from, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of heldOut) {
    from = Math.min(from, times[row]!)
    until = Math.max(until, times[row]!)
  }
  return { train: learned, heldOut, classRows: total, parted: { by: 'time', from, until } }
}

function checkClasses(left: Uint32Array, classes: number, where: string): void {
  if (classes === 0) return
  const present = left.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)
  if (present >= 2) return
  throw new TandemError(
    'too_few_classes',
    `All rows ${where} have the same class, so there is nothing to tell apart. Add rows, or split the rows otherwise.`,
    { details: { classes: present } },
  )
}

function noGroups(groups: number, rows: number): TandemError {
  return new TandemError(
    'too_few_rows',
    `The ${rows} rows that count are of ${groups === 1 ? '1 group' : `${groups} groups`}, so none can be held out. Add rows of other groups, or split at random.`,
    { details: { rows, groups } },
  )
}

function latestTooLarge(held: number, rows: number): TandemError {
  return new TandemError(
    'too_few_rows',
    `The times of the rows are too much alike: the latest rows that can be held out are ${held} of ${rows}, of one time or nearly so. Add earlier rows, split by a finer time, or at random.`,
    { details: { rows, heldOut: held } },
  )
}
