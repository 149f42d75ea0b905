// What a collection needs of its vectors: kept up to date with its documents, and searched.
import type { Ranking } from '../../algorithms/retrieval/keyword-index.ts'
import type { ChangedDocument } from './store.ts'

export interface SemanticState {
  /** Who made the vectors that are searched; null before the first. */
  readonly model: string | null
  readonly dimensions: number | null
  readonly fingerprint: string | null
  /** Whether the vectors of another model are being made, which will serve when they are complete. */
  readonly isRebuilding: boolean
  readonly embedded: number
  readonly bytes: number
}

export type Near = { readonly text: string } | { readonly vector: readonly number[] } | { readonly row: number }

export interface SemanticSearch {
  /** How many to find. */
  readonly k: number
  /** Rows that may be found, one bit each, waited for while the text is embedded; absent: all. */
  readonly bits: Promise<Uint32Array | undefined> | undefined
}

export interface SemanticIndex {
  state(): SemanticState
  /** What a keyword ranking counts 1 for counts so much of this model's ranking, by default. */
  readonly weight: number
  /**
   * Takes changed and deleted documents in. Of those written here it resolves when the vectors of a few are in the index, and starts
   * on many; the vectors of others are made by the server that wrote them.
   */
  apply(changes: readonly ChangedDocument[], isOwn: boolean): Promise<void>
  /** Reads the vectors that other servers have made. */
  refresh(): Promise<void>
  /** Cosine, best first. @throws `unavailable` when no model can answer; `shape_mismatch` for a vector of another length. */
  search(near: Near, options: SemanticSearch): Promise<Ranking>
  /** Cosines between rows, for diversity; 0 where one has no vector. */
  similarities(rows: Int32Array): Promise<(left: number, right: number) => number>
  /** Asks again which model should make its vectors. */
  reconsider(): Promise<void>
  /** Forgets everything, also what is stored. */
  drop(): Promise<void>
  close(): Promise<void>
}
