// What a program sees of a collection, the same in process and over HTTP. Types alone: nothing is loaded from here.

import type { TunedVersion } from './capabilities/embeddings/fine-tune/schema.ts'
import type { CollectionMap } from './capabilities/search/map/schema.ts'
import type { NewSavedQuery, SavedQuery, SavedQueryMatch } from './capabilities/search/saved/schema.ts'
import type { Collection, SearchAnswer, SearchInput, UpsertAnswer } from './capabilities/search/schema.ts'
import type { SyncReport } from './capabilities/search/sync/schema.ts'
import type { CollectionDefinition } from './definitions.ts'
import type { FineTuneRequest, FollowedFineTuneOptions } from './embeddings.ts'
import type { JobView } from './platform/jobs/schema.ts'
import type { CollectionSource, SyncSchedule } from './sources.ts'
import type { CallOptions, Page, PageOptions } from './tandem.ts'

type Comparable = string | number | boolean
/** What a filter compares: of a list each of its values. */
type Compared<Value> = unknown extends Value ? Comparable : Extract<Value extends readonly (infer Item)[] ? Item : Value, Comparable>

export interface Condition<Value extends Comparable> {
  readonly eq?: Value
  readonly ne?: Value
  readonly in?: readonly Value[]
  readonly notIn?: readonly Value[]
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
  readonly exists?: boolean
}

/** Properties by name, each a value or a condition; all must hold. A document without the property passes only `ne`, `notIn` and `exists: false`. */
export type DocumentFilter<Document> = {
  readonly [Name in keyof Document & string]?: Compared<Document[Name]> | Condition<Compared<Document[Name]>>
} & {
  readonly and?: readonly DocumentFilter<Document>[]
  readonly or?: readonly DocumentFilter<Document>[]
  readonly not?: DocumentFilter<Document>
}

export interface SearchRequest<Document> extends Omit<SearchInput, 'filter' | 'facets'> {
  readonly filter?: DocumentFilter<Document>
  readonly facets?: readonly (keyof Document & string)[]
}

export interface Hit<Document> extends Omit<SearchAnswer['hits'][number], 'document'> {
  readonly document: Document
}

export interface Hits<Document> extends Omit<SearchAnswer, 'hits'> {
  readonly hits: readonly Hit<Document>[]
}

export interface LiveHits<Document> extends Hits<Document> {
  /** `first`: what the words alone found, shown while the model still reads the query; a `final` answer follows. */
  readonly stage: 'first' | 'final'
}

/** Search while somebody types. */
export interface LiveSearch<Document> {
  /**
   * Asks at once and cancels the search before: the loop over that one ends without a further answer. One answer, or two
   * where the words are found before the model has read the query.
   */
  search(request: string | SearchRequest<Document>): AsyncIterable<LiveHits<Document>>
  /** Gives up the search that is under way. */
  cancel(): void
  /** Cancels, and ends the connection. */
  close(): void
}

export interface SavedQueryRequest<Document> extends Omit<NewSavedQuery, 'filter'> {
  readonly filter?: DocumentFilter<Document>
}

/** Queries that new documents are compared with; `client.events` tells of matches as `collection.matched`. */
export interface SavedQueriesClient<Document> {
  list(options?: CallOptions): Promise<readonly SavedQuery[]>
  /** Documents written or changed from now on are compared with it. */
  create(query: SavedQueryRequest<Document>, options?: CallOptions): Promise<SavedQuery>
  /** @throws `saved_query_not_found`. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** Newest first. @throws `saved_query_not_found`. */
  matches(id: string, options?: PageOptions): Promise<Page<SavedQueryMatch>>
}

export interface SyncOptions extends CallOptions {
  /** Reads everything, and deletes documents that the source no longer has. Default false. */
  readonly full?: boolean
}

export interface FollowedSyncOptions extends SyncOptions {
  readonly onProgress?: (fraction: number, message: string | null) => void
}

/** One collection: documents in, documents found. */
export interface CollectionClient<Document> {
  readonly name: string
  /** Writes documents by their ids; what does not fit is named in the answer, the rest is written. Streams are sent as they come. */
  upsert(documents: Iterable<Document> | AsyncIterable<Document>, options?: CallOptions): Promise<UpsertAnswer>
  /** @throws `document_not_found`. */
  get(id: string, options?: CallOptions): Promise<Document>
  /** @throws `document_not_found`. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** Ascending by id. */
  list(options?: PageOptions): Promise<Page<Document>>
  count(filter?: DocumentFilter<Document>, options?: CallOptions): Promise<number>
  /** By a query, or by all that a search can be asked. */
  search(request: string | SearchRequest<Document>, options?: CallOptions): Promise<Hits<Document>>
  /**
   * Searches while somebody types. Over HTTP by one WebSocket, opened at the first search and again when it breaks; by single
   * requests where there is none or it does not get through.
   *
   * @example
   * const live = campaigns.live()
   * input.oninput = async () => {
   *   for await (const { hits } of live.search({ query: input.value, prefix: true })) show(hits)
   * }
   */
  live(): LiveSearch<Document>
  readonly savedQueries: SavedQueriesClient<Document>
  /** Nearest in meaning to one of its documents. */
  similar(id: string, options?: CallOptions & { readonly limit?: number }): Promise<Hits<Document>>
  /** Its documents in a plane, what is near in meaning near; `color` names a property whose value each point carries. */
  map(options?: CallOptions & { readonly color?: string; readonly limit?: number }): Promise<CollectionMap>
  /** Brings the documents of its source and says what that did. Rejects with the error of the job; `conflict` without a source. */
  sync(options?: FollowedSyncOptions): Promise<SyncReport>
  /** As `sync`, without waiting. */
  startSync(options?: SyncOptions): Promise<JobView>
  /** Fine-tunes the model that makes its vectors: by a property whose values say what belongs together, or by examples that are given. */
  fineTune(input: Omit<FineTuneRequest, 'collection'>, options?: FollowedFineTuneOptions): Promise<TunedVersion>
  /** As `fineTune`, without waiting. */
  startFineTuning(input: Omit<FineTuneRequest, 'collection'>, options?: CallOptions): Promise<JobView>
  /** Its definition, its size and the state of its index. */
  info(options?: CallOptions): Promise<Collection>
}

export type AnyDocument = Readonly<Record<string, unknown>> & { readonly id: string }

/** A collection known only at run time: any filter goes. */
export type UntypedCollectionClient = CollectionClient<AnyDocument>

export type DocumentOf<Definition> = Definition extends CollectionDefinition<infer Document> ? Document : never

/** A collection that is made at run time. */
export interface NewCollection {
  /** JSON Schema of a document: an object with the string `id`. */
  readonly schema: Readonly<Record<string, unknown>>
  /** What is searched: a template such as `{{name}}. {{description}}`. */
  readonly text: string
  readonly language?: 'english' | 'none'
  readonly filterable?: readonly string[]
  readonly embedder?: string
  /** Over HTTP from hosts and folders that the server allows. */
  readonly source?: CollectionSource
  readonly sync?: SyncSchedule
  readonly description?: string
}
