// Training over HTTP: rows in, a job out; and looking at a table before training on it.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'
import { JobSchema } from '../../platform/jobs/schema.ts'
import { AlgorithmChoiceSchema, ParametersSchema, TrainingRuntimeSchema, VersionSchema } from '../models/schema.ts'
import { SplitSchema, WeightSchema } from '../models/split/schema.ts'

export const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Largest training body sent as JSON; larger data is streamed as CSV or NDJSON. */
export const TRAIN_JSON_LIMIT_BYTES = 16 * 1024 * 1024

export const ActivatePolicy = z.enum(['if_not_worse', 'always', 'never'])

const Seed = z.int().min(0).max(4_294_967_295)

const BudgetSeconds = z
  .int()
  .min(1)
  .max(86_400)
  .optional()
  .describe('For `auto`: no further algorithm is tried after this time; the first always is. Default 60')

const Tune = z
  .int()
  .min(2)
  .max(200)
  .optional()
  .describe(
    'Settings of the algorithm (of `auto`: of the best one) that are drawn and compared by successive halving on the same folds within budgetSeconds; parameters that are set stay',
  )

const RetrainQuery = z.strictObject({
  wait: z.int().min(0).max(300).default(0).describe('Seconds to wait for the result; answers 200 with the version when done in time'),
  activate: ActivatePolicy.default('if_not_worse'),
  seed: Seed.optional().describe('Of everything random; the same rows and seed make the same version'),
  algorithm: AlgorithmChoiceSchema.optional().describe("Instead of the definition's; `auto` keeps the best of those that fit"),
  runtime: TrainingRuntimeSchema.optional(),
  budgetSeconds: BudgetSeconds,
  tune: Tune,
  parameters: z
    .string()
    .max(1000)
    .optional()
    .describe("A JSON object, as `parameters` of a definition; instead of all of the definition's"),
})

/** How a table is read, where the sender knows better than what is found out. */
export const ReadingFields = {
  delimiter: z.enum([',', ';', '\t', '|']).optional().describe('Of the cells; found out when absent'),
  encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']).optional().describe('Found out when absent'),
  header: z.boolean().optional().describe('Whether the first row names the columns; found out when absent'),
  decimal: z.enum(['.', ',']).optional().describe('What stands before the decimals of a number in CSV; found out when absent'),
}

/** Of a CSV that is streamed. */
export const StreamDecimal = ReadingFields.decimal.describe(
  'CSV: what stands before the decimals of a number; with a comma, 1.234,5 is 1234.5. Found in the first 64 kB when absent; a number that is written otherwise further down is refused with its line',
)

const TrainQuery = z.strictObject({
  ...RetrainQuery.shape,
  decimal: StreamDecimal,
  target: z.string().max(200).optional().describe('CSV and NDJSON: creates the model with an inferred schema when it does not exist'),
  weight: WeightSchema.optional(),
  split: z
    .string()
    .max(300)
    .optional()
    .describe('`random`, `group:COLUMN` or `time:COLUMN`, as `split` of a definition; of a model that is created with `target`'),
  unknownColumns: z.enum(['reject', 'ignore']).default('reject').describe('CSV and NDJSON: columns that are no feature'),
  raggedRows: z
    .enum(['reject', 'skip'])
    .default('reject')
    .describe('CSV: rows with more or fewer cells than the header; skipped ones are counted in the result as `skippedRows`'),
})

export const ColumnChoicesSchema = z
  .record(
    z.string(),
    z.strictObject({
      kind: z.enum(['number', 'integer', 'boolean', 'category', 'text', 'date']).optional().describe('Instead of the inferred one'),
      use: z.boolean().optional().describe('Whether it is a feature'),
    }),
  )
  .meta({ id: 'ColumnChoices' })

export type ColumnChoices = z.infer<typeof ColumnChoicesSchema>

export const TrainedSchema = z.object({ job: JobSchema, version: VersionSchema.optional() }).meta({ id: 'TrainingAnswer' })

