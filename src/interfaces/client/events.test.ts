// Events over real connections: the real server, and a scripted one for what a good server does not do.
import { createServer } from 'node:net'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { WebSocketServer } from 'ws'
import type { TandemEvent } from '../../platform/events/events.ts'
import { startTestServer, type TestServer } from '../server/testing/test-server.ts'
import { type ConnectionState, createClient, type EventGap, type EventOf, type Listening } from './index.ts'
import { events, json, startScriptedServer } from './testing/scripted-server.ts'

const WAYS = [
  ['a WebSocket', { webSocket: true }, 'websocket'],
  ['Server-Sent Events', { webSocket: false }, 'sse'],
] as const

const connect = (server: TestServer, options: { webSocket?: boolean; key?: string } = {}) =>
  createClient({ url: server.url, key: server.adminKey, ...options })

interface Heard extends AsyncDisposable {
  readonly listening: Listening
  readonly types: string[]
  readonly models: string[]
  readonly states: ConnectionState['status'][]
  readonly gaps: EventGap[]
}

function hear(client: ReturnType<typeof createClient>, types?: Parameters<Listening['setTypes']>[0]): Heard {
  const heard = { types: [] as string[], models: [] as string[], states: [] as ConnectionState['status'][], gaps: [] as EventGap[] }
  const listening = client.events.listen(
    { types, onState: ({ status }) => heard.states.push(status), onGap: (gap) => heard.gaps.push(gap) },
    (event) => {
      heard.types.push(event.type)
      if ('model' in event.data) heard.models.push(event.data.model)
    },
  )
  const dispose = async (): Promise<void> => {
    listening.stop()
    await listening.done.catch(() => {})
  }
  return { listening, ...heard, [Symbol.asyncDispose]: dispose }
}

const isOpen = (heard: Heard): Promise<void> => expect.poll(() => heard.states.at(-1)).toBe('open')

