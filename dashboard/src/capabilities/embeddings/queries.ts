import { queryOptions } from '@tanstack/react-query'
import { client } from '../../client.ts'

export const FINE_TUNE_JOB = 'embedding-fine-tune'

export const tunedModelsQuery = queryOptions({
  queryKey: ['tuned', 'list'],
  queryFn: ({ signal }) => client.embeddings.tuned.list({ signal }),
})

export function tunedVersionQuery(model: string, version: string) {
  return queryOptions({
    queryKey: ['tuned', 'version', model, version],
    queryFn: ({ signal }) => client.embeddings.tuned.version(model, version, { signal }),
  })
}

/** The last fine-tuning of a collection's model. */
export function lastFineTuningQuery(model: string) {
  return queryOptions({
    queryKey: ['jobs', 'last', FINE_TUNE_JOB, model],
    queryFn: async ({ signal }) => (await client.jobs.list({ kind: FINE_TUNE_JOB, subject: model, limit: 1, signal })).items[0] ?? null,
  })
}
