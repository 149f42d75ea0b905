// Predicting over HTTP, looking at what was predicted, and saying what came true.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'

export const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Rows one request may ask to explain: each takes milliseconds. */
export const MAX_EXPLAIN_ROWS = 100

/** Rows one request may ask for. */
export const MAX_PREDICT_ROWS = 10_000

const Answer = {
  predictionId: z.string(),
  /** The class, or the number. */
  value: z.union([z.string(), z.number()]),
  probabilities: z.record(z.string(), z.number()).optional(),
  /** Classification: measured chance that `value` is right. Regression: coverage of `interval`. */
  confidence: z.number(),
  /** Regression: where the truth lies with probability `confidence`. */
  interval: z.array(z.number()).optional(),
  /** Classification, with a `coverage` asked for: the classes that hold the true one so often, the most likely first. */
  set: z.array(z.string()).optional(),
  /** As asked for. */
  coverage: z.number().optional(),
  source: z.enum(['model', 'fallback']),
  /** Why the fallback answered. */
  reason: z.string().optional(),
}

const ContributionSchema = z
  .object({
    feature: z.string(),
    /** As sent; null when it was missing. */
    value: Scalar,
    /** What it adds to `base`; all of them together give `prediction`. */
    contribution: z.number(),
    /** Of a free text: the words that add most, for or against, before the average of the text is taken off. */
    terms: z.array(z.object({ term: z.string(), contribution: z.number() })).optional(),
  })
  .meta({ id: 'Contribution' })

const Explained = {
  /** The class that is explained; empty for numbers. */
  target: z.object({ class: z.string().optional() }),
  /** Unit of `base`, `prediction` and the contributions. Log-odds: of boosted classes and of linear models; of more than two, the score before softmax. */
  output: z.enum(['probability', 'value', 'log-odds']),
  /** What would be said if no feature were known: the mean over the training rows. */
  base: z.number(),
  prediction: z.number(),
}

/** Beside an answer that was asked to explain itself. */
const WithExplanation = {
  contributions: z.array(ContributionSchema).optional(),
  explained: z.object(Explained).optional(),
}

export const ExplanationSchema = z
  .object({
    model: z.string(),
    version: z.string().nullable(),
    source: z.enum(['model', 'fallback']),
    /** What is predicted. */
    value: z.union([z.string(), z.number()]),
    ...Explained,
    /** The largest first. */
    contributions: z.array(ContributionSchema),
  })
  .meta({ id: 'Explanation' })

export const PredictionSchema = z.object({ ...Answer, predictionId: z.string().optional(), ...WithExplanation }).meta({ id: 'Prediction' })

/** One object for one row and for many: a union would be validated branch by branch on the hot path. */
export const PredictAnswerSchema = z
  .object({
    model: z.string(),
    version: z.string().nullable(),
    predictionId: z.string().optional(),
    value: z.union([z.string(), z.number()]).optional(),
    probabilities: z.record(z.string(), z.number()).optional(),
    confidence: z.number().optional(),
    interval: z.array(z.number()).optional(),
    set: z.array(z.string()).optional(),
    coverage: z.number().optional(),
    source: z.enum(['model', 'fallback']).optional(),
    reason: z.string().optional(),
    importances: z.record(z.string(), z.number()).optional(),
    ...WithExplanation,
    predictions: z.array(PredictionSchema).optional(),
  })
  .meta({ id: 'PredictAnswer' })

export const predict = endpoint({
  method: 'POST',
  path: '/v1/models/:model/predict',
  scope: 'predict',
  summary: 'Predict one row (`features`) or many (`rows`)',
  query: z.strictObject({
    version: z.string().max(40).optional().describe('A version or an alias instead of the one in service'),
    importances: z.boolean().default(false).describe("Adds the version's feature importances"),
    explain: z.boolean().default(false).describe('Adds what each feature adds to the answer; at most 100 rows'),
    coverage: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe(
        'Adds what holds the truth of so large a share of rows like those of the training, such as 0.9: a `set` of classes, or an `interval`',
      ),
    log: z.boolean().default(true).describe('false: the prediction is not logged and has no id'),
  }),
  // Exactly one of the two; the capability says so, because a union would blur the error messages.
  input: z.strictObject({
    features: z.record(z.string(), Scalar).optional(),
    rows: z.array(z.record(z.string(), Scalar)).max(MAX_PREDICT_ROWS).optional(),
  }),
  output: PredictAnswerSchema,
  idempotent: false,
  errors: ['model_not_found', 'version_not_found', 'no_version', 'no_calibration', 'artifact_damaged', 'conflict'],
})

export const explain = endpoint({
  method: 'POST',
  path: '/v1/models/:model/explain',
  scope: 'predict',
  summary: 'What each feature adds to the prediction of a row',
  description:
    'Exact Shapley values: of trees by TreeSHAP, of linear models and naive Bayes by their sum, with the words that count of a text. Nothing is logged. `base` and all contributions add up to `prediction`. A version that was trained before this was possible answers `conflict`.',
  input: z.strictObject({
    features: z.record(z.string(), Scalar),
    version: z.string().max(40).optional().describe('A version or an alias instead of the one in service'),
    class: z.string().max(200).optional().describe('The class to explain; the predicted one unless said'),
  }),
  output: ExplanationSchema,
  idempotent: false,
  errors: ['model_not_found', 'version_not_found', 'no_version', 'artifact_damaged', 'conflict'],
})

