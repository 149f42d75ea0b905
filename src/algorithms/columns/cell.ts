// What stands in one field of a row object, as each kind of column reads it.
import { TandemError } from '../../errors.ts'
import { booleanFromText, DATE_EXAMPLES, HOUR_MS, hoursFromText, isMissingText, numberFromText } from './cell-text.ts'

/** One row by column name. Nothing, null, NaN and "" are missing; of numbers, booleans and dates also the words of tables for it, such as NA. */
export type Row = Readonly<Record<string, unknown>>

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (typeof value === 'number' && Number.isNaN(value))
}

/** The number in a field; NaN when it is missing. @throws `invalid_input` for anything else. */
export function numberIn(row: Row, column: string, at: number): number {
  const value = row[column]
  if (isMissing(value) || (typeof value === 'string' && isMissingText(value))) return Number.NaN
  const number = typeof value === 'string' ? (numberFromText(value) ?? asNumber(booleanFromText(value))) : asNumber(value)
  if (typeof number === 'number' && Number.isFinite(number)) return number
  throw wrong(column, at, value, 'a finite number')
}

/** The category in a field as text; undefined when it is missing. 1 and "1" are one category. */
export function categoryIn(row: Row, column: string, at: number): string | undefined {
  const value = row[column]
  if (isMissing(value)) return undefined
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw wrong(column, at, value, 'text, a number or a boolean')
}

/** The text in a field; undefined when it is missing. */
export function textIn(row: Row, column: string, at: number): string | undefined {
  const value = row[column]
  if (isMissing(value)) return undefined
  if (typeof value === 'string') return value
  throw wrong(column, at, value, 'text')
}

/** Whole hours since 1970 in a field: an ISO date (UTC when it names no zone) or milliseconds; NaN when it is missing. */
export function hoursIn(row: Row, column: string, at: number): number {
  const value = row[column]
  if (isMissing(value) || (typeof value === 'string' && isMissingText(value))) return Number.NaN
  if (typeof value === 'number' && Number.isFinite(value)) return Math.floor(value / HOUR_MS)
  if (value instanceof Date && !Number.isNaN(value.getTime())) return Math.floor(value.getTime() / HOUR_MS)
  const hours = typeof value === 'string' ? hoursFromText(value) : undefined
  if (hours !== undefined) return hours
  throw wrong(column, at, value, `${DATE_EXAMPLES}, a Date, or milliseconds since 1970`)
}

function asNumber(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value
}

function wrong(column: string, row: number, value: unknown, expected: string): TandemError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
  return new TandemError(
    'invalid_input',
    `Row ${row}, column "${column}" is ${shown}, expected ${expected}. Correct it or leave it empty.`,
    {
      details: { row, column },
    },
  )
}
