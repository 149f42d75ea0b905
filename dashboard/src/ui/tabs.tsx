import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'
import { classNames } from './class-names.ts'

/** Tabs are links: each has an address and opens in a new browser tab. */
export function TabList({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <nav
      aria-label={label}
      className="mb-4 flex gap-1 overflow-x-auto border-b border-line max-sm:-mx-4 max-sm:[mask-image:linear-gradient(to_right,black_calc(100%-2.5rem),transparent)] max-sm:px-4 max-sm:pr-10"
    >
      {children}
    </nav>
  )
}

interface TabLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly ref?: Ref<HTMLAnchorElement>
  readonly 'data-status'?: string
}

const LOOK = '-mb-px inline-flex h-9 items-center gap-1.5 rounded-t-sm border-b-2 px-3 whitespace-nowrap -outline-offset-2 max-sm:h-11'

/** Marks itself as the present page when its address is the one open. */
export const TabLink = createLink(({ className, ...rest }: TabLinkProps) => (
  <a
    {...rest}
    className={classNames(
      LOOK,
      rest['data-status'] === 'active' ? 'border-accent font-medium text-text' : 'border-transparent text-muted hover:text-text',
      className,
    )}
  />
))
