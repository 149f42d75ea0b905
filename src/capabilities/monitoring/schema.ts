// How models do in service: what they answered, how often they were right, how fast they were, and whether that is well.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'

export const WindowSchema = z.enum(['24h', '7d', '30d'])

const Interval = z.object({ value: z.number(), low: z.number(), high: z.number() })

/** Share that came true with Wilson's interval, or mean absolute error with a normal one; 95 %. Null without outcomes. */
const Live = {
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
}

const Latencies = { p50Ms: z.number().nullable(), p95Ms: z.number().nullable() }

export const HealthSchema = z.enum(['good', 'warn', 'bad', 'unknown'])

export const ModelPerformanceSchema = z
  .object({
    model: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    /** Width of a point; points are cut in UTC. */
    stepMs: z.int(),
    metric: z.enum(['accuracy', 'mae']),
    /** One for each step, also where nothing happened. Outcomes count where their prediction was made. */
    points: z.array(z.object({ at: z.iso.datetime(), predictions: z.int(), fallback: z.int(), outcomes: z.int(), ...Live, ...Latencies })),
    total: z.object({
      predictions: z.int(),
      fallback: z.int(),
      outcomes: z.int(),
      ...Live,
      /** Classes: mean distance of the confidence from how often it was right, over tenths of the confidence. */
      calibrationError: z.number().nullable(),
      ...Latencies,
      p99Ms: z.number().nullable(),
      /** The same metric of the version in service when it was trained. */
      heldOut: Interval.nullable(),
    }),
    /** The window before. */
    previous: z.object({ predictions: z.int(), outcomes: z.int(), value: z.number().nullable() }),
    /** Changes of the version in service within the window, oldest first. */
    versions: z.array(z.object({ at: z.iso.datetime(), version: z.string(), action: z.string() })),
    health: HealthSchema,
    healthReason: z.string(),
  })
  .meta({ id: 'ModelPerformance' })

export const PerformanceItemSchema = z
  .object({
    model: z.string(),
    task: z.enum(['classification', 'regression']),
    algorithm: z.string(),
    serving: z.enum(['model', 'fallback', 'none']),
    activeVersion: z.string().nullable(),
    activeSince: z.iso.datetime().nullable(),
    predictions: z.int(),
    /** Predictions of each step of the window. */
    spark: z.array(z.int()),
    metric: z.enum(['accuracy', 'mae']),
    outcomes: z.int(),
    ...Live,
    heldOut: Interval.nullable(),
    health: HealthSchema,
    healthReason: z.string(),
  })
  .meta({ id: 'PerformanceItem' })

export const PerformanceSchema = z
  .object({ from: z.iso.datetime(), to: z.iso.datetime(), stepMs: z.int(), items: z.array(PerformanceItemSchema) })
  .meta({ id: 'Performance' })

export const AttentionItemSchema = z
  .object({
    id: z.string().describe('The same for the same trouble, however often it is asked for'),
    severity: z.enum(['bad', 'warn', 'info']),
    kind: z.enum([
      'job_failed',
      'model_untrained',
      'model_silent',
      'model_fallback',
      'model_worse',
      'server_errors',
      'doctor',
      'runtime_down',
      'runtime_passed_over',
    ]),
    title: z.string(),
    detail: z.string(),
    since: z.iso.datetime(),
    model: z.string().optional(),
    job: z.string().optional(),
    actions: z.array(z.object({ label: z.string(), href: z.string().describe('Page of the dashboard') })),
  })
  .meta({ id: 'AttentionItem' })

export const AttentionSchema = z.object({ items: z.array(AttentionItemSchema) }).meta({ id: 'Attention' })

export type AttentionItem = z.infer<typeof AttentionItemSchema>
export type Attention = z.infer<typeof AttentionSchema>
export type PerformanceWindow = z.infer<typeof WindowSchema>
export type ModelPerformance = z.infer<typeof ModelPerformanceSchema>
export type PerformanceItem = z.infer<typeof PerformanceItemSchema>
export type Performance = z.infer<typeof PerformanceSchema>

const query = z.strictObject({ window: WindowSchema.default('7d') })

export const getModelPerformance = endpoint({
  method: 'GET',
  path: '/v1/models/:model/performance',
  scope: 'read',
  summary: 'How a model does in service, over time',
  description: 'Answers of every version and of the fallback. No outcome is no sign of health: `unknown` until there are enough.',
  query,
  output: ModelPerformanceSchema,
  errors: ['model_not_found'],
})

export const getPerformance = endpoint({
  method: 'GET',
  path: '/v1/performance',
  scope: 'read',
  summary: 'How every model does in service, by name',
  query,
  output: PerformanceSchema,
})

export const getAttention = endpoint({
  method: 'GET',
  path: '/v1/attention',
  scope: 'read',
  summary: 'What somebody should look at now, worst first; empty when all is well',
  description:
    'Jobs that failed in the last 24 hours and did not succeed since, models that nothing or only their fallback answers, models that do worse than when they were judged, requests of the last hour that failed, little disk space, and what the doctor finds failed.',
  output: AttentionSchema,
})
