// Two ways to an answer on the same rows: two versions of a model, or a version and a model that a worker serves.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

export const MOST_COMPARED_ROWS = 1000
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

const SideInputSchema = z.strictObject({
  version: z.string().min(1).max(100).optional().describe('A version or alias of the model. Default: the one in service'),
  worker: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Instead of a version: a model that the Python workers serve, such as tabular.NAME'),
  layout: z
    .enum(['columns', 'matrix'])
    .optional()
    .describe('How a worker is sent the features: one tensor each by name (the default), or one matrix in the order of the definition'),
  usdPerHour: z.number().min(0).max(1e6).optional().describe('Of the machine that computes it, to price the rows'),
})

export const CompareAnswersInputSchema = z
  .strictObject({
    a: SideInputSchema.optional(),
    b: SideInputSchema,
    rows: z
      .array(z.record(z.string(), Scalar))
      .min(1)
      .max(MOST_COMPARED_ROWS)
      .optional()
      .describe('Features of each row. Default: the sample of training rows that is kept with a version'),
  })
  .meta({ id: 'CompareAnswersInput' })

const SideSchema = z
  .object({
    version: z.string().nullable().describe('Of the model here, or on the worker; null where that names none'),
    worker: z.string().nullable(),
    runtime: z.enum(['node', 'python']).describe('Who answers'),
    fittedBy: z.string().nullable().describe('Who fitted the version; null for a model of a worker'),
    single: z.object({ p50Ms: z.number(), p99Ms: z.number() }).describe('One row a call'),
    rowsPerSecond: z.number().describe('All rows in one call; the median of three'),
    sizeBytes: z.int().nullable().describe('Memory the version takes; null for a model of a worker'),
    rssBytes: z.int().nullable().describe('Of the process that answers: the server, or the workers together'),
    usdPerMillionRows: z.number().nullable().describe('At full load; null without a price'),
  })
  .meta({ id: 'ComparedAnswers' })

const Differences = z.object({ largest: z.number(), mean: z.number() }).nullable()

export const AnswerComparisonSchema = z
  .object({
    model: z.string(),
    rows: z.int(),
    a: SideSchema,
    b: SideSchema,
    sameLabel: z.number().nullable().describe('Share of rows with the same class, 0 to 1; null for a regression'),
    probabilityDifference: Differences.describe('Over all rows and classes; null where a side tells no probabilities'),
    valueDifference: Differences.describe('Of a regression, in units of the target'),
    parity: z
      .boolean()
      .describe(
        'Whether one may stand in for the other: all labels the same and no probability 0.01 apart, or no value 1 % of their range apart',
      ),
  })
  .meta({ id: 'AnswerComparison' })

export type CompareAnswersInput = z.infer<typeof CompareAnswersInputSchema>
export type AnswerComparison = z.infer<typeof AnswerComparisonSchema>
export type ComparedAnswers = z.infer<typeof SideSchema>

export const compareAnswers = endpoint({
  method: 'POST',
  path: '/v1/models/:model/compare',
  scope: 'predict',
  summary: 'Ask two versions of a model, or a version and a model of a worker, the same rows',
  description:
    'How far their answers agree, the time of one row, rows a second, memory, cost. In turns, so that neither side has the quieter moment; nothing is logged.',
  input: CompareAnswersInputSchema,
  output: AnswerComparisonSchema,
  errors: ['model_not_found', 'version_not_found', 'no_version', 'conflict', 'overloaded', 'unavailable', 'dependency_missing'],
  idempotent: false,
})
