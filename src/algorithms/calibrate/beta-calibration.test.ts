// Reference values: fixtures/make-beta.py (betacal 1.1.0, scipy), seed 0.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { expectedCalibrationError } from '../metrics/probability-scores.ts'
import { applyBetaCalibration, fitBetaCalibration } from './beta-calibration.ts'
import fixture from './fixtures/beta.json' with { type: 'json' }

describe('beta calibration', () => {
  test.each(fixture.cases)('equals the exact minimum and, to its tolerance, betacal on $name', (c) => {
    const fit = fitBetaCalibration(c.score, c.outcome, { sampleWeight: c.sampleWeight ?? undefined })
    expect(fit.a).toBeCloseTo(c.exact.a, 7)
    expect(fit.b).toBeCloseTo(c.exact.b, 7)
    expect(fit.c).toBeCloseTo(c.exact.c, 7)
    // betacal learns by L-BFGS, which stops at a gradient of 1e-4.
    for (const [at, score] of c.grid.entries()) expect(Math.abs(applyBetaCalibration(fit, score) - c.betacal[at]!)).toBeLessThan(1e-3)
  })

  test('never falls and stays in 0..1 for any rows, also sure and separated ones', () => {
    const score = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(fc.array(fc.record({ score, right: fc.integer({ min: 0, max: 1 }) }), { minLength: 1, maxLength: 60 }), (rows) => {
        const fit = fitBetaCalibration(
          rows.map((row) => row.score),
          rows.map((row) => row.right),
        )
        let last = 0
        for (let step = 0; step <= 20; step++) {
          const p = applyBetaCalibration(fit, step / 20)
          expect(p).toBeGreaterThanOrEqual(last - 1e-12)
          expect(p).toBeLessThanOrEqual(1)
          last = p
        }
      }),
      { seed: 7 },
    )
  })

  test('leaves a score that is calibrated nearly as it is, and mends one that is too sure on one side only', () => {
    const rng = createRng(3)
    const truth = Array.from({ length: 4000 }, () => rng.next())
    const right = truth.map((p) => (rng.next() < p ? 1 : 0))
    const kept = fitBetaCalibration(truth, right)
    for (const score of [0.1, 0.5, 0.9]) expect(Math.abs(applyBetaCalibration(kept, score) - score)).toBeLessThan(0.03)
    const bent = truth.map((p) => p ** 3)
    const mended = fitBetaCalibration(bent, right)
    const after = bent.map((score) => applyBetaCalibration(mended, score))
    expect(expectedCalibrationError(right, after)).toBeLessThan(expectedCalibrationError(right, bent) / 5)
  })

  test('is flat at the smoothed share when outcomes are all equal or the scores rank backwards', () => {
    const same = fitBetaCalibration([0.6, 0.9, 0.8], [1, 1, 1])
    expect(applyBetaCalibration(same, 0.1)).toBeCloseTo(4 / 5, 12)
    const backwards = fitBetaCalibration([0.1, 0.2, 0.8, 0.9, 0.15, 0.85], [1, 1, 0, 0, 0, 1])
    expect(backwards).toMatchObject({ a: 0, b: 0 })
    expect(applyBetaCalibration(backwards, 0.3)).toBeCloseTo(0.5, 12)
  })

  test('refuses what is no probability and lengths that differ', () => {
    expect(() => fitBetaCalibration([1.5], [1])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => fitBetaCalibration([Number.NaN, 0.5], [1, 0])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => fitBetaCalibration([0.5], [1, 0])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => fitBetaCalibration([], [])).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
  })
})
