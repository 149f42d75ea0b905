// Saved queries: made, listed and deleted; and compared with what was written since they were last looked at.
// Each keeps how far it has come, so that a crash loses no match, and a document matches a query once.
import { randomUUID } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { Events } from '../../../platform/events/events.ts'
import type { LiveCollection } from '../collection.ts'
import type { ChangedDocument, SearchStore } from '../store.ts'
import type { Match, SavedQueryStore, StoredQuery } from './saved-query-store.ts'
import { MOST_SAVED_QUERIES, type NewSavedQuery, type SavedQuery, type SavedQueryMatch } from './schema.ts'

export interface SavedQueriesParts {
  readonly store: SavedQueryStore
  readonly documents: Pick<SearchStore, 'changedAfter' | 'list'>
  readonly events: Events
  readonly clock: () => number
  readonly log: { error(details: object, message: string): void }
  find(name: string): Promise<LiveCollection>
}

export interface SavedQueries {
  /** Looks at what was written while no server ran, and from now on at each change. */
  start(): Promise<void>
  list(collection: string): Promise<SavedQuery[]>
  /** @throws `conflict` above 100; what a search with its filter throws. */
  create(collection: string, given: NewSavedQuery, createdBy?: string): Promise<SavedQuery>
  delete(collection: string, id: string): Promise<void>
  matches(
    collection: string,
    id: string,
    page: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<{ readonly items: SavedQueryMatch[]; readonly nextCursor?: string }>
  /** Forgets those of a collection that is deleted. */
  forget(uid: string): Promise<void>
  close(): Promise<void>
}

/** Changes that are looked at together. */
const BATCH = 500
const MOST_TOLD = 20
const PAGE = 100

export function createSavedQueries(parts: SavedQueriesParts): SavedQueries {
  const { store, events, clock, documents, find } = parts
  const looking = new Map<string, { again: boolean; done: Promise<void> }>()
  /** Whether a collection has any; absent: has to be looked up. */
  const known = new Map<string, boolean>()
  /** Another one each time that what is known is forgotten: what was read before that is not kept. */
  let epoch = 0
  const stops: (() => void)[] = []
  let closed = false

  const forgetKnown = (): void => {
    epoch += 1
    known.clear()
  }
  const look = (name: string): void => {
    const running = looking.get(name)
    if (closed || running !== undefined) {
      if (running !== undefined) running.again = true
      return
    }
    const turn = { again: false, done: Promise.resolve() }
    looking.set(name, turn)
    turn.done = (async () => {
      try {
        do {
          turn.again = false
          await matchNew(name)
        } while (turn.again && !closed)
      } catch (error) {
        // The next change looks at the same documents again.
        const gone = TandemError.is(error) && error.code === 'collection_not_found'
        if (!closed && !gone)
          parts.log.error({ collection: name, error: String(error) }, 'saved queries could not be compared with new documents')
      } finally {
        looking.delete(name)
      }
    })()
  }

  const matchNew = async (name: string): Promise<void> => {
    const collection = await find(name)
    const { uid } = collection
    if (known.get(uid) === false) return
    const before = epoch
    const queries = await store.list(uid)
    if (epoch === before) known.set(uid, queries.length > 0)
    for (const query of queries) {
      for (let from = query.matchedUntil; !closed; ) {
        const changes = await documents.changedAfter(uid, from, BATCH)
        const ready = comparable(changes, query, collection)
        if (ready.length === 0) break
        from = ready.at(-1)!.sequence
        const matches = await matchesAmong(collection, query, ready)
        tell(name, query, await store.record(query.id, matches, from, clock()))
        if (ready.length < BATCH) break
      }
    }
  }

  const tell = (collection: string, { id, name }: StoredQuery, matches: readonly Match[]): void => {
    if (matches.length === 0) return
    const best = matches.toSorted((left, right) => (right.score ?? 0) - (left.score ?? 0)).slice(0, MOST_TOLD)
    const told = best.map(({ document, score }) => ({ id: document, score }))
    events.emit('collection.matched', { collection, savedQuery: id, name, count: matches.length, documents: told })
  }

  const findQuery = async (collection: string, id: string): Promise<StoredQuery> => {
    const { uid } = await find(collection)
    const query = await store.find(uid, id)
    if (query === undefined) throw queryNotFound(collection, id)
    return query
  }

  return {
    async start() {
      stops.push(
        events.on('collection.changed', ({ collection }) => look(collection)),
        events.on('collection.embedded', ({ collection }) => look(collection)),
        events.on('collection.queries', forgetKnown),
      )
      const uids = new Set(await store.collections())
      for (const { uid, name } of uids.size === 0 ? [] : await documents.list()) if (uids.has(uid)) look(name)
    },
    async list(collection) {
      const { uid } = await find(collection)
      return (await store.list(uid)).map((query) => viewOf(collection, query))
    },
    async create(collection, { name, ...search }, createdBy) {
      const live = await find(collection)
      await live.checkQuery(search)
      if ((await store.list(live.uid)).length >= MOST_SAVED_QUERIES) {
        throw new TandemError(
          'conflict',
          `The collection "${collection}" has ${MOST_SAVED_QUERIES} saved queries, the most it can have. Delete one.`,
        )
      }
      // What is there already is found by a search; only what comes is told.
      const stored: StoredQuery = {
        ...{ id: randomUUID(), collection: live.uid, name, search, matchedUntil: live.sequence, matches: 0 },
        ...{ lastMatchAt: null, createdBy: createdBy ?? null, createdAt: clock() },
      }
      await store.insert(stored)
      forgetKnown()
      events.emit('collection.queries', { collection })
      return viewOf(collection, stored)
    },
    async delete(collection, id) {
      const { uid } = await find(collection)
      if (!(await store.delete(uid, id))) throw queryNotFound(collection, id)
      events.emit('collection.queries', { collection })
    },
    async matches(collection, id, { limit = PAGE, cursor }) {
      const query = await findQuery(collection, id)
      const { items, ...rest } = await store.matches(query.id, { limit, cursor })
      return { items: items.map(({ document, score, at }) => ({ id: document, score, at: new Date(at).toISOString() })), ...rest }
    },
    forget: (uid) => store.deleteAll(uid),
    async close() {
      closed = true
      for (const stop of stops) stop()
      await Promise.all([...looking.values()].map(({ done }) => done))
    },
  }
}

/** Documents whose vector is still being made are waited for, with all that came after them. */
function comparable(changes: readonly ChangedDocument[], { search }: StoredQuery, { embeds }: LiveCollection): readonly ChangedDocument[] {
  const { query = '', mode = 'semantic' } = search
  if (!embeds || mode === 'keyword' || query.trim() === '') return changes
  const waiting = changes.findIndex(({ content, embedded }) => content !== null && embedded === null)
  return waiting < 0 ? changes : changes.slice(0, waiting)
}

async function matchesAmong(collection: LiveCollection, { search }: StoredQuery, changes: readonly ChangedDocument[]): Promise<Match[]> {
  const written = new Map(changes.flatMap(({ row, id, content }) => (content === null ? [] : [[row, id] as const])))
  if (written.size === 0) return []
  const scores = await collection.match(search, [...written.keys()])
  return [...scores].map(([row, score]) => ({ document: written.get(row)!, score }))
}

function viewOf(collection: string, { id, name, search, matches, lastMatchAt, createdBy, createdAt }: StoredQuery): SavedQuery {
  return {
    ...{ id, collection, name, ...search, matches, createdBy },
    lastMatchAt: lastMatchAt === null ? null : new Date(lastMatchAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
  }
}

function queryNotFound(collection: string, id: string): TandemError {
  return new TandemError('saved_query_not_found', `The collection "${collection}" has no saved query "${id}".`, {
    details: { collection, id },
  })
}
