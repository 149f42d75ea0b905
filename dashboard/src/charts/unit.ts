// How the values of a chart read in a tooltip and on an axis.
import { formatCount, formatDuration, formatNumber, formatPoints, formatShare, formatSigned } from '../ui/format.ts'
import type { Domain } from './axis.ts'

export interface Unit {
  /** A value on its own, unit included. */
  readonly format: (value: number) => string
  /** A tick of an axis whose ticks are `step` apart. */
  readonly tick: (value: number, step: number) => string
  /** What the quantity cannot leave. */
  readonly limits?: Domain
}

export const SHARE: Unit = {
  format: formatShare,
  limits: [0, 1],
  tick: (value, step) => `${minus((value * 100).toFixed(decimals(step * 100)))} %`,
}
/** Differences of shares, in percentage points. */
export const POINTS: Unit = {
  format: formatPoints,
  tick: (value, step) => `${value > 0 ? '+' : ''}${minus((value * 100).toFixed(decimals(step * 100)))}`,
}
export const NUMBER: Unit = { format: formatNumber, tick: plainTick }
/** Differences of plain numbers. */
export const SIGNED: Unit = {
  format: formatSigned,
  tick: (value, step) => `${value > 0 ? '+' : ''}${plainTick(value, step)}`,
}
export const COUNT: Unit = { format: formatCount, tick: plainTick }
export const DURATION: Unit = { format: formatDuration, tick: (value) => (value === 0 ? '0' : formatDuration(value)) }

function plainTick(value: number, step: number): string {
  return Math.abs(value) >= 10_000 ? formatNumber(value) : minus(value.toFixed(decimals(step)))
}

/** As many decimals as tell neighbouring ticks apart. */
function decimals(step: number): number {
  if (!(step > 0)) return 0
  return Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)))
}

function minus(text: string): string {
  // toFixed makes -0.0 of a tick that floating point put just below zero.
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace('-', '\u2212')
}
