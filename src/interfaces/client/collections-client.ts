// Collections over HTTP: their documents, and searches.
import type { SavedQuery } from '../../capabilities/search/saved/schema.ts'
import type { SyncReport } from '../../capabilities/search/sync/schema.ts'
import type { AnyDocument, Hits, UntypedCollectionClient } from '../../collections.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import type { JobsClient, Page, TandemApi, TypedConfig } from '../../tandem.ts'
import { byName } from './by-name.ts'
import type { FineTuningClient } from './fine-tuning-client.ts'
import { errorOfJob, isFinished } from './job-state.ts'
import { createLiveSearchClient } from './live-search-client.ts'
import { address, get, post, put, remove } from './request.ts'
import type { Transport } from './transport.ts'

/** The part of the client that is about collections as a whole. */
export type CollectionsClient = Pick<
  TandemApi<TypedConfig>,
  'collections' | 'collection' | 'listCollections' | 'putCollection' | 'deleteCollection'
>

export function createCollectionsClient(
  transport: Transport,
  jobs: Pick<JobsClient, 'watch'>,
  fineTuning: FineTuningClient,
): CollectionsClient {
  const collection = (name: string): UntypedCollectionClient => createCollectionClient(name, transport, jobs, fineTuning)
  return {
    collections: byName(collection),
    collection,
    listCollections: (options) => transport.json(get('/v1/collections', options)),
    putCollection: (name, definition, options) => transport.json(put(address`/v1/collections/${name}`, definition, options)),
    async deleteCollection(name, options) {
      await transport.json(remove(address`/v1/collections/${name}`, options))
    },
  }
}

function createCollectionClient(
  name: string,
  transport: Transport,
  jobs: Pick<JobsClient, 'watch'>,
  fineTuning: FineTuningClient,
): UntypedCollectionClient {
  const path = address`/v1/collections/${name}`
  const documents = `${path}/documents`
  const saved = `${path}/saved-queries`
  const read = (below: string, json: object, signal: AbortSignal | undefined) =>
    // Reads by a body: it may be sent again as it is.
    ({ ...post(`${path}/${below}`, json, signal === undefined ? {} : { signal }), repeatable: true }) as const
  const search: UntypedCollectionClient['search'] = (request, { signal } = {}) =>
    transport.json<Hits<AnyDocument>>(read('search', typeof request === 'string' ? { query: request } : request, signal))
  const startSync: UntypedCollectionClient['startSync'] = async ({ full, signal } = {}) => {
    const { job } = await transport.json<{ job: JobView }>(post(`${path}/sync`, full === undefined ? {} : { full }, { signal }))
    return job
  }
  return {
    name,
    startSync,
    async sync({ onProgress, signal, full } = {}) {
      let job = await startSync({ full, signal })
      if (!isFinished(job)) {
        for await (const state of jobs.watch(job.id, { signal })) {
          job = state
          onProgress?.(job.progress, job.message)
        }
      }
      if (job.status !== 'succeeded') throw errorOfJob(job)
      return job.result as SyncReport
    },
    upsert: (given, { signal } = {}) =>
      transport.json({
        // The same documents again are unchanged.
        ...{ method: 'POST', path: documents, signal, unlimited: true, repeatable: true },
        upload: { contentType: 'application/x-ndjson', body: isShort(given) ? given.map(lineOf).join('') : linesOf(given) },
      }),
    get: (id, options) => transport.json<AnyDocument>(get(address`/v1/collections/${name}/documents/${id}`, options)),
    async delete(id, options) {
      await transport.json(remove(address`/v1/collections/${name}/documents/${id}`, options))
    },
    list: (options) => transport.json<Page<AnyDocument>>(get(documents, options)),
    async count(filter, { signal } = {}) {
      const { count } = await transport.json<{ readonly count: number }>(read('count', filter === undefined ? {} : { filter }, signal))
      return count
    },
    search,
    savedQueries: {
      list: async (options) => (await transport.json<{ readonly items: readonly SavedQuery[] }>(get(saved, options))).items,
      create: (query, options) => transport.json(post(saved, query, options)),
      async delete(id, options) {
        await transport.json(remove(address`/v1/collections/${name}/saved-queries/${id}`, options))
      },
      matches: (id, options) => transport.json(get(address`/v1/collections/${name}/saved-queries/${id}/matches`, options)),
    },
    live: () => createLiveSearchClient(transport, `${path}/live`, search),
    similar: (id, options) => transport.json<Hits<AnyDocument>>(get(address`/v1/collections/${name}/documents/${id}/similar`, options)),
    map: (options) => transport.json(get(`${path}/map`, options)),
    fineTune: (input, options) => fineTuning.follow(`${path}/fine-tune`, input, options),
    startFineTuning: (input, options) => fineTuning.start(`${path}/fine-tune`, input, options),
    info: (options) => transport.json(get(path, options)),
  }
}

/** Documents of a list that are sent as one body: a browser sends a stream over HTTP/2 alone. */
const MOST_IN_ONE_BODY = 10_000

function isShort(given: Iterable<AnyDocument> | AsyncIterable<AnyDocument>): given is readonly AnyDocument[] {
  return Array.isArray(given) && given.length <= MOST_IN_ONE_BODY
}

const lineOf = (document: AnyDocument): string => `${JSON.stringify(document)}\n`

/** Lines of some kilobytes at once: a chunk a document would cost more than the document. */
const CHUNK_CHARACTERS = 64 * 1024

async function* linesOf(documents: Iterable<AnyDocument> | AsyncIterable<AnyDocument>): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder()
  let lines = ''
  for await (const document of documents) {
    lines += lineOf(document)
    if (lines.length < CHUNK_CHARACTERS) continue
    yield encoder.encode(lines)
    lines = ''
  }
  if (lines !== '') yield encoder.encode(lines)
}
