// Vectors in the database: one query for SQLite and PostgreSQL.
import type { Database } from '../../platform/storage/database.ts'
import type { EmbeddingStore } from './store.ts'

/** Vectors that one statement writes: other writers wait for it. */
const ROWS_PER_STATEMENT = 100

export function createEmbeddingStore({ db }: Pick<Database, 'db'>): EmbeddingStore {
  return {
    async find(fingerprint, textHashes) {
      const rows = await db
        .selectFrom('embedding_cache')
        .select(['text_hash', 'vector'])
        .where('fingerprint', '=', fingerprint)
        .where('text_hash', 'in', textHashes)
        .execute()
      return rows.map(({ text_hash: textHash, vector }) => ({ textHash, vector: floatsOf(vector) }))
    },
    async insert(fingerprint, vectors, now) {
      for (let from = 0; from < vectors.length; from += ROWS_PER_STATEMENT) {
        await db
          .insertInto('embedding_cache')
          .values(
            vectors.slice(from, from + ROWS_PER_STATEMENT).map(({ textHash, vector }) => ({
              fingerprint,
              text_hash: textHash,
              vector: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
              created_at: now,
            })),
          )
          .onConflict((conflict) => conflict.columns(['fingerprint', 'text_hash']).doNothing())
          .execute()
      }
    },
    async prune(mostRows) {
      const { count } = await db
        .selectFrom('embedding_cache')
        .select((column) => column.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      const surplus = Number(count) - mostRows
      if (surplus <= 0) return 0
      const oldest = await db
        .selectFrom('embedding_cache')
        .select('created_at')
        .orderBy('created_at')
        .offset(surplus - 1)
        .limit(1)
        .executeTakeFirst()
      if (oldest === undefined) return 0
      const { numDeletedRows } = await db.deleteFrom('embedding_cache').where('created_at', '<=', oldest.created_at).executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

/** The bytes may start anywhere in a larger buffer; floats may not. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer)
}
