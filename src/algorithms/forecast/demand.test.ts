import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { studentQuantile } from '../math/student-quantile.ts'
import { backtest } from './backtest.ts'
import { chooseForecaster, forecastMethods } from './choose-forecaster.ts'
import { fitCroston, fitTsb } from './fit-croston.ts'
import { fitEts } from './fit-ets.ts'
import reference from './fixtures/intermittent.json' with { type: 'json' }
import { coverage } from './forecast-errors.ts'
import { forecastMany } from './forecast-many.ts'
import { fitNaive, fitSeasonalNaive } from './naive.ts'

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

/** Demand on every fourth step or so, by a rule. */
const parts = Array.from({ length: 80 }, (_, at) => ((at * 7) % 29 < 7 ? 2 + ((at * 5) % 4) : 0))

// Reference: statsforecast 2.1.1 and scipy 1.17.1 by fixtures/make_intermittent.py, answers rounded to 12 digits.
describe('demand that comes now and then', () => {
  test.each(reference.cases)('equals statsforecast: $name', ({ y, croston, sba, tsb }) => {
    const close = (ours: Float64Array, theirs: number[]): void => {
      for (const [step, value] of theirs.entries()) expect(ours[step]).toBeCloseTo(value, 10)
    }
    close(fitCroston(y, { form: 'classic' }).predict(4).mean, croston)
    close(fitCroston(y).predict(4).mean, sba)
    close(fitTsb(y, { alphaDemand: 0.2, alphaProbability: 0.3 }).predict(4).mean, tsb)
  })

  test('has intervals that end at 0 and hold about as many values as they promise', () => {
    const rng = createRng(11)
    const inside = [0, 0]
    const runs = 80
    for (let run = 0; run < runs; run++) {
      const y = Array.from({ length: 110 }, () => (rng.next() < 0.3 ? 1 + Math.floor(8 * rng.next()) : 0))
      for (const [place, fitted] of [fitCroston(y.slice(0, 100)), fitTsb(y.slice(0, 100))].entries()) {
        const { lower, upper } = fitted.predict(10, { level: [90] }).intervals[0]!
        expect(lower.every((value) => value >= 0)).toBe(true)
        inside[place]! += coverage(y.slice(100), lower, upper) / runs
      }
    }
    // 800 values each; demand takes few values, so that an interval holds somewhat more than it must.
    for (const share of inside) {
      expect(share).toBeGreaterThan(0.87)
      expect(share).toBeLessThan(0.97)
    }
  })

  test('forgets with TSB what is no longer asked for, and does not with Croston', () => {
    const over = [...parts, ...Array(60).fill(0)]
    expect(fitTsb(over).predict(1).mean[0]).toBeLessThan(0.01)
    expect(fitCroston(over).predict(1).mean[0]).toBe(fitCroston([...parts, 0]).predict(1).mean[0])
  })

  test('refuses demand below 0 with its place, and weights that are none', () => {
    expect(() => fitCroston([1, 0, -2, 3])).toThrow(expect.objectContaining({ code: 'invalid_input', details: { index: 2 } }))
    expect(codeOf(() => fitTsb(parts, { alphaDemand: 0 }))).toBe('invalid_input')
    expect(codeOf(() => fitTsb(parts, { alphaProbability: Number.NaN }))).toBe('invalid_input')
    expect(codeOf(() => fitCroston(parts, { alpha: 1.5 }))).toBe('invalid_input')
    expect(codeOf(() => fitCroston(parts, { form: 'other' as 'sba' }))).toBe('invalid_input')
    expect(codeOf(() => fitCroston([1]))).toBe('too_few_rows')
  })
})

describe('backtest', () => {
  const { y, horizon, step, origins, Naive, SeasonalNaive } = reference.rolling

  test('equals the cross-validation of statsforecast at each distance', () => {
    for (const [fitSeries, expected] of [
      [fitNaive, Naive],
      [(known: Float64Array) => fitSeasonalNaive(known, { seasonLength: 7 }), SeasonalNaive],
    ] as const) {
      const past = backtest(y, fitSeries, { horizon, step, origins: 5 })
      expect(past.origins).toEqual(origins)
      for (let at = 0; at < horizon; at++) {
        expect(past.meanAbsoluteErrors[at]).toBeCloseTo(expected.mae[at]!, 9)
        expect(past.rootMeanSquaredErrors[at]).toBeCloseTo(expected.rmse[at]!, 9)
      }
    }
  })

  test('counts how many values each interval held, and how wide it was', () => {
    const past = backtest(y, fitNaive, { horizon: 7, origins: 8, level: [50, 95] })
    const [half, most] = past.intervals
    expect(half!.coverage).toBeLessThan(most!.coverage)
    expect(half!.meanWidth).toBeLessThan(most!.meanWidth)
    expect(most!.coverages.every((share) => Number.isInteger(Math.round(share * 8 * 1e6) / 1e6))).toBe(true)
  })

  test('learns from beginnings alone', () => {
    const seen: number[] = []
    backtest(
      y,
      (known) => {
        seen.push(known.length)
        return fitNaive(known)
      },
      { horizon: 10, origins: 3 },
    )
    expect(seen).toEqual([80, 70, 60])
  })

  test('takes fewer beginnings where the method allows no more, and says when it allows none', () => {
    expect(backtest(y, fitNaive, { horizon: 40 }).origins).toEqual([10, 50])
    expect(codeOf(() => backtest(y, fitNaive, { horizon: 90 }))).toBe('too_few_rows')
    expect(codeOf(() => backtest(y.slice(0, 12), (known) => fitEts(known), { horizon: 7 }))).toBe('too_few_rows')
    expect(codeOf(() => backtest(y, fitNaive, { horizon: 0 }))).toBe('invalid_input')
    expect(codeOf(() => backtest(y, fitNaive, { horizon: 7, origins: 0 }))).toBe('invalid_input')
    expect(codeOf(() => backtest(y, fitNaive, { horizon: 7, step: 1.5 }))).toBe('invalid_input')
  })
})

