// Rollouts in the database: one query for SQLite and PostgreSQL each.
import type { Database } from '../../../platform/storage/database.ts'
import type { RolloutStore } from './store.ts'

export function createRolloutStore({ db }: Pick<Database, 'db'>): RolloutStore {
  return {
    async list() {
      const rows = await db.selectFrom('runtime_rollouts').select(['state', 'revision']).orderBy('updated_at', 'desc').execute()
      return rows.map(({ state, revision }) => ({ rollout: JSON.parse(state), revision }))
    },
    async save(rollout, revision, now) {
      const change = { state: JSON.stringify(rollout), revision, updated_at: now }
      const written = await db
        .insertInto('runtime_rollouts')
        .values({ model: rollout.model, ...change })
        .onConflict((conflict) =>
          conflict
            .column('model')
            .doUpdateSet(change)
            .where('runtime_rollouts.revision', '=', revision - 1),
        )
        .executeTakeFirst()
      return Number(written.numInsertedOrUpdatedRows ?? 0) > 0
    },
  }
}
