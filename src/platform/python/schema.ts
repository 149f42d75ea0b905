// What is told of the runtimes: the process itself, the Python workers of this machine, and inference servers elsewhere.
import { z } from 'zod'

export const RUNTIME_STATES = ['disabled', 'stopped', 'starting', 'ready', 'degraded', 'down'] as const
export const FALLBACK_REASONS = [
  'disabled',
  'not_started',
  'starting',
  'exited',
  'hung',
  'timeout',
  'overloaded',
  'bad_answer',
  'model_missing',
  'unreachable',
  'stopped',
  'unsuited',
] as const

export const WorkerSchema = z
  .object({
    id: z.string().describe('Such as python-1, or the name of a remote'),
    state: z.enum(RUNTIME_STATES),
    reason: z.string().nullable().describe('Why it is not ready, in a sentence'),
    origin: z.enum(['spawned', 'adopted', 'remote']).nullable().describe('Null while there is none'),
    address: z.string().nullable().describe('Host of a remote; null for a socket of this machine'),
    locality: z.enum(['machine', 'near', 'far']).describe('Nearer workers are asked first when equally busy'),
    pid: z.int().nullable(),
    version: z.string().nullable(),
    uptimeSeconds: z.number().nullable(),
    restarts: z.int().describe('Since the server started'),
    consecutiveFailures: z.int(),
    nextStartInMs: z.number().nullable().describe('Until it is started again; null when it runs or is stopped'),
    circuit: z.enum(['closed', 'open', 'half-open']).describe('Open: it failed too often and is tried rarely'),
    inFlight: z.int(),
    served: z.int(),
    failed: z.int(),
    missedCanaries: z.int(),
    canaryMs: z.number().nullable().describe('Of the last canary that was answered'),
    rssBytes: z.int().nullable(),
    device: z.string().nullable().describe('Such as cpu or cuda:0'),
    python: z.string().nullable(),
    packages: z.record(z.string(), z.string()),
    models: z.array(z.string()).describe('Models it has open'),
  })
  .meta({ id: 'RuntimeWorker' })

export const RuntimePathSchema = z
  .object({
    path: z.string().describe('What was asked for, such as embed'),
    model: z.string(),
    calls: z.int(),
    items: z.int().describe('Such as texts'),
    errors: z.int(),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    itemMs: z.number().nullable().describe('Time an item takes, moving average'),
  })
  .meta({ id: 'RuntimePath' })

export const RuntimeSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['node', 'python']),
    state: z.enum(RUNTIME_STATES),
    reason: z.string().nullable(),
    prefer: z.enum(['node', 'python', 'fastest', 'best']).describe('Who computes what both can'),
    uptimeSeconds: z.number().nullable().describe('Since the oldest worker was ready'),
    restarts: z.int(),
    queue: z.object({ waiting: z.int(), inFlight: z.int(), limit: z.int() }),
    workers: z.array(WorkerSchema),
    paths: z.array(RuntimePathSchema).describe('Latency of each way through this runtime'),
    fallbacks: z
      .array(z.object({ reason: z.enum(FALLBACK_REASONS), count: z.int() }))
      .describe('Calls that another runtime answered, since the server started'),
    rssBytes: z.int().nullable(),
    environment: z
      .object({
        executable: z.string().nullable(),
        folder: z.string().nullable(),
        ready: z.boolean(),
        problem: z.string().nullable().describe('Why no worker can be started'),
      })
      .nullable()
      .describe('Null for the node runtime'),
  })
  .meta({ id: 'Runtime' })

export const RuntimeLogLineSchema = z
  .object({
    at: z.string().describe('ISO 8601'),
    worker: z.string(),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
  })
  .meta({ id: 'RuntimeLogLine' })

export type WorkerView = z.infer<typeof WorkerSchema>
export type RuntimePath = z.infer<typeof RuntimePathSchema>
export type RuntimeView = z.infer<typeof RuntimeSchema>
export type RuntimeLogLine = z.infer<typeof RuntimeLogLineSchema>
export type RuntimeState = (typeof RUNTIME_STATES)[number]
export type FallbackReason = (typeof FALLBACK_REASONS)[number]

const Cell = z.union([z.number(), z.string().max(10_000), z.boolean(), z.null()])

export const WorkerRowSchema = z
  .union([
    z.record(z.string().min(1).max(200), Cell),
    z
      .array(z.union([z.number(), z.null()]))
      .min(1)
      .max(10_000),
  ])
  .describe('Features by name, sent as one tensor each; or numbers in the order of the model, sent as one matrix')

export const WorkerAnswersSchema = z.object({
  version: z.string().nullable().describe('As the worker names it; null where it does not'),
  predictions: z.array(
    z.object({
      value: z.union([z.string(), z.number()]),
      probabilities: z.record(z.string(), z.number()).optional().describe('Where the model tells them'),
    }),
  ),
})

export type WorkerRow = Readonly<z.infer<typeof WorkerRowSchema>>
export type WorkerAnswers = z.infer<typeof WorkerAnswersSchema>
export type WorkerAnswer = WorkerAnswers['predictions'][number]
