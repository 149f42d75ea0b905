import { type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react'
import { stateText } from '../text/shell.ts'
import { classNames } from './class-names.ts'
import { CutText } from './cut-text.tsx'

export interface FieldProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  /** What is wrong with it, as the server or the page says. */
  readonly error?: string
  readonly required?: boolean
  /** Said beside the label; `required` where it is, unless told otherwise. */
  readonly mark?: string
  readonly className?: string
  /** Gets the id and the names of what describes it. */
  readonly children: (control: ControlProps) => ReactNode
}

export interface ControlProps {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
  readonly required: boolean | undefined
}

export const controlLook =
  'h-8 w-full min-w-0 rounded-md border border-strong bg-surface px-2.5 text-text placeholder:text-faint disabled:opacity-60 aria-invalid:border-bad max-sm:h-11'

/** A labelled control with its hint and its error. */
export function Field({
  label,
  hint,
  error,
  required,
  mark = required ? stateText.required : undefined,
  className,
  children,
}: FieldProps): ReactNode {
  const id = useId()
  const describedBy = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={classNames('min-w-0', className)}>
      <label htmlFor={id} className="mb-1 flex items-baseline gap-1.5 font-medium">
        {typeof label === 'string' ? <CutText text={label} /> : <span className="min-w-0 truncate">{label}</span>}
        {mark !== undefined && mark !== '' && <span className="shrink-0 text-xs font-normal text-faint">{mark}</span>}
      </label>
      {children({ id, 'aria-describedby': describedBy || undefined, 'aria-invalid': error !== undefined || undefined, required })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  )
}

export function Input({ className, ...rest }: InputHTMLAttributes<HTMLInputElement> & { readonly ref?: Ref<HTMLInputElement> }): ReactNode {
  return <input autoComplete="off" spellCheck={false} {...rest} className={classNames(controlLook, className)} />
}

export function TextArea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>): ReactNode {
  return <textarea spellCheck={false} {...rest} className={classNames(controlLook, 'h-auto min-h-20 py-2 font-mono text-sm', className)} />
}

export interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  readonly options: readonly { readonly value: string; readonly label: string }[]
}

/** The system's own list: it works with every keyboard, screen reader and phone. */
export function Select({ options, className, ...rest }: SelectProps): ReactNode {
  return (
    <select {...rest} className={classNames(controlLook, 'pr-1', className)}>
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  )
}

export interface CheckProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly kind?: 'checkbox' | 'radio'
}

/** A box or a radio button with its label and what it means. */
export function Check({ label, hint, kind = 'checkbox', className, ...rest }: CheckProps): ReactNode {
  const id = useId()
  return (
    <div className={classNames('flex items-start gap-2.5', className)}>
      <input
        type={kind}
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...rest}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-sm text-faint">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
