// A job as it is shown over HTTP.
import { z } from 'zod'

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
