// What servers share beside the database: in this process alone, or in Redis where the settings name one.

import { TandemError } from '../../errors.ts'
import { createRateLimiter, type RateLimiter } from '../auth/rate-limit.ts'
import { createRedisRateLimiter } from '../auth/redis-rate-limit.ts'
import type { Cache } from '../cache/cache.ts'
import { createMemoryCache } from '../cache/memory-cache.ts'
import { createRedisCache } from '../cache/redis-cache.ts'
import { loadBullmqDispatch } from '../jobs/bullmq-dispatch.ts'
import type { JobDispatch } from '../jobs/dispatch.ts'
import type { Notifications } from '../storage/notifications.ts'
import type { Registry } from '../telemetry/prom-client.ts'
import { connectRedis, type RedisLink, type RedisOptions } from './redis.ts'
import { createRedisMetrics } from './redis-metrics.ts'
import { createRedisNotifications } from './redis-notifications.ts'

export interface SharedSettings {
  readonly redisUrl: string | undefined
  readonly redisPrefix: string
  readonly events: 'database' | 'redis'
  readonly jobs: 'database' | 'bullmq'
  readonly searchCacheBytes: number
}

export interface Shared {
  /** Undefined: the settings name none. */
  readonly redis: RedisLink | undefined
  /** Answers to searches. */
  readonly cache: Cache
  /** How servers tell each other what happens; undefined: by the database. */
  readonly notifications: Notifications | undefined
  /** What brings due jobs; undefined: each server looks into the database. */
  readonly dispatch: (() => JobDispatch) | undefined
  createRateLimiter(): RateLimiter
  close(): Promise<void>
}

export interface SharedOptions extends Pick<RedisOptions, 'log'> {
  readonly settings: SharedSettings
  readonly registry: Registry
  readonly clock: () => number
}

/** @throws as `connectRedis`; `invalid_config` when events shall go by a Redis that is not named. */
export async function openShared({ settings, registry, clock, log }: SharedOptions): Promise<Shared> {
  const { redisUrl: url, redisPrefix: prefix, events, jobs, searchCacheBytes: limitBytes } = settings
  const near = createMemoryCache({ limitBytes, now: clock })
  if (url === undefined) {
    const wanting = [...(events === 'redis' ? ['TANDEM_EVENTS is redis'] : []), ...(jobs === 'bullmq' ? ['TANDEM_JOBS is bullmq'] : [])]
    if (wanting.length > 0) {
      throw new TandemError('invalid_config', `${wanting.join(' and ')}, but REDIS_URL names no Redis. Set it, or leave the other away.`)
    }
    const none = { redis: undefined, notifications: undefined, dispatch: undefined }
    return { ...none, cache: near, createRateLimiter: () => createRateLimiter(), close: async () => {} }
  }
  const metrics = createRedisMetrics(registry)
  const redis = await connectRedis({ url, prefix, log, onFailure: metrics.countFailure })
  metrics.read(() => redis.state())
  const dispatch = jobs === 'bullmq' ? await loadBullmqDispatch(redis) : undefined
  const notifications = events === 'redis' ? createRedisNotifications(redis) : undefined
  return {
    redis,
    cache: createRedisCache(redis, near),
    notifications,
    dispatch,
    createRateLimiter: () => createRedisRateLimiter(redis, createRateLimiter()),
    async close() {
      await notifications?.close()
      await redis.close()
    },
  }
}
