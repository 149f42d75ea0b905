// Judging a version on rows that are sent for it.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'
import { NewRowsEvaluationSchema } from '../../models/reports/new-rows/schema.ts'
import { WeightSchema } from '../../models/split/schema.ts'
import { ReadingFields, Scalar, StreamDecimal, TRAIN_JSON_LIMIT_BYTES } from '../schema.ts'

/** Fewer rows say nothing. */
export const FEWEST_JUDGED_ROWS = 10

export const evaluateOnRows = endpoint({
  method: 'POST',
  path: '/v1/models/:model/versions/:version/evaluations',
  scope: 'train',
  summary: 'Evaluate a version on rows with the target',
  description:
    'Of a version that was taken over from a file, which has no evaluation otherwise, and of trained ones on rows that came later. Rows as JSON, the name of an uploaded table, or a CSV or NDJSON stream. The answer is kept apart from the evaluation on the held-out rows, and stands on the card; of each version the newest 50 are kept. The rows are not. Where they have the weight of the training, metrics, intervals and importances count each row by it, and `weight` names it; rows of weight 0 are left out. `knownRows` says how many of them the training had: on these it seems better than it is.',
  query: z.strictObject({
    name: z.string().min(1).max(200).optional().describe('What the rows are called, such as the name of the file'),
    unknownColumns: z.enum(['reject', 'ignore']).default('reject').describe('Columns that are no feature of the version'),
    raggedRows: z.enum(['reject', 'skip']).default('reject').describe('CSV: rows with more or fewer cells than the header'),
    decimal: StreamDecimal,
    weight: WeightSchema.optional().describe('Column of the weights of these rows; that of the training when absent, where they have it'),
    importances: z
      .boolean()
      .default(false)
      .describe('Also measure what the version leans on: `permutationImportances`, by shuffling each feature among these rows'),
  }),
  input: z.strictObject({
    rows: z.array(z.record(z.string(), Scalar)).max(200_000).optional(),
    table: z.string().max(100).optional().describe('Instead of rows: an uploaded table, see POST /v1/tables'),
    ...ReadingFields,
  }),
  streams: ['text/csv', 'application/x-ndjson'],
  output: NewRowsEvaluationSchema,
  status: 201,
  bodyLimitBytes: TRAIN_JSON_LIMIT_BYTES,
  errors: [
    'model_not_found',
    'version_not_found',
    'table_not_found',
    'artifact_damaged',
    'too_few_rows',
    'too_many_rows',
    'target_missing',
    'memory_limit',
    'payload_too_large',
  ],
})
