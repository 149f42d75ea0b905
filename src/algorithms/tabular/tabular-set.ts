// A table as linear models and naive Bayes are given it: numbers, codes of categories, and texts that stand elsewhere.

export type TabularKind = 'number' | 'category' | 'text'

/** The text that a value of a text column stands for. */
export type ReadDocument = (feature: number, code: number) => string

export interface TabularColumns {
  /** One a feature. */
  readonly kinds: readonly TabularKind[]
  /** Of each category the number of its codes 0, 1 ...; 0 for other kinds. */
  readonly codes: readonly number[]
}

export interface TabularRows {
  /** Row-major, rows x features; NaN is missing. Of a text a number that `readDocument` knows. */
  readonly x: Float32Array
  readonly rows: number
  /** Needed where a feature is a text. */
  readonly readDocument?: ReadDocument
}

export interface TabularSet extends TabularRows, TabularColumns {
  /** Class index, or a number for regression. */
  readonly y: Float64Array
  /** 0 for regression. */
  readonly classes: number
}
