// The course of a number, as small as a word; the number itself stands beside it.
import type { ReactNode } from 'react'
import { segments } from './segments.ts'

interface SparklineProps {
  /** One a bin, null where nothing was measured. */
  readonly values: readonly (number | null)[]
  /** Counts are drawn from 0. */
  readonly fromZero?: boolean
  readonly width?: number
  readonly height?: number
}

export function Sparkline({ values, fromZero = false, width = 72, height = 24 }: SparklineProps): ReactNode {
  // One point shows no course.
  const isCourse = values.filter((value) => value !== null).length > 1
  const { path, end } = isCourse ? sparkPath(values, width, height, fromZero) : NOTHING
  return (
    <svg width={width} height={height} aria-hidden className="block shrink-0">
      <path d={path} fill="none" stroke="var(--series-1)" strokeWidth={1.5} strokeLinecap="round" strokeLinejoin="round" />
      {end && <circle cx={end.x} cy={end.y} r={2.5} fill="var(--series-1)" />}
    </svg>
  )
}

const NOTHING: SparkPath = { path: '', end: undefined }

interface SparkPath {
  readonly path: string
  /** Where the last known value stands. */
  readonly end: { readonly x: number; readonly y: number } | undefined
}

/** Line through the known values; equal ones run through the middle, or along the bottom when they are all 0 and drawn from 0. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number, fromZero: boolean): SparkPath {
  const runs = segments(values.map((value, at) => ({ at, value })))
  const known = runs.flat().map(({ value }) => value)
  const low = fromZero ? Math.min(0, ...known) : Math.min(...known)
  const high = Math.max(...known, fromZero ? 0 : Number.NEGATIVE_INFINITY)
  const x = (at: number): number => round(2 + (at / Math.max(1, values.length - 1)) * (width - 6))
  const y = (value: number): number => {
    const share = high > low ? (value - low) / (high - low) : fromZero ? 0 : 0.5
    return round(height - 3 - share * (height - 6))
  }
  const path = runs.map((run) => `M${run.map(({ at, value }) => `${x(at)} ${y(value)}`).join('L')}${run.length === 1 ? 'z' : ''}`).join('')
  const last = runs.at(-1)?.at(-1)
  return { path, end: last && { x: x(last.at), y: y(last.value) } }
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}
