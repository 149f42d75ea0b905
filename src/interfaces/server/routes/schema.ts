// Endpoints of the server itself: health, metrics, jobs, keys, events.
import { z } from 'zod'
import { endpoint, type Scope } from '../../../endpoint.ts'
import { JobCountsSchema, JobLogEntrySchema, JobSchema } from '../../../platform/jobs/schema.ts'

const Page = { limit: z.int().min(1).max(200).default(50), cursor: z.string().max(500).optional() }

export const ReadinessSchema = z
  .object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), message: z.string().optional() })),
  })
  .meta({ id: 'Readiness' })

export const live = endpoint({
  method: 'GET',
  path: '/health/live',
  scope: 'public',
  summary: 'Whether the process answers at all',
  output: z.object({ live: z.literal(true) }),
})

export const ready = endpoint({
  method: 'GET',
  path: '/health/ready',
  scope: 'public',
  summary: 'Whether the server can do its work: storage answers and a canary prediction was answered',
  output: ReadinessSchema,
  alsoStatus: [503],
})

export const metrics = (scope: Scope) =>
  endpoint({
    method: 'GET',
    path: '/metrics',
    scope,
    summary: 'Prometheus metrics',
    output: z.string(),
    kind: 'text',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  })

export const listJobs = endpoint({
  method: 'GET',
  path: '/v1/jobs',
  scope: 'read',
  summary: 'Jobs, newest first',
  query: z.strictObject({
    ...Page,
    status: z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled']).optional(),
    kind: z.string().max(100).optional(),
    subject: z.string().max(200).optional().describe('Jobs about this model'),
  }),
  output: z.object({ items: z.array(JobSchema), nextCursor: z.string().optional() }),
})

export const getJob = endpoint({
  method: 'GET',
  path: '/v1/jobs/:job',
  scope: 'read',
  summary: 'A job',
  output: JobSchema,
  errors: ['job_not_found'],
})

export const countJobs = endpoint({
  method: 'GET',
  path: '/v1/jobs/counts',
  scope: 'read',
  summary: 'How many jobs wait and run, and how those of the last 24 hours ended',
  output: JobCountsSchema,
})

export const getJobLog = endpoint({
  method: 'GET',
  path: '/v1/jobs/:job/log',
  scope: 'read',
  summary: 'What a job said while it ran',
  description: 'Every new message with its time and progress, oldest first; the last 500 of a job.',
  output: z.object({ items: z.array(JobLogEntrySchema) }),
  errors: ['job_not_found'],
})

export const cancelJob = endpoint({
  method: 'POST',
  path: '/v1/jobs/:job/cancel',
  scope: 'write',
  summary: 'Cancel a job that waits or runs',
  output: JobSchema,
  errors: ['job_not_found', 'conflict'],
})

export const retryJob = endpoint({
  method: 'POST',
  path: '/v1/jobs/:job/retry',
  scope: 'write',
  summary: 'Put a failed or canceled job back in the queue',
  output: JobSchema,
  errors: ['job_not_found', 'conflict'],
})

export const watchJob = endpoint({
  method: 'GET',
  path: '/v1/jobs/:job/events',
  scope: 'read',
  summary: "A job's progress as it happens",
  description: 'Server-Sent Events, each a job; the last one is the finished job.',
  output: JobSchema,
  kind: 'events',
  contentType: 'text/event-stream',
  errors: ['job_not_found'],
})

export const EventSchema = z
  .object({
    type: z.string().describe('For example job.updated'),
    at: z.number().describe('Milliseconds since 1970'),
    data: z.record(z.string(), z.json()),
    boot: z.string().describe('Names this start of the server'),
    seq: z.int().describe('Counts the events of this start, those of other types too'),
  })
  .meta({ id: 'Event' })

export const watchEvents = endpoint({
  method: 'GET',
  path: '/v1/events',
  scope: 'read',
  summary: 'Everything that happens, as it happens',
  description:
    'Server-Sent Events. A WebSocket at the same address gives the same: authenticate by header, cookie or the message `{"type":"authenticate","key":"tdm_..."}`; choose with `{"type":"subscribe","types":["job.updated"]}`. It says where the events stand (`boot`, `seq`) when it has let you in: another `boot`, or a larger `seq` than the last you saw, means that you missed some. `prediction.logged` and `traffic.updated` are sent only to who names them.',
  query: z.strictObject({
    types: z
      .string()
      .max(1000)
      .optional()
      .describe('Names separated by commas, or job.* for a group; when absent, all but those sent on demand'),
  }),
  output: EventSchema,
  kind: 'events',
  contentType: 'text/event-stream',
})

const ScopeSchema = z.enum(['predict', 'train', 'read', 'write', 'admin']).meta({ id: 'Scope' })

export const KeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe('First characters, to recognise it'),
    scopes: z.array(ScopeSchema),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
    rateLimitPerMinute: z.int().nullable(),
  })
  .meta({ id: 'Key' })

export const createKey = endpoint({
  method: 'POST',
  path: '/v1/keys',
  scope: 'admin',
  summary: 'Create an API key',
  description: 'The key itself is in this answer only; it is stored as a hash and cannot be shown again.',
  input: z.strictObject({
    name: z.string().min(1).max(100),
    scopes: z.array(ScopeSchema).min(1).max(5),
    expiresAt: z.iso.datetime().optional(),
    rateLimitPerMinute: z.int().min(1).max(1_000_000).optional(),
  }),
  output: z.object({ key: z.string(), record: KeySchema }),
  status: 201,
  // Storing the answer for a replay would store the key in the clear.
  idempotent: false,
  examples: { 'A key for an application': { name: 'web shop', scopes: ['predict'] } },
})

export const listKeys = endpoint({
  method: 'GET',
  path: '/v1/keys',
  scope: 'admin',
  summary: 'API keys, without their secrets',
  query: z.strictObject(Page),
  output: z.object({ items: z.array(KeySchema), nextCursor: z.string().optional() }),
})

export const getKey = endpoint({
  method: 'GET',
  path: '/v1/keys/:key',
  scope: 'admin',
  summary: 'An API key, without its secret',
  output: KeySchema,
  errors: ['key_not_found'],
})

export const revokeKey = endpoint({
  method: 'DELETE',
  path: '/v1/keys/:key',
  scope: 'admin',
  summary: 'Revoke an API key on every server at once',
  output: KeySchema,
  errors: ['key_not_found'],
})
