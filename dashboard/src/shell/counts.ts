// How many jobs run, for the navigation. Under the key of the jobs, so that their events renew it.
import { queryOptions } from '@tanstack/react-query'
import { client } from '../client.ts'

const MOST = 100

export const countsQuery = (enabled: boolean) =>
  queryOptions({
    queryKey: ['jobs', 'running'],
    queryFn: async ({ signal }) => (await client.jobs.list({ status: 'running', limit: MOST, signal })).items.length,
    enabled,
    staleTime: 30_000,
  })
