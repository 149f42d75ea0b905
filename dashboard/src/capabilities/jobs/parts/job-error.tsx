import { CircleX } from 'lucide-react'
import type { ReactNode } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { jobText } from '../../../text/jobs.ts'
import { stateText } from '../../../text/shell.ts'
import { Card } from '../../../ui/card.tsx'
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
    </Card>
  )
}
