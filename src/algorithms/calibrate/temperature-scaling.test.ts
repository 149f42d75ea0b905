import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { applyTemperature, fitTemperature } from './temperature-scaling.ts'

// Reference: scipy minimize_scalar, fixtures/make-temperature.py, seed 0; it stops at 1e-8 of the logarithm.
const { cases } = JSON.parse(readFileSync(new URL('./fixtures/temperature.json', import.meta.url), 'utf8')) as {
  cases: { name: string; y: number[]; proba: number[][]; temperature: number }[]
}

describe('temperature scaling', () => {
  test.each(cases)('finds the temperature that scipy finds: $name', ({ y, proba, temperature }) => {
    expect(Math.abs(fitTemperature(y, proba.flat()).temperature / temperature - 1)).toBeLessThan(1e-6)
  })

  test('keeps sums, order and, at 1, the probabilities', () => {
    const proba = [0.7, 0, 0.2, 0.1]
    const cooled = applyTemperature({ kind: 'temperature', temperature: 3 }, proba)
    expect(cooled.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
    expect(cooled[0]).toBeLessThan(0.7)
    expect([...cooled.keys()].sort((a, b) => cooled[b]! - cooled[a]!)).toEqual([0, 2, 3, 1])
    for (const [at, p] of applyTemperature({ kind: 'temperature', temperature: 1 }, proba).entries()) expect(p).toBeCloseTo(proba[at]!, 11)
  })

  test('stays within its limits when all rows are right, and refuses what does not fit', () => {
    expect(fitTemperature([0, 1], [0.9, 0.1, 0.2, 0.8]).temperature).toBeCloseTo(1 / 32, 6)
    expect(() => fitTemperature([], [])).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => fitTemperature([2], [0.5, 0.5])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => fitTemperature([0], [1.5, -0.5])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})
