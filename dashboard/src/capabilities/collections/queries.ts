import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { AnyDocument, Hits, SearchRequest } from '../../../../src/collections.ts'
import { client } from '../../client.ts'
import type { PagedOptions } from '../../ui/use-paged.ts'
import type { Filter } from './search.ts'

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

/** What was shown stays until the next answer; a search that nobody waits for any more is aborted. */
export function hitsQuery(name: string, request: SearchRequest<AnyDocument>) {
  return queryOptions({
    queryKey: ['collections', 'hits', name, request],
    queryFn: async ({ signal }): Promise<TimedAnswer> => {
      const from = performance.now()
      const answer = await client.collection(name).search(request, { signal })
      return { answer, roundTripMs: performance.now() - from }
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

export const embeddingsQuery = queryOptions({
  queryKey: ['embeddings'],
  queryFn: ({ signal }) => client.embeddings.status({ signal }),
})
