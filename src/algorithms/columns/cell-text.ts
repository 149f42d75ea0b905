// What the text of a cell means, by the kind of value that is expected there: the one code that reads cells, of files, rows and requests.

import { datePart } from './date-parts.ts'

/** Texts that stand for a missing number or boolean in tables people export. For categories only the empty cell is missing. */
const MISSING = new Set(['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', '-NaN', '-nan', 'null', 'NULL', 'None', '?', '<NA>', '#N/A', '#NA'])
/** Those of them that nobody calls a class. NA is Namibia, None an answer. */
const NEVER_LABELS = new Set(['NaN', 'nan', '-NaN', '-nan', 'null', 'NULL', '<NA>', '#N/A', '#NA'])
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, yes: true, no: false, '1': true, '0': false }

export function isMissingText(text: string): boolean {
  return MISSING.has(text)
}

/** Whether a text that stands where a class is expected says that none is known. */
export function isMissingLabel(text: string): boolean {
  return text === '' || NEVER_LABELS.has(text)
}

/** The number, or undefined when the text is none. Decimal only: `0x10` and `1,5` are texts. */
export function numberFromText(text: string): number | undefined {
  const number = Number(text)
  if (Number.isNaN(number) || text === '') return undefined
  // Number() also reads hexadecimal, binary and octal.
  if (text.length > 2 && /^[+-]?0[xbo]/i.test(text)) return undefined
  return number
}

export function booleanFromText(text: string): boolean | undefined {
  const word = text.toLowerCase()
  return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined
}

const DATE = /^[+-]?\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/
const ZONED = /Z$|[+-]\d\d:?\d\d$/
export const HOUR_MS = 3_600_000

/** What the words of an error call a date. */
export const DATE_EXAMPLES = 'an ISO date such as 2026-11-26 or 2026-11-26T10:00Z'

/** Whole hours since 1970 of an ISO date, UTC when it names no zone; undefined when the text is none or no day of the calendar. */
export function hoursFromText(text: string): number | undefined {
  const time = millisecondsFromText(text)
  return time === undefined ? undefined : Math.floor(time / HOUR_MS)
}

/** As `hoursFromText`, in milliseconds. */
export function millisecondsFromText(text: string): number | undefined {
  if (!DATE.test(text)) return undefined
  const zoned = text.length <= 10 || ZONED.test(text.slice(10)) ? text : `${text}Z`
  const time = Date.parse(zoned.replace(' ', 'T'))
  return Number.isNaN(time) || !isCalendarDay(text) ? undefined : time
}

/** 30 February would be read as 2 March. */
function isCalendarDay(text: string): boolean {
  const [, month, day] = /-(\d\d)-(\d\d)/.exec(text)!
  if (Number(day) <= 28) return true
  const year = Number.parseInt(text, 10)
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1]
  return days !== undefined && Number(day) <= days
}

/** The ISO date of whole hours since 1970: a day where it begins one. */
export function textFromHours(hours: number): string {
  const text = isoText(hours)
  return text.endsWith('T00:00Z') ? text.slice(0, -7) : text
}

function isoText(hours: number): string {
  const days = Math.floor(hours / 24)
  const two = (value: number): string => String(value).padStart(2, '0')
  const year = datePart(hours, 'year')
  const shown =
    year >= 0 && year <= 9999 ? String(year).padStart(4, '0') : `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
  return `${shown}-${two(datePart(hours, 'month'))}-${two(datePart(hours, 'day'))}T${two(hours - days * 24)}:00Z`
}
