// The numbers of one row of a table, as a fitted model takes them. Nothing is allocated for a row without texts.
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import type { TakeColumn } from './column-kind.ts'
import { kindNamed } from './column-kinds.ts'
import type { FittedColumns } from './column-spec.ts'
import { readyNumber, writeNumber } from './number-column.ts'
import { columnOf, documentsOf, type TabularRows } from './table.ts'

/** Of the texts of some rows the weights of their terms, by feature; what rows are read with. */
export type RowTerms = readonly (CsrMatrix | undefined)[]

export interface ColumnReader {
  readTexts(rows: TabularRows): RowTerms
  /** Of rows that have none: as long as the features, since reading past the end of a list is slow. */
  readonly noTexts: RowTerms
  /** Calls `take` for every column of a feature that is not 0, ascending. `row` counts among the rows of `texts`. */
  readFeature(feature: number, x: TabularRows['x'], offset: number, texts: RowTerms, row: number, take: TakeColumn): void
}

export function createColumnReader({ features, clamped }: FittedColumns): ColumnReader {
  const writers = features.map((column) => kindNamed(column.kind).writer(column, column.first, clamped))
  const numbers = features.map((column) => (column.kind === 'number' ? readyNumber(column, column.first, clamped) : undefined))
  const vectorizers = features.map((column) => kindNamed(column.kind).vectorizer?.(column))
  const noTexts: RowTerms = features.map(() => undefined)
  const hasTexts = vectorizers.some((vectorizer) => vectorizer !== undefined)
  return {
    noTexts,
    readTexts(rows) {
      if (!hasTexts) return noTexts
      return vectorizers.map((vectorizer, feature) =>
        vectorizer?.transform(documentsOf(columnOf(rows, features.length, feature), feature, rows)),
      )
    },
    readFeature(feature, x, offset, texts, row, take) {
      const number = numbers[feature]
      if (number !== undefined) writeNumber(number, x[offset + feature]!, take)
      else writers[feature]!(x[offset + feature]!, take, texts[feature], row)
    },
  }
}

const readers = new WeakMap<FittedColumns, ColumnReader>()

/** The reader of these columns, made once: the table of a vocabulary costs more than a row. */
export function readerOf(columns: FittedColumns): ColumnReader {
  const known = readers.get(columns)
  if (known !== undefined) return known
  const made = createColumnReader(columns)
  readers.set(columns, made)
  return made
}

/** Writes the columns of a row in full. */
export type FillRow = (
  x: TabularRows['x'],
  offset: number,
  texts: RowTerms,
  row: number,
  out: Float32Array | Float64Array,
  at: number,
) => void

export function rowFiller(columns: FittedColumns): FillRow {
  const reader = readerOf(columns)
  const width = columns.features.length
  let [target, start]: [Float32Array | Float64Array, number] = [new Float32Array(), 0]
  const take: TakeColumn = (column, value) => {
    target[start + column] = value
  }
  return (x, offset, texts, row, out, at) => {
    target = out
    start = at
    out.fill(0, at, at + columns.nColumns)
    for (let feature = 0; feature < width; feature++) reader.readFeature(feature, x, offset, texts, row, take)
  }
}
