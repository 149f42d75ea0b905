// One collection while the server runs: its documents in the database, their words on the search thread, their vectors in an index.
// Whatever changes, here or on another server, is read back from the database in the order of its sequence: one way in for the
// indexes, so that a crash between writing and indexing leaves nothing behind.
import { createTermReader, type TermReader } from '../../algorithms/retrieval/search-terms.ts'
import { TandemError } from '../../errors.ts'
import { removeSnapshot } from '../../platform/storage/snapshot-file.ts'
import { SnapshotKeeper, type SnapshotTimes } from '../../platform/storage/snapshot-keeper.ts'
import type { CheckedCollection } from './collection-definition.ts'
import { checkBatch, type DocumentFailure } from './document-batch.ts'
import type { OpenShelf, ShelfSnapshot, ShelfState } from './keyword-messages.ts'
import type { KeywordThread } from './keyword-thread.ts'
import { runSearch } from './run-search.ts'
import { matchRows } from './saved/match-rows.ts'
import type { NewSavedQuery } from './saved/schema.ts'
import type { Collection, SearchAnswer, SearchInput, StoredDocument, UpsertAnswer } from './schema.ts'
import type { SemanticIndex } from './semantic.ts'
import type { ShownDocumentMemory, ShownDocuments } from './shown-documents.ts'
import type { ChangedDocument, DocumentChange, SearchStore, StoredCollection } from './store.ts'
import { sourceView } from './sync/collection-source.ts'
import type { SyncStateView } from './sync/schema.ts'

export interface CollectionParts {
  readonly store: SearchStore
  readonly thread: KeywordThread
  readonly semantic: SemanticIndex | undefined
  readonly shown: ShownDocumentMemory
  /** Whether its definition has left the config. */
  readonly isOrphan: boolean
  readonly clock: () => number
  /** How far syncs with its source have come; null where there was none. */
  readonly syncState: () => Promise<SyncStateView | null>
  /** Where its words and columns are kept as a file; absent: nowhere. */
  readonly snapshot: { readonly path: string; readonly times: SnapshotTimes } | undefined
  /** Told when that file could not be written, which loses nothing. */
  readonly onSnapshotError: (error: unknown) => void
  /** Called after each change that is in the indexes. */
  readonly onChange: (sequence: number) => void
  readonly onError: (error: unknown) => void
}

/** Documents written and indexed at a time. */
const BATCH = 1_000
const MOST_FAILURES_SHOWN = 100
/** So many are read into the indexes when they are first asked for, within a second; more when the server starts. */
export const FEW_DOCUMENTS = 20_000

let shelves = 0

export class LiveCollection {
  readonly name: string
  readonly uid: string
  readonly checked: CheckedCollection
  readonly #stored: StoredCollection
  readonly #parts: CollectionParts
  readonly #reader: TermReader
  readonly #shown: ShownDocuments
  #shelf = 0
  #state: ShelfState = { bytes: 0, documents: 0 }
  /** The last change that was written here; those after it are of other servers. */
  #ownUntil = 0
  /** The last change that is in the indexes. */
  #applied = 0
  /** Changes that were taken in, ever. */
  #changes = 0
  readonly #snapshots: SnapshotKeeper | undefined
  #loading: Promise<void> | undefined
  #loaded = false
  #catchingUp: Promise<void> = Promise.resolve()
  #closed = false

