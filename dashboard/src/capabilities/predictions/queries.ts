// What the page of predictions asks the server.
import { queryOptions } from '@tanstack/react-query'
import { defaultStringifySearch } from '@tanstack/react-router'
import type { LoggedPrediction } from '../../../../src/capabilities/predictions/schema.ts'
import type { PredictionConditions } from '../../../../src/predictions.ts'
import { client } from '../../client.ts'
import type { PagedOptions } from '../../ui/use-paged.ts'
import type { PredictionsSearch } from './search.ts'

const HOUR_MS = 3_600_000
const WINDOW_MS = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS, '30d': 720 * HOUR_MS } as const
const CONFIDENCE = {
  low: { maxConfidence: 0.6 },
  middle: { minConfidence: 0.6, maxConfidence: 0.9 },
  high: { minConfidence: 0.9 },
} as const
const OUTCOME = { known: { hasOutcome: true }, none: { hasOutcome: false }, right: { correct: true }, wrong: { correct: false } } as const

/** The filter as the server takes it; a window counts back from `now`. */
export function conditionsOf(
  { model, version, source, outcome, confidence, value, window }: PredictionsSearch,
  now: number,
): PredictionConditions {
  return {
    model,
    version,
    source,
    value,
    ...(outcome === undefined ? {} : OUTCOME[outcome]),
    ...(confidence === undefined ? {} : CONFIDENCE[confidence]),
    ...(window === undefined ? {} : { since: new Date(now - WINDOW_MS[window]).toISOString() }),
  }
}

/** Every page of one list begins at the same time, which the first one fixes. */
export function predictionsQuery({ open: _, ...search }: PredictionsSearch, now: number): PagedOptions<LoggedPrediction> {
  return {
    queryKey: ['predictions', 'list', search],
    load: (cursor, signal) => client.predictions.list({ ...conditionsOf(search, now), cursor, limit: 200, signal }),
  }
}

export const countQuery = ({ open: _, ...search }: PredictionsSearch) =>
  queryOptions({
    queryKey: ['predictions', 'count', search],
    queryFn: ({ signal }) => client.predictions.count({ ...conditionsOf(search, Date.now()), signal }),
    placeholderData: (previous) => previous,
  })

export const predictionQuery = (id: string) =>
  queryOptions({ queryKey: ['predictions', 'one', id], queryFn: ({ signal }) => client.predictions.get(id, { signal }) })

export const explanationQuery = ({ predictionId, model, version, features }: LoggedPrediction, enabled: boolean) =>
  queryOptions({
    queryKey: ['predictions', 'explanation', predictionId],
    queryFn: ({ signal }) => client.model(model).explain(features, { version: version ?? undefined, signal }),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  })

/** Names to choose from; more models than this are reached by the pages of the models. */
export const modelNamesQuery = queryOptions({
  queryKey: ['models', 'names'],
  queryFn: async ({ signal }) => (await client.listModels({ limit: 200, signal })).items.map(({ name }) => name),
})

/** Address of the export with the same conditions. */
export function exportHref(search: PredictionsSearch, now: number): string {
  const given = Object.entries({ ...conditionsOf(search, now), format: 'csv' }).filter(([, value]) => value !== undefined)
  return `/v1/predictions/export?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

/** Address of the list with one prediction open beside it. */
export function addressesOf(filter: PredictionsSearch): (row: { readonly predictionId: string }) => string {
  const given = defaultStringifySearch(filter)
  const before = `/predictions${given === '' ? '?' : `${given}&`}open=`
  return ({ predictionId }) => before + encodeURIComponent(predictionId)
}
