// Reads a table once and keeps what is needed to describe it for any target: notes of each column, a sample of rows, the
// first rows. In bounded memory, and plain data, so that it can be made in a thread and kept.
import { createRng } from '../../algorithms/math/rng.ts'
import { TandemError } from '../../errors.ts'
import { shown } from '../../platform/validation/describe-schema.ts'
import { type ColumnNotes, createColumnNotes, foldCounts, noteValue, owned, textOfValue } from './column-notes.ts'
import { MAX_COLUMNS } from './header-names.ts'
import type { RowBatch, TableHead } from './row-batches.ts'

/** Rows kept to see how columns hang together, and the cells of all of them. */
const SAMPLE_ROWS = 5000
const SAMPLE_CELLS = 1_000_000
const FEWEST_SAMPLE_ROWS = 200
const PREVIEW_ROWS = 20
const PREVIEW_TEXT = 200
/** Places of ragged rows that are told. */
const SHOWN_LINES = 5

export interface Survey {
  /** Absent for rows that came as objects. */
  readonly head?: TableHead
  readonly rows: number
  /** Rows with more or fewer cells than the header, which were left out; the first of them. */
  readonly ragged: { readonly count: number; readonly first: readonly { readonly line: number; readonly cells: number }[] }
  readonly columns: readonly ColumnNotes[]
  /** Rows drawn evenly from all, each a JSON array of texts in the order of the columns. */
  readonly sample: readonly string[]
  readonly preview: readonly (readonly (string | null)[])[]
}

export interface SurveyOptions {
  /** What is done with CSV rows that have another number of cells than the header. */
  readonly ragged: 'reject' | 'note'
}

export interface TableSurvey {
  /** @throws `invalid_input` for rows of another shape. */
  add(batch: RowBatch): void
  finish(head?: TableHead): Survey
}

export function createTableSurvey({ ragged }: SurveyOptions): TableSurvey {
  const columns = new Map<string, ColumnNotes>()
  const sample = createSample(columns)
  const preview: (string | null)[][] = []
  const bad: { line: number; cells: number }[] = []
  let badCount = 0
  let rows = 0
  let header: readonly ColumnNotes[] | undefined
  const columnOf = (name: string): ColumnNotes => {
    let column = columns.get(name)
    if (column === undefined) {
      if (columns.size >= MAX_COLUMNS) {
        throw new TandemError('invalid_input', `The table has more than ${MAX_COLUMNS} columns. Keep those a model can use.`)
      }
      // It was absent from the rows before.
      column = createColumnNotes(name, rows)
      columns.set(name, column)
    }
    return column
  }
  const keep = (values: readonly unknown[]): void => {
    if (preview.length < PREVIEW_ROWS) {
      preview.push(values.map((value) => (value === null || value === undefined ? null : owned(textOfValue(value).slice(0, PREVIEW_TEXT)))))
    }
    sample.offer(values, rows)
    rows++
  }
  return {
    add(batch) {
      if (batch.kind === 'cells') {
        header ??= batch.columns.map((name) => columnOf(owned(name)))
        const width = header.length
        for (const { cells, line } of batch.records) {
          if (cells.length !== width) {
            if (ragged === 'reject') throw raggedRow(line, cells.length, width)
            if (bad.length < SHOWN_LINES) bad.push({ line, cells: cells.length })
            badCount++
            continue
          }
          for (let index = 0; index < width; index++) noteValue(header[index]!, cells[index])
          keep(cells)
        }
        return
      }
      for (const row of batch.rows as readonly Readonly<Record<string, unknown>>[]) {
        if (typeof row !== 'object' || row === null || Array.isArray(row)) {
          throw new TandemError('invalid_input', `Row ${rows} must be an object of columns, got ${shown(row)}.`)
        }
        for (const name of Object.keys(row)) columnOf(name)
        const values: unknown[] = []
        for (const column of columns.values()) {
          const value = Object.hasOwn(row, column.name) ? row[column.name] : undefined
          noteValue(column, value)
          values.push(value)
        }
        keep(values)
      }
    },
    finish(head) {
      const all = [...columns.values()]
      for (const column of all) foldCounts(column)
      const { length } = all
      return {
        ...(head === undefined ? {} : { head }),
        rows,
        ragged: { count: badCount, first: bad },
        columns: all,
        sample: sample.rows(),
        // Rows before a column came lack it.
        preview: preview.map((row) => [...row, ...new Array<null>(length - row.length).fill(null)]),
      }
    },
  }
}

/** Every row is kept with the same chance (algorithm R, Vitter 1985); the same table gives the same sample. */
function createSample(columns: ReadonlyMap<string, unknown>): {
  offer(values: readonly unknown[], row: number): void
  rows(): readonly string[]
} {
  const rng = createRng(1)
  const kept: string[] = []
  return {
    offer(values, row) {
      const room = Math.min(SAMPLE_ROWS, Math.max(FEWEST_SAMPLE_ROWS, Math.floor(SAMPLE_CELLS / Math.max(1, columns.size))))
      const place = kept.length < room ? kept.length : rng.below(row + 1)
      if (place < room) kept[place] = JSON.stringify(values.map(textOfValue))
    },
    rows: () => kept,
  }
}

function raggedRow(line: number, cells: number, width: number): TandemError {
  return new TandemError('invalid_input', `Line ${line} has ${cells} cells, but the header names ${width} columns.`, {
    errors: [{ path: `/line/${line}`, message: `line ${line} must have ${width} cells, got ${cells}` }],
  })
}
