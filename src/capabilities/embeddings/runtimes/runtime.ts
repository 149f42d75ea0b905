// What the capability needs of a model, wherever it computes: on a thread of this process or at another server.
import type { Encoded } from './encoder.ts'

export interface OpenedModel {
  readonly dimensions: number
  /** Vectors of models with different fingerprints must never be compared. */
  readonly fingerprint: string
}

export interface EmbeddingRuntime {
  /** Repeating it costs nothing; after a failure it tries again. */
  open(): Promise<OpenedModel>
  encode(texts: readonly string[]): Promise<Encoded>
  close(): Promise<void>
}
