// Public surface of `tandem-ml/client`. Runs in Node, browsers, Deno, Bun and edge runtimes.

export type { CompareInput, EmbeddingComparison } from '../../capabilities/embeddings/comparison/schema.ts'
export type { Rollout, StartRollout } from '../../capabilities/embeddings/rollout/schema.ts'
export type { Evaluation, FeatureProfile, Profile } from '../../capabilities/models/reports/schema.ts'
export type { ModelPerformance, Performance, PerformanceItem, PerformanceWindow } from '../../capabilities/monitoring/schema.ts'
export type { AnswerComparison, CompareAnswersInput } from '../../capabilities/predictions/comparison/schema.ts'
export type { Explanation, LoggedPrediction } from '../../capabilities/predictions/schema.ts'
export type { CollectionMap } from '../../capabilities/search/map/schema.ts'
export type { Comparison } from '../../capabilities/training/comparison/schema.ts'
export type {
  Embedding,
  EmbeddingBatch,
  EmbeddingsClient,
  EmbedOptions,
  RolloutsClient,
} from '../../embeddings.ts'
export type { ErrorCode, FieldError } from '../../errors.ts'
export { TandemError } from '../../errors.ts'
export type { LanguageClient } from '../../language.ts'
export type { EventMap, EventName, TandemEvent } from '../../platform/events/events.ts'
export type {
  Answered,
  AnyPrediction,
  ClassPrediction,
  ExplainOptions,
  ModelPredictions,
  NumberPrediction,
  OutcomeInput,
  PerformanceOptions,
  PredictionConditions,
  PredictionFilter,
  PredictionsClient,
  PredictOptions,
  Unlogged,
} from '../../predictions.ts'
export type {
  AlgorithmInfo,
  CallOptions,
  Cell,
  JobsClient,
  ModelClient,
  ModelTraining,
  ModelVersions,
  NewModel,
  Page,
  PageOptions,
  TablesClient,
  TandemApi,
  TrainingRows,
  TrainOptions,
  TrainResult,
  UntypedModelClient,
} from '../../tandem.ts'
export type { Client, ClientOptions } from './create-client.ts'
export { createClient } from './create-client.ts'
export type {
  ConnectionState,
  EventGap,
  EventOf,
  EventOptions,
  EventPattern,
  EventsClient,
  Listening,
} from './events-client.ts'
export type { KeyScope, KeysClient, KeyView, NewKeyOptions } from './keys-client.ts'
export type { RuntimeLogLine, RuntimePath, RuntimesClient, RuntimeView, WorkerView } from './runtimes-client.ts'
export type { AttentionItem, DoctorView, Readiness, ServerClient, SettingsView, TrafficView } from './server-client.ts'
export type { SessionClient, SessionView } from './sessions-client.ts'
