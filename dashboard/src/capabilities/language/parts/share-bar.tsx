import type { ReactNode } from 'react'
import { formatNumber, formatShare } from '../../../ui/format.ts'

/** A name, its share of one, and what else is known of it. */
export function ShareBar({ name, share, detail }: { readonly name: string; readonly share: number; readonly detail?: number }): ReactNode {
  return (
    <li className="grid gap-1">
      <div className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 truncate" title={name}>
          {name}
        </span>
        <span className="shrink-0 text-sm text-muted">{detail === undefined ? formatShare(share) : formatNumber(detail)}</span>
      </div>
      <div className="h-2 rounded-full bg-sunken" aria-hidden>
        <span
          className="block h-2 rounded-full"
          style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%`, background: 'var(--series-1)' }}
        />
      </div>
    </li>
  )
}
