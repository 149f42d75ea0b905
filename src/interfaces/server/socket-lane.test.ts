// Connections that are read off their sockets: whatever a client writes, and in whatever pieces, must be answered as Node's own server
// answers it.
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpoint, implement } from '../../endpoint.ts'
import { readHead } from './request-head.ts'
import { startTestServer, type TestServer, testRoutes } from './testing/test-server.ts'

let waits = 0
const wait = implement(
  endpoint({
    method: 'POST',
    path: '/v1/wait',
    scope: 'predict',
    summary: 'Wait',
    input: z.strictObject({ ms: z.number(), text: z.string().default('') }),
    output: z.object({ waited: z.number(), text: z.string() }),
    idempotent: false,
  }),
)(async ({ input: { ms, text } }) => {
  waits += 1
  await sleep(ms, undefined, { ref: false })
  return { waited: ms, text: text === 'long' ? 'x'.repeat(5_000_000) : text }
})

let at: TestServer
beforeAll(async () => {
  at = await startTestServer({ routes: [...testRoutes(), wait] })
})
afterAll(() => at[Symbol.asyncDispose]())

interface Line {
  readonly socket: Socket
  /** All that has come. */
  text(): string
  /** Waits until so many answers have come whole. */
  answers(count: number): Promise<string[]>
  readonly closed: Promise<void>
}

