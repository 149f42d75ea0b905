// Predicting with one model over HTTP, looking at what was predicted, and saying what came true.
import type { PredictAnswer } from '../../capabilities/predictions/schema.ts'
import type { AnyPrediction, ModelPredictions, PredictOptions } from '../../predictions.ts'
import type { Cell } from '../../tandem.ts'
import { address, get, post } from './request.ts'
import { requireFinite, requireFiniteRow } from './training-body.ts'
import type { Transport } from './transport.ts'

type Row = Readonly<Record<string, Cell>>

export function createModelPredictions(path: string, transport: Transport): ModelPredictions<Row, AnyPrediction> {
  const ask = (json: object, { signal, ...query }: PredictOptions): Promise<PredictAnswer> =>
    // Twice asked is twice logged, and nothing worse.
    transport.json({ method: 'POST', path: `${path}/predict`, query: { ...query }, json, repeatable: true, signal })
  return {
    async predict(features: Row, options = {}) {
      requireFiniteRow(features, '/features')
      return (await ask({ features }, options)) as AnyPrediction
    },
    async predictMany(rows: readonly Row[], options = {}) {
      requireFinite(rows, '/rows')
      const { predictions = [], model, version, importances } = await ask({ rows }, options)
      const shared = importances === undefined ? { model, version } : { model, version, importances }
      return predictions.map((prediction) => ({ ...shared, ...prediction })) as AnyPrediction[]
    },
    async explain(features: Row, { signal, ...options } = {}) {
      requireFiniteRow(features, '/features')
      return transport.json({ method: 'POST', path: `${path}/explain`, json: { features, ...options }, repeatable: true, signal })
    },
    async counterfactuals(features: Row, { signal, ...options } = {}) {
      requireFiniteRow(features, '/features')
      return transport.json({ method: 'POST', path: `${path}/counterfactuals`, json: { features, ...options }, repeatable: true, signal })
    },
    recordOutcomes: (outcomes, options) => transport.json(post(`${path}/outcomes`, { outcomes }, options)),
    performance: (options) => transport.json(get(`${path}/performance`, options)),
    predictions: (filter) => transport.json(get(`${path}/predictions`, filter)),
    prediction: (id, options) => transport.json(get(path + address`/predictions/${id}`, options)),
  }
}
