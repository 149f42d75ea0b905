// Reference values: fixtures/make.py (scikit-learn 1.9.1, scipy), seed 0.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { expectedCalibrationError } from '../metrics/probability-scores.ts'
import fixture from './fixtures/calibration.json' with { type: 'json' }
import { applyIsotonicCalibration, fitIsotonicCalibration } from './isotonic-calibration.ts'
import { residualQuantile } from './residual-quantile.ts'
import { applySigmoidCalibration, fitSigmoidCalibration } from './sigmoid-calibration.ts'

const rows = fc.array(fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.integer({ min: 0, max: 1 }) }), {
  minLength: 1,
  maxLength: 60,
})

describe('sigmoid calibration', () => {
  test.each(fixture.cases)('equals the exact minimum and, to its tolerance, scikit-learn on $name', (c) => {
    const sampleWeight = c.sampleWeight ?? undefined
    const fit = fitSigmoidCalibration(c.score, c.correct, { input: 'score', sampleWeight })
    expect(fit.a).toBeCloseTo(c.exact.a, 8)
    expect(fit.b).toBeCloseTo(c.exact.b, 8)
    // scikit-learn's L-BFGS stops at a gradient of 1e-6.
    for (const [at, score] of c.grid.entries()) expect(applySigmoidCalibration(fit, score)).toBeCloseTo(c.sklearn[at]!, 5)
    const logit = fitSigmoidCalibration(c.score, c.correct, { sampleWeight })
    expect(logit.a).toBeCloseTo(c.exactLogit.a, 8)
    expect(logit.b).toBeCloseTo(c.exactLogit.b, 8)
  })

  test('is monotone and stays in 0..1 for any rows, also sure ones', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom('score' as const, 'logit' as const), (data, input) => {
        const fit = fitSigmoidCalibration(
          data.map(({ score }) => score),
          data.map(({ right }) => right),
          { input },
        )
        let last = 0
        for (let step = 0; step <= 20; step++) {
          const p = applySigmoidCalibration(fit, step / 20)
          // exp is right within one unit in the last place.
          expect(p).toBeGreaterThanOrEqual(last - 1e-15)
          expect(p).toBeLessThanOrEqual(1)
          last = p
        }
      }),
      { seed: 7 },
    )
  })

  test('rows that are all right give their smoothed share', () => {
    const fit = fitSigmoidCalibration([0.6, 0.9, 0.8], [1, 1, 1])
    expect(applySigmoidCalibration(fit, 0.7)).toBeCloseTo(4 / 5, 12)
  })

  test('halves the calibration error of an overconfident score', () => {
    const rng = createRng(9)
    const score = Array.from({ length: 2000 }, () => rng.next())
    const right = score.map((p) => (rng.next() < 0.3 + 0.4 * p ? 1 : 0))
    const fit = fitSigmoidCalibration(score, right)
    const before = expectedCalibrationError(right, score)
    const calibrated = score.map((p) => applySigmoidCalibration(fit, p))
    expect(expectedCalibrationError(right, calibrated)).toBeLessThan(before / 2)
  })

  test('refuses scores that are no probabilities and lengths that differ', () => {
    expect(() => fitSigmoidCalibration([1.5], [1])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => fitSigmoidCalibration([0.5, Number.NaN], [1, 0], { input: 'score' })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
    expect(() => fitSigmoidCalibration([0.5], [1, 0])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})

describe('isotonic calibration', () => {
  // scikit-learn 1.9.1, IsotonicRegression(out_of_bounds='clip').fit(scores, outcomes).predict([0.2, 0.3]), the same weights.
  test('takes scores that differ by rounding as one, as scikit-learn does', () => {
    const fit = fitIsotonicCalibration([0.1, 0.2, 0.19999999999999996, 0.3, 0.2, 0.1 + 0.2], [0, 1, 0, 0, 0, 1])
    expect(fit.x).toEqual([0.1, 0.19999999999999996, 0.3])
    expect(applyIsotonicCalibration(fit, 0.2)).toBeCloseTo(1 / 3, 12)
    expect(applyIsotonicCalibration(fit, 0.3)).toBeCloseTo(0.5, 12)
  })

  test.each(fixture.cases)('equals scikit-learn on $name, with and without ties', (c) => {
    const sampleWeight = c.sampleWeight ?? undefined
    const fit = fitIsotonicCalibration(c.score, c.correct, { sampleWeight })
    const tied = fitIsotonicCalibration(c.tied.score, c.correct, { sampleWeight })
    for (const [at, score] of c.grid.entries()) {
      expect(applyIsotonicCalibration(fit, score)).toBeCloseTo(c.isotonic[at]!, 12)
      expect(applyIsotonicCalibration(tied, score)).toBeCloseTo(c.tied.isotonic[at]!, 12)
    }
  })

  test('never falls, for any rows', () => {
    fc.assert(
      fc.property(rows, (data) => {
        const fit = fitIsotonicCalibration(
          data.map(({ score }) => score),
          data.map(({ right }) => right),
        )
        for (let at = 1; at < fit.y.length; at++) expect(fit.y[at]!).toBeGreaterThanOrEqual(fit.y[at - 1]!)
        for (const value of fit.y) expect(Math.abs(value - 0.5)).toBeLessThanOrEqual(0.5)
      }),
      { seed: 7 },
    )
  })

  test('a single score gives its share everywhere', () => {
    const fit = fitIsotonicCalibration([0.5, 0.5], [1, 0])
    expect([0, 0.5, 1].map((score) => applyIsotonicCalibration(fit, score))).toEqual([0.5, 0.5, 0.5])
  })
})

describe('residualQuantile', () => {
  test('takes the row of rank ceil((n + 1) coverage)', () => {
    expect(residualQuantile([-1, 2, -3, 4, 5, -6, 7, 8, 9], 0.9)).toBe(9)
    expect(residualQuantile([-1, 2, -3, 4, 5, -6, 7, 8, 9], 0.5)).toBe(5)
    expect(residualQuantile([1, 2, 3], 0.9)).toBe(Number.POSITIVE_INFINITY)
  })

  test('covers new rows as often as promised', () => {
    const rng = createRng(21)
    const draw = () => rng.next() + rng.next() + rng.next() - 1.5
    let covered = 0
    for (let trial = 0; trial < 4000; trial++) {
      const width = residualQuantile(
        Array.from({ length: 19 }, () => draw()),
        0.9,
      )
      if (Math.abs(draw()) <= width) covered++
    }
    // Exactly 0.9 in expectation (rank 18 of 20); 3.5 standard errors of 4000 trials are 0.0166.
    expect(Math.abs(covered / 4000 - 0.9)).toBeLessThan(0.0166)
  })

  test('refuses no rows, a coverage of 1 and NaN', () => {
    expect(() => residualQuantile([], 0.9)).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => residualQuantile([1], 1)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => residualQuantile([Number.NaN], 0.9)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})
