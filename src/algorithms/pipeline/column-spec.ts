// How columns become features: what a caller asks for, and what is learnt for it. Both are plain data.
import type { TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'

export interface NumberSpec {
  readonly kind: 'number'
  /** What stands in for a missing value; `none` leaves it missing, which trees understand. Default `mean`. */
  readonly impute?: 'mean' | 'median' | 'mode' | 'constant' | 'none'
  /** Of `constant`; default 0. */
  readonly fill?: number
  /** Adds a column that is 1 where the value was missing. */
  readonly indicator?: boolean
  /** `standard`: mean 0, deviation 1; `min-max`: 0 to 1; `robust`: median 0, quartiles 1 apart. Default `none`. */
  readonly scale?: 'standard' | 'min-max' | 'robust' | 'none'
}

export interface OneHotSpec {
  readonly kind: 'one-hot'
  /** Categories with fewer rows share one column, which categories never seen join. Default 1. */
  readonly minCount?: number
}

export interface OrdinalSpec {
  readonly kind: 'ordinal'
  /** Their order; else by text. */
  readonly categories?: readonly string[]
}

export interface TargetSpec {
  readonly kind: 'target'
  /** Rows of the overall mean that are mixed into each category's. Default 10. */
  readonly smooth?: number
  /** Parts whose rows get the means of the other parts while learning. Default 5. */
  readonly folds?: number
}

export type DatePart = 'year' | 'month' | 'day' | 'weekday' | 'hour' | 'dayOfYear' | 'days'

export interface DateSpec {
  readonly kind: 'date'
  /** In UTC. Default year, month, day, weekday; `weekday` is 0 on Monday, `days` counts from 1970. */
  readonly parts?: readonly DatePart[]
}

export interface TextSpec {
  readonly kind: 'text'
  readonly options?: TfidfVectorizerOptions
}

/** A column that is given on as the number it is. */
export interface PassthroughSpec {
  readonly kind: 'passthrough'
}

export type ColumnSpec = NumberSpec | OneHotSpec | OrdinalSpec | TargetSpec | DateSpec | TextSpec | PassthroughSpec

/** What was learnt for one column; stands in a file as it is. */
export type FittedColumn =
  | { readonly kind: 'number'; readonly fill: number | null; readonly indicator: boolean; readonly center: number; readonly scale: number }
  | { readonly kind: 'one-hot'; readonly categories: readonly string[]; readonly rare: boolean }
  | { readonly kind: 'ordinal'; readonly categories: readonly string[] }
  | { readonly kind: 'target'; readonly categories: readonly string[]; readonly means: readonly number[]; readonly mean: number }
  | { readonly kind: 'date'; readonly parts: readonly DatePart[] }
  | {
      readonly kind: 'text'
      readonly options: TfidfVectorizerOptions
      readonly vocabulary: readonly string[]
      readonly idf: readonly number[]
    }
  | { readonly kind: 'passthrough' }
