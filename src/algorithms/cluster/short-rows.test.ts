import { describe, expect, test } from 'vitest'
import { createRng, type Rng } from '../math/rng.ts'
import { alone } from '../tree/team.ts'
import { fitKMeans, type KMeansOptions, prepareKMeans, runKMeans } from './fit-k-means.ts'
import { fitMiniBatchKMeans } from './fit-mini-batch-k-means.ts'
import type { KMeansPlan } from './k-means-plan.ts'
import { createKMeansWork } from './k-means-work.ts'

const normal = (rng: Rng): number => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next())
const [ROWS, COLUMNS] = [1300, 45]
const tableOf = (value: (row: number, column: number, rng: Rng) => number, rows = ROWS, columns = COLUMNS) => {
  const rng = createRng(11)
  const values = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) values[row * columns + column] = value(row, column, rng)
  return { rows, columns, values }
}
/** Seven clusters of four directions each, so that some centers are near each other. */
const clustered = (row: number, column: number, rng: Rng): number => Math.sin((row % 7) * 9 + (column % 4)) * 2 + normal(rng)

// The full distances are what cluster.test.ts sets beside scikit-learn's.
const TABLES = {
  clusters: tableOf(clustered),
  'noise of 64 columns': tableOf((_, __, rng) => normal(rng), 900, 64),
  '33 columns, of which one is far larger': tableOf((row, column, rng) => clustered(row, column, rng) * (column === 7 ? 1e6 : 1), 800, 33),
  'rows far from the origin': tableOf((row, column, rng) => 1e9 * (column + 1) + clustered(row, column, rng)),
  'some rows a million times as far out': tableOf((row, column, rng) => clustered(row, column, rng) * (row % 97 === 0 ? 1e6 : 1)),
  'small numbers': tableOf((row, column, rng) => clustered(row, column, rng) * 1e-152),
  'large numbers': tableOf((row, column, rng) => clustered(row, column, rng) * 1e148),
  'distances that tie': tableOf((row, column) => (column < 3 ? (row >> column) % 3 : 0)),
  'few different rows': tableOf((row) => row % 5),
  'one value': tableOf(() => 3),
  'one row for each cluster and little else': tableOf(clustered, 12, 40),
} as const

function model(x: (typeof TABLES)[keyof typeof TABLES], options: KMeansOptions, change: (plan: KMeansPlan) => KMeansPlan) {
  const prepared = prepareKMeans(x, options, 1)
  expect(prepared.plan.short).toBeDefined()
  const plan = change(prepared.plan)
  const work = createKMeansWork(plan)
  return runKMeans(plan, prepared.start, work, alone(work.perform))
}

describe('short rows', () => {
  test.each(Object.entries(TABLES))('leave the model of k-means what full distances make it: %s', (_, x) => {
    for (const nClusters of [1, 2, 9, 12]) {
      const options = { nClusters, nInit: 2, tol: 0, randomState: nClusters }
      const full = model(x, options, (plan) => ({ ...plan, short: undefined }))
      expect(model(x, options, (plan) => plan)).toEqual(full)
      expect(fitKMeans(x, options)).toEqual(full)
      expect(fitKMeans(x, { ...options, engine: 'typescript' })).toEqual(full)
    }
  })

  test.each(Object.entries(TABLES))('are the same in both engines for mini-batches: %s', (_, x) => {
    const options = { nClusters: 9, nInit: 2, batchSize: 100, randomState: 3 }
    const model = fitMiniBatchKMeans(x, options)
    expect(fitMiniBatchKMeans(x, { ...options, engine: 'typescript' })).toEqual(model)
    const again = fitKMeans(x, { nClusters: 9, init: model.centers, maxIter: 1, tol: 0 })
    expect(again.inertia).toBeLessThanOrEqual(model.inertia * (1 + 1e-9))
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e151])('refuse %d in mini-batches by its place, as full rows do', (value) => {
    const values = TABLES.clusters.values.slice()
    values[77 * COLUMNS + 5] = value
    const fit = () => fitMiniBatchKMeans({ rows: ROWS, columns: COLUMNS, values }, { nClusters: 3 })
    expect(fit).toThrow(expect.objectContaining({ code: 'invalid_input', details: { row: 77, column: 5 } }))
    const same = new Float64Array(ROWS * COLUMNS).fill(value)
    expect(() => fitMiniBatchKMeans({ rows: ROWS, columns: COLUMNS, values: same }, { nClusters: 3 })).toThrow(
      expect.objectContaining({ code: 'invalid_input', details: { row: 0, column: 0 } }),
    )
  })

  test('find clusters of floats as of doubles, and as good ones as batches of full rows', () => {
    const { rows, columns, values } = TABLES.clusters
    const floats = Float32Array.from(values)
    const options = { nClusters: 7, batchSize: 200, randomState: 1 }
    const model = fitMiniBatchKMeans({ rows, columns, values: floats }, options)
    expect(model).toEqual(fitMiniBatchKMeans({ rows, columns, values: Float64Array.from(floats) }, options))
    const best = fitKMeans({ rows, columns, values }, { nClusters: 7, nInit: 10 }).inertia
    const found = [0, 1, 2, 3, 4].map((randomState) => fitMiniBatchKMeans({ rows, columns, values }, { ...options, randomState }).inertia)
    expect(Math.min(...found)).toBeLessThan(best * 1.01)
  })

  test('find the memory of an earlier fit empty, and another one begun from within', () => {
    const x = TABLES.clusters
    const options = { nClusters: 9, randomState: 2 }
    const model = fitKMeans(x, options)
    fitKMeans(TABLES['large numbers'], { nClusters: 9 })
    let inner: unknown
    const onIteration = (): void => {
      inner ??= fitKMeans(x, options)
    }
    expect(fitKMeans(x, { ...options, onIteration })).toEqual(model)
    expect(inner).toEqual(model)
    const batches = fitMiniBatchKMeans(x, options)
    fitMiniBatchKMeans(TABLES['large numbers'], options)
    expect(fitMiniBatchKMeans(x, options)).toEqual(batches)
  })

  test('decide nearly all rows: few are left for full distances', () => {
    const x = TABLES['noise of 64 columns']
    const { plan, start } = prepareKMeans(x, { nClusters: 12, tol: 0 }, 1)
    const work = createKMeansWork(plan)
    let taken = 0
    const { nearestCenters } = work.kernels
    const counted = createKMeansWork(plan, {
      ...work.kernels,
      nearestCenters(...given) {
        taken += given[3]
        nearestCenters(...given)
      },
    })
    const { nIterations } = runKMeans(plan, start, counted, alone(counted.perform))
    expect(nIterations).toBeGreaterThan(5)
    // Without short rows the first step alone takes all 900.
    expect(taken).toBeLessThan(900)
    expect(taken).toBeGreaterThan(0)
  })
})
