import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { collection } from '../../definitions.ts'
import { createMemoryCache } from '../../platform/cache/memory-cache.ts'
import { createEvents } from '../../platform/events/create-events.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { readNdjson } from './document-batch.ts'
import { createSearch, type Search } from './search.ts'

const DEFINITION = {
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      name: { type: 'string', maxLength: 80 },
      about: { type: 'string', format: 'text' },
      industry: { type: 'string' },
      budget: { type: 'number', minimum: 0 },
      tags: { type: 'array', items: { type: 'string' } },
      started: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
    },
    required: ['id', 'name'],
  },
  text: '{{name}}. {{about}}\nIndustry: {{industry}}',
} as const
const CAMPAIGNS = [
  { id: 'c1', name: 'Spring sale of running shoes', industry: 'retail', budget: 1200, tags: ['spring', 'sport'], started: '2026-03-01' },
  { id: 'c2', name: 'Winter boots at half price', about: 'Warm boots for snow.', industry: 'retail', budget: 300, started: null },
  { id: 'c3', name: 'Trips to the sea', industry: 'travel', budget: 5000, tags: ['summer'] },
]
const silent = createLog({ logLevel: 'silent' })

function checkSearch(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`collections on ${name}`, () => {
    let engine: TestEngine | undefined
    let database: Database
    let search: Search
    const open = async (definitions = {}): Promise<Search> => {
      const events = await createEvents({ database })
      const made = createSearch({
        ...{ database, events, definitions, clock: Date.now, log: silent, cacheTtlMs: 60_000, embeddings: undefined },
        cache: createMemoryCache({ limitBytes: 1_000_000, now: Date.now }),
      })
      await made.start()
      return made
    }
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    const found = async (input: Parameters<Search['search']>[1]): Promise<string[]> =>
      (await search.search('campaigns', input)).hits.map(({ id }) => id)

    beforeAll(async () => {
      engine = await makeEngine()
      if (engine !== undefined) database = await engine.open()
    })
    beforeEach(async () => {
      if (engine === undefined) return
      search = await open()
      await search.put('campaigns', DEFINITION)
      await search.upsert('campaigns', [CAMPAIGNS])
      return async () => {
        await search.delete('campaigns').catch(() => {})
        await search.close()
      }
    })
    afterAll(async () => {
      if (engine === undefined) return
      await database.close()
      await engine.dispose()
    })

    check('finds what was written, in the order of its score, and shows why', async () => {
      const { hits, mode, model } = await search.search('campaigns', {
        query: 'shoe sales',
        mode: 'keyword',
        explain: true,
        highlight: true,
      })
      expect({ mode, model }).toEqual({ mode: 'keyword', model: null })
      expect(hits[0]).toMatchObject({ id: 'c1', document: CAMPAIGNS[0], terms: [{ term: 'shoe' }, { term: 'sale' }] })
      const { text, marks } = hits[0]!.highlight!
      expect(marks.map(([start, end]) => text.slice(start, end))).toEqual(['sale', 'shoes'])
      expect(hits[0]!.scores).toEqual({ semantic: null, keyword: hits[0]!.score })
    })

    check('says unchanged of the same documents, and finds a changed one by its new words only', async () => {
      expect(await search.upsert('campaigns', [CAMPAIGNS])).toEqual({ upserted: 0, unchanged: 3, failedCount: 0, failed: [] })
      expect(await search.upsert('campaigns', [[{ ...CAMPAIGNS[0], name: 'Autumn jackets' }]])).toMatchObject({ upserted: 1, unchanged: 0 })
      expect(await found({ query: 'jacket', mode: 'keyword' })).toEqual(['c1'])
      expect(await found({ query: 'running', mode: 'keyword' })).toEqual([])
    })

    check('shows a document as it was last written, and whatever a caller did to one that it was shown', async () => {
      const show = async () => (await search.search('campaigns', { query: 'shoes boots', mode: 'keyword' })).hits
      for (const budget of [1, 2, 3]) {
        await search.upsert('campaigns', [[{ ...CAMPAIGNS[0], budget }]])
        const hits = await show()
        expect(hits.map(({ id, document }) => [id, document.budget]).sort()).toEqual([
          ['c1', budget],
          ['c2', 300],
        ])
        for (const { document } of hits) (document as { budget: number }).budget = -1
      }
      await search.deleteDocument('campaigns', 'c1')
      expect((await show()).map(({ id }) => id)).toEqual(['c2'])
    })

    check('takes the last of an id that comes twice', async () => {
      const answer = await search.upsert('campaigns', [
        [
          { id: 'x', name: 'first' },
          { id: 'x', name: 'second' },
        ],
      ])
      expect(answer).toMatchObject({ upserted: 1, unchanged: 1 })
      expect(await search.document('campaigns', 'x')).toEqual({ id: 'x', name: 'second' })
    })

    check('names the documents that do not fit and writes the others', async () => {
      const answer = await search.upsert('campaigns', [
        [
          { id: 'ok', name: 'fits' },
          { id: 'no', name: 'x', budget: 'many' },
          { name: 'without id' },
          { id: '', name: 'x' },
          7,
          { id: 'a\u0001', name: 'x' },
        ],
      ])
      expect(answer).toMatchObject({ upserted: 1, failedCount: 5 })
      expect(answer.failed.map(({ index, path }) => [index, path])).toEqual([
        [1, '/budget'],
        [2, '/id'],
        [3, '/id'],
        [4, ''],
        [5, '/id'],
      ])
      expect(answer.failed[0]!.error).toContain('must be a number')
    })

    check('filters by every kind of field, lists what passes without a query, counts values', async () => {
      expect(await found({ filter: { budget: { gte: 1000 } } })).toEqual(['c1', 'c3'])
      expect(await found({ filter: { tags: 'sport' } })).toEqual(['c1'])
      expect(await found({ filter: { started: { lt: '2026-04-01' } } })).toEqual(['c1'])
      expect(await found({ filter: { started: { exists: false }, industry: 'retail' } })).toEqual(['c2'])
      expect(await found({ query: 'boots shoes', mode: 'keyword', filter: { not: { industry: 'retail' } } })).toEqual([])
      expect(await search.count('campaigns', { or: [{ industry: 'travel' }, { budget: { lt: 1000 } }] })).toBe(2)
      const { facets } = await search.search('campaigns', { facets: ['industry', 'tags'], filter: { budget: { gt: 0 } } })
      expect(facets!.industry).toEqual([
        { value: 'retail', count: 2 },
        { value: 'travel', count: 1 },
      ])
    })

    check('forgets what was deleted, also where a filter would let it pass', async () => {
      await search.deleteDocument('campaigns', 'c2')
      expect(await found({ query: 'boots', mode: 'keyword' })).toEqual([])
      expect(await found({ filter: { industry: { ne: 'travel' } } })).toEqual(['c1'])
      expect((await search.get('campaigns')).documents).toBe(2)
      await expect(search.deleteDocument('campaigns', 'c2')).rejects.toMatchObject({ code: 'document_not_found' })
      await search.upsert('campaigns', [[CAMPAIGNS[1]]])
      expect(await found({ query: 'boots', mode: 'keyword' })).toEqual(['c2'])
    })

    check('pages through hits without gap or repetition, and through documents', async () => {
      await search.upsert('campaigns', [
        Array.from({ length: 25 }, (_, at) => ({ id: `s${String(at).padStart(2, '0')}`, name: `summer sale ${at}` })),
      ])
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await search.search('campaigns', {
          query: 'summer',
          mode: 'keyword',
          limit: 10,
          ...(cursor === undefined ? {} : { cursor }),
        })
        seen.push(...page.hits.map(({ id }) => id))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expect(new Set(seen).size).toBe(25)
      expect(seen.length).toBe(25)
      await expect(search.search('campaigns', { query: 'other', cursor: 'W10' })).rejects.toMatchObject({ code: 'invalid_input' })
      const first = await search.documents('campaigns', { limit: 20 })
      const second = await search.documents('campaigns', { limit: 20, cursor: first.nextCursor })
      expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([...CAMPAIGNS.map(({ id }) => id), ...seen.toSorted()])
    })

    check('remembers an answer until a document changes', async () => {
      expect(await search.search('campaigns', { query: 'sea', mode: 'keyword' })).toMatchObject({ cached: false })
      expect(await search.search('campaigns', { query: 'sea', mode: 'keyword' })).toMatchObject({ cached: true, hits: [{ id: 'c3' }] })
      await search.upsert('campaigns', [[{ id: 'c4', name: 'sea sea sea' }]])
      expect(await search.search('campaigns', { query: 'sea', mode: 'keyword' })).toMatchObject({
        cached: false,
        hits: [{ id: 'c4' }, { id: 'c3' }],
      })
    })

    check('holds after a new start what was there before', async () => {
      await search.deleteDocument('campaigns', 'c3')
      await search.close()
      search = await open()
      expect(await found({ query: 'boots shoes', mode: 'keyword' })).toEqual(expect.arrayContaining(['c1', 'c2']))
      expect(await search.get('campaigns')).toMatchObject({ documents: 2, state: 'ready', origin: 'api' })
    })

    check('shows another server what this one writes', async () => {
      const other = await open()
      await search.upsert('campaigns', [[{ id: 'new', name: 'lantern festival' }]])
      // On SQLite there is one server; its second instance is told nothing, but reads the same at its own next write.
      if (database.notifications === undefined) await other.upsert('campaigns', [[{ id: 'own', name: 'x' }]])
      await expect.poll(async () => (await other.search('campaigns', { query: 'lantern', mode: 'keyword' })).hits.length).toBe(1)
      await other.close()
    })

    check('reads its documents again under a new definition', async () => {
      await search.put('campaigns', { ...DEFINITION, text: '{{industry}}', filterable: ['budget'] })
      expect(await found({ query: 'boots', mode: 'keyword' })).toEqual([])
      expect(await found({ query: 'travel', mode: 'keyword' })).toEqual(['c3'])
      await expect(search.search('campaigns', { filter: { industry: 'retail' } })).rejects.toThrow(/no field to filter by.*budget/)
    })

    check('makes a collection of the same name anew, and starts deletions again that were cut off', async () => {
      await search.delete('campaigns')
      await expect(search.get('campaigns')).rejects.toMatchObject({ code: 'collection_not_found' })
      await search.put('campaigns', DEFINITION)
      expect((await search.get('campaigns')).documents).toBe(0)
      expect(await found({ query: 'shoes', mode: 'keyword' })).toEqual([])
    })

    check('takes its collections from a config, texts made by a function too, and keeps them from being changed elsewhere', async () => {
      const record = z.object({ id: z.string(), title: z.string(), price: z.number().nullable(), topic: z.enum(['a', 'b']).optional() })
      const own = await open({ books: collection({ record, text: ({ title, topic }) => `${title} ${topic ?? ''}` }) })
      await own.upsert('books', [[{ id: '1', title: 'Moby Dick', price: 9, topic: 'a' }]])
      expect((await own.search('books', { query: 'moby', mode: 'keyword', filter: { price: { lt: 10 }, topic: 'a' } })).hits).toHaveLength(
        1,
      )
      await expect(own.put('books', DEFINITION)).rejects.toMatchObject({ code: 'conflict' })
      await expect(own.delete('books')).rejects.toMatchObject({ code: 'conflict' })
      await own.close()
      const without = await open()
      expect((await without.search('books', { query: 'moby', mode: 'keyword' })).hits).toHaveLength(1)
      await expect(without.upsert('books', [[]])).rejects.toMatchObject({ code: 'conflict' })
      await without.delete('books')
      await without.close()
    })

    check('refuses definitions by the place that is wrong', async () => {
      const errorsOf = async (definition: unknown): Promise<string[]> =>
        search.put('broken', definition).then(
          () => [],
          ({ errors }: { errors: { path: string }[] }) => errors.map(({ path }) => path),
        )
      expect(await errorsOf({ schema: { type: 'object', properties: {} }, text: '{{id}}' })).toContain('/schema/properties/id')
      expect(await errorsOf({ ...DEFINITION, text: '{{nme}}' })).toEqual(['/text'])
      expect(await errorsOf({ ...DEFINITION, text: 'no property' })).toEqual(['/text'])
      expect(await errorsOf({ ...DEFINITION, text: '{{name' })).toEqual(['/text'])
      expect(await errorsOf({ ...DEFINITION, filterable: ['colour'] })).toEqual(['/filterable/0'])
      expect(
        await errorsOf({
          ...DEFINITION,
          schema: { type: 'object', properties: { id: { type: 'string' }, not: { type: 'string' } } },
          text: '{{id}}',
        }),
      ).toEqual(['/schema/properties/not'])
      await expect(search.search('broken', {})).rejects.toMatchObject({ code: 'collection_not_found' })
    })

    check('refuses searches that make no sense', async () => {
      const refused: [Parameters<Search['search']>[1], string][] = [
        [{ query: 'a', like: 'c1' }, 'invalid_input'],
        [{ like: 'c1', mode: 'keyword' }, 'invalid_input'],
        [{ like: 'nobody' }, 'document_not_found'],
        [{ filter: { colour: 'red' } }, 'invalid_input'],
        [{ facets: ['colour'] }, 'invalid_input'],
        [{ query: 'shoes', mode: 'semantic' }, 'unavailable'],
      ]
      for (const [input, code] of refused) await expect(search.search('campaigns', input)).rejects.toMatchObject({ code })
    })

    check('answers a hybrid search by words where there is no model, and says so', async () => {
      expect(await search.search('campaigns', { query: 'shoes' })).toMatchObject({
        mode: 'hybrid',
        model: null,
        degraded: expect.stringMatching(/model/),
        hits: [{ id: 'c1' }],
      })
    })
  })
}

checkSearch('SQLite', async () => memoryEngine())
checkSearch('PostgreSQL', () => postgresEngine('search'))

describe('readNdjson', () => {
  const read = async (...chunks: readonly string[]): Promise<unknown[]> => {
    async function* bytes() {
      for (const chunk of chunks) yield new TextEncoder().encode(chunk)
    }
    const documents: unknown[] = []
    for await (const batch of readNdjson(bytes(), 1000)) documents.push(...batch)
    return documents
  }
  test('reads lines wherever chunks are cut, also of other systems, and a last one without an end', async () => {
    expect(await read('{"id":"1"}\r\n\n{"i', 'd":"2"}\n{"id":', '"3"}')).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }])
  })
  test('names the line that is no JSON or too long', async () => {
    await expect(read('{"id":"1"}\n{"id"\n')).rejects.toThrow(/Line 2/)
    await expect(read(`{"id":"1"}\n${'x'.repeat(2000)}`)).rejects.toThrow(/Line 2.*longer than 1000/)
  })
})
