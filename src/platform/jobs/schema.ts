// A job as it is shown over HTTP, and the one function that makes it from the stored one.
import { z } from 'zod'
import type { Job } from './jobs.ts'

export const JobSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    status: z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled']),
    progress: z.number().min(0).max(1),
    message: z.string().nullable(),
    attempts: z.int(),
    maxAttempts: z.int(),
    result: z.json().optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
    createdBy: z.string().nullable(),
  })
  .meta({ id: 'Job' })

export type JobView = z.infer<typeof JobSchema>

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
