import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../app.ts'
import { defineTandem } from '../../config.ts'
import { hashEmbedder } from '../../definitions.ts'
import { type Client, createClient } from '../../interfaces/client/index.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import type { TypedConfig } from '../../tandem.ts'
import { dot } from './testing/embedding-bench.ts'

const config = defineTandem({ embeddings: { models: { words: hashEmbedder({ dimensions: 32 }) }, default: ['words'] } })
let tandem: Tandem<typeof config>
let client: Client<TypedConfig>
let post: (body: unknown) => Promise<{ status: number; body: Record<string, never> & { embeddings: never[] } }>

beforeAll(async () => {
  tandem = await createTandem(config, { settings: { dataDir: ':memory:', port: 0 }, log: createLog({ logLevel: 'silent' }) })
  const { url } = await tandem.listen()
  const { key } = await tandem.keys.create({ name: 'test', scopes: ['admin'] })
  client = createClient({ url, key, retries: 0 })
  post = async (body) => {
    const response = await fetch(`${url}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as never }
  }
})
afterAll(() => tandem.close({ drainMs: 0 }))

describe('POST /v1/embeddings', () => {
  test('answers one text and many, as numbers and as base64, with what was known', async () => {
    const one = await post({ input: 'summer sale' })
    expect(one).toMatchObject({ status: 200, body: { model: 'words', dimensions: 32, cacheHits: 0, tokens: 2, fingerprint: 'hash-32-1' } })
    const both = await post({ input: ['summer sale', 'winter'], encoding_format: 'base64', user: 'u1' })
    expect(both.body).toMatchObject({ cacheHits: 1, tokens: 1, processingTimeMs: expect.any(Number) })
    const bytes = Buffer.from(both.body.embeddings[0]!, 'base64')
    const floats = Array.from({ length: 32 }, (_, at) => bytes.readFloatLE(at * 4))
    expect(floats).toEqual(one.body.embeddings[0])
  })

  test('sends the most texts there may be in pieces that make one whole', async () => {
    const input = Array.from({ length: 2_048 }, (_, at) => `text ${at}`)
    const [digits, packed] = [await post({ input }), await post({ input, encoding_format: 'base64' })]
    expect([digits.body.embeddings.length, packed.body.embeddings.length]).toEqual([2_048, 2_048])
    for (const at of [0, 249, 250, 251, 2_047]) {
      const bytes = Buffer.from(packed.body.embeddings[at]!, 'base64')
      expect(Array.from({ length: 32 }, (_, column) => bytes.readFloatLE(column * 4))).toEqual(digits.body.embeddings[at])
    }
  })

  test.each([
    [{}, '/input'],
    [{ input: [] }, '/input'],
    [{ input: '' }, '/input/0'],
    [{ input: ['a', '  '] }, '/input/1'],
    [{ input: [1] }, '/input'],
    [{ input: Array.from({ length: 2_049 }, () => 'a') }, '/input'],
    [{ input: 'a', model: 'other' }, '/model'],
    [{ input: 'a', dimensions: 33 }, '/dimensions'],
    [{ input: 'a', dimensions: 0 }, '/dimensions'],
    [{ input: 'a', encoding_format: 'hex' }, '/encoding_format'],
    [{ input: 'a', temperature: 1 }, '/temperature'],
  ])('refuses %j and names the place', async (body, path) => {
    const answer = await post(body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } })
    expect(JSON.stringify(answer.body)).toContain(`"${path}`)
  })

  test('takes a text of a megabyte, lone surrogates as JSON writes them, and any script', async () => {
    for (const body of [
      JSON.stringify({ input: 'word '.repeat(199_000) }),
      '{"input":"half \\ud83d emoji"}',
      '{"input":"人人生而自由 😀"}',
    ]) {
      const answer = await post(body)
      expect(answer.status).toBe(200)
      expect((answer.body.embeddings as unknown as number[][])[0]!.every(Number.isFinite)).toBe(true)
    }
  })
})

describe('the typed client and Tandem in process', () => {
  test('give the same vectors by the same methods', async () => {
    const texts = Array.from({ length: 300 }, (_, at) => `text ${at}`)
    const [over, here] = [await client.embeddings.embedBatch(texts), await tandem.embeddings.embedBatch(texts)]
    expect(over.vectors).toEqual(here.vectors)
    expect(here.cacheHits).toBe(300)
    const [single] = [await client.embeddings.embed('text 7', { dimensions: 8 })]
    expect(dot(single.vector, single.vector)).toBeCloseTo(1, 5)
    const streamed = await Array.fromAsync(client.embeddings.embedMany(texts))
    expect(streamed.map(({ vector }) => vector)).toEqual(here.vectors)
  })

  test('tell the models and the cache, which /metrics counts too', async () => {
    await client.embeddings.embed('counted')
    await client.embeddings.embed('counted')
    const status = await client.embeddings.status()
    expect(status.default).toEqual(['words'])
    expect(status.models.map(({ name }) => name)).toEqual(['all-MiniLM-L6-v2', 'static-en-256', 'hash-384', 'words'])
    expect(status.models.at(-1)).toMatchObject({ state: 'ready', dimensions: 32, error: null })
    expect(status.cache.hits).toBeGreaterThan(0)
    const metrics = await client.server.metrics()
    expect(metrics).toMatch(/tandem_embedding_texts_total\{model="words",source="cache"\} [1-9]/)
    expect(metrics).toMatch(/tandem_embedding_cache_bytes [1-9]/)
  })
})
