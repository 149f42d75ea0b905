import { Menu as Base } from '@base-ui/react/menu'
import type { LucideIcon } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { classNames } from './class-names.ts'

export interface MenuEntry {
  readonly label: string
  readonly icon?: LucideIcon
  readonly danger?: boolean
  readonly disabled?: boolean
  /** Why it is not possible, or what it does. */
  readonly hint?: string
  readonly onSelect?: () => void
  /** An address; opened as a link, also in a new tab. */
  readonly href?: string
}

export interface MenuProps {
  readonly trigger: ReactElement<Record<string, unknown>>
  /** Groups are divided by a line. */
  readonly groups: readonly (readonly MenuEntry[])[]
  readonly header?: ReactNode
  readonly align?: 'start' | 'end'
}

const ITEM =
  'flex min-h-8 w-full items-center gap-2.5 rounded-sm px-2 py-1.5 outline-none select-none data-disabled:opacity-50 data-highlighted:bg-sunken max-sm:min-h-11'

export function Menu({ trigger, groups, header, align = 'end' }: MenuProps): ReactNode {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} className="z-50">
          <Base.Popup className="rise max-w-80 min-w-48 rounded-lg border border-line bg-surface p-1 shadow-popup outline-none">
            {header !== undefined && <div className="border-b border-line px-2 pt-1 pb-2">{header}</div>}
            {groups.map((entries, index) => (
              <div
                key={entries[0]?.label}
                className={classNames((index > 0 || header !== undefined) && 'mt-1 pt-1', index > 0 && 'border-t border-line')}
              >
                {entries.map((entry) => (
                  <Entry key={entry.label} entry={entry} />
                ))}
              </div>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

function Entry({ entry }: { readonly entry: MenuEntry }): ReactNode {
  const { label, icon: Icon, danger, disabled, hint, onSelect, href } = entry
  const content = (
    <>
      {Icon && <Icon size={15} aria-hidden className="shrink-0" />}
      <span>
        {label}
        {hint !== undefined && <span className="block text-xs font-normal text-faint">{hint}</span>}
      </span>
    </>
  )
  const look = classNames(ITEM, danger ? 'text-bad' : 'text-text')
  if (href !== undefined) {
    return (
      <Base.LinkItem href={href} className={look}>
        {content}
      </Base.LinkItem>
    )
  }
  return (
    <Base.Item disabled={disabled} onClick={onSelect} className={look}>
      {content}
    </Base.Item>
  )
}
