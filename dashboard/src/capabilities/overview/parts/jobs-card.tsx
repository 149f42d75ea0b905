import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { jobsText } from '../../../text/jobs.ts'
import { overviewCards } from '../../../text/overview.ts'
import { Card } from '../../../ui/card.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { JobPill } from '../../../ui/pill.tsx'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { Time } from '../../../ui/time.tsx'
import { jobsQuery } from '../queries.ts'

/** What runs, with its progress, then the newest jobs. */
export function JobsCard(): ReactNode {
  const query = useQuery(jobsQuery)
  return (
    <Card
      title={overviewCards.jobs}
      subtitle={overviewCards.jobsHint}
      className="xl:col-span-4"
      footer={<TextLink to="/jobs">{overviewCards.allJobs}</TextLink>}
    >
      <div className="min-h-[192px]">
        <Loaded query={query}>
          {(jobs) =>
            jobs.length === 0 ? (
              <p className="py-6 text-center text-muted">{overviewCards.noJobs}</p>
            ) : (
              <ul className="-mx-2">
                {jobs.map((job) => (
                  <Row key={job.id} job={job} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </Card>
  )
}

function Row({ job }: { readonly job: JobView }): ReactNode {
  const { id, kind, subject, status, progress, message, error, createdAt } = job
  const name = jobsText.kinds[kind as keyof typeof jobsText.kinds] ?? kind
  return (
    <li className="relative flex h-9 items-center gap-3 rounded-md px-2 hover:bg-sunken">
      <Link
        to="/jobs/$job"
        params={{ job: id }}
        className="max-w-1/2 shrink-0 truncate font-medium outline-none after:absolute after:inset-0 after:rounded-md focus-visible:after:outline-2 focus-visible:after:outline-accent"
      >
        {name} {subject !== null && <span className="font-normal text-muted">{subject}</span>}
      </Link>
      <JobPill status={status} progress={progress} />
      {status === 'running' ? (
        <ProgressBar value={progress} label={`${jobsText.progressOf(name)}${message === null ? '' : `: ${message}`}`} className="flex-1" />
      ) : (
        <span className="min-w-0 flex-1 truncate text-right text-sm text-faint">{error?.message ?? <Time at={createdAt} />}</span>
      )}
    </li>
  )
}
