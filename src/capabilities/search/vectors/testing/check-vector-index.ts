// The promises of the VectorIndex port, checked on every index that is available.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../../../algorithms/math/rng.ts'
import { KeySet } from '../../../../algorithms/vector/key-set.ts'
import type { VectorMetric } from '../../../../algorithms/vector/vector-memory.ts'
import type { VectorHit, VectorIndex } from '../vector-index.ts'

export interface VectorIndexBench {
  /** An empty index, or the one of this name as it was left. */
  open(options: { readonly name: string; readonly dimensions: number; readonly metric: VectorMetric }): Promise<VectorIndex>
  /** Whether an index that was closed has its vectors when it is opened again. */
  readonly durable: boolean
  /** Recall@10 of its default searches that these small sets must reach. */
  readonly recall: number
  dispose(): Promise<void>
}

export const ROWS = 2000
export const DIMENSIONS = 48

/** Vectors around 60 centres, lengths between 0.5 and 2. Shape (rows, dimensions). */
export function drawVectors(rows: number, seed: number, dimensions = DIMENSIONS): Float32Array {
  const rng = createRng(seed)
  const normal = (): number => rng.next() + rng.next() + rng.next() + rng.next() - 2
  const centres = Float32Array.from({ length: 60 * dimensions }, normal)
  const vectors = new Float32Array(rows * dimensions)
  for (let i = 0; i < rows; i++) {
    const centre = rng.below(60)
    const length = 0.5 + 1.5 * rng.next()
    for (let j = 0; j < dimensions; j++) vectors[i * dimensions + j] = length * (centres[centre * dimensions + j]! + 0.7 * normal())
  }
  return vectors
}

/** The true neighbours, by float64 arithmetic. */
export function nearest(rows: ReadonlyMap<number, Float32Array>, query: Float32Array, metric: VectorMetric, k: number): VectorHit[] {
  const score = (row: Float32Array): number => {
    let [dot, row2, query2, distance] = [0, 0, 0, 0]
    for (let j = 0; j < query.length; j++) {
      dot += row[j]! * query[j]!
      row2 += row[j]! ** 2
      query2 += query[j]! ** 2
      distance += (row[j]! - query[j]!) ** 2
    }
    if (metric === 'dot') return dot
    return metric === 'cosine' ? dot / Math.sqrt(row2 * query2) : -Math.sqrt(distance)
  }
  return [...rows]
    .map(([key, row]) => ({ key, score: score(row) }))
    .sort((left, right) => right.score - left.score)
    .slice(0, k)
}