describe('chooseForecaster', () => {
  test('takes the method with the smallest error on the past, and fits it to the whole series', () => {
    const waves = Array.from({ length: 96 }, (_, at) => 100 + 0.5 * at + 20 * Math.sin((Math.PI * at) / 6) + ((at * 37) % 5))
    const { name, forecaster, comparison } = chooseForecaster(waves, { seasonLength: 12, horizon: 12 })
    expect(['ets', 'theta', 'mstl']).toContain(name)
    expect(forecaster.predict(12).mean).toHaveLength(12)
    expect(comparison[0]!.name).toBe(name)
    expect(comparison.map((each) => each.name).sort()).toEqual(['drift', 'ets', 'mstl', 'naive', 'seasonal-naive', 'theta'])
    const errors = comparison.map((each) => each.backtest!.meanAbsoluteError)
    expect(errors).toEqual([...errors].sort((left, right) => left - right))
    expect(new Set(comparison.map((each) => each.backtest!.origins.join())).size).toBe(1)
  })

  test('takes the first of equals: the simplest on a constant series', () => {
    expect(chooseForecaster(Array(40).fill(3), { horizon: 4 }).name).toBe('naive')
  })

  test('compares methods of demand on demand that comes now and then', () => {
    expect(Object.keys(forecastMethods(parts))).toEqual(['naive', 'drift', 'croston', 'tsb', 'ets'])
    const rare = chooseForecaster(parts, { horizon: 8 })
    expect(['croston', 'tsb', 'ets']).toContain(rare.name)
  })

  test('leaves out with its reason what cannot learn from any beginning, and refuses when nothing can', () => {
    const short = Array.from({ length: 30 }, (_, at) => 10 + (at % 12))
    const { comparison } = chooseForecaster(short, { seasonLength: 12, horizon: 12 })
    const left = comparison.find((each) => each.name === 'mstl')!
    expect(left.backtest).toBeUndefined()
    expect(left.reason).toMatch(/24/)
    expect(codeOf(() => chooseForecaster([1, 2, 3], { horizon: 5 }))).toBe('too_few_rows')
    expect(codeOf(() => chooseForecaster([1, Number.NaN, 3, 4], { horizon: 1 }))).toBe('invalid_input')
    expect(codeOf(() => chooseForecaster(short, { horizon: 2, methods: {} }))).toBe('invalid_input')
  })
})

describe('forecastMany', () => {
  test('gives one answer a series, and the reason where there is no forecast', () => {
    const series: [string, number[]][] = [
      ['good', parts],
      ['short', [1]],
      ['gap', [1, Number.NaN, 3]],
    ]
    const answers = [...forecastMany(series, fitNaive, { horizon: 3, level: [80] })]
    expect(answers.map(({ name }) => name)).toEqual(['good', 'short', 'gap'])
    expect(answers[0]).toMatchObject({ method: 'Naive', forecast: { mean: new Float64Array(3).fill(parts.at(-1)!) } })
    expect(answers.slice(1).map((each) => ('error' in each ? each.error.code : 'none'))).toEqual(['too_few_rows', 'invalid_input'])
    expect(codeOf(() => forecastMany([], fitNaive, { horizon: 0 }))).toBe('invalid_input')
  })

  test('holds one series at a time', () => {
    let taken = 0
    function* endless(): Generator<[string, number[]]> {
      for (;;) yield [`s${taken++}`, parts]
    }
    const answers = forecastMany(endless(), fitNaive, { horizon: 1 })
    answers.next()
    answers.next()
    expect(taken).toBe(2)
  })
})

describe('studentQuantile', () => {
  test.each(reference.student as [number, number, number][])(
    'at %f with %i degrees of freedom equals scipy',
    (probability, degrees, expected) => {
      expect(Math.abs(studentQuantile(probability, degrees) - expected)).toBeLessThan(1e-10 * Math.max(1, Math.abs(expected)))
    },
  )
})
