// What a program sees of Tandem, the same in process (`createTandem`) and over HTTP (`createClient`).
// Only interfaces, so that hovers and error messages print names. Types alone: nothing is loaded from here.
import type { NewRowsEvaluation, NewRowsSummary } from './capabilities/models/reports/new-rows/schema.ts'
import type { Card, Evaluation, Profile } from './capabilities/models/reports/schema.ts'
import type { Activation, Model, ModelDefinition, Version } from './capabilities/models/schema.ts'
import type { Performance } from './capabilities/monitoring/schema.ts'
import type { AnswerComparison, CompareAnswersInput } from './capabilities/predictions/comparison/schema.ts'
import type { Collection } from './capabilities/search/schema.ts'
import type { Comparison } from './capabilities/training/comparison/schema.ts'
import type { ColumnChoices, Inspection, TableInfo, TableView } from './capabilities/training/schema.ts'
import type { PartialDependence } from './capabilities/training/what-if/schema.ts'
import type { CollectionClient, DocumentOf, NewCollection, UntypedCollectionClient } from './collections.ts'
import type {
  Algorithm,
  AlgorithmParameters,
  AnyCollection,
  AnyModel,
  Classifier,
  Regressor,
  Retrain,
  Split,
  WeightedScore,
} from './definitions.ts'
import type { EmbeddingsClient } from './embeddings.ts'
import type { LanguageClient } from './language.ts'
import type { JobCounts, JobLogView, JobView } from './platform/jobs/schema.ts'
import type {
  AnyPrediction,
  ClassPrediction,
  ModelPredictions,
  NumberPrediction,
  PartialDependenceOptions,
  PerformanceOptions,
  PredictionsClient,
} from './predictions.ts'
import type { ColumnPreparation } from './preparation.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor?: string
}

export interface PageOptions extends CallOptions {
  readonly limit?: number
  readonly cursor?: string
}

export type Cell = string | number | boolean | null

/** How a table is read, where its sender knows better than what is found out. */
export interface TableReading {
  readonly delimiter?: ',' | ';' | '\t' | '|' | undefined
  readonly encoding?: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | undefined
  /** Whether the first row names the columns. */
  readonly header?: boolean | undefined
  /** What stands before the decimals of a number; with a comma, 1.234,5 is 1234.5. */
  readonly decimal?: '.' | ',' | undefined
}

/** Where training rows come from: objects, a CSV or NDJSON text, file content or stream, or a table uploaded before. */
export type TrainingRows =
  | { readonly rows: readonly Readonly<Record<string, Cell>>[] }
  | { readonly csv: string | Uint8Array | AsyncIterable<Uint8Array>; readonly decimal?: '.' | ',' | undefined }
  | { readonly ndjson: string | Uint8Array | AsyncIterable<Uint8Array> }
  | ({ readonly table: string } & TableReading)

export interface TrainOptions extends CallOptions {
  readonly seed?: number
  /** Default `if_not_worse`: judged against the version in service on the same held-out rows. */
  readonly activate?: 'if_not_worse' | 'always' | 'never'
  /** CSV and NDJSON: creates the model with an inferred schema when it does not exist. */
  readonly target?: string
  /** With `target`: the weight of the model that is created. Of one that exists its definition says it. */
  readonly weight?: string
  /** As `weight`: what parts the rows to learn from and those to judge on. */
  readonly split?: Split
  readonly algorithm?: Algorithm
  /** Who fits this version. Default: what the definition says, else Node. */
  readonly runtime?: ModelDefinition['runtime']
  /** `auto`: after this time no further algorithm is tried; the first one always is. Default 60. */
  readonly budgetSeconds?: number
  /** Settings of the algorithm that are drawn and compared by successive halving within `budgetSeconds`, 2 to 200; `parameters` stay as they are. */
  readonly tune?: number
  /** For this training instead of all those of the definition; what is absent takes the algorithm's default. */
  readonly parameters?: AlgorithmParameters
  readonly unknownColumns?: 'reject' | 'ignore'
  /** CSV rows with more or fewer cells than the header. Default `reject`. */
  readonly raggedRows?: 'reject' | 'skip'
  /** A table with `target`: what its inferred schema is corrected by when the model does not exist. */
  readonly columns?: ColumnChoices
  readonly onProgress?: (fraction: number, message: string | null) => void
}

