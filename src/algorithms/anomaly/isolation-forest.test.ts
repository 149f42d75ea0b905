import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import reference from './fixtures/isolation-forest.json' with { type: 'json' }
import { fitIsolationForest, isolationScores } from './isolation-forest.ts'

// Reference: scikit-learn 1.9.1 by fixtures/make.py, the mean of 2000 trees; ours has 2000 trees of other cuts.
const cases = reference.cases.map((each) => ({ ...each, x: { ...each, values: Float64Array.from(each.values) } }))

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, at) => at).sort((a, b) => values[a]! - values[b]!)
  const places = new Float64Array(values.length)
  for (const [place, at] of order.entries()) places[at] = place
  return places
}

function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [a, b].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length) as [number, number]
  let [both, squaresA, squaresB] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    both += (a[at]! - meanA) * (b[at]! - meanB)
    squaresA += (a[at]! - meanA) ** 2
    squaresB += (b[at]! - meanB) ** 2
  }
  return both / Math.sqrt(squaresA * squaresB)
}

describe('fitIsolationForest', () => {
  test.each(cases)('scores as scikit-learn, in value and in rank, on $name', ({ x, scores }) => {
    const ours = isolationScores(fitIsolationForest(x, { nEstimators: 2000, randomState: 1 }), x)
    const largest = scores.reduce((most, score, row) => Math.max(most, Math.abs(score - ours[row]!)), 0)
    // Two forests of 2000 trees of the same kind differ by about 0.01 in the most unusual rows.
    expect(largest).toBeLessThan(0.02)
    expect(correlation(ranks(ours), ranks(scores))).toBeGreaterThan(0.99)
  })

  test('gives the same forest for the same seed, and marks the share it is asked to', () => {
    const { x } = cases[0]!
    const forest = fitIsolationForest(x, { contamination: 0.05, randomState: 3 })
    expect(fitIsolationForest(x, { contamination: 0.05, randomState: 3 })).toEqual(forest)
    expect(fitIsolationForest(x, { randomState: 4 }).cuts).not.toEqual(forest.cuts)
    expect(isolationScores(forest, x).filter((score) => score > forest.threshold).length).toBe(15)
  })

  test('scores equal rows as usual and a constant column not at all', () => {
    const equal = { rows: 4, columns: 2, values: Float64Array.of(1, 5, 1, 5, 1, 5, 1, 5) }
    for (const score of isolationScores(fitIsolationForest(equal), equal)) expect(score).toBeCloseTo(0.5, 12)
    const one = { rows: 5, columns: 2, values: Float64Array.of(1, 7, 2, 7, 3, 7, 2, 7, 90, 7) }
    const scores = isolationScores(fitIsolationForest(one, { randomState: 2 }), one)
    expect(scores.indexOf(Math.max(...scores))).toBe(4)
  })

  test('refuses what it cannot learn from, by a code', () => {
    const x = { rows: 3, columns: 1, values: Float64Array.of(1, 2, 3) }
    expect(codeOf(() => fitIsolationForest({ rows: 1, columns: 1, values: Float64Array.of(1) }))).toBe('too_few_rows')
    expect(codeOf(() => fitIsolationForest({ ...x, values: Float64Array.of(1, Number.NaN, 2) }))).toBe('invalid_input')
    expect(codeOf(() => fitIsolationForest(x, { maxSamples: 4 }))).toBe('invalid_input')
    expect(codeOf(() => fitIsolationForest(x, { contamination: 0.6 }))).toBe('invalid_input')
    expect(codeOf(() => isolationScores(fitIsolationForest(x), { rows: 1, columns: 2, values: Float64Array.of(1, 2) }))).toBe(
      'shape_mismatch',
    )
  })
})
