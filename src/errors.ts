// The one error class of Tandem and the one table of its codes.

/** Every code an error can carry, with what it means. The server maps each to a status in `interfaces/server/status.ts`. */
export const ERROR_CODES = {
  invalid_input: 'A value does not fit the schema; `errors` names each place.',
  invalid_config: 'The configuration or an environment variable cannot be used.',
  shape_mismatch: 'Two arrays that belong together differ in length or dimensions.',
  too_few_rows: 'There are fewer rows than the algorithm can learn from.',
  too_few_classes: 'The target holds one class only.',
  too_many_rows: 'There are more rows than the limit allows.',
  target_missing: 'The target column is absent from the rows.',
  memory_limit: 'The work would need more memory than the limit allows.',
  not_found: 'There is nothing at this address.',
  method_not_allowed: 'The address exists, but not for this method.',
  model_not_found: 'No model has this name.',
  version_not_found: 'The model has no such version.',
  prediction_not_found: 'No prediction has this id.',
  table_not_found: 'No uploaded table has this id.',
  collection_not_found: 'No collection has this name.',
  document_not_found: 'The collection has no document with this id.',
  saved_query_not_found: 'The collection has no saved query with this id.',
  job_not_found: 'No job has this id.',
  key_not_found: 'No API key has this id.',
  artifact_not_found: 'No artifact has this hash.',
  artifact_damaged: 'A stored file does not have the content its hash promises.',
  version_active: 'The version is in service and therefore cannot be deleted.',
  conflict: 'The state does not allow the operation.',
  idempotency_conflict: 'The Idempotency-Key was used with another request.',
  idempotency_in_progress: 'The first request with this Idempotency-Key is still running.',
  no_version: 'The model has no trained version and no fallback.',
  no_calibration: 'The version cannot promise this coverage: it was not calibrated, or on too few rows.',
  unauthorized: 'No valid API key was sent.',
  forbidden: 'The API key lacks the scope for this.',
  rate_limited: 'The key sent more requests than its limit allows.',
  overloaded: 'The server sheds load; try again shortly.',
  unavailable: 'A part the request needs does not answer.',
  payload_too_large: 'The body is larger than the limit.',
  unsupported_media_type: 'The endpoint does not read this content type.',
  malformed_body: 'The body is not valid JSON, CSV or NDJSON.',
  canceled: 'The work was canceled.',
  timeout: 'The work did not finish in time.',
  storage_full: 'The disk or the database has no room left.',
  storage_locked: 'Another process holds the database file.',
  storage_damaged: 'The database file is damaged.',
  dependency_missing: 'An optional package is not installed; the message holds the command.',
  network: 'The server could not be reached.',
  internal: 'Tandem itself failed.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** One place in the input that is wrong: a JSON pointer and a sentence that says what would be right. */
export interface FieldError {
  readonly path: string
  readonly message: string
}

export interface TandemErrorOptions {
  /** Facts safe to show to a caller: limits, names, numbers. */
  readonly details?: Readonly<Record<string, unknown>>
  /** The single places that are wrong, for `invalid_input`. */
  readonly errors?: readonly FieldError[]
  readonly cause?: unknown
}

const marker: unique symbol = Symbol.for('tandem-ml.error')

/**
 * What every part of Tandem throws. The message says what happened with the numbers, why, and how to fix it.
 *
 * @example
 * throw new TandemError('model_not_found', `There is no model "${name}". Known models: match, penguins.`, { details: { name } })
 */
export class TandemError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
  readonly errors: readonly FieldError[] | undefined
  readonly [marker] = true

  constructor(code: ErrorCode, message: string, options: TandemErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TandemError'
    this.code = code
    this.details = options.details ?? {}
    this.errors = options.errors
  }

  /** Whether a value is a TandemError, also one made by another copy of the package. */
  static is(value: unknown): value is TandemError {
    return typeof value === 'object' && value !== null && marker in value
  }
}
