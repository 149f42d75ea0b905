import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { fitGaussianMixture } from './fit-gaussian-mixture.ts'
import mixtures from './fixtures/mixtures.json' with { type: 'json' }
import reference from './fixtures/scikit-learn.json' with { type: 'json' }
import type { CovarianceType } from './mixture-shape.ts'
import { gaussianMixtureScores, predictGaussianMixture, predictGaussianMixtureProba } from './predict-gaussian-mixture.ts'

const TYPES = ['full', 'tied', 'diag', 'spherical'] as const

function rowsOf(name: string) {
  const { rows, columns, values } = reference.cases.find((each) => each.name === name)!
  return { rows, columns, values: Float64Array.from(values) }
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

describe('fitGaussianMixture', () => {
  // Reference: scikit-learn 1.9.1 by fixtures/make_mixtures.py: 15 steps from given labels.
  test.each(mixtures.cases)('takes the steps of scikit-learn, $covarianceType, on $set', (expected) => {
    const x = rowsOf(expected.set)
    const initLabels = Int32Array.from({ length: x.rows }, (_, row) => Math.floor((row * 3) / x.rows))
    const options = { nComponents: 3, covarianceType: expected.covarianceType as CovarianceType, initLabels, maxIter: 15, tol: 0 }
    const model = fitGaussianMixture(x, options)
    const probabilities = predictGaussianMixtureProba(model, x)
    const pairs = [
      [model.weights, expected.weights],
      [model.means, expected.means],
      [model.covariances, expected.covariances],
      [
        [model.logLikelihood, model.bic / 1000, model.aic / 1000],
        [expected.logLikelihood, expected.bic / 1000, expected.aic / 1000],
      ],
      [probabilities, expected.probabilities],
    ] as const
    for (const [ours, theirs] of pairs) {
      expect(ours.length).toBe(theirs.length)
      for (const [at, value] of theirs.entries()) expect(Math.abs(ours[at]! - value)).toBeLessThan(1e-6)
    }
    expect([...model.labels]).toEqual(expected.labels)
    expect(predictGaussianMixture(model, x)).toEqual(model.labels)
    expect(fitGaussianMixture(x, { ...options, engine: 'typescript' })).toEqual(model)
  })

  test.each(TYPES)('never gets less likely by more steps, and gives rows probabilities that sum to 1, %s', (covarianceType) => {
    const rng = createRng(4)
    const x = { rows: 1500, columns: 3, values: Float64Array.from({ length: 4500 }, (_, at) => rng.next() + (at % 2) * rng.next()) }
    let before = Number.NEGATIVE_INFINITY
    for (const maxIter of [1, 2, 4, 8, 16]) {
      const { logLikelihood } = fitGaussianMixture(x, { nComponents: 4, covarianceType, maxIter, tol: 0, regCovar: 0 })
      expect(logLikelihood).toBeGreaterThan(before - 1e-9)
      before = logLikelihood
    }
    const model = fitGaussianMixture(x, { nComponents: 4, covarianceType, nInit: 2 })
    const shares = predictGaussianMixtureProba(model, x)
    for (let row = 0; row < x.rows; row++)
      expect(shares.subarray(row * 4, row * 4 + 4).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
    const scores = gaussianMixtureScores(model, x)
    expect(scores.reduce((sum, score) => sum + score, 0) / x.rows).toBeCloseTo(model.logLikelihood, 10)
  })

  test('keeps to numbers where rows are equal, a column is constant and a component has no rows', () => {
    const equal = { rows: 5, columns: 2, values: Float64Array.of(3, 1, 3, 1, 3, 1, 3, 1, 3, 1) }
    for (const covarianceType of TYPES) {
      const model = fitGaussianMixture(equal, { nComponents: 3, covarianceType })
      for (const value of [...model.weights, ...model.means, ...model.covariances, model.bic]) expect(Number.isFinite(value)).toBe(true)
      expect([...predictGaussianMixtureProba(model, equal)].every(Number.isFinite)).toBe(true)
    }
    expect(codeOf(() => fitGaussianMixture(equal, { regCovar: 0 }))).toBe('invalid_input')
  })

  test('refuses what it cannot use, by a code', () => {
    const x = { rows: 2, columns: 1, values: Float64Array.of(1, 2) }
    expect(codeOf(() => fitGaussianMixture(x, { nComponents: 3 }))).toBe('too_few_rows')
    expect(codeOf(() => fitGaussianMixture(x, { covarianceType: 'round' as CovarianceType }))).toBe('invalid_input')
    expect(codeOf(() => fitGaussianMixture(x, { regCovar: -1 }))).toBe('invalid_input')
    expect(codeOf(() => fitGaussianMixture(x, { initLabels: [0] }))).toBe('shape_mismatch')
    expect(codeOf(() => fitGaussianMixture(x, { initLabels: [0, 1] }))).toBe('invalid_input')
    expect(codeOf(() => fitGaussianMixture({ ...x, values: Float64Array.of(1, Number.NaN) }))).toBe('invalid_input')
    const two = { rows: 1, columns: 2, values: Float64Array.of(1, 2) }
    expect(codeOf(() => predictGaussianMixture(fitGaussianMixture(x), two))).toBe('shape_mismatch')
  })
})
