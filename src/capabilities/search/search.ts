// Collections of documents, searched by words and meaning: who there is, how they come and go, what is remembered of searches.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { AnyCollection } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import type { Cache } from '../../platform/cache/cache.ts'
import type { Events } from '../../platform/events/events.ts'
import type { Jobs } from '../../platform/jobs/jobs.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { SnapshotTimes } from '../../platform/storage/snapshot-keeper.ts'
import type { Log } from '../../platform/telemetry/log.ts'
import type { Embeddings, FineTunedCollections, TunedModels } from '../embeddings/index.ts'
import { FEW_DOCUMENTS, LiveCollection } from './collection.ts'
import { type CheckedCollection, checkCollection, checkStored, collectionFromConfig } from './collection-definition.ts'
import { createKeywordThread } from './keyword-thread.ts'
import { checkLabelField, collectionsServedBy, readLabelledTexts } from './labelled-texts.ts'
import { createSearchSlots, type SearchSlots } from './live/search-slots.ts'
import { createCollectionMaps, type MapOptions } from './map/collection-maps.ts'
import type { CollectionMap } from './map/schema.ts'
import { createSavedQueries, type SavedQueries } from './saved/saved-queries.ts'
import { createSavedQueryStore } from './saved/saved-query-store-sql.ts'
import type { Collection, SearchAnswer, SearchInput, StoredDocument, UpsertAnswer } from './schema.ts'
import { SemanticVectors } from './semantic-vectors.ts'
import { ShownDocumentMemory } from './shown-documents.ts'
import type { StoredCollection } from './store.ts'
import { createSearchStore } from './store-sql.ts'
import { type AllowedSources, allowSource } from './sync/collection-source.ts'
import { createSyncStore } from './sync/sync-store-sql.ts'
import { createSyncs, type StartSyncOptions, type Syncs } from './sync/syncs.ts'
import { ScanThreads } from './vectors/scan-threads.ts'

export interface SearchOptions {
  readonly database: Database
  /** `onGap`, where there is one, tells that changes of other servers may have been missed. */
  readonly events: Events & { readonly onGap?: (listener: () => void) => () => void }
  readonly cache: Cache
  readonly clock: () => number
  readonly log: Log
  /** Of the config. */
  readonly definitions: Readonly<Record<string, AnyCollection>> | undefined
  /** How long the answer to a search is remembered; 0 for not at all. */
  readonly cacheTtlMs: number
  /** Who makes vectors; absent: words alone are searched. */
  readonly embeddings: Pick<Embeddings, 'embedBatch' | 'status'> | undefined
  /** Folder for copies of the indexes, with which large collections are there at once after a start; absent: they are made again. */
  readonly snapshotDir?: string | undefined
  /** When those copies are written. */
  readonly snapshots?: SnapshotTimes
  /** Which fine-tuned model makes the vectors of a collection. */
  readonly tuned?: Pick<TunedModels, 'servingFor' | 'onChange'>
  /** Who runs syncs; absent: there are none. */
  readonly jobs?: Jobs
  /** What callers over HTTP may have read. Default: nothing. */
  readonly sources?: AllowedSources
}

