// Saved queries in the database: one query per purpose for SQLite and PostgreSQL.

import { decodeCursor, pageOf } from '../../../platform/storage/cursor.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { Row } from '../../../platform/storage/tables.ts'
import type { Match, SavedQueryStore, StoredQuery } from './saved-query-store.ts'

const MOST_MATCHES_KEPT = 1_000

export function createSavedQueryStore({ db }: Pick<Database, 'db'>): SavedQueryStore {
  return {
    async list(collection) {
      const rows = await db
        .selectFrom('saved_queries')
        .selectAll()
        .where('collection', '=', collection)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(queryOf)
    },
    async collections() {
      const rows = await db.selectFrom('saved_queries').select('collection').distinct().execute()
      return rows.map(({ collection }) => collection)
    },
    async find(collection, id) {
      const row = await db
        .selectFrom('saved_queries')
        .selectAll()
        .where('id', '=', id)
        .where('collection', '=', collection)
        .executeTakeFirst()
      return row && queryOf(row)
    },
    async insert(query) {
      const { id, collection, name, search, matchedUntil, matches, lastMatchAt, createdBy, createdAt } = query
      await db
        .insertInto('saved_queries')
        .values({
          ...{ id, collection, name, search: JSON.stringify(search), matched_until: matchedUntil, matches },
          ...{ last_match_at: lastMatchAt, created_by: createdBy, created_at: createdAt },
        })
        .execute()
    },
    delete: (collection, id) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('saved_queries')
          .where('id', '=', id)
          .where('collection', '=', collection)
          .executeTakeFirst()
        await tx.deleteFrom('saved_query_matches').where('query', '=', id).execute()
        return numDeletedRows > 0n
      }),
    deleteAll: (collection) =>
      db.transaction().execute(async (tx) => {
        const own = tx.selectFrom('saved_queries').select('id').where('collection', '=', collection)
        await tx.deleteFrom('saved_query_matches').where('query', 'in', own).execute()
        await tx.deleteFrom('saved_queries').where('collection', '=', collection).execute()
      }),
    record: (query, matches, matchedUntil, now) =>
      db.transaction().execute(async (tx) => {
        const found = matches.map(({ document, score }) => ({ query, document, score, matched_at: now }))
        const inserted =
          found.length === 0
            ? []
            : await tx
                .insertInto('saved_query_matches')
                .values(found)
                .onConflict((conflict) => conflict.columns(['query', 'document']).doNothing())
                .returning('document')
                .execute()
        const isNew = new Set(inserted.map(({ document }) => document))
        // Of two servers the one that was slower must not set it back.
        await tx
          .updateTable('saved_queries')
          .set({ matched_until: matchedUntil })
          .where('id', '=', query)
          .where('matched_until', '<', matchedUntil)
          .execute()
        if (isNew.size > 0) {
          await tx
            .updateTable('saved_queries')
            .set((column) => ({ matches: column('matches', '+', isNew.size), last_match_at: now }))
            .where('id', '=', query)
            .execute()
          const oldest = await tx
            .selectFrom('saved_query_matches')
            .select('matched_at')
            .where('query', '=', query)
            .orderBy('matched_at', 'desc')
            .offset(MOST_MATCHES_KEPT)
            .limit(1)
            .executeTakeFirst()
          if (oldest !== undefined) {
            // Those of one moment go or stay together.
            await tx
              .deleteFrom('saved_query_matches')
              .where('query', '=', query)
              .where('matched_at', '<=', oldest.matched_at)
              .where('matched_at', '<', now)
              .execute()
          }
        }
        return matches.filter(({ document }) => isNew.has(document))
      }),
    async matches(query, { limit, cursor }) {
      const after = decodeCursor(cursor, ['number', 'string'])
      let asked = db.selectFrom('saved_query_matches').selectAll().where('query', '=', query)
      if (after !== undefined) {
        asked = asked.where(({ eb, or, and }) =>
          or([eb('matched_at', '<', after[0]), and([eb('matched_at', '=', after[0]), eb('document', '>', after[1])])]),
        )
      }
      const rows = await asked
        .orderBy('matched_at', 'desc')
        .orderBy('document')
        .limit(limit + 1)
        .execute()
      return pageOf(
        rows,
        limit,
        ({ document, score, matched_at: at }): Match & { readonly at: number } => ({ document, score, at }),
        ({ document, matched_at: at }) => [at, document],
      )
    },
  }
}

function queryOf(row: Row<'saved_queries'>): StoredQuery {
  const { id, collection, name, search, matches } = row
  return {
    ...{ id, collection, name, search: JSON.parse(search), matches, matchedUntil: row.matched_until },
    ...{ lastMatchAt: row.last_match_at, createdBy: row.created_by, createdAt: row.created_at },
  }
}
