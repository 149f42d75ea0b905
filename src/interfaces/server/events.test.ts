import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { JobView } from '../../platform/jobs/schema.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let at: TestServer
/** Where silence is soon noticed: it would cut off whoever is late on a busy machine. */
let impatient: TestServer
/** What the job waits for before its first step. */
const begin = Promise.withResolvers<void>()
beforeAll(async () => {
  at = await startTestServer()
  impatient = await startTestServer({ settings: { heartbeatMs: 500 } })
  at.jobs.register(
    'count',
    async (payload: { steps: number; fail?: boolean }, { progress, signal }) => {
      await begin.promise
      for (let step = 1; step <= payload.steps; step += 1) {
        await sleep(60, undefined, { signal })
        progress(step / payload.steps, `step ${step}`)
      }
      if (payload.fail) throw new Error('on purpose')
      return { steps: payload.steps }
    },
    { maxAttempts: 1 },
  )
  await at.jobs.start()
})
afterAll(() => Promise.all([at[Symbol.asyncDispose](), impatient[Symbol.asyncDispose]()]))

/** Reads an event stream until it ends or `enough` says so. */
async function readEvents(response: Response, enough: (text: string) => boolean = () => false): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text
    text += value
    if (enough(text)) {
      await reader.cancel()
      return text
    }
  }
}
const dataOf = <Value>(text: string): Value[] => [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!) as Value)

describe('jobs', () => {
  test('can be listed, looked at, watched to their end, canceled and retried', async () => {
    const job = await at.jobs.enqueue('count', { steps: 4, secret: 'payload' })
    const response = await at.fetch(`/v1/jobs/${job.id}/events`)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('x-request-id')).toBeTruthy()
    const text = await readEvents(response, () => {
      begin.resolve()
      return false
    })
    const states = dataOf<JobView>(text)
    expect(states.at(-1)).toMatchObject({ id: job.id, status: 'succeeded', progress: 1, result: { steps: 4 } })
    expect(states.length).toBeGreaterThan(2)
    expect(text).toMatch(/^id: 1\ndata: /)
    const shown = await (await at.fetch(`/v1/jobs/${job.id}`)).text()
    expect(shown).not.toContain('secret')
    const list = (await (await at.fetch('/v1/jobs?limit=1&kind=count')).json()) as { items: JobView[] }
    expect(list.items.map((item) => item.id)).toEqual([job.id])

    const long = await at.jobs.enqueue('count', { steps: 1000 })
    expect((await at.post(`/v1/jobs/${long.id}/cancel`, {})).status).toBe(200)
    await at.jobs.wait(long.id, { timeoutMs: 60_000 })
    expect(((await (await at.fetch(`/v1/jobs/${long.id}`)).json()) as JobView).status).toBe('canceled')
    expect((await at.post(`/v1/jobs/${long.id}/cancel`, {})).status).toBe(409)
    const failed = await at.jobs.enqueue('count', { steps: 1, fail: true })
    await at.jobs.wait(failed.id, { timeoutMs: 60_000 })
    expect(((await (await at.fetch(`/v1/jobs/${failed.id}`)).json()) as JobView).error?.message).toBe('on purpose')
    expect(((await (await at.post(`/v1/jobs/${failed.id}/retry`, {})).json()) as JobView).status).toBe('queued')
    const failure = async (key: string) =>
      ((await (await at.fetch(`/v1/jobs/${again.id}`, { headers: { authorization: `Bearer ${key}` } })).json()) as JobView).error
    const again = await at.jobs.enqueue('count', { steps: 1, fail: true }, { subject: 'churn' })
    await at.jobs.wait(again.id, { timeoutMs: 60_000 })
    expect(await failure(await at.keyFor('write'))).toEqual({
      code: 'internal',
      message: 'on purpose',
      hint: expect.stringContaining('Retry'),
    })
    expect((await failure(at.adminKey))?.stack).toContain('events.test.ts')
    const said = (await (await at.fetch(`/v1/jobs/${job.id}/log`)).json()) as { items: { message: string }[] }
    expect(said.items.map(({ message }) => message)).toEqual(['step 1', 'step 2', 'step 3', 'step 4'])
    const about = (await (await at.fetch('/v1/jobs?subject=churn')).json()) as { items: JobView[] }
    expect(about.items.map((item) => [item.id, item.subject])).toEqual([[again.id, 'churn']])
    expect(await (await at.fetch('/v1/jobs/counts')).json()).toMatchObject({ succeeded24h: 1, canceled24h: 1 })
    for (const path of ['/v1/jobs/nope', '/v1/jobs/nope/events', '/v1/jobs/nope/log']) {
      const missing = await at.fetch(path)
      expect(missing.status).toBe(404)
      expect(missing.headers.get('content-type')).toContain('problem+json')
    }
  })
})

