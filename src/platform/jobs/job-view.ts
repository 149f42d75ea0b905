// Shows a stored job. Apart from its schema, whose types programs that use Tandem load: they need no database.
import type { Job } from './jobs.ts'
import type { JobView } from './schema.ts'

const iso = (time: number | null): string | undefined => (time === null ? undefined : new Date(time).toISOString())

/** The job without its payload, which may be large and is the caller's own. */
export function jobView(job: Job): JobView {
  return {
    id: job.id,
    kind: job.kind,
    status: job.status,
    progress: job.progress,
    message: job.message,
    attempts: job.attempts,
    maxAttempts: job.maxAttempts,
    result: (job.result ?? undefined) as JobView['result'],
    error: job.error === null ? undefined : { code: job.error.code, message: job.error.message },
    createdAt: new Date(job.createdAt).toISOString(),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
    createdBy: job.createdBy,
  }
}
