// Categories as the mean target of their rows, drawn towards the overall mean (Micci-Barreca 2001; scikit-learn TargetEncoder with a
// number as `smooth`). While learning, a row gets the mean of other parts: it never sees its own target.
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'
import { kFold } from '../split/k-fold.ts'
import type { FittedColumn, TargetSpec } from './column-spec.ts'

type FittedTarget = Extract<FittedColumn, { kind: 'target' }>

/** Means over the given rows; a missing value is a category of its own, "". */
export function fitTarget(codes: readonly string[], y: ArrayLike<number>, rows: ArrayLike<number>, smooth: number): FittedTarget {
  const sums = new Map<string, { total: number; count: number }>()
  let total = 0
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!
    const entry = sums.get(codes[row]!) ?? { total: 0, count: 0 }
    entry.total += y[row]!
    entry.count++
    total += y[row]!
    sums.set(codes[row]!, entry)
  }
  const mean = total / rows.length
  const categories = [...sums.keys()].sort()
  const means = categories.map((category) => {
    const entry = sums.get(category)!
    return (entry.total + smooth * mean) / (entry.count + smooth)
  })
  return { kind: 'target', categories, means, mean }
}

/** The encoding of each row from the rows of the other folds. */
export function outOfFoldMeans(codes: readonly string[], y: ArrayLike<number>, spec: TargetSpec, rng: Pick<Rng, 'next'>): Float64Array {
  const encoded = new Float64Array(codes.length)
  for (const { train, test } of kFold(codes.length, { rng, folds: Math.min(spec.folds ?? 5, codes.length) })) {
    const { categories, means, mean } = fitTarget(codes, y, train, smoothOf(spec))
    const meanByCategory = new Map(categories.map((category, at) => [category, means[at]!]))
    for (const row of test) encoded[row] = meanByCategory.get(codes[row]!) ?? mean
  }
  return encoded
}

/** @throws `invalid_input` for a negative number. */
export function smoothOf({ smooth = 10 }: TargetSpec): number {
  if (smooth >= 0 && Number.isFinite(smooth)) return smooth
  throw new TandemError('invalid_input', `smooth is ${smooth}. It counts rows. Pass 0 or more.`)
}
