import { describe, expect, test } from 'vitest'
import { viewsOf } from '../math/heap.ts'
import { binTrainingSet } from './bin-training-set.ts'
import type { BoostingOptions } from './boosting-options.ts'
import { bundleColumns, programOf } from './bundle-columns.ts'
import { fitBoostedTrees } from './fit-boosted-trees.ts'
import { discreteSet, randomSet, sha256 } from './testing/sets.ts'
import type { TrainingSet } from './training-set.ts'

const control = { spend: () => {}, progress: () => {} }
const features = (count: number): number[] => Array.from({ length: count }, (_, f) => f)

describe('bundleColumns', () => {
  test('bundles one-hot codes and other columns of few values, and leaves those of many', () => {
    const set = binTrainingSet(discreteSet(3000, 2, 1))
    const before = set.bins.slice()
    const bundles = bundleColumns(viewsOf(set.heap), set.binning, set, features(33), 31, control)
    const bundled = bundles.flatMap(({ features: own }) => own)
    expect(new Set(bundled).size).toBe(bundled.length)
    expect(bundled.sort((a, b) => a - b).slice(0, 17)).toEqual(features(17))
    expect(bundled).not.toContain(31)
    expect(bundled).not.toContain(32)
    expect(bundles.length).toBeLessThan(bundled.length / 4)
    const column = (of: Uint8Array, f: number): Uint8Array => of.subarray(f * set.rows, (f + 1) * set.rows)
    for (const { features: own, codes, bins } of bundles) {
      const coded = column(set.bins, own[0]!)
      expect(coded.every((code) => code < codes)).toBe(true)
      // Each code says the bin of every column, and only the first column is not as it was.
      own.forEach((f, member) => {
        expect(column(before, f).every((bin, i) => bins[member]![coded[i]!] === bin)).toBe(true)
        if (member > 0) expect(column(set.bins, f)).toEqual(column(before, f))
      })
    }
  })

  test('bundles nothing where columns have many values or nodes few rows', () => {
    for (const table of [randomSet(2000, 5, 2, 3), discreteSet(40, 2, 1)]) {
      const set = binTrainingSet(table)
      expect(bundleColumns(viewsOf(set.heap), set.binning, set, features(table.features), 31, control)).toEqual([])
    }
  })

  test('a program names the codes of each bin but the most frequent one', () => {
    expect([...programOf(Uint8Array.of(0, 1, 0, 2, 1), 5, 4, 0)]).toEqual([0, 2, 1, 4, 1, 3, 0])
  })
})

// The hashes are of models that were trained without bundles, with an empty list in place of what `bundleColumns` finds.
describe('trees are those without bundles', () => {
  const weights = (rows: number): Float64Array => Float64Array.from({ length: rows }, (_, i) => i % 4)
  const withCategories = (set: TrainingSet): TrainingSet => ({ ...set, categorical: [25, 30, 32] })
  const CASES: readonly { name: string; set: TrainingSet; options?: BoostingOptions; hash: string }[] = [
    { name: 'two classes', set: discreteSet(2000, 2, 1), hash: '29dc1dc49386eee8' },
    { name: 'four classes', set: discreteSet(1500, 4, 2), hash: '1ed566a1b2f68ff5' },
    { name: 'a number', set: discreteSet(2000, 0, 3), hash: 'c00aef21dfb7311c' },
    { name: 'weights, some of them 0', set: { ...discreteSet(2000, 2, 4), weights: weights(2000) }, hash: '9f7e497622abb086' },
    { name: 'categories', set: withCategories(discreteSet(2000, 2, 5)), hash: '838380693366da21' },
    {
      name: 'monotone rules',
      set: discreteSet(2000, 0, 6),
      options: { monotone: features(33).map((f) => (f === 24 || f === 31 ? 1 : f === 30 ? -1 : 0)) },
      hash: '51d4e1969b20e3f9',
    },
    { name: 'rows held out', set: discreteSet(2000, 2, 7), options: { earlyStopping: true, nEstimators: 60 }, hash: 'b82eabdac646f02b' },
    { name: 'small leaves', set: discreteSet(900, 2, 8), options: { minSamplesLeaf: 2, maxLeaves: 60 }, hash: '770fd6510ed31611' },
  ]
  test.each(CASES)('of $name', ({ set, options, hash }) => {
    const given = { nEstimators: 12, ...options }
    expect(sha256(fitBoostedTrees(set, given)).slice(0, 16)).toBe(hash)
    expect(sha256(fitBoostedTrees(set, { ...given, engine: 'typescript' })).slice(0, 16)).toBe(hash)
  })
})