describe('event streams', () => {
  test('send what was asked for as it happens, and a comment while nothing does', async () => {
    const response = await impatient.fetch('/v1/events?types=model.*')
    const reading = readEvents(response, (text) => {
      if (text.includes(': still here')) impatient.events.emit('model.updated', { model: 'm2' })
      return text.includes('"m2"')
    })
    impatient.events.emit('key.revoked', { id: 'not asked for' })
    impatient.events.emit('model.updated', { model: 'm1' })
    const text = await reading
    expect(dataOf<{ type: string; data: { model: string } }>(text).map(({ type, data }) => [type, data.model])).toEqual([
      ['model.updated', 'm1'],
      ['model.updated', 'm2'],
    ])
    expect((await at.fetch('/v1/events?types=__proto__')).status).toBe(400)
    expect((await at.fetch('/v1/events', { headers: { authorization: 'none' } })).status).toBe(401)
    expect((await at.fetch('/v1/ticks/3', { method: 'HEAD' })).headers.get('content-type')).toContain('event-stream')
  })

  test('end with an error event when they break, and answer a problem when they never began', async () => {
    const broken = await readEvents(await at.fetch('/v1/ticks/2'))
    expect(broken).toMatch(/data: \{"tick":1\}\n\nevent: error\ndata: \{.*"code":"conflict"/)
    expect((await at.fetch('/v1/ticks/none')).status).toBe(404)
  })

  test('stop their source when the client leaves', async () => {
    const stop = new AbortController()
    const response = await at.fetch('/v1/ticks/100000', { signal: stop.signal })
    await response.body!.getReader().read()
    stop.abort()
    await expect.poll(async () => (await at.metrics.render()).text).toMatch(/route="\/v1\/ticks\/:count",status="499"\} 1/)
  })

  test('wait for a client that does not read instead of filling the memory', async () => {
    const listens = Promise.withResolvers<void>()
    const socket = createConnection(at.port, '127.0.0.1', () => {
      socket.write(`GET /v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${at.adminKey}\r\n\r\n`)
      socket.once('data', () => {
        socket.pause()
        listens.resolve()
      })
    })
    await listens.promise
    const big = 'x'.repeat(20_000)
    for (let index = 0; index < 3_000; index += 1) {
      at.events.emit('model.updated', { model: big })
      if (index % 100 === 0) await sleep(1)
    }
    // 60 MB were emitted; the stream keeps 1,000 events and what the sockets hold, then ends.
    let text = ''
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    socket.on('data', (chunk) => {
      text = (text + String(chunk)).slice(-2_000)
    })
    socket.resume()
    await ended
    expect(text).toContain('event: error')
    expect(text).toContain('overloaded')
  })
})