export interface TrainResult {
  readonly job: JobView
  readonly version: Version
}

export interface ModelTraining {
  /** Trains and waits until the new version is there. Rejects with the job's error when it fails. */
  train(rows: TrainingRows, options?: TrainOptions): Promise<TrainResult>
  /** Starts training and returns the job at once. */
  startTraining(rows: TrainingRows, options?: TrainOptions): Promise<JobView>
  /** Trains again on the stored rows and the outcomes since. */
  retrain(options?: TrainOptions): Promise<TrainResult>
  /** Starts training again and returns the job at once; the one that runs already, when there is one. */
  startRetraining(options?: TrainOptions): Promise<JobView>
}

/** The versions of one model, and which of them is in service. */
export interface ModelVersions {
  /** Newest first. */
  versions(options?: PageOptions): Promise<Page<Version>>
  /** By version or alias. */
  version(version: string, options?: CallOptions): Promise<Version>
  /** How good a version is on the held-out rows: intervals, curves, confusion, calibration. */
  evaluation(version: string, options?: CallOptions): Promise<Evaluation>
  /**
   * Judges a version on rows with the target: the same measures, kept apart from those of the held-out rows. Of a version that was taken over
   * from a file it is the only evaluation. The rows are not kept.
   */
  evaluate(version: string, rows: TrainingRows, options?: EvaluateRowsOptions): Promise<NewRowsEvaluation>
  /** On which rows it was evaluated so, newest first; the newest 50 are kept. */
  evaluations(version: string, options?: CallOptions): Promise<{ readonly items: readonly NewRowsSummary[] }>
  evaluationOn(version: string, evaluation: string, options?: CallOptions): Promise<NewRowsEvaluation>
  deleteEvaluation(version: string, evaluation: string, options?: CallOptions): Promise<void>
  /** Typical values, ranges and missing shares of its training rows. */
  profile(version: string, options?: CallOptions): Promise<Profile>
  /** How answers move with a feature, over a sample of the training rows. */
  partialDependence(feature: string, options?: PartialDependenceOptions): Promise<PartialDependence>
  /** What a reader must know before trusting it: data, metrics, promises, weak spots, limits. `markdown` as a text for people. */
  card(version: string, options?: CallOptions): Promise<Card>
  cardMarkdown(version: string, options?: CallOptions): Promise<string>
  /** Versions beside each other on the same held-out rows: differences with their intervals. The newest five and the one in service unless said. */
  compare(options?: CallOptions & { readonly versions?: readonly string[] }): Promise<Comparison>
  /** Two versions, or a version and a model of a worker, asked the same rows: agreement, latency, rows a second, memory, cost. */
  compareAnswers(input: CompareAnswersInput, options?: CallOptions): Promise<AnswerComparison>
  /**
   * Takes a model that was trained elsewhere over as a new version: LightGBM's text, XGBoost's JSON or UBJSON, what worker/export_sklearn.py wrote,
   * ONNX trees, or what `exportVersion` gave. No rows judge it.
   */
  importVersion(file: Uint8Array | AsyncIterable<Uint8Array>, options?: ImportVersionOptions): Promise<Version>
  /** The whole version as a file (`tdm`, the default), or as a graph for onnxruntime (`onnx`), or its trees as plain arrays (`json`). */
  exportVersion(version: string, options?: CallOptions & { readonly format?: 'onnx' | 'json' | 'tdm' }): Promise<Uint8Array>
  activate(version: string, options?: CallOptions & { readonly reason?: string }): Promise<void>
  rollback(options?: CallOptions & { readonly reason?: string }): Promise<{ readonly version: string; readonly previous: string | null }>
  deleteVersion(version: string, options?: CallOptions): Promise<void>
  /** Who was in service when, newest first. */
  activations(options?: PageOptions & { readonly at?: string }): Promise<Page<Activation>>
  /** The version behind each alias; `active` is the one in service. */
  aliases(options?: CallOptions): Promise<Readonly<Record<string, string>>>
  /** Points an alias such as `challenger` at a version. */
  setAlias(alias: string, version: string, options?: CallOptions): Promise<void>
  deleteAlias(alias: string, options?: CallOptions): Promise<void>
}

