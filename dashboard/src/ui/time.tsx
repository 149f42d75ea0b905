import type { ReactNode } from 'react'
import { formatAgo, formatTime, formatTimeExact, formatVersion, type Moment, millisecondsOf, type TimeOptions } from './format-time.ts'

export interface TimeProps extends TimeOptions {
  readonly at: Moment
  /** Adds "3 min ago" while it is less than a day away. */
  readonly ago?: boolean
}

/** A time, absolute; every digit and the local clock on hover. */
export function Time({ at, ago = false, ...options }: TimeProps): ReactNode {
  const ms = millisecondsOf(at)
  if (ms === undefined) return formatTime(undefined)
  const relative = ago ? formatAgo(ms) : undefined
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatTimeExact(ms)} className="whitespace-nowrap">
      {formatTime(ms, options)}
      {relative !== undefined && <span className="text-faint"> · {relative}</span>}
    </time>
  )
}

/** A version by its date; the full id on hover. */
export function VersionName({ version }: { readonly version: string | null | undefined }): ReactNode {
  return (
    <span title={version ?? undefined} className="whitespace-nowrap">
      {formatVersion(version)}
    </span>
  )
}
