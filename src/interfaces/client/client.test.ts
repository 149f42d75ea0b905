// The client against a real HTTP server that answers what each test says.
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { defineTandem } from '../../config.ts'
import { classifier, regressor } from '../../definitions.ts'
import { readEventStream } from './event-stream.ts'
import { type Client, createClient, TandemError } from './index.ts'
import { readRetryAfterMs, retryDelayMs } from './retry.ts'
import { events, hangUp, json, type ScriptedServer, silence, startScriptedServer } from './testing/scripted-server.ts'

const Churn = z.strictObject({ visits: z.number().min(0), plan: z.enum(['free', 'pro']), age: z.number().nullable() })
const config = defineTandem({
  models: {
    churn: classifier({ features: Churn, target: 'churned', classes: ['no', 'yes'] }),
    price: regressor({ features: z.strictObject({ rooms: z.number() }), target: 'price' }),
  },
})
const KEY = 'tdm_secret_of_this_test_000000000000'
const answer = {
  model: 'churn',
  version: '20261121_093000',
  predictionId: 'p1',
  value: 'yes',
  probabilities: { no: 0.2, yes: 0.8 },
  confidence: 0.8,
  source: 'model',
}
const job = {
  id: 'j1',
  kind: 'train',
  status: 'running',
  progress: 0.5,
  message: 'Growing trees',
  attempts: 1,
  maxAttempts: 3,
  createdAt: '2026-11-21T09:30:00.000Z',
  createdBy: null,
}
const done = { ...job, status: 'succeeded', progress: 1, message: null, result: { version: '20261121_093000' } }
const sse = (...states: unknown[]): string => states.map((state) => `data: ${JSON.stringify(state)}\n\n`).join('')

function connect(server: Pick<ScriptedServer, 'url'>, options: { timeoutMs?: number; retries?: number } = {}): Client<typeof config> {
  return createClient<typeof config>({ url: server.url, key: KEY, ...options })
}

async function failure(promise: Promise<unknown>): Promise<TandemError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!TandemError.is(error)) throw new Error(`expected a TandemError, got ${String(error)}`)
  expect(JSON.stringify([error.message, error.details, error.stack, String(error.cause)])).not.toContain(KEY)
  return error
}

