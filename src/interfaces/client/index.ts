// Public surface of `tandem-ml/client`. Runs in Node, browsers, Deno, Bun and edge runtimes.

export type { ErrorCode, FieldError } from '../../errors.ts'
export { TandemError } from '../../errors.ts'
export type {
  AnyPrediction,
  CallOptions,
  Cell,
  ClassPrediction,
  JobsClient,
  ModelClient,
  NumberPrediction,
  OutcomeInput,
  Page,
  PageOptions,
  PredictionFilter,
  PredictOptions,
  TandemApi,
  TrainingRows,
  TrainOptions,
  TrainResult,
  UntypedModelClient,
} from '../../tandem.ts'
export type { Client, ClientOptions, KeyScope, KeysClient, KeyView, NewKeyOptions, Readiness } from './create-client.ts'
export { createClient } from './create-client.ts'
