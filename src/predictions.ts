import type { ModelPerformance, PerformanceWindow } from './capabilities/monitoring/schema.ts'
import type { Explanation, LoggedPrediction, OutcomesAnswer } from './capabilities/predictions/schema.ts'
import type { Counterfactuals, CounterfactualsInput } from './capabilities/training/what-if/schema.ts'
import type { CallOptions, Page, PageOptions } from './tandem.ts'

export interface PredictOptions<Log extends boolean = boolean> extends CallOptions {
  /** A version or alias instead of the one in service. */
  readonly version?: string
  /** Adds the version's feature importances. */
  readonly importances?: boolean
  /** Adds what each feature adds to the answer. `predictMany`: at most 100 rows. */
  readonly explain?: boolean
  /**
   * Adds what holds the truth of so large a share, 0..1, of rows like those of the training: a `set` of classes, or an `interval`.
   * Rejects with `no_calibration` where the version cannot promise it.
   */
  readonly coverage?: number
  /** False: the prediction is not logged and has no `predictionId`. */
  readonly log?: Log
}

export interface ExplainOptions extends CallOptions {
  /** A version or alias instead of the one in service. */
  readonly version?: string
  /** The class to explain; the predicted one unless said. */
  readonly class?: string
}

export interface PartialDependenceOptions extends CallOptions {
  /** A second feature, for a surface over both. */
  readonly with?: string
  /** Whose probability is followed; the second of two classes, the first of more unless said. */
  readonly class?: string
  /** A version or alias instead of the one in service. */
  readonly version?: string
  /** Values the feature is set to, at most; 2..50, default 20. */
  readonly grid?: number
  /** Single rows beside the mean; 0..100, default 30. */
  readonly rows?: number
}

export interface CounterfactualsOptions extends CallOptions, Omit<CounterfactualsInput, 'features'> {}

interface PredictionBase {
  readonly model: string
  /** Null when the fallback answered. */
  readonly version: string | null
  /** Names this prediction when its outcome is known. */
  readonly predictionId: string
  readonly source: 'model' | 'fallback'
  /** Why the fallback answered. */
  readonly reason?: string
  readonly importances?: Readonly<Record<string, number>>
  /** As asked for. */
  readonly coverage?: number
  /** With `explain`: what each feature adds, the largest first. */
  readonly contributions?: Explanation['contributions']
  /** With `explain`: what the contributions begin at and add up to. */
  readonly explained?: Pick<Explanation, 'target' | 'output' | 'base' | 'prediction'>
}

/** The answer to `log: false`. */
export type Unlogged<Prediction> = Omit<Prediction, 'predictionId'>

/** With the name of the prediction, unless it was asked not to be logged. */
export type Answered<Prediction, Log extends boolean> = Log extends false ? Unlogged<Prediction> : Prediction

export interface ClassPrediction<Class extends string> extends PredictionBase {
  readonly value: Class
  readonly probabilities: Readonly<Record<Class, number>>
  /** Measured chance, 0..1, that `value` is right. */
  readonly confidence: number
  /** With `coverage`: the classes that hold the true one so often, the most likely first. */
  readonly set?: readonly Class[]
}

export interface NumberPrediction extends PredictionBase {
  readonly value: number
  /** Where the truth lies with probability `confidence`; absent for a version too small to measure it. */
  readonly interval?: readonly [number, number]
  readonly confidence: number
}

export interface OutcomeInput<Outcome = string | number | boolean> {
  readonly predictionId: string
  readonly value: Outcome
  /** ISO 8601; default now. */
  readonly at?: string
}

interface ConditionsOfOneModel {
  readonly version?: string
  readonly source?: 'model' | 'fallback'
  readonly hasOutcome?: boolean
  /** Whether the predicted class came true; leaves out what has no outcome. */
  readonly correct?: boolean
  readonly minConfidence?: number
  readonly maxConfidence?: number
  /** What was predicted, as a text. */
  readonly value?: string
  /** ISO 8601. */
  readonly since?: string
  readonly until?: string
}

export interface PredictionFilter extends PageOptions, ConditionsOfOneModel {}

/** Which logged predictions are meant; of every model unless one is named. */
export interface PredictionConditions extends ConditionsOfOneModel {
  readonly model?: string
}

export interface AllPredictionsFilter extends PageOptions, PredictionConditions {}

/** What was predicted by any model. */
export interface PredictionsClient {
  /** Newest first. */
  list(filter?: AllPredictionsFilter): Promise<Page<LoggedPrediction>>
  get(id: string, options?: CallOptions): Promise<LoggedPrediction>
  /** Counted up to a million; `capped` when there are more. */
  count(conditions?: PredictionConditions & CallOptions): Promise<{ readonly count: number; readonly capped: boolean }>
  /** Every match as pieces of a text, newest first, while it is read. */
  export(conditions: PredictionConditions & CallOptions & { readonly format: 'csv' | 'ndjson' }): AsyncIterable<string>
}

export interface PerformanceOptions extends CallOptions {
  readonly window?: PerformanceWindow
}

/** Predicting with one model, looking at what was predicted, and saying what came true. */
export interface ModelPredictions<Features, Prediction, Outcome = string | number | boolean> {
  /** Never overloaded: the compiler's errors would point at the wrong feature, and editors would complete none. */
  predict<Log extends boolean = true>(features: Features, options?: PredictOptions<Log>): Promise<Answered<Prediction, Log>>
  /** At most 10,000 rows; answers in their order. */
  predictMany<Log extends boolean = true>(rows: readonly Features[], options?: PredictOptions<Log>): Promise<Answered<Prediction, Log>[]>
  /** What each feature adds to the prediction, exactly; nothing is logged. */
  explain(features: Features, options?: ExplainOptions): Promise<Explanation>
  /** What would have to change for another answer: a few different ways, each checked by asking the version. Nothing is logged. */
  counterfactuals(features: Features, options?: CounterfactualsOptions): Promise<Counterfactuals>
  recordOutcomes(outcomes: readonly OutcomeInput<Outcome>[], options?: CallOptions): Promise<OutcomesAnswer>
  /** How the model does in service, over time; of the last 7 days unless said. */
  performance(options?: PerformanceOptions): Promise<ModelPerformance>
  /** Logged predictions with their outcomes, newest first. */
  predictions(filter?: PredictionFilter): Promise<Page<LoggedPrediction>>
  prediction(id: string, options?: CallOptions): Promise<LoggedPrediction>
}

export type AnyPrediction = PredictionBase & {
  readonly value: string | number
  readonly probabilities?: Readonly<Record<string, number>>
  readonly confidence: number
  readonly interval?: readonly [number, number]
  readonly set?: readonly string[]
}
