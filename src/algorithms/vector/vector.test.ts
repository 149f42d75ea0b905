import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng, type Rng } from '../math/rng.ts'
import { builtKernels } from '../math/testing/built-kernels.ts'
import { resolveEngine, type VectorEngine } from './kernels.ts'
import { KeySet } from './key-set.ts'
import { planScan, type ScanPlan } from './plan-scan.ts'
import { createScanSpace, RowScanner, type ScanQuery, withFilterSpace } from './row-scanner.ts'
import { chooseCandidates, encodeBlocks, meanOfRows, neighbourRanks } from './sign-codes.ts'
import { createVectorMemory, HEAD, MOST_KEYS, type VectorMetric, type VectorShape } from './vector-memory.ts'
import { VectorRows } from './vector-rows.ts'

const ENGINES: readonly Exclude<VectorEngine, 'auto'>[] = ['relaxed-simd', 'simd', 'typescript']
const METRICS: readonly VectorMetric[] = ['cosine', 'dot', 'euclidean']

interface Neighbours {
  readonly name: string
  readonly metric: VectorMetric
  readonly dimensions: number
  readonly keys: readonly (readonly number[])[]
  readonly scores: readonly (readonly number[])[]
  readonly rows?: readonly number[]
  readonly queries?: readonly number[]
}
const NEIGHBOURS = JSON.parse(readFileSync(new URL('./fixtures/neighbours.json', import.meta.url), 'utf8')) as readonly Neighbours[]

function open(shape: VectorShape, engine: VectorEngine = 'auto') {
  const memory = createVectorMemory(shape, engine)
  const rows = new VectorRows(memory)
  const scanner = new RowScanner(memory)
  let space = createScanSpace(memory)
  const scan = (query: Partial<ScanQuery> & Pick<ScanQuery, 'vector'>, parts = 1) => {
    const whole = { k: 10, rowCandidates: 50, codeCandidates: 0, ...query }
    if (whole.filter) space = withFilterSpace(memory, space, whole.filter.length)
    return Array.from({ length: parts }, (_, part) => scanner.scan([whole], { part, parts }, space)[0]!)
      .flatMap(({ slots, scores }) => Array.from(slots, (slot, i) => ({ key: rows.keyIn(slot), score: scores[i]! })))
      .sort((left, right) => right.score - left.score)
      .slice(0, whole.k)
  }
  const useCodes = (): void => {
    memory.views.f32.set(meanOfRows(memory), HEAD.mean >> 2)
    rows.encodes = true
    encodeBlocks(memory, 0, Math.ceil(memory.slots / 4096))
  }
  return { memory, rows, scanner, scan, useCodes, space: () => space }
}

/** Vectors around some centres, as texts lie around topics. */
function drawVectors(rng: Rng, count: number, dimensions: number, centres = 40): Float32Array {
  const normal = (): number => rng.next() + rng.next() + rng.next() + rng.next() - 2
  const middle = Float32Array.from({ length: centres * dimensions }, normal)
  const vectors = new Float32Array(count * dimensions)
  for (let i = 0; i < count; i++) {
    const centre = rng.below(centres)
    for (let j = 0; j < dimensions; j++) vectors[i * dimensions + j] = middle[centre * dimensions + j]! + 0.7 * normal()
  }
  return vectors
}

