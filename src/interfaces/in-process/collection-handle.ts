// One collection in this process, as the HTTP client shows it.
import type { FineTuning } from '../../capabilities/embeddings/index.ts'
import type { Search, SearchAnswer, SearchInput, SyncReport } from '../../capabilities/search/index.ts'
import { createLiveSearch } from '../../capabilities/search/live/live-search.ts'
import type { NewSavedQuery } from '../../capabilities/search/saved/schema.ts'
import type { AnyDocument, Hits, LiveHits, LiveSearch, SearchRequest, UntypedCollectionClient } from '../../collections.ts'
import { type ErrorCode, TandemError } from '../../errors.ts'
import type { Jobs } from '../../platform/jobs/jobs.ts'
import { followFineTuning, startFineTuning } from './fine-tuning-handle.ts'

/** Documents of an iterable that are written at a time. */
const BATCH = 1_000

export function createCollectionHandle(name: string, search: Search, jobs: Jobs, fineTuning: FineTuning): UntypedCollectionClient {
  return {
    name,
    upsert: (documents) => search.upsert(name, batchesOf(documents)),
    get: async (id) => (await search.document(name, id)) as AnyDocument,
    delete: (id) => search.deleteDocument(name, id),
    list: async ({ limit, cursor } = {}) => {
      const page = await search.documents(name, { limit, cursor })
      return { ...page, items: page.items as AnyDocument[] }
    },
    count: (filter) => search.count(name, filter as Parameters<Search['count']>[1]),
    search: async (request, { signal } = {}) => shown(await search.search(name, inputOf(request), { signal })),
    savedQueries: {
      list: () => search.savedQueries.list(name),
      create: (query) => search.savedQueries.create(name, query as NewSavedQuery),
      delete: (id) => search.savedQueries.delete(name, id),
      matches: (id, page = {}) => search.savedQueries.matches(name, id, page),
    },
    live: () => createLiveHandle(name, search),
    similar: async (id, { limit } = {}) => shown(await search.search(name, { like: id, ...(limit === undefined ? {} : { limit }) })),
    map: ({ limit = 2_000, ...options } = {}) => search.map(name, { ...options, limit }),
    startSync: ({ full } = {}) => search.startSync(name, { full }),
    async sync({ full, signal, onProgress } = {}) {
      const { id } = await search.startSync(name, { full })
      for await (const { progress, message } of jobs.watch(id, { signal })) onProgress?.(progress, message)
      const { status, result, error } = await jobs.get(id)
      if (status === 'succeeded') return result as SyncReport
      const details = { jobId: id }
      if (status === 'canceled') throw new TandemError('canceled', `The sync ${id} was canceled.`, { details })
      throw new TandemError((error?.code ?? 'internal') as ErrorCode, error?.message ?? `The sync ${id} failed.`, { details })
    },
    fineTune: (input, options) => followFineTuning(fineTuning, jobs, { ...input, collection: name }, options),
    startFineTuning: (input) => startFineTuning(fineTuning, { ...input, collection: name }),
    info: () => search.get(name),
  }
}

function createLiveHandle(name: string, search: Search): LiveSearch<AnyDocument> {
  const live = createLiveSearch({ slots: search.liveSlots, search: (input, options) => search.search(name, input, options) })
  return {
    search: (request) =>
      new ReadableStream<LiveHits<AnyDocument>>({
        start: (answers) =>
          live.ask({
            input: inputOf(request),
            tell(answer, stage) {
              answers.enqueue({ ...shown(answer), stage })
              if (stage === 'final') answers.close()
            },
            fail: (error) => answers.error(error),
            leave: () => answers.close(),
          }),
        // The loop was left: nobody waits for the answer.
        cancel: () => live.cancel(),
      }),
    cancel: () => live.cancel(),
    close: () => live.cancel(),
  }
}

function inputOf(request: string | SearchRequest<AnyDocument>): SearchInput {
  return (typeof request === 'string' ? { query: request } : request) as SearchInput
}

/** Every document was checked to have an id when it was written. */
function shown(answer: SearchAnswer): Hits<AnyDocument> {
  return answer as unknown as Hits<AnyDocument>
}

async function* batchesOf(documents: Iterable<AnyDocument> | AsyncIterable<AnyDocument>): AsyncIterable<AnyDocument[]> {
  let batch: AnyDocument[] = []
  for await (const document of documents) {
    batch.push(document)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
