// The port to the second tier of the cache: vectors that outlive the process and are shared by all servers of a database.

export interface StoredVector {
  /** SHA-256 of the text. */
  readonly textHash: string
  readonly vector: Float32Array
}

export interface EmbeddingStore {
  /** Those that are known, in no order; at most 500 are asked for at once. */
  find(fingerprint: string, textHashes: readonly string[]): Promise<readonly StoredVector[]>
  /** What is known already is left as it is. */
  insert(fingerprint: string, vectors: readonly StoredVector[], now: number): Promise<void>
  /** Deletes the oldest above `mostRows`; returns how many. */
  prune(mostRows: number): Promise<number>
}
