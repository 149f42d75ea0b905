// Many splits of the same rows, for a mean over more than one division: drawn anew each time, or k folds again and again.
// Kohavi 1995, A Study of Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection.
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'
import { kFold, stratifiedKFold } from './k-fold.ts'
import { rowNumbers, rowsByClass, sharesOf, shuffle, type TrainTestSplit } from './train-test-split.ts'

export interface ShuffleSplitOptions {
  readonly rng: Pick<Rng, 'next'>
  /** Default 10. */
  readonly splits?: number
  /** Share of rows to judge on, rounded up. Default 0.1. */
  readonly testSize?: number
  /** Share of rows to learn from, rounded down; default all that are not judged. Less shows how much more rows would help. */
  readonly trainSize?: number
  /** Class codes, one a row: each class then gives both parts its share, within one row, and never its last row to the test part (which a class of one row so leaves smaller). */
  readonly stratify?: ArrayLike<number>
}

export interface RepeatedKFoldOptions {
  readonly rng: Pick<Rng, 'next'>
  /** Default 5. */
  readonly folds?: number
  /** Default 10. */
  readonly repeats?: number
  /** Class codes, one a row: each fold then has its share of every class. */
  readonly stratify?: ArrayLike<number>
}

/**
 * Independent random splits. Unlike folds they may judge a row many times or never, and their number does not depend on their size.
 *
 * @throws   `too_few_rows` when a part would be empty; `shape_mismatch` when `stratify` has another length; `invalid_input` for shares
 *           outside 0..1 or above 1 together, or splits that are no whole number from 1.
 * @see      scikit-learn ShuffleSplit and StratifiedShuffleSplit, whose sizes these are.
 * @example
 * shuffleSplit(rows, { rng: createRng(7), splits: 20, testSize: 0.2, stratify: y })
 */
export function shuffleSplit(rows: number, options: ShuffleSplitOptions): TrainTestSplit[] {
  const { rng, splits = 10, testSize = 0.1, trainSize, stratify } = options
  checkCount('splits', splits)
  const shares = [testSize, ...(trainSize === undefined ? [] : [trainSize])]
  // 0.7 + 0.3 may be a little above 1 in doubles.
  if (!shares.every((share) => share > 0 && share < 1) || testSize + (trainSize ?? 0) > 1 + 1e-12) {
    throw new TandemError(
      'invalid_input',
      `testSize is ${testSize} and trainSize ${trainSize}. They are shares of the rows: above 0, below 1, together at most 1.`,
    )
  }
  const held = Math.ceil(testSize * rows)
  const learnt = trainSize === undefined ? rows - held : Math.min(rows - held, Math.floor(trainSize * rows))
  if (!Number.isInteger(rows) || held < 1 || learnt < 1) {
    throw new TandemError(
      'too_few_rows',
      `${rows} rows give ${learnt} to learn from and ${held} to judge on; both parts need one. Add rows or change testSize and trainSize.`,
      { details: { rows, testSize, trainSize } },
    )
  }
  const groups = stratify === undefined ? [rowNumbers(rows)] : rowsByClass(stratify, rows)
  const testShares = sharesOf(sizesOf(groups), held)
  const trainShares = sharesOf(
    sizesOf(groups).map((size, index) => size - testShares[index]!),
    learnt,
    0,
  )
  if (testShares.every((share) => share === 0)) {
    throw new TandemError(
      'too_few_rows',
      `Each of the ${groups.length} classes has one row, so none can be held out. Learning needs every class. Add rows.`,
    )
  }
  return Array.from({ length: splits }, () => {
    const parts = { train: [] as number[], test: [] as number[] }
    for (const [index, group] of groups.entries()) {
      shuffle(group, rng)
      const [test, train] = [testShares[index]!, trainShares[index]!]
      for (let at = 0; at < test; at++) parts.test.push(group[at]!)
      for (let at = test; at < test + train; at++) parts.train.push(group[at]!)
    }
    return { train: Int32Array.from(parts.train).sort(), test: Int32Array.from(parts.test).sort() }
  })
}

/**
 * `kFold` or, with `stratify`, `stratifiedKFold` again and again, each time dealt anew: every row is judged once a repeat.
 *
 * @returns  folds x repeats splits, those of a repeat one after the other.
 * @throws   `too_few_rows`, `shape_mismatch`, `invalid_input` as these do, and for repeats that are no whole number from 1.
 * @see      scikit-learn RepeatedKFold and RepeatedStratifiedKFold.
 * @example
 * crossValidate(repeatedKFold(rows, { rng: createRng(7), folds: 5, repeats: 10 }), fit, score)
 */
export function repeatedKFold(rows: number, { rng, folds = 5, repeats = 10, stratify }: RepeatedKFoldOptions): TrainTestSplit[] {
  checkCount('repeats', repeats)
  if (stratify !== undefined && stratify.length !== rows) {
    throw new TandemError('shape_mismatch', `There are ${stratify.length} class codes for ${rows} rows. Pass one for each row.`)
  }
  return Array.from({ length: repeats }, () =>
    stratify === undefined ? kFold(rows, { rng, folds }) : stratifiedKFold(stratify, { rng, folds }),
  ).flat()
}

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1) throw new TandemError('invalid_input', `${name} is ${count}; it is a whole number from 1.`)
}

function sizesOf(groups: readonly Int32Array[]): number[] {
  return groups.map((group) => group.length)
}
