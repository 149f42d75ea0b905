import { Combobox as Base } from '@base-ui/react/combobox'
import { Check, ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { type ControlProps, controlLook } from './field.tsx'

export interface ComboboxProps extends Partial<ControlProps> {
  readonly options: readonly string[]
  /** Empty for none. */
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
  /** Said when nothing fits what was typed. */
  readonly nothing: string
}

/** A choice among many, found by typing. For a handful of options use Select. */
export function Combobox({ options, value, onChange, placeholder, nothing, ...control }: ComboboxProps): ReactNode {
  return (
    <Base.Root items={options} value={value === '' ? null : value} onValueChange={(next) => onChange(next ?? '')}>
      <div className="relative">
        <Base.Input {...control} placeholder={placeholder} spellCheck={false} className={classNames(controlLook, 'pr-8')} />
        <Base.Trigger tabIndex={-1} aria-hidden className="absolute inset-y-0 right-0 grid w-8 place-items-center text-faint">
          <ChevronDown size={15} aria-hidden />
        </Base.Trigger>
      </div>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className="z-50">
          <Base.Popup className="appear max-h-72 w-(--anchor-width) overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-popup">
            <Base.Empty>
              <div className="px-2 py-1.5 text-muted">{nothing}</div>
            </Base.Empty>
            <Base.List>
              {(option: string) => (
                <Base.Item
                  key={option}
                  value={option}
                  className="flex min-h-8 items-center gap-2 rounded-sm px-2 outline-none data-highlighted:bg-sunken max-sm:min-h-11"
                >
                  <Check size={14} aria-hidden className="invisible shrink-0 [[data-selected]>&]:visible" />
                  <span className="min-w-0 truncate">{option}</span>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
