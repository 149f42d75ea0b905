import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { createModelCard } from './model-card.ts'
import { renderModelCard } from './render-model-card.ts'
import { worstSlices } from './worst-slices.ts'

const rng = createRng(1)
const rows = 600
const city = Array.from({ length: rows }, () => ['Graz', 'Linz', 'Wien'][rng.below(3)]!)
const age = Float64Array.from({ length: rows }, () => 18 + rng.below(60))
const yTrue = Float64Array.from({ length: rows }, () => rng.below(2))
/** Good everywhere but in Linz. */
const predictions = Float64Array.from({ length: rows * 2 }, (_, at) => {
  const row = at >> 1
  const right = city[row] === 'Linz' ? 0.5 : 0.9
  return at % 2 === yTrue[row] ? right : 1 - right
})
const input = {
  name: 'churn | 2026',
  algorithm: 'random forest',
  classes: ['no', 'yes'],
  trainingRows: 2000,
  features: ['city', 'age'],
  yTrue,
  predictions,
  columns: { city, age },
}

describe('worstSlices', () => {
  test('names the slice that is worse, and by how much at least', () => {
    const noisy = Float64Array.from({ length: rows }, (_, row) => rng.next() + (city[row] === 'Linz' ? 0.3 : 0))
    const { slices, examined } = worstSlices(noisy, { city, age: [...age] })
    expect(slices.map(({ name }) => name)).toEqual(['city = Linz'])
    expect(examined).toBe(7)
    expect(slices[0]!.atLeast).toBeGreaterThan(0.1)
    expect(slices[0]!.atLeast).toBeLessThan(0.3)
  })

  test('names any slice of noise in about one of twenty sets at most, however many are looked at', () => {
    let named = 0
    for (let trial = 0; trial < 300; trial++) {
      const columns = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`c${at}`, Array.from({ length: 300 }, () => rng.below(4))]))
      if (
        worstSlices(
          Float64Array.from({ length: 300 }, () => rng.next()),
          columns,
        ).slices.length > 0
      )
        named++
    }
    // 0.05 and 3.5 standard errors of 300 trials.
    expect(named / 300).toBeLessThan(0.05 + 0.044)
  })

  test('looks at rows that lack a value as a slice of their own', () => {
    const age = Array.from({ length: 200 }, (_, row) => (row < 60 ? Number.NaN : row % 3))
    const losses = Float64Array.from({ length: 200 }, (_, row) => (row < 60 ? 2 : 0) + (row % 7) / 10)
    const { slices, examined } = worstSlices(losses, { age })
    expect([slices[0]!.name, slices[0]!.rows, examined]).toEqual(['age is missing', 60, 4])
  })

  test('leaves small slices out, and refuses what does not fit', () => {
    const losses = new Float64Array(100).fill(1)
    expect(worstSlices(losses, { a: Array.from({ length: 100 }, (_, row) => (row < 10 ? 'rare' : null)) })).toEqual({
      slices: [],
      examined: 0,
    })
    expect(() => worstSlices(losses, { a: ['x'] })).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => worstSlices([Number.NaN], {})).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => worstSlices(losses, {}, { minRows: 1 })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})

describe('model cards', () => {
  test('hold data, metrics with intervals, weak spots and limits, the same for the same seed, and survive JSON', () => {
    const card = createModelCard(input, { rng: createRng(2), resamples: 100 })
    expect(card.data.classes.reduce((sum, share) => sum + share.rows, 0)).toBe(rows)
    const { accuracy } = card.metrics
    expect(accuracy!.low).toBeLessThan(accuracy!.value)
    expect(accuracy!.high).toBeGreaterThan(accuracy!.value)
    expect(card.weakSpots.slices.map(({ name }) => name)).toEqual(['city = Linz'])
    expect(card.limits).toEqual([])
    expect(createModelCard(input, { rng: createRng(2), resamples: 100 })).toEqual(card)
    expect(JSON.parse(JSON.stringify(card))).toEqual(card)
    const text = renderModelCard(card)
    expect(text).toContain('# churn \\| 2026')
    expect(text).toContain('| city = Linz |')
    expect(text).toContain('None are known.')
  })

  test('say of numbers how far they are off, and that few rows say little', () => {
    const numbers = Float64Array.from({ length: 40 }, (_, row) => row)
    const card = createModelCard(
      {
        name: 'price',
        algorithm: 'ridge',
        trainingRows: 100,
        features: ['a'],
        yTrue: numbers,
        predictions: numbers.map((value) => value + 1),
        limits: ['Only Austria.'],
      },
      { rng: createRng(1), resamples: 50 },
    )
    expect(card.metrics.mae!.value).toBe(1)
    expect(card.limits).toEqual(['Only Austria.', 'Judged on 40 rows only: the intervals are wide.'])
    expect(renderModelCard(card)).toContain('None of 0 slices')
    expect(() => createModelCard({ ...input, predictions: [0.5] }, { rng: createRng(1) })).toThrow(
      expect.objectContaining({ code: 'shape_mismatch' }),
    )
  })
})
