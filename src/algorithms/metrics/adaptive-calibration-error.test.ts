// Reference values: fixtures/make-adaptive.py (uncertainty-calibration 0.1.4), seed 0.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adaptiveCalibrationError } from './adaptive-calibration-error.ts'
import fixture from './fixtures/adaptive.json' with { type: 'json' }

describe('adaptiveCalibrationError', () => {
  test.each(fixture.cases)('equals uncertainty-calibration on $name', ({ y, proba, bins, ...expected }) => {
    expect(adaptiveCalibrationError(y, proba, { bins })).toBeCloseTo(expected.classes, 12)
    expect(adaptiveCalibrationError(y, proba, { bins, of: 'top' })).toBeCloseTo(expected.top, 12)
    if (expected.single === undefined) return
    const positive = proba.filter((_, at) => at % 2 === 1)
    expect(adaptiveCalibrationError(y, positive, { bins })).toBeCloseTo(expected.single, 12)
  })

  test('is 0 for sure and right rows, 1 for sure and wrong ones, and does not depend on the order of rows', () => {
    expect(adaptiveCalibrationError([0, 1, 1], [0, 1, 1])).toBe(0)
    expect(adaptiveCalibrationError([1, 0], [0, 1])).toBe(1)
    const row = fc.record({ y: fc.integer({ min: 0, max: 1 }), p: fc.constantFrom(0.1, 0.25, 0.5, 0.8) })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const error = (list: typeof rows): number =>
          adaptiveCalibrationError(
            list.map(({ y }) => y),
            list.map(({ p }) => p),
            { bins: 4 },
          )
        expect(error(rows)).toBeCloseTo(error(rows.toReversed()), 12)
        expect(error(rows)).toBeLessThanOrEqual(1)
      }),
      { seed: 7 },
    )
  })

  test('refuses scores, codes without a column, no bins and no rows', () => {
    expect(() => adaptiveCalibrationError([0, 1], [0.5, 1.2])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => adaptiveCalibrationError([0, 1], [0.5, Number.NaN])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => adaptiveCalibrationError([0, 1], [0.5, 0.5], { bins: 0 })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => adaptiveCalibrationError([0, 2], [0.5, 0.5])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => adaptiveCalibrationError([], [])).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
  })
})
