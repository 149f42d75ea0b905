import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KeySet } from '../../../algorithms/vector/key-set.ts'
import type { Database } from '../../../platform/storage/database.ts'
import {
  fileEngine,
  memoryEngine,
  POSTGRES_ABSENT,
  postgresEngine,
  type TestEngine,
} from '../../../platform/storage/testing/test-engines.ts'
import type { ExactVectorIndex } from './exact-vector-index.ts'
import { dropVectorIndex, type OpenVectorIndexOptions, openVectorIndex } from './open-vector-index.ts'
import { ScanThreads } from './scan-threads.ts'
import { checkVectorIndex, DIMENSIONS, drawVectors, nearest, type VectorIndexBench } from './testing/check-vector-index.ts'
import { vectorOf } from './testing/upsert-until-killed.ts'

const threads = new ScanThreads({ size: 2 })
afterAll(() => threads.close())

function exactBench(more: Partial<OpenVectorIndexOptions>, engine?: TestEngine): () => Promise<VectorIndexBench> {
  return async () => {
    const database = await engine?.open()
    return {
      open: (given) => openVectorIndex({ ...given, ...more, threads, ...(database && { database }) }),
      durable: database !== undefined,
      recall: 0.98,
      dispose: async () => {
        await database?.close()
        await engine?.dispose()
      },
    }
  }
}

checkVectorIndex('exact, in memory', exactBench({}))
checkVectorIndex('exact, without WebAssembly', exactBench({ engine: 'typescript' }))
checkVectorIndex('exact, SQLite, on threads', async () => exactBench({ loopBytes: 0 }, await fileEngine())())
checkVectorIndex('exact, SQLite, by codes on threads, with float32 rows', async () =>
  exactBench({ loopBytes: 0, codesFromRows: 500, float32: true }, await fileEngine())(),
)
checkVectorIndex(
  'exact, PostgreSQL',
  async () => {
    const engine = await postgresEngine('vectors')
    return engine && exactBench({ float32: true }, engine)()
  },
  POSTGRES_ABSENT,
)

