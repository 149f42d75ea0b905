// How many jobs wait and run, for the navigation and the pages that show it. Under the key of the jobs, so that their events renew it.
import { queryOptions } from '@tanstack/react-query'
import { client } from '../client.ts'

export const countsQuery = (enabled: boolean) =>
  queryOptions({
    queryKey: ['jobs', 'counts'],
    queryFn: ({ signal }) => client.jobs.counts({ signal }),
    enabled,
    staleTime: 30_000,
  })