describe('the WebSocket', () => {
  const connect = (path = '/v1/events', headers: Record<string, string> = {}, url = at.url) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers })
    const messages: Record<string, unknown>[] = []
    socket.on('message', (data) => messages.push(JSON.parse(String(data)) as Record<string, unknown>))
    const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)))
    const opened = new Promise<void>((resolve, reject) => socket.on('open', resolve).on('error', reject))
    const until = async (type: string) => {
      await expect.poll(() => messages.some((message) => message.type === type), { interval: 5 }).toBe(true)
      return messages.find((message) => message.type === type)
    }
    return { socket, messages, closed, opened, until }
  }

  test('authenticates by header, cookie or first message, and sends what was subscribed to', async () => {
    const { token } = await at.sessions.createSession(at.adminKeyId)
    const byHeader = connect('/v1/events?types=model.updated', { authorization: `Bearer ${at.adminKey}` })
    const byCookie = connect('/v1/events', { cookie: `tandem_session=${token}`, origin: at.url })
    const byMessage = connect()
    await Promise.all([byHeader.opened, byCookie.opened, byMessage.opened])
    at.events.emit('model.updated', { model: 'before' })
    byMessage.socket.send(JSON.stringify({ type: 'authenticate', key: at.adminKey }))
    expect(await byMessage.until('authenticated')).toMatchObject({ name: 'test admin' })
    byMessage.socket.send(JSON.stringify({ type: 'subscribe', types: ['key.*'] }))
    expect(await byMessage.until('subscribed')).toMatchObject({ type: 'subscribed', types: ['key.*'] })
    at.events.emit('model.updated', { model: 'after' })
    at.events.emit('key.revoked', { id: 'k' })
    expect(await byMessage.until('key.revoked')).toMatchObject({ data: { id: 'k' } })
    expect(await byCookie.until('key.revoked')).toBeDefined()
    const told = ['authenticated', 'model.updated', 'model.updated']
    await expect.poll(() => byHeader.messages.map((message) => message.type)).toEqual(told)
    expect(byMessage.messages.some((message) => message.type === 'model.updated')).toBe(false)
    for (const { socket } of [byHeader, byCookie, byMessage]) socket.close()
  })

  test('says where the events stand, so that who comes back knows whether some were missed', async () => {
    const first = connect('/v1/events', { authorization: `Bearer ${at.adminKey}` })
    const welcome = (await first.until('authenticated')) as { boot: string; seq: number }
    at.events.emit('model.updated', { model: 'one' })
    at.events.emit('job.cancel', { id: 'told to nobody outside' })
    at.events.emit('model.updated', { model: 'two' })
    await expect.poll(() => first.messages.length).toBe(3)
    const [, one, two] = first.messages as { boot: string; seq: number }[]
    expect([one, two].map((event) => [event!.boot, event!.seq])).toEqual([
      [welcome.boot, welcome.seq + 1],
      [welcome.boot, welcome.seq + 2],
    ])
    first.socket.close()
    at.events.emit('model.updated', { model: 'missed' })
    const second = connect('/v1/events', { authorization: `Bearer ${at.adminKey}` })
    expect(await second.until('authenticated')).toMatchObject({ boot: welcome.boot, seq: welcome.seq + 3 })
    second.socket.send('{"type":"subscribe","types":["model.updated"]}')
    expect(await second.until('subscribed')).toMatchObject({ boot: welcome.boot, seq: welcome.seq + 3 })
    second.socket.close()
    await using other = await startTestServer()
    const stream = await other.fetch('/v1/events')
    const reading = readEvents(stream, (text) => text.includes('elsewhere'))
    other.events.emit('model.updated', { model: 'elsewhere' })
    const [event] = dataOf<{ boot: string; seq: number }>(await reading)
    expect(event).toMatchObject({ seq: 1 })
    expect(event!.boot).not.toBe(welcome.boot)
  })

  test('sends predictions only to who names them, and says when nobody does', async () => {
    const summary = { id: 'p', model: 'm', version: null, value: 1, confidence: 1, source: 'model', latencyMs: 1, at: '' } as const
    const all = connect('/v1/events', { authorization: `Bearer ${at.adminKey}` })
    await all.until('authenticated')
    expect(at.events.isWanted('prediction.logged')).toBe(false)
    const named = connect('/v1/events?types=prediction.*,model.updated', { authorization: `Bearer ${at.adminKey}` })
    await named.until('authenticated')
    expect(at.events.isWanted('prediction.logged')).toBe(true)
    at.events.tell('prediction.logged', summary)
    at.events.emit('model.updated', { model: 'm' })
    expect(await named.until('prediction.logged')).toMatchObject({ data: summary })
    expect(await all.until('model.updated')).toBeDefined()
    expect(all.messages.some(({ type }) => type === 'prediction.logged')).toBe(false)
    named.socket.send('{"type":"subscribe","types":["model.updated"]}')
    await named.until('subscribed')
    expect(at.events.isWanted('prediction.logged')).toBe(false)
    const stopStream = new AbortController()
    await at.fetch('/v1/events?types=prediction.logged', { signal: stopStream.signal })
    expect(at.events.isWanted('prediction.logged')).toBe(true)
    stopStream.abort()
    await expect.poll(() => at.events.isWanted('prediction.logged')).toBe(false)
    for (const { socket } of [all, named]) socket.close()
  })

  test('delivers thousands of events in bursts to each of several clients, complete and in order', async () => {
    const clients = Array.from({ length: 3 }, () => connect('/v1/events?types=model.updated', { authorization: `Bearer ${at.adminKey}` }))
    await Promise.all(clients.map((client) => client.until('authenticated')))
    for (let burst = 0; burst < 40; burst += 1) {
      for (let index = 0; index < 50; index += 1) at.events.emit('model.updated', { model: `m${burst * 50 + index}` })
      await sleep(10)
    }
    for (const { messages, socket } of clients) {
      await expect.poll(() => messages.length).toBe(2_001)
      const events = messages.slice(1) as { seq: number; data: { model: string } }[]
      expect(events.every(({ seq, data }, index) => data.model === `m${index}` && seq === events[0]!.seq + index)).toBe(true)
      socket.close()
    }
  })

  test('refuses wrong keys, other sites, other addresses, and what is not understood', async () => {
    const { token } = await at.sessions.createSession(at.adminKeyId)
    await expect(connect('/v1/events', { cookie: `tandem_session=${token}`, origin: 'https://evil.example' }).opened).rejects.toThrow('403')
    await expect(connect('/v1/events', { authorization: 'Bearer tdm_wrong_wrong_wrong' }).opened).rejects.toThrow('401')
    await expect(connect('/v1/events?types=__proto__').opened).rejects.toThrow('400')
    await expect(connect('/v1/else', { authorization: `Bearer ${at.adminKey}` }).opened).rejects.toThrow('404')
    await expect(connect('/v1/events', { authorization: `Bearer ${await at.keyFor('predict')}` }).opened).rejects.toThrow('403')
    for (const first of ['{"type":"subscribe","types":[]}', 'not json', '{"type":"authenticate","key":"tdm_wrong_wrong_wrong"}', 'null']) {
      const stranger = connect()
      await stranger.opened
      stranger.socket.send(first)
      expect(await stranger.closed).toBe(1008)
      expect(stranger.messages[0]?.type).toBe('error')
    }
    const huge = connect('/v1/events', { authorization: `Bearer ${at.adminKey}` })
    await huge.opened
    huge.socket.send('x'.repeat(100_000))
    expect(await huge.closed).toBe(1009)
  })

  test('closes when its key is revoked', async () => {
    const { key, record } = await at.keys.create({ name: 'soon gone', scopes: ['read'] })
    const client = connect('/v1/events', { authorization: `Bearer ${key}` })
    await client.opened
    await at.keys.revoke(record.id)
    expect(await client.closed).toBe(1008)
  })

  test('an event stream ends when its key is revoked or its session is signed out, and no other does', async () => {
    const { key, record } = await at.keys.create({ name: 'soon gone', scopes: ['read'] })
    const { token } = await at.sessions.createSession(at.adminKeyId)
    const open = async (headers: Record<string, string>) => {
      const response = await fetch(`${at.url}/v1/events?types=model.updated`, { headers })
      expect(response.status).toBe(200)
      return response
    }
    const ofKey = await open({ authorization: `Bearer ${key}` })
    const ofSession = await open({ cookie: `tandem_session=${token}` })
    const other = await open({ authorization: `Bearer ${at.adminKey}` })
    await at.keys.revoke(record.id)
    expect(await ofKey.text()).not.toContain('data:')
    await at.sessions.revokeSession(token)
    expect(await ofSession.text()).not.toContain('data:')
    at.events.emit('model.updated', { model: 'still told' })
    const reader = other.body!.pipeThrough(new TextDecoderStream()).getReader()
    let told = ''
    while (!told.includes('still told')) told += (await reader.read()).value
    await reader.cancel()
  })

  test('closes a client that does not read with 1013, or cuts it off, and keeps the others', async () => {
    const byKey = { authorization: `Bearer ${impatient.adminKey}` }
    const slow = connect('/v1/events', byKey, impatient.url)
    const good = connect('/v1/events?types=model.trained', byKey, impatient.url)
    await Promise.all([slow.opened, good.opened])
    slow.socket.pause()
    const big = 'x'.repeat(100_000)
    for (let index = 0; index < 200; index += 1) {
      impatient.events.emit('model.updated', { model: big })
      if (index % 20 === 0) await sleep(1)
    }
    await sleep(1_600)
    slow.socket.resume()
    expect([1013, 1006]).toContain(await slow.closed)
    impatient.events.emit('model.trained', { model: 'm', version: 'v', activated: true, reason: 'r' })
    expect(await good.until('model.trained')).toBeDefined()
    good.socket.close()
  })

  test('pings, and cuts off who does not answer', async () => {
    const headers = { authorization: `Bearer ${impatient.adminKey}` }
    const answering = connect('/v1/events', headers, impatient.url)
    await new Promise((resolve) => answering.socket.once('ping', resolve))
    const mute = new WebSocket(`${impatient.url.replace('http', 'ws')}/v1/events`, {
      headers,
      autoPong: false,
    })
    const closed = new Promise<number>((resolve) => mute.on('close', resolve))
    expect(await closed).toBe(1006)
    answering.socket.close()
  })
})
