// What servers share in Redis, on a real one; and how it is done without while it cannot be reached.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRedisEmbeddingStore } from '../../capabilities/embeddings/store-redis.ts'
import { createRateLimiter, type RateResult } from '../auth/rate-limit.ts'
import { createRedisRateLimiter } from '../auth/redis-rate-limit.ts'
import { createMemoryCache } from '../cache/memory-cache.ts'
import { createRedisCache } from '../cache/redis-cache.ts'
import { connectRedis } from './redis.ts'
import { createRedisNotifications } from './redis-notifications.ts'
import { REDIS_ABSENT, type TestRedis, testRedis } from './testing/test-redis.ts'

let redis: TestRedis | undefined
beforeAll(async () => {
  redis = await testRedis('platform')
})
afterAll(() => redis?.[Symbol.asyncDispose]())

function onRedis(title: string, work: (redis: TestRedis) => Promise<void>): void {
  test(title, (context) => (redis === undefined ? context.skip(REDIS_ABSENT) : work(redis)))
}

describe('a link to Redis', () => {
  onRedis('answers nothing at once while Redis is gone, counts that, says it once, and comes back by itself', async (at) => {
    const proxy = await at.proxy()
    const link = await at.link(proxy.url)
    expect(await link.ask('cache', (client) => client.ping())).toBe('PONG')
    at.logged.length = 0
    at.failures.length = 0
    let back = 0
    link.onUp(() => back++)
    await proxy.cut()
    for (let tries = 0; tries < 20; tries++) expect(await link.ask('jobs', (client) => client.ping())).toBeUndefined()
    expect(link.state()).toMatchObject({ up: false, failures: 20, reason: expect.any(String) })
    expect(at.failures).toEqual(Array(20).fill('jobs'))
    expect(at.logged).toEqual(['Redis cannot be reached; going on without it until it is back'])
    await proxy.mend()
    await expect.poll(() => link.ask('cache', (client) => client.ping())).toBe('PONG')
    expect(at.logged.slice(1)).toEqual(['Redis is back'])
    expect(back).toBe(1)
  })

  onRedis('waits once for a Redis that takes commands and never answers, then no more', async (at) => {
    const proxy = await at.proxy()
    const link = await at.link(proxy.url, { commandTimeoutMs: 500 })
    proxy.hold()
    let asked = 0
    const ask = (): Promise<unknown> =>
      link.ask('cache', (client) => {
        asked++
        return client.ping()
      })
    expect(await ask()).toBeUndefined()
    for (let tries = 0; tries < 5; tries++) expect(await ask()).toBeUndefined()
    expect(asked).toBe(1)
    proxy.go()
    await expect.poll(() => link.ask('cache', (client) => client.set(link.key('x'), '1'))).toBe('OK')
  })

  onRedis('opens where no Redis is yet, and uses it when it comes', async (at) => {
    const proxy = await at.proxy()
    await proxy.cut()
    const link = await at.link(proxy.url)
    expect(await link.ask('cache', (client) => client.ping())).toBeUndefined()
    await proxy.mend()
    await expect.poll(() => link.ask('cache', (client) => client.ping())).toBe('PONG')
  })

  test('names no password in what it says', async () => {
    const lines: string[] = []
    const note = (details: object, message: string): void => void lines.push(`${message} ${JSON.stringify(details)}`)
    const link = await connectRedis({ url: 'redis://user:secret@127.0.0.1:1/0', prefix: 'test', log: { info: note, warn: note } })
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('secret')
    await link.close()
  })
})

describe('a cache in Redis', () => {
  onRedis('is shared, keeps its time, and asks Redis once for what this process has', async (at) => {
    const near = () => createMemoryCache({ limitBytes: 10_000, now: Date.now })
    const [first, second] = [createRedisCache(await at.link(), near()), createRedisCache(await at.link(), near())]
    await first.set('q', 'answer', 60_000)
    expect(await second.get('q')).toBe('answer')
    expect(await second.get('q')).toBe('answer')
    expect(await second.get('other')).toBeUndefined()
    expect(second.counts()).toMatchObject({ hits: 2, misses: 1, entries: 1 })
    await first.set('short', 'x', 30)
    await expect.poll(async () => [await first.get('short'), await second.get('short')]).toEqual([undefined, undefined])
    await first.set('large', 'x'.repeat(2_000_000), 60_000)
    expect(await second.get('large')).toBeUndefined()
  })

  onRedis('is the cache of this process alone while Redis is gone', async (at) => {
    const proxy = await at.proxy()
    const cache = createRedisCache(await at.link(proxy.url), createMemoryCache({ limitBytes: 10_000, now: Date.now }))
    await proxy.cut()
    await cache.set('q', 'answer', 60_000)
    expect(await cache.get('q')).toBe('answer')
    expect(await cache.get('other')).toBeUndefined()
  })
})

