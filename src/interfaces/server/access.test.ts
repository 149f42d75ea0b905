import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLoadGuard } from './load-guard.ts'
import type { Problem } from './respond.ts'
import { startTestServer, type TestServer, underWay } from './testing/test-server.ts'

let at: TestServer
beforeAll(async () => {
  at = await startTestServer()
})
afterAll(() => at[Symbol.asyncDispose]())

const NO_KEY = { authorization: 'none' }
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

describe('keys', () => {
  test('come as a bearer token or X-API-Key, never in the address', async () => {
    const key = await at.keyFor('read')
    expect((await at.fetch('/v1/things/a', { headers: bearer(key) })).status).toBe(200)
    expect((await at.fetch('/v1/things/a', { headers: { 'x-api-key': key } })).status).toBe(200)
    for (const name of ['key', 'api_key', 'token', 'access_token']) {
      expect((await at.fetch(`/v1/things/a?${name}=${key}`, { headers: NO_KEY })).status).toBe(401)
    }
  })

  test('that are missing, wrong, malformed or revoked are 401 and say how to authenticate', async () => {
    const { key, record } = await at.keys.create({ name: 'short-lived', scopes: ['read'] })
    expect((await at.fetch('/v1/things/a', { headers: bearer(key) })).status).toBe(200)
    await at.keys.revoke(record.id)
    for (const headers of [NO_KEY, bearer(`tdm_${'x'.repeat(43)}`), { authorization: 'Basic abc' }, bearer(key)]) {
      const response = await at.fetch('/v1/things/a', { headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="tandem"')
      expect(((await response.json()) as Problem).code).toBe('unauthorized')
    }
  })

  test('without the scope are 403 and name it; admin has every scope, write includes read', async () => {
    const key = await at.keyFor('predict')
    const response = await at.fetch('/v1/things/a', { headers: bearer(key) })
    expect(response.status).toBe(403)
    const body = (await response.json()) as Problem
    expect(body).toMatchObject({ code: 'forbidden', details: { needed: 'read', granted: ['predict'] } })
    expect((await at.fetch('/v1/things/a', { headers: bearer(await at.keyFor('write')) })).status).toBe(200)
    expect((await at.fetch('/v1/things/a')).status).toBe(200)
    expect((await at.fetch('/metrics', { headers: NO_KEY })).status).toBe(401)
    expect((await at.fetch('/health/live', { headers: NO_KEY })).status).toBe(200)
  })

  test('are created once in the clear, listed without their secret, and revoked', async () => {
    const made = await at.post('/v1/keys', { name: 'web shop', scopes: ['predict'], rateLimitPerMinute: 5 })
    expect(made.status).toBe(201)
    const { key, record } = (await made.json()) as { key: string; record: { id: string; prefix: string } }
    expect(made.headers.get('location')).toBe(`/v1/keys/${record.id}`)
    expect(key.startsWith(record.prefix)).toBe(true)
    const listed = await (await at.fetch('/v1/keys?limit=200')).text()
    expect(listed).toContain(record.id)
    expect(listed).not.toContain(key)
    expect((await at.fetch(`/v1/keys/${record.id}`, { method: 'DELETE' })).status).toBe(200)
    expect((await at.post('/v1/echo', { rate: 1 }, bearer(key))).status).toBe(401)
    expect((await at.fetch('/v1/keys/nobody', { method: 'DELETE' })).status).toBe(404)
    expect((await at.post('/v1/keys', { name: 'x', scopes: ['root'] })).status).toBe(400)
    expect((await at.post('/v1/keys', { name: 'x', scopes: ['admin'] }, bearer(await at.keyFor('write')))).status).toBe(403)
    expect(at.logged.join('')).not.toContain(key)
  })

  test('that are guessed are slowed down, while good ones from the same address go on', async () => {
    const statuses = new Set<number>()
    for (let tries = 0; tries < 40; tries += 1) {
      const response = await at.fetch('/v1/things/a', { headers: bearer(`tdm_${String(tries).padStart(43, 'x')}`) })
      statuses.add(response.status)
      if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect([...statuses].sort()).toEqual([401, 429])
    expect((await at.fetch('/v1/things/a')).status).toBe(200)
  })
})

describe('the rate limit', () => {
  test('is told with every answer, and 429 says when to come back', async () => {
    const { key } = await at.keys.create({ name: 'slow', scopes: ['read'], rateLimitPerMinute: 3 })
    const answers = []
    for (let index = 0; index < 5; index += 1) answers.push(await at.fetch('/v1/things/a', { headers: bearer(key) }))
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429, 429])
    expect(answers[0]!.headers.get('ratelimit-policy')).toBe('"default";q=3;w=60')
    expect(answers.map((answer) => answer.headers.get('ratelimit')?.split(';')[1])).toEqual(['r=2', 'r=1', 'r=0', 'r=0', 'r=0'])
    const wait = Number(answers[4]!.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(20)
    expect(((await answers[4]!.json()) as Problem).code).toBe('rate_limited')
    expect((await at.metrics.render()).text).toMatch(/tandem_rate_limited_total [12]/)
  })
})

describe('the sign-in link', () => {
  const signIn = async () => {
    const { token } = await at.sessions.createLink(at.adminKeyId)
    const response = await at.fetch(`/?token=${token}`, { headers: NO_KEY })
    return { token, response, cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' }
  }

  test('becomes a cookie that no script reads and no other site sends, and leaves the address', async () => {
    const { token, response, cookie } = await signIn()
    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
    const set = response.headers.get('set-cookie') ?? ''
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Expires=']) expect(set).toContain(part)
    expect(set).not.toContain('Secure')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect((await at.fetch('/v1/things/a', { headers: { cookie } })).status).toBe(200)
    const again = await at.fetch(`/?token=${token}`, { headers: NO_KEY })
    expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null])
    expect(await again.text()).toContain('no longer signs you in')
    expect(at.logged.join('')).not.toContain(token)
  })

  test('is not used up by a HEAD, and is Secure behind https', async () => {
    const { token } = await at.sessions.createLink(at.adminKeyId)
    await at.fetch(`/?token=${token}`, { method: 'HEAD', headers: NO_KEY })
    const response = await at.fetch(`/?token=${token}`, { headers: { ...NO_KEY, 'x-forwarded-proto': 'https' } })
    expect(response.headers.get('set-cookie')).toContain('; Secure')
  })

  test('signs in for unsafe methods only from our own pages', async () => {
    const { cookie } = await signIn()
    const put = async (headers: Record<string, string>) =>
      (await at.fetch('/v1/things/a', { method: 'PUT', headers: { cookie, ...headers } })).status
    expect(await put({ origin: at.url })).toBe(200)
    expect(await put({ 'sec-fetch-site': 'same-origin' })).toBe(200)
    expect(await put({})).toBe(403)
    expect(await put({ origin: 'https://evil.example' })).toBe(403)
    expect(await put({ origin: 'null' })).toBe(403)
    expect(await put({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await put({ origin: at.url, 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await put({ cookie: 'tandem_session=tds_wrong', origin: at.url })).toBe(401)
  })
})

describe('a caller on this machine without a key', () => {
  test('is refused unless the setting says otherwise, and then only directly and from no other site', async () => {
    expect((await at.fetch('/v1/things/a', { headers: NO_KEY })).status).toBe(401)
    await using open = await startTestServer({ settings: { allowLoopbackWithoutKey: true } })
    const status = async (headers: Record<string, string>) =>
      (await open.fetch('/v1/things/a', { headers: { ...NO_KEY, ...headers } })).status
    expect(await status({})).toBe(200)
    expect(await status({ 'x-forwarded-for': '10.0.0.9' })).toBe(401)
    expect(await status({ origin: 'https://evil.example' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect((await open.server.inject({ url: '/v1/things/a', headers: { host: 'rebound.example' } })).statusCode).toBe(401)
    // A wrong key is never taken for none.
    expect(await status({ authorization: 'Bearer tdm_wrong_wrong_wrong_wrong' })).toBe(401)
  })
})

describe('CORS', () => {
  const preflight = { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST', ...NO_KEY } }

  test('is off by default', async () => {
    expect((await at.fetch('/v1/echo', preflight)).headers.get('access-control-allow-origin')).toBeNull()
    expect(
      (await at.fetch('/health/live', { headers: { origin: 'https://app.example' } })).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })

  test('lets in the listed origins only, event streams and problems included', async () => {
    await using cors = await startTestServer({ settings: { corsOrigins: ['https://app.example'] } })
    const allowed = await cors.fetch('/v1/echo', preflight)
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example')
    for (const path of ['/v1/things/a', '/v1/ticks/1', '/v1/nothing']) {
      const from = async (origin: string) => (await cors.fetch(path, { headers: { origin } })).headers.get('access-control-allow-origin')
      expect(await from('https://app.example')).toBe('https://app.example')
      expect(await from('https://evil.example')).toBeNull()
    }
    const response = await cors.fetch('/v1/things/a', { headers: { origin: 'https://app.example' } })
    expect(response.headers.get('access-control-expose-headers')).toContain('x-request-id')
  })
})

describe('shedding', () => {
  test('answers 503 while the loop is late; health and metrics still answer', async () => {
    await using busy = await startTestServer({ settings: { maxEventLoopDelayMs: 50, sheddingGraceMs: 0 } })
    // Turn after turn takes too long: requests that come meanwhile must find the loop late.
    const block = setInterval(() => {
      const until = performance.now() + 200
      while (performance.now() < until);
    }, 1)
    await sleep(600)
    const waiting = Array.from({ length: 6 }, () => busy.fetch('/v1/broken/not'))
    const health = busy.fetch('/health/live')
    const statuses = (await Promise.all(waiting)).map((answer) => answer.status)
    clearInterval(block)
    expect(statuses).toContain(503)
    expect((await health).status).toBe(200)
    await expect.poll(async () => (await busy.fetch('/v1/broken/not')).status).toBe(200)
    expect((await busy.metrics.render()).text).toMatch(/tandem_load_shed_total [1-9]/)
  })

  test('answers 503 while too many requests are open, and serves when some have ended', async () => {
    await using busy = await startTestServer({ settings: { maxInFlight: 3 } })
    const leave = new AbortController()
    const open = Array.from({ length: 3 }, () => busy.fetch('/v1/slow/600000', { signal: leave.signal }).catch(() => 'left'))
    await expect.poll(() => underWay.requests).toBe(3)
    const shed = await busy.fetch('/v1/broken/not')
    expect([shed.status, shed.headers.get('retry-after')]).toEqual([503, '1'])
    expect(((await shed.json()) as Problem).code).toBe('overloaded')
    expect((await busy.metrics.render()).text).toContain('tandem_load_shed_total 1')
    leave.abort()
    expect(await Promise.all(open)).toEqual(['left', 'left', 'left'])
    await expect.poll(async () => (await busy.fetch('/v1/broken/not')).status).toBe(200)
  })

  test('ignores single pauses and the first seconds, and follows a lasting delay', async () => {
    let now = 0
    let ticks = 0
    // The guard's timer asks for the time exactly once, so a tick can be waited for.
    const clock = (): number => {
      ticks++
      return now
    }
    const guard = createLoadGuard({ maxEventLoopDelayMs: 100, maxInFlight: 10, sheddingGraceMs: 4000, clock, intervalMs: 5 })
    const tick = async (late: number): Promise<void> => {
      now += 5 + late
      for (const before = ticks; ticks === before; ) await sleep(1)
    }
    expect(guard.reason(11)).toContain('11 requests are open')
    expect(guard.reason(10)).toBeUndefined()
    for (let i = 0; i < 6; i++) await tick(600)
    expect(guard.delayMs()).toBe(600)
    expect(guard.reason(1)).toBeUndefined()
    now += 1000
    expect(guard.reason(1)).toContain('600 ms late')
    for (let i = 0; i < 3; i++) await tick(0)
    expect(guard.reason(1)).toBeUndefined()
    await tick(5000)
    expect(guard.reason(1)).toBeUndefined()
    await tick(300)
    // The third late turn counts while it lasts.
    now += 5 + 300
    expect(guard.reason(1)).toContain('300 ms late')
    guard.close()
  })
})

describe('/health/ready', () => {
  test('is 503 with the checks when something cannot work, also when the check itself fails', async () => {
    await using broken = await startTestServer({
      parts: { readiness: async () => ({ ready: false, checks: { storage: { ok: false, message: 'The disk is full.' } } }) },
    })
    const response = await broken.fetch('/health/ready', { headers: NO_KEY })
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ ready: false, checks: { storage: { ok: false, message: 'The disk is full.' } } })
    await using failing = await startTestServer({ parts: { readiness: () => Promise.reject(new Error('no answer')) } })
    expect((await failing.fetch('/health/ready')).status).toBe(503)
    expect((await at.fetch('/health/ready')).status).toBe(200)
  })
})

describe('/metrics', () => {
  test('counts by route pattern, never by address, and is public only by setting', async () => {
    await at.fetch('/v1/things/a-very-special-name')
    await at.fetch('/v1/not/there/at/all')
    const response = await at.fetch('/metrics', { headers: bearer(await at.keyFor('read')) })
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(text).toMatch(/tandem_http_requests_total\{method="GET",route="\/v1\/things\/:thing",status="200"\} \d+/)
    expect(text).toContain('route="not_found",status="404"')
    expect(text).not.toContain('special-name')
    expect(text).not.toContain('/not/there')
    await using open = await startTestServer({ settings: { metricsPublic: true } })
    expect((await open.fetch('/metrics', { headers: NO_KEY })).status).toBe(200)
  })
})
