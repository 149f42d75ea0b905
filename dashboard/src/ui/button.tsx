import { createLink } from '@tanstack/react-router'
import { LoaderCircle, type LucideIcon } from 'lucide-react'
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { classNames } from './class-names.ts'
import { Tooltip } from './tooltip.tsx'

export type ButtonTone = 'primary' | 'plain' | 'quiet' | 'danger'

interface Look {
  readonly tone?: ButtonTone
  readonly size?: 'small' | 'normal'
  readonly icon?: LucideIcon
}

const TONES: Readonly<Record<ButtonTone, string>> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  plain: 'border border-strong bg-surface text-text hover:bg-sunken',
  quiet: 'text-muted hover:bg-sunken hover:text-text',
  danger: 'bg-bad text-on-bad hover:bg-bad-hover',
}

export function buttonLook({ tone = 'plain', size = 'normal' }: Look, className?: string): string {
  const height = size === 'small' ? 'h-7 px-2 text-sm' : 'h-8 px-3 max-sm:h-11'
  return classNames(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none',
    'disabled:opacity-50 aria-disabled:opacity-50',
    height,
    TONES[tone],
    className,
  )
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, Look {
  /** Shows that what it does is under way, and refuses a second press. */
  readonly busy?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button({ tone, size, icon: Icon, busy = false, className, children, disabled, ...rest }: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={buttonLook({ tone, size }, className)}
    >
      {busy ? <LoaderCircle size={15} className="animate-spin" aria-hidden /> : Icon && <Icon size={15} aria-hidden />}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  readonly icon: LucideIcon
  /** Its name, shown as a tooltip and read aloud. */
  readonly label: string
  /** False: the system's own tooltip, where the picture says it all or there are many of them. */
  readonly tip?: boolean
}

/** A button that is only a picture; its tooltip says what it does. */
export function IconButton({
  icon: Icon,
  label,
  tip = true,
  tone = 'quiet',
  size = 'normal',
  busy,
  className,
  ...rest
}: IconButtonProps): ReactNode {
  const box = size === 'small' ? 'size-7 max-sm:size-9' : 'size-8 max-sm:size-11'
  const button = (
    <button
      type="button"
      aria-label={label}
      title={tip ? undefined : label}
      {...rest}
      disabled={rest.disabled || busy}
      className={classNames('grid shrink-0 place-items-center rounded-md disabled:opacity-50', box, TONES[tone], className)}
    >
      {busy ? <LoaderCircle size={16} className="animate-spin" aria-hidden /> : <Icon size={16} aria-hidden />}
    </button>
  )
  return tip ? <Tooltip text={label}>{button}</Tooltip> : button
}

interface LinkLook extends AnchorHTMLAttributes<HTMLAnchorElement>, Look {
  readonly ref?: Ref<HTMLAnchorElement>
}

/** A link that looks like a button. */
export const ButtonLink = createLink(({ tone, size, icon: Icon, className, children, ...rest }: LinkLook) => (
  <a {...rest} className={buttonLook({ tone, size }, className)}>
    {Icon && <Icon size={15} aria-hidden />}
    {children}
  </a>
))
