import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { weightedScore } from './weighted-score.ts'

describe('weightedScore', () => {
  test('is the weighted mean, whatever the weights sum to', () => {
    expect(weightedScore({ quality: 3, price: 1 }).score({ quality: 0.8, price: 0.4 })).toBeCloseTo(0.7, 12)
    expect(weightedScore({ quality: 0.3, price: 0.1 }).score({ quality: 0.8, price: 0.4 })).toBeCloseTo(0.7, 12)
  })

  test('skips what is missing and lets the other weights share its part', () => {
    const fallback = weightedScore({ a: 0.5, b: 0.3, c: 0.2 })
    for (const missing of [undefined, null, Number.NaN, 'high', {}]) {
      expect(fallback.score({ a: 1, b: 0.5, c: missing })).toBeCloseTo((0.5 + 0.15) / 0.8, 12)
    }
    expect(fallback.score({})).toBeUndefined()
    expect(weightedScore({ a: 1, b: 0 }).score({ b: 1 })).toBeUndefined()
    expect(weightedScore({ constructor: 1 }).score({})).toBeUndefined()
  })

  test('cuts values to 0..1 and reads booleans', () => {
    expect(weightedScore({ a: 1, b: 1 }).score({ a: 80, b: -4 })).toBe(0.5)
    expect(weightedScore({ a: 3, b: 1 }).score({ a: true, b: false })).toBe(0.75)
    expect(weightedScore({ a: 1 }).score({ a: Number.POSITIVE_INFINITY })).toBe(1)
  })

  test('stays in 0..1, and the contributions sum to the score', () => {
    const weights = fc.dictionary(fc.string(), fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minKeys: 1 })
    fc.assert(
      fc.property(weights, fc.double(), (given, value) => {
        const fallback = weightedScore(given)
        const features = Object.fromEntries(Object.keys(given).map((name) => [name, value]))
        const score = fallback.score(features)
        const parts = Object.values(fallback.contributions(features))
        if (score === undefined) {
          expect(parts).toEqual([])
          return
        }
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(score, 9)
      }),
      { seed: 7 },
    )
  })

  test.each([
    ['no weights', {}],
    ['weights that are all 0', { a: 0, b: 0 }],
    ['a negative weight', { a: 1, b: -0.1 }],
    ['NaN', { a: Number.NaN }],
    ['infinity', { a: Number.POSITIVE_INFINITY }],
    ['a sum beyond the numbers', { a: 1e308, b: 1e308 }],
    ['a text', { a: '1' as unknown as number }],
  ])('refuses %s', (_name, weights) => {
    expect(() => weightedScore(weights)).toThrow(expect.objectContaining({ code: 'invalid_config' }))
  })
})
