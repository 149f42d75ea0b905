// What stands in one field of a row, as each kind of column reads it.
import { TandemError } from '../../errors.ts'

/** One row by column name. Nothing, null, NaN and "" are missing. */
export type Row = Readonly<Record<string, unknown>>

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (typeof value === 'number' && Number.isNaN(value))
}

/** The number in a field; NaN when it is missing. @throws `invalid_input` for anything else. */
export function numberIn(row: Row, column: string, at: number): number {
  const value = row[column]
  if (isMissing(value)) return Number.NaN
  const number = typeof value === 'string' ? Number(value) : typeof value === 'boolean' ? Number(value) : value
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

/** The text in a field; "" when it is missing. */
export function textIn(row: Row, column: string, at: number): string {
  const value = row[column]
  if (isMissing(value)) return ''
  if (typeof value === 'string') return value
  throw wrong(column, at, value, 'text')
}

const ISO = /^[+-]?\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/** Milliseconds since 1970 in a field: an ISO date (UTC when it names no zone) or the number itself; NaN when it is missing. */
export function timeIn(row: Row, column: string, at: number): number {
  const value = row[column]
  if (isMissing(value)) return Number.NaN
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string' && ISO.test(value)) {
    const zoned = /Z$|[+-]\d\d:?\d\d$/.test(value.slice(10)) || value.length <= 10 ? value : `${value}Z`
    const time = Date.parse(zoned.replace(' ', 'T'))
    if (!Number.isNaN(time)) return time
  }
  throw wrong(column, at, value, 'an ISO date such as 2026-11-26 or 2026-11-26T10:00Z, or milliseconds since 1970')
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
