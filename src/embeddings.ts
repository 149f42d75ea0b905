// What a program sees of embeddings, the same in process and over HTTP. Types alone: nothing is loaded from here.
import type { EmbeddingStatus } from './capabilities/embeddings/schema.ts'
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

/** Texts to vectors whose cosine tells how near they are in meaning. */
export interface EmbeddingsClient {
  /** One text. */
  embed(text: string, options?: EmbedOptions): Promise<Embedding>
  /** Up to 2,048 texts in one answer. */
  embedBatch(texts: readonly string[], options?: EmbedOptions): Promise<EmbeddingBatch>
  /** As many texts as come, in their order, in bounded memory; all by the model that answered the first ones. */
  embedMany(texts: Iterable<string> | AsyncIterable<string>, options?: EmbedOptions): AsyncGenerator<Embedding>
  /** The models, who answers by default, and what the cache does. */
  status(options?: CallOptions): Promise<EmbeddingStatus>
}