export interface EvaluateRowsOptions extends CallOptions {
  /** What the rows are called, such as the name of a file. */
  readonly name?: string
  /** Columns that are no feature of the version. Default `reject`. */
  readonly unknownColumns?: 'reject' | 'ignore'
  /** CSV rows with more or fewer cells than the header. Default `reject`. */
  readonly raggedRows?: 'reject' | 'skip'
  /** Column of the weights of these rows, which they must have. Default: that of the training, where they have it. */
  readonly weight?: string
  /** Also measure what the version leans on, by shuffling each feature among these rows: `permutationImportances`. Default false. */
  readonly importances?: boolean
}

export interface ImportVersionOptions extends CallOptions {
  /** Found out when absent. */
  readonly format?: 'lightgbm' | 'xgboost' | 'sklearn' | 'onnx' | 'json' | 'tdm'
  /** What it predicts; makes the model when it does not exist. */
  readonly target?: string
  /** What the features are called, in the order of the file, instead of the names in it. */
  readonly features?: readonly string[]
  /** Labels in the order of the codes, where neither the file nor the definition names them. */
  readonly classes?: readonly string[]
  /** Default `when_first`: put in service when the model has no version in service. */
  readonly activate?: 'when_first' | 'always' | 'never'
}

/** One model. What it takes, answers and learns from comes from the config. */
export interface ModelClient<Features, Prediction, Outcome = string | number | boolean>
  extends ModelPredictions<Features, Prediction, Outcome>,
    ModelTraining,
    ModelVersions {
  readonly name: string
  get(options?: CallOptions): Promise<Model>
}

/** What defines a model at run time; `features` is a JSON Schema object of scalars. */
export interface NewModel {
  readonly task: 'classification' | 'regression'
  readonly target: string
  /** Labels in order; absent: taken from the first training rows. */
  readonly classes?: readonly string[]
  readonly features: Readonly<Record<string, unknown>>
  /** Default `random-forest`. */
  readonly algorithm?: ModelDefinition['algorithm']
  readonly parameters?: AlgorithmParameters
  /** What single features become before they are learned from. */
  readonly preparation?: Readonly<Record<string, ColumnPreparation>>
  /** Column of the training rows that says how much each counts, from 0; no feature. */
  readonly weight?: string
  /** What parts the rows to learn from and those to judge on. Default by chance. */
  readonly split?: Split
  readonly seed?: number
  readonly description?: string
  readonly retrain?: Retrain
  readonly fallback?: WeightedScore<string>
}

/** An algorithm, the tasks it does, who can fit it, and the parameters that can be set of it. */
export interface AlgorithmInfo {
  readonly name: Exclude<Algorithm, 'auto'>
  readonly tasks: readonly ('classification' | 'regression')[]
  /** `trees`: many decision trees; `additive`: one weight for each column and word. */
  readonly family: 'trees' | 'additive'
  readonly runtimes: readonly ('node' | 'python')[]
  readonly parameters: readonly string[]
}

/** A model known only at run time. */
export type UntypedModelClient = ModelClient<Readonly<Record<string, Cell>>, AnyPrediction>

