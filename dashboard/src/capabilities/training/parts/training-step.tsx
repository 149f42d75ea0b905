// The training as it runs: stage, progress, each candidate as it finishes; then what came of it.
import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { runText } from '../../../text/training.ts'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { linkLook } from '../../../ui/text-link.tsx'
import { versionOf } from '../../jobs/parts/describe-job.ts'
import { JobActions } from '../../jobs/parts/job-actions.tsx'
import { JobError } from '../../jobs/parts/job-error.tsx'
import { JobProgress } from '../../jobs/parts/job-progress.tsx'
import type { TrainSearch } from '../search.ts'
import { candidatesOf } from './candidates.ts'
import { CandidatesCard } from './candidates-card.tsx'
import { ResultStep } from './result-step.tsx'
import { searchOf } from './steps.tsx'

interface TrainingStepProps {
  readonly training: UseQueryResult<JobView>
  readonly search: TrainSearch
}

export function TrainingStep({ training, search }: TrainingStepProps): ReactNode {
  const { data: job, error, refetch, isFetching } = training
  if (job === undefined) {
    if (error === null) return <SkeletonLines lines={6} />
    return (
      <div className="rounded-lg border border-line bg-surface">
        <ErrorPanel error={error} title={runText.gone} onRetry={() => void refetch()} retrying={isFetching} />
      </div>
    )
  }
  const made = job.status === 'succeeded' ? versionOf(job) : undefined
  if (made === undefined) return <Running job={job} search={search} />
  return <ResultStep model={made.model} version={made.version} search={search} />
}

function Running({ job, search }: { readonly job: JobView; readonly search: TrainSearch }): ReactNode {
  const isOver = job.status === 'failed' || job.status === 'canceled'
  const candidates = candidatesOf(job.result)
  const again = searchOf('run', search)
  return (
    <div className="grid gap-4">
      {!isOver && <JobProgress job={job} />}
      {job.error !== undefined && <JobError error={job.error} />}
      <div className="flex flex-wrap items-center gap-4">
        <JobActions job={job} />
        {isOver && again !== undefined && (
          <Link to="/train" search={again} className={linkLook}>
            {runText.again}
          </Link>
        )}
      </div>
      {candidates.length > 0 ? (
        <CandidatesCard title={runText.candidates} subtitle={runText.candidatesSoFar} candidates={candidates} />
      ) : (
        !isOver &&
        (search.algorithm ?? 'auto') === 'auto' && (
          <Card title={runText.candidates}>
            <p className="text-muted">{runText.candidatesNone}</p>
          </Card>
        )
      )}
    </div>
  )
}