describe.each(WAYS)('events by %s', (_, options, by) => {
  test('come typed to a loop, which ends the connection when it is left', async () => {
    await using server = await startTestServer()
    const states: ConnectionState[] = []
    const client = connect(server, options)
    for await (const event of client.events.subscribe({
      types: ['model.*'],
      onState: (state) => {
        states.push(state)
        if (state.status !== 'open') return
        server.events.emit('key.revoked', { id: 'another' })
        server.events.emit('model.trained', { model: 'shop', version: 'v1', activated: true, reason: 'first' })
      },
    })) {
      expectTypeOf(event.type).toEqualTypeOf<'model.updated' | 'model.activated' | 'model.trained'>()
      expect(event).toMatchObject({ type: 'model.trained', data: { model: 'shop' } })
      break
    }
    await expect.poll(() => states.map(({ status }) => status)).toEqual(['connecting', 'open', 'closed'])
    expect(states[1]).toEqual({ status: 'open', by })
  })

  test('of a type that was asked for later come too', async () => {
    await using server = await startTestServer()
    await using heard = hear(connect(server, options), ['key.revoked'])
    await isOpen(heard)
    heard.listening.setTypes(['model.updated'])
    await expect
      .poll(() => {
        server.events.emit('model.updated', { model: 'later' })
        return heard.models.length
      })
      .toBeGreaterThan(0)
    expect(heard.types).not.toContain('key.revoked')
  })

  test('come again after the server came back, with word of what may be missing', async () => {
    const first = await startTestServer({ settings: { allowLoopbackWithoutKey: true } })
    const { url, port } = first
    await using heard = hear(createClient({ url, ...options }))
    await isOpen(heard)
    first.events.emit('model.updated', { model: 'before' })
    await expect.poll(() => heard.models).toEqual(['before'])
    await first[Symbol.asyncDispose]()
    await expect.poll(() => heard.states).toContain('waiting')
    await using second = await startTestServer({ settings: { port, allowLoopbackWithoutKey: true } })
    heard.listening.reconnect()
    await isOpen(heard)
    expect(heard.gaps).toHaveLength(1)
    second.events.emit('model.updated', { model: 'after' })
    await expect.poll(() => heard.models).toEqual(['before', 'after'])
  })

  test('are refused with the reason of the server', async () => {
    await using server = await startTestServer()
    const wrong = connect(server, { ...options, key: 'tdm_wrong_wrong_wrong_wrong_wrong' })
    await expect(hear(wrong).listening.done).rejects.toMatchObject({ code: 'unauthorized' })
    const narrow = connect(server, { ...options, key: await server.keyFor('predict') })
    await expect(hear(narrow).listening.done).rejects.toMatchObject({ code: 'forbidden' })
    const without = createClient({ url: server.url, ...options })
    await expect(hear(without).listening.done).rejects.toMatchObject({ code: 'unauthorized' })
    const odd = hear(connect(server, options), ['Nothing' as never])
    await expect(odd.listening.done).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('end a loop with the reason of its signal', async () => {
    await using server = await startTestServer()
    const controller = new AbortController()
    const loop = async (): Promise<void> => {
      const onState = ({ status }: ConnectionState): void => void (status === 'open' && controller.abort('enough'))
      for await (const _ of connect(server, options).events.subscribe({ signal: controller.signal, onState }));
    }
    await expect(loop()).rejects.toBe('enough')
    await expect(loop()).rejects.toBe('enough')
  })
})

test('a WebSocket ends for good when its key is revoked', async () => {
  await using server = await startTestServer()
  const { key, record } = await server.keys.create({ name: 'short', scopes: ['read'] })
  await using heard = hear(connect(server, { key }))
  await isOpen(heard)
  await server.keys.revoke(record.id)
  await expect(heard.listening.done).rejects.toMatchObject({ code: 'unauthorized' })
  expect(heard.states.at(-1)).toBe('closed')
})

describe('a server that cannot be reached', () => {
  test('is tried as often as asked, then the error of the connection is given', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const { port } = free.address() as { port: number }
    await new Promise((resolve) => free.close(resolve))
    const waits: number[] = []
    const client = createClient({ url: `http://127.0.0.1:${port}` })
    const onState = (state: ConnectionState): void => void (state.status === 'waiting' && waits.push(state.retryInMs))
    const error = await client.events.listen({ retries: 2, onState }, () => {}).done.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'network' })
    expect(waits).toHaveLength(2)
    expect(waits[0]).toBeGreaterThanOrEqual(250)
    expect(waits[0]).toBeLessThanOrEqual(500)
    expect(waits[1]).toBeLessThanOrEqual(1_000)
  })

  test('by WebSocket is asked for Server-Sent Events', async () => {
    const event = { type: 'model.updated', at: 1, data: { model: 'a' } }
    await using server = await startScriptedServer(events([`data: ${JSON.stringify(event)}\n\n`], { open: true }))
    const states: ConnectionState[] = []
    for await (const heard of createClient({ url: server.url }).events.subscribe({ onState: (state) => states.push(state) })) {
      expect(heard).toEqual(event)
      break
    }
    expect(states).toContainEqual({ status: 'open', by: 'sse' })
  })

  test('that answers something else is told', async () => {
    await using server = await startScriptedServer(json({ hello: 'world' }))
    const { done } = createClient({ url: server.url }).events.listen({ retries: 0 }, () => {})
    await expect(done).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a gap', () => {
  /** A server that says where it stands and sends what a test wants, one step a connection. */
  async function startCountingServer(...steps: ((send: (message: object) => void) => void)[]) {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await new Promise((resolve) => server.once('listening', resolve))
    server.on('connection', (socket) => steps.shift()?.((message) => socket.send(JSON.stringify(message))))
    return {
      url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
      cut() {
        for (const socket of server.clients) socket.terminate()
      },
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          for (const socket of server.clients) socket.terminate()
          server.close(() => resolve())
        }),
    }
  }
  const event = (seq: number, boot = 'b1') => ({ type: 'model.updated', at: 1, data: { model: `m${seq}` }, seq, boot })
  const welcome = (seq: number, boot = 'b1') => ({ type: 'authenticated', name: 'x', seq, boot })

  test('is told with the number of events, and only when there is one', async () => {
    await using server = await startCountingServer(
      (send) => [welcome(3), event(4)].forEach(send),
      (send) => [welcome(4), event(5)].forEach(send),
      (send) => [welcome(8), event(9)].forEach(send),
      (send) => [welcome(2, 'b2'), event(3, 'b2')].forEach(send),
    )
    await using heard = hear(createClient({ url: server.url }))
    for (const last of ['m4', 'm5', 'm9', 'm3']) {
      await expect.poll(() => heard.models.at(-1)).toBe(last)
      server.cut()
      await expect.poll(() => heard.states.at(-1)).toBe('waiting')
      heard.listening.reconnect()
    }
    expect(heard.gaps).toEqual([
      { reason: 'reconnected', missed: 3 },
      { reason: 'restarted', missed: undefined },
    ])
  })

  test('is told when a loop is slower than the events', async () => {
    await using server = await startCountingServer((send) => {
      send(welcome(0))
      for (let seq = 1; seq <= 2_500; seq++) send(event(seq))
    })
    const gaps: EventGap[] = []
    const seen: TandemEvent[] = []
    for await (const heard of createClient({ url: server.url }).events.subscribe({ onGap: (gap) => gaps.push(gap) })) {
      if (seen.length === 0) await expect.poll(() => gaps.length).toBe(2)
      seen.push(heard)
      if ('model' in heard.data && heard.data.model === 'm2500') break
    }
    expect(gaps).toEqual(Array(2).fill({ reason: 'slow', missed: 1_000 }))
    expect(seen.length).toBeLessThan(600)
  })
})

test('the type of an event says what its data are', () => {
  expectTypeOf<EventOf<'model.trained'>['data']['activated']>().toEqualTypeOf<boolean>()
  expectTypeOf<EventOf<'job.*'>['type']>().toEqualTypeOf<'job.updated' | 'job.cancel'>()
  const { events: of } = createClient({ url: 'http://127.0.0.1:1' })
  const never = (): unknown => [
    // @ts-expect-error an event that does not exist
    of.subscribe({ types: ['model.trainde'] }),
    // @ts-expect-error a group that does not exist
    of.subscribe({ types: ['modle.*'] }),
    // @ts-expect-error another event's data
    of.listen({ types: ['key.revoked'] }, ({ data }) => data.model),
  ]
  expect(never).toBeTypeOf('function')
})
