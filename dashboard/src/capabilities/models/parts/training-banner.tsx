// The training of a model that runs, live, and how it ended; stays until it is closed.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { trainText } from '../../../text/models.ts'
import { stateText } from '../../../text/shell.ts'
import { Banner } from '../../../ui/banner.tsx'
import { Button, IconButton } from '../../../ui/button.tsx'
import { formatShare } from '../../../ui/format.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import { JobPill } from '../../../ui/pill.tsx'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { notifyFailure } from '../../../ui/toast.tsx'
import { runningTrainingQuery, trainingKey } from '../queries.ts'

export function TrainingBanner({ model }: { readonly model: string }): ReactNode {
  const queryClient = useQueryClient()
  // Started here, or by anybody else while this page is open.
  const started = useQuery<string | null>({ queryKey: trainingKey(model), queryFn: () => null, staleTime: Number.POSITIVE_INFINITY }).data
  const [seen, setSeen] = useState<string>()
  const [closed, setClosed] = useState<string>()
  const running = useQuery(runningTrainingQuery(model)).data
  const current = running ?? started ?? undefined
  useEffect(() => {
    if (current !== undefined) setSeen(current)
  }, [current])
  const job = useQuery({
    queryKey: ['jobs', 'one', seen],
    queryFn: ({ signal }) => client.jobs.get(seen!, { signal }),
    enabled: seen !== undefined,
  }).data
  const hasEnded = job !== undefined && job.finishedAt !== undefined
  useEffect(() => {
    // Its version is there now, whether or not an event said so.
    if (hasEnded) void queryClient.invalidateQueries({ queryKey: ['models'] })
  }, [hasEnded, queryClient])
  if (job === undefined || seen === undefined || closed === seen) return null
  return hasEnded ? <Ended model={model} job={job} onClose={() => setClosed(seen)} /> : <Running job={job} />
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const canTrain = useCan('train')
  const cancel = (): void => void client.jobs.cancel(job.id).catch((error: unknown) => notifyFailure(trainText.cancel, error))
  return (
    <section
      aria-label={trainText.running}
      className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-surface px-4 py-2.5"
    >
      <JobPill status={job.status} />
      <span className="font-semibold">{trainText.running}</span>
      <span className="min-w-0 flex-1 truncate text-muted max-sm:basis-full">{trainText.stage(job.message)}</span>
      <span className="flex w-64 items-center gap-3 max-sm:w-auto max-sm:flex-1">
        <ProgressBar value={job.status === 'queued' ? undefined : job.progress} label={trainText.running} className="flex-1" />
        <span className="w-10 text-right">{formatShare(job.progress, 0)}</span>
      </span>
      {canTrain && (
        <Button size="small" onClick={cancel}>
          {trainText.cancel}
        </Button>
      )}
    </section>
  )
}

function Ended({ model, job, onClose }: { readonly model: string; readonly job: JobView; readonly onClose: () => void }): ReactNode {
  const { version, reason } = resultOf(job)
  const close = <IconButton icon={X} label={stateText.close} size="small" onClick={onClose} />
  if (job.status === 'failed' || job.status === 'canceled') {
    return (
      <Banner
        tone={job.status === 'failed' ? 'bad' : 'info'}
        title={job.status === 'failed' ? trainText.failed : trainText.canceled}
        className="mb-4"
        actions={
          <>
            <TextLink to="/jobs/$job" params={{ job: job.id }}>
              {trainText.seeJob}
            </TextLink>
            {close}
          </>
        }
      >
        {job.error?.message}
      </Banner>
    )
  }
  return (
    <Banner
      tone="info"
      title={trainText.done(formatVersion(version))}
      className="mb-4"
      actions={
        <>
          <TextLink to="/models/$model/evaluation" params={{ model }} search={{ version }}>
            {trainText.see}
          </TextLink>
          {close}
        </>
      }
    >
      {reason}
    </Banner>
  )
}

/** The result of a training names its version and what the gate said. */
function resultOf({ result }: JobView): { readonly version: string | undefined; readonly reason: string | undefined } {
  const fields = typeof result === 'object' && result !== null && !Array.isArray(result) ? result : {}
  const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  return { version: textOf(fields.version), reason: textOf(fields.reason) }
}
