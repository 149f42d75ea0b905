// How good a version is on rows that came after its training, sent with what came true: apart from the evaluation on its held-out rows.
import { z } from 'zod'
import { endpoint } from '../../../../endpoint.ts'
import { EvaluationSchema, Interval, WeakSpotsSchema } from '../schema.ts'

/** Which rows were judged. */
const Rows = {
  id: z.string(),
  model: z.string(),
  version: z.string(),
  name: z.string().describe('Of the rows: of the file or table, or as the sender called them'),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  /** Judged rows. */
  rows: z.int(),
  skippedRows: z.int().describe('Without the target, of weight 0, or ragged; left out'),
  weight: z.string().optional().describe('Column of the rows by which metrics and importances count each; absent: all count alike'),
  fingerprint: z.string().describe('Of the content of the rows'),
  knownRows: z
    .int()
    .nullable()
    .describe('How many of them stand in the stored rows of its training: on these it seems better than it is. Null: not known'),
}

export const NewRowsSummarySchema = z
  .object({ ...Rows, intervals: z.record(z.string(), Interval).describe('Metrics with their 95 % intervals') })
  .meta({ id: 'NewRowsSummary' })

export const NewRowsEvaluationSchema = z
  .object({
    ...EvaluationSchema.omit({ log: true }).shape,
    ...Rows,
    weakSpots: WeakSpotsSchema,
    permutationImportances: z
      .record(z.string(), z.object({ mean: z.number(), std: z.number() }))
      .optional()
      .describe('Where asked: how much worse log loss or RMSE gets when a feature is shuffled among the first of these rows, up to 2000'),
  })
  .meta({ id: 'NewRowsEvaluation' })

export type NewRowsSummary = z.infer<typeof NewRowsSummarySchema>
export type NewRowsEvaluation = z.infer<typeof NewRowsEvaluationSchema>

const path = '/v1/models/:model/versions/:version/evaluations'
const errors = ['model_not_found', 'version_not_found', 'not_found'] as const

export const listNewRows = endpoint({
  ...{ method: 'GET', path, scope: 'read' },
  summary: 'On which rows a version was evaluated after its training, newest first',
  output: z.object({ items: z.array(NewRowsSummarySchema) }),
  errors: ['model_not_found', 'version_not_found'],
})

export const getNewRows = endpoint({
  ...{ method: 'GET', path: '/v1/models/:model/versions/:version/evaluations/:evaluation', scope: 'read' },
  summary: 'How good a version is on rows that were sent for it',
  output: NewRowsEvaluationSchema,
  errors,
})

export const deleteNewRows = endpoint({
  ...{ method: 'DELETE', path: '/v1/models/:model/versions/:version/evaluations/:evaluation', scope: 'write' },
  summary: 'Delete an evaluation on new rows',
  output: z.object({ deleted: z.string() }),
  errors,
})
