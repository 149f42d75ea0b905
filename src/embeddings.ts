// What a program sees of embeddings, the same in process and over HTTP. Types alone: nothing is loaded from here.

import type { CompareInput, EmbeddingComparison } from './capabilities/embeddings/comparison/schema.ts'
import type { FineTuneInput, TunedModel, TunedVersion } from './capabilities/embeddings/fine-tune/schema.ts'
import type { Rollout, StartRollout } from './capabilities/embeddings/rollout/schema.ts'
import type { EmbeddingStatus } from './capabilities/embeddings/schema.ts'
import type { JobView } from './platform/jobs/schema.ts'
import type { CallOptions } from './tandem.ts'

export interface EmbedOptions extends CallOptions {
  /** Default: the first of the default models that can answer. */
  readonly model?: string
  /** Keeps the first ones and brings the vector to length 1 again. */
  readonly dimensions?: number
}

export interface Embedding {
  /** Of length 1. */
  readonly vector: Float32Array
  readonly model: string
  /** Vectors of different fingerprints must not be compared. */
  readonly fingerprint: string
}

export interface EmbeddingBatch {
  /** In the order of the texts, each of length 1. */
  readonly vectors: readonly Float32Array[]
  readonly model: string
  readonly fingerprint: string
  readonly dimensions: number
  /** Texts whose vectors were known. */
  readonly cacheHits: number
  /** Read by the model for the others. */
  readonly tokens: number
  readonly processingTimeMs: number
}

type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Immutable<Value[Name]> }
    : Value

/** One of `field` (of a collection), `labelled` and `pairs` says what belongs together. */
export type FineTuneRequest = Immutable<FineTuneInput>

export interface FollowedFineTuneOptions extends CallOptions {
  readonly onProgress?: (fraction: number, message: string | null) => void
}

/** The result of the job. */
export interface FineTuneReport {
  readonly model: string
  readonly version: string
  readonly activated: boolean
  readonly reason: string
}

export interface TunedModelsClient {
  list(options?: CallOptions): Promise<{ readonly items: readonly TunedModel[] }>
  /** @throws `model_not_found`. */
  get(model: string, options?: CallOptions): Promise<TunedModel>
  /** @throws `model_not_found`, `version_not_found`. */
  version(model: string, version: string, options?: CallOptions): Promise<TunedVersion>
  /** Puts a version in service; its collection is embedded again in the background. */
  activate(model: string, version: string, options?: CallOptions): Promise<TunedModel>
  /** Puts in service what served before: a version, or the base. @throws `conflict` when the base serves already. */
  rollback(model: string, options?: CallOptions): Promise<TunedModel>
  /** @throws `conflict` while it serves. */
  delete(model: string, options?: CallOptions): Promise<void>
}

/** Texts to vectors whose cosine tells how near they are in meaning. */
export interface EmbeddingsClient {
  /** One text. */
  embed(text: string, options?: EmbedOptions): Promise<Embedding>
  /** Up to 2,048 texts in one answer. */
  embedBatch(texts: readonly string[], options?: EmbedOptions): Promise<EmbeddingBatch>
  /** As many texts as come, in their order, in bounded memory; all by the model that answered the first ones. */
  embedMany(texts: Iterable<string> | AsyncIterable<string>, options?: EmbedOptions): AsyncGenerator<Embedding>
  /**
   * Fine-tunes a model on examples of what belongs together, and gives the version it made: in service if it finds better on examples that
   * were held out. Rejects with the error of the job.
   */
  fineTune(input: FineTuneRequest, options?: FollowedFineTuneOptions): Promise<TunedVersion>
  /** As `fineTune`, without waiting. */
  startFineTuning(input: FineTuneRequest, options?: CallOptions): Promise<JobView>
  /** Fine-tuned models and their versions. */
  readonly tuned: TunedModelsClient
  /** The models, who answers by default, and what the cache does. */
  status(options?: CallOptions): Promise<EmbeddingStatus>
  /** Two models, or one in two runtimes, on the same texts: cosine, neighbours that agree, latency, texts a second, memory. */
  compare(input: CompareInput, options?: CallOptions): Promise<EmbeddingComparison>
  /** Models that move from Node to the Python workers step by step. */
  readonly rollouts: RolloutsClient
}

export interface RolloutsClient {
  /** Newest first. */
  list(options?: CallOptions): Promise<readonly Rollout[]>
  /** The newest of a model. */
  get(model: string, options?: CallOptions): Promise<Rollout>
  start(input: StartRollout, options?: CallOptions): Promise<Rollout>
  /** Back to what the settings prefer, also after it was complete. */
  abort(model: string, options?: CallOptions): Promise<Rollout>
}
