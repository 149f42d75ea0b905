// Running sums in the database: one query for SQLite and PostgreSQL. Hours are joined to steps there, so few rows come back.
import type { Database } from '../../platform/storage/database.ts'
import type { MonitoringStore, Span } from './store.ts'

export function createMonitoringStore({ db, dialect }: Pick<Database, 'db' | 'dialect'>): MonitoringStore {
  const predictionHours = ({ from, to, stepMs }: Span, model?: string) => {
    const query = db
      .selectFrom('prediction_hours')
      .where('hour', '>=', from)
      .where('hour', '<', to)
      .select((column) => [
        'model',
        'version',
        dialect.timeBucket(column.ref('hour'), stepMs).as('at'),
        column.fn.sum<number>('predictions').as('predictions'),
      ])
    return model === undefined ? query : query.where('model', '=', model)
  }
  const outcomeHours = ({ from, to }: Span, model?: string) => {
    const query = db.selectFrom('outcome_hours').where('hour', '>=', from).where('hour', '<', to)
    return model === undefined ? query : query.where('model', '=', model)
  }
  return {
    async latencies(model, span) {
      const rows = await predictionHours(span, model).select('bucket').groupBy(['model', 'version', 'at', 'bucket']).execute()
      return rows.map(({ at, predictions, ...row }) => ({ ...row, at: Number(at), predictions: Number(predictions) }))
    },
    async predictions(span, model) {
      const rows = await predictionHours(span, model).groupBy(['model', 'version', 'at']).execute()
      return rows.map(({ at, predictions, ...row }) => ({ ...row, at: Number(at), predictions: Number(predictions) }))
    },
    async outcomes(span, model) {
      const rows = await outcomeHours(span, model)
        .select((column) => [
          'model',
          'version',
          dialect.timeBucket(column.ref('hour'), span.stepMs).as('at'),
          column.fn.sum<number>('outcomes').as('outcomes'),
          column.fn.sum<number>('hits').as('hits'),
          column.fn.sum<number>('error').as('error'),
          column.fn.sum<number>('error_squares').as('errorSquares'),
        ])
        .groupBy(['model', 'version', 'at'])
        .execute()
      // PostgreSQL sums whole numbers as decimals, which arrive as texts.
      return rows.map(({ model: name, version, ...sums }) => ({
        ...{ model: name, version, at: Number(sums.at), outcomes: Number(sums.outcomes), hits: Number(sums.hits) },
        ...{ error: Number(sums.error), errorSquares: Number(sums.errorSquares) },
      }))
    },
    async calibration(model, span) {
      const rows = await outcomeHours(span, model)
        .select((column) => [
          column.fn.sum<number>('outcomes').as('outcomes'),
          column.fn.sum<number>('hits').as('hits'),
          column.fn.sum<number>('confidence').as('confidence'),
        ])
        .groupBy('bin')
        .execute()
      return rows.map(({ outcomes, hits, confidence }) => ({
        outcomes: Number(outcomes),
        hits: Number(hits),
        confidence: Number(confidence),
      }))
    },
    async activeSince() {
      const rows = await db
        .selectFrom('activations')
        .select((column) => ['model', column.fn.max<number>('activated_at').as('at')])
        .groupBy('model')
        .execute()
      return new Map(rows.map(({ model, at }) => [model, Number(at)]))
    },
  }
}
