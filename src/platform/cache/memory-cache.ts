// A cache in this process: the least recently used entry goes first when there is no room.
import type { Cache } from './cache.ts'

export interface MemoryCacheOptions {
  /** Of keys and values together, two bytes a character. */
  readonly limitBytes: number
  readonly now: () => number
}

interface Entry {
  readonly value: string
  readonly bytes: number
  readonly until: number
}

export function createMemoryCache({ limitBytes, now }: MemoryCacheOptions): Cache {
  // A map keeps the order of insertion: what is used is put in again, so that the first one is the oldest.
  const entries = new Map<string, Entry>()
  const counts = { hits: 0, misses: 0, evictions: 0, bytes: 0 }
  const drop = (key: string, { bytes }: Entry): void => {
    entries.delete(key)
    counts.bytes -= bytes
  }
  return {
    async get(key) {
      const entry = entries.get(key)
      if (entry !== undefined && entry.until > now()) {
        counts.hits++
        entries.delete(key)
        entries.set(key, entry)
        return entry.value
      }
      counts.misses++
      if (entry !== undefined) drop(key, entry)
      return undefined
    },
    async set(key, value, ttlMs) {
      const old = entries.get(key)
      if (old !== undefined) drop(key, old)
      const bytes = (key.length + value.length) * 2
      if (bytes > limitBytes) return
      entries.set(key, { value, bytes, until: now() + ttlMs })
      counts.bytes += bytes
      for (const [oldest, entry] of entries) {
        if (counts.bytes <= limitBytes) break
        drop(oldest, entry)
        counts.evictions++
      }
    },
    counts: () => ({ ...counts, entries: entries.size }),
  }
}
