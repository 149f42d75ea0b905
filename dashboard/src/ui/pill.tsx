import { Ban, CircleAlert, CircleCheck, CircleDashed, CircleX, Clock, LoaderCircle, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { formatShare } from './format.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'neutral' | 'accent'

const TONES: Readonly<Record<Tone, string>> = {
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  accent: 'bg-accent-soft text-accent',
  neutral: 'bg-sunken text-muted',
}

export interface PillProps {
  readonly tone: Tone
  readonly icon?: LucideIcon
  readonly spin?: boolean
  readonly title?: string
  readonly children: ReactNode
}

/** A state: icon and word, the colour comes third. */
export function Pill({ tone, icon: Icon, spin = false, title, children }: PillProps): ReactNode {
  return (
    <span
      title={title}
      className={classNames(
        'inline-flex h-5 shrink-0 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {Icon && <Icon size={12} strokeWidth={2.5} aria-hidden className={spin ? 'animate-spin' : undefined} />}
      {children}
    </span>
  )
}

const HEALTH = {
  good: { tone: 'good', icon: CircleCheck, word: 'Healthy' },
  warn: { tone: 'warn', icon: CircleAlert, word: 'Look at it' },
  bad: { tone: 'bad', icon: CircleX, word: 'Failing' },
  unknown: { tone: 'neutral', icon: CircleDashed, word: 'Not known' },
} as const

export type Health = keyof typeof HEALTH

/** What is not known is grey, never green. */
export function HealthPill({
  health,
  reason,
  word,
}: {
  readonly health: Health
  readonly reason?: string
  readonly word?: string
}): ReactNode {
  const { tone, icon, word: usual } = HEALTH[health]
  return (
    <Pill tone={tone} icon={icon} title={reason}>
      {word ?? usual}
    </Pill>
  )
}

const JOB_STATUS = {
  queued: { tone: 'neutral', icon: Clock, word: 'Queued' },
  running: { tone: 'accent', icon: LoaderCircle, word: 'Running' },
  succeeded: { tone: 'good', icon: CircleCheck, word: 'Succeeded' },
  failed: { tone: 'bad', icon: CircleX, word: 'Failed' },
  canceled: { tone: 'neutral', icon: Ban, word: 'Canceled' },
} as const

export type JobStatus = keyof typeof JOB_STATUS

/** With its progress, 0 to 1, while it runs. */
export function JobPill({ status, progress }: { readonly status: JobStatus; readonly progress?: number }): ReactNode {
  const { tone, icon, word } = JOB_STATUS[status]
  return (
    <Pill tone={tone} icon={icon} spin={status === 'running'}>
      {word}
      {status === 'running' && progress !== undefined && ` ${formatShare(progress, 0)}`}
    </Pill>
  )
}
