// The port to the disk of a vector index: a log of segments, each some rows and the keys of some that went. Replayed in order, the last
// word about a key counts, so a write costs as much as it changes and a crash between two writes leaves a whole log.

import type { VectorMetric } from '../../../algorithms/vector/vector-memory.ts'

export interface StoredIndex {
  readonly dimensions: number
  readonly metric: VectorMetric
  /** Whether float32 rows are kept beside the log. */
  readonly float32: boolean
  /** What the codes are relative to, and how many candidates they need; undefined before they are first made. */
  readonly codes: StoredCodes | undefined
  /** Number of the last segment; 0: there is none. */
  readonly lastSegment: number
  /** Tells it from one of the same name that was dropped before. */
  readonly token: string
}

export interface StoredCodes {
  readonly mean: Float32Array
  readonly candidates: number
  readonly recall: number
  /** Rows when it was measured. */
  readonly rows: number
}

export interface StoredSegment {
  readonly number: number
  readonly content: Uint8Array
}

export interface SegmentToStore {
  readonly content: Uint8Array
  readonly rows: number
  /** Float32 rows by key, where the index keeps them; null takes one away. */
  readonly floats: ReadonlyMap<number, Uint8Array | null>
}

export interface VectorStore {
  find(name: string): Promise<StoredIndex | undefined>
  create(name: string, index: Pick<StoredIndex, 'dimensions' | 'metric' | 'float32'>): Promise<void>
  /** Number of the first segment that is kept; undefined: there is none. */
  firstSegment(name: string): Promise<number | undefined>
  setCodes(name: string, codes: StoredCodes): Promise<void>
  /**
   * Appends a segment in one transaction. `make` is called inside it, once the number is known to be the next one.
   *
   * @throws `not_found` when the index was dropped.
   */
  append(name: string, make: (number: number) => SegmentToStore): Promise<number>
  /** Segments after a number in order, some megabytes at a time; empty: there are no more. */
  segmentsAfter(name: string, number: number): Promise<readonly StoredSegment[]>
  /** Removes segments after a number up to another, the oldest first. */
  dropSegments(name: string, after: number, upTo: number): Promise<void>
  /** Float32 rows of the keys that have one. */
  floats(name: string, keys: readonly number[]): Promise<ReadonlyMap<number, Float32Array>>
  drop(name: string): Promise<void>
}
