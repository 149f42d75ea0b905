// The job of the training that the address names, followed live.
import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { useLive } from '../../../live.ts'
import { jobQuery } from '../../jobs/queries.ts'

export function useTraining(job: string | undefined): UseQueryResult<JobView> {
  useLive(...(job === undefined ? [] : (['job.updated'] as const)))
  const query = useQuery({ ...jobQuery(job ?? ''), enabled: job !== undefined })
  const queryClient = useQueryClient()
  const { status, message } = query.data ?? {}
  // Events bring the message alone; with a new one there may be a new candidate.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for again with each new message.
  useEffect(() => {
    if (job !== undefined && status === 'running') void queryClient.invalidateQueries({ queryKey: jobQuery(job).queryKey })
  }, [queryClient, job, status, message])
  return query
}
