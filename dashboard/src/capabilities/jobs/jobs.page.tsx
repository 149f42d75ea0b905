// Everything that runs long: its state, its progress as it happens, who asked for it.
import { getRouteApi } from '@tanstack/react-router'
import { ListTodo } from 'lucide-react'
import type { ReactNode } from 'react'
import type { JobView } from '../../../../src/platform/jobs/schema.ts'
import { client } from '../../client.ts'
import { useLive } from '../../live.ts'
import { jobsText } from '../../text/jobs.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { formatDuration, formatShare } from '../../ui/format.ts'
import { millisecondsOf } from '../../ui/format-time.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { JobPill } from '../../ui/pill.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Segment, Segments } from '../../ui/segmented.tsx'
import { Time } from '../../ui/time.tsx'
import { usePaged } from '../../ui/use-paged.ts'
import { JOB_STATUSES } from './search.ts'

const route = getRouteApi('/jobs')
const { columns: head } = jobsText

const COLUMNS: readonly Column<JobView>[] = [
  { id: 'job', header: head.job, width: 190, cell: ({ kind }) => kind },
  { id: 'status', header: head.status, width: 136, cell: ({ status }) => <JobPill status={status} /> },
  { id: 'progress', header: head.progress, from: 420, cell: (job) => <Progress job={job} /> },
  { id: 'created', header: head.created, width: 216, from: 560, cell: ({ createdAt }) => <Time at={createdAt} ago /> },
  { id: 'took', header: head.took, width: 110, align: 'right', from: 720, cell: (job) => formatDuration(tookMs(job)) },
  { id: 'by', header: head.by, width: 150, from: 960, cell: ({ createdBy }) => createdBy ?? '–' },
]

export function JobsPage(): ReactNode {
  const { status } = route.useSearch()
  useLive('job.updated')
  const paged = usePaged<JobView>({
    queryKey: ['jobs', 'list', { status }],
    load: (cursor, signal) => client.jobs.list({ status, cursor, limit: 100, signal }),
  })
  return (
    <>
      <PageHead title={jobsText.title} facts={jobsText.facts} />
      <div className="mb-4">
        <Segments label={jobsText.filters.label}>
          <Segment to="/jobs" search={{}} selected={status === undefined}>
            {jobsText.filters.all}
          </Segment>
          {JOB_STATUSES.map((name) => (
            <Segment key={name} to="/jobs" search={{ status: name }} selected={status === name}>
              {jobsText.filters[name]}
            </Segment>
          ))}
        </Segments>
      </div>
      <DataTable label={jobsText.title} columns={COLUMNS} rowKey={({ id }) => id} empty={<NoJobs status={status} />} {...paged} />
    </>
  )
}

function Progress({ job }: { readonly job: JobView }): ReactNode {
  const { status, progress, message, error } = job
  if (status === 'failed') return <span className="text-bad">{error?.message}</span>
  if (status !== 'running') return <span className="text-muted">{message}</span>
  return (
    <span className="flex items-center gap-3">
      <ProgressBar value={progress} label={jobsText.progressOf(job.kind)} className="w-24 shrink-0" />
      <span className="w-11 shrink-0 text-right">{formatShare(progress, 0)}</span>
      <span className="truncate text-muted">{message}</span>
    </span>
  )
}

function tookMs({ startedAt, finishedAt }: JobView): number | undefined {
  const [start, end] = [millisecondsOf(startedAt), millisecondsOf(finishedAt)]
  return start === undefined || end === undefined ? undefined : end - start
}

function NoJobs({ status }: { readonly status: string | undefined }): ReactNode {
  return (
    <div className="rounded-lg border border-line bg-surface">
      {status === undefined ? (
        <Empty
          icon={ListTodo}
          title={jobsText.empty}
          snippet={<CodeBlock label="shell" code="npx tandem train penguins --csv penguins.csv --target species" />}
        >
          {jobsText.emptyHint}
        </Empty>
      ) : (
        <Empty
          icon={ListTodo}
          title={jobsText.emptyFiltered(status)}
          action={
            <ButtonLink to="/jobs" search={{}}>
              {jobsText.showAll}
            </ButtonLink>
          }
        >
          {jobsText.emptyFilteredHint}
        </Empty>
      )}
    </div>
  )
}
