import { CircleX } from 'lucide-react'
import type { ReactNode } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { jobText } from '../../../text/jobs.ts'
import { stateText } from '../../../text/shell.ts'
import { Card } from '../../../ui/card.tsx'
import { CodeBlock } from '../../../ui/code-block.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'

/** Why a job failed, in words. */
export function JobError({ error }: { readonly error: NonNullable<JobView['error']> }): ReactNode {
  return (
    <Card
      title={jobText.error}
      tools={<CopyButton text={() => JSON.stringify(error, undefined, 2)} label={stateText.copyDetails} size="small" />}
    >
      <div className="flex items-start gap-3 rounded-md bg-bad-soft px-3 py-2.5">
        <CircleX size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
        <div className="min-w-0">
          <p className="break-words">{error.message}</p>
          <p className="mt-1 font-mono text-xs text-muted">{error.code}</p>
        </div>
      </div>
      {error.hint !== null && (
        <p className="mt-3">
          <span className="font-medium">{jobText.hint}</span>
          <span className="text-muted">{error.hint}</span>
        </p>
      )}
      {error.stack !== undefined && (
        <details className="mt-3">
          <summary className="w-fit cursor-pointer rounded-sm text-muted hover:text-text">{jobText.stack}</summary>
          <div className="mt-2">
            <CodeBlock label={jobText.stack} code={error.stack} />
          </div>
        </details>
      )}
    </Card>
  )
}
