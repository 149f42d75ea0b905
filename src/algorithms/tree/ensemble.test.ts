import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { builtKernels } from '../math/testing/built-kernels.ts'
import { binTrainingSet } from './bin-training-set.ts'
import { checkNodes } from './check-nodes.ts'
import { type TreeEnsemble, validateEnsemble } from './ensemble.ts'
import { estimateTrainingBytes } from './estimate-training-bytes.ts'
import { findEdges } from './find-edges.ts'
import { fitRandomForest } from './fit-random-forest.ts'
import { randomSet } from './testing/sets.ts'

describe('binTrainingSet', () => {
  test('puts every value where its edge rule puts it, with more values than bins and frequent ones', () => {
    const rng = createRng(5)
    const rows = 5000
    const x = Float32Array.from({ length: rows }, () => (rng.next() < 0.4 ? 1 : rng.next() < 0.1 ? Number.NaN : rng.next() * 3 - 1))
    const { bins, edges, hasMissing } = binTrainingSet({
      x,
      rows,
      features: 1,
      y: Float64Array.from(x, (_, i) => i % 2),
      classes: 2,
    })
    expect(hasMissing[0]).toBe(1)
    expect(edges.length).toBeLessThanOrEqual(254)
    expect(edges.length).toBeGreaterThan(200)
    for (let i = 1; i < edges.length; i++) expect(edges[i]).toBeGreaterThan(edges[i - 1]!)
    for (let i = 0; i < rows; i++) {
      const expected = Number.isNaN(x[i]!) ? edges.length + 1 : edges.findIndex((edge) => x[i]! <= edge)
      expect(bins[i]).toBe(expected < 0 ? edges.length : expected)
    }
    // 40 % of the rows are 1: that bin holds little else.
    const ones = bins[x.indexOf(1)]!
    expect(bins.filter((bin) => bin === ones).length).toBeLessThan(rows * 0.43)
  })

  test('takes edges from a seeded sample of a large set', () => {
    const set = randomSet(3000, 2, 2, 4, 0)
    const a = binTrainingSet(set, { sampleRows: 100, randomState: 1 })
    expect(binTrainingSet(set, { sampleRows: 100, randomState: 1 }).edges).toEqual(a.edges)
    expect(binTrainingSet(set, { sampleRows: 100, randomState: 2 }).edges).not.toEqual(a.edges)
  })
})

describe('findEdges', () => {
  const edgesOf = (values: readonly number[], fewestRows: number) =>
    findEdges(Float32Array.from(values).sort(), new Uint32Array(values.length + 1), fewestRows)
  const rowsPerBin = (values: readonly number[], edges: Float32Array): number[] =>
    [...edges, Number.POSITIVE_INFINITY].map((edge, i) => values.filter((v) => v <= edge && v > (i === 0 ? -1 : edges[i - 1]!)).length)

  test('bins of many values in few rows hold the fewest rows too', () => {
    const values = Array.from({ length: 500 }, (_, i) => (i * 7919) % 5003)
    expect(edgesOf(values, 1).length).toBe(254)
    const counts = rowsPerBin(values, edgesOf(values, 3))
    expect(counts.length).toBe(Math.floor(500 / 3))
    expect(Math.min(...counts)).toBe(3)
    expect(counts.reduce((sum, count) => sum + count)).toBe(500)
  })

  test('a frequent value keeps a bin to itself', () => {
    const values = [...Array.from({ length: 400 }, (_, i) => i + 1), ...Array<number>(100).fill(200.5)]
    const counts = rowsPerBin(values, edgesOf(values, 3))
    expect(counts).toContain(100)
    expect(counts.length).toBeLessThanOrEqual(166)
  })

  test('enough rows get all bins, whatever the fewest', () => {
    const values = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 50_021)
    expect(edgesOf(values, 3)).toEqual(edgesOf(values, 1))
  })
})

describe('validateEnsemble', () => {
  const model = fitRandomForest(randomSet(200, 3, 3, 1), { nEstimators: 2 })
  const inner = model.feature.findIndex((f) => f >= 0)
  const leaf = model.feature.indexOf(-1)
  test.each([
    ['a feature out of range', { feature: model.feature.with(inner, 3) }],
    ['a child before its parent', { left: model.left.with(inner, inner) }],
    ['a child past the end', { left: model.left.with(inner, model.feature.length - 1) }],
    ['a threshold that is NaN', { threshold: model.threshold.with(inner, Number.NaN) }],
    ['a leaf past the values', { left: model.left.with(leaf, model.leafValues.length) }],
    ['a leaf value that is NaN', { leafValues: model.leafValues.with(0, Number.NaN) }],
    ['a root past the end', { roots: model.roots.with(0, model.feature.length) }],
    ['arrays of other lengths', { missingLeft: new Uint8Array(1) }],
    ['too few importances', { importances: new Float64Array(1) }],
    ['a wrong number of trees', { nTrees: 3 }],
    ['classes that do not fit the leaves', { nClasses: 2 }],
    ['an infinite base score', { baseScores: Float64Array.of(Number.POSITIVE_INFINITY) }],
    ['an unknown kind', { kind: 'bush' as 'random-forest' }],
  ])('refuses %s', (_, change) => {
    expect(() => validateEnsemble({ ...model, ...change })).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
  })
})

