import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { Skeleton } from './skeleton.tsx'

export interface FactProps {
  readonly label: ReactNode
  /** Formatted, without its unit; undefined while loading. */
  readonly value: ReactNode | undefined
  readonly unit?: string
  /** Interval, number of rows, or what it is compared with. */
  readonly detail?: ReactNode
  readonly tone?: 'good' | 'warn' | 'bad'
  /** A sparkline. */
  readonly spark?: ReactNode
  /** Every digit, on hover. */
  readonly title?: string
}

const TONES = { good: 'text-good', warn: 'text-warn', bad: 'text-bad' } as const

/** The four to six numbers a page is about. */
export function FactStrip({ children }: { readonly children: ReactNode }): ReactNode {
  return <dl className="mb-4 flex flex-wrap gap-px overflow-hidden rounded-lg border border-line bg-line">{children}</dl>
}

export function Fact({ label, value, unit, detail, tone, spark, title }: FactProps): ReactNode {
  return (
    <div className="min-w-0 grow basis-[calc(50%-1px)] bg-surface px-4 py-3 sm:basis-42">
      <dt className="truncate text-sm text-muted">{label}</dt>
      <dd className="mt-0.5">
        <div className="flex h-8 items-end justify-between gap-2">
          {value === undefined ? (
            <Skeleton className="mb-1 h-6 w-20" />
          ) : (
            <span title={title} className="max-w-full shrink-0 truncate text-2xl font-semibold">
              {value}
              {unit !== undefined && <span className="ml-1 text-sm font-normal text-muted">{unit}</span>}
            </span>
          )}
          {/* The number keeps its room; the end of the line is the part that is seen. */}
          <span className="flex min-w-0 justify-end overflow-hidden">{spark}</span>
        </div>
        <div className={classNames('mt-0.5 min-h-4 truncate text-xs', tone === undefined ? 'text-faint' : TONES[tone])}>{detail}</div>
      </dd>
    </div>
  )
}
