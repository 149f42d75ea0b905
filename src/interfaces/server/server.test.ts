import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findJsonError } from './json-error.ts'
import type { Problem } from './respond.ts'
import { startTestServer, type TestServer, testRoutes, underWay } from './testing/test-server.ts'

let at: TestServer
beforeAll(async () => {
  at = await startTestServer()
})
afterAll(() => at[Symbol.asyncDispose]())

const problem = async (response: Response): Promise<Problem> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  return (await response.json()) as Problem
}
const raw = (path: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
  at.fetch(path, { method: 'POST', body, headers: type === '' ? {} : { 'content-type': type } })

/** Bytes as they are, one answer as it comes. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer)).on('error', reject)
  })
}

describe('a good request', () => {
  test('is answered with the fields of the schema, an id, and no key the schema does not name', async () => {
    const response = await at.post('/v1/echo', { rate: 0.5, tags: ['never echoed'] })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ rate: 0.5 })
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await (await at.fetch('/v1/broken/not')).json()).toEqual({ value: 1 })
  })

  test('reads the query from its text', async () => {
    expect(await (await at.post('/v1/echo?twice=true', { rate: 0.5 })).json()).toEqual({ rate: 1 })
    const wrong = await problem(await at.post('/v1/echo?twice=yes&limit=99', { rate: 0.5 }))
    expect(wrong.errors?.map((error) => error.message)).toEqual([
      'query.twice must be a boolean, got string "yes"',
      'query.limit must be an integer between 1 and 10, got string "99"'.replace('string "99"', 'number 99'),
    ])
    expect((await problem(await at.fetch('/v1/things/a?surprise=1'))).errors?.[0]?.path).toBe('/surprise')
  })

  test('keeps a sane request id and replaces any other', async () => {
    const sent = async (id: string) => (await at.fetch('/health/live', { headers: { 'x-request-id': id } })).headers.get('x-request-id')
    expect(await sent('trace-7.a:b')).toBe('trace-7.a:b')
    for (const id of ['x'.repeat(200), 'a b', '"><script>']) expect(await sent(id)).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('may end in a slash, and may be a HEAD', async () => {
    expect((await at.fetch('/v1/things/a/')).status).toBe(200)
    const head = await at.fetch('/v1/things/a', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
  })
})

describe('a bad body', () => {
  test.each([
    ['{"rate":}', 'position 8 (line 1, column 9)'],
    ['{"rate": 0.5', 'may have been cut off at position 12'],
    ['{"rate": 0.5}}', 'position 13'],
    ['{"a":\n"x\ty"}', 'control character'],
    ["{'rate': 1}", 'found "\'" where a key in double quotes'],
    ['nope', 'position 0'],
    ['[1,]', 'position 3'],
  ])('%j is malformed_body and says where', async (body, expected) => {
    const found = await problem(await raw('/v1/echo', body))
    expect(found).toMatchObject({ status: 400, code: 'malformed_body', title: 'Malformed body', instance: '/v1/echo' })
    expect(found.detail).toContain(expected)
    expect(found.type).toBe('/docs/errors#malformed_body')
  })

  test('that is missing, not UTF-8 or has a wrong charset is refused', async () => {
    expect(await problem(await at.fetch('/v1/echo', { method: 'POST' }))).toMatchObject({
      code: 'invalid_input',
      detail: expect.stringContaining('missing'),
    })
    expect((await problem(await raw('/v1/echo', new Uint8Array([0x22, 0xff, 0x22])))).detail).toContain('UTF-8')
    expect((await raw('/v1/echo', '{"rate":1}', 'application/json; charset=latin1')).status).toBe(415)
    expect((await raw('/v1/echo', '\ufeff{"rate":1}', 'application/json; charset=UTF-8')).status).toBe(200)
  })

  test('names every wrong field', async () => {
    const found = await problem(await at.post('/v1/echo', { rate: '0.5', nam: 'x', tags: [1] }))
    expect(found.status).toBe(400)
    expect(found.errors).toEqual([
      { path: '/nam', message: 'nam is not a known field; did you mean "name"?' },
      { path: '/rate', message: 'rate must be a number between 0 and 1, got string "0.5"' },
      { path: '/tags/0', message: 'tags[0] must be a string, got number 1' },
    ])
    expect(found.detail).toContain('There are 2 more')
    expect((await problem(await at.post('/v1/echo', { rate: 1, tags: ['a', 'b', 'c', 'd'] }))).detail).toContain('at most 3 items, got 4')
    expect((await problem(await raw('/v1/echo', '{"rate":1e999}'))).detail).toContain('got number Infinity')
  })

  test('nested too deep, or with a key that reaches a prototype, is refused', async () => {
    const nested = (depth: number) => `{"rate":1,"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect((await raw('/v1/echo', nested(31))).status).toBe(200)
    expect(await problem(await raw('/v1/echo', nested(32)))).toMatchObject({ code: 'invalid_input', details: { maxDepth: 32 } })
    expect((await problem(await raw('/v1/echo', nested(20_000)))).code).toBe('invalid_input')
    for (const key of ['"__proto__"', '"\\u005f_proto__"']) {
      expect((await problem(await raw('/v1/echo', `{"rate":1,"deep":{${key}:{"admin":true}}}`))).details).toEqual({ key: '__proto__' })
    }
    expect((await raw('/v1/echo', '{"rate":1,"deep":{"constructor":{"prototype":{}}}}')).status).toBe(400)
    expect((await raw('/v1/echo', '{"rate":1,"deep":{"constructor":"Renault"}}')).status).toBe(200)
  })

  test('that is too large is 413 with the limit, whether its length is told or not', async () => {
    const large = JSON.stringify({ rate: 1, name: 'x'.repeat(70_000) })
    expect(await problem(await raw('/v1/echo', large))).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      details: { limitBytes: 65_536 },
    })
    const chunks = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 90_000; sent += 10_000) controller.enqueue(new TextEncoder().encode('x'.repeat(10_000)))
        controller.close()
      },
    })
    const response = await at.fetch('/v1/echo', {
      method: 'POST',
      body: chunks,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(413)
  })

  test('of another type is 415 with the types that are read', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/csv', 'application/vnd.api+json', '']) {
      const found = await problem(await raw('/v1/echo', new TextEncoder().encode('rate=1'), type))
      expect(found).toMatchObject({ status: 415, code: 'unsupported_media_type', details: { accepted: ['application/json'] } })
    }
    expect((await raw('/v1/things/a', '{}')).status).toBe(405)
  })

  test('is refused where none is taken, and an empty one is not', async () => {
    const put = (body: string) => at.fetch('/v1/things/a', { method: 'PUT', body, headers: { 'content-type': 'application/json' } })
    expect((await put('')).status).toBe(200)
    expect((await put('{}')).status).toBe(200)
    expect((await problem(await put('{"a":1}'))).detail).toContain('takes no body')
  })
})

describe('findJsonError', () => {
  test('finds the place for every cut and every broken byte of a document, and the same line and column', () => {
    const text = '{"a": [1, -2.5e3, true, null, "x\\u0041\\n"],\n "b": {"c": false}}'
    for (let end = 0; end < text.length; end += 1) expect(findJsonError(text.slice(0, end)).position).toBeLessThanOrEqual(end)
    for (let index = 0; index < text.length; index += 1) {
      const broken = `${text.slice(0, index)}\u0001${text.slice(index + 1)}`
      expect(() => JSON.parse(broken)).toThrow()
      const { position, line, column } = findJsonError(broken)
      expect(position).toBeLessThanOrEqual(index)
      expect(broken.split('\n')[line - 1]?.length).toBeGreaterThanOrEqual(column - 1)
    }
  })
})

describe('streams', () => {
  test('hand over the bytes of CSV and NDJSON, and JSON beside them', async () => {
    const csv = 'a,b\n1,2\n'.repeat(1000)
    expect(await (await raw('/v1/upload', csv, 'text/csv')).json()).toEqual({ bytes: csv.length, kind: 'text/csv' })
    expect(await (await raw('/v1/upload', '{}\n', 'application/x-ndjson; charset=utf-8')).json()).toEqual({
      bytes: 3,
      kind: 'application/x-ndjson',
    })
    expect(await (await at.post('/v1/upload', { rows: [1, 2] })).json()).toEqual({ bytes: 2, kind: 'json' })
    expect((await problem(await raw('/v1/upload', 'a', 'text/plain'))).details).toEqual({
      accepted: ['application/json', 'text/csv', 'application/x-ndjson'],
    })
  })

  test('over the limit are 413, told at once when the length is, else when it is reached', async () => {
    const large = new Uint8Array(2 * 1024 * 1024)
    expect(await problem(await raw('/v1/upload', large, 'text/csv'))).toMatchObject({
      status: 413,
      details: { limitBytes: 1_048_576, sizeBytes: 2_097_152 },
    })
    const head = `POST /v1/upload HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${at.adminKey}\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n`
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    expect(await exchange(at.port, head + chunk.repeat(20))).toMatch(/^HTTP\/1.1 413 /)
  })

  test('that break off are not taken for complete', async () => {
    const before = at.logged.length
    await new Promise<void>((resolve) => {
      const socket = createConnection(at.port, '127.0.0.1', () => {
        socket.write(
          `POST /v1/upload HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${at.adminKey}\r\ncontent-type: text/csv\r\ncontent-length: 100\r\n\r\na,b\n`,
        )
        setTimeout(() => socket.destroy(), 50)
      }).on('close', () => resolve())
    })
    const metrics = async () => (await at.metrics.render()).text
    await expect.poll(metrics).toMatch(/requests_total\{method="POST",route="\/v1\/upload",status="499"\} 1/)
    expect(at.logged.slice(before).join('')).not.toContain('"error"')
  })
})

describe('an address', () => {
  test('that is not there is 404; one that is there for other methods is 405 with Allow', async () => {
    expect(await problem(await at.fetch('/v1/nothing'))).toMatchObject({ status: 404, code: 'not_found' })
    for (const type of ['text/csv', 'application/octet-stream', 'application/json']) {
      const sent = await at.fetch('/v1/nothing', { method: 'POST', headers: { 'content-type': type }, body: '{}' })
      expect(await problem(sent)).toMatchObject({ status: 404, code: 'not_found' })
    }
    const response = await at.fetch('/v1/things/a', { method: 'DELETE' })
    expect(response.headers.get('allow')).toBe('GET, HEAD, PUT')
    expect(await problem(response)).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect((await at.fetch('/docs', { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD')
    const options = await at.fetch('/v1/things/a', { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, PUT, OPTIONS'])
  })

  test('with broken percent signs, or a request that is not HTTP, is a problem too', async () => {
    expect(await problem(await at.fetch('/v1/things/%zz'))).toMatchObject({ status: 400, code: 'invalid_input' })
    expect(await exchange(at.port, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*application\/problem\+json/)
    expect(await exchange(at.port, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /)
  })
})

describe('a failure', () => {
  test.each(['throws', 'nan', 'infinity'])('inside (%s) is a 500 that says nothing but its id; the log has the rest', async (how) => {
    const response = await at.fetch(`/v1/broken/${how}`)
    const found = await problem(response)
    expect(found).toMatchObject({ status: 500, code: 'internal' })
    expect(JSON.stringify(found)).not.toContain('secret')
    const line = at.logged.find((text) => text.includes(found.requestId))
    expect(line).toContain('"stack"')
  })

  test('of time is 504 and aborts the work', async () => {
    await using slow = await startTestServer({ settings: { requestTimeoutMs: 1_000 } })
    const found = await problem(await slow.fetch('/v1/slow/600000'))
    expect(found).toMatchObject({ status: 504, code: 'timeout', details: { limitMs: 1_000 } })
    expect((await slow.fetch('/v1/slow/5')).status).toBe(200)
  })

  test('of the client to wait aborts the work and leaves nothing open', async () => {
    const stop = new AbortController()
    const waiting = at.fetch('/v1/slow/60000', { signal: stop.signal }).catch(() => 'gone')
    await expect.poll(() => underWay.requests, { interval: 5 }).toBe(1)
    stop.abort()
    expect(await waiting).toBe('gone')
    await expect.poll(async () => (await at.metrics.render()).text).toContain('route="/v1/slow/:ms",status="499"} 1')
    expect(underWay.requests).toBe(0)
  })
})

describe('Idempotency-Key', () => {
  const counter = { count: 0 }
  let counting: TestServer
  beforeAll(async () => {
    counting = await startTestServer({ routes: testRoutes(counter) })
  })
  afterAll(() => counting[Symbol.asyncDispose]())
  const count = (key: string, body: object, headers: Record<string, string> = {}) =>
    counting.post('/v1/count', body, { 'idempotency-key': key, ...headers })

  test('replays the first answer with its status and headers', async () => {
    const [first, second] = [await count('a', { by: 1 }), await count('a', { by: 1 })]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(await second.text()).toBe(await first.text())
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([null, 'true'])
    expect(second.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(counter.count).toBe(1)
  })

  test('refuses another body with 422 and a running first request with 409', async () => {
    await count('b', { by: 1 })
    expect(await problem(await count('b', { by: 2 }))).toMatchObject({ status: 422, code: 'idempotency_conflict' })
    const running = count('c', { waitMs: 1500 })
    await expect.poll(() => underWay.requests, { interval: 5 }).toBe(1)
    expect(await problem(await count('c', { waitMs: 1500 }))).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
    expect((await running).status).toBe(201)
    expect((await count('c', { waitMs: 1500 })).headers.get('idempotency-replayed')).toBe('true')
  })

  test('of ten at the same time runs one', async () => {
    const before = counter.count
    const answers = await Promise.all(Array.from({ length: 10 }, () => count('d', { waitMs: 50 })))
    expect(counter.count).toBe(before + 1)
    expect(answers.filter((answer) => answer.status === 201).length).toBeGreaterThanOrEqual(1)
    expect(answers.every((answer) => answer.status === 201 || answer.status === 409)).toBe(true)
  })

  test('runs again after a failure of the server, and replays a refusal', async () => {
    const before = counter.count
    expect((await count('e', { fail: 'internal' })).status).toBe(500)
    expect((await count('e', { fail: 'internal' })).headers.get('idempotency-replayed')).toBeNull()
    expect((await count('f', { fail: 'no_version' })).status).toBe(404)
    const again = await count('f', { fail: 'no_version' })
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([404, 'true'])
    expect(again.headers.get('content-type')).toContain('problem+json')
    expect(counter.count).toBe(before + 3)
  })

  test('belongs to the caller, and is not looked at before the body is right', async () => {
    const before = counter.count
    const other = await counting.keyFor('write')
    await count('g', { by: 1 })
    expect((await count('g', { by: 1 }, { authorization: `Bearer ${other}` })).headers.get('idempotency-replayed')).toBeNull()
    expect((await count('h', { by: 'x' })).status).toBe(400)
    expect((await count('h', { by: 1 })).status).toBe(201)
    expect((await count('k'.repeat(300), { by: 1 })).status).toBe(400)
    expect(counter.count).toBe(before + 3)
  })
})
