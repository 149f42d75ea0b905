// Everything that runs long: its state, its progress as it happens, who asked for it.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { FileUp, ListTodo, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { JobView } from '../../../../src/platform/jobs/schema.ts'
import { useLive } from '../../live.ts'
import { countsQuery } from '../../shell/counts.ts'
import { jobsText } from '../../text/jobs.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ABSENT, formatCount, formatDuration } from '../../ui/format.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { JobPill } from '../../ui/pill.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Segment, Segments } from '../../ui/segmented.tsx'
import { Time } from '../../ui/time.tsx'
import { usePaged } from '../../ui/use-paged.ts'
import { nameOf, tookMs, versionOf } from './parts/describe-job.ts'
import { JobActions } from './parts/job-actions.tsx'
import { jobsQuery } from './queries.ts'
import { JOB_STATUSES, type JobsSearch } from './search.ts'

const route = getRouteApi('/jobs')
const { columns: head } = jobsText

const COLUMNS: readonly Column<JobView>[] = [
  { id: 'job', header: head.job, width: 210, cell: (job) => <Name job={job} /> },
  { id: 'status', header: head.status, width: 150, cell: ({ status, progress }) => <JobPill status={status} progress={progress} /> },
  { id: 'progress', header: head.progress, from: 480, cell: (job) => <Progress job={job} /> },
  { id: 'created', header: head.created, width: 216, from: 700, cell: ({ createdAt }) => <Time at={createdAt} ago /> },
  { id: 'took', header: head.took, width: 110, align: 'right', from: 860, cell: (job) => formatDuration(tookMs(job)) },
  { id: 'by', header: head.by, width: 150, from: 1080, cell: ({ createdBy }) => createdBy ?? ABSENT },
  {
    id: 'actions',
    header: <span className="sr-only">{head.actions}</span>,
    width: 60,
    align: 'right',
    cell: (job) => <JobActions job={job} compact />,
  },
]

export function JobsPage(): ReactNode {
  const { status, subject } = route.useSearch()
  useLive('job.updated')
  const paged = usePaged(jobsQuery({ status, subject }))
  const { data: counts } = useQuery(countsQuery(true))
  return (
    <>
      <PageHead title={jobsText.title} facts={jobsText.facts} />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <Segments label={jobsText.filters.label}>
          <Segment to="/jobs" search={{ subject }} selected={status === undefined}>
            {jobsText.filters.all}
          </Segment>
          {JOB_STATUSES.map((name) => (
            <Segment key={name} to="/jobs" search={{ status: name, subject }} selected={status === name}>
              {jobsText.filters[name]}
              {(name === 'running' || name === 'queued') && counts !== undefined && counts[name] > 0 && (
                <span className="text-xs text-faint">{formatCount(counts[name])}</span>
              )}
            </Segment>
          ))}
        </Segments>
        {subject !== undefined && (
          <ButtonLink to="/jobs" search={{ status }} size="small" icon={X}>
            {jobsText.subject(subject)}
            <span className="sr-only">. {jobsText.withoutSubject}</span>
          </ButtonLink>
        )}
      </div>
      <DataTable
        label={jobsText.title}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={addressOf}
        empty={<NoJobs status={status} subject={subject} />}
        {...paged}
      />
    </>
  )
}

const addressOf = ({ id }: JobView): string => `/jobs/${encodeURIComponent(id)}`

function Name({ job }: { readonly job: JobView }): ReactNode {
  return (
    <>
      {nameOf(job)}
      {job.subject !== null && <span className="font-normal text-muted"> {job.subject}</span>}
    </>
  )
}

function Progress({ job }: { readonly job: JobView }): ReactNode {
  const { status, progress, message, error } = job
  const made = versionOf(job)
  if (status === 'failed') return <span className="text-bad">{error?.message}</span>
  if (made !== undefined) return <span className="text-muted">{made.reason ?? jobsText.newVersion(made.model)}</span>
  if (status !== 'running') return <span className="text-muted">{message}</span>
  return (
    <span className="flex items-center gap-3">
      <ProgressBar value={progress} label={jobsText.progressOf(nameOf(job))} className="w-24 shrink-0" />
      <span className="truncate text-muted">{message}</span>
    </span>
  )
}

function NoJobs({ status, subject }: JobsSearch): ReactNode {
  return (
    <div className="rounded-lg border border-line bg-surface">
      {status === undefined && subject === undefined ? (
        <Empty
          icon={ListTodo}
          title={jobsText.empty}
          action={
            <ButtonLink to="/train" tone="primary" icon={FileUp}>
              {jobsText.train}
            </ButtonLink>
          }
        >
          {jobsText.emptyHint}
        </Empty>
      ) : (
        <Empty
          icon={ListTodo}
          title={status === undefined ? jobsText.emptySubject(subject ?? '') : jobsText.emptyFiltered[status]}
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
