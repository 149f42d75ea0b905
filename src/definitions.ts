// What a config is made of: classifier, regressor and their fallbacks. Zod's type stops here: a definition carries
// only the plain types of its features and classes, which keeps the editor fast and the errors short.
import type { ColumnPreparation } from './preparation.ts'
import type { CollectionSource, SyncSchedule } from './sources.ts'

/** A zod object, described by its structure: comparing ZodObject itself doubles the type checker's work. */
export type Shape = {
  readonly shape: object
  // biome-ignore lint/suspicious/noExplicitAny: zod's own phantom types.
  readonly _zod: { readonly input: any; readonly output: any }
}

type NameOf<Features extends Shape> = keyof Features['shape'] & string

/** `auto` compares those that fit the task on the same folds at every training, and keeps the best. */
export type Algorithm =
  | 'random-forest'
  | 'boosted-trees'
  | 'logistic-regression'
  | 'linear-svm'
  | 'naive-bayes'
  | 'linear-regression'
  | 'ridge'
  | 'elastic-net'
  | 'lasso'
  | PythonAlgorithm
  | 'auto'

/** Learned by a Python worker only (`tandem python setup --extras tabular`) and served by Node. */
export type PythonAlgorithm = 'extra-trees' | 'gradient-boosting' | 'hist-gradient-boosting' | 'lightgbm'

/** Who fits: `fastest` times both on a sample of the rows, `best` lets both fit and compares them on the same folds. */
export type TrainingRuntime = 'node' | 'python' | 'fastest' | 'best'

/**
 * What parts the rows to learn from and those to judge on, in the hold-out and in every fold: chance, a column whose equal values stay
 * together (`group`: patients, customers), or a column of dates or numbers (`time`: learned from the earlier rows, judged on the latest).
 */
export type Split = { readonly by: 'random' } | { readonly by: 'group' | 'time'; readonly column: string }

/** Hyper-parameters under scikit-learn's names; what is absent takes the algorithm's default. */
export interface AlgorithmParameters {
  /** Trees, 1..2000. Default 100. */
  readonly nEstimators?: number
  /** Levels, 1..64. Default 10 for the forest, unlimited for boosting. */
  readonly maxDepth?: number
  /** Rows a node needs to be split, >= 2. Default 5 for the forest, 2 for boosting. */
  readonly minSamplesSplit?: number
  /** Rows a leaf keeps at least. Default 1 for the forest, 20 for boosting. */
  readonly minSamplesLeaf?: number
  /** Features tried at a split: `sqrt`, `all`, or a share in 0..1. Forest only; default `sqrt` (classification) or 1/3 (regression). */
  readonly maxFeatures?: 'sqrt' | 'all' | number
  /** Shrinkage of a boosting step, 0..1. Default 0.1. */
  readonly learningRate?: number
  /** Share of the rows that each tree of gradient-boosting and lightgbm is fitted to, 0..1. Default 1. */
  readonly subsample?: number
  /** Leaves of a boosted tree, 2..1024. Default 31. */
  readonly maxLeaves?: number
  /** L2 penalty on the leaves of boosted trees, >= 0. Default 0. */
  readonly lambda?: number
  /** What a regression by boosted trees brings down. Default `squared`. */
  readonly loss?: 'squared' | 'absolute' | 'huber' | 'quantile' | 'poisson'
  /** Of the loss `quantile`: the share of targets below a prediction. Default 0.5. */
  readonly quantile?: number
  /**
   * Strength of the penalty: ridge 1, elastic net 0.01 (of a target scaled to deviation 1). Count that naive Bayes adds: 1. Of the loss
   * `huber`, below 1: residuals beyond this quantile of their sizes count by their size, 0.9.
   */
  readonly alpha?: number
  /** By feature: 1 where predictions may only rise with it, -1 where they may only fall. Boosted trees only. */
  readonly monotone?: Readonly<Record<string, 1 | -1>>
  /** By class; `balanced` makes all weigh the same. */
  readonly classWeight?: 'balanced' | Readonly<Record<string, number>>
  /** Stops boosting when a held-out part of the training rows gets no better, and keeps the best round. */
  readonly earlyStopping?: boolean | { readonly rounds?: number; readonly validationFraction?: number; readonly minDelta?: number }
  /** Whether a random forest judges its training rows by the trees that did not draw them: `oobScore` of the metrics. Default false. */
  readonly oobScore?: boolean
  /** How trees split texts: by their order (the default), or by sets of them. */
  readonly categories?: 'ordered' | 'native'
  /** Inverse strength of the penalty of logistic regression and linear SVM. Default 1. */
  readonly C?: number
  /** Share of the penalty that is L1, which makes weights exactly 0. Default 0 for logistic regression, 0.5 for elastic net. */
  readonly l1Ratio?: number
  /** Of naive Bayes. Default `gaussian`; `multinomial` where a feature is free text. */
  readonly variant?: 'gaussian' | 'multinomial' | 'complement' | 'bernoulli'
  /** Of gaussian naive Bayes: share of the largest variance added to all. Default 0.01. */
  readonly varSmoothing?: number
  /** When a search is near enough to its end. Default 1e-4. */
  readonly tolerance?: number
  /** Default 1000. */
  readonly maxIterations?: number
  /** Of free texts: longest run of words that counts as a term, 1..3. Default 2. */
  readonly maxNgram?: number
  /** Of free texts: most terms that are kept, the most frequent ones. Default 100,000. */
  readonly maxTerms?: number
}

