// Fine-tuning of embedding models over HTTP: what is asked and answered, and nothing else.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'
import { JobSchema } from '../../../platform/jobs/schema.ts'

export const MOST_EXAMPLES = 20_000
const LONGEST_TEXT = 20_000

export const TunedModelName = z.string().regex(/^[a-z][a-zA-Z0-9_-]{0,63}$/)
const Text = z.string().min(1).max(LONGEST_TEXT)
const Group = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('Examples of one group are never split between learning and judging: a customer, a thread. Default: each text by itself')

const LabelledTextSchema = z.strictObject({
  text: Text,
  label: z.string().min(1).max(200).describe('Texts of one label belong together'),
  group: Group,
})
const PairSchema = z.strictObject({
  anchor: Text.describe('What is asked, such as a query'),
  positive: Text.describe('What should be found, such as the text that was clicked'),
  negative: Text.optional().describe('What should not. Given for all pairs or for none'),
  group: Group,
})

export const FineTuneParametersSchema = z
  .strictObject({
    loss: z.enum(['multiple-negatives', 'triplet']).optional().describe('Default multiple-negatives'),
    temperature: z.number().min(0.005).max(2).optional().describe('Of multiple-negatives: cosines are divided by it. Default 0.05'),
    symmetric: z.boolean().optional().describe('Of multiple-negatives: whether positives are to find their anchors too. Default true'),
    margin: z.number().min(0.01).max(2).optional().describe('Of triplets, in cosines. Default 0.3'),
    batchSize: z.int().min(2).max(512).optional().describe('Default 64'),
    epochs: z.int().min(1).max(100).optional().describe('At most. Default 10'),
    learningRate: z
      .number()
      .min(1e-6)
      .max(1)
      .optional()
      .describe('Default 0.003 for a table, 0.001 for a linear adapter, 0.0005 for an MLP'),
    weightDecay: z.number().min(0).max(100).optional().describe('Towards what the base model has. Default 0'),
    hardNegatives: z.boolean().optional().describe('Whether the nearest wrong texts are looked for in each epoch. Default true'),
    hidden: z.int().min(4).max(4096).optional().describe('Units of an MLP. Default 512'),
    patience: z.int().min(1).max(100).optional().describe('Ends after so many epochs without a better judgement. Default 2'),
  })
  .meta({ id: 'FineTuneParameters' })

export const FineTuneInputSchema = z
  .strictObject({
    model: TunedModelName.optional().describe('Name of the model that is made. Default: that of the collection'),
    base: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('The model to start from. Default: that of the collection, else the first that can answer'),
    collection: z
      .string()
      .regex(/^[a-z][a-zA-Z0-9_-]{0,63}$/)
      .optional()
      .describe('Whose vectors the model makes once it is in service'),
    field: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('A property of the collection: documents of one value belong together. It is left out of the texts that are learned from'),
    labelled: z.array(LabelledTextSchema).min(10).max(MOST_EXAMPLES).optional(),
    pairs: z
      .array(PairSchema)
      .min(10)
      .max(MOST_EXAMPLES)
      .optional()
      .describe('Queries with what was clicked, questions with their answers'),
    method: z
      .enum(['auto', 'table', 'linear', 'mlp'])
      .optional()
      .describe(
        'table: the token vectors of a static model; linear, mlp: an adapter over a model that stays as it is. Default auto: table where it can',
      ),
    parameters: FineTuneParametersSchema.optional(),
    validationShare: z.number().min(0.02).max(0.5).optional().describe('Of the groups, to choose the epoch. Default 0.1'),
    testShare: z.number().min(0.02).max(0.5).optional().describe('Of the groups, to judge the result. Default 0.2'),
    seed: z.int().min(0).max(4_294_967_295).optional().describe('Default 7'),
    activate: z
      .enum(['if-better', 'always', 'never'])
      .optional()
      .describe('if-better: when the 95 % interval of the gain in nDCG@10 on the test part is above 0. Default if-better'),
  })
  .meta({ id: 'FineTuneInput' })

export const RetrievalMetricsSchema = z
  .object({
    accuracyAt1: z.number().describe('Queries whose first hit is right'),
    precisionAt10: z.number(),
    recallAt10: z.number().describe('Share of the right ones among the first ten'),
    mrr: z.number().describe('Mean of 1 / place of the first right one'),
    ndcgAt10: z.number(),
  })
  .meta({ id: 'RetrievalMetrics' })

const ShownHit = z.object({ text: z.string(), right: z.boolean() })

export const MovedExampleSchema = z
  .object({
    query: z.string(),
    placeBefore: z.int().describe('Of the first right one, from 1'),
    placeAfter: z.int(),
    before: z.array(ShownHit),
    after: z.array(ShownHit),
  })
  .meta({ id: 'MovedExample' })

export const TunedVersionSummarySchema = z
  .object({
    model: z.string(),
    version: z.string(),
    createdAt: z.iso.datetime(),
    active: z.boolean(),
    base: z.string(),
    method: z.enum(['table', 'linear', 'mlp']),
    before: RetrievalMetricsSchema.describe('Of the model that it was compared with: the version in service, else the base'),
    after: RetrievalMetricsSchema,
    gain: z
      .object({ value: z.number(), low: z.number(), high: z.number() })
      .describe('In nDCG@10 on the same queries, with its 95 % interval by paired bootstrap'),
    artifact: z.object({ sha256: z.string(), bytes: z.int() }),
  })
  .meta({ id: 'TunedVersionSummary' })

