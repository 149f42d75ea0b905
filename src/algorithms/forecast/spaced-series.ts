// From rows with a time each to a series with one value a step: what is missing becomes a gap that can be seen, what is there twice is refused
// or summed, as asked for. Calendar steps are those of UTC; rows at midnight of a place whose clocks change find their own day all the same.
import { TandemError } from '../../errors.ts'
import { datePart } from '../columns/date-parts.ts'

export type Spacing = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'

export interface TimedRow {
  /** A Date, milliseconds since 1970, or text by ISO 8601: `2026-03`, `2026-03-01`, `2026-03-01T10:00Z`; without a zone as UTC. */
  readonly at: Date | number | string
  /** null, undefined and NaN are gaps. */
  readonly value: number | null | undefined
}

export interface SpacingOptions {
  /** One value for each of these, weeks from Monday on; or milliseconds, counted from the first row. Default: found from the rows. */
  readonly every?: Spacing | number
  /** What several rows of one step become. `refuse` (default) names the first two. */
  readonly duplicates?: 'refuse' | 'sum' | 'mean' | 'last'
}

export interface SpacedSeries {
  /** One value a step; NaN where no row has one: see `interpolateGaps`. */
  readonly values: Float64Array
  readonly every: Spacing | number
  /** Steps without a value. */
  readonly missing: number
  /** When a step begins, in milliseconds since 1970; `values.length` and later ones are the future. */
  at(step: number): number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** The shortest a step can be. */
const LEAST_MS: Readonly<Record<Spacing, number>> = {
  year: 365 * DAY,
  quarter: 90 * DAY,
  month: 28 * DAY,
  week: 7 * DAY,
  day: DAY,
  hour: HOUR,
  minute: MINUTE,
}
const MONTHS: Readonly<Partial<Record<Spacing, number>>> = { year: 12, quarter: 3, month: 1 }
/** 1970 began on a Thursday. */
const MONDAY = 4 * DAY
/** 400 years. */
const CYCLE = 146_097 * DAY
const MOST_STEPS = 10_000_000
const DUPLICATES = ['refuse', 'sum', 'mean', 'last']

/**
 * The series of rows in any order.
 *
 * Cost: O(rows log rows + steps).
 *
 * @throws   `too_few_rows` without rows; `invalid_input` with the place for what is no time or no number, for two rows of one step, for a step
 *           that is no known one, and for rows that span more than 10 million steps.
 * @example
 * const { values, missing } = spacedSeries(orders.map(({ day, total }) => ({ at: day, value: total })), { every: 'day', duplicates: 'sum' })
 */
export function spacedSeries(rows: readonly TimedRow[], { every, duplicates = 'refuse' }: SpacingOptions = {}): SpacedSeries {
  if (!DUPLICATES.includes(duplicates)) {
    throw new TandemError('invalid_input', `duplicates is "${String(duplicates)}"; it is one of ${DUPLICATES.join(', ')}.`)
  }
  if (rows.length === 0) throw new TandemError('too_few_rows', 'There are no rows, and so no series.')
  const given = rows.map(({ at }, place) => timeOf(at, place))
  const times = duplicates === 'refuse' && areMidnightsAroundUtc(given) ? given.map((time) => time + HOUR) : given
  const values = rows.map(({ value }, place) => numberOf(value, place))
  const order = times.map((_, place) => place).sort((left, right) => times[left]! - times[right]! || left - right)
  const first = times[order[0]!]!
  const sorted = order.map((place) => times[place]!)
  if (duplicates === 'refuse') refuseTwins(rows, sorted, order)
  const spacing = every === undefined ? spacingOf(sorted) : checkedSpacing(every)
  const start = stepOf(first, spacing, first)
  const length = stepOf(sorted.at(-1)!, spacing, first) - start + 1
  if (length > MOST_STEPS) {
    throw new TandemError(
      'invalid_input',
      `The rows span ${length} steps of ${nameOf(spacing)}, from ${dayOf(first)} to ${dayOf(sorted.at(-1)!)}; the most is ${MOST_STEPS}. Give a longer \`every\`, or look for a wrong time.`,
    )
  }
  const series = new Float64Array(length).fill(Number.NaN)
  const counts = new Int32Array(length)
  const places = new Int32Array(length)
  for (const place of order) {
    const step = stepOf(times[place]!, spacing, first) - start
    const value = values[place]!
    if (counts[step]! > 0 && duplicates === 'refuse') refuseTwo(rows, places[step]!, place, spacing)
    places[step] = place
    if (Number.isNaN(value)) continue
    series[step] = counts[step] === 0 || duplicates === 'last' ? value : series[step]! + value
    counts[step]!++
  }
  if (duplicates === 'mean') for (let step = 0; step < length; step++) if (counts[step]! > 1) series[step]! /= counts[step]!
  return {
    values: series,
    every: spacing,
    missing: series.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0),
    at: (step) => beginOf(start + step, spacing, first),
  }
}

/** Whether every row is a midnight of a place that has the time of UTC in winter and an hour more in summer: the summer ones are 23:00 of the day before. */
function areMidnightsAroundUtc(times: readonly number[]): boolean {
  const clocks = new Set(times.map((time) => ((time % DAY) + DAY) % DAY))
  return clocks.size === 2 && clocks.has(0) && clocks.has(DAY - HOUR)
}