describe('a call', () => {
  test('sends the features with the key and gives the answer', async () => {
    await using server = await startScriptedServer(json(answer))
    const client = connect({ url: `${server.url}/` })
    expect(await client.models.churn.predict({ visits: 3, plan: 'pro', age: null }, { importances: true })).toEqual(answer)
    const [asked] = server.asked
    expect(asked).toMatchObject({
      method: 'POST',
      path: '/v1/models/churn/predict',
      json: { features: { visits: 3, plan: 'pro', age: null } },
    })
    expect(asked?.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(asked?.query.toString()).toBe('importances=true')
  })

  test('of many rows gives each the model and version of the answer', async () => {
    const { model, version, ...one } = answer
    await using server = await startScriptedServer(json({ model, version, predictions: [one, { ...one, predictionId: 'p2' }] }))
    const answers = await connect(server).models.churn.predictMany([
      { visits: 1, plan: 'pro', age: 2 },
      { visits: 2, plan: 'free', age: 2 },
    ])
    expect(answers).toEqual([answer, { ...answer, predictionId: 'p2' }])
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s before JSON makes null of it', async (visits) => {
    await using server = await startScriptedServer(json(answer))
    const error = await failure(connect(server).models.churn.predict({ visits, plan: 'pro', age: 1 }))
    expect(error).toMatchObject({ code: 'invalid_input', errors: [{ path: '/features/visits' }] })
    expect(server.asked).toHaveLength(0)
  })

  test('keeps names with special characters in their path', async () => {
    await using server = await startScriptedServer(json({ items: [] }))
    await connect(server).model('a/b?c').versions({ limit: 5, cursor: 'x&y' })
    expect(server.asked[0]).toMatchObject({ path: '/v1/models/a%2Fb%3Fc/versions' })
    expect(server.asked[0]?.query.get('cursor')).toBe('x&y')
  })

  test('tells readiness also while the server is not ready', async () => {
    const readiness = { ready: false, checks: { storage: { ok: false, message: 'The disk is full.' } } }
    await using server = await startScriptedServer(json(readiness, 503))
    expect(await connect(server).health()).toEqual(readiness)
    expect(server.asked).toHaveLength(1)
  })

  test('to a model that the language itself asks for is not made', async () => {
    const { models } = createClient({ url: 'http://127.0.0.1:1' })
    expect(await Promise.resolve(models)).toBe(models)
    expect('then' in models).toBe(false)
  })
})

describe('a failure', () => {
  test('carries the code, message, places and request id of the server', async () => {
    const errors = [{ path: '/features/visits', message: 'features.visits must be a number, got "x"' }]
    const problem = {
      type: 't',
      title: 'Invalid input',
      status: 400,
      code: 'invalid_input',
      detail: '1 field is wrong.',
      errors,
      details: { fields: 1 },
    }
    await using server = await startScriptedServer(json(problem, 400, { 'x-request-id': 'r1' }))
    const error = await failure(connect(server).models.churn.get())
    expect(error).toMatchObject({
      code: 'invalid_input',
      message: '1 field is wrong.',
      errors,
      details: { status: 400, requestId: 'r1', fields: 1 },
    })
  })

  test.each([
    [404, 'not_found'],
    [401, 'unauthorized'],
    [418, 'invalid_input'],
    [500, 'internal'],
    [502, 'unavailable'],
    [413, 'payload_too_large'],
  ])('without a problem document is told by its status %i', async (status, code) => {
    await using server = await startScriptedServer(
      (_, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end('<p>no</p>'),
    )
    const error = await failure(connect(server).models.churn.get())
    expect(error).toMatchObject({ code, details: { status } })
    expect(error.message).toContain(`${server.url}/v1/models/churn answered ${status}`)
  })

  test('to reach anything names the url and the command that starts a server', async () => {
    const server = await startScriptedServer(json({}))
    await server[Symbol.asyncDispose]()
    const error = await failure(connect(server, { retries: 0 }).models.churn.get())
    expect(error.code).toBe('network')
    expect(error.message).toContain(`Could not reach ${server.url} (ECONNREFUSED)`)
    expect(error.message).toContain('npx tandem start')
  })

  test('of an answer that is not JSON says that another program listens there', async () => {
    await using server = await startScriptedServer(
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>'),
    )
    expect(await failure(connect(server).models.churn.get())).toMatchObject({ code: 'unavailable', details: { status: 200 } })
  })

  test('to answer in time is a timeout with its limit', async () => {
    await using server = await startScriptedServer(silence)
    expect(await failure(connect(server, { timeoutMs: 60 }).models.churn.get())).toMatchObject({
      code: 'timeout',
      details: { timeoutMs: 60 },
    })
  })

  test('by abort rejects with the reason of the signal', async () => {
    await using server = await startScriptedServer(silence)
    const controller = new AbortController()
    const reason = new Error('the user left')
    const pending = connect(server).models.churn.get({ signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    await expect(pending).rejects.toBe(reason)
    await expect(connect(server).models.churn.get({ signal: controller.signal })).rejects.toBe(reason)
  })

  test.each([
    ['a url without protocol', { url: '127.0.0.1:4700' }],
    ['a url with a password', { url: 'http://me:hunter2@127.0.0.1' }],
    ['a key with a line break', { url: 'http://127.0.0.1', key: `${KEY}\n` }],
    ['a header with a line break', { url: 'http://127.0.0.1', headers: { 'x-team': 'hunter2\nx' } }],
  ])('is told when the client is made: %s', async (_, options) => {
    const error = await failure((async () => createClient(options))())
    expect(error.code).toBe('invalid_config')
    expect(error.message).not.toContain('hunter2')
  })
})

describe('in a page of the server', () => {
  // Node has no location; a page has. The real browser is driven by the dashboard's own tests.
  const page = (origin: string): Disposable => {
    Object.defineProperty(globalThis, 'location', { value: { origin }, configurable: true })
    return { [Symbol.dispose]: () => void Reflect.deleteProperty(globalThis, 'location') }
  }

  test('neither url nor key are needed', async () => {
    await using server = await startScriptedServer(json(answer))
    using _ = page(server.url)
    for (const options of [undefined, { url: '' }, { url: '/behind' }]) {
      const client = createClient<typeof config>(options)
      await client.models.churn.predict({ visits: 1, plan: 'pro', age: 1 })
    }
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/v1/models/churn/predict',
      '/v1/models/churn/predict',
      '/behind/v1/models/churn/predict',
    ])
    expect(server.asked[0]?.headers.authorization).toBe(undefined)
  })

  test('that came from a file, and outside a browser, a full url is asked for', async () => {
    expect((await failure((async () => createClient())())).message).toContain('No url was given')
    using _ = page('null')
    expect(await failure((async () => createClient({ url: '/x' }))())).toMatchObject({ code: 'invalid_config' })
  })
})

describe('repeating', () => {
  const busy = json({ code: 'overloaded', detail: 'Busy.' }, 503, { 'retry-after': '0' })

  test('follows 429, 503 and broken connections until an answer comes', async () => {
    await using server = await startScriptedServer(
      busy,
      json({ code: 'rate_limited', detail: 'Slow down.' }, 429, { 'retry-after': '0' }),
      hangUp,
      json(answer),
    )
    expect(await connect(server).models.churn.predict({ visits: 1, plan: 'pro', age: 1 })).toEqual(answer)
    expect(server.asked).toHaveLength(4)
  })

  test('ends after the given number of tries with the last error', async () => {
    await using server = await startScriptedServer(busy)
    expect(await failure(connect(server, { retries: 2 }).models.churn.get())).toMatchObject({ code: 'overloaded', message: 'Busy.' })
    expect(server.asked).toHaveLength(3)
  })

  test('sends a change again only under the same Idempotency-Key', async () => {
    await using server = await startScriptedServer(
      hangUp,
      json({ code: 'idempotency_in_progress', detail: 'Running.' }, 409),
      json({ model: 'churn', version: 'v', previous: null }),
    )
    await connect(server).models.churn.activate('v', { reason: 'better' })
    const keys = server.asked.map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Set(keys).size).toBe(1)
    expect(keys).toHaveLength(3)
  })

  test('is left out for a new key, which nobody would know of', async () => {
    await using server = await startScriptedServer(busy)
    expect((await failure(connect(server).keys.create({ name: 'shop', scopes: ['predict'] }))).code).toBe('overloaded')
    expect(server.asked).toHaveLength(1)
  })

  test('is left out for a stream, which is gone once it was read', async () => {
    await using server = await startScriptedServer(busy)
    const csv = (async function* () {
      yield new TextEncoder().encode('rooms,price\n')
      yield new TextEncoder().encode('3,100\n')
    })()
    expect((await failure(connect(server).models.price.startTraining({ csv }))).code).toBe('overloaded')
    expect(server.asked).toHaveLength(1)
    expect(server.asked[0]?.text).toBe('rooms,price\n3,100\n')
  })

  test('is left out when the server asks for a longer pause than the call may take', async () => {
    await using server = await startScriptedServer(json({ code: 'rate_limited', detail: 'Slow down.' }, 429, { 'retry-after': '30' }))
    expect(await failure(connect(server, { timeoutMs: 5_000 }).models.churn.get())).toMatchObject({
      code: 'rate_limited',
      details: { retryAfterMs: 30_000 },
    })
    expect(server.asked).toHaveLength(1)
  })

  test('stops at once when it is aborted in a pause', async () => {
    await using server = await startScriptedServer(json({ code: 'overloaded', detail: 'Busy.' }, 503, { 'retry-after': '20' }))
    const controller = new AbortController()
    const pending = connect(server).models.churn.get({ signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 100)
    await expect(pending).rejects.toBe('enough')
  })

  test('waits exponentially longer with full jitter, at most 8 s', () => {
    const longest = (attempt: number): number => Math.max(...Array.from({ length: 400 }, () => retryDelayMs(attempt) ?? 0))
    expect(longest(0)).toBeLessThanOrEqual(200)
    expect(longest(3)).toBeGreaterThan(1_200)
    expect(longest(20)).toBeLessThanOrEqual(8_000)
    expect(Math.min(...Array.from({ length: 400 }, () => retryDelayMs(3) ?? 0))).toBeLessThan(200)
  })

  test('reads Retry-After in seconds and as a date', () => {
    expect(readRetryAfterMs('2')).toBe(2000)
    expect(readRetryAfterMs('Sat, 21 Nov 2026 09:30:05 GMT', Date.parse('2026-11-21T09:30:00Z'))).toBe(5000)
    expect(readRetryAfterMs('soon')).toBeUndefined()
  })
})

describe('training', () => {
  const version = { version: '20261121_093000', metrics: { accuracy: 0.9 } }

  test('starts, tells the progress and gives the version', async () => {
    await using server = await startScriptedServer(
      json({ job: { ...job, status: 'queued', progress: 0 } }, 202),
      events([sse(job, done)]),
      json(version),
    )
    const told: [number, string | null][] = []
    const result = await connect(server).models.price.train(
      { rows: [{ rooms: 3, price: 100 }] },
      {
        seed: 7,
        activate: 'never',
        algorithm: 'boosted-trees',
        parameters: { maxDepth: 5 },
        onProgress: (fraction, message) => told.push([fraction, message]),
      },
    )
    expect(result).toEqual({ job: done, version })
    expect(told).toEqual([
      [0.5, 'Growing trees'],
      [1, null],
    ])
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/models/price/train',
      'GET /v1/jobs/j1/events',
      'GET /v1/models/price/versions/20261121_093000',
    ])
    expect(server.asked[0]).toMatchObject({ json: { rows: [{ rooms: 3, price: 100 }] } })
    expect(Object.fromEntries(server.asked[0]!.query)).toEqual({
      activate: 'never',
      seed: '7',
      algorithm: 'boosted-trees',
      parameters: '{"maxDepth":5}',
    })
  })

  test('again is started without waiting for it', async () => {
    await using server = await startScriptedServer(json({ job }, 202))
    expect(await connect(server).models.churn.startRetraining({ activate: 'never', seed: 3 })).toEqual(job)
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/models/churn/retrain'])
    expect(Object.fromEntries(server.asked[0]!.query)).toEqual({ activate: 'never', seed: '3' })
  })

  test('that fails rejects with the error of the job', async () => {
    const failed = { ...job, status: 'failed', error: { code: 'too_few_classes', message: 'The target holds 1 class.' } }
    await using server = await startScriptedServer(json({ job }, 202), events([sse(failed)]))
    const error = await failure(connect(server).models.price.train({ csv: 'rooms;price\n1;2,5\n', decimal: ',' }))
    expect(error).toMatchObject({ code: 'too_few_classes', message: 'The target holds 1 class.', details: { jobId: 'j1' } })
    expect(server.asked[0]?.headers['content-type']).toBe('text/csv')
    expect(server.asked[0]?.query.get('decimal')).toBe(',')
  })

  test('asks in intervals where events do not get through', async () => {
    await using server = await startScriptedServer(
      json({ job }, 202),
      json({ code: 'not_found', detail: 'No.' }, 404),
      json(job),
      json(done),
      json(version),
    )
    expect((await connect(server).models.price.train({ ndjson: '{}' })).version).toEqual(version)
  })
})

