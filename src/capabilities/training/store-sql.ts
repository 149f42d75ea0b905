// Training rows and judged predictions in the database: one query for SQLite and PostgreSQL.
import type { Database } from '../../platform/storage/database.ts'
import type { Row } from '../../platform/storage/tables.ts'
import type { Dataset, TrainingStore } from './store.ts'

export function createTrainingStore({ db }: Pick<Database, 'db'>): TrainingStore {
  return {
    async insertDataset({ id, model, createdAt, rows, fingerprint, parts, bytes, summary }, on = db) {
      await on
        .insertInto('datasets')
        .values({
          id,
          model,
          created_at: createdAt,
          rows,
          columns: JSON.stringify(summary),
          fingerprint,
          parts: JSON.stringify(parts),
          bytes,
        })
        .execute()
    },
    async findDataset(id, on = db) {
      const row = await on.selectFrom('datasets').selectAll().where('id', '=', id).executeTakeFirst()
      return row && datasetFrom(row)
    },
    async latestDataset(model, on = db) {
      const row = await on
        .selectFrom('datasets')
        .selectAll()
        .where('model', '=', model)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && datasetFrom(row)
    },
    async datasetParts(model, on = db) {
      const rows = await on
        .selectFrom('datasets')
        .select(['id', 'parts'])
        .where('model', '=', model)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(({ id, parts }) => ({ id, parts: JSON.parse(parts) as string[] }))
    },
    async deleteDataset(id, on = db) {
      await on.deleteFrom('datasets').where('id', '=', id).execute()
    },
    async countJudged(model, on = db) {
      const row = await on
        .selectFrom('outcomes')
        .select((column) => column.fn.countAll<number>().as('count'))
        .where('model', '=', model)
        .executeTakeFirst()
      return Number(row?.count ?? 0)
    },
    async listJudged(model, { after, until, limit }, on = db) {
      let query = on
        .selectFrom('outcomes')
        .innerJoin('predictions', 'predictions.id', 'outcomes.prediction_id')
        .select([
          'outcomes.prediction_id as id',
          'predictions.features as features',
          'outcomes.value as value',
          'outcomes.received_at as at',
        ])
        .where('outcomes.model', '=', model)
        .where('outcomes.received_at', '<=', until)
      if (after) {
        const [time, id] = after
        query = query.where((where) =>
          where.or([
            where('outcomes.received_at', '>', time),
            where.and([where('outcomes.received_at', '=', time), where('outcomes.prediction_id', '>', id)]),
          ]),
        )
      }
      const rows = await query.orderBy('outcomes.received_at').orderBy('outcomes.prediction_id').limit(limit).execute()
      return rows.map(({ id, features, value, at }) => ({
        predictionId: id,
        features: JSON.parse(features),
        value: JSON.parse(value),
        receivedAt: at,
      }))
    },
  }
}

function datasetFrom({ id, model, created_at, rows, columns, fingerprint, parts, bytes }: Row<'datasets'>): Dataset {
  return { id, model, createdAt: created_at, rows, fingerprint, parts: JSON.parse(parts), bytes, summary: JSON.parse(columns) }
}
