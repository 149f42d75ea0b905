// Domains and ticks of axes. Numbers only, no pixels of text: what stands at a tick is made by the unit.
import { tickStep } from 'd3-array'
import { scaleLinear, scaleUtc } from 'd3-scale'

export type Domain = readonly [low: number, high: number]

interface DomainOptions {
  /** Bars must start at 0; lines need not. */
  readonly fromZero?: boolean
  /** What the quantity cannot leave, for example [0, 1] of a share. */
  readonly limits?: Domain
}

/**
 * A round domain that holds every finite value.
 *
 * A single value gets room on both sides, so that it is drawn in the middle; no value at all gives [0, 1].
 */
export function niceDomain(values: Iterable<number | null | undefined>, { fromZero = false, limits }: DomainOptions = {}): Domain {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) return limits ?? [0, 1]
  if (fromZero) {
    low = Math.min(low, 0)
    high = Math.max(high, 0)
  }
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1
    if (!fromZero || low < 0) low -= room
    high += room
  }
  const nice = scaleLinear([low, high], [0, 1]).nice(4).domain() as [number, number]
  return limits ? [Math.max(nice[0], limits[0]), Math.min(nice[1], limits[1])] : nice
}

/** Round values to mark on an axis, about one for every `spacing` pixels and never fewer than two where two exist. */
export function valueTicks(domain: Domain, lengthPx: number, spacing = 44): number[] {
  return scaleLinear(domain, [0, 1]).ticks(tickCount(lengthPx, spacing))
}

/** Distance between the ticks of `valueTicks`; decides how many decimals their labels need. */
export function valueTickStep(domain: Domain, lengthPx: number, spacing = 44): number {
  return tickStep(domain[0], domain[1], tickCount(lengthPx, spacing))
}

export interface TimeTick {
  readonly at: number
  readonly label: string
}

const DAY_MS = 86_400_000

/** Round times (UTC) to mark on an axis. Midnight shows its date, other times the clock, a long span months and years. */
export function timeTicks(from: number, to: number, widthPx: number): TimeTick[] {
  if (!(to > from)) return [{ at: from, label: timeLabel(from, 0) }]
  const ticks = daysOf(scaleUtc([from, to], [0, 1]).ticks(Math.max(2, Math.floor(widthPx / 88))), to - from)
  return ticks.map((tick) => ({ at: tick.getTime(), label: timeLabel(tick.getTime(), to - from) }))
}

/** Over days, hours between them only crowd the axis. */
function daysOf(ticks: readonly Date[], spanMs: number): readonly Date[] {
  const midnights = ticks.filter((tick) => tick.getTime() % DAY_MS === 0)
  return spanMs > 3 * DAY_MS && midnights.length > 1 ? midnights : ticks
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })

function timeLabel(at: number, spanMs: number): string {
  if (at % DAY_MS !== 0) return clock.format(at)
  return spanMs > 300 * DAY_MS ? month.format(at) : day.format(at)
}

function tickCount(lengthPx: number, spacing: number): number {
  return Math.max(2, Math.floor(lengthPx / spacing))
}
