// Models over HTTP: their definition, their versions, who is in service.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'
import { PreparationSchema } from './preparation/schema.ts'
import { SplitSchema, VersionSplitSchema, WeightSchema } from './split/schema.ts'

export const ModelName = z.string().regex(/^[a-z][a-zA-Z0-9_-]{0,63}$/)

export const AlgorithmSchema = z.enum([
  'random-forest',
  'boosted-trees',
  'logistic-regression',
  'linear-svm',
  'naive-bayes',
  'linear-regression',
  'ridge',
  'elastic-net',
  'lasso',
  'extra-trees',
  'gradient-boosting',
  'hist-gradient-boosting',
  'lightgbm',
])

/** `auto`: those that fit the task are compared on the same folds, and the best one is kept. */
export const AlgorithmChoiceSchema = z.enum([...AlgorithmSchema.options, 'auto'])

export const ParametersSchema = z
  .strictObject({
    nEstimators: z.int().min(1).max(2000).optional(),
    maxDepth: z.int().min(1).max(64).optional(),
    minSamplesSplit: z.int().min(2).max(1_000_000).optional(),
    minSamplesLeaf: z.int().min(1).max(1_000_000).optional(),
    maxFeatures: z.union([z.enum(['sqrt', 'all']), z.number().gt(0).max(1)]).optional(),
    learningRate: z.number().gt(0).max(1).optional(),
    subsample: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe('Of gradient-boosting and lightgbm: share of the rows that each tree is fitted to, drawn anew'),
    maxLeaves: z.int().min(2).max(1024).optional(),
    lambda: z.number().min(0).max(1e6).optional(),
    loss: z.enum(['squared', 'absolute', 'huber', 'quantile', 'poisson']).optional().describe('Of a regression by boosted trees'),
    quantile: z.number().gt(0).lt(1).optional().describe('Of the loss `quantile`: the share of targets below a prediction'),
    alpha: z
      .number()
      .gt(0)
      .max(1e9)
      .optional()
      .describe(
        'Strength of the penalty of ridge, elastic-net and lasso; count that naive-bayes adds to every feature. Of the loss `huber`, below 1: larger residuals than this quantile count by their size',
      ),
    C: z.number().gt(0).max(1e9).optional().describe('Inverse strength of the penalty of logistic-regression and linear-svm'),
    l1Ratio: z.number().min(0).max(1).optional().describe('Share of the penalty that is L1, which makes weights exactly 0'),
    variant: z
      .enum(['gaussian', 'multinomial', 'complement', 'bernoulli'])
      .optional()
      .describe('Of naive-bayes: gaussian for measures (the default), multinomial for texts (the default where there is one)'),
    varSmoothing: z.number().gt(0).max(1e6).optional().describe('Of gaussian naive-bayes: share of the largest variance added to all'),
    tolerance: z.number().gt(0).max(1).optional().describe('When a search is near enough to its end'),
    maxIterations: z.int().min(1).max(100_000).optional(),
    maxNgram: z.int().min(1).max(3).optional().describe('Of texts: longest run of words that counts as a term'),
    maxTerms: z.int().min(1).max(1_000_000).optional().describe('Of texts: most terms that are kept, the most frequent ones'),
    monotone: z
      .record(z.string(), z.union([z.literal(1), z.literal(-1)]))
      .optional()
      .describe('By feature: 1 where predictions may only rise with it, -1 where they may only fall'),
    classWeight: z
      .union([z.literal('balanced'), z.record(z.string(), z.number().gt(0).max(1e6))])
      .optional()
      .describe('By class; `balanced` makes all weigh the same'),
    earlyStopping: z
      .union([
        z.boolean(),
        z.strictObject({
          rounds: z.int().min(1).max(1000).optional(),
          validationFraction: z.number().gt(0).max(0.5).optional(),
          minDelta: z.number().min(0).max(1e6).optional(),
        }),
      ])
      .optional()
      .describe('Stops when a held-out part of the training rows gets no better, and keeps the best round'),
    oobScore: z
      .boolean()
      .optional()
      .describe(
        'Of random-forest: judges each training row by the trees that did not draw it; `oobScore` of the metrics is their accuracy or R2',
      ),
    categories: z
      .enum(['ordered', 'native'])
      .optional()
      .describe('How trees split texts: by their order (the default), or by sets of them, which suits many values without order'),
  })
  .meta({ id: 'Parameters' })

