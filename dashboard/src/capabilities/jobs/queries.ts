import { queryOptions } from '@tanstack/react-query'
import type { JobView } from '../../../../src/platform/jobs/schema.ts'
import { client } from '../../client.ts'
import type { PagedOptions } from '../../ui/use-paged.ts'
import type { JobsSearch } from './search.ts'

export const jobsQuery = ({ status, subject }: JobsSearch): PagedOptions<JobView> => ({
  queryKey: ['jobs', 'list', { status, subject }],
  load: (cursor, signal) => client.jobs.list({ status, subject, cursor, limit: 100, signal }),
})

export const jobQuery = (id: string) =>
  queryOptions({ queryKey: ['jobs', 'one', id], queryFn: ({ signal }) => client.jobs.get(id, { signal }) })

export const jobCountsQuery = queryOptions({ queryKey: ['jobs', 'counts'], queryFn: ({ signal }) => client.jobs.counts({ signal }) })

/** What a job said while it ran; live-topics.ts adds what it says now. */
export const jobLogQuery = (id: string) =>
  queryOptions({ queryKey: ['jobs', 'log', id], queryFn: ({ signal }) => client.jobs.log(id, { signal }) })
