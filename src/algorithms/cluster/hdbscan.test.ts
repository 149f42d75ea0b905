import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { createTrainingControl } from '../tree/training-control.ts'
import { fitHdbscan, type HdbscanOptions } from './fit-hdbscan.ts'
import reference from './fixtures/hdbscan.json' with { type: 'json' }
import { buildKdTree } from './kd-tree.ts'
import { mutualReachabilityTree } from './spanning-tree.ts'

const runs = reference.cases.flatMap(({ runs, name, rows, columns, values }) =>
  runs.map((run) => {
    const options = Object.entries(run.options).map(([key, value]) => [key.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase()), value])
    const x = { rows, columns, values: Float64Array.from(values) }
    return { ...run, x, name: `${name} ${JSON.stringify(run.options)}`, options: Object.fromEntries(options) as HdbscanOptions }
  }),
)

const unwatched = createTrainingControl({})

/** Numbers clusters by their first row. */
function renamed(labels: Int32Array): number[] {
  const names = new Map([[-1, -1]])
  return Array.from(labels, (label) => {
    if (!names.has(label)) names.set(label, names.size - 1)
    return names.get(label)!
  })
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

function numbers(count: number, seed: number, step = 0): Float64Array {
  const rng = createRng(seed)
  return Float64Array.from({ length: count }, () => (step > 0 ? Math.floor(rng.next() / step) : rng.next()))
}

/** The same sum of distances by Prim's method, without a tree. */
function primSum(values: Float64Array, rows: number, columns: number, minSamples: number): number {
  const distance = (a: number, b: number): number => {
    let sum = 0
    for (let column = 0; column < columns; column++) sum += (values[a * columns + column]! - values[b * columns + column]!) ** 2
    return Math.sqrt(sum)
  }
  const all = Array.from({ length: rows }, (_, row) => row)
  const core = all.map((row) => all.map((other) => distance(row, other)).sort((a, b) => a - b)[minSamples - 1]!)
  const near = all.map(() => Number.POSITIVE_INFINITY)
  const left = new Set(all)
  let [sum, current] = [0, 0]
  while (left.size > 1) {
    left.delete(current)
    for (const row of left) near[row] = Math.min(near[row]!, Math.max(distance(current, row), core[current]!, core[row]!))
    current = [...left].reduce((best, row) => (near[row]! < near[best]! ? row : best))
    sum += near[current]!
  }
  return sum
}

describe('fitHdbscan', () => {
  // Reference: scikit-learn 1.9.1 by fixtures/make_hdbscan.py, of runs whose answer does not depend on the order of the rows there.
  test.each(runs)('equals scikit-learn on $name', ({ x, options, labels, probabilities }) => {
    const model = fitHdbscan(x, options)
    expect(renamed(model.labels)).toEqual(labels)
    for (const [row, value] of probabilities.entries()) expect(model.probabilities[row]).toBeCloseTo(value, 9)
    expect(model.nClusters).toBe(Math.max(...labels) + 1)
  })

  test.each([
    [300, 2, 1, 0],
    [300, 2, 5, 0],
    [200, 6, 4, 0],
    [250, 2, 3, 0.2],
    // Enough rows for a kernel to find their distances.
    [1003, 3, 4, 0],
    [1000, 4, 5, 0.3],
    [21, 1, 2, 0],
    [2, 1, 1, 0],
  ])('spans rows by the shortest tree: %i rows of %i columns, %i samples, steps of %d', (rows, columns, minSamples, step) => {
    const values = numbers(rows * columns, rows, step)
    const { first, second, distances } = mutualReachabilityTree(buildKdTree(values, rows, columns, unwatched.spend), minSamples, unwatched)
    expect(distances.reduce((sum, distance) => sum + distance, 0)).toBeCloseTo(primSum(values, rows, columns, minSamples), 9)
    expect(new Set([0, ...second]).size).toBe(rows)
    const seen = new Set([0])
    for (const [edge, row] of second.entries()) {
      expect(seen.has(first[edge]!)).toBe(true)
      seen.add(row)
    }
  })

  test('joins clusters that split nearer than epsilon', () => {
    const around = (center: number) => [-0.2, -0.1, 0, 0.1, 0.2].map((step) => center + step)
    const values = Float64Array.from([...around(0), ...around(2), ...around(50), ...around(52)])
    const x = { rows: 20, columns: 1, values }
    expect(fitHdbscan(x, { minClusterSize: 4, minSamples: 2 }).nClusters).toBe(4)
    const joined = fitHdbscan(x, { minClusterSize: 4, minSamples: 2, clusterSelectionEpsilon: 5 })
    expect(renamed(joined.labels)).toEqual([...Array(10).fill(0), ...Array(10).fill(1)])
  })

  test('takes equal rows for noise, or for one cluster where that may be', () => {
    const x = { rows: 30, columns: 2, values: new Float64Array(60).fill(7) }
    expect(fitHdbscan(x)).toMatchObject({ nClusters: 0, labels: new Int32Array(30).fill(-1), probabilities: new Float64Array(30) })
    const one = fitHdbscan(x, { allowSingleCluster: true })
    expect(one).toMatchObject({ nClusters: 1, labels: new Int32Array(30), probabilities: new Float64Array(30).fill(1) })
    const two = { rows: 20, columns: 1, values: Float64Array.from({ length: 20 }, (_, row) => row % 2) }
    const pair = fitHdbscan(two)
    expect(pair.nClusters).toBe(2)
    expect([...pair.probabilities].every((value) => value === 1)).toBe(true)
  })

  test('refuses what it cannot cluster, by a code', () => {
    const x = { rows: 4, columns: 1, values: Float64Array.of(1, 2, 3, 4) }
    expect(codeOf(() => fitHdbscan(x))).toBe('too_few_rows')
    expect(codeOf(() => fitHdbscan(x, { minClusterSize: 1 }))).toBe('invalid_input')
    expect(codeOf(() => fitHdbscan(x, { minSamples: 0 }))).toBe('invalid_input')
    expect(codeOf(() => fitHdbscan(x, { minSamples: 2, clusterSelectionEpsilon: -1 }))).toBe('invalid_input')
    expect(codeOf(() => fitHdbscan(x, { clusterSelectionMethod: 'best' as 'eom' }))).toBe('invalid_input')
    expect(codeOf(() => fitHdbscan({ ...x, values: Float64Array.of(1, Number.NaN, 3, 4) }, { minSamples: 2 }))).toBe('invalid_input')
    expect(fitHdbscan({ rows: 2, columns: 1, values: Float64Array.of(1, 2) }, { minSamples: 1 }).nClusters).toBe(0)
  })
})
