// Training over HTTP: rows in, a job out; and looking at a table before training on it.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'
import { JobSchema } from '../../platform/jobs/schema.ts'
import { AlgorithmSchema, ParametersSchema, VersionSchema } from '../models/schema.ts'

export const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Largest training body sent as JSON; larger data is streamed as CSV or NDJSON. */
export const TRAIN_JSON_LIMIT_BYTES = 16 * 1024 * 1024

export const ActivatePolicy = z.enum(['if_not_worse', 'always', 'never'])

const Seed = z.int().min(0).max(4_294_967_295)

const RetrainQuery = z.strictObject({
  wait: z.int().min(0).max(300).default(0).describe('Seconds to wait for the result; answers 200 with the version when done in time'),
  activate: ActivatePolicy.default('if_not_worse'),
  seed: Seed.optional().describe('Of everything random; the same rows and seed make the same version'),
  algorithm: AlgorithmSchema.optional().describe("Instead of the definition's"),
  parameters: z
    .string()
    .max(1000)
    .optional()
    .describe("A JSON object, as `parameters` of a definition; instead of all of the definition's"),
})

const TrainQuery = z.strictObject({
  ...RetrainQuery.shape,
  target: z.string().max(200).optional().describe('CSV and NDJSON: creates the model with an inferred schema when it does not exist'),
  unknownColumns: z.enum(['reject', 'ignore']).default('reject').describe('CSV and NDJSON: columns that are no feature'),
})

export const TrainedSchema = z.object({ job: JobSchema, version: VersionSchema.optional() }).meta({ id: 'TrainingAnswer' })

export const trainModel = endpoint({
  method: 'POST',
  path: '/v1/models/:model/train',
  scope: 'train',
  summary: 'Train a new version on rows',
  description:
    'Rows as JSON, or a CSV or NDJSON stream of any size up to the limit. The rows are stored before the answer; the job survives a crash.',
  query: TrainQuery,
  input: z.strictObject({
    rows: z.array(z.record(z.string(), Scalar)).max(200_000),
    seed: Seed.optional().describe('This and what follows goes before the query'),
    algorithm: AlgorithmSchema.optional(),
    parameters: ParametersSchema.optional(),
  }),
  streams: ['text/csv', 'application/x-ndjson'],
  output: TrainedSchema,
  status: 202,
  alsoStatus: [200],
  bodyLimitBytes: TRAIN_JSON_LIMIT_BYTES,
  errors: ['model_not_found', 'too_few_rows', 'too_few_classes', 'too_many_rows', 'target_missing', 'memory_limit', 'payload_too_large'],
})

export const retrainModel = endpoint({
  method: 'POST',
  path: '/v1/models/:model/retrain',
  scope: 'train',
  summary: 'Train again on the stored rows and the outcomes since',
  description:
    'After the definition changed, rows that no longer fit it are left out and counted in the result of the job as `skippedRows`; a feature that is gone is ignored, a new one that need not be there is missing. When too few rows are left, the job fails and names what keeps them out.',
  query: RetrainQuery,
  output: TrainedSchema,
  status: 202,
  alsoStatus: [200],
  errors: ['model_not_found', 'too_few_rows', 'too_few_classes'],
})

export const ColumnSchema = z
  .object({
    name: z.string(),
    /** What the values look like; `id` and `text` columns are left out of an inferred feature schema. */
    kind: z.enum(['number', 'integer', 'boolean', 'category', 'id', 'text', 'date', 'constant', 'empty']),
    missing: z.int(),
    distinct: z.int().describe('Counted up to 1001'),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    categories: z.array(z.string()).optional(),
    examples: z.array(z.string()),
    note: z.string().optional().describe('Why it is left out, or what to check'),
  })
  .meta({ id: 'Column' })

export type Column = z.infer<typeof ColumnSchema>

export const InspectionSchema = z
  .object({
    rows: z.int(),
    columns: z.array(ColumnSchema),
    /** Present when a target was named: what PUT /v1/models/:model would take. */
    definition: z.record(z.string(), z.json()).optional(),
  })
  .meta({ id: 'Inspection' })

export type Inspection = z.infer<typeof InspectionSchema>

export const inspectTable = endpoint({
  method: 'POST',
  path: '/v1/tables/inspect',
  scope: 'train',
  summary: 'Infer the columns of a CSV or NDJSON table and a model definition for a target',
  description:
    'A target of texts or booleans makes a classification. Numbers make a regression, unless all are whole, at most 20 differ and each stands for 10 rows or more on average; two different whole numbers are always classes, fractions never. Define the model with PUT /v1/models/{model} to decide otherwise.',
  query: z.strictObject({ target: z.string().max(200).optional() }),
  streams: ['text/csv', 'application/x-ndjson'],
  output: InspectionSchema,
  idempotent: false,
  errors: ['target_missing', 'too_few_rows', 'too_many_rows', 'payload_too_large'],
})
