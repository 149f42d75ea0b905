// Bins of categorical features. A category is a whole number from 0; the most frequent ones get a bin each, all others share one,
// also those that come only after the training.

import { TandemError } from '../../errors.ts'
import type { TrainingSet } from './training-set.ts'

/** Bin of the rare categories and of those never seen, in the sets of a model. */
export const OTHER_BIN = 254
/** Words of a set of bins. */
export const SET_WORDS = 8
/** Largest category number. */
export const MAX_CATEGORY = 65_535

/** Categories of all features as a model keeps them. */
export interface CategoryBins {
  /** Feature f has the categories `0 .. categoryStarts[f + 1] - categoryStarts[f] - 1`; none: it is a number. */
  readonly categoryStarts: Uint32Array<ArrayBuffer>
  /** Bin of each category. */
  readonly categoryBins: Uint8Array<ArrayBuffer>
  /** Bins of each feature that hold one category. */
  readonly kept: Uint8Array
}

/**
 * Gives the categories their bins.
 *
 * @throws `invalid_input` for a value that is no category.
 */
export function binCategories({ x, rows, features, categorical = [] }: TrainingSet, weights: ArrayLike<number> | undefined): CategoryBins {
  const kept = new Uint8Array(features)
  const tables = Array.from({ length: features }, (_, f) => {
    if (!categorical.includes(f)) return new Uint8Array(0)
    const { table, count } = tabulate(countCategories(x, rows, features, f, weights))
    kept[f] = count
    return table
  })
  const categoryStarts = new Uint32Array(features + 1)
  for (let f = 0; f < features; f++) categoryStarts[f + 1] = categoryStarts[f]! + tables[f]!.length
  const bins = new Uint8Array(categoryStarts[features]!)
  for (let f = 0; f < features; f++) bins.set(tables[f]!, categoryStarts[f]!)
  return { categoryStarts, categoryBins: bins, kept }
}

/** Writes the bins of one categorical column; returns whether a value is missing. */
export function fillCategoryColumn(
  { x, rows, features }: TrainingSet,
  { categoryStarts, categoryBins, kept }: CategoryBins,
  f: number,
  column: Uint8Array,
): boolean {
  const first = categoryStarts[f]!
  const size = categoryStarts[f + 1]! - first
  const other = kept[f]!
  let missing = false
  for (let i = 0; i < rows; i++) {
    const value = x[i * features + f]!
    if (Number.isNaN(value)) {
      column[i] = other + 1
      missing = true
    } else {
      const bin = value < size ? categoryBins[first + value]! : OTHER_BIN
      column[i] = bin === OTHER_BIN ? other : bin
    }
  }
  return missing
}

function countCategories(x: Float32Array, rows: number, features: number, f: number, weights: ArrayLike<number> | undefined): number[] {
  const counts: number[] = []
  for (let i = 0; i < rows; i++) {
    const value = x[i * features + f]!
    if (Number.isNaN(value)) continue
    if (!Number.isInteger(value) || value < 0 || value > MAX_CATEGORY) {
      throw new TandemError(
        'invalid_input',
        `Feature ${f} of row ${i} is ${value}, but the feature is categorical: a category is a whole number from 0 to ${MAX_CATEGORY}, or NaN when missing.`,
        { details: { row: i, feature: f } },
      )
    }
    while (counts.length <= value) counts.push(0)
    if (!weights || weights[i]! > 0) counts[value]!++
  }
  return counts
}

function tabulate(counts: readonly number[]): { table: Uint8Array; count: number } {
  const seen = [...counts.keys()].filter((category) => counts[category]! > 0)
  const frequent = seen.length <= OTHER_BIN ? seen : seen.sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, OTHER_BIN)
  const table = new Uint8Array(counts.length).fill(OTHER_BIN)
  for (const [bin, category] of frequent.sort((a, b) => a - b).entries()) table[category] = bin
  return { table, count: frequent.length }
}
