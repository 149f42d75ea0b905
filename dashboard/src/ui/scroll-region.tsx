import type { ReactNode } from 'react'
import { stateText } from '../text/shell.ts'
import { classNames } from './class-names.ts'

export interface ScrollRegionProps {
  /** Read aloud when the keyboard reaches it. */
  readonly label: string
  readonly className?: string
  readonly children: ReactNode
}

/** A part of a page that scrolls by itself, also with the keyboard. Give it a largest height or wide content. */
export function ScrollRegion({ label, className, children }: ScrollRegionProps): ReactNode {
  return (
    // Hidden texts inside are placed absolutely: `relative` keeps them from widening the page.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
    <section tabIndex={0} aria-label={stateText.scrollable(label)} className={classNames('relative overflow-auto', className)}>
      {children}
    </section>
  )
}
