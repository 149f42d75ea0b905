// Two servers on one PostgreSQL and one Redis: what they share, and that they serve without Redis.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../src/app.ts'
import { REDIS_ABSENT, type RedisProxy, type TestRedis, testRedis } from '../../src/platform/redis/testing/test-redis.ts'
import { POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../src/platform/storage/testing/test-engines.ts'

interface Running {
  readonly tandem: Tandem
  call(method: string, path: string, body?: unknown, key?: string): Promise<Response>
}

const ADMIN_KEY = 'tdm_the_admin_of_both_servers_0123456789'
let redis: TestRedis | undefined
let engine: TestEngine | undefined
let proxy: RedisProxy
let servers: [Running, Running]

async function start(redisUrl: string, events: 'database' | 'redis'): Promise<Running> {
  const tandem = await createTandem({
    embeddings: { default: ['static-en-256'] },
    settings: {
      ...{ databaseUrl: engine!.options.url, redisUrl, redisPrefix: redis!.prefix, events, adminKey: ADMIN_KEY },
      ...{ port: 0, logLevel: 'silent', maxEventLoopDelayMs: 60_000, databasePoolSize: 4 },
    },
  })
  const { url } = await tandem.listen()
  return {
    tandem,
    call: (method, path, body, key = ADMIN_KEY) =>
      fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  }
}

beforeAll(async () => {
  redis = await testRedis('journey')
  engine = await postgresEngine('redis')
  if (redis === undefined || engine === undefined) return
  proxy = await redis.proxy()
  servers = [await start(redis.url, 'redis'), await start(proxy.url, 'redis')]
})
afterAll(async () => {
  for (const { tandem } of servers ?? []) await tandem.close()
  await redis?.[Symbol.asyncDispose]()
  await engine?.dispose()
})

function onBoth(title: string, work: (one: Running, two: Running) => Promise<void>): void {
  test(title, (context) => {
    if (redis === undefined) return context.skip(REDIS_ABSENT)
    if (engine === undefined) return context.skip(POSTGRES_ABSENT)
    return work(...servers)
  })
}

interface Answer {
  readonly cached: boolean
  readonly hits: readonly { readonly id: string }[]
}

const search = async ({ call }: Running, query: string): Promise<Answer> =>
  (await (await call('POST', '/v1/collections/shoes/search', { query, mode: 'keyword' })).json()) as Answer

describe('two servers on one Redis', () => {
  onBoth("remember each other's searches until a document changes, on whichever server", async (one, two) => {
    const schema = { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } }, required: ['id'] }
    expect((await one.call('PUT', '/v1/collections/shoes', { schema, text: '{{name}}' })).status).toBe(201)
    await one.call('POST', '/v1/collections/shoes/documents', { documents: [{ id: 'a', name: 'red shoes' }] })
    expect(await search(one, 'shoes')).toMatchObject({ cached: false, hits: [{ id: 'a' }] })
    await expect.poll(() => search(two, 'shoes')).toMatchObject({ cached: true, hits: [{ id: 'a' }] })
    await two.call('POST', '/v1/collections/shoes/documents', { documents: [{ id: 'b', name: 'blue shoes' }] })
    expect((await search(two, 'shoes')).hits).toHaveLength(2)
    // Told by Redis, and answered from what the other server remembered.
    await expect.poll(() => search(one, 'shoes')).toMatchObject({ cached: true, hits: [{}, {}] })
    await one.call('DELETE', '/v1/collections/shoes/documents/a')
    await expect.poll(async () => (await search(two, 'shoes')).hits.map(({ id }) => id)).toEqual(['b'])
  })

  onBoth('hold one rate limit with the headers of one', async (one, two) => {
    const { key } = await one.tandem.keys.create({ name: 'limited', scopes: ['read'], rateLimitPerMinute: 20 })
    const statuses: number[] = []
    const remaining: number[] = []
    for (let turn = 0; turn < 22; turn++) {
      const { status, headers } = await [one, two][turn % 2]!.call('GET', '/v1/collections', undefined, key)
      statuses.push(status)
      expect(headers.get('ratelimit-policy')).toBe('"default";q=20;w=60')
      remaining.push(Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]))
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(200))
    expect(statuses.slice(20)).toContain(429)
    // One bucket: each take is seen by the other server. A token may have come back on a slow machine.
    for (let turn = 1; turn < 20; turn++) expect(remaining[turn]! - remaining[turn - 1]!).toBeLessThanOrEqual(0)
  })

  onBoth('serve without Redis, say so, and use it again when it is back', async (one, two) => {
    await proxy.cut()
    expect(await search(two, 'blue')).toMatchObject({ cached: false, hits: [{ id: 'b' }] })
    expect(await search(two, 'blue')).toMatchObject({ cached: true })
    const metrics = await (await two.call('GET', '/metrics')).text()
    expect(metrics).toContain('tandem_redis_up 0')
    expect(metrics).toMatch(/tandem_redis_failures_total\{purpose="rate-limit"\} [1-9]/)
    const checks = (await (await two.call('GET', '/v1/doctor')).json()) as { checks: { name: string; status: string; message: string }[] }
    expect(checks.checks.find(({ name }) => name === 'redis')).toMatchObject({ status: 'warn' })
    await proxy.mend()
    await expect.poll(async () => (await two.call('GET', '/metrics')).text()).toContain('tandem_redis_up 1')
    await one.call('POST', '/v1/collections/shoes/documents', { documents: [{ id: 'c', name: 'blue boots' }] })
    await expect.poll(async () => (await search(two, 'blue')).hits.length).toBe(2)
  })
})
