import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

export interface ProgressBarProps {
  /** 0 to 1; undefined while it is not known. */
  readonly value: number | undefined
  readonly label: string
  readonly tone?: 'accent' | 'good' | 'bad' | 'neutral'
  readonly className?: string
}

const TONES = { accent: 'bg-accent', good: 'bg-good', bad: 'bg-bad', neutral: 'bg-strong' } as const

export function ProgressBar({ value, label, tone = 'accent', className }: ProgressBarProps): ReactNode {
  const percent = value === undefined ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100)
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className={classNames('h-1.5 overflow-hidden rounded-full bg-line', className)}
    >
      {percent === undefined ? (
        <div className={classNames('sweep h-full w-1/3 rounded-full', TONES[tone])} />
      ) : (
        <div className={classNames('h-full rounded-full transition-[width] duration-200', TONES[tone])} style={{ width: `${percent}%` }} />
      )}
    </div>
  )
}