describe('an exact index', () => {
  let engine: TestEngine
  let database: Database
  beforeAll(async () => {
    engine = memoryEngine()
    database = await engine.open()
  })
  afterAll(async () => {
    await database.close()
    await engine.dispose()
  })
  const shape = { dimensions: DIMENSIONS, threads }
  const segments = async (name: string) =>
    database.db.selectFrom('vector_segments').select(['number', 'rows']).where('index_name', '=', name).orderBy('number').execute()

  test('is merged from small writes and written anew when much was replaced, and stays the same', async () => {
    const name = 'tidied'
    const vectors = drawVectors(3000, 9)
    const index = await openVectorIndex({ ...shape, name, database })
    for (let i = 0; i < 1500; i++) {
      const from = i * DIMENSIONS
      await index.upsert({ keys: [i % 700], vectors: [vectors.subarray(from, from + DIMENSIONS)] })
    }
    for (let round = 0; round < 60; round++) {
      const keys = Array.from({ length: 1000 }, (_, i) => i)
      await index.upsert({ keys, vectors: vectors.subarray(round * DIMENSIONS, (round + 1000) * DIMENSIONS) })
    }
    await index.delete([5, 6])
    const query = vectors.subarray(0, DIMENSIONS)
    const before = await index.search({ vector: query, k: 50 })
    await index.close()
    const left = await segments(name)
    expect(left.length).toBeLessThan(1000)
    expect(left.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThan(55_000)
    const again = await openVectorIndex({ ...shape, name, database })
    expect(await again.count()).toBe(998)
    expect(await again.search({ vector: query, k: 50 })).toEqual(before)
    await again.close()
  })

  test('is refused when a segment is not what was written', async () => {
    const name = 'damaged'
    const index = await openVectorIndex({ ...shape, name, database })
    await index.upsert({ keys: [1, 2], vectors: drawVectors(2, 3) })
    await index.close()
    const { content } = await database.db
      .selectFrom('vector_segments')
      .select('content')
      .where('index_name', '=', name)
      .executeTakeFirstOrThrow()
    for (const spoil of [
      (bytes: Buffer) => bytes.writeUInt8(bytes[60]! ^ 1, 60),
      (bytes: Buffer) => bytes.subarray(0, 30),
      () => Buffer.alloc(0),
    ]) {
      const bytes = Buffer.from(content)
      const spoiled = spoil(bytes)
      await database.db
        .updateTable('vector_segments')
        .set({ content: typeof spoiled === 'number' ? bytes : spoiled })
        .where('index_name', '=', name)
        .execute()
      await expect(openVectorIndex({ ...shape, name, database })).rejects.toMatchObject({
        ...{ code: 'storage_damaged', details: { index: name, segment: 1 } },
      })
    }
  })

  test('is written by several processes in turn: each has what the others wrote before its own, and reads the rest when told to', async () => {
    const name = 'shared'
    const [first, second] = [await openVectorIndex({ ...shape, name, database }), await openVectorIndex({ ...shape, name, database })]
    const put = (index: typeof first, key: number, seed = key) => index.upsert({ keys: [key], vectors: drawVectors(1, seed) })
    const nearestTo = async (index: typeof first, seed: number) => (await index.search({ vector: drawVectors(1, seed), k: 1 }))[0]?.key
    await put(first, 1)
    await put(second, 2)
    expect([await second.count(), await nearestTo(second, 1), await nearestTo(second, 2)]).toEqual([2, 1, 2])
    expect(await first.count()).toBe(1)
    await first.refresh()
    expect([await first.count(), await nearestTo(first, 2)]).toEqual([2, 2])
    // The last word about a key counts, whoever said it.
    await Promise.all([put(first, 3, 33), put(second, 4, 44), first.delete([2]), put(second, 1, 11)])
    await put(first, 3, 333)
    await Promise.all([first.refresh(), second.refresh()])
    const again = await openVectorIndex({ ...shape, name, database })
    for (const index of [first, second, again]) {
      expect([await index.count(), await nearestTo(index, 11), await nearestTo(index, 333), await nearestTo(index, 44)]).toEqual([
        3, 1, 3, 4,
      ])
    }
    await Promise.all([first, second, again].map((index) => index.close()))
  })

  test('says when it was dropped beneath it', async () => {
    const name = 'dropped'
    const index = await openVectorIndex({ ...shape, name, database })
    await index.upsert({ keys: [1], vectors: drawVectors(1, 1) })
    await dropVectorIndex(database, name)
    await expect(index.upsert({ keys: [3], vectors: drawVectors(1, 3) })).rejects.toMatchObject({ code: 'not_found' })
    await expect(index.close()).rejects.toMatchObject({ code: 'not_found' })
    expect(await segments(name)).toEqual([])
  })

  test('orders an exact search by float32 rows where it keeps them', async () => {
    const index = await openVectorIndex({ ...shape, name: 'floats', database, float32: true })
    const vectors = drawVectors(1500, 4)
    const rows = new Map(Array.from({ length: 1400 }, (_, i) => [i, vectors.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS)]))
    await index.upsert({ keys: [...rows.keys()], vectors: [...rows.values()] })
    for (let i = 1400; i < 1500; i++) {
      const vector = vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS)
      const expected = nearest(rows, vector, 'cosine', 10)
      const hits = await index.search({ vector, exact: true })
      expect(hits.map(({ key }) => key)).toEqual(expected.map(({ key }) => key))
      expect(hits[0]!.score).toBeCloseTo(expected[0]!.score, 10)
    }
    await index.close()
  })

  test('gives whole rows while they are replaced', async () => {
    const index = await openVectorIndex({ ...shape, loopBytes: 0 })
    const vectors = drawVectors(12_000, 6)
    const ways = [vectors.subarray(0, 6000 * DIMENSIONS), vectors.subarray(6000 * DIMENSIONS)] as const
    const keys = Array.from({ length: 6000 }, (_, i) => i)
    await index.upsert({ keys, vectors: ways[0] })
    let writing = true
    let searches = 0
    const writer = (async () => {
      for (let round = 1; round < 12 || searches < 8; round++) await index.upsert({ keys, vectors: ways[round % 2]! })
      writing = false
    })()
    while (writing) {
      const place = (searches++ * 37) % 6000
      const hits = await index.search({ vector: ways[0].subarray(place * DIMENSIONS, (place + 1) * DIMENSIONS), k: 5 })
      expect(new Set(hits.map(({ key }) => key)).size).toBe(hits.length)
      for (const { score } of hits) expect(score).toBeLessThan(1.02)
    }
    await writer
    expect(searches).toBeGreaterThan(5)
    expect(await index.count()).toBe(6000)
    await index.close()
  })

  test('gives many searches of one turn what each is given alone, filtered or not', async () => {
    const index = await openVectorIndex(shape)
    const vectors = drawVectors(3000, 14)
    await index.upsert({ keys: Array.from({ length: 3000 }, (_, i) => i), vectors })
    const queries = Array.from({ length: 21 }, (_, i) => ({
      vector: vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS),
      k: 1 + i,
      ...(i % 3 === 0 ? {} : { filter: KeySet.of(Array.from({ length: 100 * i }, (_, key) => 3 * key + (i % 2))) }),
    }))
    const together = await Promise.all(queries.map((query) => index.search(query)))
    for (const [at, query] of queries.entries()) expect(together[at]).toEqual(await index.search(query))
    expect(together.map((hits) => hits.length)).toEqual(queries.map(({ k }) => k))
    await index.close()
  })

  test('answers the first search without waiting for a thread, and the next by it', async () => {
    const own = new ScanThreads({ size: 2, idleTimeoutMs: 50 })
    const index = await openVectorIndex({ dimensions: DIMENSIONS, threads: own, loopBytes: 50_000 })
    const vectors = drawVectors(4000, 12)
    await index.upsert({ keys: Array.from({ length: 4000 }, (_, i) => i), vectors })
    const query = { vector: vectors.subarray(0, DIMENSIONS), k: 30 }
    expect(own.running).toBe(0)
    const first = await index.search(query)
    expect(own.running).toBe(1)
    expect(await index.search(query)).toEqual(first)
    await expect.poll(() => own.running).toBe(0)
    expect(await index.search(query)).toEqual(first)
    await index.close()
    await own.close()
  })

  test('makes codes in the background when it has grown, and again after it is opened', async () => {
    const name = 'codes'
    const options = { ...shape, name, database, codesFromRows: 3000, loopBytes: 0 }
    const vectors = drawVectors(4000, 8)
    const index = await openVectorIndex(options)
    await index.upsert({ keys: Array.from({ length: 2000 }, (_, i) => i), vectors: vectors.subarray(0, 2000 * DIMENSIONS) })
    expect(await index.stats()).toMatchObject({ scan: 'rows' })
    await index.upsert({ keys: Array.from({ length: 2000 }, (_, i) => 2000 + i), vectors: vectors.subarray(2000 * DIMENSIONS) })
    await index.settled()
    const stats = await index.stats()
    expect(stats).toMatchObject({ scan: 'codes', rows: 4000 })
    expect(stats.codeRecall).toBeGreaterThanOrEqual(0.99)
    await index.close()
    const again = await openVectorIndex(options)
    await again.settled()
    expect(await again.stats()).toMatchObject({ scan: 'codes', codeCandidates: stats.codeCandidates, codeRecall: stats.codeRecall })
    await again.close()
  })

  test('uses no codes for vectors that these do not order', async () => {
    // One direction, lengths from 1 to 1000: the largest dot product has nothing to do with the angle.
    const index = await openVectorIndex({ ...shape, metric: 'dot', codesFromRows: 20_000 })
    const [vector] = [drawVectors(1, 2)]
    for (let first = 0; first < 30_000; first += 10_000) {
      const keys = Array.from({ length: 10_000 }, (_, i) => first + i)
      await index.upsert({ keys, vectors: keys.map((key) => vector!.map((value) => value * (1 + (key % 1000)))) })
    }
    await index.settled()
    const [best] = await index.search({ vector: vector!, k: 1 })
    expect(best!.key % 1000).toBe(999)
    await index.close()
  })
})

