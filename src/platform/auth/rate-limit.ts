// Token buckets in memory, one per key or address. Whole numbers only: a bucket counts tokens in parts of 1/60,000,
// so that each millisecond adds exactly `limitPerMinute` parts and no rounding gives anything away.
import { isIPv6 } from 'node:net'

const PARTS_PER_TOKEN = 60_000

export interface RatePolicy {
  readonly limitPerMinute: number
  /** Requests that may come at once. Default: the limit, a minute's worth. */
  readonly burst?: number
}

export interface RateResult {
  readonly allowed: boolean
  readonly limit: number
  /** Requests that would be allowed now. */
  readonly remaining: number
  /** Until the whole burst is there again. */
  readonly resetSeconds: number
  /** Until the next request is allowed; 0 when it is now. */
  readonly retryAfterSeconds: number
}

/** Not a promise where nothing has to be asked for: one costs every request. */
export interface RateLimiter {
  /** Takes `cost` tokens if there are as many, else none. */
  take(key: string, policy: RatePolicy, cost?: number): RateResult | Promise<RateResult>
  /** The state without taking. `allowed` tells whether one would be. */
  peek(key: string, policy: RatePolicy): RateResult | Promise<RateResult>
  /** Keys in memory, and those dropped for lack of room, for metrics. */
  stats(): { readonly tracked: number; readonly dropped: number }
}

export interface MemoryRateLimiter extends RateLimiter {
  take(key: string, policy: RatePolicy, cost?: number): RateResult
  peek(key: string, policy: RatePolicy): RateResult
}

interface Bucket {
  parts: number
  at: number
  burst: number
}

/** In any time window of t minutes at most `burst + t * limitPerMinute` requests of a key are allowed. */
export function createRateLimiter({
  clock = Date.now,
  maxKeys = 10_000,
}: {
  readonly clock?: () => number
  readonly maxKeys?: number
} = {}): MemoryRateLimiter {
  // In order of last use. The one dropped is the one whose bucket has had longest to fill, so least is forgotten.
  const buckets = new Map<string, Bucket>()
  let dropped = 0
  const fill = (key: string, { limitPerMinute, burst = limitPerMinute }: RatePolicy): Bucket => {
    const now = Math.trunc(clock())
    const capacity = burst * PARTS_PER_TOKEN
    const bucket = buckets.get(key) ?? { parts: capacity, at: now, burst }
    // Longer than a full refill is a full refill: keeps the product below 2^53. A clock set back adds nothing.
    const elapsedMs = Math.min(Math.max(0, now - bucket.at), Math.ceil(capacity / limitPerMinute))
    bucket.parts = Math.min(capacity, bucket.parts + elapsedMs * limitPerMinute)
    bucket.at = now
    bucket.burst = burst
    return bucket
  }
  const keep = (key: string, bucket: Bucket): void => {
    buckets.delete(key)
    buckets.set(key, bucket)
    if (buckets.size <= maxKeys) return
    const oldest = buckets.keys().next()
    if (!oldest.done) buckets.delete(oldest.value)
    dropped += 1
  }
  return {
    take(key, policy, cost = 1) {
      const bucket = fill(key, checkedPolicy(policy))
      const allowed = bucket.parts >= cost * PARTS_PER_TOKEN
      if (allowed) bucket.parts -= cost * PARTS_PER_TOKEN
      keep(key, bucket)
      return resultOf(bucket, policy, allowed, allowed ? 1 : cost)
    },
    peek(key, policy) {
      const bucket = fill(key, checkedPolicy(policy))
      return resultOf(bucket, policy, bucket.parts >= PARTS_PER_TOKEN, 1)
    },
    stats: () => ({ tracked: buckets.size, dropped }),
  }
}

/** `RateLimit` and `RateLimit-Policy` (IETF draft-ietf-httpapi-ratelimit-headers), and `Retry-After` when refused. */
export function rateLimitHeaders({ allowed, limit, remaining, resetSeconds, retryAfterSeconds }: RateResult): Record<string, string> {
  const headers = { 'RateLimit-Policy': `"default";q=${limit};w=60`, RateLimit: `"default";r=${remaining};t=${resetSeconds}` }
  return allowed ? headers : { ...headers, 'Retry-After': String(retryAfterSeconds) }
}

/** Limits failed authentications by client address, against guessing; successful ones cost nothing. */
export interface FailureLimiter {
  /** Before a key is checked: whether this address may try. */
  check(address: string): RateResult | Promise<RateResult>
  /** After a key was refused. */
  failed(address: string): void | Promise<void>
}

export function createFailureLimiter(limiter: RateLimiter, policy: RatePolicy = { limitPerMinute: 30, burst: 20 }): FailureLimiter {
  return {
    check: (address) => limiter.peek(addressKey(address), policy),
    failed(address) {
      const taken = limiter.take(addressKey(address), policy)
      return taken instanceof Promise ? taken.then(() => {}) : undefined
    },
  }
}

/** An IPv4 address, or the first 64 bits of an IPv6 address: one customer usually has that many and could change within them. */
export function addressKey(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (mapped) return `address:${mapped[1]}`
  if (!isIPv6(plain)) return `address:${plain}`
  const [head = '', tail] = plain.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - front.length - back.length - (plain.includes('.') ? 1 : 0)
  const groups = [...front, ...new Array<string>(Math.max(0, gap)).fill('0'), ...back].slice(0, 4)
  return `address:${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** @throws RangeError for a policy that no bucket can keep. */
export function checkedPolicy(policy: RatePolicy): RatePolicy {
  const { limitPerMinute, burst = limitPerMinute } = policy
  if (Number.isInteger(limitPerMinute) && limitPerMinute >= 1 && Number.isInteger(burst) && burst >= 1 && burst <= 1e9) return policy
  throw new RangeError(`A rate policy needs whole numbers of at least 1; it has limitPerMinute ${limitPerMinute} and burst ${burst}.`)
}

/** What a bucket says to its caller. */
export function resultOf(
  { parts, burst }: Pick<Bucket, 'parts' | 'burst'>,
  { limitPerMinute }: RatePolicy,
  allowed: boolean,
  cost: number,
): RateResult {
  const missing = cost * PARTS_PER_TOKEN - parts
  return {
    allowed,
    limit: limitPerMinute,
    remaining: Math.floor(parts / PARTS_PER_TOKEN),
    resetSeconds: Math.ceil((burst * PARTS_PER_TOKEN - parts) / limitPerMinute / 1_000),
    retryAfterSeconds: allowed ? 0 : Math.ceil(missing / limitPerMinute / 1_000),
  }
}
