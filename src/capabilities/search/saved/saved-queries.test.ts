// Saved queries on SQLite and PostgreSQL: what comes is compared once, also by two servers, after a restart, and when vectors are late.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../../app.ts'
import { createClient } from '../../../interfaces/client/index.ts'
import type { EventMap } from '../../../platform/events/events.ts'
import { POSTGRES_ABSENT, postgresEngine } from '../../../platform/storage/testing/test-engines.ts'

const postgres = await postgresEngine('saved')
const SCHEMA = {
  type: 'object',
  properties: { id: { type: 'string' }, name: { type: 'string' }, price: { type: 'number' } },
  required: ['id'],
}

type Matched = EventMap['collection.matched']

async function start(databaseUrl: string | undefined): Promise<Tandem> {
  return createTandem({
    embeddings: { default: ['static-en-256'] },
    settings: { dataDir: ':memory:', databaseUrl, port: 0, logLevel: 'silent', databasePoolSize: 4, maxEventLoopDelayMs: 60_000 },
  })
}

describe.each([
  ['SQLite', undefined, 1],
  ['PostgreSQL, two servers', postgres, 2],
] as const)('saved queries on %s', (_, engine, count) => {
  if (count === 2 && engine === undefined) {
    test.skip(`needs PostgreSQL: ${POSTGRES_ABSENT}`, () => {})
    return
  }
  const url = engine?.options.url
  const servers: Tandem[] = []
  let client: ReturnType<typeof createClient>
  const heard: Matched[] = []
  const listening = new AbortController()
  beforeAll(async () => {
    for (let each = 0; each < count; each++) servers.push(await start(url))
    const { url: at, adminKey } = await servers[0]!.listen()
    client = createClient({ url: at, key: adminKey! })
    await client.putCollection('goods', { schema: SCHEMA, text: '{{name}}' })
    await new Promise<void>((resolve) => {
      const options = {
        ...{ types: ['collection.matched'] as const, signal: listening.signal },
        onState: ({ status }: { readonly status: string }) => status === 'open' && resolve(),
      }
      client.events.listen(options, ({ data }) => heard.push(data as Matched))
    })
  })
  afterAll(async () => {
    listening.abort()
    for (const server of servers) await server.close()
    await engine?.dispose()
  })
  const goods = () => client.collection('goods')
  const matchesOf = async (id: string): Promise<string[]> => (await goods().savedQueries.matches(id)).items.map((match) => match.id).sort()

  test('tell of new documents that match by words, by meaning and by filter, and of no old ones', async () => {
    await goods().upsert([{ id: 'old', name: 'running shoes', price: 50 }])
    const saved = goods().savedQueries
    const words = await saved.create({ name: 'Words', query: 'running shoes', mode: 'keyword' })
    const meaning = await saved.create({ name: 'Meaning', query: 'footwear for joggers', threshold: 0.45 })
    const cheap = await saved.create({ name: 'Cheap', filter: { price: { lt: 10 } } })
    const both = await saved.create({ name: 'Both', query: 'shoes', mode: 'keyword', filter: { price: { gte: 100 } } })
    expect((await saved.list()).map(({ name }) => name)).toEqual(['Words', 'Meaning', 'Cheap', 'Both'])
    await goods().upsert([
      { id: 'a', name: 'Shoes made for running', price: 120 },
      { id: 'b', name: 'Running sneakers for jogging', price: 30 },
      { id: 'c', name: 'A garden chair', price: 5 },
      { id: 'd', name: 'Leather shoes', price: 20 },
    ])
    await expect.poll(() => matchesOf(cheap.id)).toEqual(['c'])
    await expect.poll(() => matchesOf(words.id)).toEqual(['a'])
    await expect.poll(() => matchesOf(both.id)).toEqual(['a'])
    await expect.poll(() => matchesOf(meaning.id)).toContain('b')
    expect(await matchesOf(meaning.id)).not.toContain('c')
    await expect.poll(() => heard.filter(({ name }) => name === 'Words')).toHaveLength(1)
    expect(heard.find(({ name }) => name === 'Words')).toEqual({
      ...{ collection: 'goods', savedQuery: words.id, name: 'Words', count: 1 },
      documents: [{ id: 'a', score: expect.any(Number) }],
    })
    expect(heard.find(({ name }) => name === 'Cheap')?.documents).toEqual([{ id: 'c', score: null }])
    const found = await goods().search({ query: 'footwear for joggers', mode: 'semantic' })
    const [match] = (await saved.matches(meaning.id)).items.filter(({ id }) => id === 'b')
    expect(match?.score).toBeCloseTo(found.hits.find(({ id }) => id === 'b')!.score, 6)
  })

  test('tell of a document once, also when it changes or another server writes; and of one that came to match', async () => {
    const saved = goods().savedQueries
    const boats = await saved.create({ name: 'Boats', query: 'boat', mode: 'keyword' })
    await goods().upsert([{ id: 'e', name: 'A car' }])
    await goods().upsert([{ id: 'e', name: 'A boat' }])
    await expect.poll(() => matchesOf(boats.id)).toEqual(['e'])
    const other = servers.at(-1)!.collection('goods')
    await other.upsert([
      { id: 'e', name: 'A red boat' },
      { id: 'f', name: 'Another boat' },
    ])
    await expect.poll(() => matchesOf(boats.id)).toEqual(['e', 'f'])
    await expect
      .poll(async () => (await saved.list()).find(({ id }) => id === boats.id))
      .toMatchObject({ matches: 2, lastMatchAt: expect.any(String) })
    const told = heard.filter(({ name }) => name === 'Boats').flatMap(({ documents }) => documents.map(({ id }) => id))
    expect(told.sort()).toEqual(['e', 'f'])
    const first = await saved.matches(boats.id, { limit: 1 })
    const second = await saved.matches(boats.id, { limit: 1, cursor: first.nextCursor })
    expect([first.items[0]!.id, second.items[0]!.id].sort()).toEqual(['e', 'f'])
    expect(second.nextCursor).toBeUndefined()
  })

  test('wait for vectors that are made in the background', async () => {
    const saved = goods().savedQueries
    const bikes = await saved.create({ name: 'Bikes', query: 'bicycle', threshold: 0.5 })
    await goods().upsert(Array.from({ length: 600 }, (_, row) => ({ id: `many-${row}`, name: row === 599 ? 'A bicycle' : `Chair ${row}` })))
    await expect.poll(() => matchesOf(bikes.id)).toEqual(['many-599'])
  })

  test('refuse what makes no sense and what is not there', async () => {
    const saved = goods().savedQueries
    await expect(saved.create({ name: 'Nothing' })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(saved.create({ name: ' ', query: 'x' })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(saved.create({ name: 'x', filter: { weight: 3 } })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(saved.create({ name: 'x', query: 'x', threshold: Number.NaN })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(saved.delete('none')).rejects.toMatchObject({ code: 'saved_query_not_found' })
    await expect(saved.matches('none')).rejects.toMatchObject({ code: 'saved_query_not_found' })
    await expect(client.collection('none').savedQueries.list()).rejects.toMatchObject({ code: 'collection_not_found' })
    const { length } = await saved.list()
    for (let more = length; more < 100; more++) await servers[0]!.collection('goods').savedQueries.create({ name: `${more}`, query: 'x' })
    await expect(saved.create({ name: 'one more', query: 'x' })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('go with their collection', async () => {
    const [first] = await goods().savedQueries.list()
    await goods().savedQueries.delete(first!.id)
    expect(await goods().savedQueries.list()).toHaveLength(99)
    await client.deleteCollection('goods')
    await client.putCollection('goods', { schema: SCHEMA, text: '{{name}}' })
    expect(await goods().savedQueries.list()).toEqual([])
  })
})
