// The endpoints of collections, bound to the capability.
import { type Call, implement, type Principal, type Route, respond } from '../../endpoint.ts'
import { hasScope } from '../../platform/auth/scopes.ts'
import { readNdjson } from './document-batch.ts'
import { mapCollection } from './map/schema.ts'
import { savedQueryRoutes } from './saved/routes.ts'
import * as endpoints from './schema.ts'
import type { Search } from './search.ts'
import { syncCollection } from './sync/schema.ts'

/** A document of an NDJSON stream. */
const MOST_LINE_BYTES = 4 * 1024 * 1024

export function searchRoutes(search: Search): Route[] {
  return [
    implement(endpoints.listCollections)(async ({ principal }) => ({
      items: (await search.list()).map((collection) => shownTo(principal, collection)),
    })),
    implement(endpoints.getCollection)(async ({ params, principal }) => shownTo(principal, await search.get(params.collection))),
    implement(endpoints.putCollection)(async ({ params, input }) => {
      const { collection, created } = await search.put(params.collection, input)
      return created ? respond(201, collection, { location: `/v1/collections/${params.collection}` }) : collection
    }),
    implement(endpoints.deleteCollection)(async ({ params }) => {
      await search.delete(params.collection)
      return { deleted: params.collection }
    }),
    implement(endpoints.upsertDocuments)(({ params, input, stream }) => search.upsert(params.collection, batchesOf({ input, stream }))),
    implement(endpoints.listDocuments)(({ params, query }) => search.documents(params.collection, query)),
    implement(endpoints.getDocument)(({ params }) => search.document(params.collection, params.id)),
    implement(endpoints.deleteDocument)(async ({ params }) => {
      await search.deleteDocument(params.collection, params.id)
      return { deleted: params.id }
    }),
    implement(endpoints.countDocuments)(async ({ params, input }) => ({ count: await search.count(params.collection, input.filter) })),
    implement(endpoints.searchCollection)(({ params, input }) => search.search(params.collection, input)),
    implement(syncCollection)(async ({ params, query: { wait }, input, principal, signal }) => {
      const started = await search.startSync(params.collection, { full: input?.full, actor: principal.name })
      const job = wait === 0 ? started : await search.waitForSync(started.id, { timeoutMs: wait * 1000, signal })
      return respond(job.finishedAt === undefined ? 202 : 200, { job }, { location: `/v1/jobs/${job.id}` })
    }),
    ...savedQueryRoutes(search.savedQueries),
    implement(mapCollection)(({ params, query, signal }) => search.map(params.collection, { ...query, signal })),
    implement(endpoints.similarDocuments)(({ params, query }) => search.search(params.collection, { like: params.id, ...query })),
  ]
}

/** Where files stand on the server is of use only to who defines sources. */
function shownTo(principal: Principal, collection: endpoints.Collection): endpoints.Collection {
  const { source } = collection.definition
  if (source?.path === undefined || hasScope(principal, 'write')) return collection
  const { path: _, ...rest } = source
  return { ...collection, definition: { ...collection.definition, source: rest } }
}

type Upsert = Pick<Call<string, undefined, { readonly documents: readonly endpoints.StoredDocument[] }>, 'input' | 'stream'>

function batchesOf({ input, stream }: Upsert): AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]> {
  return stream === undefined ? [input.documents] : readNdjson(stream.bytes, MOST_LINE_BYTES)
}
