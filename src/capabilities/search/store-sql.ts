// Collections and documents in the database: one query for SQLite and PostgreSQL.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Database, Queryable } from '../../platform/storage/database.ts'
import type { Row } from '../../platform/storage/tables.ts'
import type { DocumentKey, SearchStore, StoredCollection } from './store.ts'

/** SQLite takes 32,766 parameters a statement, PostgreSQL 65,535; a document has ten. */
const ROWS_PER_STATEMENT = 1_000
/** Other writers wait while these are deleted. */
const ROWS_PER_DELETE = 5_000
const ROWS_PER_UPDATE = 10_000
/** A deleted document's row is given to another one after this time: by then every server has heard of it. */
const ROW_REST_MS = 10 * 60_000
/** A character that no id may hold; the ids of deleted documents begin with it, so that the index of ids finds them. */
const DELETED = '\u0001'
const AFTER_DELETED = '\u0002'

export function createSearchStore({ db, transaction }: Pick<Database, 'db' | 'transaction'>): SearchStore {
  return { ...collectionQueries(db), ...writeQueries(db, transaction), ...readQueries(db) }
}

type Part<Names extends keyof SearchStore> = Pick<SearchStore, Names>

function collectionQueries(db: Queryable): Part<'list' | 'find' | 'save' | 'setTextKey' | 'delete' | 'sweep'> {
  const deleteDocuments = async (uid: string): Promise<void> => {
    for (;;) {
      const gone = await db
        .deleteFrom('documents')
        .where('collection', '=', uid)
        .where('row', 'in', (from) => from.selectFrom('documents').select('row').where('collection', '=', uid).limit(ROWS_PER_DELETE))
        .executeTakeFirst()
      if (Number(gone.numDeletedRows) < ROWS_PER_DELETE) break
    }
    await db.deleteFrom('collection_syncs').where('collection', '=', uid).execute()
    await db.deleteFrom('collections').where('uid', '=', uid).where('deleted', '=', 1).execute()
  }
  return {
    async list(on = db) {
      const rows = await on.selectFrom('collections').selectAll().where('deleted', '=', 0).orderBy('name').execute()
      return rows.map(collectionFrom)
    },
    async find(name, on = db) {
      const row = await on.selectFrom('collections').selectAll().where('name', '=', name).where('deleted', '=', 0).executeTakeFirst()
      return row && collectionFrom(row)
    },
    async save({ name, definition, origin, textKey }, now) {
      const change = { definition: JSON.stringify(definition), origin, updated_at: now }
      const row = await db
        .insertInto('collections')
        .values({
          name,
          ...change,
          text_key: textKey,
          vectors: null,
          uid: randomUUID(),
          created_at: now,
          last_sequence: 0,
          next_row: 0,
          deleted: 0,
        })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
        .returningAll()
        .executeTakeFirstOrThrow()
      return collectionFrom(row)
    },
    async setTextKey(uid, textKey) {
      await db.updateTable('collections').set({ text_key: textKey }).where('uid', '=', uid).execute()
    },
    async delete(name) {
      const row = await db
        .updateTable('collections')
        // Under another name: one of the same name can be made while the documents go.
        .set({ name: sql<string>`'~' || uid`, deleted: 1 })
        .where('name', '=', name)
        .returning('uid')
        .executeTakeFirst()
      if (row !== undefined) await deleteDocuments(row.uid)
    },
    async sweep() {
      const left = await db.selectFrom('collections').select('uid').where('deleted', '=', 1).execute()
      for (const { uid } of left) await deleteDocuments(uid)
    },
  }
}

