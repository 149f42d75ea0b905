// Every statement on the table `api_keys`.
import { decodeCursor, encodeCursor } from '../storage/cursor.ts'
import type { Database } from '../storage/database.ts'
import type { Row } from '../storage/tables.ts'

type KeyRow = Row<'api_keys'>

export interface KeyStore {
  /** Undefined when the id or the hash is there already. */
  insert(row: KeyRow): Promise<KeyRow | undefined>
  find(id: string): Promise<KeyRow | undefined>
  findByHash(hash: string): Promise<KeyRow | undefined>
  /** Newest first. */
  list(options: {
    readonly cursor?: string
    readonly limit?: number
  }): Promise<{ readonly rows: readonly KeyRow[]; readonly nextCursor?: string }>
  /** For the bootstrap, once per start. */
  all(): Promise<readonly KeyRow[]>
  /** Undefined when there is no such key, or it was revoked before. */
  revoke(id: string, now: number): Promise<KeyRow | undefined>
  remove(id: string): Promise<void>
  /** Never moves a time back. */
  writeLastUsed(times: ReadonlyMap<string, number>): Promise<void>
}

export function createKeyStore(database: Database): KeyStore {
  const { db } = database
  return {
    insert: (row) =>
      db
        .insertInto('api_keys')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .returningAll()
        .executeTakeFirst(),
    find: (id) => db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst(),
    findByHash: (hash) => db.selectFrom('api_keys').selectAll().where('hash', '=', hash).executeTakeFirst(),
    async list({ cursor, limit = 50 }) {
      const size = Math.max(1, Math.min(Math.trunc(limit), 500))
      let query = db
        .selectFrom('api_keys')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(size + 1)
      if (cursor !== undefined) {
        const [createdAt, id] = decodeCursor(cursor, ['number', 'string'])!
        query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('created_at', 'id'), '<', tuple(createdAt, id)))
      }
      const rows = await query.execute()
      const last = rows[size - 1]
      if (rows.length <= size || !last) return { rows }
      return { rows: rows.slice(0, size), nextCursor: encodeCursor([last.created_at, last.id]) }
    },
    all: () => db.selectFrom('api_keys').selectAll().execute(),
    revoke: (id, now) =>
      db
        .updateTable('api_keys')
        .set({ revoked_at: now })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returningAll()
        .executeTakeFirst(),
    async remove(id) {
      await db.deleteFrom('api_keys').where('id', '=', id).execute()
    },
    async writeLastUsed(times) {
      await database.transaction(async (tx) => {
        for (const [id, at] of times) {
          await tx
            .updateTable('api_keys')
            .set({ last_used_at: at })
            .where('id', '=', id)
            .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)]))
            .execute()
        }
      })
    },
  }
}
