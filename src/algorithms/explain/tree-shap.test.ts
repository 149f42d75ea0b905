import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectedLeafSize, type TreeEnsemble } from '../tree/ensemble.ts'
import { fitBoostedTrees } from '../tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import { predictRow } from '../tree/predict.ts'
import { randomSet } from '../tree/testing/sets.ts'
import { explainedScore, treeShap } from './tree-shap.ts'

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

/** The mean of a tree over the rows when only the features of a set (bits) are known. */
function meanKnowing(e: TreeEnsemble, known: number, x: Float32Array, node: number, leafValue: (node: number) => number): number {
  const f = e.feature[node]!
  if (f < 0) return leafValue(node)
  const left = e.left[node]!
  const [a, b] = [left, left + 1].map((child) => () => meanKnowing(e, known, x, child, leafValue)) as [() => number, () => number]
  if ((known >> f) & 1) {
    const value = x[f]!
    return (Number.isNaN(value) ? e.missingLeft[node] === 1 : value <= e.threshold[node]!) ? a() : b()
  }
  return (e.cover![left]! * a() + e.cover![left + 1]! * b()) / e.cover![node]!
}

/** Shapley values by their definition: over all subsets, for each tree of one output. */
function bruteForce(e: TreeEnsemble, x: Float32Array, trees: readonly number[], leafValue: (node: number) => number): Float64Array {
  const n = e.nFeatures
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1))
  const value = Float64Array.from({ length: 2 ** n }, (_, known) =>
    trees.reduce((total, tree) => total + meanKnowing(e, known, x, e.roots[tree]!, leafValue), 0),
  )
  return Float64Array.from({ length: n }, (_, f) => {
    let phi = 0
    for (let known = 0; known < 2 ** n; known++) {
      if ((known >> f) & 1) continue
      const size = known.toString(2).replaceAll('0', '').length
      phi += ((factorial(size) * factorial(n - size - 1)) / factorial(n)) * (value[known | (1 << f)]! - value[known]!)
    }
    return phi
  })
}