describe('checkNodes', () => {
  test('is compiled from the source that is here', async () => {
    expect(await builtKernels('nodes')).toBe(readFileSync(new URL('./check-nodes-bytes.ts', import.meta.url), 'utf8'))
  })

  test('looks at every block of a large model', () => {
    const model = fitRandomForest(randomSet(9000, 3, 2, 1), { nEstimators: 8, maxDepth: 30 })
    const nodes = model.feature.length
    expect(nodes).toBeGreaterThan(2 * 4096)
    for (const engine of ['auto', 'typescript'] as const) {
      expect(checkNodes(model, engine)).toBe(model.feature.filter((f) => f < 0).length)
      for (const at of [0, 4095, 4096, nodes - 1]) {
        expect(checkNodes({ ...model, missingLeft: model.missingLeft.with(at, 2) }, engine)).toBe(-1)
      }
    }
  })

  /** The same as the kernel, said plainly. */
  const isSound = ({ feature, threshold, left, missingLeft, nFeatures, leafSize, leafValues }: TreeEnsemble): boolean =>
    feature.every((f, i) => {
      if (missingLeft[i]! > 1) return false
      if (f < -1 || f >= nFeatures) return false
      if (f >= 0) return !Number.isNaN(threshold[i]) && left[i]! > i && left[i]! + 1 < feature.length
      return leafSize === 1 ? Number.isFinite(threshold[i]) : left[i]! < leafValues.length / leafSize
    })

  test.each([
    ['one value a leaf', fitRandomForest(randomSet(60, 3, 2, 1), { nEstimators: 1 })],
    ['several values a leaf', fitRandomForest(randomSet(60, 3, 3, 1), { nEstimators: 1 })],
  ])('finds whatever a plain check finds: %s', (_, model) => {
    const nodes = model.feature.length
    const edges = [0, 1, nodes - 2, nodes - 1, nodes, 2 ** 31 - nodes, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - nodes, 2 ** 32 - 1]
    const features = [-(2 ** 31), -2, -1, 0, 2, 3, 2 ** 31 - 1]
    const thresholds = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38, -0]
    const counts = { sound: 0, wrong: 0 }
    for (let i = 0; i < nodes; i++) {
      const changes: Partial<TreeEnsemble>[] = [
        ...[...edges, i - 1, i, i + 1].map((to) => ({ left: model.left.with(i, to >>> 0) })),
        ...[...edges].map((to) => ({ left: model.left.with(i, 2 ** 32 - to + i) })),
        ...features.map((to) => ({ feature: model.feature.with(i, to) })),
        ...[0, 1, 2, 255].map((to) => ({ missingLeft: model.missingLeft.with(i, to) })),
        ...thresholds.map((to) => ({ threshold: model.threshold.with(i, to) })),
      ]
      for (const change of changes) {
        const changed = { ...model, ...change }
        const leaves = isSound(changed) ? changed.feature.filter((f) => f < 0).length : -1
        expect([checkNodes(changed), checkNodes(changed, 'typescript')]).toEqual([leaves, leaves])
        counts[leaves < 0 ? 'wrong' : 'sound']++
      }
    }
    expect(Math.min(counts.sound, counts.wrong)).toBeGreaterThan(100)
  })
})

describe('estimateTrainingBytes', () => {
  test('is above what the model takes and grows with the rows', () => {
    const set = randomSet(2000, 5, 2, 1)
    const { feature } = fitRandomForest(set, { nEstimators: 10 })
    const bytes = (rows: number): number =>
      estimateTrainingBytes({ rows, features: 5, classes: 2 }, { kind: 'random-forest', nEstimators: 10 })
    expect(bytes(2000)).toBeGreaterThan(feature.length * 13)
    expect(bytes(4000)).toBeGreaterThan(bytes(2000) * 1.9)
    expect(estimateTrainingBytes({ rows: 1e6, features: 19, classes: 2 }, { kind: 'boosted-trees' })).toBeLessThan(19e6 + 60e6)
  })
})
