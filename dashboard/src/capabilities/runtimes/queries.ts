import { queryOptions } from '@tanstack/react-query'
import { client } from '../../client.ts'

export const runtimesQuery = queryOptions({
  queryKey: ['runtimes', 'list'],
  queryFn: ({ signal }) => client.runtimes.list({ signal }),
})

export const runtimeLogQuery = (runtime: string) =>
  queryOptions({
    queryKey: ['runtimes', 'log', runtime],
    queryFn: ({ signal }) => client.runtimes.log(runtime, { signal, limit: 200 }),
  })