describe('treeShap', () => {
  // Reference: LightGBM's pred_contrib, fixtures/make-lightgbm.py. 1e-6: our leaves are float32, LightGBM's float64.
  const { models } = JSON.parse(readFileSync(new URL('./fixtures/lightgbm.json', import.meta.url), 'utf8')) as {
    models: {
      name: string
      classes: number
      trees: Record<'feature' | 'threshold' | 'left' | 'missingLeft' | 'cover' | 'roots', number[]>
      rows: (number | null)[][]
      scores: number[][]
      contributions: number[][][]
    }[]
  }
  test.each(models)("equals LightGBM's pred_contrib: $name", ({ classes, trees, rows, scores, contributions }) => {
    const ensemble: TreeEnsemble = {
      ...{ kind: 'boosted-trees', task: classes > 0 ? 'classification' : 'regression', nFeatures: 5, nClasses: classes },
      ...{ nTrees: trees.roots.length, leafSize: 1, leafValues: new Float32Array(0) },
      feature: Int32Array.from(trees.feature),
      threshold: Float32Array.from(trees.threshold),
      left: Uint32Array.from(trees.left),
      missingLeft: Uint8Array.from(trees.missingLeft),
      cover: Uint32Array.from(trees.cover),
      roots: Uint32Array.from(trees.roots),
      baseScores: new Float64Array(classes > 2 ? classes : 1),
      importances: new Float64Array(5),
    }
    for (const [index, row] of rows.entries()) {
      const x = Float32Array.from(row, (value) => value ?? Number.NaN)
      for (const [score, expected] of contributions[index]!.entries()) {
        const output = classes === 2 ? 1 : score
        const { base, contributions: actual } = treeShap(ensemble, x, 0, output)
        for (const [feature, value] of [...actual, base].entries()) expect(Math.abs(value - expected[feature]!)).toBeLessThan(1e-6)
        expect(Math.abs(explainedScore(ensemble, x, 0, output) - scores[index]![score]!)).toBeLessThan(1e-6)
      }
    }
  })

  test('is the Shapley value by its definition, also where a path asks for a feature twice and values are missing', () => {
    const learners = [fitRandomForest, fitBoostedTrees]
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom(0, 2, 3),
        fc.constantFrom(...learners),
        fc.integer({ min: 1, max: 5 }),
        (seed, classes, learn, features) => {
          const set = randomSet(60, Math.max(2, features), classes, seed)
          const e = learn(set, { nEstimators: 3, minSamplesLeaf: 2, randomState: seed })
          const isForest = e.kind === 'random-forest'
          const x = set.x.slice(0, set.features)
          for (let output = 0; output < Math.max(1, classes); output++) {
            const step = isForest ? 1 : e.baseScores.length
            const trees = [...e.roots.keys()].filter((tree) => tree % step === (step > 1 ? output : 0))
            const sign = classes === 2 && output === 0 ? -1 : 1
            const leafValue = (node: number): number => {
              if (e.leafSize === 1) return e.threshold[node]! * sign * (isForest ? 1 / e.nTrees : 1)
              const values = e.leafValues.subarray(e.left[node]! * e.leafSize, (e.left[node]! + 1) * e.leafSize)
              return (output === 0 ? 1 - values.reduce((a, b) => a + b) : values[output - 1]!) / e.nTrees
            }
            const expected = bruteForce(e, x, trees, leafValue)
            const { contributions, base } = treeShap(e, x, 0, output)
            for (const [feature, value] of contributions.entries()) expect(Math.abs(value - expected[feature]!)).toBeLessThan(1e-9)
            expect(Math.abs(base + sum(contributions) - explainedScore(e, x, 0, output))).toBeLessThan(1e-9)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([
    [0, 'random-forest'],
    [2, 'random-forest'],
    [4, 'random-forest'],
    [0, 'boosted-trees'],
    [2, 'boosted-trees'],
    [4, 'boosted-trees'],
  ] as const)('adds up to what the model says: %i classes, %s', (classes, kind) => {
    const set = randomSet(2000, 12, classes, 5)
    const learn = kind === 'random-forest' ? fitRandomForest : fitBoostedTrees
    const e = learn(set, { nEstimators: 30, randomState: 2, ...(kind === 'random-forest' ? { maxDepth: 20 } : {}) })
    const out = new Float64Array(Math.max(1, classes))
    for (let row = 0; row < 10; row++) {
      predictRow(e, set.x, row * 12, out)
      for (let output = 0; output < out.length; output++) {
        const { base, contributions } = treeShap(e, set.x, row * 12, output)
        const total = base + sum(contributions)
        // Boosted classes are explained before the softmax.
        const said = kind === 'random-forest' || classes === 0 ? out[output]! : explainedScore(e, set.x, row * 12, output)
        expect(Math.abs(total - said)).toBeLessThan(1e-6)
        if (kind === 'boosted-trees' && classes === 2) expect(1 / (1 + Math.exp(-total))).toBeCloseTo(out[output]!, 6)
      }
    }
  })

  test('gives a feature that no tree asks for nothing, and a tree of one leaf explains nothing', () => {
    const e: TreeEnsemble = {
      ...{
        kind: 'random-forest',
        task: 'regression',
        nFeatures: 3,
        nClasses: 0,
        nTrees: 1,
        leafSize: expectedLeafSize('random-forest', 0),
      },
      feature: Int32Array.of(-1),
      threshold: Float32Array.of(2.5),
      left: Uint32Array.of(0),
      missingLeft: Uint8Array.of(0),
      cover: Uint32Array.of(7),
      leafValues: new Float32Array(0),
      roots: Uint32Array.of(0),
      baseScores: Float64Array.of(10),
      importances: new Float64Array(3),
    }
    expect(treeShap(e, new Float32Array(3), 0, 0)).toEqual({ base: 12.5, contributions: new Float64Array(3) })
  })

  test('refuses trees without covers and an output that is none', () => {
    const e = fitRandomForest(randomSet(50, 2, 2, 1), { nEstimators: 2 })
    const { cover: _, ...old } = e
    expect(() => treeShap(old, new Float32Array(2), 0, 1)).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => treeShap(old, new Float32Array(2), 0, 1)).toThrow('Train again')
    for (const output of [-1, 2, 0.5]) {
      expect(() => treeShap(e, new Float32Array(2), 0, output)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    }
  })
})
