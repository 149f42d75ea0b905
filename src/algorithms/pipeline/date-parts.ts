// Parts of a moment in UTC, by whole-number arithmetic: Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
import type { DatePart } from './column-spec.ts'

const DAY_MS = 86_400_000

/** @param time  milliseconds since 1970; NaN gives NaN. */
export function datePart(time: number, part: DatePart): number {
  if (Number.isNaN(time)) return Number.NaN
  const days = Math.floor(time / DAY_MS)
  if (part === 'days') return days
  if (part === 'hour') return Math.floor((time - days * DAY_MS) / 3_600_000)
  // 1 January 1970 was a Thursday.
  if (part === 'weekday') return (((days + 3) % 7) + 7) % 7
  const { year, month, day } = civil(days)
  if (part === 'dayOfYear') return days - daysBeforeYear(year) + 1
  return part === 'year' ? year : part === 'month' ? month : day
}

/** Years are counted from 1 March, in eras of 400. */
function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const place = Math.floor((5 * dayOfYear + 2) / 153)
  const month = place < 10 ? place + 3 : place - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * place + 2) / 5) + 1 }
}

/** Days from 1970 to 1 January. */
function daysBeforeYear(year: number): number {
  const before = year - 1
  return before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162
}
