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

export const rolloutsQuery = queryOptions({
  queryKey: ['runtimes', 'rollouts'],
  queryFn: ({ signal }) => client.embeddings.rollouts.list({ signal }),
})

export const embeddersQuery = queryOptions({
  queryKey: ['runtimes', 'embedders'],
  queryFn: ({ signal }) => client.embeddings.status({ signal }),
})

export const modelsQuery = queryOptions({
  queryKey: ['models', 'compared'],
  queryFn: ({ signal }) => client.listModels({ limit: 200, signal }),
})

export const versionsOfQuery = (model: string) =>
  queryOptions({
    queryKey: ['models', 'compared', model],
    queryFn: ({ signal }) => client.model(model).versions({ limit: 50, signal }),
  })
