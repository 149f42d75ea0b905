import type { ReactNode } from 'react'
import { stateText } from '../text/shell.ts'
import { classNames } from './class-names.ts'

/** Holds the place of what is loading; give it the final size. Seen after 150 ms only. */
export function Skeleton({ className }: { readonly className?: string }): ReactNode {
  return <span aria-hidden className={classNames('late block rounded-sm bg-line/70', className)} />
}

/** Lines of text that are loading. */
export function SkeletonLines({ lines = 3 }: { readonly lines?: number }): ReactNode {
  const widths = ['w-11/12', 'w-4/5', 'w-2/3', 'w-5/6', 'w-1/2']
  return (
    <div role="status" className="grid gap-2.5 py-1">
      <span className="sr-only">{stateText.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike.
        <Skeleton key={line} className={classNames('h-3.5', widths[line % widths.length])} />
      ))}
    </div>
  )
}

/** A thin bar over what stays shown while it is loaded again. Takes no room. */
export function LoadingBar({ active }: { readonly active: boolean }): ReactNode {
  return (
    <div aria-hidden className="relative h-0">
      {active && (
        <div className="late absolute inset-x-0 top-0 z-10 h-0.5 overflow-hidden">
          <div className="sweep h-full w-1/3 bg-accent" />
        </div>
      )}
    </div>
  )
}