export type ParameterName = keyof z.infer<typeof ParametersSchema>

export const FallbackSchema = z
  .strictObject({ kind: z.literal('weighted-score'), weights: z.record(z.string(), z.number().min(0).max(1e6)) })
  .meta({ id: 'WeightedScore' })

export const RetrainSchema = z.strictObject({ everyOutcomes: z.int().min(1).max(1_000_000).optional() }).meta({ id: 'Retrain' })

export const TrainingRuntimeSchema = z
  .enum(['node', 'python', 'fastest', 'best'])
  .describe(
    'Who fits: node (the default where it can), python (a worker; Node where none can), fastest (timed on a sample), best (both, compared on the same folds). Node answers with the result in any case',
  )

export const FitterSchema = z.enum(['node', 'python'])

/** What PUT takes and what is stored. `features` is a JSON Schema object of scalars; `feature-schema.ts` reads it. */
export const ModelDefinitionSchema = z
  .strictObject({
    task: z.enum(['classification', 'regression']),
    target: z.string().min(1).max(200),
    /** Labels in order; absent: taken from the first training rows. */
    classes: z.array(z.string().min(1).max(200)).min(2).max(1000).optional(),
    features: z
      .record(z.string(), z.json())
      .describe(
        'JSON Schema of an object whose properties are numbers, integers, booleans or strings; a string of format `text` is read word by word, one of format `date` or `date-time` by its parts',
      ),
    algorithm: AlgorithmChoiceSchema.default('random-forest').describe('`auto` compares those that fit at every training'),
    parameters: ParametersSchema.optional(),
    preparation: PreparationSchema.optional(),
    weight: WeightSchema.optional(),
    split: SplitSchema.optional(),
    runtime: TrainingRuntimeSchema.optional(),
    seed: z.int().min(0).max(4_294_967_295).optional(),
    description: z.string().max(2000).optional(),
    retrain: RetrainSchema.optional(),
    fallback: FallbackSchema.optional(),
  })
  .meta({ id: 'ModelDefinition' })

export type ModelDefinition = z.infer<typeof ModelDefinitionSchema>

const Metrics = z.record(z.string(), z.number())

export const CandidateSchema = z
  .object({
    algorithm: AlgorithmSchema,
    runtime: FitterSchema.optional().describe('Who fitted it; absent: Node'),
    parameters: z.record(z.string(), z.json()),
    metric: z.enum(['logLoss', 'rmse']).describe('Lower is better'),
    mean: z.number().describe('Over the folds, which are the same for every candidate'),
    std: z.number(),
    low: z.number().describe('Of the 95 % interval over the rows, each judged once by a model that had not seen it'),
    high: z.number(),
    durationMs: z.number(),
    chosen: z.boolean().describe('Best so far while the training runs'),
  })
  .meta({ id: 'Candidate' })

export type Candidate = z.infer<typeof CandidateSchema>

export const VersionRuntimeSchema = z
  .object({
    name: FitterSchema,
    asked: TrainingRuntimeSchema,
    fallback: z
      .object({ reason: z.string().describe('As in tandem_fallback_total, without python_'), message: z.string() })
      .nullable()
      .describe('Why Node fitted although Python was asked for; null when it was not needed'),
    decided: z.string().nullable().optional().describe('For fastest and best: what was measured, as a sentence'),
    libraries: z.record(z.string(), z.string()).describe('Versions of Python and of the libraries that fitted it; empty for Node'),
  })
  .meta({ id: 'VersionRuntime' })

