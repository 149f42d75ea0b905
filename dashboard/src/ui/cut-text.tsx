import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

/** Letters at the end that always stay: names of one table often differ there alone. */
const TAIL = 8

/**
 * A text that loses its middle when there is no room, never its end: `Zählerst… Q1 2022`. Read aloud, copied and found as a whole; what is
 * shown is drawn from attributes.
 */
export function CutText({ text, className }: { readonly text: string; readonly className?: string }): ReactNode {
  const at = text.length - TAIL
  if (at < TAIL) {
    return (
      <span className={classNames('min-w-0 truncate', className)} title={text}>
        {text}
      </span>
    )
  }
  return (
    <span className={classNames('relative flex min-w-0', className)} title={text}>
      <span className="sr-only">{text}</span>
      <span aria-hidden data-text={text.slice(0, at)} className="min-w-0 truncate whitespace-pre before:content-[attr(data-text)]" />
      <span aria-hidden data-text={text.slice(at)} className="shrink-0 whitespace-pre before:content-[attr(data-text)]" />
    </span>
  )
}
