// Progress of syncs in the database: one query for SQLite and PostgreSQL.
import type { Database } from '../../../platform/storage/database.ts'
import type { SyncStore } from './sync-store.ts'

export function createSyncStore({ db }: Pick<Database, 'db'>): SyncStore {
  return {
    async find(uid) {
      const row = await db.selectFrom('collection_syncs').select('state').where('collection', '=', uid).executeTakeFirst()
      return row && JSON.parse(row.state)
    },
    async save(uid, state, now) {
      const change = { state: JSON.stringify(state), updated_at: now }
      await db
        .insertInto('collection_syncs')
        .values({ collection: uid, ...change })
        .onConflict((conflict) => conflict.column('collection').doUpdateSet(change))
        .execute()
    },
  }
}
