// Counts terms of documents into compressed sparse rows. While it learns, each new term gets the next column.
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { createColumnList, type TermIndex } from './term-index.ts'
import type { ColumnList } from './word-reader.ts'

/** Counts per document and term; columns of a row are in the order the terms came. */
export interface TermCounts {
  readonly rows: number
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly counts: Int32Array
}

/** Counts while they grow. The loops over terms are functions of their own, which the engine optimises sooner than one long loop. */
interface GrowingCounts {
  indices: Int32Array<ArrayBuffer>
  counts: Int32Array<ArrayBuffer>
  /** Per column: where its latest entry stands, plus 1; not beyond the document's start means none in this document. */
  places: Int32Array<ArrayBuffer>
  entries: number
}

/** Documents between two calls of `onStep`. */
const DOCUMENTS_PER_STEP = 256

/** Counts the terms of each document; each term not seen before gets the next column of `index`. */
export function learnTerms(documents: readonly string[], index: TermIndex, onStep?: () => void): TermCounts {
  const list = createColumnList()
  const starts = new Int32Array(documents.length + 1)
  const growing: GrowingCounts = { indices: new Int32Array(1024), counts: new Int32Array(1024), places: new Int32Array(1024), entries: 0 }
  for (let row = 0; row < documents.length; row++) {
    if (row % DOCUMENTS_PER_STEP === 0) onStep?.()
    index.read(documents[row]!, list, true)
    while (index.size > growing.places.length) growing.places = enlarged(growing.places)
    while (growing.entries + list.count > growing.indices.length) {
      growing.indices = enlarged(growing.indices)
      growing.counts = enlarged(growing.counts)
    }
    countListed(list, growing)
    starts[row + 1] = growing.entries
  }
  const { indices, counts, entries } = growing
  return { rows: documents.length, starts, indices: indices.subarray(0, entries), counts: counts.subarray(0, entries) }
}

function countListed({ columns, count }: ColumnList, growing: GrowingCounts): void {
  const { indices, counts, places } = growing
  const start = growing.entries
  let entries = start
  for (let read = 0; read < count; read++) {
    const column = columns[read]!
    const place = places[column]!
    if (place > start) counts[place - 1]!++
    else {
      indices[entries] = column
      counts[entries] = 1
      places[column] = ++entries
    }
  }
  growing.entries = entries
}

/** Counts with their columns renamed and sorted; `renamed` holds the new column of an old one, or -1 to drop it. */
export function arrangeColumns(counted: TermCounts, renamed: Int32Array, columns: number): CsrMatrix {
  return longestRow(counted) <= MOST_INSERTED ? sortRows(counted, renamed, columns) : sortByColumns(counted, renamed, columns)
}

/** A sentence is sorted faster by insertion than by a call of the engine, or by passes over all columns. */
const MOST_INSERTED = 48

function longestRow({ rows, starts }: TermCounts): number {
  let longest = 0
  for (let row = 0; row < rows; row++) longest = Math.max(longest, starts[row + 1]! - starts[row]!)
  return longest
}

function sortRows({ rows, starts, indices, counts }: TermCounts, renamed: Int32Array, columns: number): CsrMatrix {
  const sorted = { indices: new Int32Array(indices.length), values: new Float64Array(indices.length) }
  const rowStarts = new Int32Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    rowStarts[row + 1] = insertRow(indices, counts, starts[row]!, starts[row + 1]!, renamed, sorted, rowStarts[row]!)
  }
  const kept = rowStarts[rows]!
  const all = kept === indices.length
  return {
    rows,
    columns,
    starts: rowStarts,
    indices: all ? sorted.indices : sorted.indices.slice(0, kept),
    values: all ? sorted.values : sorted.values.slice(0, kept),
  }
}

