// Which errors are worth another try, and when: exponential backoff with full jitter
// (Brooker 2015, "Exponential Backoff And Jitter"): uniform in [0, min(cap, first * 2^(attempt - 1))).
import type { ErrorCode } from '../../errors.ts'

/** Errors that the same input meets again; a job that throws one of them has failed at once. */
export const NEVER_RETRIED: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid_input',
  'invalid_config',
  'shape_mismatch',
  'too_few_rows',
  'too_few_classes',
  'too_many_rows',
  'target_missing',
  'memory_limit',
  'not_found',
  'model_not_found',
  'version_not_found',
  'prediction_not_found',
  'collection_not_found',
  'job_not_found',
  'key_not_found',
  'artifact_not_found',
  'no_version',
  'unauthorized',
  'forbidden',
  'payload_too_large',
  'unsupported_media_type',
  'malformed_body',
  'dependency_missing',
])

export const DEFAULT_MAX_ATTEMPTS = 3
export const DEFAULT_BACKOFF_MS = 1_000
export const MAX_BACKOFF_MS = 3_600_000

/** Milliseconds to wait after the `attempt`-th try (1 is the first) failed; `random` gives numbers in [0, 1). */
export function backoffDelayMs(attempt: number, firstMs: number, random: () => number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, firstMs * 2 ** Math.min(attempt - 1, 40))
  return Math.floor(random() * ceiling)
}