export interface JobsClient {
  get(id: string, options?: CallOptions): Promise<JobView>
  list(
    options?: PageOptions & {
      readonly status?: JobView['status']
      readonly kind?: string
      /** Jobs about this model. */
      readonly subject?: string
    },
  ): Promise<Page<JobView>>
  /** How many wait and run, and how those of the last 24 hours ended. */
  counts(options?: CallOptions): Promise<JobCounts>
  /** What the job said while it ran, oldest first. */
  log(id: string, options?: CallOptions): Promise<readonly JobLogView[]>
  cancel(id: string, options?: CallOptions): Promise<JobView>
  retry(id: string, options?: CallOptions): Promise<JobView>
  /** Each state as it changes, ending with the finished one. */
  watch(id: string, options?: CallOptions): AsyncIterable<JobView>
}

/** A file's content or a stream; a browser's `File` is a stream by its `stream()`. */
export type TableBytes = string | Uint8Array | AsyncIterable<Uint8Array>

export interface UploadTableOptions extends CallOptions, TableReading {
  /** For the list, such as the name of the file. */
  readonly name?: string
  /** Found out when absent. */
  readonly format?: 'csv' | 'ndjson'
}

/** Tables uploaded once, to look at, correct and train on; kept for 24 hours. */
export interface TablesClient {
  /** Infers the columns of rows and a definition for a target; keeps nothing. */
  inspect(rows: TrainingRows, options?: CallOptions & { readonly target?: string }): Promise<Inspection>
  upload(bytes: TableBytes, options?: UploadTableOptions): Promise<TableView>
  /** The same table read as asked; with a target also what a model of it would be, and what to beware of. */
  get(id: string, options?: CallOptions & TableReading & { readonly target?: string }): Promise<TableView>
  list(options?: CallOptions): Promise<{ readonly items: readonly TableInfo[] }>
  delete(id: string, options?: CallOptions): Promise<void>
}

/** The number or boolean that a label stands for, which an outcome may be given as. */
type ValueOf<Class extends string> = Class extends `${infer Value extends number}`
  ? Value
  : Class extends 'true'
    ? true
    : Class extends 'false'
      ? false
      : never

type ModelClientOf<Definition> =
  Definition extends Classifier<infer Features, infer Class>
    ? ModelClient<Features, ClassPrediction<Class>, Class | ValueOf<Class>>
    : Definition extends Regressor<infer Features>
      ? ModelClient<Features, NumberPrediction, number>
      : never

/** The part of a config that types depend on. */
export interface TypedConfig {
  readonly models?: Readonly<Record<string, AnyModel>>
  readonly collections?: Readonly<Record<string, AnyCollection>>
}

/** What `createTandem` and `createClient` both give. */
export interface TandemApi<Config extends TypedConfig> {
  /** The models of the config, typed by it. */
  readonly models: { readonly [Name in keyof Config['models']]: ModelClientOf<Config['models'][Name]> }
  /** A model by a name known only at run time. */
  model(name: string): UntypedModelClient
  listModels(options?: PageOptions): Promise<Page<Model>>
  /** Creates or changes a model at run time. */
  putModel(name: string, definition: NewModel, options?: CallOptions): Promise<Model>
  deleteModel(name: string, options?: CallOptions): Promise<void>
  /** What a definition or a training can name as its algorithm, beside `auto`. */
  algorithms(options?: CallOptions): Promise<readonly AlgorithmInfo[]>
  /** How every model does in service, by name; over the last 7 days unless said. */
  performance(options?: PerformanceOptions): Promise<Performance>
  readonly jobs: JobsClient
  readonly predictions: PredictionsClient
  readonly tables: TablesClient
  /** The collections of the config, typed by it. */
  readonly collections: { readonly [Name in keyof Config['collections']]: CollectionClient<DocumentOf<Config['collections'][Name]>> }
  /** A collection by a name known only at run time. */
  collection(name: string): UntypedCollectionClient
  listCollections(options?: CallOptions): Promise<{ readonly items: readonly Collection[] }>
  /** Creates or changes a collection at run time. */
  putCollection(name: string, definition: NewCollection, options?: CallOptions): Promise<Collection>
  deleteCollection(name: string, options?: CallOptions): Promise<void>
  readonly embeddings: EmbeddingsClient
  /** What texts say: sentiment, entities, keywords, categories, summaries. */
  readonly language: LanguageClient
}
