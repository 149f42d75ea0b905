import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { fitEts } from './fit-ets.ts'
import { fitMstl } from './fit-mstl.ts'
import { fitTheta } from './fit-theta.ts'
import type { Forecaster } from './forecaster.ts'
import { unitOf } from './series-unit.ts'

const METHODS: Readonly<Record<string, (y: Float64Array) => Forecaster>> = {
  AAA: (y) => fitEts(y, { seasonLength: 12, model: 'AAA' }),
  MAM: (y) => fitEts(y, { seasonLength: 12, model: 'MAM' }),
  MNM: (y) => fitEts(y, { seasonLength: 12, model: 'MNM' }),
  MMN: (y) => fitEts(y, { model: 'MMN' }),
  theta: (y) => fitTheta(y, { seasonLength: 12 }),
  'dynamic theta': (y) => fitTheta(y, { seasonLength: 12, form: 'dynamic-optimized' }),
  MSTL: (y) => fitMstl(y, { seasonLengths: [12] }),
}

/** Six years of months with a line, a wave and noise. */
function months(): Float64Array {
  const rng = createRng(5)
  return Float64Array.from({ length: 72 }, (_, at) => 20 + 0.2 * at + 5 * Math.sin((at * Math.PI) / 6) + 2 * (rng.next() - 0.5))
}

describe('a series in another unit', () => {
  test.each(Object.entries(METHODS))('%s forecasts the same in it, with the same intervals', (_, fitSeries) => {
    const y = months()
    const scaled = (by: number): number[] => {
      const { mean, intervals } = fitSeries(y.map((value) => value * by)).predict(12, { level: [90] })
      return [...mean, ...intervals[0]!.lower, ...intervals[0]!.upper].map((value) => value / by)
    }
    const usual = scaled(1)
    const [small, large] = [scaled(2 ** -40), scaled(2 ** 60)]
    expect(small).toEqual(scaled(2 ** -10))
    expect(large).toEqual(small)
    // The search of theta ends at another of its steps: 0.5 of 37 at most.
    for (const [at, value] of usual.entries()) expect(Math.abs(small[at]! - value)).toBeLessThan(0.5)
  })

  test('has a criterion that differs by the logarithm of the unit alone', () => {
    const y = months()
    for (const model of ['AAA', 'MAM']) {
      const aicc = (by: number): number =>
        fitEts(
          y.map((value) => value * by),
          { seasonLength: 12, model },
        ).aicc
      expect(aicc(2 ** -40) - aicc(1)).toBeCloseTo(-80 * 72 * Math.LN2, 6)
    }
  })

  test('is fitted by it only where its size is unusual', () => {
    expect([unitOf(months()), unitOf(new Float64Array(5)), unitOf(Float64Array.of(0.03))]).toEqual([1, 1, 2 ** -15])
    expect(unitOf(Float64Array.of(1e100, -1e100))).toBeGreaterThan(1e97)
    expect(unitOf(Float64Array.of(0, 1e-100))).toBeLessThan(1e-102)
  })
})
