// Row types of every table, one set for SQLite and PostgreSQL: times are integer milliseconds since 1970 (UTC),
// JSON is text, booleans are 0 or 1, ids are text. The migrations create exactly these.
import type { Generated, Insertable, Selectable } from 'kysely'
import type {
  CollectionSyncsTable,
  CollectionsTable,
  DocumentsTable,
  EmbeddingCacheTable,
  EmbeddingExamplesTable,
  EmbeddingModelsTable,
  EmbeddingVersionsTable,
  RuntimeRolloutsTable,
  SavedQueriesTable,
  SavedQueryMatchesTable,
  VectorFloatsTable,
  VectorIndexesTable,
  VectorSegmentsTable,
} from './search-tables.ts'

export interface ModelsTable {
  name: string
  /** The definition as JSON (capabilities/models/schema.ts, ModelDefinition). */
  definition: string
  /** `config`: from tandem.config.ts; `api`: put over HTTP. */
  origin: 'config' | 'api'
  created_at: number
  updated_at: number
}

export interface VersionsTable {
  model: string
  /** `YYYYMMDD_HHMMSS`, with a suffix `_2`, `_3` ... when several are made in one second. Primary key (model, version). */
  version: string
  created_at: number
  algorithm: string
  /** SHA-256 of the `.tdm` artifact. */
  artifact: string
  artifact_bytes: number
  /** Everything else the API shows of a version, JSON. */
  metadata: string
}

/** What was measured when a version was trained; deleted with it. Primary key (model, version, kind). */
export interface VersionReportsTable {
  model: string
  version: string
  kind: 'evaluation' | 'profile' | 'held-out' | 'card' | 'sample'
  /** JSON in UTF-8; of `held-out` and `sample` a .tdm file. */
  content: Uint8Array
}

/** Evaluations of a version on rows that were sent for it; deleted with it. */
export interface NewRowEvaluationsTable {
  id: string
  model: string
  version: string
  created_at: number
  /** What lists show, JSON. */
  summary: string
  /** The whole evaluation, JSON in UTF-8. */
  content: Uint8Array
}

export interface AliasesTable {
  model: string
  /** `active` is the version in service; others are free names. Primary key (model, alias). */
  alias: string
  version: string
  updated_at: number
}

/** Append-only: who was live when. */
export interface ActivationsTable {
  id: Generated<number>
  model: string
  version: string
  /** Version that was in service before; null at the first. */
  previous: string | null
  activated_at: number
  /** API key name, `config`, or `retrain`. */
  actor: string
  /** `train`, `activate`, `rollback`, `retrain`. */
  action: string
  reason: string
}

/** Rows a model was trained on, in parts of at most 16 MB each stored as artifacts. */
export interface DatasetsTable {
  id: string
  model: string
  created_at: number
  rows: number
  /** Column description as JSON. */
  columns: string
  /** SHA-256 over the parts, in order. */
  fingerprint: string
  /** JSON array of artifact hashes. */
  parts: string
  bytes: number
}

export interface ArtifactsTable {
  /** SHA-256 in hex of `content`. */
  hash: string
  size_bytes: number
  content: Uint8Array
  created_at: number
}

export interface PredictionsTable {
  id: string
  model: string
  /** Null when the fallback answered. */
  version: string | null
  created_at: number
  /** Features as sent, JSON. */
  features: string
  /** JSON: string or number. */
  value: string
  /** JSON object class -> probability; null for regression. */
  probabilities: string | null
  confidence: number
  source: 'model' | 'fallback'
  /** Why the fallback answered. */
  reason: string | null
  latency_us: number
  request_id: string | null
  /** JSON { coverage, set } or { coverage, interval }; null unless a coverage was asked for. */
  promised: string | null
}

export interface OutcomesTable {
  prediction_id: string
  model: string
  /** JSON: string or number. */
  value: string
  /** When it happened, as the caller says. */
  at: number
  received_at: number
  /** 1 when the predicted class came true, else 0; null for regression. */
  hit: number | null
  /** Distance of the predicted number from the truth; null for classification. */
  error: number | null
}

/** Predictions of one hour, version and latency; running sums. Primary key of the first four. */
export interface PredictionHoursTable {
  model: string
  /** Start of the hour. */
  hour: number
  /** Empty when the fallback answered. */
  version: string
  /** See capabilities/predictions/latency-buckets.ts. */
  bucket: number
  predictions: number
}

/** Outcomes of the predictions made in one hour, by version and confidence; running sums. Primary key of the first four. */
export interface OutcomeHoursTable {
  model: string
  hour: number
  version: string
  /** Tenth of the confidence, 0..9. */
  bin: number
  outcomes: number
  /** Classes that came true. */
  hits: number
  /** Sum of the confidences. */
  confidence: number
  /** Sum of the absolute errors, and of their squares. */
  error: number
  error_squares: number
}

