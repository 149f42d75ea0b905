// Folds that keep groups of rows together, such as all rows of one customer, so that no group is learnt from and judged on.
import { TandemError } from '../../errors.ts'
import { checkFolds, type KFoldOptions } from './k-fold.ts'
import { rowNumbers, shuffle, type TrainTestSplit } from './train-test-split.ts'

/**
 * Folds of whole groups, as even in rows as the groups allow: the largest group goes to the smallest fold.
 *
 * @param groups  group of each row: any numbers, equal for the rows that belong together.
 * @throws   `too_few_rows` when there are fewer groups than folds; `invalid_input` for fewer than 2 folds.
 */
export function groupKFold(groups: ArrayLike<number>, options: KFoldOptions): TrainTestSplit[] {
  return dealGroups(groups, new Float64Array(groups.length), options)
}

/**
 * Folds of whole groups in which each class comes near to its share: each group, the most uneven first, goes to where the classes then
 * differ least between folds.
 *
 * @param y  class codes, one a row.
 * @throws   as `groupKFold`; `shape_mismatch` when lengths differ.
 * @see      scikit-learn StratifiedGroupKFold.
 */
export function stratifiedGroupKFold(y: ArrayLike<number>, groups: ArrayLike<number>, options: KFoldOptions): TrainTestSplit[] {
  if (y.length !== groups.length) {
    throw new TandemError('shape_mismatch', `There are ${y.length} class codes and ${groups.length} groups. Pass one of both for each row.`)
  }
  return dealGroups(groups, y, options)
}

interface Group {
  readonly rows: number[]
  /** Rows of each class. */
  readonly counts: Float64Array
}

function dealGroups(groups: ArrayLike<number>, y: ArrayLike<number>, { rng, folds = 5 }: KFoldOptions): TrainTestSplit[] {
  const classOf = new Map([...new Set(Array.from(y))].map((code, at) => [code, at]))
  const members = new Map<number, Group>()
  const totals = new Float64Array(classOf.size)
  for (let row = 0; row < groups.length; row++) {
    const group = members.get(groups[row]!) ?? { rows: [], counts: new Float64Array(classOf.size) }
    const code = classOf.get(y[row]!)!
    group.rows.push(row)
    group.counts[code]! += 1
    totals[code]! += 1
    members.set(groups[row]!, group)
  }
  const list = [...members.values()]
  checkFolds(list.length, folds, 'groups')
  const order = rowNumbers(list.length)
  shuffle(order, rng)
  // Large and one-sided groups first: small ones then even out. Equal ones keep their random order.
  const ranked = [...order].map((at) => list[at]!).sort((a, b) => unevenness(b.counts) - unevenness(a.counts))
  const filled = Array.from({ length: folds }, () => new Float64Array(classOf.size))
  const foldOf = new Int32Array(groups.length)
  for (const group of ranked) {
    let best = 0
    let bestCost = Number.POSITIVE_INFINITY
    for (let fold = 0; fold < folds; fold++) {
      const cost = spreadWith(filled, fold, group.counts, totals)
      if (cost < bestCost) [best, bestCost] = [fold, cost]
    }
    for (const [code, count] of group.counts.entries()) filled[best]![code]! += count
    for (const row of group.rows) foldOf[row] = best
  }
  const all = rowNumbers(groups.length)
  return filled.map((_, fold) => ({ train: all.filter((row) => foldOf[row] !== fold), test: all.filter((row) => foldOf[row] === fold) }))
}

function unevenness(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count * count, 0)
}

/** Sum over classes and folds of the squared share of the class, when the group goes to `chosen`: smallest where all folds are alike. */
function spreadWith(filled: readonly Float64Array[], chosen: number, counts: Float64Array, totals: Float64Array): number {
  let sum = 0
  for (let code = 0; code < totals.length; code++) {
    const before = filled[chosen]![code]!
    sum += ((before + counts[code]!) ** 2 - before ** 2) / totals[code]! ** 2
  }
  return sum
}
