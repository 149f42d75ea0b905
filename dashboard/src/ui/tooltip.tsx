import { Tooltip as Base } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'

export interface TooltipProps {
  readonly text: ReactNode
  readonly side?: 'top' | 'bottom' | 'left' | 'right'
  /** The one element the text is about; it keeps its own name and role. */
  readonly children: ReactElement<Record<string, unknown>>
}

/** A short text on hover and on focus. Never the only place of something needed. */
export function Tooltip({ text, side = 'bottom', children }: TooltipProps): ReactNode {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="appear max-w-80 rounded-md border border-line bg-surface px-2 py-1 text-sm whitespace-pre-line text-text shadow-popup">
            {text}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
