// Cron expressions and time zones: checked with an error that says how to write one, and the next run computed in
// the zone (croner: a fixed time that the spring change skips runs right after it; one that comes twice runs once).
import { Cron } from 'croner'
import { TandemError } from '../../errors.ts'

/** Next time after `after` (both milliseconds since 1970) at which the expression matches. Throws `invalid_input`. */
export function nextRun(cron: string, timezone: string, after: number): number {
  checkTimezone(timezone)
  let next: Date | null
  try {
    next = new Cron(cron, { timezone, mode: '5-part' }).nextRun(new Date(after))
  } catch (cause) {
    const reason = (cause as Error).message.replace(/^CronPattern: /, '').replace(/\.$/, '')
    throw invalid(
      '/cron',
      `"${cron}" is not a cron expression: ${reason}. Write five fields: minute, hour, day of month, month, day of week. Examples: "*/15 * * * *" every quarter of an hour, "0 3 * * *" each day at 03:00, "0 8 * * MON" each Monday at 08:00.`,
      cause,
    )
  }
  if (next !== null) return next.getTime()
  throw invalid('/cron', `"${cron}" never matches: no such day exists. Check its day of month against its month.`)
}

function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch (cause) {
    const city = timezone.toLowerCase().split('/').at(-1) ?? ''
    const close = city.length > 2 ? Intl.supportedValuesOf('timeZone').find((name) => name.toLowerCase().includes(city)) : undefined
    const fix = close ? `Did you mean "${close}"?` : 'Use an IANA name such as "Europe/Paris", "America/New_York" or "UTC".'
    throw invalid('/timezone', `"${timezone}" is not a time zone. ${fix}`, cause)
  }
}

function invalid(path: string, message: string, cause?: unknown): TandemError {
  return new TandemError('invalid_input', message, { errors: [{ path, message }], cause })
}