export const trainModel = endpoint({
  method: 'POST',
  path: '/v1/models/:model/train',
  scope: 'train',
  summary: 'Train a new version on rows',
  description:
    'Rows as JSON, the name of an uploaded table, or a CSV or NDJSON stream of any size up to the limit. The rows are stored before the answer; the job survives a crash.',
  query: TrainQuery,
  input: z.strictObject({
    rows: z.array(z.record(z.string(), Scalar)).max(200_000).optional(),
    table: z.string().max(100).optional().describe('Instead of rows: an uploaded table, see POST /v1/tables'),
    ...ReadingFields,
    target: z.string().max(200).optional().describe('Creates the model with an inferred schema when it does not exist'),
    columns: ColumnChoicesSchema.optional().describe('What the inferred schema of a new model is corrected by'),
    weight: WeightSchema.optional(),
    split: SplitSchema.optional(),
    seed: Seed.optional().describe('This and what follows goes before the query'),
    algorithm: AlgorithmChoiceSchema.optional(),
    runtime: TrainingRuntimeSchema.optional(),
    budgetSeconds: BudgetSeconds,
    tune: Tune,
    parameters: ParametersSchema.optional(),
  }),
  streams: ['text/csv', 'application/x-ndjson'],
  output: TrainedSchema,
  status: 202,
  alsoStatus: [200],
  bodyLimitBytes: TRAIN_JSON_LIMIT_BYTES,
  errors: [
    'model_not_found',
    'table_not_found',
    'too_few_rows',
    'too_few_classes',
    'too_many_rows',
    'target_missing',
    'memory_limit',
    'payload_too_large',
  ],
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

/** Numbers have `mean` and `histogram`, all other values `top` and `others`. */
export const SpreadSchema = z
  .object({
    mean: z.number().optional(),
    histogram: z
      .object({ edges: z.array(z.number()), counts: z.array(z.int()) })
      .optional()
      .describe('Exact counts in equal bins; an edge belongs to the bin above it, and there is one edge more than counts'),
    top: z
      .array(z.object({ value: z.string(), count: z.int() }))
      .optional()
      .describe('Commonest first, among the first 1,001 different values'),
    others: z.int().optional().describe('Rows of all other values'),
  })
  .meta({ id: 'Spread' })

export const ColumnSchema = z
  .object({
    name: z.string(),
    /** What the values look like; `id` columns are left out of an inferred feature schema; of `text` columns the note says so of short ones of many values. */
    kind: z.enum(['number', 'integer', 'boolean', 'category', 'id', 'text', 'date', 'constant', 'empty']),
    missing: z.int(),
    missingShare: z.number().min(0).max(1),
    distinct: z.int().describe('Counted up to 1001'),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    categories: z.array(z.string()).optional(),
    examples: z.array(z.string()),
    spread: SpreadSchema,
    note: z.string().optional().describe('Why it is left out, or what to check'),
  })
  .meta({ id: 'Column' })

export type Column = z.infer<typeof ColumnSchema>

export const TableWarningSchema = z
  .object({
    column: z.string().optional(),
    code: z.enum([
      'ragged_rows',
      'one_column',
      'renamed_column',
      'unnamed_column',
      'encoding_guessed',
      'too_few_rows',
      'looks_like_id',
      'constant',
      'empty',
      'decimal_comma',
      'mixed',
      'many_missing',
      'same_values',
      'repeats_ids',
      'orders_rows',
      'same_as_target',
      'leaks_target',
      'imbalanced',
      'rare_class',
      'missing_label',
      'alike_labels',
      'no_model',
    ]),
    message: z.string(),
  })
  .meta({ id: 'TableWarning' })

export type TableWarning = z.infer<typeof TableWarningSchema>

export const InspectionSchema = z
  .object({
    rows: z.int(),
    columns: z.array(ColumnSchema),
    warnings: z.array(TableWarningSchema),
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
  query: z.strictObject({ target: z.string().max(200).optional(), decimal: StreamDecimal }),
  streams: ['text/csv', 'application/x-ndjson'],
  output: InspectionSchema,
  idempotent: false,
  errors: ['target_missing', 'too_few_rows', 'too_many_rows', 'payload_too_large'],
})

const TABLE_STREAMS = ['text/csv', 'application/x-ndjson', 'application/octet-stream'] as const

export const DialectSchema = z
  .object({
    format: z.enum(['csv', 'ndjson']),
    delimiter: z.enum([',', ';', '\t', '|']).nullable().describe('Null for NDJSON'),
    encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
    header: z.boolean(),
    decimal: z.enum(['.', ',']).describe('A comma: 1.234,5 is read as 1234.5'),
    lineEnding: z.enum(['lf', 'crlf', 'cr']),
    bom: z.boolean(),
  })
  .meta({ id: 'Dialect' })

export const TableInfoSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    bytes: z.int(),
    rows: z.int(),
    columns: z.int(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe('When it is deleted by itself'),
  })
  .meta({ id: 'TableInfo' })

export type TableInfo = z.infer<typeof TableInfoSchema>

export const TableViewSchema = z
  .object({
    table: TableInfoSchema,
    dialect: DialectSchema,
    ...InspectionSchema.shape,
    preview: z.array(z.array(z.string().nullable())).describe('The first 20 rows, in the order of the columns'),
  })
  .meta({ id: 'TableView' })

export type TableView = z.infer<typeof TableViewSchema>

export const uploadTable = endpoint({
  method: 'POST',
  path: '/v1/tables',
  scope: 'train',
  summary: 'Upload a table to look at it and to train on it',
  description:
    'Delimiter, encoding, header and byte order mark are found out. Columns without a name, or with the name of another, get one of their own and a warning. The table is kept for 24 hours, so correcting how it is read or choosing a target needs no second upload.',
  query: z.strictObject({
    name: z.string().min(1).max(200).optional().describe('For the list, such as the name of the file'),
    ...ReadingFields,
  }),
  streams: TABLE_STREAMS,
  output: TableViewSchema,
  status: 201,
  idempotent: false,
  errors: ['payload_too_large', 'too_many_rows', 'conflict'],
})

export const getTable = endpoint({
  method: 'GET',
  path: '/v1/tables/:table',
  scope: 'train',
  summary: 'What is in an uploaded table, read as asked, and a model definition for a target',
  description:
    'What stands in the way of a definition is a warning `no_model`. Warnings also name columns that look like ids, repeat another, or tell the target nearly without fault.',
  query: z.strictObject({ target: z.string().max(200).optional(), ...ReadingFields }),
  output: TableViewSchema,
  errors: ['table_not_found', 'malformed_body', 'too_many_rows'],
})

export const listTables = endpoint({
  method: 'GET',
  path: '/v1/tables',
  scope: 'train',
  summary: 'Uploaded tables, newest first',
  output: z.object({ items: z.array(TableInfoSchema) }),
})

export const deleteTable = endpoint({
  method: 'DELETE',
  path: '/v1/tables/:table',
  scope: 'train',
  summary: 'Delete an uploaded table',
  output: z.object({ deleted: z.string() }),
  errors: ['table_not_found'],
})
