// An address with a slash at its end goes to Fastify: the same call, answered by both, must be answered the same.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpoint, implement, type Route, respond } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import { createMetrics } from '../../platform/telemetry/metrics.ts'
import { createDirectLane } from './direct-lane.ts'
import { createDirectRoutes } from './direct-routes.ts'
import { prepareRoute } from './mount-routes.ts'
import { startTestServer, type TestServer, testRoutes } from './testing/test-server.ts'

const Act = z.strictObject({ do: z.string().default('answer'), deep: z.json().optional(), many: z.array(z.string()).max(3).optional() })

let slowBegun = 0

const ACTIONS: Readonly<Record<string, () => unknown>> = {
  answer: () => ({ said: 'é 雪 \u2028 "', unnamed: 'never sent' }),
  later: async () => sleep(5, { said: 'later' }),
  created: () => respond(201, { said: 'made' }, { location: '/v1/acts/1' }),
  missing: () => {
    throw new TandemError('job_not_found', 'There is no such job.', { details: { job: 7 } })
  },
  breaks: async () => {
    throw new Error('a secret detail of the inside')
  },
  wrong: () => ({ said: 7 }),
  slow: () => {
    slowBegun += 1
    return sleep(600_000, { said: 'too late' }, { ref: false })
  },
}

const act = implement(
  endpoint({
    method: 'POST',
    path: '/v1/acts/:act',
    scope: 'predict',
    summary: 'Act',
    query: z.strictObject({ loud: z.boolean().default(false) }),
    input: Act,
    output: z.object({ said: z.string(), act: z.string(), loud: z.boolean() }),
    idempotent: false,
    errors: ['job_not_found'],
  }),
)((async ({ params, query, input }: { params: { act: string }; query: { loud: boolean }; input: z.output<typeof Act> }) => {
  const answer = (await ACTIONS[input.do]?.()) as Record<string, unknown>
  return 'output' in answer
    ? respond(201, { ...(answer.output as object), act: params.act, ...query }, answer.headers as Record<string, string>)
    : { ...answer, act: params.act, ...query }
}) as never)

let at: TestServer
beforeAll(async () => {
  at = await startTestServer({ routes: [...testRoutes(), act], settings: { requestTimeoutMs: 1_000, maxJsonDepth: 5 } })
})
afterAll(() => at[Symbol.asyncDispose]())

/** What a client sees, without what differs from call to call. */
async function seen(path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<object> {
  const response = await at.fetch(path, { method: 'POST', ...init })
  const headers = Object.fromEntries(response.headers)
  for (const name of ['date', 'ratelimit']) if (name in headers) headers[name] = 'set'
  headers['x-request-id'] = String(headers['x-request-id']?.length)
  const body = (await response.text())
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'an id')
    .replaceAll('/v1/acts/run/', '/v1/acts/run')
  headers['content-length'] = String(body.length > 0)
  return { status: response.status, headers, body }
}

const json = (value: unknown, headers: Record<string, string> = {}) => ({
  body: typeof value === 'string' ? value : JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...headers },
})

