// The one error class of Tandem and the one list of its codes.

/** Every code an error can carry. What each means stands in `error-codes.ts`, which no page has to load. */
export const CODES = [
  'invalid_input',
  'invalid_config',
  'shape_mismatch',
  'too_few_rows',
  'too_few_classes',
  'too_many_rows',
  'target_missing',
  'memory_limit',
  'not_found',
  'method_not_allowed',
  'model_not_found',
  'version_not_found',
  'prediction_not_found',
  'table_not_found',
  'collection_not_found',
  'document_not_found',
  'saved_query_not_found',
  'job_not_found',
  'key_not_found',
  'artifact_not_found',
  'artifact_damaged',
  'version_active',
  'conflict',
  'idempotency_conflict',
  'idempotency_in_progress',
  'no_version',
  'no_calibration',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'overloaded',
  'unavailable',
  'payload_too_large',
  'unsupported_media_type',
  'malformed_body',
  'canceled',
  'timeout',
  'storage_full',
  'storage_locked',
  'storage_damaged',
  'dependency_missing',
  'network',
  'internal',
] as const

export type ErrorCode = (typeof CODES)[number]

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
