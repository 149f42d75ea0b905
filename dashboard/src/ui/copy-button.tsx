import { Check, Copy } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { stateText } from '../text/shell.ts'
import { Button, IconButton } from './button.tsx'

export interface CopyButtonProps {
  readonly text: string | (() => string)
  /** Without one it is an icon alone. */
  readonly label?: string
  readonly size?: 'small' | 'normal'
  readonly tone?: 'plain' | 'primary' | 'quiet'
}

export function CopyButton({ text, label, size, tone }: CopyButtonProps): ReactNode {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_600)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = (): void => {
    copyText(typeof text === 'string' ? text : text()).then(() => setCopied(true))
  }
  const icon = copied ? Check : Copy
  const status = (
    <span role="status" className="sr-only">
      {copied ? stateText.copied : ''}
    </span>
  )
  if (label === undefined) {
    return (
      <>
        <IconButton
          icon={icon}
          label={copied ? stateText.copied : stateText.copy}
          size={size ?? 'small'}
          tone={tone ?? 'quiet'}
          onClick={copy}
        />
        {status}
      </>
    )
  }
  return (
    <>
      <Button icon={icon} size={size} tone={tone} onClick={copy}>
        {copied ? stateText.copied : label}
      </Button>
      {status}
    </>
  )
}

/** Copies to the clipboard. Its API needs a secure page; over plain HTTP from another machine the old way is left. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'sr-only'
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
