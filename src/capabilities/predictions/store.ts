// The port to logged predictions and their outcomes.
import type { Queryable } from '../../platform/storage/database.ts'
import type { NewRow, Row } from '../../platform/storage/tables.ts'

/** A logged prediction with what came true, if that is known. */
export type PredictionRow = Row<'predictions'> & { readonly outcome_value: string | null; readonly outcome_at: number | null }

export interface PredictionQuery {
  /** Only those before this place of the list. */
  readonly before?: readonly [number, string]
  readonly limit: number
  readonly version?: string
  readonly source?: 'model' | 'fallback'
  readonly hasOutcome?: boolean
  readonly since?: number
  readonly until?: number
}

export interface PredictionStore {
  /** Writing a row twice is no error: a batch whose answer was lost is sent again. */
  insertPredictions(rows: readonly NewRow<'predictions'>[]): Promise<void>
  find(model: string, id: string): Promise<PredictionRow | undefined>
  /** Newest first. */
  list(model: string, query: PredictionQuery): Promise<readonly PredictionRow[]>
  /** Those of the ids that are predictions of the model. */
  known(model: string, ids: readonly string[], on: Queryable): Promise<ReadonlySet<string>>
  /** Stores outcomes that are new; returns the ids that were. */
  insertOutcomes(rows: readonly NewRow<'outcomes'>[], on: Queryable): Promise<ReadonlySet<string>>
  /** Stored values by prediction. */
  outcomes(ids: readonly string[], on: Queryable): Promise<ReadonlyMap<string, string>>
}
