// The matching API: shapes that existing clients of such a service already speak. Fields may be added, never renamed.
import { endpoint } from 'tandem-ml'
import { z } from 'zod'
import { MatchFeatures } from './features.ts'

const percent = z.number().min(0).max(100)
const timestamp = z.iso.datetime()
const source = z.enum(['model', 'fallback'])

const Metrics = z
  .object({
    /** Measured on rows kept from training. */
    accuracy: z.number(),
    precision: z.number(),
    recall: z.number(),
    f1_score: z.number(),
    /** Mean and spread of the accuracy over the folds. */
    cv_score: z.number(),
    cv_std: z.number(),
  })
  .meta({ id: 'MatchingMetrics' })

export type Metrics = z.infer<typeof Metrics>

const scores = {
  /** The chance of success in percent; the same number as `successProbability`. */
  score: percent,
  /** Measured chance in percent that the more likely outcome is the one that happens. */
  confidence: percent,
  successProbability: percent,
}

export const getHealth = endpoint({
  method: 'GET',
  path: '/matching/health',
  scope: 'public',
  summary: 'Whether the service runs and a trained version is loaded',
  output: z.object({ status: z.literal('healthy'), service: z.literal('ml-matching'), modelLoaded: z.boolean(), timestamp }),
})

export const predictMatch = endpoint({
  method: 'POST',
  path: '/matching/predict',
  scope: 'predict',
  summary: 'Predict whether a match succeeds',
  input: MatchFeatures,
  output: z.object({
    ...scores,
    featureImportance: z.object(Object.fromEntries(Object.keys(MatchFeatures.shape).map((name) => [name, z.number()]))),
    modelVersion: z.string().nullable(),
    source,
    predictionId: z.string().describe('Name it in /matching/feedback when the outcome is known'),
  }),
  idempotent: false,
  errors: ['no_version', 'artifact_damaged'],
})

export const trainMatch = endpoint({
  method: 'POST',
  path: '/matching/train',
  scope: 'train',
  summary: 'Train a new version and wait for it',
  description:
    'One outcome a row. The version goes into service unless it is worse than the one there on the same held-out rows; `activated` and `reason` say which.',
  input: z.strictObject({
    features: z.array(MatchFeatures).min(10).max(20_000),
    outcomes: z.array(z.boolean()).min(10).max(20_000),
    algorithm: z.enum(['random_forest', 'gradient_boosting']).default('random_forest'),
    runtime: z
      .enum(['node', 'python', 'fastest', 'best'])
      .optional()
      .describe('Who fits: Node unless said, or a Python worker by scikit-learn'),
    activate: z.enum(['if_not_worse', 'always', 'never']).default('if_not_worse'),
  }),
  output: z.object({
    status: z.literal('success'),
    metrics: Metrics,
    samples: z.int(),
    modelVersion: z.string(),
    timestamp,
    activated: z.boolean(),
    reason: z.string(),
  }),
  bodyLimitBytes: 16 * 1024 * 1024,
  errors: ['shape_mismatch', 'too_few_rows', 'too_few_classes', 'too_many_rows', 'payload_too_large'],
})

export const listMatchModels = endpoint({
  method: 'GET',
  path: '/matching/models',
  scope: 'read',
  summary: 'The newest 200 versions, newest first',
  output: z.array(
    z.object({ version: z.string(), timestamp, metrics: Metrics, path: z.string().describe('Address of the version in this API') }),
  ),
})

export const loadMatchModel = endpoint({
  method: 'POST',
  path: '/matching/models/:version/load',
  scope: 'write',
  summary: 'Put a version in service',
  output: z.object({ status: z.literal('success'), version: z.string() }),
  errors: ['version_not_found', 'artifact_damaged'],
})

export const giveFeedback = endpoint({
  method: 'POST',
  path: '/matching/feedback',
  scope: 'predict',
  summary: 'Say how a collaboration ended',
  description:
    'Names the prediction by its id, or sends the features of a collaboration that was never predicted. Every 50 outcomes start a training.',
  input: z.strictObject({
    predictionId: z.string().min(1).max(64).optional(),
    features: MatchFeatures.optional(),
    outcome: z.boolean(),
  }),
  output: z.object({
    status: z.enum(['recorded', 'duplicate']),
    predictionId: z.string(),
    outcomesUntilRetraining: z.int(),
    retraining: z.object({ job: z.string() }).optional(),
  }),
  errors: ['prediction_not_found', 'conflict'],
})

export const getMlStatus = endpoint({
  method: 'GET',
  path: '/matching/api/ai-matching/ml-status',
  scope: 'read',
  summary: 'What answers now, how good it is, and when it learns next',
  output: z.object({
    available: z.boolean().describe('Whether a trained version answers'),
    source: z.enum(['model', 'fallback', 'none']),
    reason: z.string().nullable().describe('Why the fallback answers'),
    version: z.string().nullable(),
    metrics: Metrics.nullable(),
    outcomesSinceTraining: z.int(),
    outcomesUntilRetraining: z.int(),
    lastError: z.object({ code: z.string(), message: z.string(), timestamp }).nullable().describe('The latest training that failed'),
    timestamp,
  }),
})

export const listMatches = endpoint({
  method: 'GET',
  path: '/matching/api/ai-matching/matches',
  scope: 'predict',
  summary: 'Simulated candidates, best first, scored by what answers now',
  query: z.strictObject({ limit: z.int().min(1).max(50).default(10) }),
  output: z.object({
    simulated: z.literal(true),
    modelVersion: z.string().nullable(),
    source,
    matches: z.array(z.object({ id: z.string(), name: z.string(), ...scores, predictionId: z.string(), features: MatchFeatures })),
  }),
  errors: ['no_version', 'artifact_damaged'],
})