function writeQueries(
  db: Queryable,
  transaction: Database['transaction'],
): Part<'keys' | 'write' | 'remove' | 'markEmbedded' | 'changedAmong' | 'markAll' | 'vectors' | 'setVectors'> {
  const keys: SearchStore['keys'] = async (uid, ids, on = db) => {
    const found: DocumentKey[] = []
    for (const part of partsOf(ids, ROWS_PER_STATEMENT)) {
      const rows = await on
        .selectFrom('documents')
        .select(['id', 'row', 'hash', 'text_hash as textHash'])
        .where('collection', '=', uid)
        .where('id', 'in', part)
        .where('content', 'is not', null)
        .execute()
      found.push(...rows)
    }
    return found
  }
  return {
    keys,
    write: (uid, changes, now) =>
      transaction(async (tx) => {
        // The counter's row is held until the end, which makes writers take turns on PostgreSQL too.
        const { lastSequence, nextRow } = await advance(tx, uid, changes.length)
        const known = new Map(
          (
            await rowsOf(
              tx,
              uid,
              changes.map(({ id }) => id),
            )
          ).map(({ id, row }) => [id, row]),
        )
        const fresh = changes.filter(({ id }) => !known.has(id)).length
        const rested = fresh === 0 ? [] : await restedRows(tx, uid, fresh, now)
        let next = nextRow
        const values = changes.map(({ id, content, text, hash, textHash }, place) => ({
          ...{ collection: uid, row: known.get(id) ?? rested.pop() ?? next++, id, sequence: lastSequence - changes.length + place + 1 },
          ...{ content, text, hash, text_hash: textHash, embedded: null, updated_at: now },
        }))
        if (next > nextRow) await tx.updateTable('collections').set({ next_row: next }).where('uid', '=', uid).execute()
        for (const part of partsOf(values, ROWS_PER_STATEMENT)) {
          await tx
            .insertInto('documents')
            .values(part)
            .onConflict((conflict) =>
              conflict.columns(['collection', 'row']).doUpdateSet((to) => ({
                id: to.ref('excluded.id'),
                sequence: to.ref('excluded.sequence'),
                content: to.ref('excluded.content'),
                text: to.ref('excluded.text'),
                hash: to.ref('excluded.hash'),
                text_hash: to.ref('excluded.text_hash'),
                // The vector of an unchanged text stays good.
                embedded: to
                  .case()
                  .when('documents.text_hash', '=', to.ref('excluded.text_hash'))
                  .then(to.ref('documents.embedded'))
                  .else(null)
                  .end(),
                updated_at: to.ref('excluded.updated_at'),
              })),
            )
            .execute()
        }
        return lastSequence
      }),
    remove: (uid, ids, now) =>
      transaction(async (tx) => {
        const found = await keys(uid, ids, tx)
        const { lastSequence } = await advance(tx, uid, found.length)
        let sequence = lastSequence - found.length
        for (const { row } of found) {
          sequence++
          await tx
            .updateTable('documents')
            // The id is given up too, so that one written again gets a row of its own.
            .set({ id: `${DELETED}${row}`, sequence, content: null, text: null, hash: '', text_hash: '', embedded: null, updated_at: now })
            .where('collection', '=', uid)
            .where('row', '=', row)
            .execute()
        }
        return { removed: found.map(({ id }) => id), sequence: lastSequence }
      }),
    async markEmbedded(uid, documents, fingerprint) {
      for (const part of partsOf(documents, ROWS_PER_STATEMENT)) {
        await db
          .updateTable('documents')
          .set({ embedded: fingerprint })
          .where('collection', '=', uid)
          .where(sql<boolean>`(row, sequence) in (values ${asRead(part)})`)
          .execute()
      }
    },
    async changedAmong(uid, documents) {
      const changed = []
      for (const part of partsOf(documents, ROWS_PER_STATEMENT)) {
        const rows = part.map(({ row }) => row)
        const found = await db
          .selectFrom('documents')
          .select(['row', 'sequence', 'content', 'text'])
          .where('collection', '=', uid)
          .where('row', 'in', rows)
          .where(sql<boolean>`(row, sequence) not in (values ${asRead(part)})`)
          .execute()
        changed.push(...found.map(({ content, text, ...place }) => ({ ...place, text: content === null ? null : (text ?? '') })))
      }
      return changed
    },
    async markAll(uid, fingerprint) {
      for (let from = 0; ; from += ROWS_PER_UPDATE) {
        await db
          .updateTable('documents')
          .set({ embedded: fingerprint })
          .where('collection', '=', uid)
          .where('row', '>=', from)
          .where('row', '<', from + ROWS_PER_UPDATE)
          .where('embedded', 'is not', null)
          .execute()
        const more = await db
          .selectFrom('documents')
          .select('row')
          .where('collection', '=', uid)
          .where('row', '>=', from + ROWS_PER_UPDATE)
          .limit(1)
          .executeTakeFirst()
        if (more === undefined) break
      }
    },
    async vectors(uid) {
      const row = await db.selectFrom('collections').select('vectors').where('uid', '=', uid).executeTakeFirst()
      return JSON.parse(row?.vectors ?? '{}')
    },
    async setVectors(uid, state) {
      await db
        .updateTable('collections')
        .set({ vectors: JSON.stringify(state) })
        .where('uid', '=', uid)
        .execute()
    },
  }
}

