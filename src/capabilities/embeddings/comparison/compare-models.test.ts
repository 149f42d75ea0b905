import { expect, test } from 'vitest'
import { createEmbeddings } from '../embeddings.ts'
import { createComparison } from './compare-models.ts'

const TEXTS = ['running shoes', 'sneakers for a marathon', 'garden chairs', 'a bench for the terrace', 'an overdue invoice']
const quiet = { info: () => {}, warn: () => {} }

test('a comparison tells whether vectors may stand in one index, and measures both sides past the cache', async () => {
  const embeddings = createEmbeddings({ modelsDir: 'none', clock: Date.now, log: quiet, cacheBytes: 1e6, cacheRows: 0 })
  const compare = createComparison({ embeddings, rssBytes: (runtime) => (runtime === 'node' ? 1 : null) })
  const same = await compare({ a: { model: 'static-en-256' }, b: { model: 'static-en-256', runtime: 'node' }, input: TEXTS })
  expect(same).toMatchObject({ texts: 5, parity: true, sameNeighbours: 1, neighbours: 2 })
  expect(same.cosine!.least).toBeCloseTo(1, 6)
  expect(same.a).toMatchObject({ runtime: 'node', dimensions: 256, rssBytes: 1 })
  expect(same.a.single.p95Ms).toBeGreaterThanOrEqual(same.a.single.p50Ms)
  expect(embeddings.status().cache.entries).toBe(0)
  const other = await compare({ a: { model: 'static-en-256', usdPerHour: 0.36 }, b: { model: 'hash-384' }, input: TEXTS })
  expect(other.a.usdPerMillionTexts! * other.a.textsPerSecond).toBeCloseTo(100, 6)
  expect([other.b.usdPerMillionTexts, other.a.single.p99Ms >= other.a.single.p95Ms]).toEqual([null, true])
  expect(other).toMatchObject({ parity: false, cosine: null })
  await expect(compare({ a: { model: 'hash-384', runtime: 'python' }, b: { model: 'hash-384' }, input: TEXTS })).rejects.toMatchObject({
    code: 'conflict',
  })
  await expect(compare({ a: { model: 'none' }, b: { model: 'hash-384' }, input: TEXTS })).rejects.toMatchObject({ code: 'invalid_input' })
  const asked = Array.from({ length: 5 }, () => compare({ a: { model: 'hash-384' }, b: { model: 'hash-384' }, input: TEXTS }))
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), 'rejected'])
  await embeddings.close()
})
