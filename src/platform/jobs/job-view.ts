// Shows a stored job. Apart from its schema, whose types programs that use Tandem load: they need no database.
import { hintOf } from './error-hints.ts'
import type { Job, JobError, JobLogEntry } from './jobs.ts'
import type { JobLogView, JobView } from './schema.ts'

const iso = (time: number | null): string | undefined => (time === null ? undefined : new Date(time).toISOString())

/** The job without its payload, which may be large and is the caller's own, and without a stack unless asked for. */
export function jobView(job: Job, { withStack = false }: { readonly withStack?: boolean } = {}): JobView {
  return {
    id: job.id,
    kind: job.kind,
    status: job.status,
    progress: job.progress,
    message: job.message,
    attempts: job.attempts,
    maxAttempts: job.maxAttempts,
    result: (job.result ?? undefined) as JobView['result'],
    error: job.error === null ? undefined : errorView(job.error, withStack),
    createdAt: new Date(job.createdAt).toISOString(),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
    createdBy: job.createdBy,
    subject: job.subject,
    stage: job.stage,
  }
}

function errorView({ code, message, stack }: JobError, withStack: boolean): JobView['error'] {
  return { code, message, hint: hintOf(code), ...(withStack && stack !== undefined ? { stack } : {}) }
}

export function jobLogView({ at, progress, message }: JobLogEntry): JobLogView {
  return { at: new Date(at).toISOString(), progress, message }
}
