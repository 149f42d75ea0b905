import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { accuracyScore } from '../metrics/classification-scores.ts'
import type { BoostingOptions } from './boosting-options.ts'
import { type TreeEnsemble, validateEnsemble } from './ensemble.ts'
import { fitBoostedTrees } from './fit-boosted-trees.ts'
import { fitRandomForest } from './fit-random-forest.ts'
import type { ForestOptions } from './forest-options.ts'
import { outputCount, predictRow, predictRows } from './predict.ts'
import { classesOf, randomSet, rowsByLeaf, rowsOf, setOf, sha256 } from './testing/sets.ts'
import type { TrainingSet } from './training-set.ts'

type Options = Pick<
  ForestOptions & BoostingOptions,
  'nEstimators' | 'maxDepth' | 'minSamplesLeaf' | 'randomState' | 'onProgress' | 'isCanceled'
>

const LEARNERS: readonly { name: string; train: (set: TrainingSet, options?: Options) => TreeEnsemble }[] = [
  { name: 'fitRandomForest', train: fitRandomForest },
  { name: 'fitBoostedTrees', train: fitBoostedTrees },
]

describe.each(LEARNERS)('$name', ({ train }) => {
  test.each([2, 4, 0])('gives the same valid bytes for the same set and seed, %i classes', (classes) => {
    const set = randomSet(400, 5, classes, 1)
    const model = train(set, { nEstimators: 10, randomState: 3 })
    validateEnsemble(model)
    expect(sha256(train(set, { nEstimators: 10, randomState: 3 }))).toBe(sha256(model))
    expect(model.importances.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
    expect(model.importances.indexOf(Math.max(...model.importances))).toBe(0)
  })

  test.each([2, 4, 0])('predicts many rows to the bit as one by one, %i classes', (classes) => {
    const set = randomSet(300, 4, classes, 2)
    const model = train(set, { nEstimators: 12 })
    const many = predictRows(model, set.x, set.rows)
    const width = outputCount(model)
    const one = new Float64Array(width)
    for (let i = 0; i < set.rows; i++) {
      predictRow(model, set.x, i * set.features, one)
      expect([...many.subarray(i * width, (i + 1) * width)]).toEqual([...one])
      if (classes > 0) expect(one.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6)
      expect(one.every((value) => Number.isFinite(value) && (classes === 0 || value >= 0))).toBe(true)
    }
  })

  test('learns exclusive or', () => {
    const rng = createRng(4)
    const rows = Array.from({ length: 400 }, () => {
      const [a, b] = [rng.next(), rng.next()]
      return [a, b, a > 0.5 !== b > 0.5 ? 1 : 0]
    })
    const set = setOf(rows, 2)
    expect(accuracyScore(set.y, classesOf(train(set, { nEstimators: 50, minSamplesLeaf: 2 }), set))).toBeGreaterThan(0.97)
  })

  test('learns which way missing values go, either way', () => {
    for (const missingClass of [0, 1]) {
      const rows = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? [Number.NaN, missingClass] : [i, i < 150 ? 0 : 1]))
      const set = setOf(rows, 2)
      const model = train(set, { nEstimators: 20 })
      const p = predictRows(model, Float32Array.of(Number.NaN, 0, 299), 3)
      expect(p[missingClass]).toBeGreaterThan(0.8)
      expect(p[2]).toBeGreaterThan(0.8)
      expect(p[5]).toBeGreaterThan(0.8)
    }
  })

  test('tells missing from known when nothing else matters', () => {
    const rows = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? [Number.NaN, 1] : [i % 7, 0]))
    const p = predictRows(train(setOf(rows, 2), { nEstimators: 30 }), Float32Array.of(Number.NaN, 3, 1e30, -1e30), 4)
    expect(p[1]).toBeGreaterThan(0.9)
    for (const known of [3, 5, 7]) expect(p[known]).toBeLessThan(0.1)
  })

  test('keeps the minimum of rows in every leaf', () => {
    for (const classes of [2, 3, 0]) {
      const set = randomSet(500, 4, classes, 7)
      const options = { nEstimators: 8, minSamplesLeaf: 17, bootstrap: false }
      const counts = [...rowsByLeaf(train(set, options), set).values()]
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(17)
      expect(Math.max(...counts)).toBeLessThan(500)
    }
  })

  test('covers every node by the rows that reach it, a row of weight 2 twice', () => {
    for (const classes of [2, 3, 0]) {
      const set = randomSet(300, 4, classes, 9)
      const weights = Float64Array.from({ length: set.rows }, (_, i) => (i % 3) as number)
      const options = { nEstimators: 4, minSamplesLeaf: 5, bootstrap: false }
      for (const weighed of [set, { ...set, weights }]) {
        const model = train(weighed, options)
        validateEnsemble(model)
        const repeated = rowsOf(
          set,
          [...set.y.keys()].flatMap((i) => Array<number>(weighed === set ? 1 : weights[i]!).fill(i)),
        )
        for (const [leaf, rows] of rowsByLeaf(model, repeated)) expect(model.cover?.[leaf]).toBe(rows)
        for (const root of model.roots) expect(model.cover?.[root]).toBe(repeated.rows)
      }
    }
  })

  test('keeps the depth', () => {
    const model = train(randomSet(500, 4, 2, 7), { nEstimators: 5, maxDepth: 3, minSamplesLeaf: 1 })
    const depth = new Map<number, number>([...model.roots].map((root) => [root, 0]))
    for (let i = 0; i < model.feature.length; i++) {
      if (model.feature[i]! < 0) continue
      depth.set(model.left[i]!, depth.get(i)! + 1)
      depth.set(model.left[i]! + 1, depth.get(i)! + 1)
    }
    expect(Math.max(...depth.values())).toBe(3)
  })

  test('answers the mean when no feature varies', () => {
    const rows = Array.from({ length: 60 }, (_, i) => [1, Number.NaN, i % 3 === 0 ? 1 : 0])
    const p = predictRows(train(setOf(rows, 2), { nEstimators: 200 }), Float32Array.of(1, Number.NaN, 5, 5), 2)
    for (const value of [p[1]!, p[3]!]) expect(value).toBeCloseTo(1 / 3, 1)
    const flat = train(
      setOf(
        rows.map(([a, b]) => [a!, b!, 7]),
        0,
      ),
      { nEstimators: 3 },
    )
    expect([...predictRows(flat, Float32Array.of(1, 2), 1)]).toEqual([7])
    expect([...flat.importances]).toEqual([0, 0])
  })

  test('works on 2 rows and on values at the ends of float32', () => {
    const model = train(
      setOf(
        [
          [-3.4e38, 0],
          [3.4e38, 1],
        ],
        2,
      ),
      { nEstimators: 50, minSamplesLeaf: 1 },
    )
    validateEnsemble(model)
    const infinite = setOf(
      [
        [Number.NEGATIVE_INFINITY, 0],
        [0, 1],
        [Number.POSITIVE_INFINITY, 0],
        [1e-45, 1],
      ],
      2,
    )
    validateEnsemble(train(infinite, { nEstimators: 20, minSamplesLeaf: 1 }))
  })

  test('serves the rule it trained with, whatever the values', () => {
    // Every training row must land in the leaf that counted it: boosting's scores at the end of training are the served ones.
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.float(), fc.float({ noNaN: true }), fc.boolean()), { minLength: 4, maxLength: 40 }), (drawn) => {
        const rows = drawn.map(([a, b, label]) => [a, b, Number(label)])
        if (new Set(rows.map((row) => row[2])).size < 2) return
        const set = setOf(rows, 2)
        const model = train(set, { nEstimators: 3, minSamplesLeaf: 2, bootstrap: false } as Options)
        validateEnsemble(model)
        const counts = [...rowsByLeaf(model, set).values()]
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(2)
      }),
      { numRuns: 150, seed: 7 },
    )
  })

  test('reports progress up to 1 and stops when asked', () => {
    const set = randomSet(300, 4, 2, 5)
    const shares: number[] = []
    train(set, { nEstimators: 10, onProgress: (share) => shares.push(share) })
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(() => train(set, { isCanceled: () => true })).toThrow(expect.objectContaining({ code: 'canceled' }))
  })

  test.each([
    [
      'too_few_classes',
      setOf(
        [
          [1, 1],
          [2, 1],
        ],
        2,
      ),
    ],
    [
      'too_few_classes',
      {
        ...setOf(
          [
            [1, 0],
            [2, 1],
            [3, 1],
          ],
          2,
        ),
        weights: Float64Array.of(0, 1, 1),
      },
    ],
    ['too_few_rows', setOf([[1, 1]], 2)],
    ['too_few_rows', { ...setOf([[1, 1]], 2), x: new Float32Array(0), y: new Float64Array(0), rows: 0 }],
    [
      'shape_mismatch',
      {
        ...setOf(
          [
            [1, 1],
            [2, 0],
          ],
          2,
        ),
        x: new Float32Array(3),
      },
    ],
    [
      'shape_mismatch',
      {
        ...setOf(
          [
            [1, 1],
            [2, 0],
          ],
          2,
        ),
        y: new Float64Array(3),
      },
    ],
    [
      'shape_mismatch',
      setOf(
        [
          [1, 1],
          [2, 0],
        ],
        2,
        Float64Array.of(1),
      ),
    ],
    [
      'invalid_input',
      setOf(
        [
          [1, Number.NaN],
          [2, 0],
        ],
        0,
      ),
    ],
    [
      'invalid_input',
      setOf(
        [
          [1, 2],
          [2, 0],
        ],
        2,
      ),
    ],
    [
      'invalid_input',
      setOf(
        [
          [1, 0.5],
          [2, 0],
        ],
        2,
      ),
    ],
    [
      'invalid_input',
      setOf(
        [
          [1, 1e300],
          [2, 0],
        ],
        0,
      ),
    ],
    [
      'invalid_input',
      setOf(
        [
          [1, 1],
          [2, 0],
        ],
        2,
        Float64Array.of(1, -1),
      ),
    ],
    [
      'invalid_input',
      setOf(
        [
          [1, 1],
          [2, 0],
        ],
        2,
        Float64Array.of(1, Number.NaN),
      ),
    ],
  ] as const)('throws %s', (code, set) => {
    expect(() => train(set)).toThrow(expect.objectContaining({ code }))
  })

  test('refuses options outside their limits', () => {
    const set = randomSet(50, 3, 2, 1)
    for (const options of [{ nEstimators: 0 }, { maxDepth: 0.5 }, { minSamplesLeaf: 0 }, { randomState: Number.NaN }]) {
      expect(() => train(set, options)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    }
  })
})
