// The folds of the rows that are not held out, parted as the hold-out is: by class at random, by whole groups, or in growing windows of
// time. Tiny sets get fewer, or none when too little would be left to learn from. Runs in a thread.
import { createRng, hashSeed } from '../../algorithms/math/rng.ts'
import { groupKFold, stratifiedGroupKFold } from '../../algorithms/split/group-folds.ts'
import { kFold, stratifiedKFold } from '../../algorithms/split/k-fold.ts'
import { timeFolds } from '../../algorithms/split/split-by-time.ts'
import type { TrainTestSplit } from '../../algorithms/split/train-test-split.ts'
import { shareArray } from '../../platform/threads/shared-arrays.ts'
import type { FoldRows, Table } from './tasks.ts'

export interface FoldsInput {
  readonly table: Table
  readonly train: Int32Array
  readonly seed: number
}

const FOLDS = 5
const FOLD = 0x666f6c64

export function foldsOf({ table, train, seed }: FoldsInput): readonly FoldRows[] {
  const y = Float64Array.from(train, (row) => table.y[row]!)
  const splits = splitsOf(table, train, y, seed)
  const numbers = (part: Int32Array): Int32Array => shareArray(part.map((index) => train[index]!))
  return splits.map((split) => ({ train: numbers(split.train), test: numbers(split.test) }))
}

function splitsOf({ classes, split }: Table, train: Int32Array, y: Float64Array, seed: number): TrainTestSplit[] {
  if (split?.by === 'time') {
    const times = Float64Array.from(train, (row) => split.times[row]!)
    // The first windows may hold one class alone.
    return timeFolds(times, { folds: FOLDS }).filter((fold) => learns(fold, y, classes))
  }
  const rng = createRng(hashSeed(seed, FOLD))
  if (split?.by === 'group') {
    const groups = Float64Array.from(train, (row) => split.groups[row]!)
    const folds = groupFoldCount(groups, y, classes)
    if (folds < 2) return []
    const found = classes > 0 ? stratifiedGroupKFold(y, groups, { rng, folds }) : groupKFold(groups, { rng, folds })
    const usable = found.filter((fold) => fold.test.length > 0 && learns(fold, y, classes))
    return usable.length < 2 ? [] : usable
  }
  const folds = foldCount(y, classes)
  if (folds < 2) return []
  return classes > 0 ? stratifiedKFold(y, { rng, folds }) : kFold(y.length, { rng, folds })
}

function foldCount(y: Float64Array, classes: number): number {
  if (classes === 0) return Math.min(FOLDS, y.length)
  const counts = new Uint32Array(classes)
  for (const code of y) counts[code]!++
  // With as many folds as the second largest class has rows every fold still learns from two classes.
  return Math.min(FOLDS, y.length, counts.sort().at(-2)!)
}

/** As many as the second most widespread class has groups. */
function groupFoldCount(groups: Float64Array, y: Float64Array, classes: number): number {
  const all = new Set(groups).size
  if (classes === 0) return Math.min(FOLDS, all)
  const ofClass = Array.from({ length: classes }, () => new Set<number>())
  for (let row = 0; row < y.length; row++) ofClass[y[row]!]!.add(groups[row]!)
  return Math.min(
    FOLDS,
    all,
    ofClass
      .map(({ size }) => size)
      .sort((a, b) => a - b)
      .at(-2)!,
  )
}

function learns({ train }: TrainTestSplit, y: Float64Array, classes: number): boolean {
  return classes === 0 ? train.length >= 2 : train.some((row) => y[row] !== y[train[0]!])
}