function dial(): Line {
  const socket = connect(at.port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  return {
    socket,
    text: () => text,
    async answers(count) {
      await expect.poll(() => bodiesOf(text).length).toBe(count)
      return bodiesOf(text)
    },
    closed,
  }
}

/** Status and body of each answer, cut by its length. */
function bodiesOf(text: string): string[] {
  const answers: string[] = []
  for (let from = 0; ; ) {
    const end = text.indexOf('\r\n\r\n', from)
    if (end < 0) return answers
    const head = text.slice(from, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (text.length < end + 4 + length) return answers
    answers.push(`${head.slice(9, 12)} ${text.slice(end + 4, end + 4 + length)}`)
    from = end + 4 + length
  }
}

const post = (body: string, { path = '/v1/echo', more = '', type = 'application/json' } = {}): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nAuthorization: Bearer ${at.adminKey}\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${at.adminKey}\r\n\r\n`

describe('a connection', () => {
  test('answers plain posts one after the other, with the headers that Node adds', async () => {
    const line = dial()
    for (const rate of [0.1, 0.2]) {
      line.socket.write(post(`{"rate":${rate}}`))
      await line.answers(rate * 10)
    }
    expect(bodiesOf(line.text())).toEqual(['200 {"rate":0.1}', '200 {"rate":0.2}'])
    expect(line.text()).toMatch(
      /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=72\r\n/,
    )
    line.socket.destroy()
  })

  test('answers what is sent at once in its order, slow ones before quick ones', async () => {
    const line = dial()
    line.socket.write(post('{"ms":60}', { path: '/v1/wait' }) + post('{"rate":0.5}') + post('{"ms":1}', { path: '/v1/wait' }))
    line.socket.write(get('/v1/things/x') + post('{"rate":0.7}') + get('/v1/nothing'))
    const answers = await line.answers(6)
    expect(answers.slice(0, 5)).toEqual([
      '200 {"waited":60,"text":""}',
      '200 {"rate":0.5}',
      '200 {"waited":1,"text":""}',
      '200 {"thing":"x"}',
      '200 {"rate":0.7}',
    ])
    expect(answers[5]).toMatch(/^404 /)
    line.socket.destroy()
  })

  test('reads a request in pieces of any size', async () => {
    const text = post('{"rate":0.25,"name":"\u00e9\u96ea"}') + post('{"rate":0.5}')
    const bytes = Buffer.from(text)
    for (const size of [1, 7, 90, bytes.length - 3]) {
      const line = dial()
      line.socket.setNoDelay(true)
      for (let from = 0; from < bytes.length; from += size) {
        line.socket.write(bytes.subarray(from, from + size))
        await sleep(1)
      }
      const answers = await line.answers(2)
      expect(answers.map((answer) => Buffer.from(answer, 'latin1').toString())).toEqual([
        '200 {"rate":0.25,"name":"\u00e9\u96ea"}',
        '200 {"rate":0.5}',
      ])
      line.socket.destroy()
    }
  })

  test('ends when its client says no more', async () => {
    const line = dial()
    line.socket.write(post('{"rate":0.5}'))
    await line.answers(1)
    line.socket.end()
    await line.closed
  })

  test('that is cut in the middle of a body, or answered too slowly for its client, leaves nothing open', async () => {
    const half = dial()
    half.socket.end(post('{"rate":0.5}').slice(0, -3))
    await half.closed
    expect(half.text()).toBe('')
    const gone = dial()
    waits = 0
    gone.socket.write(post('{"ms":2000}', { path: '/v1/wait' }))
    await expect.poll(() => waits, { interval: 5 }).toBe(1)
    gone.socket.destroy()
    await expect.poll(async () => (await at.metrics.render()).text).toContain('route="/v1/wait",status="499"} 1')
  })

  test('whose client does not read gets all of a long answer in the end', async () => {
    const line = dial()
    line.socket.pause()
    line.socket.write(post('{"ms":0,"text":"long"}', { path: '/v1/wait' }) + post('{"rate":0.5}'))
    await sleep(200)
    line.socket.resume()
    const [long, short] = await line.answers(2)
    expect([long?.length, short]).toEqual([4 + '{"waited":0,"text":""}'.length + 5_000_000, '200 {"rate":0.5}'])
    line.socket.destroy()
  })

  test('ends after a body that cannot be read, as it does at Fastify', async () => {
    for (const more of ['', 'X-Other: \u00e9\r\n']) {
      const line = dial()
      line.socket.write(Buffer.from(post('{"rate":', { more }), 'latin1'))
      await line.closed
      expect(line.text()).toMatch(/^HTTP\/1\.1 400 [\s\S]*connection: close[\s\S]*malformed_body/)
    }
  })
})

describe('what is not plain goes to Node', () => {
  const chunked = (more = ''): string =>
    `${post('', { more: `${more}Transfer-Encoding: chunked\r\n` }).replace('Content-Length: 0\r\n', '')}c\r\n{"rate":0.5}\r\n0\r\n\r\n`

  test.each([
    ['a chunked body', () => chunked(), /^200 [\s\S]*\{"rate":0.5\}$/],
    ['two ways to tell the length', () => chunked('Content-Length: 12\r\n'), /^400 /],
    ['the length twice', () => post('{"rate":0.5}', { more: 'Content-Length: 5\r\n' }), /^400 /],
    ['a length with a sign', () => post('{"rate":0.5}').replace('Content-Length: ', 'Content-Length: +'), /^400 /],
    ['no host', () => post('{"rate":0.5}').replace('Host: localhost\r\n', ''), /^400 /],
    ['a folded line', () => post('{"rate":0.5}', { more: 'X-A: b\r\n c\r\n' }), /^400 /],
    ['a bare line feed', () => post('{"rate":0.5}', { more: 'X-A: b\nX-B: c\r\n' }), /^400 /],
    ['a blank before the colon', () => post('{"rate":0.5}', { more: 'X-A : b\r\n' }), /^400 /],
    ['a NUL', () => post('{"rate":0.5}', { more: 'X-A: b\0c\r\n' }), /^400 /],
    ['an older HTTP', () => post('{"rate":0.5}').replace('HTTP/1.1', 'HTTP/1.0'), /^200 /],
    ['no HTTP', () => 'hello\r\n\r\n', /^400 /],
    ['a wish to go', () => post('{"rate":0.5}', { more: 'Connection: close\r\n' }), /^200 /],
    ['a query', () => post('{"rate":0.25}', { path: '/v1/echo?twice=true' }), /^200 [\s\S]*\{"rate":0.5\}$/],
    ['another content type', () => post('{"rate":0.5}', { type: 'text/plain' }), /^415 /],
    ['an unknown address', () => post('{}', { path: '/v1/nothing' }), /^404 /],
    ['a method that is not allowed', () => post('{}').replace('POST', 'PUT'), /^405 /],
    ['headers of 20 kilobytes', () => post('{"rate":0.5}', { more: `X-A: ${'b'.repeat(20_000)}\r\n` }), /^431 /],
    ['a body of 70 kilobytes', () => post(`{"rate":0.5}${' '.repeat(70_000)}`), /^413 /],
  ])('%s', async (_, request, expected) => {
    for (const before of [0, 1]) {
      const line = dial()
      if (before === 1) {
        line.socket.write(post('{"rate":0.1}'))
        await line.answers(1)
      }
      line.socket.write(request())
      await expect.poll(() => line.text().split('HTTP/1.1 ')[before + 1]).toMatch(expected)
      line.socket.destroy()
    }
  })

  test('a client that waits for a word before it sends its body', async () => {
    const line = dial()
    const [head, body] = post('{"rate":0.5}', { more: 'Expect: 100-continue\r\n' }).split('\r\n\r\n') as [string, string]
    line.socket.write(`${head}\r\n\r\n`)
    await expect.poll(() => line.text()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    line.socket.write(body)
    expect((await line.answers(2))[1]).toBe('200 {"rate":0.5}')
    line.socket.destroy()
  })
})

test('a server that stops answers what has begun, says so, and keeps no silent connection', async () => {
  const stopping = await startTestServer({ routes: [...testRoutes(), wait] })
  const ask = (body: string): string =>
    `POST /v1/wait HTTP/1.1\r\nHost: a\r\ncontent-type: application/json\r\nX-API-Key: ${stopping.adminKey}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const lines = ['{"ms":300}', '{"ms":0}'].map((body) => {
    const socket = connect(stopping.port, '127.0.0.1')
    const line = { socket, body, text: '', closed: new Promise((resolve) => socket.on('close', resolve)) }
    socket.on('data', (chunk) => {
      line.text += chunk
    })
    socket.write(ask(body))
    return line
  })
  await expect.poll(() => lines[1]!.text).toContain('"waited":0')
  // The slow one is under way; its answer comes after the server has begun to stop.
  expect(await stopping.server.close({ drainMs: 5000 })).toEqual({ cutOff: 0 })
  await Promise.all(lines.map(({ closed }) => closed))
  expect(bodiesOf(lines[0]!.text)).toEqual(['200 {"waited":300,"text":""}'])
  await stopping[Symbol.asyncDispose]()
})

