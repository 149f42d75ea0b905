// A model moves from Node to the Python workers by share, and back at the first gate that does not hold.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

const GatesSchema = z.object({
  minCosine: z.number().describe('Least cosine of the same text in both runtimes'),
  maxErrorRate: z.number().describe('Share of the calls to the workers that failed since the step began'),
  maxLatencyRatio: z
    .number()
    .describe(
      "Time of the workers for the same texts, divided by Node's, less than a millisecond counting as one; the median of the checks",
    ),
})

export const ROLLOUT_STATUSES = ['running', 'complete', 'stepped-back', 'aborted'] as const

export const RolloutSchema = z
  .object({
    model: z.string(),
    from: z.literal('node'),
    to: z.literal('python'),
    status: z.enum(ROLLOUT_STATUSES),
    share: z.number().describe('Of the batches that go to the workers now, 0 to 1'),
    steps: z.array(z.number()),
    step: z.int().describe('Place in steps'),
    holdSeconds: z.number().describe('Each step lasts at least so long'),
    minTexts: z.int().describe('The workers must have embedded so many texts in a step before the next one'),
    gates: GatesSchema,
    measured: z
      .object({
        texts: z.int(),
        calls: z.int(),
        errors: z.int(),
        checks: z.int(),
        cosine: z.number().nullable(),
        latencyRatio: z.number().nullable(),
      })
      .describe('Of the step that runs, on this server; cosine is the least one'),
    reason: z.string().nullable().describe('Why it stands where it stands'),
    startedAt: z.string(),
    steppedAt: z.string(),
    finishedAt: z.string().nullable(),
    history: z.array(z.object({ at: z.string(), share: z.number(), reason: z.string() })).describe('The newest 20 changes, oldest first'),
  })
  .meta({ id: 'Rollout' })

export const StartRolloutSchema = z
  .strictObject({
    model: z.string().min(1).max(200),
    steps: z.array(z.number().gt(0).lte(1)).min(1).max(20).default([0.1, 0.5, 1]).describe('Shares, each larger than the one before'),
    holdSeconds: z.number().min(0).max(604_800).default(60),
    minTexts: z.int().min(1).max(1_000_000).default(100),
    minCosine: z.number().min(-1).max(1).default(0.95),
    maxErrorRate: z.number().min(0).max(1).default(0.01),
    maxLatencyRatio: z.number().gt(0).max(1000).default(2),
  })
  .meta({ id: 'StartRollout' })

export type Rollout = z.infer<typeof RolloutSchema>
export type StartRollout = z.input<typeof StartRolloutSchema>

export const listRollouts = endpoint({
  method: 'GET',
  path: '/v1/embeddings/rollouts',
  scope: 'read',
  summary: 'Models that move between runtimes, newest first',
  output: z.object({ items: z.array(RolloutSchema) }),
})

export const startRollout = endpoint({
  method: 'POST',
  path: '/v1/embeddings/rollouts',
  scope: 'write',
  summary: 'Move a model from Node to the Python workers, step by step',
  description:
    'Each step sends its share of the batches to the workers. It goes on when the step has lasted, enough texts were embedded and the gates hold: parity on texts of the traffic, errors, latency. A gate that fails sends all of it back to Node at once.',
  input: StartRolloutSchema,
  output: RolloutSchema,
  status: 201,
  errors: ['conflict', 'unavailable'],
})

export const getRollout = endpoint({
  method: 'GET',
  path: '/v1/embeddings/rollouts/:model',
  scope: 'read',
  summary: 'The newest rollout of a model',
  output: RolloutSchema,
})

export const abortRollout = endpoint({
  method: 'POST',
  path: '/v1/embeddings/rollouts/:model/abort',
  scope: 'write',
  summary: 'Back to what the settings prefer, also after it was complete',
  output: RolloutSchema,
  errors: ['conflict'],
  idempotent: false,
})
