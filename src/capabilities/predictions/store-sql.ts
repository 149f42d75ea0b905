// Predictions and outcomes in the database: one query for SQLite and PostgreSQL.
import type { Database, Queryable } from '../../platform/storage/database.ts'
import type { PredictionQuery, PredictionRow, PredictionStore } from './store.ts'

/** Parameters of one IN list; both engines allow many more. */
const IDS_PER_QUERY = 500

export function createPredictionStore({ db }: Pick<Database, 'db'>): PredictionStore {
  return {
    async insertPredictions(rows) {
      await db
        .insertInto('predictions')
        .values([...rows])
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute()
    },
    find: (model, id) =>
      joined(db).where('predictions.model', '=', model).where('predictions.id', '=', id).executeTakeFirst() as Promise<
        PredictionRow | undefined
      >,
    list: (model, query) => listQuery(db, model, query).execute() as Promise<PredictionRow[]>,
    async known(model, ids, on) {
      const found = new Set<string>()
      for (const part of chunks(ids, IDS_PER_QUERY)) {
        const rows = await on.selectFrom('predictions').select('id').where('model', '=', model).where('id', 'in', part).execute()
        for (const { id } of rows) found.add(id)
      }
      return found
    },
    async insertOutcomes(rows, on) {
      const stored = new Set<string>()
      for (const part of chunks(rows, IDS_PER_QUERY)) {
        const inserted = await on
          .insertInto('outcomes')
          .values(part)
          .onConflict((conflict) => conflict.column('prediction_id').doNothing())
          .returning('prediction_id')
          .execute()
        for (const { prediction_id } of inserted) stored.add(prediction_id)
      }
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
}

function joined(on: Queryable) {
  return on
    .selectFrom('predictions')
    .leftJoin('outcomes', 'outcomes.prediction_id', 'predictions.id')
    .selectAll('predictions')
    .select(['outcomes.value as outcome_value', 'outcomes.at as outcome_at'])
}

function listQuery(on: Queryable, model: string, { limit, before, version, source, hasOutcome, since, until }: PredictionQuery) {
  let query = joined(on).where('predictions.model', '=', model)
  if (version !== undefined) query = query.where('predictions.version', '=', version)
  if (source !== undefined) query = query.where('predictions.source', '=', source)
  if (hasOutcome !== undefined) query = query.where('outcomes.value', hasOutcome ? 'is not' : 'is', null)
  if (since !== undefined) query = query.where('predictions.created_at', '>=', since)
  if (until !== undefined) query = query.where('predictions.created_at', '<', until)
  if (before !== undefined) {
    const [time, id] = before
    query = query.where((where) =>
      where.or([
        where('predictions.created_at', '<', time),
        where.and([where('predictions.created_at', '=', time), where('predictions.id', '<', id)]),
      ]),
    )
  }
  return query.orderBy('predictions.created_at', 'desc').orderBy('predictions.id', 'desc').limit(limit)
}

function* chunks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