  constructor(stored: StoredCollection, checked: CheckedCollection, parts: CollectionParts) {
    this.name = stored.name
    this.uid = stored.uid
    this.checked = checked
    this.#stored = stored
    this.#parts = parts
    this.#reader = createTermReader(checked.definition.language ?? 'english')
    const { thread, store, onSnapshotError: onError } = parts
    this.#shown = parts.shown.open((rows) => store.contents(this.uid, rows))
    const snapshot = this.#snapshot
    this.#snapshots =
      snapshot &&
      new SnapshotKeeper({
        ...{ ...parts.snapshot?.times, count: () => this.#state.documents, changes: () => this.#changes, onError },
        // What the shelf has beyond the sequence by then does no harm: it is taken in again.
        save: () => thread.run('save', { shelf: this.#shelf, sequence: this.#applied, ...snapshot }).then(() => true),
      })
  }

  /** Changes with every document that changes; searches of the same one give the same. */
  get sequence(): number {
    return this.#applied
  }

  get origin(): 'config' | 'api' {
    return this.#stored.origin
  }

  get updatedAt(): number {
    return this.#stored.updatedAt
  }

  /** Reads the documents into the indexes, unless that is done or under way. */
  ready(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    return this.#loading
  }

  /** After the search thread died: what it held is read again. */
  forget(): void {
    this.#loading = undefined
    void this.ready().catch(this.#parts.onError)
  }

  async view(): Promise<Collection> {
    const { store, semantic, syncState } = this.#parts
    const documents = await store.count(this.uid)
    if (documents <= FEW_DOCUMENTS) await this.ready()
    const state = semantic?.state()
    const { createdAt, updatedAt, origin } = this.#stored
    const { definition, source } = this.checked
    return {
      // The address of a source holds a secret.
      ...{ name: this.name, definition: { ...definition, source: source && sourceView(source) }, origin },
      state: this.#loaded ? 'ready' : 'loading',
      documents,
      ...{ embedded: state?.embedded ?? 0, model: state?.model ?? null, dimensions: state?.dimensions ?? null },
      isRebuilding: state?.isRebuilding ?? false,
      fields: [...this.checked.fields],
      indexBytes: this.#state.bytes + (state?.bytes ?? 0),
      sync: await syncState(),
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
    }
  }

  /** @throws `conflict` when its definition has left the config: how to make its texts is not known any more. */
  async upsert(batches: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>): Promise<UpsertAnswer> {
    if (this.#parts.isOrphan) {
      throw new TandemError(
        'conflict',
        `The definition of "${this.name}" is no longer in the server's config. Put it back, or define the collection over HTTP.`,
      )
    }
    await this.ready()
    const sums = { upserted: 0, unchanged: 0, failedCount: 0 }
    const failed: DocumentFailure[] = []
    let first = 0
    for await (const batch of batches) {
      for (let from = 0; from < batch.length; from += BATCH) {
        const part = batch.slice(from, from + BATCH)
        const { documents, superseded, failures } = checkBatch(part, this.checked, first)
        const changed = await this.#write(documents)
        if (changed > 0) await this.catchUp()
        sums.upserted += changed
        sums.unchanged += documents.length - changed + superseded
        sums.failedCount += failures.length
        failed.push(...failures.slice(0, MOST_FAILURES_SHOWN - failed.length))
        first += part.length
      }
    }
    return { ...sums, failed }
  }

  /** Returns the ids that were there. */
  async delete(ids: readonly string[]): Promise<readonly string[]> {
    await this.ready()
    const { removed } = await this.#parts.store.remove(this.uid, ids, this.#parts.clock())
    await this.catchUp()
    return removed
  }

  async search(input: SearchInput, signal?: AbortSignal): Promise<Omit<SearchAnswer, 'cached' | 'tookMs'>> {
    await this.ready()
    const { store, thread, semantic } = this.#parts
    const { uid } = this
    return runSearch({ uid, shelf: this.#shelf, store, thread, semantic, reader: this.#reader, shown: this.#shown }, input, signal)
  }

  /** Whether its documents get vectors. */
  get embeds(): boolean {
    return this.#parts.semantic !== undefined
  }

  /** @throws `invalid_input` for a query that asks nothing or a filter that makes no sense; `unavailable` without a model. */
  async checkQuery({ query = '', mode = 'semantic', filter }: Omit<NewSavedQuery, 'name'>): Promise<void> {
    if (query.trim() === '' && filter === undefined) {
      const message = 'a saved query needs a query, a filter, or both'
      throw new TandemError('invalid_input', `${message}.`, { errors: [{ path: '/query', message }] })
    }
    if (query.trim() !== '' && mode === 'semantic' && !this.embeds)
      throw new TandemError(
        'unavailable',
        'The collection has no embedding model, so only its words can be compared. Give "mode": "keyword".',
      )
    await this.search({ filter, limit: 1 })
  }

  /** Which of some rows match; as far as the indexes hold them. */
  async match(search: Omit<NewSavedQuery, 'name'>, rows: readonly number[]): Promise<ReadonlyMap<number, number | null>> {
    await this.ready()
    await this.catchUp()
    const { thread, semantic } = this.#parts
    // Vectors that another server has made.
    await this.refreshVectors()
    return matchRows({ shelf: this.#shelf, thread, semantic, reader: this.#reader }, search, rows)
  }

  async count(filter: SearchInput['filter']): Promise<number> {
    if (filter === undefined) return this.#parts.store.count(this.uid)
    await this.ready()
    return this.#parts.thread.run('count', { shelf: this.#shelf, filter: filter as never })
  }

  /** How many documents have their vector in the index. */
  get embedded(): number {
    return this.#parts.semantic?.state().embedded ?? 0
  }

  /** Changes with every vector that comes, and with who makes them. */
  get vectors(): string {
    const { model = '', embedded = 0 } = this.#parts.semantic?.state() ?? {}
    return `${model}:${embedded}`
  }

  /** Another model may be wanted now: makes its vectors in the background, and lets them serve when they are complete. */
  async reconsiderModel(): Promise<void> {
    await this.ready()
    await this.#parts.semantic?.reconsider()
  }

  get(id: string): Promise<{ readonly document: StoredDocument } | undefined> {
    return this.#parts.store.byId(this.uid, id)
  }

  page(after: string, limit: number): Promise<StoredDocument[]> {
    return this.#parts.store.page(this.uid, after, limit)
  }

  /** Takes in what was changed since, by anybody; resolves when all that was there before the call is in the indexes. */
  catchUp(): Promise<void> {
    const next = this.#catchingUp
      .catch(() => {})
      .then(() => this.#applyChanges())
      .catch((error: unknown) => {
        // Which documents have changed is not known.
        this.#shown.forgetAll()
        throw error
      })
    this.#catchingUp = next
    return next
  }

  /** Closes it and forgets its vectors, also those that are stored. */
  async drop(): Promise<void> {
    await this.close()
    await this.#parts.semantic?.drop()
    if (this.#parts.snapshot !== undefined) await removeSnapshot(this.#parts.snapshot.path)
  }

  /** Reads the vectors that other servers have made. */
  async refreshVectors(): Promise<void> {
    if (this.#loaded) await this.#parts.semantic?.refresh()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#catchingUp.catch(() => {})
    await this.#parts.semantic?.close()
    if (this.#loaded) await this.#snapshots?.close()
    if (this.#shelf > 0) await this.#parts.thread.run('close', this.#shelf).catch(() => {})
  }

  async #load(): Promise<void> {
    const { thread, semantic } = this.#parts
    this.#loaded = false
    await this.#renderTexts()
    const options = { shelf: ++shelves, language: this.checked.definition.language ?? 'english', fields: this.checked.fields }
    // Vectors are opened too when no change is left to be taken in: some may be missing.
    const [applied] = await Promise.all([this.#loadSnapshot(options), semantic?.apply([], true)])
    if (applied === undefined) await thread.run('open', options)
    this.#shelf = options.shelf
    this.#applied = applied ?? 0
    await this.catchUp()
    this.#loaded = true
  }

  get #snapshot(): ShelfSnapshot | undefined {
    const path = this.#parts.snapshot?.path
    const { definition, fields } = this.checked
    return path === undefined ? undefined : { path, key: JSON.stringify([this.uid, definition.language ?? 'english', fields]) }
  }

  /** The last change that is in the snapshot; undefined when there is none that fits. */
  async #loadSnapshot(options: OpenShelf): Promise<number | undefined> {
    const { store, thread } = this.#parts
    const snapshot = this.#snapshot
    const loaded = snapshot && (await thread.run('load', { ...options, ...snapshot }))
    if (!loaded) return undefined
    const { sequence, ...state } = loaded
    // The database may be an older copy, whose next changes have the numbers of others.
    if (sequence > ((await store.find(this.name))?.lastSequence ?? 0)) {
      await thread.run('close', options.shelf)
      await removeSnapshot(snapshot.path)
      return undefined
    }
    this.#state = state
    return sequence
  }

  async #applyChanges(): Promise<void> {
    const { store, thread, semantic, onChange } = this.#parts
    for (;;) {
      if (this.#closed) throw new TandemError('unavailable', `The collection "${this.name}" is being closed.`)
      const changes: ChangedDocument[] = await store.changedAfter(this.uid, this.#applied, BATCH)
      if (changes.length === 0) return
      this.#shown.forget(changes.map(({ row }) => row))
      const rows = changes.map(({ row, text, content }) => ({ row, text, content }))
      const [state] = await Promise.all([
        thread.run('apply', { shelf: this.#shelf, rows }),
        semantic?.apply(changes, changes[0]!.sequence <= this.#ownUntil),
      ])
      this.#state = state
      this.#applied = changes.at(-1)!.sequence
      this.#changes += changes.length
      this.#snapshots?.changed()
      onChange(this.#applied)
      if (changes.length < BATCH) return
    }
  }

  /** Makes the texts of stored documents again when they were made by another template. */
  async #renderTexts(): Promise<void> {
    const { store } = this.#parts
    const { textKey } = this.checked
    if (textKey === this.#stored.textKey) return
    for (let after = ''; ; ) {
      const page = await store.page(this.uid, after, BATCH)
      // What no longer fits the schema keeps its old text; it was acknowledged.
      await this.#write(checkBatch(page, this.checked).documents)
      const last = page.at(-1)
      if (last === undefined || page.length < BATCH) break
      after = String(last.id)
    }
    await store.setTextKey(this.uid, textKey)
  }

  /** Writes those that are not stored like this already; returns how many. */
  async #write(documents: readonly Omit<DocumentChange, 'row'>[]): Promise<number> {
    const { store, clock } = this.#parts
    const ids = documents.map(({ id }) => id)
    const known = new Map((await store.keys(this.uid, ids)).map((key) => [key.id, key]))
    const changed = documents.filter(({ id, hash, textHash }) => {
      const key = known.get(id)
      return key?.hash !== hash || key.textHash !== textHash
    })
    if (changed.length > 0) this.#ownUntil = Math.max(await store.write(this.uid, changed, clock()), this.#ownUntil)
    return changed.length
  }
}