function readQueries(
  db: Queryable,
): Part<'changedAfter' | 'unembedded' | 'textsAfter' | 'byRows' | 'contents' | 'byId' | 'page' | 'idsAfter' | 'count'> {
  const documents = (uid: string) => db.selectFrom('documents').where('collection', '=', uid)
  return {
    async changedAfter(uid, sequence, limit) {
      return documents(uid)
        .select(['row', 'id', 'sequence', 'content', 'text', 'text_hash as textHash', 'embedded'])
        .where('sequence', '>', sequence)
        .orderBy('sequence')
        .limit(limit)
        .execute()
    },
    async unembedded(uid, limit) {
      const rows = await documents(uid)
        .select(['row', 'sequence', 'text'])
        .where('embedded', 'is', null)
        .where('content', 'is not', null)
        .orderBy('row')
        .limit(limit)
        .execute()
      return rows.map((row) => ({ ...row, text: row.text ?? '' }))
    },
    async textsAfter(uid, row, limit) {
      const rows = await documents(uid)
        .select(['row', 'sequence', 'text'])
        .where('row', '>', row)
        .where('content', 'is not', null)
        .orderBy('row')
        .limit(limit)
        .execute()
      return rows.map((each) => ({ ...each, text: each.text ?? '' }))
    },
    async byRows(uid, rows) {
      const found: Found[] = []
      for (const part of partsOf(rows, ROWS_PER_STATEMENT)) {
        found.push(
          ...(await documents(uid).select(['row', 'content', 'text']).where('row', 'in', part).where('content', 'is not', null).execute()),
        )
      }
      return found.map(documentFrom)
    },
    async contents(uid, rows) {
      const found = []
      for (const part of partsOf(rows, ROWS_PER_STATEMENT)) {
        found.push(...(await documents(uid).select(['row', 'content']).where('row', 'in', part).where('content', 'is not', null).execute()))
      }
      return found.map(({ row, content }) => ({ row, content: content ?? '{}' }))
    },
    async byId(uid, id) {
      const row = await documents(uid)
        .select(['row', 'content', 'text'])
        .where('id', '=', id)
        .where('content', 'is not', null)
        .executeTakeFirst()
      return row && documentFrom(row)
    },
    async page(uid, after, limit) {
      const rows = await documents(uid)
        .select(['row', 'content', 'text'])
        .where('id', '>', after)
        .where('content', 'is not', null)
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map((row) => documentFrom(row).document)
    },
    async idsAfter(uid, after, limit) {
      const rows = await documents(uid)
        .select('id')
        .where('id', '>', after)
        .where('content', 'is not', null)
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(({ id }) => id)
    },
    async count(uid) {
      // All less those that are deleted: both are counted in an index, and no document is read.
      const counted = await db
        .selectNoFrom(({ fn }) => [
          documents(uid).select(fn.countAll<number>().as('all')).as('all'),
          documents(uid)
            .where('id', '>=', DELETED)
            .where('id', '<', AFTER_DELETED)
            .select(fn.countAll<number>().as('deleted'))
            .as('deleted'),
        ])
        .executeTakeFirstOrThrow()
      return Number(counted.all) - Number(counted.deleted)
    },
  }
}

interface Found {
  readonly row: number
  readonly content: string | null
  readonly text: string | null
}

function documentFrom({ row, content, text }: Found) {
  return { row, document: JSON.parse(content ?? '{}'), text: text ?? '' }
}

async function advance(tx: Queryable, uid: string, by: number): Promise<{ readonly lastSequence: number; readonly nextRow: number }> {
  return tx
    .updateTable('collections')
    .set((to) => ({ last_sequence: to('last_sequence', '+', by) }))
    .where('uid', '=', uid)
    .returning(['last_sequence as lastSequence', 'next_row as nextRow'])
    .executeTakeFirstOrThrow()
}

async function rowsOf(tx: Queryable, uid: string, ids: readonly string[]): Promise<{ readonly id: string; readonly row: number }[]> {
  const found = []
  for (const part of partsOf(ids, ROWS_PER_STATEMENT)) {
    found.push(...(await tx.selectFrom('documents').select(['id', 'row']).where('collection', '=', uid).where('id', 'in', part).execute()))
  }
  return found
}

async function restedRows(tx: Queryable, uid: string, most: number, now: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('documents')
    .select('row')
    .where('collection', '=', uid)
    .where('id', '>=', DELETED)
    .where('id', '<', AFTER_DELETED)
    .where('updated_at', '<', now - ROW_REST_MS)
    .limit(most)
    .execute()
  return rows.map(({ row }) => row)
}

/** PostgreSQL would take parameters of a list of values for texts. */
function asRead(documents: readonly { readonly row: number; readonly sequence: number }[]) {
  return sql.join(documents.map(({ row, sequence }) => sql`(cast(${row} as bigint), cast(${sequence} as bigint))`))
}

function collectionFrom(row: Row<'collections'>): StoredCollection {
  return {
    ...{
      name: row.name,
      uid: row.uid,
      definition: JSON.parse(row.definition),
      origin: row.origin,
      textKey: row.text_key,
      lastSequence: row.last_sequence,
    },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  }
}

function partsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) => items.slice(part * size, (part + 1) * size))
}
