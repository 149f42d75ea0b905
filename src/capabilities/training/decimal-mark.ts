// Tables written where 1.234,5 means one thousand and a half more than 234: found from their numbers, and read like all others.
import { isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'

export type Decimal = '.' | ','

/** Thousands may be parted by points or spaces, also those that do not break. */
const WITH_COMMA = /^[+-]?(\d+|\d{1,3}([. \u00a0\u202f]\d{3})+),\d+$/
const THOUSANDS = /^[+-]?\d{1,3}([. \u00a0\u202f]\d{3})+$/
/** What `1,234` means is not known by itself: in English it is a whole number. */
const AMBIGUOUS = /^[+-]?\d{1,3},\d{3}$/
/** Of the numbers of a column. */
const MOST = 0.5

/** A comma where it is what most numbers of some column are written with, and no column is written with points. */
export function decimalOf(records: readonly (readonly string[])[]): Decimal {
  const width = records[0]?.length ?? 0
  let comma = false
  for (let column = 0; column < width; column++) {
    const cells = records.flatMap((record) => (isMissingText(record[column] ?? '') ? [] : [record[column]!.trim()]))
    const share = (test: (cell: string) => boolean): number => cells.filter(test).length / Math.max(1, cells.length)
    if (share((cell) => numberFromText(cell) !== undefined && cell.includes('.') && !THOUSANDS.test(cell)) > MOST) return '.'
    comma ||= share((cell) => WITH_COMMA.test(cell)) > MOST && cells.some((cell) => WITH_COMMA.test(cell) && !AMBIGUOUS.test(cell))
  }
  return comma ? ',' : '.'
}

/** A cell of a table with decimal commas as the others are written; what is no such number stays as it is. */
export function withPoint(cell: string): string {
  const text = cell.trim()
  if (!WITH_COMMA.test(text) && !THOUSANDS.test(text)) return cell
  return text.replace(/[. \u00a0\u202f]/g, '').replace(',', '.')
}