/** Answers with a weighted mean of features in 0..1 while no trained version can. */
export interface WeightedScore<Name extends string> {
  readonly kind: 'weighted-score'
  readonly weights: Readonly<Partial<Record<Name, number>>>
}

export interface Retrain {
  /** Outcomes after which a new version is trained. Default 50. */
  readonly everyOutcomes?: number
}

interface DefinitionOptions<Features extends Shape> {
  /** Strict object of numbers, booleans and enums; nullable or optional ones may be missing. */
  readonly features: Features
  /** Name of the column to predict in training rows. */
  readonly target: string
  readonly algorithm?: Algorithm
  readonly parameters?: AlgorithmParameters
  /** What single features become; the rest becomes what it usually does. */
  readonly preparation?: Readonly<Partial<Record<NameOf<Features>, ColumnPreparation>>>
  /** Column of the training rows that says how much each counts, from 0; no feature. */
  readonly weight?: string
  /** Default `{ by: 'random' }`. The column need not be a feature. */
  readonly split?: Split
  /** Who fits random-forest and boosted-trees, which Node and a Python worker both can. Default node. Node answers in any case. */
  readonly runtime?: TrainingRuntime
  /** Seed of everything random in training. Default 1. */
  readonly seed?: number
  readonly description?: string
  readonly retrain?: Retrain
}

export interface Definition {
  readonly target: string
  readonly algorithm: Algorithm
  readonly parameters: AlgorithmParameters
  readonly preparation: Readonly<Partial<Record<string, ColumnPreparation>>> | undefined
  readonly weight: string | undefined
  readonly split: Split | undefined
  readonly runtime: TrainingRuntime | undefined
  readonly seed: number
  readonly description: string | undefined
  readonly retrain: Retrain | undefined
  /** The zod object; narrowed inside the package. */
  readonly schema: unknown
}

export interface Classifier<in out Features, out Class extends string> extends Definition {
  readonly task: 'classification'
  readonly classes: readonly Class[] | undefined
  readonly fallback: WeightedScore<string> | undefined
  readonly '~features'?: (features: Features) => Features
}

export interface Regressor<in out Features> extends Definition {
  readonly task: 'regression'
  readonly '~features'?: (features: Features) => Features
}

// biome-ignore lint/suspicious/noExplicitAny: a config holds models of every feature type.
export type AnyModel = Classifier<any, string> | Regressor<any>

function definitionOf<Features extends Shape>(options: DefinitionOptions<Features>): Definition {
  return {
    target: options.target,
    algorithm: options.algorithm ?? 'random-forest',
    parameters: options.parameters ?? {},
    preparation: options.preparation,
    weight: options.weight,
    split: options.split,
    runtime: options.runtime,
    seed: options.seed ?? 1,
    description: options.description,
    retrain: options.retrain,
    schema: options.features,
  }
}

/**
 * A model that tells classes apart.
 *
 * @param options.classes  the labels, in order; for a yes/no target the second is the positive one. Default `false`, `true`.
 * @example
 * const Features = z.strictObject({ visits: z.number().min(0), plan: z.enum(['free', 'pro']) })
 * const churn = classifier({ features: Features, target: 'churned', classes: ['no', 'yes'] })
 */
