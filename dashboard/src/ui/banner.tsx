import { CircleAlert, CircleX, Info } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

export interface BannerProps {
  readonly tone: 'info' | 'warn' | 'bad'
  readonly title: ReactNode
  readonly children?: ReactNode
  /** At most two links or buttons that mend it. */
  readonly actions?: ReactNode
  readonly className?: string
}

const LOOKS = {
  info: { icon: Info, ground: 'bg-accent-soft', text: 'text-accent' },
  warn: { icon: CircleAlert, ground: 'bg-warn-soft', text: 'text-warn' },
  bad: { icon: CircleX, ground: 'bg-bad-soft', text: 'text-bad' },
} as const

/** What is wrong, since when, and what mends it. */
export function Banner({ tone, title, children, actions, className }: BannerProps): ReactNode {
  const { icon: Icon, ground, text } = LOOKS[tone]
  return (
    <div
      role="status"
      className={classNames('flex flex-wrap items-start gap-x-3 gap-y-1.5 rounded-lg border border-line px-4 py-2.5', ground, className)}
    >
      <Icon size={16} aria-hidden className={classNames('mt-0.5 shrink-0', text)} />
      <div className="min-w-0 flex-1">
        <span className="font-semibold">{title}</span> {children !== undefined && <span className="text-muted">{children}</span>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-x-4 gap-y-1 max-sm:w-full max-sm:pl-7">{actions}</div>}
    </div>
  )
}