export interface JobsTable {
  id: string
  kind: string
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
  /** Larger runs first. */
  priority: number
  payload: string
  result: string | null
  /** JSON { code, message, stack? } */
  error: string | null
  /** 0..1 */
  progress: number
  message: string | null
  attempts: number
  max_attempts: number
  created_at: number
  /** Not claimed before this time: delay, or back-off after a failure. */
  run_at: number
  started_at: number | null
  finished_at: number | null
  lease_token: string | null
  lease_until: number | null
  cancel_requested: number
  /** At most one queued or running job carries the same key; null: no such rule. */
  unique_key: string | null
  created_by: string | null
  /** What it is about: the name of a model. */
  subject: string | null
  /** What it is doing, in a word or two. */
  stage: string | null
}

/** What a job said while it ran, oldest first; at most some hundreds are kept of one. */
export interface JobLogTable {
  id: Generated<number>
  job: string
  at: number
  progress: number
  message: string
}

/** Requests and predictions of one server in one step of time. Primary key (step_ms, at, server). */
export interface TrafficTable {
  /** 60,000 or 3,600,000. */
  step_ms: number
  /** Start of the step, a multiple of it. */
  at: number
  /** Start of a server process; sums go over all of them. */
  server: string
  /** Counts and latency histograms by route, JSON (platform/telemetry/traffic-counts.ts). */
  content: string
}

export interface SchedulesTable {
  name: string
  cron: string
  timezone: string
  kind: string
  payload: string
  enabled: number
  next_run_at: number
  last_run_at: number | null
  updated_at: number
}

export interface ApiKeysTable {
  id: string
  name: string
  /** First characters of the key, to recognise it. */
  prefix: string
  /** SHA-256 in hex of the whole key. */
  hash: string
  /** JSON array of scopes. */
  scopes: string
  created_at: number
  last_used_at: number | null
  expires_at: number | null
  revoked_at: number | null
  /** Requests per minute; null: the server's default. */
  rate_limit_per_minute: number | null
}

export interface SessionsTable {
  /** SHA-256 in hex of the session token. */
  hash: string
  /** `link`: a one-time sign-in token; `cookie`: a browser session. */
  kind: 'link' | 'cookie'
  key_id: string
  created_at: number
  expires_at: number
  used_at: number | null
}

export interface IdempotencyTable {
  /** SHA-256 of (key id, route, Idempotency-Key). */
  key: string
  /** SHA-256 of the request body. */
  fingerprint: string
  /** Null while the first request runs. */
  status: number | null
  headers: string | null
  body: string | null
  created_at: number
  expires_at: number
}

export interface SettingsTable {
  name: string
  /** JSON */
  value: string
  updated_at: number
}

/** A table that was uploaded; its content stands in `upload_parts`. */
export interface UploadsTable {
  id: string
  name: string
  /** As they came. */
  bytes: number
  parts: number
  created_at: number
  /** When the last part came. */
  touched_at: number
  expires_at: number
  created_by: string | null
  /** What was found in it, JSON; null while it is being uploaded, and when it is being deleted. */
  summary: string | null
}

/** Primary key (upload, part); parts count from 0. */
export interface UploadPartsTable {
  upload: string
  part: number
  /** Compressed by zstd, with its checksum. */
  content: Uint8Array
}

export interface Tables {
  models: ModelsTable
  versions: VersionsTable
  version_reports: VersionReportsTable
  new_row_evaluations: NewRowEvaluationsTable
  aliases: AliasesTable
  activations: ActivationsTable
  datasets: DatasetsTable
  artifacts: ArtifactsTable
  predictions: PredictionsTable
  outcomes: OutcomesTable
  prediction_hours: PredictionHoursTable
  outcome_hours: OutcomeHoursTable
  jobs: JobsTable
  job_log: JobLogTable
  schedules: SchedulesTable
  api_keys: ApiKeysTable
  sessions: SessionsTable
  idempotency: IdempotencyTable
  settings: SettingsTable
  traffic: TrafficTable
  uploads: UploadsTable
  upload_parts: UploadPartsTable
  vector_indexes: VectorIndexesTable
  vector_segments: VectorSegmentsTable
  vector_floats: VectorFloatsTable
  collections: CollectionsTable
  documents: DocumentsTable
  embedding_cache: EmbeddingCacheTable
  embedding_models: EmbeddingModelsTable
  embedding_versions: EmbeddingVersionsTable
  embedding_examples: EmbeddingExamplesTable
  runtime_rollouts: RuntimeRolloutsTable
  collection_syncs: CollectionSyncsTable
  saved_queries: SavedQueriesTable
  saved_query_matches: SavedQueryMatchesTable
}

export type Row<Name extends keyof Tables> = Selectable<Tables[Name]>
export type NewRow<Name extends keyof Tables> = Insertable<Tables[Name]>
