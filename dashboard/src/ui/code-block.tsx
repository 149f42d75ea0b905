import type { ReactNode } from 'react'
import { CopyButton } from './copy-button.tsx'

export interface CodeBlockProps {
  /** What it is, such as "curl"; read aloud before the code. */
  readonly label: string
  readonly code: string
  readonly wrap?: boolean
}

/** Code that works as pasted. */
export function CodeBlock({ label, code, wrap = false }: CodeBlockProps): ReactNode {
  return (
    <figure className="relative min-w-0 rounded-md border border-line bg-sunken">
      <figcaption className="flex items-center justify-between border-b border-line py-0.5 pr-1 pl-3 text-xs text-faint">
        {label}
        <CopyButton text={code} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, which must work with the keyboard too. */}
      <pre tabIndex={0} className={`overflow-x-auto p-3 font-mono text-xs ${wrap ? 'break-words whitespace-pre-wrap' : ''}`}>
        <code>{code}</code>
      </pre>
    </figure>
  )
}
