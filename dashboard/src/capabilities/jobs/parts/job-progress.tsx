import type { ReactNode } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { jobsText, jobText } from '../../../text/jobs.ts'
import { Card } from '../../../ui/card.tsx'
import { formatDuration, formatShare } from '../../../ui/format.ts'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { leftMs, nameOf, tookMs } from './describe-job.ts'

/** How far a job that waits or runs has come. */
export function JobProgress({ job }: { readonly job: JobView }): ReactNode {
  const isRunning = job.status === 'running'
  const now = useNow(isRunning)
  const left = leftMs(job, now)
  return (
    <Card title={jobText.progress}>
      <div className="mb-2 flex flex-wrap items-baseline gap-x-4">
        <span className="text-2xl font-semibold">{formatShare(job.progress, 0)}</span>
        <span className="min-w-0 text-muted max-sm:order-last max-sm:w-full sm:flex-1 sm:truncate">
          {isRunning ? job.message : jobText.waiting}
        </span>
        <span className="ml-auto text-muted">
          {isRunning && formatDuration(tookMs(job, now))}
          {left !== undefined && ` · ${jobText.left(formatDuration(left))}`}
        </span>
      </div>
      <ProgressBar value={job.progress} label={jobsText.progressOf(nameOf(job))} className="h-2.5" />
    </Card>
  )
}