describe('a call on the short way', () => {
  test.each([
    ['that is good', json({})],
    ['that takes a while', json({ do: 'later' })],
    ['with its own request id', json({}, { 'x-request-id': 'trace-7' })],
    ['that chooses its status and headers', json({ do: 'created' })],
    ['that is refused by the handler', json({ do: 'missing' })],
    ['that fails', json({ do: 'breaks' })],
    ['whose answer does not fit its schema', json({ do: 'wrong' })],
    ['that is out of time', json({ do: 'slow' })],
    ['with a wrong field', json({ do: 7, surprise: 1, many: ['a', 'b', 'c', 'd'] })],
    ['with broken JSON', json('{"do":')],
    ['with a byte order mark', json('\ufeff{}')],
    ['nested too deep', json('{"deep":[[[[[[1]]]]]]}')],
    ['that reaches for a prototype', json('{"__proto__":{}}')],
    ['whose body is no object', json('[]')],
    ['that is not UTF-8', { body: new Uint8Array([0x22, 0xff, 0x22]), headers: { 'content-type': 'application/json' } }],
    ['of half a megabyte', json({ do: 'x'.repeat(500_000) })],
    ['without a key', json({}, { authorization: 'none' })],
    ['with a wrong key', json({}, { authorization: 'Bearer tdm_0000000000000000000000000000000000000000000' })],
    ['with a malformed key', json({}, { authorization: 'Basic abc' })],
  ])('%s is answered as Fastify answers it', async (_, init) => {
    const short = await seen('/v1/acts/run', init)
    expect(short).toEqual(await seen('/v1/acts/run/', init))
  })

  test('without the scope, or above its rate, is refused with the same headers', async () => {
    const reader = json({}, { authorization: `Bearer ${await at.keyFor('read')}` })
    expect(await seen('/v1/acts/run', reader)).toEqual(await seen('/v1/acts/run/', reader))
    const { key } = await at.keys.create({ name: 'slow', scopes: ['predict'], rateLimitPerMinute: 1 })
    const limited = json({}, { authorization: `Bearer ${key}` })
    expect(await seen('/v1/acts/run', limited)).toMatchObject({ status: 200 })
    const refused = await seen('/v1/acts/run', limited)
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': expect.any(String) } })
    expect(refused).toEqual(await seen('/v1/acts/run/', limited))
  })

  test('is counted by its status, and a client that goes before its answer as 499', async () => {
    const stop = new AbortController()
    slowBegun = 0
    const waiting = at.fetch('/v1/acts/run', { method: 'POST', ...json({ do: 'slow' }), signal: stop.signal }).catch(() => 'gone')
    await expect.poll(() => slowBegun, { interval: 5 }).toBe(1)
    stop.abort()
    expect(await waiting).toBe('gone')
    await expect.poll(async () => (await at.metrics.render()).text).toContain('route="/v1/acts/:act",status="499"} 1')
  })
})

describe('the short way', () => {
  const output = z.object({})
  const post = (path: string, more: object = {}): Route =>
    implement(endpoint({ method: 'POST', path, scope: 'public', summary: path, input: z.object({}), output, idempotent: false, ...more }))(
      () => ({}),
    )

  test('takes plain JSON posts to routes that are not made to be repeated, and leaves all else as it was', async () => {
    const routes = [
      post('/plain'),
      post('/models/:model/predict'),
      post('/repeated', { idempotent: true }),
      post('/uploads', { streams: ['text/csv'] }),
      post('/things/:thing'),
      post('/things/special'),
      post('/two/:one/:other'),
      post('/small', { bodyLimitBytes: 5 }),
    ]
    const metrics = createMetrics({ version: 'test' })
    const lane = createDirectLane(createDirectRoutes(routes.map((route) => prepareRoute(route, metrics))), {
      enter: (call) => void call.reply.code(200).send(),
      handle: () => {},
      log: undefined as never,
      bodyLimitBytes: 1000,
      maxJsonDepth: 5,
    })
    const server = createServer((request, response) => {
      if (!lane(request, response)) response.writeHead(418).end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const takes = async (path: string, body: string, type = 'application/json', method = 'POST') =>
      (await fetch(base + path, { method, body, headers: { 'content-type': type } })).status === 200
    for (const path of ['/plain', '/models/a.b-c_9/predict']) expect(await takes(path, '{}'), path).toBe(true)
    const left = ['/plain/', '/plain?a=1', '/models/a%20b/predict', '/models//predict', '/models/a/b/predict', '/repeated', '/uploads']
    for (const path of [...left, '/things/special', '/things/x', '/two/a/b', '/elsewhere'])
      expect(await takes(path, '{}'), path).toBe(false)
    expect(await takes('/plain', '{}', 'application/json; charset=utf-8')).toBe(false)
    expect(await takes('/plain', '{}', 'application/json', 'PUT')).toBe(false)
    expect(await takes('/plain', '')).toBe(false)
    expect(await takes('/plain', ' '.repeat(1001))).toBe(false)
    expect(await takes('/small', '{"a":1}')).toBe(false)
    server.close()
    metrics.close()
  })
})
