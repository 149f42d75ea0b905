// Models of other libraries as versions, and versions as files for other programs.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'
import { VersionSchema } from '../../models/schema.ts'

/** Largest model file that is taken in: a forest of 500 deep trees as JSON. */
export const MODEL_FILE_LIMIT_BYTES = 256 * 1024 * 1024

export const ModelFileFormatSchema = z
  .enum(['lightgbm', 'xgboost', 'sklearn', 'onnx', 'json', 'tdm'])
  .describe(
    'lightgbm: what save_model writes; xgboost: save_model as JSON or UBJSON; sklearn: what worker/export_sklearn.py writes; onnx: trees, also of CatBoost; json and tdm: what export gives',
  )

export type ModelFileFormat = z.infer<typeof ModelFileFormatSchema>

export const FoundModelSchema = z
  .object({
    format: ModelFileFormatSchema,
    algorithm: z.string(),
    task: z.enum(['classification', 'regression']),
    target: z.string().nullable().describe('Of the definition, as asked, or of the file; null: nothing says it yet'),
    features: z
      .array(z.object({ name: z.string(), inFile: z.string().nullable(), kind: z.enum(['number', 'boolean', 'category', 'text', 'date']) }))
      .describe('In the order of the file: as they would be called, and what the file calls them'),
    classes: z.array(z.string()).describe('In the order of the codes; empty for a regression'),
    classesFrom: z.enum(['file', 'query', 'definition', 'numbers']).nullable().describe('numbers: nothing names them'),
    trees: z.int().nullable(),
    nodes: z.int().nullable(),
    bytes: z.int(),
    misfit: z
      .object({ message: z.string(), errors: z.array(z.object({ path: z.string(), message: z.string() })) })
      .nullable()
      .describe('Why it cannot be taken over as asked'),
  })
  .meta({ id: 'FoundModel' })

export type FoundModel = z.infer<typeof FoundModelSchema>

export const importVersion = endpoint({
  method: 'POST',
  path: '/v1/models/:model/import',
  scope: 'write',
  summary: 'Take over a model that was trained elsewhere, as a new version',
  description:
    'The body is the file as it is, `application/octet-stream`. Its features are those of the definition by their names, or in their order where the file names none; a category is its place in the `enum`. A model that does not exist is made of what the file says, and needs `target`. Nothing in a file is executed. No rows judge the version, so it promises no coverage and has no metrics.',
  query: z.strictObject({
    format: ModelFileFormatSchema.optional().describe('Found out when absent'),
    target: z.string().min(1).max(200).optional().describe('What it predicts; makes the model when it does not exist'),
    classes: z
      .string()
      .max(20_000)
      .optional()
      .describe('Labels in the order of the codes, by commas or as a JSON list, where neither the file nor the definition names them'),
    features: z
      .string()
      .max(12_000)
      .optional()
      .describe('What the features are called, in the order of the file, by commas or as a JSON list; instead of the names in it'),
    dryRun: z.boolean().default(false).describe('Only says what is in the file and whether it fits the definition; answers 200'),
    activate: z
      .enum(['when_first', 'always', 'never'])
      .default('when_first')
      .describe('when_first: put in service when the model has no version in service'),
  }),
  streams: ['application/octet-stream'],
  output: z.object({ model: z.string(), version: VersionSchema.optional(), found: FoundModelSchema.optional().describe('Of a dry run') }),
  status: 201,
  alsoStatus: [200],
  idempotent: false,
  bodyLimitBytes: MODEL_FILE_LIMIT_BYTES,
  errors: ['model_not_found', 'artifact_damaged', 'payload_too_large', 'conflict'],
})

export const exportVersion = endpoint({
  method: 'GET',
  path: '/v1/models/:model/versions/:version/export',
  scope: 'read',
  summary: 'A version as a file',
  description:
    'onnx: for onnxruntime, of every algorithm, with features, categories and classes under `tandem` of the metadata. Linear models, naive Bayes and trees behind prepared features are one graph with an input for each feature (a category and a text are their texts, a date whole hours since 1970 UTC); trees on sets of categories, and texts read otherwise than by words, are refused by name. json: trees as plain arrays, to the bit, with what prepared features become; tdm: the whole version, of every algorithm, to be imported by another server.',
  query: z.strictObject({ format: z.enum(['onnx', 'json', 'tdm']).default('tdm') }),
  output: z.string(),
  kind: 'stream',
  contentType: 'application/octet-stream',
  errors: ['model_not_found', 'version_not_found', 'artifact_damaged'],
})