export function classifier<Features extends Shape, const Class extends string = 'false' | 'true'>(
  options: DefinitionOptions<Features> & {
    readonly classes?: readonly Class[]
    readonly fallback?: WeightedScore<NoInfer<NameOf<Features>>>
  },
): Classifier<Features['_zod']['input'], NoInfer<Class>> {
  // NoInfer: else a config, which takes models of any class, would make `string` of the default classes.
  return { task: 'classification', classes: options.classes, fallback: options.fallback, ...definitionOf(options) }
}

/** A model that predicts a number. */
export function regressor<Features extends Shape>(options: DefinitionOptions<Features>): Regressor<Features['_zod']['input']> {
  return { task: 'regression', ...definitionOf(options) }
}

/** A fallback that needs no training: the weighted mean of features in 0..1. Weights are relative; a missing feature is left out. */
export function weightedScore<const Weights extends Readonly<Record<string, number>>>(
  weights: Weights,
): { readonly kind: 'weighted-score'; readonly weights: Weights } {
  return { kind: 'weighted-score', weights }
}

export interface CollectionOptions<Record extends Shape> {
  /** A zod object with the string `id`; documents are checked against it. */
  readonly record: Record
  /** What is searched: a template such as `{{name}}. {{description}}`, or a function. */
  readonly text: string | ((record: Record['_zod']['output']) => string)
  /** How words are compared. Default `english`. */
  readonly language?: 'english' | 'none'
  /** Properties to filter and count by. Default: all that are numbers, booleans, dates, strings or lists of strings, but no texts. */
  readonly filterable?: readonly NameOf<Record>[]
  /** The embedding model. Default: the first that can answer. */
  readonly embedder?: string
  /** Where its documents come from; `sync` brings them. See mysqlSource, postgresSource, csvSource, ndjsonSource. */
  readonly source?: CollectionSource
  /** When the source is read by itself. */
  readonly sync?: SyncSchedule
  readonly description?: string
}

/** Documents to search, as a config describes them. */
export interface CollectionDefinition<in out Document> {
  /** The zod object; narrowed inside the package. */
  readonly record: unknown
  /** A template, or a function of a document; narrowed inside the package. */
  readonly text: unknown
  readonly language: 'english' | 'none' | undefined
  readonly filterable: readonly string[] | undefined
  readonly embedder: string | undefined
  readonly source: CollectionSource | undefined
  readonly sync: SyncSchedule | undefined
  readonly description: string | undefined
  readonly '~document'?: (document: Document) => Document
}

// biome-ignore lint/suspicious/noExplicitAny: a config holds collections of every document type.
export type AnyCollection = CollectionDefinition<any>

/**
 * Documents that are found by their words and by their meaning.
 *
 * @example
 * const Campaign = z.object({ id: z.string(), name: z.string(), industry: z.string(), budget: z.number() })
 * const campaigns = collection({ record: Campaign, text: '{{name}}. Industry: {{industry}}' })
 */
export function collection<Record extends Shape>(options: CollectionOptions<Record>): CollectionDefinition<Record['_zod']['input']> {
  const { record, text, language, filterable, embedder, source, sync, description } = options
  return { record, text, language, filterable, embedder, source, sync, description }
}

/** A sentence-transformers model as ONNX: a folder with model.onnx (or onnx/model.onnx) and tokenizer.json. Needs onnxruntime-node. */
export interface OnnxEmbedder {
  readonly kind: 'onnx'
  /** Default: the folder of the model's name among those that `tandem models pull` brings. */
  readonly folder?: string
  /** The ONNX file inside the folder, where there are several. */
  readonly file?: string
  /** Tokens of a text that are read, at most what the model says. */
  readonly maxTokens?: number
  /** Threads inside one run. Default: cores - 1, at least 1. */
  readonly threads?: number
}

/** A table of token vectors: thousands of texts a second. Default: the English one of the package. */
export interface StaticEmbedder {
  readonly kind: 'static'
  readonly folder?: string
}

/** Hashed words and trigrams: no model, any language, similarity by spelling only. */
export interface HashEmbedder {
  readonly kind: 'hash'
  /** 8..4096. Default 384. */
  readonly dimensions?: number
}

/** A server that speaks OpenAI's `POST /embeddings`. */
export interface OpenAiEmbedder {
  readonly kind: 'openai-compatible'
  /** Base address, such as https://api.openai.com/v1. */
  readonly url: string
  readonly key?: string
  /** The model's name there. */
  readonly model: string
  /** Asked of the server where it can shorten vectors. */
  readonly dimensions?: number
  /** Default 30,000. */
  readonly timeoutMs?: number
}