export const VersionSchema = z
  .object({
    version: z.string(),
    createdAt: z.iso.datetime(),
    algorithm: AlgorithmSchema,
    parameters: z.record(z.string(), z.json()),
    seed: z.int(),
    /** Rows in all, of which `holdoutRows` were kept from training to judge it. */
    rows: z.int(),
    holdoutRows: z.int(),
    weight: z.string().optional().describe('Column of the weights of rows: metrics, calibration and importances count each row by it'),
    split: VersionSplitSchema.optional().describe('What parted the rows; absent: a hash of their content, as good as chance'),
    /** Measured on the held-out rows; `oobScore` on the training rows, each by the trees of a forest that did not draw it. */
    metrics: Metrics,
    crossValidation: z.object({ folds: z.int(), mean: Metrics, std: Metrics }),
    /** How much the predictions of the training rows hang on each feature, by impurity or by spread; they sum to 1. */
    importances: z.record(z.string(), z.number()),
    /** Loss of the main metric when a feature is shuffled in the held-out rows: mean and spread. */
    permutationImportances: z.record(z.string(), z.object({ mean: z.number(), std: z.number() })),
    classes: z.array(z.string()).optional(),
    features: z.record(z.string(), z.json()),
    dataFingerprint: z.string(),
    libraryVersion: z.string(),
    artifact: z.object({ sha256: z.string(), bytes: z.int() }),
    active: z.boolean(),
    parent: z.string().nullable(),
    /** Whether it was put in service when trained, and why or why not. */
    gate: z.object({ activated: z.boolean(), reason: z.string() }),
    durationMs: z.number(),
    /** What `auto` compared, as it was tried. */
    candidates: z.array(CandidateSchema).optional(),
    imported: z
      .object({ format: z.string(), sha256: z.string().describe('Of the file'), bytes: z.int() })
      .optional()
      .describe('Of a version that was taken over from a file; no rows judged it'),
    runtime: VersionRuntimeSchema.optional().describe('Absent: fitted by Node, as nothing else was asked for'),
  })
  .meta({ id: 'Version' })

export type Version = z.infer<typeof VersionSchema>

export const ModelSchema = z
  .object({
    name: z.string(),
    definition: z.object({ ...ModelDefinitionSchema.shape, parameters: z.record(z.string(), z.json()).optional() }),
    origin: z.enum(['config', 'api']),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    activeVersion: z.string().nullable(),
    /** What answers now: a trained version, the fallback with its reason, or nothing. */
    serving: z.object({ source: z.enum(['model', 'fallback', 'none']), reason: z.string().nullable() }),
    /** Outcomes since the last training, and how many start the next one; null when the model does not retrain. */
    retrain: z.object({ outcomesSinceTraining: z.int(), everyOutcomes: z.int() }).nullable(),
  })
  .meta({ id: 'Model' })

export type Model = z.infer<typeof ModelSchema>

export const ActivationSchema = z
  .object({
    version: z.string(),
    previous: z.string().nullable(),
    at: z.iso.datetime(),
    actor: z.string(),
    action: z.enum(['train', 'activate', 'rollback', 'retrain', 'import']),
    reason: z.string(),
  })
  .meta({ id: 'Activation' })

export type Activation = z.infer<typeof ActivationSchema>

export const Page = z.strictObject({
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
})

const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), nextCursor: z.string().optional() })

export const AlgorithmInfoSchema = z
  .object({
    name: AlgorithmSchema,
    tasks: z.array(z.enum(['classification', 'regression'])),
    family: z.enum(['trees', 'additive']).describe('trees: many decision trees; additive: one weight for each column and word'),
    runtimes: z.array(FitterSchema).describe('Who can fit it; python needs `tandem python setup --extras tabular`'),
    parameters: z.array(z.string()).describe('What can be set of it; everything else is refused by its name'),
  })
  .meta({ id: 'Algorithm' })

export type AlgorithmInfo = z.infer<typeof AlgorithmInfoSchema>

export const listAlgorithms = endpoint({
  method: 'GET',
  path: '/v1/algorithms',
  scope: 'read',
  summary: 'What models can learn by',
  description: 'Every algorithm that a definition or a training can name, beside `auto`, which compares those that fit the task.',
  output: z.object({ items: z.array(AlgorithmInfoSchema) }),
})

