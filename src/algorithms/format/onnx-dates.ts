// Parts of a date as ONNX nodes: the whole-number arithmetic of columns/date-parts.ts, in doubles, which hold these numbers exactly.
// A missing date is NaN and stays it.
import type { DatePart } from '../columns/column-spec.ts'
import type { OnnxWriter } from './onnx-writer.ts'

/**
 * @param hours  name of whole hours since 1970 UTC, as double.
 * @returns  the name of a part; what parts share is computed once.
 */
export function createDateParts(writer: OnnxWriter, hours: string): (part: DatePart) => string {
  const { node, double } = writer
  const add = (a: string, b: number): string => node('Add', [a, double(b)])
  const minus = (a: string, b: string): string => node('Sub', [a, b])
  const times = (a: string, b: number): string => node('Mul', [a, double(b)])
  const quotient = (a: string, b: number): string => node('Floor', [node('Div', [a, double(b)])])
  const known = new Map<string, string>()
  const once = (name: string, make: () => string): string => {
    const found = known.get(name) ?? make()
    known.set(name, found)
    return found
  }
  const days = (): string => once('days', () => quotient(hours, 24))
  const era = (): string => once('era', () => quotient(shifted(), 146_097))
  const shifted = (): string => once('shifted', () => add(days(), 719_468))
  const dayOfEra = (): string => once('dayOfEra', () => minus(shifted(), times(era(), 146_097)))
  const yearOfEra = (): string =>
    once('yearOfEra', () => {
      const day = dayOfEra()
      const leaps = minus(node('Add', [minus(day, quotient(day, 1460)), quotient(day, 36_524)]), quotient(day, 146_096))
      return quotient(leaps, 365)
    })
  /** Counted from 1 March. */
  const dayOfYear = (): string =>
    once('dayOfYear from March', () => {
      const year = yearOfEra()
      const before = minus(node('Add', [times(year, 365), quotient(year, 4)]), quotient(year, 100))
      return minus(dayOfEra(), before)
    })
  const place = (): string => once('place', () => quotient(add(times(dayOfYear(), 5), 2), 153))
  const month = (): string => {
    const isBefore = (): string => node('Less', [place(), double(10)])
    return once('month', () => node('Where', [isBefore(), add(place(), 3), add(place(), -9)]))
  }
  const year = (): string =>
    once('year', () => {
      const isEarly = node('LessOrEqual', [month(), double(2)])
      const counted = node('Add', [yearOfEra(), times(era(), 400)])
      return node('Where', [isEarly, add(counted, 1), counted])
    })
  const daysBeforeYear = (): string => {
    const before = add(year(), -1)
    const leaps = node('Add', [minus(quotient(before, 4), quotient(before, 100)), quotient(before, 400)])
    return add(node('Add', [times(before, 365), leaps]), -719_162)
  }
  const makers: { readonly [Part in DatePart]: () => string } = {
    days,
    hour: () => minus(hours, times(days(), 24)),
    // 1 January 1970 was a Thursday.
    weekday: () => minus(add(days(), 3), times(quotient(add(days(), 3), 7), 7)),
    year,
    month,
    day: () => add(minus(dayOfYear(), quotient(add(times(place(), 153), 2), 5)), 1),
    dayOfYear: () => add(minus(days(), daysBeforeYear()), 1),
  }
  return (part) => makers[part]()
}
