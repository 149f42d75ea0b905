// Row objects as a table: each field read by what its column is, categories by their codes.
import { categoryIn, hoursIn, numberIn, type Row, textIn } from './cell.ts'
import type { ColumnSpec } from './column-spec.ts'
import type { TabularKind, TabularRows } from './table.ts'

/** How a column of row objects is read; plain data. */
export interface RowColumn {
  readonly name: string
  readonly kind: TabularKind
  /** Of a category its texts by code. */
  readonly categories?: readonly string[]
}

/** Learns the categories of the columns that are. */
export function columnsOfRows(rows: readonly Row[], specs: Readonly<Record<string, ColumnSpec>>): RowColumn[] {
  return Object.entries(specs).map(([name, spec]): RowColumn => {
    const kind = kindFor(spec)
    if (kind !== 'category') return { name, kind }
    const texts = new Set<string>(spec.kind === 'ordinal' ? spec.categories : [])
    for (const [at, row] of rows.entries()) {
      const text = categoryIn(row, name, at)
      if (text !== undefined) texts.add(text)
    }
    return { name, kind, categories: [...texts].sort() }
  })
}

/** @throws `invalid_input` for a field of another kind, with its row and column. */
export function tableOfRows(rows: readonly Row[], columns: readonly RowColumn[]): TabularRows {
  const width = columns.length
  const x = new Float64Array(rows.length * width)
  const texts: (string | undefined)[][] = []
  for (const [index, column] of columns.entries()) {
    const read = cellReader(column, index, texts)
    for (const [at, row] of rows.entries()) x[at * width + index] = read(row, at)
  }
  return { x, rows: rows.length, readDocument: (feature, at) => texts[feature]![at] ?? '' }
}

function cellReader(
  { name, kind, categories = [] }: RowColumn,
  index: number,
  texts: (string | undefined)[][],
): (row: Row, at: number) => number {
  if (kind === 'number') return (row, at) => numberIn(row, name, at)
  if (kind === 'date') return (row, at) => hoursIn(row, name, at)
  if (kind === 'category') {
    const codes = new Map(categories.map((text, code) => [text, code]))
    return (row, at) => {
      const text = categoryIn(row, name, at)
      return text === undefined ? Number.NaN : (codes.get(text) ?? categories.length)
    }
  }
  const own: (string | undefined)[] = []
  texts[index] = own
  return (row, at) => {
    own[at] = textIn(row, name, at)
    return own[at] === undefined ? Number.NaN : at
  }
}

function kindFor({ kind }: ColumnSpec): TabularKind {
  if (kind === 'number' || kind === 'passthrough') return 'number'
  if (kind === 'text' || kind === 'text-score') return 'text'
  return kind === 'date' ? 'date' : 'category'
}