/** A sentence-transformers model in a Python worker: a folder of it, or the Python package that holds it. */
export interface PythonEmbedder {
  readonly kind: 'python'
  /** Default: the folder of the model's name among those that `tandem models pull` brings. */
  readonly folder?: string
  readonly package?: string
}

export type Embedder = OnnxEmbedder | StaticEmbedder | HashEmbedder | OpenAiEmbedder | PythonEmbedder

/** How texts become vectors. */
export interface EmbeddingsDefinition {
  /** Models by name, beside the built-in ones: all-MiniLM-L6-v2, static-en-256 and hash-384. */
  readonly models?: Readonly<Record<string, Embedder>>
  /** Who answers when no model is named: the first of these that can. Default: the built-in ones in their order. */
  readonly default?: readonly string[]
}

/** See `OnnxEmbedder`. */
export function onnxEmbedder(options: Omit<OnnxEmbedder, 'kind'> = {}): OnnxEmbedder {
  return { kind: 'onnx', ...options }
}

/** See `StaticEmbedder`. */
export function staticEmbedder(options: Omit<StaticEmbedder, 'kind'> = {}): StaticEmbedder {
  return { kind: 'static', ...options }
}

/** See `HashEmbedder`. */
export function hashEmbedder(options: Omit<HashEmbedder, 'kind'> = {}): HashEmbedder {
  return { kind: 'hash', ...options }
}

/** See `OpenAiEmbedder`. */
export function openAiEmbedder(options: Omit<OpenAiEmbedder, 'kind'>): OpenAiEmbedder {
  return { kind: 'openai-compatible', ...options }
}

/** See `PythonEmbedder`. */
export function pythonEmbedder(options: Omit<PythonEmbedder, 'kind'> = {}): PythonEmbedder {
  return { kind: 'python', ...options }
}

/** Who computes what both can: the same model in this process or in a Python worker. */
export type RuntimePreference = 'node' | 'python' | 'fastest' | 'best'

/** A sentence-transformers model for the worker: a folder of it, or the Python package that holds it. */
export interface PythonModel {
  readonly folder?: string
  readonly package?: string
}

/** A worker that somebody else runs: Tandem's, or any server of the Open Inference Protocol V2. */
export interface RemoteWorker {
  /** Default: remote-1, remote-2 ... */
  readonly name?: string
  /** Base address; `/v2/...` is below it. */
  readonly url: string
  /** Sent as a bearer token. */
  readonly key?: string
  /** Nearer ones are asked first when equally busy. Default: near on this machine, far elsewhere. */
  readonly locality?: 'near' | 'far'
}

/** What answers the tasks of language. */
export interface LanguageDefinition {
  /** For all tasks, or by task. Default: that of `python`. */
  readonly prefer?:
    | RuntimePreference
    | { readonly [Task in 'sentiment' | 'entities' | 'keywords' | 'categories' | 'summary']?: RuntimePreference }
  /** A classifier of `models` that answers sentiment before all others; `feature` takes the text. Default feature: its only text. */
  readonly sentiment?: { readonly model: string; readonly feature?: string }
}

/** Python workers, which Tandem starts, watches and replaces. Without any of it everything runs in Node. */
export interface PythonDefinition {
  /** Default: when `tandem python setup` made an environment, or remotes are named. */
  readonly enabled?: boolean
  /** Default node: Python answers what Node cannot. */
  readonly prefer?: RuntimePreference
  /** Started on this machine, 0 to 16. Default 1; 0 when remotes are named. */
  readonly workers?: number
  /** lazy: when first needed. Default lazy. */
  readonly start?: 'lazy' | 'eager'
  /** A Python that has the worker's packages, in place of the environment. */
  readonly executable?: string
  /** Of the environment. Default: python in the data folder. */
  readonly folder?: string
  readonly remotes?: readonly RemoteWorker[]
  /** Embedding models of Node that a worker may compute too, by their name here. all-MiniLM-L6-v2 and folders with PyTorch weights are known. */
  readonly models?: Readonly<Record<string, PythonModel>>
  /** Models of the language tasks. Entities: en_core_web_sm where it is installed; the others need one. */
  readonly language?: { readonly [Task in 'sentiment' | 'entities' | 'categories' | 'summary']?: PythonModel }
  /** Default 30,000. */
  readonly requestTimeoutMs?: number
  /** A worker above it is replaced. Default 4 GiB. */
  readonly maxMemoryBytes?: number
}
