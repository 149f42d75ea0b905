// A cache that servers share, in Redis, behind the one of this process: what this one was asked for before costs no round trip.
import { createHash } from 'node:crypto'
import type { RedisLink } from '../redis/redis.ts'
import type { Cache } from './cache.ts'

/** Larger ones cost more on the way than they save. */
const MOST_BYTES = 1024 * 1024

/** @param near  of this process; may be one that keeps nothing. */
export function createRedisCache(link: RedisLink, near: Cache): Cache {
  const counts = { hits: 0, misses: 0 }
  // Keys hold whole questions.
  const nameOf = (key: string): string => link.key('cache', createHash('sha256').update(key).digest('base64url'))
  return {
    async get(key) {
      const own = await near.get(key)
      if (own !== undefined) {
        counts.hits += 1
        return own
      }
      const name = nameOf(key)
      const found = await link.ask('cache', (redis) => redis.pipeline().get(name).pttl(name).exec())
      const value = found?.[0]?.[1]
      const leftMs = found?.[1]?.[1]
      if (typeof value !== 'string' || typeof leftMs !== 'number' || leftMs <= 0) {
        counts.misses += 1
        return undefined
      }
      counts.hits += 1
      await near.set(key, value, leftMs)
      return value
    },
    async set(key, value, ttlMs) {
      await near.set(key, value, ttlMs)
      if (value.length > MOST_BYTES) return
      await link.ask('cache', (redis) => redis.set(nameOf(key), value, 'PX', Math.max(1, Math.round(ttlMs))))
    },
    counts: () => ({ ...near.counts(), ...counts }),
  }
}