describe('rate limits in Redis', () => {
  onRedis('are one limit for all servers, however they race', async (at) => {
    const limiters = await Promise.all([1, 2].map(async () => createRedisRateLimiter(await at.link(), createRateLimiter())))
    const policy = { limitPerMinute: 1, burst: 50 }
    const results = await Promise.all(Array.from({ length: 200 }, (_, turn) => limiters[turn % 2]!.take('key', policy)))
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(50)
    expect(await limiters[0]!.peek('key', policy)).toMatchObject({ allowed: false, remaining: 0 })
    expect(await limiters[1]!.peek('another key', policy)).toMatchObject({ allowed: true, remaining: 50 })
  })

  onRedis('say what those in memory say of the same requests', async (at) => {
    const shared = createRedisRateLimiter(await at.link(), createRateLimiter())
    let key = 0
    await fc.assert(
      fc.asyncProperty(
        fc.record({ limitPerMinute: fc.integer({ min: 1, max: 3 }), burst: fc.constantFrom(1, 2, 7, 1_000_000_000) }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
        async (policy, costs) => {
          // No time passes in memory; what passes in Redis is less than a token.
          const memory = createRateLimiter({ clock: () => 0 })
          const name = `same:${key++}`
          for (const cost of costs) {
            const [one, other] = [await shared.take(name, policy, cost), memory.take(name, policy, cost)]
            expect(withoutTimes(one)).toEqual(withoutTimes(other))
            expect(Math.abs(one.retryAfterSeconds - other.retryAfterSeconds)).toBeLessThanOrEqual(1)
            expect(Math.abs(one.resetSeconds - other.resetSeconds)).toBeLessThanOrEqual(1)
          }
        },
      ),
      { numRuns: 40, seed: 7 },
    )
  })

  onRedis('hold for each server by itself while Redis is gone', async (at) => {
    const proxy = await at.proxy()
    const limiter = createRedisRateLimiter(await at.link(proxy.url), createRateLimiter())
    await proxy.cut()
    const policy = { limitPerMinute: 1, burst: 3 }
    const results = await Promise.all(Array.from({ length: 5 }, () => limiter.take('alone', policy)))
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(3)
  })
})

function withoutTimes({ allowed, limit, remaining }: RateResult): Partial<RateResult> {
  return { allowed, limit, remaining }
}

describe('messages by Redis', () => {
  onRedis('reach every server in order, and tell of a gap after the connection broke', async (at) => {
    const proxy = await at.proxy()
    const [one, two] = [createRedisNotifications(await at.link()), createRedisNotifications(await at.link(proxy.url))]
    const heard: string[] = []
    let gaps = 0
    const stop = await two.listen(
      'c',
      (text) => heard.push(text),
      () => gaps++,
    )
    const sent = Array.from({ length: 50 }, (_, index) => `m${index}`)
    for (const text of sent) await one.send('c', text)
    await expect.poll(() => heard).toEqual(sent)
    await proxy.cut()
    await one.send('c', 'lost')
    await expect(two.send('c', 'x')).rejects.toMatchObject({ code: 'unavailable' })
    await proxy.mend()
    await expect.poll(() => gaps).toBe(1)
    await expect
      .poll(async () => {
        await one.send('c', 'after')
        return heard.at(-1)
      })
      .toBe('after')
    expect(heard).not.toContain('lost')
    await expect(one.send('c', 'x'.repeat(8_000))).rejects.toMatchObject({ code: 'payload_too_large' })
    await stop()
    await Promise.all([one.close(), two.close()])
  })
})

describe('vectors in Redis', () => {
  onRedis('come back bit by bit, and what is no vector is none', async (at) => {
    const link = await at.link()
    const store = createRedisEmbeddingStore(link)
    const vector = Float32Array.of(1.5, -0, Math.PI, 1e-40)
    await store.insert(
      'model',
      [
        { textHash: 'a', vector },
        { textHash: 'b', vector: vector.subarray(1, 3) },
      ],
      0,
    )
    await link.ask('embeddings', (client) => client.set(link.key('vector', 'model', 'c'), 'abc'))
    const found = await store.find('model', ['a', 'b', 'c', 'd'])
    expect(found.map(({ textHash, vector: floats }) => [textHash, [...floats]])).toEqual([
      ['a', [...vector]],
      ['b', [...vector.subarray(1, 3)]],
    ])
    expect(await store.find('another', ['a'])).toEqual([])
    expect(await store.find('model', [])).toEqual([])
  })
})