// Whatever is taken for plain, Node's parser must read alike: the same address, headers and body, and the same end.
test('a head that is read here is read alike by Node', async () => {
  const seen: { url: string; headers: object; body: string }[] = []
  const node = createHttpServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ url: request.url!, headers: { ...request.headers }, body })
    response.end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => node.once('listening', resolve))
  const piece = fc.constantFrom(
    ...[
      'a',
      'B',
      '-',
      '_',
      '~',
      '.',
      ':',
      ' ',
      '\t',
      '\r',
      '\n',
      '\0',
      '\u007f',
      '\u00e9',
      ';',
      ',',
      '"',
      '0',
      '(',
      '/',
      '%',
      'x-y',
      '^',
      '`',
      '|',
    ],
  )
  const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''))
  const known = fc.constantFrom(
    'Host',
    'content-type',
    'Content-Length',
    'connection',
    'Transfer-Encoding',
    'X-A',
    'x-a',
    'cookie',
    'te',
    '__proto__',
  )
  const value = fc.oneof(text, fc.constantFrom('application/json', '2', '02', ' 2', '2 ', 'keep-alive', 'close', 'chunked', 'localhost'))
  const line = fc.tuple(fc.oneof(known, text), fc.constantFrom(':', ': ', ':  ', ' : ', ''), value).map((parts) => parts.join(''))
  const target = fc.oneof(
    fc.constant('/v1/x'),
    text.map((rest) => `/${rest}`),
  )
  const plain = ['Host: a', 'content-type: application/json', 'content-length: 2']
  const heads = fc.tuple(target, fc.shuffledSubarray(plain, { minLength: 2 }), fc.array(line, { maxLength: 3 }))
  let taken = 0
  await fc.assert(
    fc.asyncProperty(heads, async ([url, base, more]) => {
      const head = [`POST ${url} HTTP/1.1`, ...base, ...more].join('\r\n')
      const read = readHead(head)
      if (read === undefined) return
      taken++
      seen.length = 0
      const socket = connect((node.address() as AddressInfo).port, '127.0.0.1')
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk
      })
      socket.end(Buffer.from(`${head}\r\n\r\n{}`, 'latin1'))
      await new Promise((resolve) => socket.on('close', resolve))
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      expect(seen).toEqual([{ url: read.url, headers: read.headers, body: '{}' }])
    }),
    { numRuns: 3000, seed: 20261126 },
  )
  expect(taken).toBeGreaterThan(200)
  node.close()
})
