// The rate limiter by its properties.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey, createFailureLimiter, createRateLimiter, rateLimitHeaders } from './rate-limit.ts'

const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 30_000 }), requests: fc.integer({ min: 1, max: 20 }) }), {
  maxLength: 60,
})

describe('createRateLimiter', () => {
  test('in no window more than burst + limit x minutes are allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 50 }), steps, (limitPerMinute, burst, walk) => {
        let now = 1_800_000_000_000
        const limiter = createRateLimiter({ clock: () => now })
        const allowedAt: number[] = []
        for (const { waitMs, requests } of walk) {
          now += waitMs
          for (let n = 0; n < requests; n++) if (limiter.take('k', { limitPerMinute, burst }).allowed) allowedAt.push(now)
        }
        for (let from = 0; from < allowedAt.length; from++) {
          for (let to = from; to < allowedAt.length; to++) {
            const windowMs = allowedAt[to]! - allowedAt[from]!
            if ((to - from + 1 - burst) * 60_000 > windowMs * limitPerMinute) return false
          }
        }
        return true
      }),
      { seed: 7, numRuns: 200 },
    )
  })

  test('`remaining` requests are allowed now, and one more after exactly `retryAfterSeconds` at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 40 }), steps, (limitPerMinute, burst, walk) => {
        let now = 1_800_000_000_000
        const limiter = createRateLimiter({ clock: () => now })
        const policy = { limitPerMinute, burst }
        for (const { waitMs, requests } of walk) {
          now += waitMs
          for (let n = 0; n < requests; n++) limiter.take('k', policy)
          const { remaining } = limiter.peek('k', policy)
          for (let n = 0; n < remaining; n++) expect(limiter.take('k', policy).allowed).toBe(true)
          const refused = limiter.take('k', policy)
          expect(refused).toMatchObject({ allowed: false, remaining: 0 })
          expect(refused.retryAfterSeconds).toBeGreaterThanOrEqual(1)
          now += refused.retryAfterSeconds * 1_000
          expect(limiter.take('k', policy).allowed).toBe(true)
          now += limiter.peek('k', policy).resetSeconds * 1_000
          expect(limiter.peek('k', policy).remaining).toBe(burst)
        }
      }),
      { seed: 7, numRuns: 100 },
    )
  })

  test('gives 60 a minute at a limit of 7 nothing for rounding: 7 in each minute, for a day', () => {
    let now = 0
    const limiter = createRateLimiter({ clock: () => now })
    let allowed = 0
    for (now = 1; now <= 86_400_000; now += 997) if (limiter.take('k', { limitPerMinute: 7, burst: 1 }).allowed) allowed++
    expect(allowed).toBeLessThanOrEqual(1 + 7 * 1_440)
    expect(allowed).toBeGreaterThan(7 * 1_440 * 0.9)
  })

  test('a clock set back gives nothing away, one set a century ahead does not overflow', () => {
    let now = 1_800_000_000_000
    const limiter = createRateLimiter({ clock: () => now })
    const policy = { limitPerMinute: 1_000_000, burst: 2 }
    limiter.take('k', policy)
    limiter.take('k', policy)
    now -= 3_600_000
    expect(limiter.take('k', policy).allowed).toBe(false)
    now += 3_155_760_000_000
    expect(limiter.take('k', policy)).toMatchObject({ allowed: true, remaining: 1 })
  })

  test('keys do not share, and at most `maxKeys` are tracked: the one unused for longest goes first', () => {
    const limiter = createRateLimiter({ clock: () => 1, maxKeys: 2 })
    const policy = { limitPerMinute: 1 }
    expect(limiter.take('a', policy).allowed).toBe(true)
    expect(limiter.take('b', policy).allowed).toBe(true)
    expect(limiter.take('a', policy).allowed).toBe(false)
    expect(limiter.take('c', policy).allowed).toBe(true)
    expect(limiter.stats()).toEqual({ tracked: 2, dropped: 1 })
    expect(limiter.take('a', policy).allowed).toBe(false)
    expect(limiter.take('b', policy).allowed).toBe(true)
  })

  test('says so in headers', () => {
    const limiter = createRateLimiter({ clock: () => 1 })
    const policy = { limitPerMinute: 30, burst: 1 }
    expect(rateLimitHeaders(limiter.take('k', policy))).toEqual({
      'RateLimit-Policy': '"default";q=30;w=60',
      RateLimit: '"default";r=0;t=2',
    })
    expect(rateLimitHeaders(limiter.take('k', policy))).toMatchObject({ 'Retry-After': '2' })
    expect(() => limiter.take('k', { limitPerMinute: 0 })).toThrow(RangeError)
  })
})

describe('createFailureLimiter', () => {
  test('an address that guesses keys is stopped, others are not, and success costs nothing', async () => {
    let now = 0
    const failures = createFailureLimiter(createRateLimiter({ clock: () => now }), { limitPerMinute: 6, burst: 3 })
    for (let n = 0; n < 100; n++) expect((await failures.check('192.0.2.1')).allowed).toBe(true)
    for (let n = 0; n < 3; n++) failures.failed('192.0.2.1')
    expect(await failures.check('192.0.2.1')).toMatchObject({ allowed: false, retryAfterSeconds: 10 })
    expect((await failures.check('::ffff:192.0.2.1')).allowed).toBe(false)
    expect((await failures.check('192.0.2.2')).allowed).toBe(true)
    now += 10_000
    expect((await failures.check('192.0.2.1')).allowed).toBe(true)
  })

  test.each([
    ['2001:db8:1:2:3:4:5:6', '2001:DB8:1:2::9', true],
    ['2001:db8::1', '2001:db8:0:0:ffff::', true],
    ['fe80::1%eth0', 'fe80::2', true],
    ['::1', '::2', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8::1', '2001:db9::1', false],
    ['192.0.2.1', '192.0.2.2', false],
  ])('%s and %s count as one: %s', (a, b, same) => {
    expect(addressKey(a) === addressKey(b)).toBe(same)
  })
})
