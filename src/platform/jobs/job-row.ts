// From a row of `jobs` to a Job, from a thrown value to the error a job keeps, and the ids of jobs:
// UUID version 7 (RFC 9562, section 5.7), so that jobs enqueued in one millisecond still start in order.
import { randomBytes } from 'node:crypto'
import { TandemError } from '../../errors.ts'
import type { Row } from '../storage/tables.ts'
import { redactSecrets } from '../telemetry/log.ts'
import type { Job, JobError, JobStatus } from './jobs.ts'

const MAX_MESSAGE_CHARS = 4_000
const MAX_STACK_CHARS = 8_000

export function isFinished(status: JobStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled'
}

export function jobFromRow(row: Row<'jobs'>): Job {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    progress: row.progress,
    message: row.message,
    payload: JSON.parse(row.payload),
    result: row.result === null ? null : JSON.parse(row.result),
    error: row.error === null ? null : (JSON.parse(row.error) as JobError),
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    priority: row.priority,
    createdAt: row.created_at,
    runAt: row.run_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    createdBy: row.created_by,
    subject: row.subject,
    stage: row.stage,
  }
}

/** What a job keeps of a thrown value: bounded, so that one huge message cannot fill the table, and without secrets. */
export function jobError(thrown: unknown): JobError {
  if (!(thrown instanceof Error) && !TandemError.is(thrown)) {
    return { code: 'internal', message: `The handler threw ${String(thrown)}, which is not an Error.`.slice(0, MAX_MESSAGE_CHARS) }
  }
  const code = TandemError.is(thrown) ? thrown.code : 'internal'
  const error: JobError = { code, message: redactSecrets(thrown.message).slice(0, MAX_MESSAGE_CHARS) }
  return thrown.stack === undefined ? error : { ...error, stack: redactSecrets(thrown.stack).slice(0, MAX_STACK_CHARS) }
}

/** JSON of a payload or a result; `undefined` is stored as null. */
export function toJson(value: unknown, what: string): string {
  try {
    const text = JSON.stringify(value ?? null)
    if (text !== undefined) return text
  } catch (cause) {
    throw new TandemError('invalid_input', `${what} cannot be written as JSON: ${(cause as Error).message}. Give plain JSON values.`, {
      cause,
    })
  }
  throw new TandemError('invalid_input', `${what} is a ${typeof value}, which JSON cannot hold. Give plain JSON values.`)
}

let lastTime = 0
let sequence = 0

export function newJobId(now: number): string {
  if (now > lastTime) {
    lastTime = now
    sequence = 0
  } else {
    sequence += 1
    // 12 bits of counter per millisecond; beyond that the time runs ahead of the clock, as the RFC allows.
    if (sequence > 0xfff) {
      lastTime += 1
      sequence = 0
    }
  }
  const time = lastTime.toString(16).padStart(12, '0')
  const random = randomBytes(8)
  random[0] = (random[0]! & 0x3f) | 0x80
  const tail = random.toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`
}