export interface Search {
  /** Makes the collections of the config, and begins to read the large ones in the background; others are read when first asked for. */
  start(): Promise<void>
  put(name: string, definition: unknown): Promise<{ readonly collection: Collection; readonly created: boolean }>
  get(name: string): Promise<Collection>
  list(): Promise<Collection[]>
  delete(name: string): Promise<void>
  upsert(name: string, batches: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>): Promise<UpsertAnswer>
  deleteDocument(name: string, id: string): Promise<void>
  document(name: string, id: string): Promise<StoredDocument>
  documents(
    name: string,
    page: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<{
    readonly items: StoredDocument[]
    readonly nextCursor?: string
  }>
  count(name: string, filter: SearchInput['filter']): Promise<number>
  /** Rejects with the reason of the signal soon after it is aborted. */
  search(name: string, input: SearchInput, options?: { readonly signal?: AbortSignal | undefined }): Promise<SearchAnswer>
  /** Its documents in a plane. */
  map(name: string, options: MapOptions): Promise<CollectionMap>
  /** Shared by all live searches. */
  readonly liveSlots: SearchSlots
  /** What fine-tuning asks of collections. */
  readonly fineTuned: FineTunedCollections
  /** Collections whose vectors come from a model, or are being made by it. */
  servedBy(model: string): Promise<readonly string[]>
  readonly savedQueries: SavedQueries
  /** Starts bringing the documents of its source; `conflict` where it has none. */
  startSync(name: string, options?: StartSyncOptions): Promise<JobView>
  /** The job when it has finished or the time is over. */
  waitForSync: Syncs['finish']
  close(): Promise<void>
}

const PAGE = 100
/** Documents that a fine-tuning learns from. */
const MOST_LABELLED = 20_000
/** More at once would only wait for the same threads. */
const LIVE_AT_ONCE = 32

export function createSearch(options: SearchOptions): Search {
  const { database, events, cache, clock, log, definitions = {}, cacheTtlMs, embeddings, jobs } = options
  const { sources = { hosts: [], folder: undefined }, snapshotDir, snapshots = {} } = options
  const store = createSearchStore(database)
  const thread = createKeywordThread()
  const server = randomUUID()
  const threads = new ScanThreads()
  const shown = new ShownDocumentMemory()
  const configured = new Map(Object.entries(definitions).map(([name, given]) => [name, collectionFromConfig(name, given)]))
  const live = new Map<string, LiveCollection>()
  const stops: (() => void)[] = []

  const open = (stored: StoredCollection, checked: CheckedCollection): LiveCollection => {
    const { uid, name } = stored
    const onEmbedded = (): void => events.emit('collection.embedded', { collection: name, server })
    const collection = new LiveCollection(stored, checked, {
      ...{ store, thread, shown, clock, syncState: async () => (await syncs?.state(uid)) ?? null },
      isOrphan: stored.origin === 'config' && !configured.has(name),
      semantic:
        embeddings &&
        new SemanticVectors({
          ...{
            uid,
            name,
            embedder: () => options.tuned?.servingFor(name) ?? checked.definition.embedder,
            store,
            database,
            embeddings,
            threads,
            log,
            snapshotDir,
            snapshots,
            onEmbedded,
          },
        }),
      onChange: (sequence) => events.emit('collection.changed', { collection: name, sequence }),
      onError: (error) => log.error({ collection: name, error: String(error) }, 'a collection could not be read into its index'),
      snapshot: snapshotDir === undefined ? undefined : { path: join(snapshotDir, `${uid}.words`), times: snapshots },
      onSnapshotError: (error) =>
        log.warn({ collection: name, error: String(error) }, 'the words of a collection could not be kept for a quicker start'),
    })
    live.set(name, collection)
    return collection
  }
  const find = async (name: string): Promise<LiveCollection> => {
    const known = live.get(name)
    if (known !== undefined) return known
    // One that another server has made.
    const stored = await store.find(name)
    if (stored === undefined) throw notFound(name, [...live.keys()])
    return live.get(name) ?? open(stored, configured.get(name) ?? checkStored(stored))
  }
  const embeds = embeddings !== undefined
  const syncs = jobs && createSyncs({ jobs, syncs: createSyncStore(database), store, clock, embeds, allowed: sources, find })
  const saved = createSavedQueries({ store: createSavedQueryStore(database), documents: store, events, clock, log, find })
  const maps = createCollectionMaps({ store, embeddings })
  const syncing = (): Syncs => {
    if (syncs !== undefined) return syncs
    throw new TandemError('unavailable', 'Nothing runs jobs here, so no collection can be synced.')
  }
  const forget = async (name: string): Promise<void> => {
    const known = live.get(name)
    live.delete(name)
    await known?.close()
  }
  /** What another server defined anew is read again when it is asked for. */
  const forgetChanged = async (name: string): Promise<void> => {
    const known = live.get(name)
    if (known === undefined) return
    const stored = await store.find(name)
    if (stored?.uid !== known.uid || stored.updatedAt !== known.updatedAt) await forget(name)
  }
  /** What other servers did while nothing was heard of them. */
  const lookAgain = async (name: string): Promise<void> => {
    await forgetChanged(name)
    const known = live.get(name)
    // One that nobody asked for yet is read whole when somebody does.
    if (known === undefined || known.sequence === 0) return
    await known.catchUp()
    await known.refreshVectors()
  }
  const allowed = async (checked: CheckedCollection): Promise<CheckedCollection> => {
    if (checked.source === undefined) return checked
    const source = await allowSource(checked.source, sources)
    return { ...checked, source, definition: { ...checked.definition, source: source as CheckedCollection['definition']['source'] } }
  }
  const refuseConfigured = (name: string): void => {
    if (!configured.has(name)) return
    throw new TandemError('conflict', `The collection "${name}" stands in the server's config. Change it there.`, { details: { name } })
  }

  return {
    async start() {
      await store.sweep()
      for (const [name, checked] of configured) {
        const stored = await store.save({ name, definition: checked.definition, origin: 'config', textKey: checked.textKey }, clock())
        open(stored, checked)
        await syncs?.plan(name, checked.definition.sync)
      }
      for (const stored of await store.list()) {
        if (live.has(stored.name)) continue
        open(stored, checkStored(stored))
        if (stored.origin === 'config') await syncs?.plan(stored.name, undefined)
      }
      thread.onDeath(() => {
        log.error({}, 'the search thread died; its collections are read again')
        for (const collection of live.values()) collection.forget()
      })
      if (options.tuned !== undefined) {
        stops.push(
          options.tuned.onChange((name) => {
            // Null: of a model that none names, whose collections may name it themselves.
            for (const collection of live.values())
              if (name === null || collection.name === name) void collection.reconsiderModel().catch(() => {})
          }),
        )
      }
      stops.push(
        events.on('collection.changed', ({ collection, sequence }) => {
          const known = live.get(collection)
          if (known !== undefined && known.sequence < sequence) void known.catchUp().catch(() => {})
        }),
        events.on('collection.embedded', ({ collection, server: by }) => {
          if (by !== server)
            void live
              .get(collection)
              ?.refreshVectors()
              .catch(() => {})
        }),
        events.on('collection.defined', ({ collection }) => {
          void forgetChanged(collection).catch(() => {})
        }),
        events.onGap?.(() => {
          for (const { name } of live.values()) void lookAgain(name).catch(() => {})
        }) ?? (() => {}),
      )
      await saved.start()
      // One after the other: reading them at once would only make each wait for the others.
      void (async () => {
        for (const collection of [...live.values()]) {
          if ((await store.count(collection.uid)) > FEW_DOCUMENTS) await collection.ready()
        }
      })().catch((error: unknown) => log.error({ error: String(error) }, 'the collections could not be read into their indexes'))
    },
    async put(name, definition) {
      refuseConfigured(name)
      const checked = await allowed(checkCollection(name, definition))
      const before = await store.find(name)
      const stored = await store.save({ name, definition: checked.definition, origin: 'api', textKey: checked.textKey }, clock())
      await forget(name)
      const collection = open(stored, checked)
      events.emit('collection.defined', { collection: name })
      await syncs?.plan(name, checked.definition.sync)
      if (before !== undefined) void collection.ready().catch(() => {})
      return { collection: await collection.view(), created: before === undefined }
    },
    get: async (name) => (await find(name)).view(),
    async list() {
      const names = (await store.list()).map(({ name }) => name)
      return Promise.all(names.map(async (name) => (await find(name)).view()))
    },
    async delete(name) {
      refuseConfigured(name)
      const collection = await find(name)
      live.delete(name)
      await collection.drop()
      await syncs?.plan(name, undefined)
      await saved.forget(collection.uid)
      await store.delete(name)
      events.emit('collection.defined', { collection: name })
    },
    upsert: async (name, batches) => (await find(name)).upsert(batches),
    async deleteDocument(name, id) {
      const removed = await (await find(name)).delete([id])
      if (removed.length === 0) throw documentNotFoundIn(name, id)
    },
    async document(name, id) {
      const found = await (await find(name)).get(id)
      if (found === undefined) throw documentNotFoundIn(name, id)
      return found.document
    },
    async documents(name, { limit = PAGE, cursor }) {
      const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
      const items = await (await find(name)).page(after, limit)
      const last = items.at(-1)
      return items.length < limit || last === undefined
        ? { items }
        : { items, nextCursor: Buffer.from(String(last.id)).toString('base64url') }
    },
    count: async (name, filter) => (await find(name)).count(filter),
    savedQueries: saved,
    async map(name, options) {
      const collection = await find(name)
      await collection.ready()
      return maps.map(collection, options)
    },
    liveSlots: createSearchSlots(LIVE_AT_ONCE),
    async search(name, input, { signal } = {}) {
      const started = performance.now()
      const collection = await find(name)
      const took = (): number => Math.round((performance.now() - started) * 1000) / 1000
      // A change gives the collection another sequence, so nothing old is found.
      const key = `search:${collection.uid}:${collection.sequence}:${collection.vectors}:${JSON.stringify(input)}`
      const remembered = cacheTtlMs > 0 ? await cache.get(key) : undefined
      if (remembered !== undefined) return { ...JSON.parse(remembered), cached: true, tookMs: took() }
      const answer = await collection.search(input, signal)
      if (cacheTtlMs > 0 && answer.degraded === undefined) await cache.set(key, JSON.stringify(answer), cacheTtlMs)
      return { ...answer, cached: false, tookMs: took() }
    },
    fineTuned: {
      async check(name, field) {
        const collection = await find(name)
        if (field !== undefined) checkLabelField(collection, field)
        return (await collection.view()).model ?? collection.checked.definition.embedder
      },
      readLabelled: async (name, field, signal) => readLabelledTexts(await find(name), store, { field, most: MOST_LABELLED, signal }),
    },
    servedBy: (model) => collectionsServedBy(store, model),
    startSync: async (name, asked) => syncing().start(await find(name), asked),
    waitForSync: (job, asked) => syncing().finish(job, asked),
    async close() {
      for (const stop of stops) stop()
      await saved.close()
      for (const collection of live.values()) await collection.close()
      await Promise.all([thread.close(), threads.close(), maps.close()])
    },
  }
}

function notFound(name: string, known: readonly string[]): TandemError {
  const there =
    known.length === 0 ? 'There are none yet; make one with PUT /v1/collections/NAME.' : `Known: ${known.slice(0, 20).join(', ')}.`
  return new TandemError('collection_not_found', `There is no collection "${name}". ${there}`, { details: { name } })
}

function documentNotFoundIn(name: string, id: string): TandemError {
  return new TandemError('document_not_found', `The collection "${name}" has no document "${id}".`, { details: { collection: name, id } })
}
