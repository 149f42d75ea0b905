// Parts of a moment in UTC, by whole-number arithmetic: Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
import type { DatePart } from './column-spec.ts'

/** @param hours  whole hours since 1970; NaN gives NaN. */
export function datePart(hours: number, part: DatePart): number {
  if (Number.isNaN(hours)) return Number.NaN
  const days = Math.floor(hours / 24)
  if (part === 'days') return days
  if (part === 'hour') return hours - days * 24
  // 1 January 1970 was a Thursday.
  if (part === 'weekday') return (((days + 3) % 7) + 7) % 7
  if (part === 'dayOfYear') return days - daysBeforeYear(civil(days, 'year')) + 1
  return civil(days, part)
}

/** Years are counted from 1 March, in eras of 400. */
function civil(days: number, part: 'year' | 'month' | 'day'): number {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const place = Math.floor((5 * dayOfYear + 2) / 153)
  if (part === 'day') return dayOfYear - Math.floor((153 * place + 2) / 5) + 1
  const month = place < 10 ? place + 3 : place - 9
  return part === 'month' ? month : yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
}

/** Days from 1970 to 1 January. */
function daysBeforeYear(year: number): number {
  const before = year - 1
  return before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162
}