describe('watching a job', () => {
  test('comes back after a broken connection and tells each state once', async () => {
    await using server = await startScriptedServer(
      events([sse(job).slice(0, 40)]),
      hangUp,
      events([sse(job)]),
      events([sse(job), ': still here\n\n', sse({ ...job, progress: 0.7 }, done)], { open: true }),
    )
    const seen: number[] = []
    for await (const state of connect(server).jobs.watch('j1')) seen.push(state.progress)
    expect(seen).toEqual([0.5, 0.7, 1])
    expect(server.asked.length).toBeGreaterThanOrEqual(4)
  })

  test('ends with the error that the stream tells', async () => {
    await using server = await startScriptedServer(events(['event: error\ndata: {"code":"job_not_found","detail":"No job j1."}\n\n']))
    const watch = connect(server).jobs.watch('j1')[Symbol.asyncIterator]()
    expect(await failure(watch.next())).toMatchObject({ code: 'job_not_found', message: 'No job j1.' })
  })

  test('ends with the reason of the signal, and closes the connection when the loop is left', async () => {
    let closed = 0
    await using server = await startScriptedServer((_, response) => {
      response.on('close', () => closed++)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(job))
    })
    const controller = new AbortController()
    const aborted = (async () => {
      for await (const _ of connect(server).jobs.watch('j1', { signal: controller.signal })) controller.abort('enough')
    })()
    await expect(aborted).rejects.toBe('enough')
    for await (const _ of connect(server).jobs.watch('j1')) break
    await expect.poll(() => closed).toBe(2)
  })
})

