import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

export interface EmptyProps {
  readonly icon?: LucideIcon
  /** What would stand here. */
  readonly title: string
  /** Why there is nothing, and what makes something appear. */
  readonly children?: ReactNode
  /** One button. */
  readonly action?: ReactNode
  /** A snippet that works as pasted. */
  readonly snippet?: ReactNode
}

/** Nothing to show yet: what this is, why it is empty, the next step. */
export function Empty({ icon: Icon, title, children, action, snippet }: EmptyProps): ReactNode {
  return (
    <div className="flex flex-col items-center px-4 py-10 text-center">
      {Icon && (
        <span className="mb-3 grid size-10 place-items-center rounded-full bg-sunken text-faint">
          <Icon size={20} aria-hidden />
        </span>
      )}
      <p className="font-semibold">{title}</p>
      {children !== undefined && <div className="mt-1 max-w-prose text-muted text-pretty">{children}</div>}
      {action !== undefined && <div className="mt-4">{action}</div>}
      {snippet !== undefined && <div className="mt-4 w-full max-w-2xl text-left">{snippet}</div>}
    </div>
  )
}
