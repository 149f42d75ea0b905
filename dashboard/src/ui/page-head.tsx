import { type ReactNode, useEffect, useMemo, useRef } from 'react'
import { type Shortcut, useShortcuts } from '../keys.ts'
import { keyText, shellText } from '../text/shell.ts'

export interface PageHeadProps {
  /** The heading of the page and of its browser tab. */
  readonly title: string
  /** Shown instead of the title, when that is an id. */
  readonly heading?: ReactNode
  /** A health pill or the like. */
  readonly pill?: ReactNode
  /** One line of facts. */
  readonly facts?: ReactNode
  /** One primary button, at most two others, the rest in a menu. */
  readonly actions?: ReactNode
}

export function PageHead({ title, heading, pill, facts, actions }: PageHeadProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · ${shellText.product}`
  }, [title])
  const bar = useRef<HTMLDivElement>(null)
  useShortcuts(
    useMemo<readonly Shortcut[]>(() => {
      const focus = (): void => bar.current?.querySelector<HTMLElement>('a, button')?.focus()
      return [{ keys: '.', label: keyText.actions, group: keyText.page, run: focus }]
    }, []),
  )
  return (
    <div className="mb-4 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
      <h1 className="min-w-0 text-xl font-semibold break-words">{heading ?? title}</h1>
      {pill}
      {facts !== undefined && <div className="min-w-0 text-sm text-muted">{facts}</div>}
      {actions !== undefined && (
        <div ref={bar} className="ml-auto flex flex-wrap items-center gap-2 max-sm:ml-0 max-sm:w-full">
          {actions}
        </div>
      )}
    </div>
  )
}
