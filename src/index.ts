// Tandem: the machine-learning backend for Node.js applications.
export { type CreateTandemOptions, createTandem, type ServerAddress, type Tandem } from './app.ts'
export type { CompareInput, EmbeddingComparison } from './capabilities/embeddings/comparison/schema.ts'
export type { Rollout, StartRollout } from './capabilities/embeddings/rollout/schema.ts'
export type { CollectionMap } from './capabilities/search/map/schema.ts'
export { type App, type AppHost, defineTandem, readSettings, type Settings, type TandemConfig } from './config.ts'
export {
  type Algorithm,
  type AlgorithmParameters,
  type Classifier,
  classifier,
  collection,
  type Embedder,
  type EmbeddingsDefinition,
  hashEmbedder,
  onnxEmbedder,
  openAiEmbedder,
  pythonEmbedder,
  type Regressor,
  regressor,
  type Split,
  staticEmbedder,
  type TrainingRuntime,
  type WeightedScore,
  weightedScore,
} from './definitions.ts'
export type {
  Embedding,
  EmbeddingBatch,
  EmbeddingsClient,
  EmbedOptions,
  RolloutsClient,
} from './embeddings.ts'
export { type Endpoint, endpoint, implement, type Route, respond, type Scope } from './endpoint.ts'
export { ERROR_CODES } from './error-codes.ts'
export { type ErrorCode, type FieldError, TandemError } from './errors.ts'
export { STATUS } from './interfaces/server/status.ts'
export type { LanguageClient } from './language.ts'
export type { Answered, AnyPrediction, ClassPrediction, NumberPrediction, Unlogged } from './predictions.ts'
export type { ColumnPreparation } from './preparation.ts'
export { implementSocket, type SocketHandler, type SocketPeer, type SocketRoute, socketEndpoint } from './socket.ts'
export { csvSource, mysqlSource, ndjsonSource, postgresSource } from './sources.ts'
export type { AlgorithmInfo, ModelClient, TandemApi, TrainingRows, UntypedModelClient } from './tandem.ts'
