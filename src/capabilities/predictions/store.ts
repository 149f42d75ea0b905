// The port to logged predictions and their outcomes.
import type { Queryable } from '../../platform/storage/database.ts'
import type { NewRow, Row } from '../../platform/storage/tables.ts'
import type { PredictionBatch } from './prediction-batch.ts'

/** A logged prediction with what came true, if that is known. */
export type PredictionRow = Row<'predictions'> & {
  readonly outcome_value: string | null
  readonly outcome_at: number | null
  readonly hit: number | null
  readonly error: number | null
}

export interface PredictionConditions {
  readonly model?: string | undefined
  readonly version?: string | undefined
  readonly source?: 'model' | 'fallback' | undefined
  readonly hasOutcome?: boolean | undefined
  readonly correct?: boolean | undefined
  readonly minConfidence?: number | undefined
  readonly maxConfidence?: number | undefined
  /** JSON texts, one of which was predicted. */
  readonly values?: readonly string[] | undefined
  readonly since?: number | undefined
  readonly until?: number | undefined
}

export interface PredictionQuery extends PredictionConditions {
  /** Only those before this place of the list. */
  readonly before?: readonly [number, string] | undefined
  readonly limit: number
}

/** What an outcome is judged by. */
export type Predicted = Pick<Row<'predictions'>, 'id' | 'version' | 'created_at' | 'confidence' | 'value' | 'probabilities'>

export interface PredictionStore {
  /** With their sums by hour, in one transaction. Writing a row twice is no error: a batch whose answer was lost is sent again. */
  insertPredictions(rows: readonly NewRow<'predictions'>[]): Promise<void>
  /** The same for a batch. */
  insertBatch(batch: Pick<PredictionBatch, 'bytes' | 'sums'>): Promise<void>
  find(id: string, model?: string): Promise<PredictionRow | undefined>
  /** Newest first. */
  list(query: PredictionQuery): Promise<readonly PredictionRow[]>
  /** How many there are; counting ends at `limit`. */
  count(conditions: PredictionConditions, limit: number): Promise<number>
  /** Those of the ids that are predictions of the model. */
  known(model: string, ids: readonly string[], on: Queryable): Promise<ReadonlyMap<string, Predicted>>
  /** Stores outcomes that are new, with their sums by hour; returns the ids that were. */
  insertOutcomes(rows: readonly NewRow<'outcomes'>[], known: ReadonlyMap<string, Predicted>, on: Queryable): Promise<ReadonlySet<string>>
  /** Stored values by prediction. */
  outcomes(ids: readonly string[], on: Queryable): Promise<ReadonlyMap<string, string>>
}
