// Learners that are asked to stop: they ask as often as their work is long, stop at once, and tell how far they are. Counted by calls, since
// a clock would measure the machine.
import { describe, expect, test } from 'vitest'
import { TandemError } from '../errors.ts'
import { fitGaussianMixture } from './cluster/fit-gaussian-mixture.ts'
import { fitHdbscan } from './cluster/fit-hdbscan.ts'
import { fitMiniBatchKMeans } from './cluster/fit-mini-batch-k-means.ts'
import { fitPca } from './cluster/fit-pca.ts'
import { chooseForecaster } from './forecast/choose-forecaster.ts'
import { fitEts } from './forecast/fit-ets.ts'
import { fitMstl } from './forecast/fit-mstl.ts'
import { fitTheta } from './forecast/fit-theta.ts'
import { forecastMany } from './forecast/forecast-many.ts'
import { createRng } from './math/rng.ts'
import type { ProgressOptions } from './tree/training-control.ts'

const rng = createRng(4)
const table = (rows: number, columns: number) => ({
  ...{ rows, columns },
  values: Float64Array.from({ length: rows * columns }, (_, at) => rng.next() / (1 + (at % columns))),
})
const tall = table(3000, 200)
const flat = table(120, 3000)
const square = table(500, 400)
const points = table(3000, 8)
const monthly = Float64Array.from({ length: 400 }, (_, at) => 50 + at / 10 + 9 * Math.sin(at / 1.91) + 4 * rng.next())
const hourly = Float64Array.from({ length: 6000 }, (_, at) => 50 + 9 * Math.sin(at / 3.82) + 4 * rng.next())

/** Fits, and of how many parts of about 10 ms (two million steps of its cost) each is at the least. */
const FITS: Readonly<Record<string, { readonly fewest: number; readonly learn: (watch: ProgressOptions) => unknown }>> = {
  // 3000 rows times the pairs of 200 columns, two at a time.
  'fitPca of many rows': { fewest: 10, learn: (watch) => fitPca(tall, { nComponents: 5, ...watch }) },
  // The eigenvectors of 400 columns: 400^3 steps and more.
  'fitPca of all components': { fewest: 40, learn: (watch) => fitPca(square, watch) },
  'fitPca of fewer rows than columns': { fewest: 8, learn: (watch) => fitPca(flat, watch) },
  fitHdbscan: { fewest: 10, learn: (watch) => fitHdbscan(points, { minClusterSize: 10, ...watch }) },
  fitEts: { fewest: 10, learn: (watch) => withoutMethods(fitEts(monthly, { seasonLength: 12, ...watch })) },
  fitTheta: { fewest: 5, learn: (watch) => withoutMethods(fitTheta(hourly, { seasonLength: 24, ...watch })) },
  fitMstl: { fewest: 5, learn: (watch) => withoutMethods(fitMstl(hourly, { seasonLengths: [24], ...watch })) },
  chooseForecaster: {
    fewest: 15,
    learn(watch) {
      const { forecaster, ...rest } = chooseForecaster(monthly.subarray(0, 150), { seasonLength: 12, horizon: 12, ...watch })
      return { ...withoutMethods(forecaster), ...rest }
    },
  },
}

/** Functions are never equal. */
function withoutMethods(forecaster: object): object {
  return Object.fromEntries(Object.entries(forecaster).filter(([, value]) => typeof value !== 'function'))
}

function outcomeOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
}

describe('fits that may be canceled', () => {
  test.each(Object.entries(FITS))('%s asks as its work goes on, tells how far it is, and finds the same', (_, { fewest, learn }) => {
    let asked = 0
    const shares: number[] = []
    const watched = learn({ isCanceled: () => ++asked < 0, onProgress: (share) => void shares.push(share) })
    expect(asked).toBeGreaterThanOrEqual(fewest)
    expect(watched).toEqual(learn({}))
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares[0]).toBeGreaterThanOrEqual(0)
    expect(shares.at(-1)).toBe(1)
    expect(shares.filter((share) => share === 1).length).toBe(1)
    expect(new Set(shares).size).toBeGreaterThan(1)
  })

  test.each(Object.entries(FITS))('%s ends where it is told to, and asks no more', (_, { fewest, learn }) => {
    for (const last of [1, 2, Math.floor(fewest / 2), fewest]) {
      let asked = 0
      const shares: number[] = []
      const isCanceled = (): boolean => ++asked === last
      expect(outcomeOf(() => learn({ isCanceled, onProgress: (share) => void shares.push(share) }))).toBe('canceled')
      expect(asked).toBe(last)
      expect(shares).not.toContain(1)
    }
    // A memory that was lent is given back: the next fit finds it empty.
    expect(learn({})).toBeTypeOf('object')
  })

  test('mixtures ask before each pass of their start and as their steps go on', () => {
    let asked = 0
    const options = { nComponents: 6, maxIter: 20, tol: 0 }
    const mixture = fitGaussianMixture(points, { ...options, isCanceled: () => ++asked < 0 })
    expect(mixture).toEqual(fitGaussianMixture(points, options))
    // 20 steps of 3000 rows, 6 components and 64 entries of a factor.
    expect(asked).toBeGreaterThan(12)
    for (const last of [1, 3, asked - 2, asked]) {
      let now = 0
      expect(outcomeOf(() => fitGaussianMixture(points, { ...options, isCanceled: () => ++now === last }))).toBe('canceled')
      expect(now).toBe(last)
    }
  })

  test('mini-batches ask before each batch and each part of a pass', () => {
    let asked = 0
    const options = { nClusters: 5, batchSize: 100, nInit: 2, maxIter: 2 }
    const attempts: number[] = []
    const model = fitMiniBatchKMeans(points, { ...options, isCanceled: () => ++asked < 0, onStart: (share) => void attempts.push(share) })
    expect(asked).toBeGreaterThan(model.nIterations + 2)
    expect(attempts).toEqual([0.5, 1])
    for (const last of [1, 5, asked - 1]) {
      let now = 0
      expect(outcomeOf(() => fitMiniBatchKMeans(points, { ...options, isCanceled: () => ++now === last }))).toBe('canceled')
      expect(now).toBe(last)
    }
  })

  test('forecasts of many series end with the one that is canceled', () => {
    const series = { first: monthly, second: monthly, third: monthly }
    let isCanceled = false
    const learn = (y: Float64Array) => fitTheta(y, { seasonLength: 12, isCanceled: () => isCanceled })
    const names: string[] = []
    const work = (): void => {
      for (const { name } of forecastMany(Object.entries(series), learn, { horizon: 3 })) {
        names.push(name)
        isCanceled = true
      }
    }
    expect(outcomeOf(work)).toBe('canceled')
    expect(names).toEqual(['first'])
  })
})
