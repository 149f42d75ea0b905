import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import { createMemoryCache } from '../../platform/cache/memory-cache.ts'
import { createEvents } from '../../platform/events/create-events.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine } from '../../platform/storage/testing/test-engines.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import type { SearchInput } from './schema.ts'
import { createSearch, type Search } from './search.ts'

const silent = createLog({ logLevel: 'silent' })
const DEFINITION = {
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      about: { type: 'string', format: 'text' },
      industry: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
      budget: { type: 'number' },
      started: { type: 'string', format: 'date' },
      open: { type: 'boolean' },
    },
    required: ['id'],
  },
  text: '{{about}}',
} as const
const WORDS = [
  'shoe',
  'boot',
  'spring',
  'sale',
  'winter',
  'snow',
  'sea',
  'trip',
  'running',
  'jacket',
  'half',
  'price',
  'warm',
  'naïve',
  '靴',
]
const SEARCHES: SearchInput[] = [
  { query: 'running shoes', limit: 50 },
  { query: 'winter', filter: { industry: 'retail', budget: { gte: 300 } }, facets: ['industry', 'tags'], limit: 50 },
  { query: 'sea trip', filter: { tags: { in: ['b', 'half \ud800'] } }, limit: 50 },
  { filter: { open: true, started: { lt: '2026-02-01' } }, limit: 100 },
]

describe('the words of a collection', () => {
  let database: Database
  let snapshotDir: string
  let search: Search | undefined
  beforeAll(async () => {
    snapshotDir = await mkdtemp(join(tmpdir(), 'tandem-words-'))
    database = await memoryEngine().open()
  })
  afterAll(async () => {
    await database.close()
    await rm(snapshotDir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    search = await open()
  })
  afterEach(async () => {
    await search?.delete('campaigns').catch(() => {})
    await search?.close()
  })
  const open = async (leastRows = 50, on = database, folder: string | undefined = snapshotDir): Promise<Search> => {
    const made = createSearch({
      ...{ database: on, events: await createEvents({ database: on }), clock: Date.now, log: silent, cacheTtlMs: 0, embeddings: undefined },
      ...{ cache: createMemoryCache({ limitBytes: 1_000_000, now: Date.now }), definitions: {} },
      ...{ snapshotDir: folder, snapshots: { leastRows, quietMs: 60_000 } },
    })
    await made.start()
    return made
  }
  const rng = createRng(3)
  const documents = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({
      id: `c${from + i}`,
      about: Array.from({ length: 3 + rng.below(9) }, () => WORDS[rng.below(WORDS.length)]).join(' '),
      industry: ['retail', 'travel', 'sport'][rng.below(3)],
      ...(rng.next() < 0.5 ? { tags: ['a', 'b', 'half \ud800'].slice(rng.below(3)) } : {}),
      budget: rng.below(1000),
      ...(rng.next() < 0.7 ? { started: `2026-0${1 + rng.below(3)}-11`, open: rng.next() < 0.5 } : {}),
    }))
  const answers = async (of: Search) =>
    Promise.all(SEARCHES.map(async (input) => ({ ...(await of.search('campaigns', { mode: 'keyword', ...input })), tookMs: 0 })))
  const snapshot = async (): Promise<string> => {
    const [name] = (await readdir(snapshotDir)).filter((file) => file.endsWith('.words'))
    return join(snapshotDir, name!)
  }
  const reopen = async (leastRows?: number): Promise<Search> => {
    await search?.close()
    search = await open(leastRows)
    return search
  }

  test('are the same from the snapshot, with what was changed after it', async () => {
    await search!.put('campaigns', DEFINITION)
    await search!.upsert('campaigns', [documents(0, 400)])
    const before = await answers(search!)
    await reopen()
    const path = await snapshot()
    const { mtimeMs } = await stat(path)
    expect(await answers(search!)).toEqual(before)
    await search!.upsert('campaigns', [documents(390, 420)])
    await search!.deleteDocument('campaigns', 'c7')
    const changed = await answers(search!)
    await reopen()
    expect((await stat(path)).mtimeMs).toBe(mtimeMs)
    expect(await answers(search!)).toEqual(changed)
    expect((await search!.get('campaigns')).documents).toBe(419)
    // Without it.
    const other = await open(1e9, database, undefined)
    expect(await answers(other)).toEqual(changed)
    await other.close()
    await search!.delete('campaigns')
    expect(await readdir(snapshotDir)).toEqual([])
  })

  test('are found while their snapshot is written, and changes wait for it', async () => {
    await search!.put('campaigns', DEFINITION)
    for (let from = 0; from < 4000; from += 500) {
      const [, found] = await Promise.all([
        search!.upsert('campaigns', [documents(from, from + 500)]),
        search!.search('campaigns', { query: 'shoe', mode: 'keyword' }),
      ])
      expect(found.hits.length).toBeLessThanOrEqual(10)
    }
    const before = await answers(search!)
    await reopen()
    expect(await answers(search!)).toEqual(before)
  })

  test('are read from the documents when the snapshot is damaged, or of other fields', async () => {
    await search!.put('campaigns', DEFINITION)
    await search!.upsert('campaigns', [documents(0, 300)])
    const before = await answers(search!)
    await search!.close()
    const path = await snapshot()
    const bytes = await readFile(path)
    bytes[3000]! ^= 1
    await writeFile(path, bytes)
    await reopen(1e9)
    expect(await answers(search!)).toEqual(before)
    expect(await readdir(snapshotDir)).toEqual([])
    await reopen()
    await search!.upsert('campaigns', [documents(300, 400)])
    await reopen()
    const { industry: _, ...properties } = DEFINITION.schema.properties
    await search!.put('campaigns', { ...DEFINITION, schema: { ...DEFINITION.schema, properties } })
    await expect(search!.search('campaigns', { filter: { industry: 'retail' } })).rejects.toMatchObject({ code: 'invalid_input' })
    expect((await search!.search('campaigns', { query: 'shoe', mode: 'keyword', limit: 100 })).hits.length).toBeGreaterThan(20)
  })

  test('are read from the documents when the database is older than the snapshot', async () => {
    await search!.put('campaigns', DEFINITION)
    await search!.upsert('campaigns', [documents(0, 200)])
    await search!.close()
    // As a backup from before the last documents would be.
    await database.db.deleteFrom('documents').where('sequence', '>', 100).execute()
    await database.db.updateTable('collections').set({ last_sequence: 100 }).execute()
    search = await open(1e9)
    expect((await search.search('campaigns', { filter: { budget: { gte: 0 } }, limit: 100 })).hits).toHaveLength(100)
    expect(await readdir(snapshotDir)).toEqual([])
  })

  test('of servers that share PostgreSQL are each their own', async (context) => {
    const engine = await postgresEngine('words')
    if (engine === undefined) return context.skip(POSTGRES_ABSENT)
    const shared = await engine.open()
    const mine = await open(50, shared, join(snapshotDir, 'mine'))
    await mine.put('campaigns', DEFINITION)
    await mine.upsert('campaigns', [documents(0, 200)])
    await mine.close()
    const other = await open(50, shared, undefined)
    await other.upsert('campaigns', [documents(150, 260)])
    const expected = await answers(other)
    const again = await open(50, shared, join(snapshotDir, 'mine'))
    expect(await answers(again)).toEqual(expected)
    await Promise.all([again.close(), other.close()])
    await rm(join(snapshotDir, 'mine'), { recursive: true })
    await shared.close()
    await engine.dispose()
  })
})