describe('a scan', () => {
  // Reference: faiss-cpu 1.15.1 IndexFlatIP and IndexFlatL2, fixtures/make.py, seed 7. Scores differ by what 8 bits cannot hold.
  test.each(NEIGHBOURS.map((given, index) => ({ ...given, data: NEIGHBOURS[index - (index % 3)]! })))(
    'finds what faiss finds: $name',
    ({ metric, dimensions, keys, scores, data }) => {
      const { rows, scan } = open({ metric, dimensions })
      const stored = Float32Array.from(data.rows!)
      for (let i = 0; i < stored.length / dimensions; i++) rows.put(i, stored, i * dimensions)
      let found = 0
      for (const [q, expected] of keys.entries()) {
        const vector = Float32Array.from(data.queries!.slice(q * dimensions, (q + 1) * dimensions))
        const hits = scan({ vector, k: 5 })
        found += hits.filter(({ key }) => expected.includes(key!)).length
        const largest = Math.abs(scores[q]![0]!)
        for (const { key, score } of hits) {
          const place = expected.indexOf(key!)
          if (place !== -1) expect(Math.abs(score - scores[q]![place]!)).toBeLessThan(0.01 * Math.max(1, largest))
        }
      }
      expect(found / (keys.length * 5)).toBeGreaterThanOrEqual(0.95)
    },
  )

  test.each(METRICS)('gives the same rows and scores on every engine, by rows and by codes: %s', (metric) => {
    for (const dimensions of [3, 33, 100, 384]) {
      const vectors = drawVectors(createRng(dimensions), 300, dimensions)
      const filter = KeySet.of(Array.from({ length: 100 }, (_, i) => i * 3)).words
      const answers = ENGINES.map((engine) => {
        const { rows, scan, useCodes } = open({ metric, dimensions }, engine)
        for (let i = 0; i < 300; i++) rows.put(i, vectors, i * dimensions)
        for (let i = 0; i < 300; i += 7) rows.remove(i)
        useCodes()
        const plans: (ScanPlan | undefined)[] = [
          { by: 'rows', gather: false },
          { by: 'codes', gather: false },
          { by: 'rows', gather: true },
          { by: 'codes', gather: true },
        ]
        return plans.flatMap((plan) =>
          [1, 8, 11, 200].flatMap((i) => {
            const vector = vectors.subarray(i * dimensions, (i + 1) * dimensions)
            const query = { vector, k: 20, rowCandidates: 30, codeCandidates: 40, ...(plan && { plan }) }
            return [scan(query), scan({ ...query, filter }), scan(query, 2)]
          }),
        )
      })
      expect(answers[1]).toEqual(answers[0])
      expect(answers[2]).toEqual(answers[0])
    }
  })

  test('keeps the same bytes on every engine, halves rounded to even', () => {
    const vectors = drawVectors(createRng(5), 64, 40)
    // 127 is the largest, so the scale is 1 and these are halves.
    vectors.set([127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.499])
    const kept = ENGINES.map((engine) => {
      const { rows, memory, useCodes } = open({ metric: 'dot', dimensions: 40 }, engine)
      for (let i = 0; i < 64; i++) rows.put(i, vectors, i * 40)
      useCodes()
      const at = memory.blockAt(0)
      return { first: rows.vectorOf(0)!.slice(0, 8), block: Buffer.from(memory.views.u8.slice(at, at + memory.layout.bytes)) }
    })
    expect([...kept[0]!.first]).toEqual([127, 0, 2, 2, -0, -2, -2, 3].map((value) => value + 0))
    for (const { block } of kept) expect(block.equals(kept[0]!.block)).toBe(true)
  })

  test('finds with a filter exactly what a scan of those rows alone finds', () => {
    const dimensions = 64
    const vectors = drawVectors(createRng(3), 9000, dimensions)
    const all = open({ metric: 'cosine', dimensions })
    for (let i = 0; i < 9000; i++) all.rows.put(i * 5, vectors, i * dimensions)
    for (const share of [2, 10, 100, 3000]) {
      const some = open({ metric: 'cosine', dimensions })
      const filter = new KeySet()
      for (let i = 0; i < 9000; i += share) {
        filter.add(i * 5)
        some.rows.put(i * 5, vectors, i * dimensions)
      }
      filter.add(3) // A key that is not there.
      for (const i of [1, 500, 8999]) {
        const vector = vectors.subarray(i * dimensions, (i + 1) * dimensions)
        for (const gather of [true, false]) {
          expect(all.scan({ vector, filter: filter.words, plan: { by: 'rows', gather } })).toEqual(some.scan({ vector }))
        }
      }
    }
  })

  test('of codes lets nearly all true neighbours through, with as many candidates as were measured', () => {
    const dimensions = 128
    const vectors = drawVectors(createRng(11), 12_000, dimensions, 300)
    const { rows, scan, useCodes, memory, scanner, space } = open({ metric: 'cosine', dimensions })
    for (let i = 100; i < 12_000; i++) rows.put(i, vectors, i * dimensions)
    useCodes()
    const ranks = neighbourRanks(memory, scanner, space(), { rng: createRng(1), queries: 40 })
    const { candidates, recall } = chooseCandidates(ranks, 0.98)
    expect(recall).toBeGreaterThanOrEqual(0.98)
    let hits = 0
    for (let i = 0; i < 100; i++) {
      const vector = vectors.subarray(i * dimensions, (i + 1) * dimensions)
      const expected = new Set(scan({ vector, plan: { by: 'rows', gather: false } }).map(({ key }) => key))
      const found = scan({ vector, codeCandidates: candidates, plan: { by: 'codes', gather: false } })
      hits += found.filter(({ key }) => expected.has(key)).length
    }
    expect(hits / 1000).toBeGreaterThanOrEqual(0.95)
  })

  test('of codes that all tie still gives as many rows as are wanted', () => {
    const { rows, scan, useCodes } = open({ metric: 'dot', dimensions: 32 })
    const vector = new Float32Array(32).fill(1)
    for (let i = 0; i < 40_000; i++) rows.put(i, vector)
    useCodes()
    const hits = scan({ vector, k: 25, codeCandidates: 8192, plan: { by: 'codes', gather: false } })
    expect(hits).toHaveLength(25)
    expect(new Set(hits.map(({ score }) => score)).size).toBe(1)
  })

  test('gives no candidates when codes tell nothing', () => {
    expect(chooseCandidates(Float64Array.of(1, 2, Number.POSITIVE_INFINITY), 0.99)).toEqual({ candidates: 0, recall: 2 / 3 })
    expect(chooseCandidates(new Float64Array(), 0.99)).toEqual({ candidates: 0, recall: 0 })
  })
})