describe('readEventStream', () => {
  async function read(chunks: readonly Uint8Array[]): Promise<unknown[]> {
    const stream = (async function* () {
      yield* chunks
    })()
    return Array.fromAsync(readEventStream(stream), ({ event, data, id }) => [event, data, id])
  }
  const text =
    '\uFEFFid: 7\r\nevent: état\r\ndata: one\r\ndata:two\r\ndata\r\n\r\n: comment\r\n\rdata: é🙂\r\rretry: 5\n\ndata: {"a":\ndata: 1}\n\ndata: lost'
  const expected = [
    ['état', 'one\ntwo\n', '7'],
    ['message', 'é🙂', '7'],
    ['message', '{"a":\n1}', '7'],
  ]

  test('reads the same whatever the chunks are', async () => {
    const bytes = new TextEncoder().encode(text)
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
      expect(await read(chunks)).toEqual(expected)
    }
  })

  test('refuses an event without end', async () => {
    const endless = Array.from({ length: 5 }, () => new Uint8Array(1 << 20).fill(65))
    await expect(read(endless)).rejects.toMatchObject({ code: 'payload_too_large' })
  })
})

describe('types', () => {
  test('come from the config', async () => {
    await using server = await startScriptedServer(json(answer))
    const { models, model } = connect(server)
    const churn = await models.churn.predict({ visits: 1, plan: 'free', age: null })
    expectTypeOf(churn.value).toEqualTypeOf<'no' | 'yes'>()
    expectTypeOf(churn.probabilities).toEqualTypeOf<Readonly<Record<'no' | 'yes', number>>>()
    const price = await models.price.predict({ rooms: 3 })
    expectTypeOf(price.value).toEqualTypeOf<number>()
    expectTypeOf(price.interval).toEqualTypeOf<readonly [number, number] | undefined>()
    const some = await model('later').predict({ anything: 1, else: 'x', more: null })
    expectTypeOf(some.value).toEqualTypeOf<string | number>()
    expectTypeOf<keyof typeof models>().toEqualTypeOf<'churn' | 'price'>()
  })

  test('refuse what the config does not know', async () => {
    const { models } = createClient<typeof config>({ url: 'http://127.0.0.1:1' })
    const never = (): unknown => [
      // @ts-expect-error a misspelt feature
      models.churn.predict({ visit: 1, plan: 'free', age: null }),
      // @ts-expect-error a feature of another type
      models.churn.predict({ visits: '1', plan: 'free', age: null }),
      // @ts-expect-error a category that does not exist
      models.churn.predict({ visits: 1, plan: 'gold', age: null }),
      // @ts-expect-error a missing feature
      models.churn.predict({ visits: 1, plan: 'free' }),
      // @ts-expect-error one row where many are expected
      models.price.predictMany({ rooms: 3 }),
      // @ts-expect-error an unknown model
      models.chrun,
      // @ts-expect-error an unknown class
      async () => (await models.churn.predict({ visits: 1, plan: 'free', age: 1 })).probabilities.maybe,
      // @ts-expect-error a number has no probabilities
      async () => (await models.price.predict({ rooms: 3 })).probabilities,
      // @ts-expect-error an unknown scope
      createClient({ url: '' }).keys.create({ name: 'x', scopes: ['everything'] }),
    ]
    expect(never).toBeTypeOf('function')
  })
})
