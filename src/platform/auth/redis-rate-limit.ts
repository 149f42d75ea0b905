// The same token buckets as in memory, shared by all servers: each take is one script that Redis runs as a whole, by its own clock.
// While Redis cannot be reached each server limits for itself.
import type { Redis } from 'ioredis'
import type { RedisLink } from '../redis/redis.ts'
import { checkedPolicy, type RateLimiter, type RatePolicy, type RateResult, resultOf } from './rate-limit.ts'

/** Parts and milliseconds are whole numbers below 2^53, which Lua keeps exactly; they are written without an exponent. */
const SCRIPT = `
local limit, burst, needed, taking = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]) * 60000, ARGV[4] == '1'
local capacity = burst * 60000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HMGET', KEYS[1], 'parts', 'at')
local parts = tonumber(stored[1]) or capacity
local elapsed = math.min(math.max(0, now - (tonumber(stored[2]) or now)), math.ceil(capacity / limit))
parts = math.min(capacity, parts + elapsed * limit)
local allowed = parts >= needed
if taking then
  if allowed then parts = parts - needed end
  redis.call('HSET', KEYS[1], 'parts', string.format('%.0f', parts), 'at', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - parts) / limit) + 1000)
end
return { allowed and 1 or 0, string.format('%.0f', parts) }`

interface WithScript {
  tandemTakeTokens(key: string, limit: number, burst: number, cost: number, taking: 0 | 1): Promise<[allowed: number, parts: string]>
}

/** @param alone  what limits while Redis cannot be reached. */
export function createRedisRateLimiter(link: RedisLink, alone: RateLimiter): RateLimiter {
  const known = new WeakSet<Redis>()
  const ask = async (key: string, policy: RatePolicy, cost: number, taking: 0 | 1): Promise<RateResult> => {
    const { limitPerMinute, burst = limitPerMinute } = checkedPolicy(policy)
    const answer = await link.ask('rate-limit', (redis) => {
      if (!known.has(redis)) redis.defineCommand('tandemTakeTokens', { numberOfKeys: 1, lua: SCRIPT })
      known.add(redis)
      return (redis as Redis & WithScript).tandemTakeTokens(link.key('rate', key), limitPerMinute, burst, cost, taking)
    })
    if (answer === undefined) return taking === 1 ? alone.take(key, policy, cost) : alone.peek(key, policy)
    const [allowed, parts] = answer
    return resultOf({ parts: Number(parts), burst }, policy, allowed === 1, allowed === 1 ? 1 : cost)
  }
  return {
    take: (key, policy, cost = 1) => ask(key, policy, cost, 1),
    peek: (key, policy) => ask(key, policy, 1, 0),
    stats: alone.stats,
  }
}