describe('rows of an index', () => {
  test('answer as a plain list would, whatever is put and removed', () => {
    const step = fc.record({ key: fc.nat(60), put: fc.boolean(), seed: fc.nat(10_000), pinned: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { rows, scan } = open({ metric: 'euclidean', dimensions: 8 })
        const model = new Map<number, Float32Array>()
        const unpins: (() => void)[] = []
        for (const { key, put, seed, pinned } of steps) {
          if (pinned) unpins.push(rows.pin())
          else unpins.pop()?.()
          if (put) {
            const rng = createRng(seed)
            const vector = Float32Array.from({ length: 8 }, () => rng.next() * 4 - 2)
            rows.put(key, vector)
            model.set(key, vector)
          } else expect(rows.remove(key)).toBe(model.delete(key))
        }
        expect(rows.count).toBe(model.size)
        expect(new Set(rows.keys())).toEqual(new Set(model.keys()))
        for (const [key, vector] of model) {
          const [first] = scan({ vector, k: 1 })
          const distance = Math.sqrt(vector.reduce((sum, value, j) => sum + (value - model.get(first!.key!)![j]!) ** 2, 0))
          expect(first!.key === key || distance < 0.1).toBe(true)
        }
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test('use a slot again only when no scan runs that may have seen it', () => {
    const { rows, memory } = open({ metric: 'dot', dimensions: 4 })
    const vector = Float32Array.of(1, 2, 3, 4)
    rows.put(1, vector)
    const unpin = rows.pin()
    const seen = rows.slotOf(1)!
    rows.put(1, vector)
    rows.put(2, vector)
    expect(rows.keyIn(seen)).toBeUndefined()
    expect([rows.slotOf(1), rows.slotOf(2)]).not.toContain(seen)
    unpin()
    rows.put(3, vector)
    expect(rows.slotOf(3)).toBe(seen)
    expect(memory.slots).toBe(3)
  })

  test('grow over many blocks and pages of keys', () => {
    const { rows, scan } = open({ metric: 'cosine', dimensions: 2 })
    for (let i = 0; i < 20_000; i++) rows.put(i * 7, Float32Array.of(Math.cos(i / 20_000), Math.sin(i / 20_000)))
    expect(rows.count).toBe(20_000)
    expect(rows.slotOf(19_999 * 7)).toBe(19_999)
    const [best] = scan({ vector: Float32Array.of(0, 1), k: 1 })
    expect(best!.key! / 7).toBeGreaterThan(19_000)
  })

  test.each([
    ['a key below 0', -1, [1, 0]],
    ['half a key', 0.5, [1, 0]],
    ['a key beyond the last', MOST_KEYS, [1, 0]],
    ['a number that is none', 1, [1, Number.NaN]],
    ['an infinite number', 1, [Number.POSITIVE_INFINITY, 0]],
    ['zeros, which have no direction', 1, [0, 0]],
    ['a length that cannot be multiplied', 1, [1e30, 0]],
  ])('refuse %s', (_, key, vector) => {
    const { rows } = open({ metric: 'cosine', dimensions: 2 })
    expect(() => rows.put(key, Float32Array.from(vector))).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(rows.count).toBe(0)
  })

  test.each([0, 4097, 1.5])('have 1 to 4096 dimensions, not %d', (dimensions) => {
    expect(() => createVectorMemory({ dimensions, metric: 'dot' })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })

  test('take zeros where they have a distance', () => {
    const { rows, scan } = open({ metric: 'euclidean', dimensions: 2 })
    rows.put(1, Float32Array.of(0, 0))
    rows.put(2, Float32Array.of(3, 4))
    expect(scan({ vector: Float32Array.of(0, 0) })).toEqual([
      { key: 1, score: -0 },
      { key: 2, score: expect.closeTo(-5, 1) },
    ])
  })
})

describe('KeySet', () => {
  test('is a set of whole numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000)), fc.array(fc.nat(5000)), (left, right) => {
        const a = KeySet.of(left)
        const b = KeySet.of(right)
        const [setA, setB] = [new Set(left), new Set(right)]
        const sorted = (set: Set<number>): number[] => [...set].sort((x, y) => x - y)
        expect([...a]).toEqual(sorted(setA))
        expect(a.size).toBe(setA.size)
        for (const [made, expected] of [
          [a.intersect(b), setA.intersection(setB)],
          [a.union(b), setA.union(setB)],
          [a.without(b), setA.difference(setB)],
        ] as const) {
          expect([...made]).toEqual(sorted(expected))
          expect(made.size).toBe(expected.size)
        }
        expect([...KeySet.ofBits(a.words)]).toEqual(sorted(setA))
        for (const key of right) expect(a.delete(key)).toBe(setA.delete(key))
        expect(a.size).toBe(setA.size)
      }),
      { numRuns: 50, seed: 1 },
    )
  })

  test('refuses what is no key', () => {
    expect(() => KeySet.of([-1])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(new KeySet().has(-1)).toBe(false)
  })
})

describe('planScan', () => {
  test('reads few allowed rows one by one, many by their codes, and nearly all in one go', () => {
    const plan = (allowed: number | undefined, codeCandidates = 2000) => planScan({ rows: 1_000_000, allowed, codeCandidates })
    expect(plan(undefined)).toEqual({ by: 'codes', gather: false })
    expect(plan(undefined, 0)).toEqual({ by: 'rows', gather: false })
    expect(plan(30_000)).toEqual({ by: 'rows', gather: true })
    expect(plan(100_000)).toEqual({ by: 'codes', gather: true })
    expect(plan(900_000)).toEqual({ by: 'codes', gather: false })
    expect(plan(100_000, 0)).toEqual({ by: 'rows', gather: true })
    expect(plan(900_000, 0)).toEqual({ by: 'rows', gather: false })
  })
})

describe('the kernels', () => {
  test('are the fastest that this machine runs', () => {
    expect(resolveEngine('auto')).toBe('relaxed-simd')
  })

  test('kept in git are compiled from assembly/vector', async () => {
    expect(await builtKernels('vectors')).toBe(readFileSync(new URL('./kernel-bytes.ts', import.meta.url), 'utf8'))
  })
})
