// A table as models are given it: numbers, codes of categories, hours of dates, and texts that stand elsewhere.

export type TabularKind = 'number' | 'category' | 'date' | 'text'

/** The text that a value of a text column stands for. */
export type ReadDocument = (feature: number, code: number) => string

export interface TabularColumns {
  /** One a feature. */
  readonly kinds: readonly TabularKind[]
  /** Of each category the number of its codes 0, 1 ...; 0 for other kinds. */
  readonly codes: readonly number[]
  /** What errors call the features; default: their numbers. */
  readonly names?: readonly string[]
  /** Texts of each category by code, where a spec names them; null for other features. */
  readonly labels?: readonly (readonly string[] | null)[]
}

export interface TabularRows {
  /**
   * Row-major, rows x features; NaN is missing. A category is its code; one that has none is the number of codes. A date is whole hours
   * since 1970 UTC, which float32 holds for a thousand years. A text is a number that `readDocument` knows.
   */
  readonly x: Float32Array | Float64Array
  readonly rows: number
  /** Needed where a feature is a text. */
  readonly readDocument?: ReadDocument
}

export interface TabularSet extends TabularRows, TabularColumns {
  /** Class index, or a number for regression. */
  readonly y: Float64Array
  /** 0 for regression. */
  readonly classes: number
  /** One weight >= 0 a row; absent means 1. What columns become (medians, scales, words) is learned from each row once. */
  readonly weights?: Float64Array
}

/** A column of a table by itself. */
export function columnOf({ x, rows }: TabularRows, width: number, feature: number): Float64Array {
  const column = new Float64Array(rows)
  for (let row = 0, at = feature; row < rows; row++, at += width) column[row] = x[at]!
  return column
}

const DOCUMENTS_PER_STEP = 1024

/** Texts of a column; missing ones are empty. */
export function documentsOf(
  column: ArrayLike<number>,
  feature: number,
  { readDocument }: Pick<TabularRows, 'readDocument'>,
  onStep?: () => void,
): string[] {
  return Array.from(column, (code, row) => {
    if (row % DOCUMENTS_PER_STEP === 0) onStep?.()
    return Number.isNaN(code) || readDocument === undefined ? '' : readDocument(feature, code)
  })
}
