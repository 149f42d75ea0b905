// Times as people compare them: absolute and in UTC, the zone in which the server cuts its days too. Relative only as an addition.
import { ABSENT, formatDuration } from './format.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY_MS = 86_400_000

export type Moment = string | number | Date | null | undefined

export interface TimeOptions {
  readonly seconds?: boolean
  /** The day alone. */
  readonly day?: boolean
}

export function millisecondsOf(moment: Moment): number | undefined {
  if (moment === null || moment === undefined) return undefined
  const ms = typeof moment === 'number' ? moment : typeof moment === 'string' ? Date.parse(moment) : moment.getTime()
  return Number.isNaN(ms) ? undefined : ms
}

/** `14 Nov 09:30`; with the year when it is not the present one. */
export function formatTime(moment: Moment, { seconds = false, day = false }: TimeOptions = {}): string {
  const ms = millisecondsOf(moment)
  if (ms === undefined) return ABSENT
  const date = new Date(ms)
  const year = date.getUTCFullYear() === new Date().getUTCFullYear() ? '' : ` ${date.getUTCFullYear()}`
  const text = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}${year}`
  if (day) return text
  return `${text} ${clock(date, seconds)}`
}

/** `09:30:12`, for lines of one day. */
export function formatClock(moment: Moment, seconds = true): string {
  const ms = millisecondsOf(moment)
  return ms === undefined ? ABSENT : clock(new Date(ms), seconds)
}

/** Every digit, with the zone, and what the clock on this desk says; for hovers. */
export function formatTimeExact(moment: Moment): string {
  const ms = millisecondsOf(moment)
  if (ms === undefined) return ABSENT
  const date = new Date(ms)
  return `${date.toISOString().replace('T', ' ').replace('Z', ' UTC')}\n${local(date)} here`
}

/** `3 min ago`, `in 2 h`; undefined beyond a day, where it says nothing. */
export function formatAgo(moment: Moment, now: number = Date.now()): string | undefined {
  const ms = millisecondsOf(moment)
  if (ms === undefined) return undefined
  const away = Math.abs(now - ms)
  if (away >= DAY_MS) return undefined
  const text =
    away < 5_000 ? 'a moment' : away < 60_000 ? `${Math.floor(away / 1000)} s` : formatDuration(away).replace(/(min|h)\s.*/, '$1')
  return ms > now ? `in ${text}` : `${text} ago`
}

/** `7 d`, `3 h`, `12 min`: how long something has been so, coarse. */
export function formatAge(moment: Moment, now: number = Date.now()): string {
  const ms = millisecondsOf(moment)
  if (ms === undefined) return ABSENT
  return formatDuration(Math.max(0, now - ms)).replace(/(d|h|min)\s\d.*/, '$1')
}

/** A version's id shown as its date, `14 Nov 09:30`; any other id as it is. */
export function formatVersion(version: string | null | undefined): string {
  if (version === null || version === undefined) return ABSENT
  const parts = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(.*)$/.exec(version)
  if (parts === null) return version
  const [, year, month, day, hour, minute, second, rest] = parts
  return formatTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + (rest === '' ? '' : ` ${rest!.replace(/^[_-]/, '#')}`)
}

function clock(date: Date, seconds: boolean): string {
  return date.toISOString().slice(11, seconds ? 19 : 16)
}

/** `24/11/2026, 09:30:12` by the clock on this desk. Put together here: every row of a table has one in its hover, and Intl takes long. */
function local(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()}`
  return `${day}, ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