export const TunedVersionSchema = TunedVersionSummarySchema.extend({
  baseFingerprint: z.string(),
  dimensions: z.int(),
  comparedWith: z.string().describe('A version, or the base'),
  parameters: FineTuneParametersSchema,
  seed: z.int(),
  data: z.object({
    kind: z.enum(['field', 'labelled', 'pairs']),
    collection: z.string().nullable(),
    field: z.string().nullable(),
    texts: z.int(),
    labels: z.int().nullable(),
    train: z.int(),
    validation: z.int(),
    test: z.int().describe('Queries that judged the result'),
    fingerprint: z.string().describe('SHA-256 of the examples'),
  }),
  epochs: z
    .array(RetrievalMetricsSchema.extend({ epoch: z.int(), loss: z.number().nullable() }))
    .describe('On the validation part; epoch 0 is before the first step'),
  bestEpoch: z.int(),
  gate: z.object({ policy: z.enum(['if-better', 'always', 'never']), activated: z.boolean(), reason: z.string() }),
  examples: z.array(MovedExampleSchema).describe('Test queries whose ranking changed most'),
  durationMs: z.number(),
}).meta({ id: 'TunedVersion' })

export const TunedModelSchema = z
  .object({
    name: z.string(),
    base: z.string(),
    collection: z.string().nullable(),
    active: z.string().nullable().describe('The version in service; null: the base serves'),
    createdAt: z.iso.datetime(),
    versions: z.array(TunedVersionSummarySchema).describe('Newest first'),
    history: z
      .array(
        z.object({
          version: z.string().nullable().describe('Null: the base'),
          at: z.iso.datetime(),
          action: z.enum(['train', 'activate', 'rollback']),
          actor: z.string(),
        }),
      )
      .describe('Newest first, the last 50'),
  })
  .meta({ id: 'TunedModel' })

export type FineTuneInput = z.infer<typeof FineTuneInputSchema>
export type FineTuneParameters = z.infer<typeof FineTuneParametersSchema>
export type RetrievalMetricsView = z.infer<typeof RetrievalMetricsSchema>
export type MovedExample = z.infer<typeof MovedExampleSchema>
export type TunedVersion = z.infer<typeof TunedVersionSchema>
export type TunedVersionSummary = z.infer<typeof TunedVersionSummarySchema>
export type TunedModel = z.infer<typeof TunedModelSchema>

const Wait = z.strictObject({ wait: z.int().min(0).max(600).default(0).describe('Seconds to wait for the end before the job is answered') })
const STARTS = {
  query: Wait,
  output: z.object({ job: JobSchema }),
  status: 202,
  alsoStatus: [200],
  errors: ['collection_not_found', 'too_few_rows', 'conflict', 'unavailable', 'invalid_config', 'dependency_missing', 'artifact_damaged'],
} as const

export const fineTuneEmbeddings = endpoint({
  method: 'POST',
  path: '/v1/embeddings/fine-tune',
  scope: 'train',
  summary: 'Fine-tunes an embedding model on examples of what belongs together',
  description:
    "Examples are the values of a collection's field (`collection` and `field`), labelled texts, or pairs. A part is held out: the new version goes into service only if it finds better there. Its collection is then embedded again in the background while the old index serves.",
  input: FineTuneInputSchema,
  bodyLimitBytes: 16 * 1024 * 1024,
  ...STARTS,
  errors: [...STARTS.errors],
  examples: { 'by industry': { collection: 'campaigns', field: 'industry' } },
})

export const fineTuneCollection = endpoint({
  method: 'POST',
  path: '/v1/collections/:collection/fine-tune',
  scope: 'train',
  summary: 'Fine-tunes the embedding model of a collection: by a field, or by examples that are sent',
  input: FineTuneInputSchema.omit({ collection: true }),
  bodyLimitBytes: 16 * 1024 * 1024,
  ...STARTS,
  errors: [...STARTS.errors],
  examples: { 'by industry': { field: 'industry' } },
})

export const listTunedModels = endpoint({
  method: 'GET',
  path: '/v1/embeddings/models',
  scope: 'read',
  summary: 'All fine-tuned embedding models',
  output: z.object({ items: z.array(TunedModelSchema) }),
})

export const getTunedModel = endpoint({
  method: 'GET',
  path: '/v1/embeddings/models/:model',
  scope: 'read',
  summary: 'One fine-tuned embedding model with its versions',
  output: TunedModelSchema,
  errors: ['model_not_found'],
})

export const getTunedVersion = endpoint({
  method: 'GET',
  path: '/v1/embeddings/models/:model/versions/:version',
  scope: 'read',
  summary: 'One version: how it was made, how well it finds, and which rankings changed',
  output: TunedVersionSchema,
  errors: ['model_not_found', 'version_not_found'],
})

export const activateTunedVersion = endpoint({
  method: 'POST',
  path: '/v1/embeddings/models/:model/versions/:version/activate',
  scope: 'train',
  summary: 'Puts a version in service; its collection is embedded again in the background',
  output: TunedModelSchema,
  errors: ['model_not_found', 'version_not_found', 'artifact_damaged', 'conflict', 'unavailable', 'invalid_config', 'dependency_missing'],
  idempotent: false,
})

export const rollbackTunedModel = endpoint({
  method: 'POST',
  path: '/v1/embeddings/models/:model/rollback',
  scope: 'train',
  summary: 'Puts in service what served before: a version, or the base model',
  output: TunedModelSchema,
  errors: ['model_not_found', 'conflict', 'artifact_damaged', 'unavailable'],
  idempotent: false,
})

export const deleteTunedModel = endpoint({
  method: 'DELETE',
  path: '/v1/embeddings/models/:model',
  scope: 'train',
  summary: 'Deletes a fine-tuned model with its versions; `conflict` while it serves',
  output: z.object({ deleted: z.string() }),
  errors: ['model_not_found', 'conflict'],
})