function timeOf(at: Date | number | string, place: number): number {
  const time = at instanceof Date ? at.getTime() : typeof at === 'number' ? at : typeof at === 'string' ? timeOfText(at) : Number.NaN
  if (Number.isFinite(time) && Math.abs(time) <= 8.64e15) return time
  const shown = typeof at === 'string' ? JSON.stringify(at.slice(0, 40)) : String(at)
  throw new TandemError(
    'invalid_input',
    `Row ${place}: at is ${shown}, which is no time. Give a Date, milliseconds since 1970, or text such as "2026-03-01" or "2026-03-01T10:00Z".`,
    { details: { index: place } },
  )
}

const ISO_TIME = /^(\d{4}-\d\d(?:-\d\d)?)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/

/** Without a zone as UTC: what a machine takes for its own would make another series elsewhere. NaN for days that no month has. */
function timeOfText(text: string): number {
  const [, date, time, zone = 'Z'] = ISO_TIME.exec(text.trim()) ?? []
  if (date === undefined) return Number.NaN
  const day = Date.parse(date)
  if (Number.isNaN(day) || !dayOf(day).startsWith(date)) return Number.NaN
  return time === undefined ? day : Date.parse(`${date.padEnd(10, '-01')}T${time}${zone}`)
}

function numberOf(value: number | null | undefined, place: number): number {
  if (value === null || value === undefined) return Number.NaN
  if (typeof value === 'number' && Math.abs(value) !== Number.POSITIVE_INFINITY) return value
  const shown = typeof value === 'string' ? `the text ${JSON.stringify(String(value).slice(0, 40))}` : String(value)
  throw new TandemError('invalid_input', `Row ${place}: value is ${shown}; it is a finite number, or null for a gap.`, {
    details: { index: place },
  })
}

function refuseTwins(rows: readonly TimedRow[], sorted: readonly number[], order: readonly number[]): void {
  for (let at = 1; at < sorted.length; at++) if (sorted[at] === sorted[at - 1]) refuseTwo(rows, order[at - 1]!, order[at]!, undefined)
}

function refuseTwo(rows: readonly TimedRow[], one: number, other: number, spacing: Spacing | number | undefined): never {
  const where = spacing === undefined ? 'have the same time' : `lie in the same ${nameOf(spacing)}`
  throw new TandemError(
    'invalid_input',
    `Rows ${one} (${String(rows[one]!.at)}) and ${other} (${String(rows[other]!.at)}) ${where}. Remove one, or say what they become: duplicates "sum", "mean" or "last".`,
    { details: { rows: [one, other] } },
  )
}

/** The longest calendar step of which none holds two different times; below an hour, what divides all distances. */
function spacingOf(sorted: readonly number[]): Spacing | number {
  const distinct = sorted.filter((time, at) => time !== sorted[at - 1])
  if (distinct.length < 2) return 'day'
  let least = Number.POSITIVE_INFINITY
  for (let at = 1; at < distinct.length; at++) least = Math.min(least, distinct[at]! - distinct[at - 1]!)
  for (const spacing of ['year', 'quarter', 'month', 'week', 'day', 'hour'] as const) {
    // A day of local midnights has 23 hours when the clocks go forward.
    if (LEAST_MS[spacing] - (spacing === 'hour' ? 0 : HOUR) > least) continue
    if (distinct.every((time, at) => at === 0 || stepOf(time, spacing, 0) !== stepOf(distinct[at - 1]!, spacing, 0))) return spacing
  }
  let divisor = 0
  for (let at = 1; at < distinct.length; at++) divisor = greatestDivisor(distinct[at]! - distinct[at - 1]!, divisor)
  return divisor === MINUTE ? 'minute' : divisor
}

function greatestDivisor(a: number, b: number): number {
  let [left, right] = [a, b]
  while (right > 0) [left, right] = [right, left % right]
  return left
}

function checkedSpacing(every: Spacing | number): Spacing | number {
  if (typeof every === 'number' ? Number.isFinite(every) && every >= 1 : Object.hasOwn(LEAST_MS, every)) return every
  throw new TandemError(
    'invalid_input',
    `every is ${JSON.stringify(every)}; it is one of ${Object.keys(LEAST_MS).reverse().join(', ')}, or milliseconds from 1 on.`,
  )
}

function stepOf(time: number, spacing: Spacing | number, first: number): number {
  if (typeof spacing === 'number') return Math.floor((time - first) / spacing)
  const months = MONTHS[spacing]
  if (months === undefined) return Math.floor((time - (spacing === 'week' ? MONDAY : 0)) / LEAST_MS[spacing])
  return Math.floor((datePart(Math.floor(time / HOUR), 'year') * 12 + datePart(Math.floor(time / HOUR), 'month') - 1) / months)
}

function beginOf(step: number, spacing: Spacing | number, first: number): number {
  if (typeof spacing === 'number') return first + step * spacing
  const months = MONTHS[spacing]
  if (months === undefined) return step * LEAST_MS[spacing] + (spacing === 'week' ? MONDAY : 0)
  // Date.UTC takes years below 100 for those of the last century; the calendar repeats itself every 400 years.
  return Date.UTC(Math.floor((step * months) / 12) + 400, (step * months) % 12, 1) - CYCLE
}

function nameOf(spacing: Spacing | number): string {
  return typeof spacing === 'number' ? `${spacing} ms` : spacing
}

/** Year, month and day. */
function dayOf(time: number): string {
  const [year, month, day] = (['year', 'month', 'day'] as const).map((part) => String(datePart(Math.floor(time / HOUR), part)))
  return `${year!.padStart(4, '0')}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`
}
