import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import {
  calibrateClasses,
  calibrateValues,
  calibrationRows,
  groupOf,
  highestPromise,
  intervalsAt,
  setsAt,
} from './conformal-calibration.ts'
import { conformalInterval, fitConformalInterval } from './conformal-interval.ts'
import { conformalQuantile } from './conformal-quantile.ts'
import { conformalSet, fitConformalSets } from './conformal-sets.ts'
import { keepScores, keptQuantile } from './kept-scores.ts'

describe('kept scores', () => {
  test('give the quantile of all scores while all are kept, and never a smaller one when they are not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0.01, max: 0.9999, noNaN: true }), (rows, coverage) => {
        const rng = createRng(rows)
        const scores = Float64Array.from({ length: rows }, () => rng.next())
        const kept = keepScores(scores)
        expect(kept.scores.length).toBe(Math.min(rows, 1000))
        const [exact, own] = [conformalQuantile(scores, coverage), keptQuantile(kept, coverage)]
        expect(own).toBeGreaterThanOrEqual(exact)
        const more = exact === own ? 0 : scores.filter((score) => score > exact && score < own).length
        expect(more).toBeLessThanOrEqual(rows <= 1000 ? 0 : Math.ceil(rows / 1000))
      }),
      { seed: 7 },
    )
  })

  test('refuse none and what is not finite', () => {
    expect(() => keepScores([])).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => keepScores([1, Number.NaN])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => keptQuantile(keepScores([1]), 1)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})

describe('a calibration kept with a model', () => {
  test('gives the sets that would have been fitted at any coverage, also after JSON', () => {
    const rng = createRng(4)
    const rows = Array.from({ length: 300 }, () => {
      const p = rng.next()
      return { p, label: rng.next() < p ? 1 : 0 }
    })
    const labels = rows.map(({ label }) => label)
    const proba = rows.flatMap(({ p }) => [1 - p, p])
    const kept = JSON.parse(JSON.stringify(calibrateClasses(labels, proba)))
    for (const coverage of [0.5, 0.8, 0.9, 0.99]) {
      const fitted = fitConformalSets(labels, proba, { method: 'lac', coverage })
      expect(setsAt(kept, coverage).thresholds[0]).toBeCloseTo(fitted.thresholds[0]!, 8)
      for (const p of [0.02, 0.3, 0.5, 0.97])
        expect(conformalSet(setsAt(kept, coverage), [1 - p, p])).toEqual(conformalSet(fitted, [1 - p, p]))
    }
    expect(highestPromise(kept)).toBe(300 / 301)
    expect(calibrationRows(kept)).toBe(300)
  })

  test('widens intervals with what is predicted where errors do, and keeps the coverage in each part', () => {
    const rng = createRng(8)
    const noisy = (): [prediction: number, truth: number] => {
      const prediction = 1 + 9 * rng.next()
      return [prediction, prediction * (1 + (rng.next() + rng.next() - 1) * 0.5)]
    }
    const rows = Array.from({ length: 2000 }, noisy)
    const calibration = calibrateValues(
      rows.map(([, truth]) => truth),
      rows.map(([prediction]) => prediction),
    )
    expect(calibration.groups).toHaveLength(5)
    const intervals = intervalsAt(calibration, 0.9)
    const margins = intervals.margins.map(Number)
    expect(margins).toEqual([...margins].sort((a, b) => a - b))
    const inside = [0, 0]
    const seen = [0, 0]
    for (let at = 0; at < 4000; at++) {
      const [prediction, truth] = noisy()
      const { low, high } = conformalInterval(intervals, prediction, groupOf(calibration, prediction))
      const part = prediction < 5.5 ? 0 : 1
      seen[part]!++
      if (truth >= low && truth <= high) inside[part]!++
    }
    // 3.5 standard errors of 2000 new rows and of the calibration's 400 a group are 0.03.
    for (const part of [0, 1]) expect(Math.abs(inside[part]! / seen[part]! - 0.9)).toBeLessThan(0.03)
  })

  test('of few rows is one group, equal to the plain interval; equal predictions are one group too', () => {
    const rng = createRng(2)
    const predictions = Array.from({ length: 100 }, () => rng.next())
    const truths = predictions.map((value) => value + rng.next())
    const calibration = calibrateValues(truths, predictions)
    expect(calibration.bounds).toEqual([])
    const plain = fitConformalInterval(truths, predictions, { coverage: 0.9 })
    expect(intervalsAt(calibration, 0.9).margins[0]).toBeCloseTo(plain.margins[0]!, 8)
    expect(intervalsAt(calibration, 0.999).margins).toEqual([null])
    const same = calibrateValues(
      Array.from({ length: 1000 }, () => rng.next()),
      new Float64Array(1000).fill(3),
    )
    expect(same.groups.map((group) => group.rows)).toEqual([1000])
  })

  test('puts a prediction at a bound into one group, every time the same', () => {
    const calibration = { nClasses: 0, bounds: [1, 2], groups: [] }
    expect([0, 1, 1.5, 2, 9].map((prediction) => groupOf(calibration, prediction))).toEqual([0, 1, 1, 2, 2])
  })
})
