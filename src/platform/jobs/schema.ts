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
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        hint: z.string().nullable().describe('What to do about it'),
        stack: z.string().optional().describe('Where it was thrown; only for keys with the scope admin'),
      })
      .optional(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
    createdBy: z.string().nullable(),
    subject: z.string().nullable().describe('What it is about: the name of a model'),
    stage: z.string().nullable().describe('What it is doing, or was doing when it failed, in a word'),
  })
  .meta({ id: 'Job' })

export const JobLogEntrySchema = z.object({ at: z.iso.datetime(), progress: z.number(), message: z.string() }).meta({ id: 'JobLogEntry' })

export const JobCountsSchema = z
  .object({ queued: z.int(), running: z.int(), succeeded24h: z.int(), failed24h: z.int(), canceled24h: z.int() })
  .meta({ id: 'JobCounts' })

export type JobCounts = z.infer<typeof JobCountsSchema>
export type JobLogView = z.infer<typeof JobLogEntrySchema>
export type JobView = z.infer<typeof JobSchema>
