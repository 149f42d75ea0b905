// The list with what was predicted since it was loaded put before it.
import { useMemo } from 'react'
import type { LoggedPrediction } from '../../../../../src/capabilities/predictions/schema.ts'
import type { PredictionSummary } from '../../../../../src/platform/events/events.ts'
import { useLiveRows } from '../../../live.ts'
import type { PredictionsSearch } from '../search.ts'

/** What a row of the table shows; an event tells all of it but the outcome, which cannot be known yet. */
export type PredictionRow = Pick<
  LoggedPrediction,
  'predictionId' | 'model' | 'version' | 'value' | 'confidence' | 'source' | 'latencyMs' | 'at' | 'correct' | 'error' | 'outcome'
>

export function usePredictionRows(
  loaded: readonly LoggedPrediction[] | undefined,
  search: PredictionsSearch,
  live: boolean,
): { readonly rows: readonly PredictionRow[] | undefined; readonly skipped: number } {
  const events = useLiveRows('prediction.logged', live)
  return useMemo(() => {
    const skipped = events.reduce((sum, { skipped: left = 0 }) => sum + left, 0)
    if (loaded === undefined || events.length === 0) return { rows: loaded, skipped }
    const known = new Set(loaded.map(({ predictionId }) => predictionId))
    const fresh = events.filter((event) => !known.has(event.id) && matches(event, search)).map(rowOf)
    return { rows: fresh.length === 0 ? loaded : [...fresh, ...loaded], skipped }
  }, [events, loaded, search])
}

function rowOf({ id, skipped: _, ...summary }: PredictionSummary & { readonly skipped?: number }): PredictionRow {
  return { predictionId: id, ...summary, correct: null }
}

function matches({ model, version, source, value, confidence }: PredictionSummary, search: PredictionsSearch): boolean {
  if (search.outcome !== undefined && search.outcome !== 'none') return false
  if (search.model !== undefined && search.model !== model) return false
  if (search.version !== undefined && search.version !== version) return false
  if (search.source !== undefined && search.source !== source) return false
  if (search.value !== undefined && search.value !== String(value)) return false
  if (search.confidence === 'low') return confidence <= 0.6
  if (search.confidence === 'middle') return confidence >= 0.6 && confidence <= 0.9
  return search.confidence !== 'high' || confidence >= 0.9
}
