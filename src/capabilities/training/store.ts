// The port to stored training rows and to predictions whose outcome is known.
import type { Queryable } from '../../platform/storage/database.ts'
import type { TableSummary } from './table-writer.ts'

/** What is known of a dataset without reading its parts. */
export interface Dataset {
  readonly id: string
  readonly model: string
  readonly createdAt: number
  readonly rows: number
  readonly fingerprint: string
  /** Hashes of the artifacts, in the order of the rows. */
  readonly parts: readonly string[]
  readonly bytes: number
  readonly summary: DatasetSummary
}

export interface DatasetSummary extends Pick<TableSummary, 'classCounts' | 'categories' | 'skippedRows'> {
  readonly target: string
  readonly task: 'classification' | 'regression'
}

/** A logged prediction with what came true. */
export interface JudgedPrediction {
  readonly predictionId: string
  readonly features: Readonly<Record<string, unknown>>
  readonly value: string | number
  readonly receivedAt: number
}

export interface TrainingStore {
  insertDataset(dataset: Dataset, on?: Queryable): Promise<void>
  findDataset(id: string, on?: Queryable): Promise<Dataset | undefined>
  latestDataset(model: string, on?: Queryable): Promise<Dataset | undefined>
  /** Ids and parts of a model's datasets, newest first. */
  datasetParts(model: string, on?: Queryable): Promise<readonly { readonly id: string; readonly parts: readonly string[] }[]>
  deleteDataset(id: string, on?: Queryable): Promise<void>
  countJudged(model: string, on?: Queryable): Promise<number>
  /** In the order they came. */
  listJudged(
    model: string,
    options: { readonly after?: readonly [number, string]; readonly until: number; readonly limit: number },
    on?: Queryable,
  ): Promise<readonly JudgedPrediction[]>
}
