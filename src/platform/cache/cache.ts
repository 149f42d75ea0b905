// The port to a cache of texts by key: in memory here, in Redis where servers share one.

export interface CacheCounts {
  readonly hits: number
  readonly misses: number
  /** Thrown out for room, before their time. */
  readonly evictions: number
  readonly entries: number
  readonly bytes: number
}

/** What is stored may be gone at any time. No method throws: a cache that cannot be reached is an empty one. */
export interface Cache {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  counts(): CacheCounts
}
