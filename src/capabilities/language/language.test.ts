// Language over HTTP and in process, without Python: everything of a real server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTandem, type Tandem } from '../../app.ts'
import { defineTandem } from '../../config.ts'
import { classifier } from '../../definitions.ts'
import { type Client, createClient } from '../../interfaces/client/index.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import type { TypedConfig } from '../../tandem.ts'

const config = defineTandem({
  models: {
    reviews: classifier({
      features: z.strictObject({ review: z.string().meta({ format: 'text' }) }),
      target: 'label',
      classes: ['negative', 'positive'],
      algorithm: 'logistic-regression',
    }),
    houses: classifier({ features: z.strictObject({ rooms: z.number() }), target: 'kind', classes: ['small', 'large'] }),
  },
})
let tandem: Tandem<typeof config>
let client: Client<TypedConfig>
let post: (task: string, body: unknown) => Promise<{ status: number; body: Readonly<Record<string, unknown>> }>
let metrics: () => Promise<string>

beforeAll(async () => {
  tandem = await createTandem(config, { settings: { dataDir: ':memory:', port: 0 }, log: createLog({ logLevel: 'silent' }) })
  const { url } = await tandem.listen()
  const { key } = await tandem.keys.create({ name: 'test', scopes: ['admin'] })
  client = createClient({ url, key, retries: 0 })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  post = async (task, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${url}/v1/language/${task}`, { method: 'POST', headers, body: text })
    return { status: response.status, body: (await response.json()) as never }
  }
  metrics = async () => (await fetch(`${url}/metrics`, { headers })).text()
})
afterAll(() => tandem.close({ drainMs: 0 }))

const LABELS = [
  {
    name: 'discount',
    description: 'Lower prices for a time',
    examples: ['20% off everything', 'clearance sale', 'buy one, get one free', 'half price this week'],
  },
  {
    name: 'event',
    description: 'People meet at a place',
    examples: ['join our workshop', 'live concert on Friday', 'meet us at the fair', 'save your seat'],
  },
  {
    name: 'hiring',
    description: 'A company looks for people',
    examples: ['we are looking for engineers', 'apply now', 'open position', 'join our team'],
  },
]
const TEXT =
  'Solar panels turn light into power. The price of solar panels fell by 12% in Berlin. Many roofs have solar panels, and batteries keep ' +
  'the power of the day for the night. The mayor, Anna Schmidt, likes tea. Batteries got cheaper too.'

describe('language', () => {
  test('tells how positive texts are', async () => {
    const { results, runtime, model } = await client.language.sentimentMany([
      'I love these shoes!',
      'The worst shop ever.',
      'It opens at nine.',
    ])
    expect({ runtime, model }).toEqual({ runtime: 'node', model: 'vader-rules' })
    expect(results.map(({ label }) => label)).toEqual(['positive', 'negative', 'neutral'])
    for (const { score, scores } of results) {
      expect(Math.abs(score!)).toBeLessThanOrEqual(1)
      expect(Object.values(scores).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    }
  })

  test('finds entities at their places in UTF-16 units, those of the types and the sureness that are asked', async () => {
    const text = '😀 Anna Schmidt moved to Berlin. Mail anna@example.org by March 3, 2027.'
    const { entities } = await client.language.entities(text)
    expect(entities.map(({ type, text: found }) => `${type} ${found}`)).toEqual([
      'person Anna Schmidt',
      'location Berlin',
      'email anna@example.org',
      'date March 3, 2027',
    ])
    for (const { start, end, text: found } of entities) expect(text.slice(start, end)).toBe(found)
    expect((await client.language.entities(text, { types: ['email'] })).entities).toHaveLength(1)
    const sure = await client.language.entities(text, { minScore: 0.9999, recall: -1 })
    expect(sure.entities.filter(({ score }) => score !== null)).toEqual([])
  })

  test('names what a text is about', async () => {
    const { keywords, model } = await client.language.keywords(TEXT, { limit: 3 })
    expect(keywords).toHaveLength(3)
    expect(keywords[0]!.text.toLowerCase()).toContain('solar panels')
    expect(model).toContain('static-en-256')
    expect((await client.language.keywords('the of and')).keywords).toEqual([])
  })

  test('chooses among labels that nobody trained for, more of them when asked', async () => {
    const { categories } = await client.language.categories('Everything at half price until Sunday', { labels: LABELS })
    expect(categories.map(({ label }) => label)[0]).toBe('discount')
    expect(categories.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6)
    const { results } = await client.language.categoriesMany(['Apply as an engineer', 'Concert in the park'], { labels: LABELS, limit: 1 })
    expect(results.map((result) => result.categories.map(({ label }) => label))).toEqual([['hiring'], ['event']])
  })

  test('summarizes, and about what is asked', async () => {
    const { summary, sentences, kind, sentenceCount } = await client.language.summary(TEXT, { sentences: 2 })
    expect({ kind, sentenceCount, sentences: sentences.length }).toEqual({ kind: 'extracted', sentenceCount: 5, sentences: 2 })
    expect(summary).toContain('panels')
    expect((await client.language.summary(TEXT, { sentences: 1, query: 'who likes tea' })).summary).toContain('tea')
    // By meaning: no word of the question stands there.
    expect((await client.language.summary(TEXT, { sentences: 1, query: 'beverages of politicians' })).summary).toContain('tea')
  })

  test('says which texts are not English', async () => {
    const { results } = await client.language.sentimentMany([
      'Das ist nicht gut, und die Lieferung ist zu spät.',
      'This is a good shop.',
      'ok',
    ])
    expect(results.map(({ language }) => language)).toEqual(['other', 'en', 'unknown'])
  })

  test('answers the same in process', async () => {
    const here = await tandem.language.sentiment('I love these shoes!')
    const there = await client.language.sentiment('I love these shoes!')
    expect(here).toEqual(there)
  })

  test('takes lone surrogates for what they are, and leaves places as they were', async () => {
    const { status, body } = await post('entities', '{"input":"\\ud800 Berlin \\udc00 \\u0000 a@example.org"}')
    expect(status).toBe(200)
    const { entities } = (body.results as { entities: { text: string; start: number }[] }[])[0]!
    expect(entities.map(({ text, start }) => `${text} ${start}`)).toEqual(['Berlin 2', 'a@example.org 13'])
  })

  test('counts by task and by what answered', async () => {
    await client.language.sentiment('good')
    expect(await metrics()).toMatch(/tandem_language_texts_total\{task="sentiment",runtime="node"\} \d+/)
    const { tasks, waiting } = await client.language.status()
    expect(tasks.map(({ task }) => task)).toEqual(['sentiment', 'entities', 'keywords', 'categories', 'summary'])
    expect(tasks[0]).toMatchObject({ runtime: 'node', prefer: 'node', python: null, model: null, fallbacks: 0 })
    expect(waiting).toBe(0)
  })
})

describe('sentiment by a model of your own', () => {
  test('answers when it is named, with its classes; one that cannot is an error', async () => {
    const rows = Array.from({ length: 60 }, (_, at) =>
      at % 2 ? { review: `splendid thing ${at}`, label: 'positive' } : { review: `dreadful thing ${at}`, label: 'negative' },
    )
    await expect(client.language.sentiment('splendid', { model: 'reviews' })).rejects.toMatchObject({ code: 'no_version' })
    await tandem.models.reviews.train({ rows })
    const { results, runtime, model } = await client.language.sentimentMany(['splendid thing', 'dreadful thing'], { model: 'reviews' })
    expect(results.map(({ label }) => label)).toEqual(['positive', 'negative'])
    expect(results[0]!.score! > 0 && results[1]!.score! < 0).toBe(true)
    expect(runtime).toBe('model')
    expect(model).toMatch(/^reviews \d{8}_/)
    await expect(client.language.sentiment('x', { model: 'houses' })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('rooms'),
    })
    await expect(client.language.sentiment('x', { model: 'absent' })).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

describe('bad input', () => {
  const many = Array.from({ length: 257 }, () => 'a')
  test.each<[string, unknown, string]>([
    ['sentiment', {}, '/input'],
    ['sentiment', { input: [] }, '/input'],
    ['sentiment', { input: '' }, '/input/0'],
    ['sentiment', { input: ['a', ' \n\t'] }, '/input/1'],
    ['sentiment', { input: '\u0000\u0001' }, '/input/0'],
    ['sentiment', { input: [1] }, '/input/0'],
    ['sentiment', { input: many }, '/input'],
    ['sentiment', { input: 'x'.repeat(100_001) }, '/input/0'],
    ['sentiment', { input: Array.from({ length: 11 }, () => 'x'.repeat(99_999)) }, '/input'],
    ['sentiment', { input: 'a', other: 1 }, '/other'],
    ['entities', { input: 'a', types: [] }, '/types'],
    ['entities', { input: 'a', recall: 9 }, '/recall'],
    ['keywords', { input: 'a', limit: 0 }, '/limit'],
    ['keywords', { input: 'red shoes', embedder: 'absent' }, '/embedder'],
    ['categories', { input: 'a', labels: ['x', 'y'], embedder: 'absent' }, '/embedder'],
    ['categories', { input: 'a' }, '/labels'],
    ['categories', { input: 'a', labels: [] }, '/labels'],
    ['categories', { input: 'a', labels: ['one'] }, '/labels'],
    ['categories', { input: 'a', labels: ['one', 'One '] }, '/labels/1'],
    ['categories', { input: 'a', labels: ['one', ' '] }, '/labels/1'],
    ['categories', { input: 'a', labels: ['one', { name: '' }] }, '/labels/1/name'],
    ['categories', { input: 'a', labels: ['one', { name: 'two', examples: ['', 'b'] }] }, '/labels/1/examples/0'],
    ['categories', { input: 'a', labels: Array.from({ length: 1_000 }, (_, at) => `label ${at}`) }, '/labels'],
    ['summary', { input: 'a', sentences: 0 }, '/sentences'],
  ])('%s refuses %#', async (task, body, path) => {
    const { status, body: problem } = await post(task, body)
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'invalid_input' })
    expect((problem.errors as { path: string }[]).map((error) => error.path)).toContain(path)
  })

  test('a text of 10 MB is too large, and said so', async () => {
    const { status, body } = await post('summary', { input: 'x'.repeat(10_000_000) })
    expect({ status, code: body.code }).toEqual({ status: 413, code: 'payload_too_large' })
  })

  test.each(['sentiment', 'entities', 'keywords', 'summary'])(
    '%s has an answer for one word, one mark and the longest text',
    async (task) => {
      for (const input of ['word', '?', '😀', `${'a b. '.repeat(20_000)}`.slice(0, 100_000)]) {
        const { status } = await post(task, { input })
        expect(status).toBe(200)
      }
    },
  )

  test.each([
    [{ prefer: 'gpu' }, 'language.prefer'],
    [{ prefer: { translation: 'node' } }, 'translation'],
    [{ prefer: { sentiment: 'fast' } }, 'language.prefer.sentiment'],
    [{ sentiment: {} }, 'language.sentiment'],
  ])('a configuration of %j is refused', async (language, says) => {
    const settings = { dataDir: ':memory:', port: 0 }
    const wrong = createTandem({ language } as never, { settings, log: createLog({ logLevel: 'silent' }) })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining(says) })
  })
})
