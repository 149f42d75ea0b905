// The names of the columns of a CSV table: checked where nobody could be told of a change, mended where somebody can.
import { TandemError } from '../../errors.ts'
import type { CsvRecord } from './csv-reader.ts'

/** A column that goes by another name than the file gives it. */
export interface RenamedColumn {
  /** From 0. */
  readonly index: number
  /** As the file has it; '' where it has none. */
  readonly from: string
  readonly to: string
}

export const MAX_COLUMNS = 2000

/** @throws `malformed_body` for a name that is missing or stands twice. */
export function checkedNames({ cells, line }: CsvRecord): readonly string[] {
  checkCount(cells.length, line)
  const fail = (what: string): never => {
    throw new TandemError('malformed_body', `The CSV header (line ${line}) ${what}. Name every column once in the first line.`, {
      details: { line },
    })
  }
  const empty = cells.indexOf('')
  if (empty >= 0) fail(`has no name for column ${empty + 1} of ${cells.length}`)
  if (cells.includes('__proto__')) fail('has a column "__proto__", which cannot be a name')
  const seen = new Map<string, number>()
  for (const [index, name] of cells.entries()) {
    const first = seen.get(name)
    if (first !== undefined) fail(`names column "${name.slice(0, 100)}" twice, as column ${first + 1} and ${index + 1}`)
    seen.set(name, index)
  }
  return cells
}

/**
 * Every column gets a name of its own, as pandas, DuckDB and readr give it: `price` and `price_2`, `column_3` where there is
 * none. Refusing such a file would stop most exports of joined tables and every data frame with a row index.
 */
export function namesOf({ cells, line }: CsvRecord, header: boolean): { columns: readonly string[]; renamed: readonly RenamedColumn[] } {
  checkCount(cells.length, line)
  const taken = new Set(header ? cells : [])
  const used = new Set<string>()
  const renamed: RenamedColumn[] = []
  const columns = cells.map((cell, index) => {
    const given = header ? cell : ''
    let name = given.slice(0, MAX_NAME_LENGTH) || `column_${index + 1}`
    if (used.has(name) || name === '__proto__' || (name !== given && taken.has(name))) {
      const stem = name
      for (let copy = 2; used.has(name) || taken.has(name) || name === stem; copy++) name = `${stem}_${copy}`
    }
    used.add(name)
    if (header && name !== cell) renamed.push({ index, from: cell, to: name })
    return name
  })
  return { columns, renamed }
}

/** Longer names cannot be features. */
const MAX_NAME_LENGTH = 190

function checkCount(count: number, line: number): void {
  if (count <= MAX_COLUMNS) return
  throw new TandemError(
    'malformed_body',
    `The table has ${count} columns (line ${line}); at most ${MAX_COLUMNS} are possible, of which a model uses up to 1000. Keep the columns that say something about the target. If these are values and no columns, the delimiter is another one.`,
    { details: { line, columns: count, maximum: MAX_COLUMNS } },
  )
}
