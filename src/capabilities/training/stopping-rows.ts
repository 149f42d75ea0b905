// The training rows that tell a boosting when to stop, parted from the others as the hold-out is.
import { timeSplit } from '../../algorithms/split/split-by-time.ts'
import type { RowSplit } from './row-split.ts'
import type { Table } from './tasks.ts'
import { mix } from './text-hash.ts'

const SALT = 0x73746f70
const USUAL_SHARE = 0.1

/**
 * @param train  the rows that are learned from.
 * @returns  places in `train`; undefined where too few would be left to learn from, and nothing should stop early.
 */
export function stoppingRows(
  { y, classes }: Table,
  split: RowSplit,
  train: Int32Array,
  share: number = USUAL_SHARE,
): Int32Array | undefined {
  const chosen = split.by === 'time' ? latest(split.times, train, share) : wholeGroups(split.groups, train, share)
  if (chosen === undefined || chosen.length === 0) return undefined
  const isChosen = new Uint8Array(train.length)
  for (const place of chosen) isChosen[place] = 1
  const left = train.filter((_, place) => isChosen[place] === 0)
  const learns = classes === 0 ? left.length >= 2 : left.some((row) => y[row] !== y[left[0]!])
  return learns ? chosen : undefined
}

function latest(times: Float64Array, train: Int32Array, share: number): Int32Array | undefined {
  const own = Float64Array.from(train, (row) => times[row]!)
  return own.every((time) => time === own[0]) ? undefined : timeSplit(own, { testSize: share }).test
}

function wholeGroups(groups: Uint32Array, train: Int32Array, share: number): Int32Array {
  const members = new Map<number, number[]>()
  for (const [place, row] of train.entries()) {
    const own = members.get(groups[row]!)
    if (own === undefined) members.set(groups[row]!, [place])
    else own.push(place)
  }
  const all = [...members].sort(([a], [b]) => mix(a ^ SALT) - mix(b ^ SALT) || a - b)
  const chosen: number[] = []
  for (const [, places] of all) {
    if (chosen.length >= share * train.length) break
    // A group of most rows is learned from.
    if (chosen.length + places.length <= train.length / 2) chosen.push(...places)
  }
  return Int32Array.from(chosen).sort()
}