export const LoggedPredictionSchema = z
  .object({
    ...Answer,
    model: z.string(),
    version: z.string().nullable(),
    at: z.iso.datetime(),
    features: z.record(z.string(), Scalar),
    latencyMs: z.number(),
    requestId: z.string().nullable(),
    outcome: z.object({ value: z.union([z.string(), z.number()]), at: z.iso.datetime() }).optional(),
    /** Whether the predicted class came true; null without an outcome, and for numbers. */
    correct: z.boolean().nullable(),
    /** Distance of the predicted number from what came true. */
    error: z.number().optional(),
  })
  .meta({ id: 'LoggedPrediction' })

const Conditions = {
  version: z.string().max(40).optional(),
  source: z.enum(['model', 'fallback']).optional(),
  hasOutcome: z.boolean().optional(),
  correct: z.boolean().optional().describe('Whether the predicted class came true; leaves out what has no outcome'),
  minConfidence: z.number().min(0).max(1).optional(),
  maxConfidence: z.number().min(0).max(1).optional(),
  value: z.string().max(200).optional().describe('What was predicted'),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
}
const OfAnyModel = { model: z.string().max(64).optional(), ...Conditions }
const Paging = { limit: z.int().min(1).max(500).default(50), cursor: z.string().max(500).optional() }
const PredictionPage = z.object({ items: z.array(LoggedPredictionSchema), nextCursor: z.string().optional() })

export const listPredictions = endpoint({
  method: 'GET',
  path: '/v1/models/:model/predictions',
  scope: 'read',
  summary: 'Logged predictions with their outcomes, newest first',
  query: z.strictObject({ ...Paging, ...Conditions }),
  output: PredictionPage,
  errors: ['model_not_found'],
})

export const listAllPredictions = endpoint({
  method: 'GET',
  path: '/v1/predictions',
  scope: 'read',
  summary: 'Logged predictions of every model, newest first',
  query: z.strictObject({ ...Paging, ...OfAnyModel }),
  output: PredictionPage,
  errors: ['model_not_found'],
})

export const countPredictions = endpoint({
  method: 'GET',
  path: '/v1/predictions/count',
  scope: 'read',
  summary: 'How many logged predictions there are',
  description: 'Counted up to a million; `capped` says that there are more.',
  query: z.strictObject(OfAnyModel),
  output: z.object({ count: z.int(), capped: z.boolean() }),
  errors: ['model_not_found'],
})

export const exportPredictions = endpoint({
  method: 'GET',
  path: '/v1/predictions/export',
  scope: 'read',
  summary: 'Logged predictions as a file, newest first',
  description: 'CSV or NDJSON, sent while it is read. CSV of one model has a column for each feature.',
  query: z.strictObject({ ...OfAnyModel, format: z.enum(['csv', 'ndjson']).default('csv') }),
  output: z.string(),
  kind: 'stream',
  contentType: 'text/csv; charset=utf-8',
  errors: ['model_not_found'],
})

export const getPrediction = endpoint({
  method: 'GET',
  path: '/v1/models/:model/predictions/:prediction',
  scope: 'read',
  summary: 'A logged prediction',
  output: LoggedPredictionSchema,
  errors: ['model_not_found', 'prediction_not_found'],
})

export const findPrediction = endpoint({
  method: 'GET',
  path: '/v1/predictions/:prediction',
  scope: 'read',
  summary: 'A logged prediction of any model',
  output: LoggedPredictionSchema,
  errors: ['prediction_not_found'],
})

export const OutcomesAnswerSchema = z
  .object({
    accepted: z.int(),
    duplicates: z.int(),
    /** Ids whose stored outcome differs from the one sent; the stored one stays. */
    conflicting: z.array(z.string()),
    /** Ids of no logged prediction of this model. */
    unknown: z.array(z.string()),
    /** Retraining this started. */
    job: z.string().optional(),
  })
  .meta({ id: 'OutcomesAnswer' })

export const recordOutcomes = endpoint({
  method: 'POST',
  path: '/v1/models/:model/outcomes',
  scope: 'predict',
  summary: 'Say what came true for predictions',
  description: 'Joined by `predictionId`, at any later time. The first outcome of a prediction counts; a repeated one is told, not stored.',
  input: z.strictObject({
    outcomes: z
      .array(
        z.strictObject({
          predictionId: z.string().max(64),
          value: z.union([z.string(), z.number(), z.boolean()]),
          at: z.iso.datetime({ offset: true }).optional(),
        }),
      )
      .min(1)
      .max(10_000),
  }),
  output: OutcomesAnswerSchema,
  errors: ['model_not_found'],
})

export type Prediction = z.infer<typeof PredictionSchema>
export type PredictAnswer = z.infer<typeof PredictAnswerSchema>
export type LoggedPrediction = z.infer<typeof LoggedPredictionSchema>
export type Explanation = z.infer<typeof ExplanationSchema>
export type OutcomesAnswer = z.infer<typeof OutcomesAnswerSchema>
