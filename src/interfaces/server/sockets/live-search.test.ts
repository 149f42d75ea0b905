// Live search over real sockets: what it says, whom it lets in, and what keeps it bounded.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTandem, type Tandem } from '../../../app.ts'
import type { LiveReply } from '../../../capabilities/search/live/schema.ts'
import type { Settings } from '../../../config.ts'
import { type Client, createClient } from '../../client/index.ts'

const SETTINGS: Partial<Settings> = {
  ...{ dataDir: ':memory:', databaseUrl: undefined, logLevel: 'silent' as const, port: 0, maxEventLoopDelayMs: 60_000 },
  ...{ maxSockets: 260, allowLoopbackWithoutKey: false },
}
const ANIMALS = ['cat', 'caterpillar', 'dog', 'horse', 'house mouse', 'whale']

let tandem: Tandem
let at: { readonly url: string; readonly adminKey: string }
let client: Client<Record<never, never>>

beforeAll(async () => {
  tandem = await createTandem({ settings: SETTINGS, embeddings: { default: ['static-en-256'] } })
  const { url, adminKey = '' } = await tandem.listen()
  at = { url, adminKey }
  client = createClient({ url, key: adminKey })
  const animals = client.collection('animals')
  const schema = { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } }, required: ['id'] }
  await client.putCollection('animals', { schema, text: '{{name}}' })
  await animals.upsert(ANIMALS.map((name) => ({ id: name, name })))
})
afterAll(() => tandem.close())

interface Talk {
  readonly socket: WebSocket
  readonly replies: LiveReply[]
  readonly closed: Promise<number>
  say(message: unknown): void
  until(which: (reply: LiveReply) => boolean): Promise<LiveReply>
}

async function talk({ key = at.adminKey, collection = 'animals' } = {}): Promise<Talk> {
  const headers = key === '' ? {} : { authorization: `Bearer ${key}` }
  const socket = new WebSocket(`${at.url.replace('http', 'ws')}/v1/collections/${collection}/live`, { headers })
  const replies: LiveReply[] = []
  socket.on('message', (data) => replies.push(JSON.parse(String(data)) as LiveReply))
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.on('open', () => resolve())
    socket.on('error', reject)
  })
  return {
    ...{ socket, replies, closed },
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async until(which) {
      await expect.poll(() => replies.some(which), { timeout: 10_000, interval: 5 }).toBe(true)
      return replies.find(which)!
    },
  }
}

const idsOf = (reply: LiveReply): string[] => (reply.type === 'hits' ? reply.answer.hits.map(({ id }) => id) : [])