/** Writes that were told before a process is killed. */
const ENOUGH = 60

describe('an index in a folder', () => {
  const children: ChildProcess[] = []
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  test('loses nothing acknowledged when its process is killed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tandem-vectors-'))
    for (let round = 0; round < 3; round++) {
      const told = await killAfter(dataDir, 400 + 150 * round)
      // What was told last about a key, except where a later write may have come through unacknowledged.
      const last = new Map<number, { readonly put: boolean; readonly round: number }>()
      for (const line of told) {
        const [what, key, at] = line.split(' ')
        last.set(Number(key), { put: what === 'put', round: Number(at) })
      }
      const rounds = Math.max(...[...last.values()].map((entry) => entry.round))
      const index = await openVectorIndex({ dimensions: 16, dataDir })
      for (const [key, entry] of [...last].slice(-250)) {
        if (!entry.put) continue
        const filter = KeySet.of([key])
        const found = [entry.round, rounds + 1, rounds + 2].map((at) => index.search({ vector: vectorOf(key, at), filter }))
        const best = Math.max(...(await Promise.all(found)).map(([hit]) => hit?.score ?? Number.NEGATIVE_INFINITY))
        // A deletion that was not acknowledged any more may have come through.
        const maybeGone = key >= 1000 && [1, 2].some((more) => 1000 + (((rounds + more) * 53) % 500) === key)
        if (!maybeGone) expect(best, `key ${key} of round ${entry.round}`).toBeGreaterThan(0.99)
      }
      expect(last.size).toBeGreaterThan(30)
      // The snapshot that it was opened from and the log alone say the same.
      expect(await readdir(join(dataDir, 'indexes'))).toContainEqual(expect.stringMatching(/\.vectors$/))
      const found = await everyRow(index)
      await index.close()
      await rm(join(dataDir, 'indexes'), { recursive: true })
      const fromLog = await openVectorIndex({ dimensions: 16, dataDir })
      expect(await everyRow(fromLog)).toEqual(found)
      await fromLog.close()
    }
    await rm(dataDir, { recursive: true, force: true })
  })

  async function everyRow(index: ExactVectorIndex): Promise<readonly (readonly [key: number, score: number])[]> {
    const hits = await index.search({ vector: vectorOf(3, 1), k: 1000, exact: true })
    return hits.map(({ key, score }) => [key, score] as const).sort(([left], [right]) => left - right)
  }

  async function killAfter(dataDir: string, ms: number): Promise<string[]> {
    const program = fileURLToPath(new URL('./testing/upsert-until-killed.ts', import.meta.url))
    const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    let text = ''
    // Not `exit`: what the pipe still holds was acknowledged too.
    const exited = new Promise((resolve) => child.once('close', resolve))
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        const before = text.split('\n').length
        text += chunk
        // Enough to lose something, however slow the machine is.
        if (before < ENOUGH && text.split('\n').length >= ENOUGH) {
          setTimeout(() => child.kill('SIGKILL'), ms)
          resolve()
        }
      })
    })
    await exited
    return text
      .slice(0, text.lastIndexOf('\n'))
      .split('\n')
      .filter((line) => line !== 'ready')
  }
})
