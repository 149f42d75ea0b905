import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { AnyDocument, Hits, SearchRequest } from '../../../../src/collections.ts'
import { client } from '../../client.ts'
import type { PagedOptions } from '../../ui/use-paged.ts'
import { liveSearch } from './parts/live-searches.ts'
import type { Filter, Mode } from './search.ts'

export const collectionsQuery = queryOptions({
  queryKey: ['collections', 'list'],
  queryFn: ({ signal }) => client.listCollections({ signal }),
})

export function collectionQuery(name: string) {
  return queryOptions({
    queryKey: ['collections', 'one', name],
    queryFn: ({ signal }) => client.collection(name).info({ signal }),
  })
}

export interface TimedAnswer {
  readonly answer: Hits<AnyDocument>
  readonly roundTripMs: number
}

/**
 * What was shown stays until the next answer. What is typed goes over a live search, where each question cancels the one before;
 * what the words found is shown while the model still reads the query.
 */
export function hitsQuery(name: string, mode: Mode, request: SearchRequest<AnyDocument>) {
  const queryKey = ['collections', 'hits', name, request]
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client: queries }): Promise<TimedAnswer> => {
      const from = performance.now()
      const timed = (answer: Hits<AnyDocument>): TimedAnswer => ({ answer, roundTripMs: performance.now() - from })
      for await (const { stage, ...answer } of liveSearch(name, mode).search(request)) {
        if (stage === 'final') return timed(answer)
        if (!signal.aborted) queries.setQueryData(queryKey, timed(answer))
      }
      // Another question of the same column was asked meanwhile, and this one is wanted all the same.
      return timed(await client.collection(name).search(request, { signal }))
    },
    placeholderData: keepPreviousData,
  })
}

/** Values of fields with how many documents have each, of those that pass the filter. */
export function facetsQuery(name: string, fields: readonly string[], filter: Filter | undefined) {
  return queryOptions({
    queryKey: ['collections', 'facets', name, fields, filter],
    queryFn: async ({ signal }) => {
      const request = { filter, facets: fields, limit: 1 }
      return (await client.collection(name).search(request as never, { signal })).facets ?? {}
    },
    placeholderData: keepPreviousData,
    enabled: fields.length > 0,
  })
}

export function documentsQuery(name: string, filter: Filter | undefined): PagedOptions<AnyDocument> {
  const collection = client.collection(name)
  return {
    queryKey: ['collections', 'documents', name, filter],
    load: async (cursor, signal) => {
      if (filter === undefined) return collection.list({ cursor, limit: 100, signal })
      const { hits, nextCursor } = await collection.search({ filter: filter as never, cursor, limit: 100 }, { signal })
      return { items: hits.map(({ document }) => document), nextCursor }
    },
  }
}

export function countQuery(name: string, filter: Filter | undefined) {
  return queryOptions({
    queryKey: ['collections', 'count', name, filter],
    queryFn: ({ signal }) => client.collection(name).count(filter as never, { signal }),
    placeholderData: keepPreviousData,
  })
}

export function documentQuery(name: string, id: string) {
  return queryOptions({
    queryKey: ['collections', 'document', name, id],
    queryFn: ({ signal }) => client.collection(name).get(id, { signal }),
  })
}

export function savedQueriesQuery(name: string) {
  return queryOptions({
    queryKey: ['saved-queries', name, 'list'],
    queryFn: ({ signal }) => client.collection(name).savedQueries.list({ signal }),
  })
}

/** The newest ten. */
export function matchesQuery(name: string, id: string) {
  return queryOptions({
    queryKey: ['saved-queries', name, 'matches', id],
    queryFn: ({ signal }) => client.collection(name).savedQueries.matches(id, { limit: 10, signal }),
  })
}

export const embeddingsQuery = queryOptions({
  queryKey: ['embeddings'],
  queryFn: ({ signal }) => client.embeddings.status({ signal }),
})

export function mapQuery(name: string, color: string | undefined) {
  return queryOptions({
    queryKey: ['collections', 'map', name, color],
    queryFn: ({ signal }) => client.collection(name).map({ signal, ...(color === undefined ? {} : { color }) }),
    staleTime: 60_000,
  })
}