describe('the socket of a live search', () => {
  test('answers what is typed with the number of the question', async () => {
    const { say, until, socket } = await talk()
    say({ type: 'search', id: 1, search: { query: 'ca', prefix: true, mode: 'keyword' } })
    const found = await until((reply) => reply.type === 'hits' && reply.id === 1)
    expect(found).toMatchObject({ stage: 'final', answer: { mode: 'keyword', cached: false } })
    expect(idsOf(found).sort()).toEqual(['cat', 'caterpillar'])
    socket.close()
  })

  test('gives up what was asked before, and answers the last of a fast hand', async () => {
    const { say, until, replies, socket } = await talk()
    for (const id of Array.from({ length: 50 }, (_, place) => place)) say({ type: 'search', id, search: { query: `mouse ${id}` } })
    await until((reply) => reply.type === 'hits' && reply.id === 49 && reply.stage === 'final')
    const finals = replies.filter((reply) => reply.type === 'hits' && reply.stage === 'final')
    expect(finals.length).toBeLessThan(50)
    expect(replies.some(({ type }) => type === 'error')).toBe(false)
    socket.close()
  })

  test('says what is wrong, with its number where it has one, and stays open', async () => {
    const { say, until, replies, socket } = await talk()
    const wrong = [
      ['not json', { code: 'malformed_body' }],
      ['7', { code: 'invalid_input' }],
      ['{"type":"search"}', { code: 'invalid_input' }],
      [
        { type: 'search', id: 1, search: { limit: 0 } },
        { id: 1, code: 'invalid_input', errors: [{ path: '/search/limit' }] },
      ],
      [
        { type: 'search', id: 2, search: { query: 'x', filter: { weight: 3 } } },
        { id: 2, code: 'invalid_input' },
      ],
      [
        { type: 'search', id: 3, search: { like: 'unicorn' } },
        { id: 3, code: 'document_not_found' },
      ],
      [
        { type: 'search', id: 4, search: { vector: [1, 2, 3] } },
        { id: 4, code: 'shape_mismatch' },
      ],
      [`{"type":"search","id":5,"search":{"filter":${'{"not":'.repeat(60)}1${'}'.repeat(60)}}}`, { code: 'invalid_input' }],
    ] as const
    for (const [message, expected] of wrong) {
      const before = replies.length
      say(message)
      await expect.poll(() => replies.length).toBe(before + 1)
      expect(replies.at(-1)).toMatchObject({ type: 'error', ...expected })
    }
    say({ type: 'search', id: 9, search: { query: 'whale' } })
    expect(idsOf(await until((reply) => reply.type === 'hits'))[0]).toBe('whale')
    say('x'.repeat(300_000))
    socket.on('error', () => {})
    await expect.poll(() => socket.readyState).toBe(WebSocket.CLOSED)
  })

  test('lets in by header or first message, and nobody without the scope or to a collection that is not there', async () => {
    await expect(talk({ collection: 'unicorns' })).rejects.toThrow('404')
    const { key } = await tandem.keys.create({ name: 'predicts', scopes: ['predict'] })
    await expect(talk({ key })).rejects.toThrow('403')
    await expect(talk({ key: 'tdm_wrong_wrong_wrong' })).rejects.toThrow('401')
    const stranger = await talk({ key: '' })
    stranger.say({ type: 'search', id: 1, search: { query: 'cat' } })
    expect(await stranger.closed).toBe(1008)
    expect(stranger.replies).toMatchObject([{ type: 'error', code: 'unauthorized' }])
    const guest = await talk({ key: '' })
    guest.say({ type: 'authenticate', key: at.adminKey })
    await guest.until(({ type }) => type === 'authenticated')
    guest.say({ type: 'search', id: 1, search: { query: 'cat' } })
    expect(idsOf(await guest.until((reply) => reply.type === 'hits'))[0]).toBe('cat')
    guest.socket.close()
  })

  test('counts each search against the rate limit of the key', async () => {
    const { key } = await tandem.keys.create({ name: 'slow down', scopes: ['read'], rateLimitPerMinute: 2 })
    const { say, until, replies, socket } = await talk({ key })
    for (const id of [1, 2, 3]) {
      say({ type: 'search', id, search: { query: 'cat' } })
      await until((reply) => reply.type !== 'authenticated' && reply.id === id)
    }
    expect(replies.at(-1)).toMatchObject({ type: 'error', id: 3, code: 'rate_limited', details: { limitPerMinute: 2 } })
    socket.close()
  })

  test('holds nothing for a client that does not read: it is searched for once, then left waiting', async () => {
    const { say, socket, replies, until } = await talk()
    await until(({ type }) => type === 'authenticated')
    socket.pause()
    for (let id = 0; id < 2_000; id += 1) say({ type: 'search', id, search: { query: 'house', highlight: true, explain: true } })
    await new Promise((resolve) => setTimeout(resolve, 300))
    socket.resume()
    await until((reply) => reply.type === 'hits' && reply.id === 1_999)
    expect(replies.length).toBeLessThan(2_000)
    socket.close()
  })

  test('refuses further sockets above the limit, and lets in again when some have gone', async () => {
    const open = await Promise.all(Array.from({ length: 260 }, () => talk()))
    await expect(talk()).rejects.toThrow('503')
    const metrics = await (await fetch(`${at.url}/metrics`, { headers: { authorization: `Bearer ${at.adminKey}` } })).text()
    expect(metrics).toContain('tandem_sockets_open 260')
    expect(metrics).toContain('tandem_sockets_refused_total{reason="too_many"} 1')
    for (const { socket } of open) socket.close()
    await expect.poll(() => talk().then(({ socket }) => socket.close())).toBeUndefined()
  })
})

describe.each([
  ['by a WebSocket', true],
  ['by single requests', false],
])('the client of a live search, %s', (_, webSocket) => {
  const live = (options: { readonly key?: string } = {}) =>
    createClient({ url: at.url, key: at.adminKey, webSocket, ...options })
      .collection('animals')
      .live()

  test('gives the answers of the last search, and ends the loops of those before', async () => {
    const search = live()
    const shown: string[] = []
    const loops = ['ho', 'hors', 'horse'].map(async (query) => {
      for await (const { hits, stage } of search.search({ query, prefix: true, mode: 'keyword' }))
        shown.push(`${stage} ${query} ${hits[0]?.id}`)
    })
    await Promise.all(loops)
    expect(shown).toEqual(['final horse horse'])
    search.close()
  })

  test('throws what the server refuses, and goes on', async () => {
    const search = live()
    const all = async (request: Parameters<typeof search.search>[0]) => Array.fromAsync(search.search(request))
    await expect(all({ query: 'cat', filter: { weight: 1 } as never })).rejects.toMatchObject({ code: 'invalid_input' })
    const [answer] = await all('cat')
    expect(answer?.hits[0]?.document).toEqual({ id: 'cat', name: 'cat' })
    const left = all('dog')
    search.cancel()
    expect(await left).toEqual([])
    search.close()
    await expect(Array.fromAsync(live({ key: 'tdm_wrong_wrong_wrong' }).search('cat'))).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

test('a client whose socket was cut off asks by a request, and who searches notices nothing', async () => {
  const { key, record } = await tandem.keys.create({ name: 'short-lived', scopes: ['read'] })
  const search = createClient({ url: at.url, key }).collection('animals').live()
  expect(await Array.fromAsync(search.search('cat'))).toHaveLength(1)
  await tandem.keys.revoke(record.id)
  await expect.poll(() => Array.fromAsync(search.search('cat')).catch(({ code }) => code)).toBe('unauthorized')
  search.close()
})

test('in process the same loop ends when another search is asked', async () => {
  const search = tandem.collection('animals').live()
  const first = Array.fromAsync(search.search('dog'))
  const second = Array.fromAsync(search.search('whale'))
  expect(await first).toEqual([])
  expect((await second)[0]).toMatchObject({ stage: 'final', hits: [{ id: 'whale' }, {}, {}, {}, {}, {}] })
})
