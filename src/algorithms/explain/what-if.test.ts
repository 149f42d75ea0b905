import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importSklearn } from '../format/import-sklearn.ts'
import { createRng } from '../math/rng.ts'
import { fitBoostedTrees } from '../tree/fit-boosted-trees.ts'
import { predictRows } from '../tree/predict.ts'
import { randomSet } from '../tree/testing/sets.ts'
import { counterfactuals } from './counterfactuals.ts'
import { partialDependence } from './partial-dependence.ts'

const bad = expect.objectContaining({ code: 'invalid_input' })
const shape = expect.objectContaining({ code: 'shape_mismatch' })

describe('partialDependence', () => {
  // Reference: scikit-learn 1.9.1 partial_dependence(method="brute", kind="both"), fixtures/make-partial-dependence.py, seed 0.
  test('equals scikit-learn, mean and single rows', () => {
    const { model, x, cases } = JSON.parse(readFileSync(new URL('./fixtures/partial-dependence.json', import.meta.url), 'utf8'))
    const imported = importSklearn(JSON.stringify(model))
    if (imported.kind !== 'trees') throw new Error('the fixture holds trees')
    const predict = (rows: Float32Array, count: number) => predictRows(imported.ensemble, rows, count)
    const input = { x: Float32Array.from(x.flat()), rows: x.length, features: x[0].length, predict }
    for (const { feature, grid, mean, ice } of cases) {
      const found = partialDependence(input, feature, { grid, ice: true })
      for (const [at, value] of mean.entries()) expect(found.mean[at]).toBeCloseTo(value, 6)
      for (const [at, value] of ice.flat().entries()) expect(found.ice![at]).toBeCloseTo(value, 6)
    }
  })

  test('takes observed values, or even steps between outer quantiles, and leaves x as it was', () => {
    const x = Float32Array.from({ length: 400 }, (_, at) => (at % 2 === 0 ? at / 2 : at % 3))
    const input = {
      x,
      rows: 200,
      features: 2,
      predict: (rows: Float32Array, count: number) => Array.from({ length: count }, (_, row) => rows[row * 2]! * 3),
    }
    const before = x.slice()
    const { grid, mean, ice } = partialDependence(input, 0, { gridSize: 5 })
    expect([...grid]).toEqual([10, 54.75, 99.5, 144.25, 189])
    expect([...mean].map((value) => Math.round(value * 100) / 100)).toEqual([30, 164.25, 298.5, 432.75, 567])
    expect(ice).toBe(undefined)
    expect([...partialDependence(input, 1).grid]).toEqual([0, 1, 2])
    expect(x).toEqual(before)
  })

  test('refuses features that are none, missing columns and predictions of another number', () => {
    const input = { x: Float32Array.of(1, Number.NaN), rows: 1, features: 2, predict: () => [1] }
    expect(() => partialDependence(input, 2)).toThrow(bad)
    expect(() => partialDependence(input, 1)).toThrow('missing in all')
    expect(() => partialDependence({ ...input, rows: 2 }, 0)).toThrow(shape)
    expect(() => partialDependence({ ...input, predict: () => [1, 2] }, 0)).toThrow(shape)
    expect(() => partialDependence({ ...input, x: new Float32Array(0), rows: 0 }, 0)).toThrow(
      expect.objectContaining({ code: 'too_few_rows' }),
    )
    expect(() => partialDependence(input, 0, { isCanceled: () => true })).toThrow(expect.objectContaining({ code: 'canceled' }))
  })
})

describe('counterfactuals', () => {
  test('reach the goal with few observed values, each another set of features, and leave immutable features alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), (seed, up) => {
        const set = randomSet(150, 5, 2, seed)
        const model = fitBoostedTrees(set, { nEstimators: 10, minSamplesLeaf: 5, randomState: seed })
        const predict = (x: Float32Array, rows: number) => predictRows(model, x, rows).filter((_, at) => at % 2 === 1)
        const all = predict(set.x, 150)
        const at = all.indexOf(up ? Math.min(...all) : Math.max(...all))
        const row = set.x.slice(at * 5, at * 5 + 5)
        const goal = up ? { low: 0.5 } : { high: 0.5 }
        if (up ? all[at]! >= 0.5 : all[at]! <= 0.5) return
        const found = counterfactuals({ x: set.x, rows: 150, features: 5, predict }, row, {
          goal,
          immutable: [1],
          direction: { 0: up ? 'up' : 'down' },
        })
        const sets = found.map(({ changes }) => changes.map(({ feature }) => feature).join())
        expect(new Set(sets).size).toBe(found.length)
        for (const { changes, prediction } of found) {
          expect(up ? prediction >= 0.5 : prediction <= 0.5).toBe(true)
          const changed = row.slice()
          for (const { feature, from, to } of changes) {
            expect(feature).not.toBe(1)
            expect(from).toBe(row[feature])
            expect(Array.from({ length: 150 }, (_, each) => set.x[each * 5 + feature])).toContain(to)
            if (feature === 0 && !Number.isNaN(from)) expect(up ? to > from : to < from).toBe(true)
            changed[feature] = to
          }
          expect(predict(changed, 1)[0]).toBe(prediction)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('find the single nearest change first, and two together where one is not enough', () => {
    const rng = createRng(1)
    const x = Float32Array.from({ length: 300 }, () => Math.round(rng.next() * 10))
    const input = {
      x,
      rows: 100,
      features: 3,
      predict: (rows: Float32Array, count: number) => Array.from({ length: count }, (_, row) => rows[row * 3]! + rows[row * 3 + 1]!),
    }
    const [first] = counterfactuals(input, Float32Array.of(2, 3, 5), { goal: { low: 9, high: 12 } })
    expect(first!.changes.length).toBe(1)
    expect(first!.prediction).toBe(9)
    const [both] = counterfactuals(input, Float32Array.of(1, 1, 5), { goal: { low: 15 } })
    expect(both!.changes.map(({ feature }) => feature)).toEqual([0, 1])
    expect(counterfactuals(input, Float32Array.of(1, 1, 5), { goal: { low: 15 }, immutable: [0] })).toEqual([])
  })

  test('refuse a goal that is met or none, lengths that differ and features that are none', () => {
    const input = { x: Float32Array.of(1, 2), rows: 2, features: 1, predict: (x: Float32Array) => x }
    const row = Float32Array.of(1)
    expect(() => counterfactuals(input, row, { goal: { low: 0 } })).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => counterfactuals(input, row, { goal: {} })).toThrow(bad)
    expect(() => counterfactuals(input, row, { goal: { low: 3, high: 2 } })).toThrow(bad)
    expect(() => counterfactuals(input, row, { goal: { low: 2 }, immutable: [4] })).toThrow(bad)
    expect(() => counterfactuals(input, row, { goal: { low: 2 }, count: 0 })).toThrow(bad)
    expect(() => counterfactuals(input, Float32Array.of(1, 2), { goal: { low: 2 } })).toThrow(shape)
    expect(() => counterfactuals(input, row, { goal: { low: 2 }, isCanceled: () => true })).toThrow(
      expect.objectContaining({ code: 'canceled' }),
    )
  })
})
