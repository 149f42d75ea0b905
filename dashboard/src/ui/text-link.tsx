import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'
import { classNames } from './class-names.ts'

interface TextLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly ref?: Ref<HTMLAnchorElement>
}

export const linkLook = 'rounded-sm font-medium text-accent underline underline-offset-2 hover:text-accent-hover'

/** A link in running text. */
export const TextLink = createLink(({ className, ...rest }: TextLinkProps) => <a {...rest} className={classNames(linkLook, className)} />)
