// One job: how far it is, why it failed and what to do, what it made.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { JobView } from '../../../../src/platform/jobs/schema.ts'
import { useLive } from '../../live.ts'
import { jobText } from '../../text/jobs.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { Card, CardGrid } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { FactList } from '../../ui/fact-list.tsx'
import { ABSENT, formatDuration } from '../../ui/format.ts'
import { millisecondsOf } from '../../ui/format-time.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { JobPill } from '../../ui/pill.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { TextLink } from '../../ui/text-link.tsx'
import { Time } from '../../ui/time.tsx'
import { isOver, nameOf, tookMs, versionOf } from './parts/describe-job.ts'
import { JobActions } from './parts/job-actions.tsx'
import { JobError } from './parts/job-error.tsx'
import { JobLog } from './parts/job-log.tsx'
import { JobProgress } from './parts/job-progress.tsx'
import { jobLogQuery, jobQuery } from './queries.ts'

const route = getRouteApi('/jobs/$job')

export function JobPage(): ReactNode {
  const { job: id } = route.useParams()
  useLive('job.updated')
  const query = useQuery(jobQuery(id))
  // Shown together: how long the log is decides where what follows it stands.
  const isLogPending = useQuery(jobLogQuery(id)).isPending
  const job = query.data
  const title = job === undefined ? id : nameOf(job)
  return (
    <>
      <PageHead
        title={title}
        heading={
          job?.subject ? (
            <>
              {title} <span className="font-normal text-muted">{job.subject}</span>
            </>
          ) : undefined
        }
        pill={job && <JobPill status={job.status} />}
        facts={job && <Time at={job.createdAt} ago seconds />}
        actions={job && <JobActions job={job} />}
      />
      <Loaded query={query}>
        {(loaded) =>
          isLogPending ? (
            <SkeletonLines />
          ) : (
            <CardGrid>
              <div className="grid min-w-0 content-start gap-4 xl:col-span-8">
                {isOver(loaded) ? null : <JobProgress job={loaded} />}
                {loaded.error !== undefined && <JobError error={loaded.error} />}
                <JobLog job={loaded} />
                {loaded.result !== undefined && loaded.result !== null && <Result job={loaded} />}
              </div>
              <About job={loaded} />
            </CardGrid>
          )
        }
      </Loaded>
    </>
  )
}

function Result({ job }: { readonly job: JobView }): ReactNode {
  const made = versionOf(job)
  return (
    <Card
      title={jobText.result}
      subtitle={made?.reason}
      tools={
        made && (
          <ButtonLink to="/models/$model/versions" params={{ model: made.model }} size="small">
            {jobText.openVersion}
          </ButtonLink>
        )
      }
    >
      <CodeBlock label="JSON" code={JSON.stringify(job.result, undefined, 2)} />
    </Card>
  )
}

function About({ job }: { readonly job: JobView }): ReactNode {
  const { id, kind, subject, stage, createdAt, startedAt, finishedAt, attempts, maxAttempts, createdBy } = job
  const names = jobText.facts
  const waited = startedAt === undefined ? undefined : millisecondsOf(startedAt)! - millisecondsOf(createdAt)!
  return (
    <Card title={jobText.about} className="self-start xl:col-span-4" tools={<CopyButton text={id} />}>
      <FactList
        facts={[
          [
            names.id,
            <span key="id" className="font-mono text-xs">
              {id}
            </span>,
          ],
          [names.kind, kind],
          [names.subject, <Subject key="subject" subject={subject} />],
          [names.stage, stage ?? ABSENT],
          [names.created, <Time key="created" at={createdAt} seconds />],
          [names.started, <Time key="started" at={startedAt} seconds />],
          [names.finished, <Time key="finished" at={finishedAt} seconds />],
          [names.waited, formatDuration(waited)],
          [names.took, formatDuration(tookMs(job))],
          [names.attempts, jobText.attempts(attempts, maxAttempts)],
          [names.by, createdBy ?? ABSENT],
        ]}
      />
    </Card>
  )
}

function Subject({ subject }: { readonly subject: string | null }): ReactNode {
  if (subject === null) return ABSENT
  return (
    <TextLink to="/models/$model" params={{ model: subject }}>
      {subject}
    </TextLink>
  )
}