/** Inserts the entries from..end-1 by their new columns; returns where the row ends. */
function insertRow(
  indices: Int32Array,
  counts: Int32Array,
  from: number,
  end: number,
  renamed: Int32Array,
  sorted: { readonly indices: Int32Array; readonly values: Float64Array },
  start: number,
): number {
  const { indices: to, values } = sorted
  let next = start
  for (let at = from; at < end; at++) {
    const column = renamed[indices[at]!]!
    if (column < 0) continue
    let place = next++
    while (place > start && to[place - 1]! > column) {
      to[place] = to[place - 1]!
      values[place] = values[place - 1]!
      place--
    }
    to[place] = column
    values[place] = counts[at]!
  }
  return next
}

function sortByColumns({ rows, starts, indices, counts }: TermCounts, renamed: Int32Array, columns: number): CsrMatrix {
  // Filling by column and then turning back sorts every row in linear time.
  const columnStarts = new Int32Array(columns + 1)
  let kept = 0
  for (const index of indices) {
    const column = renamed[index]!
    if (column < 0) continue
    columnStarts[column + 1]!++
    kept++
  }
  for (let column = 0; column < columns; column++) columnStarts[column + 1]! += columnStarts[column]!
  const rowOf = new Int32Array(kept)
  const countOf = new Float64Array(kept)
  const nextOfColumn = columnStarts.slice(0, columns)
  const rowStarts = new Int32Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    let inRow = 0
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const column = renamed[indices[at]!]!
      if (column < 0) continue
      const to = nextOfColumn[column]!++
      rowOf[to] = row
      countOf[to] = counts[at]!
      inRow++
    }
    rowStarts[row + 1] = rowStarts[row]! + inRow
  }
  const sorted = { indices: new Int32Array(kept), values: new Float64Array(kept) }
  const nextOfRow = rowStarts.slice(0, rows)
  for (let column = 0; column < columns; column++) {
    for (let at = columnStarts[column]!; at < columnStarts[column + 1]!; at++) {
      const to = nextOfRow[rowOf[at]!]!++
      sorted.indices[to] = column
      sorted.values[to] = countOf[at]!
    }
  }
  return { rows, columns, starts: rowStarts, ...sorted }
}

/**
 * Counts terms by the columns that `read` lists for a document, columns ascending within a row. Needs no table over all columns, so
 * one text costs what its own terms cost.
 */
export function countTerms(documents: readonly string[], read: (text: string, list: ColumnList) => void, columns: number): CsrMatrix {
  const starts = new Int32Array(documents.length + 1)
  let indices = new Int32Array(Math.max(64, documents.length * 16))
  let values = new Float64Array(indices.length)
  const list = createColumnList()
  let entries = 0
  for (let row = 0; row < documents.length; row++) {
    read(documents[row]!, list)
    sortFirst(list.columns, list.count)
    while (entries + list.count > indices.length) {
      indices = enlarged(indices)
      const larger = new Float64Array(indices.length)
      larger.set(values)
      values = larger
    }
    entries = joinEqual(list, indices, values, entries)
    starts[row + 1] = entries
  }
  return { rows: documents.length, columns, starts, indices: indices.slice(0, entries), values: values.slice(0, entries) }
}

/** Writes sorted columns with their counts from `entries` on; returns where they end. */
function joinEqual({ columns, count }: ColumnList, indices: Int32Array, values: Float64Array, entries: number): number {
  let to = entries
  let previous = -1
  for (let at = 0; at < count; at++) {
    const column = columns[at]!
    if (column === previous) values[to - 1]!++
    else {
      indices[to] = column
      values[to++] = 1
    }
    previous = column
  }
  return to
}

function sortFirst(array: Int32Array, count: number): void {
  if (count > MOST_INSERTED) {
    array.subarray(0, count).sort()
    return
  }
  for (let at = 1; at < count; at++) {
    const value = array[at]!
    let to = at
    while (to > 0 && array[to - 1]! > value) {
      array[to] = array[to - 1]!
      to--
    }
    array[to] = value
  }
}

function enlarged(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
