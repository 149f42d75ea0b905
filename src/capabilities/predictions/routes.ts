// The endpoints of predictions, bound to the capability.
import { implement, type Route, respond } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { CompareAnswers } from './comparison/compare-answers.ts'
import { compareAnswers } from './comparison/schema.ts'
import type { Predictions } from './predictions.ts'
import * as endpoints from './schema.ts'

export function predictionRoutes(predictions: Predictions, compare: CompareAnswers): Route[] {
  return [
    implement(compareAnswers)(({ params, input, signal }) => compare(params.model, input, signal)),
    implement(endpoints.predict)(({ params, query, input, requestId, signal }) => {
      const { version, importances, explain, coverage, log } = query
      if ((input.features === undefined) === (input.rows === undefined)) throw oneOfTwo(input.features !== undefined)
      // Answers are made for the serialiser, which takes them as they are.
      if (input.features !== undefined)
        return predictions.predict(params.model, input.features, {
          version,
          importances,
          explain,
          coverage,
          log,
          requestId,
          signal: explain ? signal : undefined,
        }) as never
      return predictions.predictMany(params.model, input.rows!, {
        version,
        importances,
        explain,
        coverage,
        log,
        requestId,
        signal,
      }) as never
    }),
    implement(endpoints.explain)(({ params, input: { features, ...options }, signal }) =>
      predictions.explain(params.model, features, { ...options, signal }),
    ),
    implement(endpoints.listPredictions)(({ params, query }) => predictions.list(params.model, query)),
    implement(endpoints.listAllPredictions)(({ query }) => predictions.listAll(query)),
    implement(endpoints.countPredictions)(({ query }) => predictions.count(query)),
    implement(endpoints.exportPredictions)(({ query: { format, ...conditions }, signal }) => {
      const lines = predictions.exportAll(conditions, format, signal)
      const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson'
      const headers = { 'content-type': type, 'content-disposition': `attachment; filename="predictions.${format}"` }
      return respond(200, lines as never, headers)
    }),
    implement(endpoints.findPrediction)(({ params }) => predictions.find(params.prediction)),
    implement(endpoints.getPrediction)(({ params }) => predictions.get(params.model, params.prediction)),
    implement(endpoints.recordOutcomes)(({ params, input }) => predictions.recordOutcomes(params.model, input.outcomes)),
  ]
}

function oneOfTwo(both: boolean): TandemError {
  return new TandemError(
    'invalid_input',
    `The body has ${both ? 'features and rows' : 'neither features nor rows'}. Send "features" for one row, or "rows" for many.`,
    { errors: [{ path: '', message: `body must have exactly one of features and rows, got ${both ? 'both' : 'none'}` }] },
  )
}
