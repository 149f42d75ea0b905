import { queryOptions } from '@tanstack/react-query'
import type { JobView } from '../../../../src/platform/jobs/schema.ts'
import { client } from '../../client.ts'
import type { PagedOptions } from '../../ui/use-paged.ts'
import type { JobsSearch } from './search.ts'

export const jobsQuery = ({ status }: JobsSearch): PagedOptions<JobView> => ({
  queryKey: ['jobs', 'list', { status }],
  load: (cursor, signal) => client.jobs.list({ status, cursor, limit: 100, signal }),
})

export const jobQuery = (id: string) =>
  queryOptions({ queryKey: ['jobs', 'one', id], queryFn: ({ signal }) => client.jobs.get(id, { signal }) })
