// Why a worker could not answer: one error whose `reason` says which fallback case it is.
import { TandemError } from '../../errors.ts'
import { FALLBACK_REASONS, type FallbackReason } from './schema.ts'

/** An `unavailable` error whose details hold the reason; whoever has another runtime asks that one. */
export function workerFailure(reason: FallbackReason, message: string, cause?: unknown): TandemError {
  return new TandemError('unavailable', message, { details: { reason }, cause })
}

/** The reason an error carries; undefined for one that is not of a worker's making, such as wrong input. */
export function failureReason(error: unknown): FallbackReason | undefined {
  if (!TandemError.is(error) || error.code !== 'unavailable') return undefined
  const { reason } = error.details
  return FALLBACK_REASONS.find((known) => known === reason)
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
