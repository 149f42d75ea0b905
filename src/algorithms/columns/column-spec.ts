// How the columns of a table become the numbers that a model reads: what a caller asks for (a spec) and what is learnt for it (a fitted
// column). Both are plain data. The one list of them: a new way is a spec and a form here, a file that reads it (its ColumnKind, entered in
// column-kinds.ts), and what learns it (entered in fit-columns.ts).
import type { TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'

/** What is done to the numbers that a column has or becomes. */
export interface NumberTreatment {
  /** What stands in for a missing value; `none` leaves it missing, which trees understand. Default `mean`. */
  readonly impute?: 'mean' | 'median' | 'mode' | 'constant' | 'none'
  /** Of `constant`; default 0. */
  readonly fill?: number
  /** Adds a column that is 1 where the value was missing; `auto`: when one was missing in training. Default false. */
  readonly indicator?: boolean | 'auto'
  /** `standard`: mean 0, deviation 1; `min-max`: 0 to 1; `robust`: median 0, quartiles 1 apart. Default `none`. */
  readonly scale?: 'standard' | 'min-max' | 'robust' | 'none'
}

export interface NumberSpec extends NumberTreatment {
  readonly kind: 'number'
}

export interface OneHotSpec {
  readonly kind: 'one-hot'
  /** Categories with fewer rows share one column, which categories never seen join. Default 1. */
  readonly minCount?: number
  /** Columns at most, of the most frequent categories. Default: all. */
  readonly maxCategories?: number
  /** `none`: a missing value is 0 everywhere; `column`: it has a column of its own, or where none was missing in training that of the rare. Default `none`. */
  readonly missing?: 'none' | 'column'
}

export interface OrdinalSpec extends Omit<NumberTreatment, 'indicator'> {
  readonly kind: 'ordinal'
  /** Their order; else by text. */
  readonly categories?: readonly string[]
  /** What a category that is not among them is: a number, or `missing`. Default -1. */
  readonly unseen?: number | 'missing'
  readonly indicator?: boolean | 'auto'
}

export interface TargetSpec extends Pick<NumberTreatment, 'scale'> {
  readonly kind: 'target'
  /** Rows of the overall mean that are mixed into each category's. Default 10. */
  readonly smooth?: number
  /** Parts whose rows get the means of the other parts while learning. Default 5. */
  readonly folds?: number
}

export type DatePart = 'year' | 'month' | 'day' | 'weekday' | 'hour' | 'dayOfYear' | 'days'
export const DATE_PARTS: readonly DatePart[] = ['year', 'month', 'day', 'weekday', 'hour', 'dayOfYear', 'days']

export interface DateSpec extends NumberTreatment {
  readonly kind: 'date'
  /** In UTC. Default year, month, day, weekday; `weekday` is 0 on Monday, `days` counts from 1970. */
  readonly parts?: readonly DatePart[]
}

export interface TextSpec {
  readonly kind: 'text'
  readonly options?: TfidfVectorizerOptions
}

/** A text as trees read it: whether there is one, and what a linear model of its words says of the target, while learning of other rows. */
export interface TextScoreSpec {
  readonly kind: 'text-score'
  readonly options?: TfidfVectorizerOptions
  /** Parts whose rows are read by models of the other parts while learning. Default 5. */
  readonly folds?: number
}

/** A column that is given on as the number, or the place of its category, that it is. */
export interface PassthroughSpec {
  readonly kind: 'passthrough'
}

export type ColumnSpec = NumberSpec | OneHotSpec | OrdinalSpec | TargetSpec | DateSpec | TextSpec | TextScoreSpec | PassthroughSpec

/** `(value + center) * factor / divisor` is what the model sees of a value, with `fill` for a missing one. */
export interface NumberRule {
  /** Null: a missing value stays missing. */
  readonly fill: number | null
  readonly center: number
  readonly factor: number
  /** Files of earlier pipelines divide; absent: 1. */
  readonly divisor?: number
}

export interface FittedNumber extends NumberRule {
  readonly kind: 'number'
  /** Whether the next column is 1 where the value was missing. */
  readonly indicator: boolean
}

export interface FittedOneHot {
  readonly kind: 'one-hot'
  /** Code of each category that has a column of its own, ascending. */
  readonly frequent: readonly number[]
  /** Whether there is a column of the categories that are rare or were never seen, and one of missing values; in this order. */
  readonly rare: boolean
  readonly missing: boolean
  /** Whether a missing value is 0 everywhere, also where there is a column of the rare. */
  readonly ignoresMissing: boolean
}

export interface FittedOrdinal extends NumberRule {
  readonly kind: 'ordinal'
  /** Codes in their order. */
  readonly order: readonly number[]
  /** Of a code that is not among them; null: missing. */
  readonly unseen: number | null
  readonly indicator: boolean
}

export interface FittedTarget {
  readonly kind: 'target'
  /** Codes that were seen, ascending; the mean of each and number: shape (codes, numbers). One number, or one a class of three or more. */
  readonly codes: readonly number[]
  readonly means: readonly number[]
  /** Of a code never seen, and of a missing value. */
  readonly overall: readonly number[]
  readonly missing: readonly number[]
  readonly rules: readonly NumberRule[]
}

export interface FittedDate {
  readonly kind: 'date'
  readonly parts: readonly DatePart[]
  /** One a part. */
  readonly rules: readonly NumberRule[]
  readonly indicator: boolean
}

export interface FittedText {
  readonly kind: 'text'
  readonly options: TfidfVectorizerOptions
  readonly vocabulary: readonly string[]
  readonly idf: readonly number[]
}

export interface FittedTextScore extends Omit<FittedText, 'kind'> {
  readonly kind: 'text-score'
  readonly link: 'identity' | 'sigmoid' | 'softmax'
  /** Scores of a text without a known word: one, or one a class of three or more. */
  readonly base: readonly number[]
  /** Shape (terms, scores). */
  readonly weights: readonly number[]
}

export type FittedColumn = FittedNumber | FittedOneHot | FittedOrdinal | FittedTarget | FittedDate | FittedText | FittedTextScore
export type FittedKind = FittedColumn['kind']

/** A fitted column and the place of its first number in a row. */
export type PlacedColumn = FittedColumn & { readonly first: number }

/** Plain data: what a file holds and threads send. */
export interface FittedColumns {
  /** One a feature. */
  readonly features: readonly PlacedColumn[]
  readonly nColumns: number
  /** Whether scaled numbers stop at 0 and 1: naive Bayes of counts knows no negative ones. */
  readonly clamped: boolean
}
