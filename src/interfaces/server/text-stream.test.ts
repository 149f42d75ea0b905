import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpoint, implement, type Route, respond } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

/** How many pieces were made, and whether the maker was told to stop. */
const made = { pieces: 0, ended: false }

function routes(): Route[] {
  const lines = endpoint({
    method: 'GET',
    path: '/v1/lines/:how',
    scope: 'public',
    summary: 'Lines',
    output: z.string(),
    kind: 'stream',
    contentType: 'text/csv; charset=utf-8',
  })
  async function* make(how: string): AsyncGenerator<string> {
    if (how === 'refused') throw new TandemError('model_not_found', 'There is none.')
    if (how === 'empty') return
    made.pieces = 0
    made.ended = false
    try {
      for (let piece = 0; how === 'endless' || piece < 3; piece++) {
        if (how === 'broken' && piece === 2) throw new Error('a secret detail of the inside')
        made.pieces++
        yield `${piece},${'é'.repeat(how === 'endless' ? 100_000 : 3)}\n`
        if (how === 'endless') await sleep(0)
      }
    } finally {
      made.ended = true
    }
  }
  return [
    implement(lines)(({ params }) =>
      params.how === 'named'
        ? respond(200, make('plain') as never, { 'content-type': 'application/x-ndjson', 'content-disposition': 'attachment' })
        : make(params.how),
    ),
  ]
}

describe('a streamed text', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ routes: routes() })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('arrives whole, under the type of the endpoint or of the answer', async () => {
    const plain = await server.fetch('/v1/lines/plain')
    expect([plain.status, plain.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
    expect(await plain.text()).toBe('0,ééé\n1,ééé\n2,ééé\n')
    const named = await server.fetch('/v1/lines/named')
    expect([named.headers.get('content-type'), named.headers.get('content-disposition')]).toEqual(['application/x-ndjson', 'attachment'])
    expect((await named.text()).split('\n')).toHaveLength(4)
    const empty = await server.fetch('/v1/lines/empty')
    expect([empty.status, await empty.text()]).toEqual([200, ''])
  })

  test('that fails before its first piece is an ordinary problem', async () => {
    const refused = await server.fetch('/v1/lines/refused')
    expect([refused.status, refused.headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8'])
    expect(await refused.json()).toMatchObject({ code: 'model_not_found' })
  })

  test('that fails on the way breaks off, so that nobody takes a part for the whole, and tells no detail', async () => {
    const broken = await server.fetch('/v1/lines/broken')
    await expect(broken.text()).rejects.toThrow()
    await expect.poll(() => server.logged.some((line) => line.includes('A streamed answer failed'))).toBe(true)
  })

  test('is made no faster than it is read, and no longer than somebody reads', async () => {
    const controller = new AbortController()
    const endless = await server.fetch('/v1/lines/endless', { signal: controller.signal })
    const reader = endless.body!.getReader()
    await reader.read()
    // What the sockets between hold, and then no more.
    let before = -1
    for (let tries = 0; tries < 40 && made.pieces !== before; tries++) {
      before = made.pieces
      await sleep(250)
    }
    expect(made.pieces).toBe(before)
    controller.abort()
    await expect(reader.read()).rejects.toThrow()
    await expect.poll(() => made.ended).toBe(true)
  })

  test('answers HEAD without making more than the first piece', async () => {
    const head = await server.fetch('/v1/lines/endless', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    await expect.poll(() => made).toEqual({ pieces: 1, ended: true })
  })
})
