// Tables written where 1.234,5 means one thousand and a half more than 234: found from their numbers, and read like all others.
import { isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import { TandemError } from '../../errors.ts'
import type { CsvRecord } from './csv-reader.ts'

export type Decimal = '.' | ','

/** Thousands may be parted by points or spaces, also those that do not break. */
const WITH_COMMA = /^[+-]?(\d+|\d{1,3}([. \u00a0\u202f]\d{3})+),\d+$/
const THOUSANDS = /^[+-]?\d{1,3}([. \u00a0\u202f]\d{3})+$/
/** What `1,234` means is not known by itself: in English it is a whole number. */
const AMBIGUOUS = /^[+-]?\d{1,3},\d{3}$/
/** Of the numbers of a column. */
const MOST = 0.5

/**
 * A comma where it is what most numbers of some column are written with, and no column is written with points.
 *
 * @param numbers  places of the columns that are known to hold numbers: one number in them decides, and other columns say nothing.
 */
export function decimalOf(records: readonly (readonly string[])[], numbers?: readonly number[]): Decimal {
  const columns = numbers ?? Array.from({ length: records[0]?.length ?? 0 }, (_, column) => column)
  const most = numbers === undefined ? MOST : 0
  let comma = false
  for (const column of columns) {
    const cells = records.flatMap((record) => (isMissingText(record[column] ?? '') ? [] : [record[column]!.trim()]))
    const share = (test: (cell: string) => boolean): number => cells.filter(test).length / Math.max(1, cells.length)
    if (share(isWithPoint) > most) return '.'
    comma ||= share((cell) => WITH_COMMA.test(cell)) > most && cells.some((cell) => WITH_COMMA.test(cell) && !AMBIGUOUS.test(cell))
  }
  return comma ? ',' : '.'
}

/**
 * Looks at the records of a stream whose mark was found in its beginning, for a number that is written the other way: the ones before it
 * may have been read as a thousandth of what they are, or a thousand times that.
 *
 * @param numbers  which columns are known to hold numbers; undefined where none is known.
 */
export function watchMarks(
  decimal: Decimal,
  columns: readonly string[],
  numbers: readonly boolean[] | undefined,
): (record: CsvRecord) => void {
  const seen = columns.map((): { comma?: CsvRecord; point?: CsvRecord } => ({}))
  return (record) => {
    for (const [column, marks] of seen.entries()) {
      const cell = record.cells[column]?.trim()
      if (cell === undefined || (numbers !== undefined && !numbers[column])) continue
      if (cell.includes(',')) {
        if (!WITH_COMMA.test(cell)) continue
        marks.comma ??= record
        if (decimal === '.' && numbers !== undefined) throw otherMark(columns[column]!, record, cell, decimal)
      } else if (decimal === '.' || !cell.includes('.') || !isWithPoint(cell)) continue
      else marks.point ??= record
      if (decimal === ',' && marks.point !== undefined && (marks.comma !== undefined || numbers !== undefined)) {
        throw otherMark(columns[column]!, marks.point, marks.point.cells[column]!, decimal)
      }
    }
  }
}

const isWithPoint = (cell: string): boolean => cell.includes('.') && numberFromText(cell) !== undefined && !THOUSANDS.test(cell)

function otherMark(column: string, { line }: CsvRecord, cell: string, decimal: Decimal): TandemError {
  const [mark, other] = decimal === ',' ? ['a comma', 'a point'] : ['a point', 'a comma']
  const both = AMBIGUOUS.test(cell) ? `, and ${cell} may be ${cell.replace(',', '')} or ${cell.replace(',', '.')}` : ''
  const message = `line ${line}: "${column}" is "${cell.slice(0, 50)}", written with ${other}, and the beginning of the CSV is read with ${mark} before the decimals${both}`
  return new TandemError('invalid_input', `${message}. Say which it is: decimal=, reads 1.234,5 as 1234.5, decimal=. reads 1234.5 alone.`, {
    errors: [{ path: `/line/${line}`, message }],
    details: { line, column },
  })
}

/** A cell of a table with decimal commas as the others are written; what is no such number stays as it is. */
export function withPoint(cell: string): string {
  const text = cell.trim()
  if (!WITH_COMMA.test(text) && !THOUSANDS.test(text)) return cell
  return text.replace(/[. \u00a0\u202f]/g, '').replace(',', '.')
}
