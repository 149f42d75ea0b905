import { describe, expect, test } from 'vitest'
import { accuracyScore } from '../metrics/classification-scores.ts'
import fixture from './fixtures/breast-cancer.json' with { type: 'json' }
import { permutationImportance } from './permutation-importance.ts'

function breastCancer() {
  const { rows, features, coefficients, intercept, y } = fixture
  return {
    x: Float64Array.from(fixture.x),
    rows,
    features,
    predict: (x: Float32Array | Float64Array, count: number) =>
      Float64Array.from({ length: count }, (_, row) => {
        const z = coefficients.reduce((sum, weight, feature) => sum + weight * x[row * features + feature]!, intercept)
        return z > 0 ? 1 : 0
      }),
    score: (predictions: Float64Array) => accuracyScore(y, predictions),
  }
}

describe('permutationImportance', () => {
  // Reference: scikit-learn 1.9.1 permutation_importance, fixtures/make.py, 200 repeats; other random numbers, hence 5 standard errors of both means.
  test('agrees with scikit-learn on breast_cancer', () => {
    const { baseline, mean, std } = permutationImportance(breastCancer(), { nRepeats: 200, randomState: 1 })
    expect(baseline).toBeCloseTo(fixture.baseline, 12)
    for (let feature = 0; feature < fixture.features; feature++) {
      const tolerance = 5 * fixture.std[feature]! * Math.sqrt(2 / 200) + 1e-12
      expect(Math.abs(mean[feature]! - fixture.mean[feature]!)).toBeLessThanOrEqual(tolerance)
      expect(std[feature]! / fixture.std[feature]!).toBeGreaterThan(0.7)
      expect(std[feature]! / fixture.std[feature]!).toBeLessThan(1.3)
    }
    // The ranking, wherever scikit-learn's own noise leaves one: features 6 and 7 are 0.0014 apart with a standard error of 0.0015.
    for (let a = 0; a < fixture.features; a++) {
      for (let b = 0; b < fixture.features; b++) {
        const noise = Math.sqrt((fixture.std[a]! ** 2 + fixture.std[b]! ** 2) / 200)
        if (fixture.mean[a]! - fixture.mean[b]! > 5 * noise) expect(mean[a]!).toBeGreaterThan(mean[b]!)
      }
    }
  })

  test('a feature the model does not read has exactly 0, the one it reads the whole loss', () => {
    const x = Float32Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? at / 2 : Number.NaN))
    const { mean, std } = permutationImportance({
      x,
      rows: 100,
      features: 2,
      predict: (values) => Float64Array.from({ length: 100 }, (_, row) => values[row * 2]!),
      score: (predictions) => predictions.filter((value, row) => value === row).length,
    })
    expect(mean[0]).toBeGreaterThan(90)
    expect([mean[1], std[1]]).toEqual([0, 0])
  })

  test('depends on the seed alone, leaves x as it was and reports progress', () => {
    const input = breastCancer()
    const before = input.x.slice()
    const shares: number[] = []
    const first = permutationImportance(input, { randomState: 3, onProgress: (share) => shares.push(share) })
    expect(input.x).toEqual(before)
    expect(permutationImportance(input, { randomState: 3 })).toEqual(first)
    expect(permutationImportance(input, { randomState: 4 })).not.toEqual(first)
    expect(shares).toEqual(Array.from({ length: 10 }, (_, at) => (at + 1) / 10))
  })

  test('puts the column back when it is canceled or the model fails', () => {
    const input = breastCancer()
    const before = input.x.slice()
    let asked = 0
    const isCanceled = () => ++asked > 4
    expect(() => permutationImportance(input, { isCanceled })).toThrow(expect.objectContaining({ code: 'canceled' }))
    expect(input.x).toEqual(before)
    let calls = 0
    const predict = (x: Float32Array | Float64Array, rows: number) => {
      if (++calls > 3) throw new RangeError('the model failed')
      return input.predict(x, rows)
    }
    expect(() => permutationImportance({ ...input, predict })).toThrow(RangeError)
    expect(input.x).toEqual(before)
  })

  test('refuses a table that is not rows x features, and a single row', () => {
    const input = breastCancer()
    expect(() => permutationImportance({ ...input, rows: 3 })).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => permutationImportance({ ...input, x: input.x.slice(0, 10), rows: 1 })).toThrow(
      expect.objectContaining({ code: 'too_few_rows' }),
    )
    expect(() => permutationImportance(input, { nRepeats: 0 })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})
