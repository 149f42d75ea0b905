// Predictions and outcomes in the database: one query for SQLite and PostgreSQL.
import type { Database, Queryable } from '../../platform/storage/database.ts'
import { PackedRows } from '../../platform/storage/packed-rows.ts'
import { isUniqueViolation } from '../../platform/storage/storage-errors.ts'
import type { NewRow } from '../../platform/storage/tables.ts'
import { judge, type PredictionSum, sumOutcomes, sumPredictions } from './hour-sums.ts'
import { countQuery, pageQuery } from './list-query.ts'
import { PACKED_COLUMNS, rowsOf } from './prediction-batch.ts'
import type { Predicted, PredictionRow, PredictionStore } from './store.ts'

/** Parameters of one IN list; both engines allow many more. */
const IDS_PER_QUERY = 500

export function createPredictionStore({ db, dialect, transaction }: Pick<Database, 'db' | 'dialect' | 'transaction'>): PredictionStore {
  const insertNew = (rows: readonly NewRow<'predictions'>[]): Promise<void> =>
    transaction(async (tx) => {
      await tx
        .insertInto('predictions')
        .values([...rows])
        .execute()
      await addPredictions(sumPredictions(rows), tx)
    })
  const store: PredictionStore = {
    async insertPredictions(rows) {
      try {
        await insertNew(rows)
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        // Some of the rows were stored by a try whose answer was lost, and are counted already.
        const stored = new Set<string>()
        for (const part of chunks(rows, IDS_PER_QUERY)) {
          const ids = part.map(({ id }) => id)
          for (const { id } of await db.selectFrom('predictions').select('id').where('id', 'in', ids).execute()) stored.add(id)
        }
        const missing = rows.filter(({ id }) => !stored.has(id))
        if (missing.length > 0) await insertNew(missing)
      }
    },
    async insertBatch({ bytes, sums }) {
      try {
        await transaction(async (tx) => {
          await dialect.insertPacked(tx, 'predictions', PACKED_COLUMNS, new PackedRows(bytes))
          await addPredictions(sums.list(), tx)
        })
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        await store.insertPredictions(rowsOf(bytes))
      }
    },
    async find(id, model) {
      let query = pageQuery(db, { model, limit: 1 }).where('predictions.id', '=', id)
      if (model !== undefined) query = query.where('predictions.model', '=', model)
      return (await query.executeTakeFirst()) as PredictionRow | undefined
    },
    list: (query) => pageQuery(db, query).execute() as Promise<PredictionRow[]>,
    count: async (conditions, limit) => Number((await countQuery(db, conditions, limit).executeTakeFirst())?.count ?? 0),
    async known(model, ids, on) {
      const found = new Map<string, Predicted>()
      for (const part of chunks(ids, IDS_PER_QUERY)) {
        const rows = await on
          .selectFrom('predictions')
          .select(['id', 'version', 'created_at', 'confidence', 'value', 'probabilities'])
          .where('model', '=', model)
          .where('id', 'in', part)
          .execute()
        for (const row of rows) found.set(row.id, row)
      }
      return found
    },
    async insertOutcomes(rows, known, on) {
      const judged = rows.map((row) => ({ ...row, ...judge(known.get(row.prediction_id)!, row.value) }))
      const stored = new Set<string>()
      for (const part of chunks(judged, IDS_PER_QUERY)) {
        const inserted = await on
          .insertInto('outcomes')
          .values(part)
          .onConflict((conflict) => conflict.column('prediction_id').doNothing())
          .returning('prediction_id')
          .execute()
        for (const { prediction_id } of inserted) stored.add(prediction_id)
      }
      const counted = judged.filter(({ prediction_id }) => stored.has(prediction_id))
      await addOutcomes(
        counted.map((row) => ({ ...known.get(row.prediction_id)!, model: row.model, hit: row.hit, error: row.error })),
        on,
      )
      return stored
    },
    async outcomes(ids, on) {
      const values = new Map<string, string>()
      for (const part of chunks(ids, IDS_PER_QUERY)) {
        const rows = await on.selectFrom('outcomes').select(['prediction_id', 'value']).where('prediction_id', 'in', part).execute()
        for (const { prediction_id, value } of rows) values.set(prediction_id, value)
      }
      return values
    },
  }
  return store
}

async function addPredictions(sums: readonly PredictionSum[], on: Queryable): Promise<void> {
  for (const part of chunks(sums, IDS_PER_QUERY)) {
    await on
      .insertInto('prediction_hours')
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(['model', 'hour', 'version', 'bucket']).doUpdateSet((column) => ({
          predictions: column('prediction_hours.predictions', '+', column.ref('excluded.predictions')),
        })),
      )
      .execute()
  }
}

async function addOutcomes(outcomes: Parameters<typeof sumOutcomes>[0], on: Queryable): Promise<void> {
  for (const part of chunks(sumOutcomes(outcomes), IDS_PER_QUERY)) {
    await on
      .insertInto('outcome_hours')
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(['model', 'hour', 'version', 'bin']).doUpdateSet((column) => ({
          outcomes: column('outcome_hours.outcomes', '+', column.ref('excluded.outcomes')),
          hits: column('outcome_hours.hits', '+', column.ref('excluded.hits')),
          confidence: column('outcome_hours.confidence', '+', column.ref('excluded.confidence')),
          error: column('outcome_hours.error', '+', column.ref('excluded.error')),
          error_squares: column('outcome_hours.error_squares', '+', column.ref('excluded.error_squares')),
        })),
      )
      .execute()
  }
}

function* chunks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
