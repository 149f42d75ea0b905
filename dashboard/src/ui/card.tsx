import { type ReactNode, useId } from 'react'
import { classNames } from './class-names.ts'

export interface CardProps {
  readonly title: ReactNode
  /** One line that names unit, number of rows and interval. */
  readonly subtitle?: ReactNode
  /** Small buttons at the right of the title. */
  readonly tools?: ReactNode
  readonly footer?: ReactNode
  /** Fills the card to its edges, for tables. */
  readonly flush?: boolean
  readonly className?: string
  readonly children: ReactNode
}

/** A titled box of the 12-column grid. */
export function Card({ title, subtitle, tools, footer, flush = false, className, children }: CardProps): ReactNode {
  const id = useId()
  return (
    <section aria-labelledby={id} className={classNames('flex min-w-0 flex-col rounded-lg border border-line bg-surface', className)}>
      <div className="flex items-start gap-2 px-4 pt-3 pb-2">
        <div className="min-w-0 flex-1">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {subtitle !== undefined && <p className="text-sm text-faint">{subtitle}</p>}
        </div>
        {tools !== undefined && <div className="-mr-1.5 flex shrink-0 items-center gap-1">{tools}</div>}
      </div>
      <div className={classNames('min-w-0 flex-1', !flush && 'px-4 pb-4')}>{children}</div>
      {footer !== undefined && <div className="border-t border-line px-4 py-2 text-sm text-muted">{footer}</div>}
    </section>
  )
}

/** The 12-column grid of a page; children say `xl:col-span-*`. */
export function CardGrid({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="grid grid-cols-1 gap-4 xl:grid-cols-12">{children}</div>
}
