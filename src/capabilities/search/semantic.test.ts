import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashEmbedder, staticEmbedder } from '../../definitions.ts'
import { createMemoryCache } from '../../platform/cache/memory-cache.ts'
import { createEvents } from '../../platform/events/create-events.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { createEmbeddings, type Embeddings } from '../embeddings/index.ts'
import { createSearch, type Search } from './search.ts'

const DEFINITION = {
  schema: {
    type: 'object',
    properties: { id: { type: 'string' }, text: { type: 'string', format: 'text' }, kind: { type: 'string' } },
    required: ['id', 'text'],
  },
  text: '{{text}}',
} as const
const DOCUMENTS = [
  { id: 'run', text: 'The kid runs in the park', kind: 'sport' },
  { id: 'shares', text: 'Shares fell sharply on Monday', kind: 'money' },
  { id: 'soup', text: 'Add two onions to the soup', kind: 'food' },
  { id: 'bank', text: 'The bank raised its interest rates', kind: 'money' },
]
const silent = createLog({ logLevel: 'silent' })

describe('collections by meaning', () => {
  let engine: TestEngine
  let database: Database
  let embeddings: Embeddings
  let search: Search
  const open = async (
    models: readonly string[],
    slowed: (fast: Embeddings) => Pick<Embeddings, 'embedBatch' | 'status'> = (fast) => fast,
  ) => {
    embeddings = createEmbeddings({
      ...{ clock: Date.now, log: silent },
      definition: { default: models, models: { words: staticEmbedder(), hashed: hashEmbedder({ dimensions: 64 }) } },
      ...{ modelsDir: '/nowhere', cacheBytes: 1_000_000, cacheRows: 0 },
    })
    search = createSearch({
      ...{
        database,
        events: await createEvents({ database }),
        clock: Date.now,
        log: silent,
        definitions: undefined,
        cacheTtlMs: 0,
        embeddings: slowed(embeddings),
      },
      cache: createMemoryCache({ limitBytes: 1_000_000, now: Date.now }),
    })
    await search.start()
  }
  const close = async (): Promise<void> => {
    await search.close()
    await embeddings.close()
  }
  const found = async (input: Parameters<Search['search']>[1]): Promise<string[]> =>
    (await search.search('texts', input)).hits.map(({ id }) => id)

  beforeEach(async () => {
    engine = memoryEngine()
    database = await engine.open()
    await open(['words'])
    await search.put('texts', DEFINITION)
    await search.upsert('texts', [DOCUMENTS])
  })
  afterEach(async () => {
    await close()
    await database.close()
    await engine.dispose()
  })

  test('finds what means the same in other words, at once after it was written', async () => {
    expect(await found({ query: 'a child is jogging outdoors', mode: 'semantic', limit: 1 })).toEqual(['run'])
    expect(await search.search('texts', { query: 'stock market', mode: 'semantic' })).toMatchObject({ model: 'words', mode: 'semantic' })
    expect(await search.get('texts')).toMatchObject({ embedded: 4, model: 'words', dimensions: 256 })
  })

  test('finds by a document, without it, and by a vector', async () => {
    expect((await found({ like: 'shares' }))[0]).toBe('bank')
    const { vectors } = await embeddings.embedBatch(['cooking'], { model: 'words' })
    expect((await found({ vector: [...vectors[0]!] }))[0]).toBe('soup')
    await expect(search.search('texts', { vector: [1, 2, 3] })).rejects.toMatchObject({ code: 'shape_mismatch' })
    await expect(search.search('texts', { vector: Array.from({ length: 256 }, () => Number.NaN) })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  test('ranks by words and meaning together and shows both scores', async () => {
    const { hits, degraded } = await search.search('texts', { query: 'interest in soup', explain: true })
    expect(degraded).toBeUndefined()
    expect(new Set(hits.slice(0, 2).map(({ id }) => id))).toEqual(new Set(['soup', 'bank']))
    expect(hits[0]!.scores!.semantic).toBeGreaterThan(0)
    expect(hits[0]!.scores!.keyword).toBeGreaterThan(0)
    const wordsOnly = await search.search('texts', { query: 'interest in soup', weights: { semantic: 0, keyword: 1 } })
    expect(wordsOnly.hits.map(({ id }) => id).toSorted()).toEqual(['bank', 'soup'])
  })

  test('compares only what passes the filter', async () => {
    expect(await found({ query: 'a child is jogging', mode: 'semantic', filter: { kind: 'money' } })).toHaveLength(2)
    expect(await found({ query: 'a child is jogging', mode: 'semantic', filter: { kind: 'nothing' } })).toEqual([])
  })

  test('moves near copies down when diversity is asked for', async () => {
    await search.upsert('texts', [[{ id: 'copy', text: 'Shares fell sharply on Monday morning' }]])
    expect((await found({ query: 'shares on Monday', limit: 2 })).toSorted()).toEqual(['copy', 'shares'])
    expect((await found({ query: 'shares on Monday', limit: 2, diversity: 0.9 })).toSorted()).not.toEqual(['copy', 'shares'])
  })

  test('forgets the meaning of what was changed or deleted', async () => {
    await search.upsert('texts', [[{ id: 'run', text: 'Onions and carrots in a pot' }]])
    expect((await found({ query: 'a child is jogging', mode: 'semantic', limit: 1 }))[0]).not.toBe('run')
    await search.deleteDocument('texts', 'soup')
    expect((await found({ query: 'cooking onions', mode: 'semantic', limit: 1 }))[0]).toBe('run')
    expect(await found({ query: 'cooking', mode: 'semantic' })).not.toContain('soup')
  })

  test('keeps its vectors over a new start and makes none again', async () => {
    await close()
    await open(['words'])
    expect((await found({ query: 'a child is jogging outdoors', mode: 'semantic' }))[0]).toBe('run')
    // One text was computed: the query.
    expect(embeddings.status().models.find(({ name }) => name === 'words')!.texts).toBeLessThanOrEqual(2)
  })

  test('embeds many documents in the background and says how far it is', async () => {
    const many = Array.from({ length: 1500 }, (_, at) => ({
      id: `m${at}`,
      text: `campaign number ${at} about ${['shoes', 'soup', 'trains'][at % 3]}`,
    }))
    await search.upsert('texts', [many])
    await expect.poll(async () => (await search.get('texts')).embedded).toBe(1504)
  })

  test('closes while many documents are being embedded, and makes their vectors after the next start', async () => {
    await close()
    const started = Promise.withResolvers<void>()
    await open(['words'], (fast) => ({
      status: fast.status,
      // A model that takes for ever, and is told when nobody waits any more.
      embedBatch: (texts, options) =>
        texts.length < 100
          ? fast.embedBatch(texts, options)
          : new Promise((_, reject) => {
              started.resolve()
              options?.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true })
            }),
    }))
    await search.upsert('texts', [Array.from({ length: 300 }, (_, i) => ({ id: `many-${i}`, text: `Number ${i} of many` }))])
    await started.promise
    await close()
    await open(['words'])
    await search.search('texts', { query: 'many', mode: 'semantic' })
    await expect.poll(async () => (await search.get('texts')).embedded).toBe(304)
  })

  test('has a vector of every document after writers, changes and deletions at once', async () => {
    const part = (from: number, round: number) =>
      Array.from({ length: 600 }, (_, at) => ({ id: `p${from + at}`, text: `text ${from + at} of round ${round}` }))
    await Promise.all([0, 600, 1200].map((from) => search.upsert('texts', [part(from, 1)])))
    await Promise.all([
      search.upsert('texts', [part(0, 2)]),
      search.upsert('texts', [part(600, 2).slice(0, 300)]),
      ...Array.from({ length: 40 }, (_, at) => search.deleteDocument('texts', `p${1200 + at}`)),
    ])
    await search.upsert('texts', [[{ id: 'p0', text: '' }]])
    await expect.poll(async () => (await search.get('texts')).embedded).toBe(4 + 1800 - 40 - 1)
    expect(await found({ query: 'text 17 of round 2', mode: 'semantic', limit: 1 })).toHaveLength(1)
    expect((await search.get('texts')).documents).toBe(4 + 1800 - 40)
  })

  test('keeps the vector of the newest text when one of an older text is finished later', async () => {
    await close()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    await open(['words'], (fast) => ({
      status: fast.status,
      async embedBatch(texts, options) {
        const answer = await fast.embedBatch(texts, options)
        // Only so many at once are work in the background.
        if (texts.length > 256) await released
        return answer
      },
    }))
    await search.upsert('texts', [Array.from({ length: 300 }, (_, at) => ({ id: `p${at}`, text: `Shares of company ${at}` }))])
    const changed = [
      { id: 'p5', text: 'A recipe for onion soup' },
      { id: 'p6', text: '' },
    ]
    await search.upsert('texts', [changed])
    await search.deleteDocument('texts', 'p7')
    release()
    await expect.poll(async () => (await search.get('texts')).embedded).toBe(4 + 300 - 2)
    await expect.poll(() => found({ query: 'onion soup recipe', mode: 'semantic', limit: 1 })).toEqual(['p5'])
  })

  test('takes over a better model when it has made all vectors, and never a worse one that stands in', async () => {
    await close()
    await open(['words', 'hashed'])
    await expect.poll(async () => (await search.get('texts')).model).toBe('words')
    await close()
    await open(['hashed', 'words'])
    await expect.poll(async () => (await search.get('texts')).model).toBe('hashed')
    expect(await search.get('texts')).toMatchObject({ embedded: 4, dimensions: 64 })
    expect((await found({ query: 'onions in the soup', mode: 'semantic' }))[0]).toBe('soup')
    const names = await database.db.selectFrom('vector_indexes').select('name').execute()
    expect(names).toHaveLength(1)
  })

  test('leaves nothing behind of a deleted collection', async () => {
    await search.delete('texts')
    for (const table of ['vector_indexes', 'vector_segments', 'documents', 'collections'] as const) {
      expect(await database.db.selectFrom(table).selectAll().execute()).toEqual([])
    }
  })

  test('takes documents without a text, and answers for empty, long and strange ones', async () => {
    const texts = ['', '   ', '😀', '\ud800', '漢字かな交じり文', 'x'.repeat(999_000), '\u0000']
    const answer = await search.upsert('texts', [texts.map((text, at) => ({ id: `t${at}`, text }))])
    expect(answer).toMatchObject({ upserted: 7, failedCount: 0 })
    for (const query of texts) expect((await search.search('texts', { query: query.slice(0, 10_000) })).hits.length).toBeGreaterThan(0)
    await expect(search.search('texts', { like: 't0' })).rejects.toThrow(/no text/)
    // One that is too long is named with both numbers, and keeps no other one out.
    const tooLong = [
      { id: 'long', text: 'x'.repeat(1_000_001) },
      { id: 'short', text: 'short' },
    ]
    expect(await search.upsert('texts', [tooLong])).toMatchObject({
      upserted: 1,
      failed: [{ index: 0, error: expect.stringMatching(/1000001.*1000000/) }],
    })
  })
})

test('servers of one PostgreSQL search the vectors that any of them has made', async ({ skip }) => {
  const engine = await postgresEngine('semantic')
  if (engine === undefined) return skip(POSTGRES_ABSENT)
  const databases = [await engine.open(), await engine.open()] as const
  const server = async (database: Database) => {
    const embeddings = createEmbeddings({
      definition: { default: ['words'], models: { words: staticEmbedder() } },
      ...{ clock: Date.now, log: silent, modelsDir: '/nowhere', cacheBytes: 1_000_000, cacheRows: 0 },
    })
    const search = createSearch({
      ...{
        database,
        events: await createEvents({ database }),
        clock: Date.now,
        log: silent,
        definitions: undefined,
        cacheTtlMs: 0,
        embeddings,
      },
      cache: createMemoryCache({ limitBytes: 1_000_000, now: Date.now }),
    })
    await search.start()
    const close = async (): Promise<void> => {
      await search.close()
      await embeddings.close()
    }
    return { search, close }
  }
  const [first, second] = [await server(databases[0]), await server(databases[1])]
  const found = async ({ search }: typeof first, query: string): Promise<string | undefined> =>
    (await search.search('texts', { query, mode: 'semantic', limit: 1 })).hits[0]?.id
  await first.search.put('texts', DEFINITION)
  await second.search.get('texts')
  await first.search.upsert('texts', [DOCUMENTS.slice(0, 2)])
  await expect.poll(() => found(second, 'a child is jogging').catch(() => undefined)).toBe('run')
  await second.search.upsert('texts', [DOCUMENTS.slice(2)])
  await expect.poll(() => found(first, 'cooking').catch(() => undefined)).toBe('soup')
  // Both at once, and both again after a new start.
  const many = Array.from({ length: 40 }, (_, at) => ({ id: `m${at}`, text: `train number ${at}` }))
  await Promise.all([first.search.upsert('texts', [many.slice(0, 20)]), second.search.upsert('texts', [many.slice(20)])])
  for (const each of [first, second]) await expect.poll(async () => (await each.search.get('texts')).embedded).toBe(44)
  await first.search.deleteDocument('texts', 'soup')
  await expect.poll(() => found(second, 'cooking')).not.toBe('soup')
  await Promise.all([first.close(), second.close()])
  const again = await server(databases[0])
  expect(await found(again, 'a child is jogging')).toBe('run')
  expect((await again.search.get('texts')).embedded).toBe(43)
  await again.close()
  for (const database of databases) await database.close()
  await engine.dispose()
})