export const listModels = endpoint({
  method: 'GET',
  path: '/v1/models',
  scope: 'read',
  summary: 'List models',
  query: Page,
  output: listOf(ModelSchema),
})
export const getModel = endpoint({
  method: 'GET',
  path: '/v1/models/:model',
  scope: 'read',
  summary: 'A model',
  output: ModelSchema,
  errors: ['model_not_found'],
})
export const putModel = endpoint({
  method: 'PUT',
  path: '/v1/models/:model',
  scope: 'write',
  summary: 'Create or change a model',
  description: 'A changed definition keeps the versions; the next training uses it.',
  input: ModelDefinitionSchema,
  output: ModelSchema,
  alsoStatus: [201],
  errors: ['conflict'],
})
export const deleteModel = endpoint({
  method: 'DELETE',
  path: '/v1/models/:model',
  scope: 'write',
  summary: 'Delete a model with its versions and predictions',
  output: z.object({ deleted: z.string() }),
  errors: ['model_not_found', 'conflict'],
})
export const listVersions = endpoint({
  method: 'GET',
  path: '/v1/models/:model/versions',
  scope: 'read',
  summary: 'Versions, newest first',
  query: Page,
  output: listOf(VersionSchema),
  errors: ['model_not_found'],
})
export const getVersion = endpoint({
  method: 'GET',
  path: '/v1/models/:model/versions/:version',
  scope: 'read',
  summary: 'A version',
  output: VersionSchema,
  errors: ['model_not_found', 'version_not_found'],
})
export const deleteVersion = endpoint({
  method: 'DELETE',
  path: '/v1/models/:model/versions/:version',
  scope: 'write',
  summary: 'Delete a version that is not in service',
  output: z.object({ deleted: z.string() }),
  errors: ['model_not_found', 'version_not_found', 'version_active'],
})
export const activateVersion = endpoint({
  method: 'POST',
  path: '/v1/models/:model/versions/:version/activate',
  scope: 'write',
  summary: 'Put a version in service',
  description: 'The version is loaded and must answer a canary prediction first; the old one serves until then.',
  input: z.strictObject({ reason: z.string().max(500).optional() }).optional(),
  output: z.object({ model: z.string(), version: z.string(), previous: z.string().nullable() }),
  errors: ['model_not_found', 'version_not_found', 'artifact_damaged'],
})
export const rollbackModel = endpoint({
  method: 'POST',
  path: '/v1/models/:model/rollback',
  scope: 'write',
  summary: 'Put the version back that was in service before',
  input: z.strictObject({ reason: z.string().max(500).optional() }).optional(),
  output: z.object({ model: z.string(), version: z.string(), previous: z.string().nullable() }),
  errors: ['model_not_found', 'conflict'],
})
export const listActivations = endpoint({
  method: 'GET',
  path: '/v1/models/:model/activations',
  scope: 'read',
  summary: 'Who was live when, newest first',
  query: z.strictObject({ ...Page.shape, at: z.iso.datetime().optional().describe('Only the one in service at this time') }),
  output: listOf(ActivationSchema),
  errors: ['model_not_found'],
})
export const putAlias = endpoint({
  method: 'PUT',
  path: '/v1/models/:model/aliases/:alias',
  scope: 'write',
  summary: 'Point an alias such as "challenger" at a version',
  input: z.strictObject({ version: z.string().max(40) }),
  output: z.object({ alias: z.string(), version: z.string() }),
  errors: ['model_not_found', 'version_not_found', 'conflict'],
})
export const listAliases = endpoint({
  method: 'GET',
  path: '/v1/models/:model/aliases',
  scope: 'read',
  summary: 'Aliases with their versions; "active" is the one in service',
  output: z.object({ items: z.array(z.object({ alias: z.string(), version: z.string() })) }),
  errors: ['model_not_found'],
})
export const deleteAlias = endpoint({
  method: 'DELETE',
  path: '/v1/models/:model/aliases/:alias',
  scope: 'write',
  summary: 'Delete an alias',
  output: z.object({ deleted: z.string() }),
  errors: ['model_not_found', 'not_found', 'conflict'],
})