export function checkVectorIndex(name: string, make: () => Promise<VectorIndexBench | undefined>, absent = ''): void {
  describe(`VectorIndex: ${name}`, () => {
    let bench: VectorIndexBench | undefined
    beforeAll(async () => {
      bench = await make()
    })
    afterAll(async () => bench?.dispose())

    let indexes = 0
    const check = (title: string, work: (given: VectorIndexBench, name: string) => Promise<void>): void => {
      test(title, async (context) => {
        if (bench === undefined) return context.skip(absent)
        await work(bench, `check_${++indexes}`)
      })
    }
    const vectors = drawVectors(ROWS + 40, 1)
    const vectorAt = (i: number): Float32Array => vectors.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS)
    const cosine = { dimensions: DIMENSIONS, metric: 'cosine' } as const
    /** Keys are three times the place. */
    const fill = async (index: VectorIndex): Promise<Map<number, Float32Array>> => {
      await index.upsert({ keys: Array.from({ length: ROWS }, (_, i) => 3 * i), vectors: vectors.subarray(0, ROWS * DIMENSIONS) })
      return new Map(Array.from({ length: ROWS }, (_, i) => [3 * i, vectorAt(i)]))
    }
    const queries = Array.from({ length: 40 }, (_, i) => vectorAt(ROWS + i))
    const shareFound = (hits: readonly VectorHit[], expected: readonly VectorHit[]): number =>
      expected.filter(({ key }) => hits.some((hit) => hit.key === key)).length / expected.length

    for (const metric of ['cosine', 'dot', 'euclidean'] as const) {
      check(`finds the true neighbours, the nearest first, with their scores: ${metric}`, async ({ open, recall }, named) => {
        const index = await open({ name: named, dimensions: DIMENSIONS, metric })
        const rows = await fill(index)
        let found = 0
        for (const vector of queries) {
          const expected = nearest(rows, vector, metric, 10)
          const hits = await index.search({ vector })
          expect(hits).toHaveLength(10)
          expect([...hits].sort((left, right) => right.score - left.score)).toEqual(hits)
          found += shareFound(hits, expected)
          const scores = new Map(expected.map(({ key, score }) => [key, score]))
          const scale = Math.max(1, ...expected.map(({ score }) => Math.abs(score)))
          for (const { key, score } of hits) if (scores.has(key)) expect(Math.abs(score - scores.get(key)!) / scale).toBeLessThan(0.02)
          expect(shareFound(await index.search({ vector, exact: true }), expected)).toBeGreaterThanOrEqual(0.8)
        }
        expect(found / queries.length).toBeGreaterThanOrEqual(recall)
        expect({ count: await index.count(), metric: index.metric, dimensions: index.dimensions }).toEqual({
          ...{ count: ROWS, metric, dimensions: DIMENSIONS },
        })
        await index.close()
      })
    }

    check('with a filter finds the true neighbours among the allowed, as many as there are', async ({ open }, named) => {
      const index = await open({ name: named, ...cosine })
      const rows = await fill(index)
      for (const share of [2, 10, 100, 400]) {
        const filter = KeySet.of([...rows.keys()].filter((key) => (key / 3) % share === 0))
        filter.add(7) // Not there.
        const allowed = new Map([...rows].filter(([key]) => filter.has(key)))
        let found = 0
        for (const vector of queries) {
          const expected = nearest(allowed, vector, 'cosine', 10)
          const hits = await index.search({ vector, filter })
          expect(hits).toHaveLength(Math.min(10, allowed.size))
          for (const { key } of hits) expect(filter.has(key)).toBe(true)
          found += shareFound(hits, expected)
        }
        expect(found / queries.length).toBeGreaterThanOrEqual(0.98)
      }
      expect(await index.search({ vector: queries[0]!, filter: new KeySet() })).toEqual([])
      expect(await index.search({ vector: queries[0]!, filter: KeySet.of([1, 2]) })).toEqual([])
      await index.close()
    })

    check('shows what was written to the next search, and no more what was deleted', async ({ open }, named) => {
      const index = await open({ name: named, ...cosine })
      await fill(index)
      const own = Float32Array.from(vectorAt(5), (value) => -value)
      await index.upsert({ keys: [15], vectors: [own] })
      const [moved] = await index.search({ vector: own, k: 1 })
      expect(moved).toMatchObject({ key: 15, score: expect.closeTo(1, 2) })
      expect((await index.search({ vector: vectorAt(5), k: 20 })).map(({ key }) => key)).not.toContain(15)
      expect(await index.count()).toBe(ROWS)
      expect(await index.delete([15, 18, 1_000_000, 15])).toBe(2)
      expect((await index.search({ vector: own, k: 3 })).map(({ key }) => key)).not.toContain(15)
      expect(await index.count()).toBe(ROWS - 2)
      await index.upsert({ keys: [18], vectors: [own] })
      expect((await index.search({ vector: own, k: 1 }))[0]!.key).toBe(18)
      await index.close()
    })

    check('takes the last of a key that comes twice in a batch', async ({ open }, named) => {
      const index = await open({ name: named, ...cosine })
      await index.upsert({ keys: [1, 2, 1], vectors: [vectorAt(0), vectorAt(1), vectorAt(2)] })
      expect(await index.count()).toBe(2)
      expect((await index.search({ vector: vectorAt(2), k: 1 }))[0]).toMatchObject({ key: 1, score: expect.closeTo(1, 2) })
      await index.close()
    })

    check('gives fewer results only when it holds fewer', async ({ open }, named) => {
      const index = await open({ name: named, ...cosine })
      expect(await index.search({ vector: queries[0]! })).toEqual([])
      expect(await index.delete([1])).toBe(0)
      await index.upsert({ keys: [], vectors: [] })
      await index.upsert({ keys: [4, 9], vectors: [vectorAt(4), vectorAt(9)] })
      expect(await index.search({ vector: queries[0]!, k: 10 })).toHaveLength(2)
      await index.close()
    })

    check('refuses what cannot be, and writes nothing of a batch that holds it', async ({ open }, named) => {
      const index = await open({ name: named, ...cosine })
      const good = vectorAt(0)
      const upsert = (key: number, vector: ArrayLike<number>) => index.upsert({ keys: [1, key], vectors: [good, vector] })
      await expect(upsert(2, good.slice(1))).rejects.toMatchObject({ code: 'shape_mismatch', details: { dimensions: 47, expected: 48 } })
      await expect(
        upsert(
          2,
          good.map(() => Number.NaN),
        ),
      ).rejects.toMatchObject({ code: 'invalid_input', details: { row: 1, place: 0 } })
      await expect(
        upsert(
          2,
          good.map(() => 0),
        ),
      ).rejects.toMatchObject({ code: 'invalid_input' })
      await expect(upsert(-1, good)).rejects.toMatchObject({ code: 'invalid_input', details: { key: -1 } })
      await expect(index.upsert({ keys: [1], vectors: vectors.subarray(0, 7) })).rejects.toMatchObject({ code: 'shape_mismatch' })
      await expect(index.upsert({ keys: [1, 2], vectors: [good] })).rejects.toMatchObject({ code: 'shape_mismatch' })
      const many = Array.from({ length: 10_001 }, (_, i) => i)
      await expect(index.upsert({ keys: many, vectors: [] })).rejects.toMatchObject({ code: 'too_many_rows', details: { limit: 10_000 } })
      expect(await index.count()).toBe(0)
      await expect(index.search({ vector: [1, 2] })).rejects.toMatchObject({ code: 'shape_mismatch' })
      await expect(index.search({ vector: good, k: 0 })).rejects.toMatchObject({ code: 'invalid_input' })
      await expect(index.search({ vector: good, k: 1001 })).rejects.toMatchObject({ code: 'invalid_input', details: { limit: 1000 } })
      await expect(index.search({ vector: good, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' })
      await index.close()
    })

    check('answers many searches at once as it answers one', async ({ open }, named) => {
      const index = await open({ name: named, ...cosine })
      await fill(index)
      const alone = []
      for (const vector of queries) alone.push(await index.search({ vector }))
      expect(await Promise.all(queries.map((vector) => index.search({ vector })))).toEqual(alone)
      await index.close()
    })

    check('is as it was left when it is opened again', async ({ open, durable }, named) => {
      if (!durable) return
      const first = await open({ name: named, ...cosine })
      await fill(first)
      await first.delete([0, 3, 6])
      await first.upsert({ keys: [9], vectors: [vectorAt(1)] })
      const before = await Promise.all(queries.map((vector) => first.search({ vector })))
      await first.close()
      await first.close()
      await expect(first.search({ vector: queries[0]! })).rejects.toMatchObject({ code: 'unavailable' })
      const second = await open({ name: named, ...cosine })
      expect(await second.count()).toBe(ROWS - 3)
      expect(await Promise.all(queries.map((vector) => second.search({ vector })))).toEqual(before)
      await second.close()
      await expect(open({ name: named, dimensions: 5, metric: 'cosine' })).rejects.toMatchObject({
        ...{ code: 'conflict', details: { stored: DIMENSIONS, wanted: 5 } },
      })
    })

    check('counts what it holds', async ({ open }, named) => {
      const index = await open({ name: named, ...cosine })
      await fill(index)
      const stats = await index.stats()
      expect(stats.rows).toBe(ROWS)
      expect(stats.memoryBytes).toBeGreaterThanOrEqual(0)
      await index.close()
    })
  })
}
