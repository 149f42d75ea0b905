import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'
import { classNames } from './class-names.ts'

/** A choice among few, each with an address: `1h 24h 7d 30d`. */
export function Segments({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <nav aria-label={label} className="inline-flex max-w-full shrink-0 overflow-x-auto rounded-md border border-line bg-surface p-0.5">
      {children}
    </nav>
  )
}

interface SegmentProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly ref?: Ref<HTMLAnchorElement>
  readonly selected?: boolean
}

export const Segment = createLink(({ selected, className, ...rest }: SegmentProps) => (
  <a
    {...rest}
    aria-current={selected ? 'true' : undefined}
    className={classNames(
      'inline-flex h-7 items-center gap-1.5 rounded-sm px-2.5 whitespace-nowrap -outline-offset-1 max-sm:h-9 max-sm:px-3',
      selected ? 'bg-accent-soft font-medium text-accent' : 'text-muted hover:text-text',
      className,
    )}
  />
))
