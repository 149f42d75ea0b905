// Growing typed columns of one part of a table: numbers as doubles (NaN is missing), texts as codes into the part's dictionary.

export interface NumberColumn {
  readonly kind: 'number'
  values: Float64Array
}

export interface TextColumn {
  readonly kind: 'text'
  codes: Int32Array
  readonly dictionary: Map<string, number>
  /** Rows of each text in the whole table, up to `MAX_DISTINCT` texts; absent for free texts, of which nearly every one is its own. */
  readonly counts?: Map<string, number>
}

export type TableColumn = NumberColumn | TextColumn

/** Different texts remembered of a column; rarer ones count as missing in training. */
export const MAX_DISTINCT = 10_000

export function createColumn(kind: 'number' | 'text' | 'document', rows: number): TableColumn {
  if (kind === 'number') return { kind, values: new Float64Array(rows) }
  const column: TextColumn = { kind: 'text', codes: new Int32Array(rows), dictionary: new Map() }
  return kind === 'text' ? { ...column, counts: new Map() } : column
}

/** Bytes the text adds to the part's dictionary: 0 when it is known. */
export function setText(column: TextColumn, row: number, text: string | undefined): number {
  if (text === undefined) {
    column.codes[row] = -1
    return 0
  }
  const { dictionary, counts } = column
  const count = counts?.get(text)
  if (count !== undefined) counts?.set(text, count + 1)
  else if (counts !== undefined && counts.size < MAX_DISTINCT) counts.set(text, 1)
  const known = dictionary.get(text)
  if (known !== undefined) {
    column.codes[row] = known
    return 0
  }
  column.codes[row] = dictionary.size
  dictionary.set(text, dictionary.size)
  return text.length * 2
}
