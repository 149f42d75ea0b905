import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../../algorithms/math/rng.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { fileEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../../platform/storage/testing/test-engines.ts'
import type { ExactVectorIndex } from './exact-vector-index.ts'
import { dropVectorIndex, openVectorIndex } from './open-vector-index.ts'
import { ScanThreads } from './scan-threads.ts'
import { DIMENSIONS, drawVectors } from './testing/check-vector-index.ts'
import type { VectorHit } from './vector-index.ts'

const threads = new ScanThreads({ size: 2 })
afterAll(() => threads.close())

describe('the snapshot of an index', () => {
  let engine: TestEngine
  let database: Database
  let folder: string
  beforeAll(async () => {
    engine = await fileEngine()
    database = await engine.open()
    folder = join(engine.options.dataDir, 'snapshots')
  })
  afterAll(async () => {
    await database.close()
    await engine.dispose()
  })
  const vectors = drawVectors(9000, 5)
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
  const put = (index: ExactVectorIndex, keys: readonly number[], shift = 0) =>
    index.upsert({
      keys,
      vectors: keys.map((key) => vectors.subarray(((key + shift) % 9000) * DIMENSIONS, ((key + shift) % 9000) * DIMENSIONS + DIMENSIONS)),
    })
  const open = (name: string, more: { readonly leastRows?: number; readonly codesFromRows?: number } = {}) =>
    openVectorIndex({
      ...{ name, database, threads, dimensions: DIMENSIONS, snapshotDir: folder, codesFromRows: more.codesFromRows ?? 3000 },
      snapshots: { leastRows: more.leastRows ?? 1000, quietMs: 60_000 },
    })
  /** Without any snapshot: what the log says. */
  const fromLog = (name: string) => openVectorIndex({ name, database, threads, dimensions: DIMENSIONS, codesFromRows: 3000 })
  /** Of equal scores the order says nothing, nor which of them come last. */
  const untied = (hits: readonly VectorHit[]) =>
    [...hits.filter(({ score }) => score > hits.at(-1)!.score)].sort((left, right) => right.score - left.score || left.key - right.key)
  const answers = async (index: ExactVectorIndex) => {
    await index.settled()
    const queries = range(0, 30).map((i) => vectors.slice(i * 271 * DIMENSIONS, (i * 271 + 1) * DIMENSIONS))
    const hits = await Promise.all(queries.map((vector) => index.search({ vector, k: 20, exact: true })))
    return { count: await index.count(), hits: hits.map(untied) }
  }
  const files = async () => (await readdir(folder).catch(() => [])).sort()
  /** The file of the only index that is open. */
  const fileOf = async (name: string): Promise<string> => {
    const before = await files()
    const index = await open(name, { leastRows: 1 })
    await put(index, [0])
    await index.close()
    const [made] = (await files()).filter((file) => !before.includes(file))
    return join(folder, made!)
  }

  test('opens the index as it was, with its codes, and takes what the log has beyond it', async () => {
    const path = await fileOf('whole')
    const first = await open('whole')
    await put(first, range(0, 6000))
    await first.settled()
    await first.delete(range(100, 300))
    await first.close()
    const size = (await readFile(path)).length
    const second = await open('whole')
    // Ready at once: nothing is encoded again.
    expect(await second.stats()).toMatchObject({ scan: 'codes', rows: 5800 })
    await put(second, range(200, 250), 17)
    await put(second, range(8000, 8100))
    await second.delete(range(5000, 5100))
    await second.close()
    expect((await readFile(path)).length).toBe(size)
    const third = await open('whole')
    const log = await fromLog('whole')
    expect(await answers(third)).toEqual(await answers(log))
    expect(await third.count()).toBe(5850)
    await Promise.all([third.close(), log.close()])
  })

  test('is the same as the log whatever is written while it is', async () => {
    const rng = createRng(11)
    let index = await open('busy', { leastRows: 200 })
    for (let round = 0; round < 12; round++) {
      const writes = range(0, 25).map(async () => {
        const from = rng.below(8000)
        const keys = range(from, from + 1 + rng.below(120))
        if (rng.next() < 0.3) await index.delete(keys)
        else await put(index, keys, rng.below(500))
      })
      // Snapshots go on beside these: they are due after 2,000 rows.
      await Promise.all(writes)
      if (round % 4 !== 3) continue
      await index.close()
      index = await open('busy', { leastRows: 200 })
      const log = await fromLog('busy')
      expect(await answers(index)).toEqual(await answers(log))
      await log.close()
    }
    await index.close()
  })

  test('is not used, and removed, when it is damaged or cut off', async () => {
    const path = await fileOf('damaged')
    const spoil = [
      () => truncate(path, 100_000),
      async () => {
        const bytes = await readFile(path)
        bytes[200_000]! ^= 1
        await writeFile(path, bytes)
      },
    ]
    for (const way of spoil) {
      const index = await open('damaged')
      await put(index, range(0, 2000))
      await index.close()
      await way()
      const again = await open('damaged', { leastRows: 1e9 })
      expect(await again.count()).toBe(2000)
      expect(await files()).not.toContain(path.slice(folder.length + 1))
      await again.close()
    }
  })

  test('is not used when the log was written anew since, which forgets what was deleted', async () => {
    const before = await open('rewritten')
    await put(before, range(0, 1500))
    await before.close()
    // Without a snapshot of its own, as another server would.
    const other = await fromLog('rewritten')
    await other.delete(range(0, 200))
    for (let round = 0; round < 60; round++) await put(other, range(500, 1500), round)
    await other.close()
    const first = await database.db
      .selectFrom('vector_segments')
      .select('number')
      .where('index_name', '=', 'rewritten')
      .orderBy('number')
      .executeTakeFirstOrThrow()
    expect(first.number).toBeGreaterThan(2)
    const again = await open('rewritten', { leastRows: 1e9 })
    expect(await again.count()).toBe(1300)
    await again.close()
  })

  test('is not used for another index of the same name', async () => {
    const before = await open('again')
    await put(before, range(0, 1200))
    await before.close()
    // As when another server drops it and makes it anew.
    await dropVectorIndex(database, 'again')
    const other = await fromLog('again')
    await put(other, range(2000, 2010))
    await other.close()
    const after = await open('again')
    expect(await after.count()).toBe(10)
    await after.close()
    await dropVectorIndex(database, 'again', folder)
  })

  test('is left in place when the index is only read', async () => {
    const path = await fileOf('read')
    const index = await open('read')
    await put(index, range(0, 1500))
    await index.close()
    const before = await readFile(path)
    const reader = await open('read')
    await reader.close()
    expect(Buffer.compare(await readFile(path), before)).toBe(0)
    await dropVectorIndex(database, 'read', folder)
    expect(await files()).not.toContain(path.slice(folder.length + 1))
  })

  test('serves on PostgreSQL too', async (context) => {
    const postgres = await postgresEngine('vector_snapshots')
    if (postgres === undefined) return context.skip(POSTGRES_ABSENT)
    const shared = await postgres.open()
    const given = { name: 'a', database: shared, threads, dimensions: DIMENSIONS, snapshots: { leastRows: 500 } }
    const mine = await openVectorIndex({ ...given, snapshotDir: join(folder, 'mine') })
    await put(mine, range(0, 2000))
    await mine.close()
    const other = await openVectorIndex(given)
    await other.delete(range(0, 50))
    await other.close()
    const again = await openVectorIndex({ ...given, snapshotDir: join(folder, 'mine') })
    expect(await again.count()).toBe(1950)
    await again.close()
    await shared.close()
    await postgres.dispose()
  })
})
