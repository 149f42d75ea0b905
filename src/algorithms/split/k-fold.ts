// Seeded k-fold cross-validation: every row is judged exactly once.
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'
import { rowNumbers, rowsByClass, shuffle, type TrainTestSplit } from './train-test-split.ts'

export interface KFoldOptions {
  readonly rng: Pick<Rng, 'next'>
  /** Number of folds, 2 to rows. */
  readonly folds?: number
}

/**
 * Folds whose sizes differ by at most one row.
 *
 * @throws   `too_few_rows` when there are fewer rows than folds; `invalid_input` for fewer than 2 folds.
 */
export function kFold(rows: number, { rng, folds = 5 }: KFoldOptions): TrainTestSplit[] {
  checkFolds(rows, folds)
  const order = rowNumbers(rows)
  shuffle(order, rng)
  return deal(order, folds)
}

/**
 * Folds in which each class has its share of rows, and each fold its share of all rows, both within one row.
 *
 * A class with fewer rows than folds is absent from some folds.
 *
 * @param y  class codes, one a row.
 * @throws   `too_few_rows` when there are fewer rows than folds; `invalid_input` for fewer than 2 folds.
 */
export function stratifiedKFold(y: ArrayLike<number>, { rng, folds = 5 }: KFoldOptions): TrainTestSplit[] {
  const rows = y.length
  checkFolds(rows, folds)
  // Classes one after the other, dealt like cards: every run of rows of a class is spread within one row over the folds.
  const order = new Int32Array(rows)
  let at = 0
  for (const group of rowsByClass(y, rows)) {
    shuffle(group, rng)
    order.set(group, at)
    at += group.length
  }
  return deal(order, folds)
}

/** @throws `invalid_input` for fewer than 2 folds; `too_few_rows` when some would be empty. */
export function checkFolds(rows: number, folds: number, what = 'rows'): void {
  if (!Number.isInteger(folds) || folds < 2) {
    throw new TandemError('invalid_input', `folds is ${folds}. Cross-validation needs at least 2. Pass a whole number, such as 5.`)
  }
  if (rows < folds) {
    throw new TandemError(
      'too_few_rows',
      `${rows} ${what} cannot fill ${folds} folds. Each fold needs one. Add ${what} or take fewer folds.`,
      {
        details: { [what]: rows, folds },
      },
    )
  }
}

function deal(order: Int32Array, folds: number): TrainTestSplit[] {
  const foldOf = new Int32Array(order.length)
  for (let at = 0; at < order.length; at++) foldOf[order[at]!] = at % folds
  const all = rowNumbers(order.length)
  return Array.from({ length: folds }, (_, fold) => ({
    train: all.filter((row) => foldOf[row] !== fold),
    test: all.filter((row) => foldOf[row] === fold),
  }))
}
