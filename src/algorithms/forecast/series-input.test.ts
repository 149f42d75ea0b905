import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng, type Rng } from '../math/rng.ts'
import { chooseForecaster } from './choose-forecaster.ts'
import { fitCroston, fitTsb } from './fit-croston.ts'
import { fitEts, fitHolt, fitSes } from './fit-ets.ts'
import { fitMstl } from './fit-mstl.ts'
import { fitTheta } from './fit-theta.ts'
import type { Forecaster } from './forecaster.ts'
import { fitDrift, fitNaive, fitSeasonalNaive } from './naive.ts'
import { interpolateGaps } from './series-checks.ts'
import { spacedSeries, type TimedRow } from './spaced-series.ts'

const METHODS: Readonly<Record<string, (y: number[], seasonLength: number) => Forecaster>> = {
  naive: (y) => fitNaive(y),
  'seasonal naive': (y, seasonLength) => fitSeasonalNaive(y, { seasonLength }),
  drift: (y) => fitDrift(y),
  SES: (y) => fitSes(y),
  Holt: (y) => fitHolt(y),
  ETS: (y, seasonLength) => fitEts(y, { seasonLength }),
  MMM: (y, seasonLength) => fitEts(y, { seasonLength, model: 'MMM' }),
  theta: (y, seasonLength) => fitTheta(y, { seasonLength }),
  'additive theta': (y, seasonLength) => fitTheta(y, { seasonLength, form: 'dynamic-optimized', decomposition: 'additive' }),
  MSTL: (y, seasonLength) => fitMstl(y, { seasonLengths: [seasonLength] }),
  Croston: (y) => fitCroston(y),
  TSB: (y) => fitTsb(y),
  chosen: (y, seasonLength) => chooseForecaster(y, { seasonLength, horizon: 3, origins: 2 }).forecaster,
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

/** Series of every unpleasant kind, by a seed. */
function unpleasant(rng: Rng): number[] {
  const n = rng.below(40)
  const kind = rng.below(14)
  const size = 10 ** (rng.below(60) - 30)
  const noise = (): number => rng.next() - 0.5
  const y = Array.from({ length: n }, (_, at): number => {
    if (kind === 0) return 0
    if (kind === 1) return size
    if (kind === 2) return noise() * size
    if (kind === 3) return rng.next() < 0.2 ? rng.below(9) : 0
    if (kind === 4) return at === n - 1 ? 1e9 : 1
    if (kind === 5) return 2 ** at
    if (kind === 6) return 2 ** -at
    if (kind === 7) return (at % 4) * size
    if (kind === 8) return at % 2 === 0 ? 1e12 : 1e-12
    if (kind === 9) return -size * (at + 1)
    if (kind === 10) return 1e9 + at * 1e-7
    if (kind === 11) return at < n / 2 ? 0 : size
    if (kind === 12) return [1e100, 1e-100, -1e100][at % 3]!
    return rng.below(3)
  })
  if (n > 0 && rng.next() < 0.15)
    y[rng.below(n)] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -0][rng.below(5)]!
  return y
}

describe('series of every unpleasant kind', () => {
  test.each(Object.entries(METHODS))('%s gives numbers in order or an error that has a name, never NaN', (_, fitSeries) => {
    const rng = createRng(20_261)
    const answers = { forecast: 0, refused: 0 }
    for (let run = 0; run < 250; run++) {
      const y = unpleasant(rng)
      const seasonLength = [1, 2, 4, 7, 12, 50][rng.below(6)]!
      const h = [1, 3, 60][rng.below(3)]!
      const before = [...y]
      try {
        const fitted = fitSeries(y, seasonLength)
        for (const intervals of ['conformal', 'analytic'] as const) {
          const forecast = fitted.predict(h, { level: [80, 99.9], intervals })
          const all = [forecast.mean, ...forecast.intervals.flatMap(({ lower, upper }) => [lower, upper])]
          const wrong = all.find((values) => values.length !== h || !values.every(Number.isFinite))
          expect(wrong, `${fitted.method} of [${y.join(', ')}] with a season of ${seasonLength}, ${intervals}`).toBeUndefined()
          for (const { lower, upper } of forecast.intervals) expect(lower.every((low, at) => low <= upper[at]!)).toBe(true)
        }
        answers.forecast++
      } catch (error) {
        if (!TandemError.is(error)) throw new Error(`[${y.join(', ')}] with a season of ${seasonLength}, h ${h}`, { cause: error })
        expect(['invalid_input', 'too_few_rows']).toContain(error.code)
        answers.refused++
      }
      expect(y).toEqual(before)
    }
    expect(Math.min(answers.forecast, answers.refused)).toBeGreaterThan(20)
  })
})

describe('what is no series', () => {
  const good = [3, 5, 4, 6, 5, 7, 6, 8, 7, 9, 8, 10]

  test.each(Object.entries(METHODS))('%s names the place of a text, and does not read it as a number', (_, fitSeries) => {
    for (const wrong of ['12', '', 'a', true, 7n, {}, [3]]) {
      const y = [...good.slice(0, 4), wrong, ...good] as number[]
      expect(() => fitSeries(y, 4)).toThrow(expect.objectContaining({ code: 'invalid_input', details: { index: 4 } }))
    }
  })

  test.each(Object.entries(METHODS))('%s takes null and undefined as gaps, and names their place', (_, fitSeries) => {
    for (const gap of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      const y = [...good, gap, 4] as number[]
      expect(() => fitSeries(y, 4)).toThrow(expect.objectContaining({ code: 'invalid_input', details: { index: 12 } }))
    }
  })

  test('is refused: nothing, a number, an object, and sizes whose squares are no numbers', () => {
    for (const y of [null, undefined, 7, {}, 'abc', new Map()]) expect(codeOf(() => fitNaive(y as never))).toBe('invalid_input')
    expect(codeOf(() => fitEts([...good, 1e200]))).toBe('invalid_input')
    expect(codeOf(() => fitTheta(good.map((value) => value * 1e-200)))).toBe('invalid_input')
    expect(codeOf(() => fitNaive([]))).toBe('too_few_rows')
  })

  test('is a horizon beyond any use, or none', () => {
    for (const h of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9])
      expect(codeOf(() => fitNaive(good).predict(h))).toBe('invalid_input')
  })

  test('has intervals for a horizon longer than itself, no narrower than those of the last step it could see', () => {
    for (const [name, fitSeries] of Object.entries(METHODS)) {
      if (name === 'MMM' || name === 'MSTL') continue
      const { lower, upper } = fitSeries(good, 1).predict(30, { level: [90] }).intervals[0]!
      expect(upper[29]! - lower[29]!, name).toBeGreaterThanOrEqual(upper[0]! - lower[0]!)
    }
  })
})

describe('interpolateGaps', () => {
  test('refuses infinite values, texts and seasons that are no whole number', () => {
    expect(codeOf(() => interpolateGaps([1, Number.POSITIVE_INFINITY, 3]))).toBe('invalid_input')
    expect(codeOf(() => interpolateGaps([1, '2', 3] as never))).toBe('invalid_input')
    expect(codeOf(() => interpolateGaps([1, 2, 3], 0))).toBe('invalid_input')
    expect(codeOf(() => interpolateGaps([1, 2, 3], 1.5))).toBe('invalid_input')
  })

  test('fills a gap of a million observations', () => {
    const y = new Float64Array(1_000_002).fill(Number.NaN)
    y[0] = 0
    y[1_000_001] = 1_000_001
    const filled = interpolateGaps(y)
    expect(filled[500_000]).toBeCloseTo(500_000, 6)
  })
})

describe('spacedSeries', () => {
  const days = (...texts: string[]): TimedRow[] => texts.map((at, value) => ({ at, value }))

  test('finds the step, puts rows in order and shows what is missing', () => {
    const { values, every, missing, at } = spacedSeries(days('2026-03-05', '2026-03-01', '2026-03-02'))
    expect([...values]).toEqual([1, 2, Number.NaN, Number.NaN, 0])
    expect([every, missing, new Date(at(4)).toISOString(), new Date(at(7)).toISOString()]).toEqual([
      'day',
      2,
      '2026-03-05T00:00:00.000Z',
      '2026-03-08T00:00:00.000Z',
    ])
  })

  test.each([
    ['year', ['2020-06-30', '2021-06-30', '2023-06-30'], 4],
    ['quarter', ['2020-03-31', '2020-06-30', '2020-12-31'], 4],
    ['month', ['2024-01-31', '2024-02-29', '2024-03-31', '2024-05-31'], 5],
    ['week', ['2026-01-05', '2026-01-12', '2026-01-26'], 4],
    ['hour', ['2026-01-05T10:00Z', '2026-01-05T11:00Z', '2026-01-05T13:00Z'], 4],
    ['minute', ['2026-01-05T10:00Z', '2026-01-05T10:01Z', '2026-01-05T10:04Z'], 5],
    [1_800_000, ['2026-01-05T10:00Z', '2026-01-05T10:30Z', '2026-01-05T12:00Z'], 5],
  ])('finds a step of a %s', (every, texts, length) => {
    const found = spacedSeries(days(...texts))
    expect([found.every, found.values.length]).toEqual([every, length])
    expect(found.at(0)).toBeLessThanOrEqual(Date.parse(texts[0]!))
  })

  // Midnights of 2026 by Intl, ICU's zones: clocks change on 29 March and 25 October, in New York on 8 March and 1 November.
  test.each([
    ['London', '00:00', '23:00', ['2026-03-28', '2026-03-29', '2026-03-29', '2026-03-30']],
    ['Berlin', '23:00', '22:00', ['2026-03-27', '2026-03-28', '2026-03-29', '2026-03-30']],
    ['New York', '05:00', '04:00', ['2026-03-07', '2026-03-08', '2026-03-09', '2026-03-10']],
  ])('finds the days of midnights in %s when clocks go forward, and none that is missing', (_, winter, summer, dates) => {
    const rows = dates.map((date, at) => ({ at: `${date}T${at < 2 ? winter : summer}Z`, value: at }))
    const { every, values } = spacedSeries(rows)
    expect([every, ...values]).toEqual(['day', 0, 1, 2, 3])
    expect([...spacedSeries(rows, { every: 'day' }).values]).toEqual([0, 1, 2, 3])
  })

  test('finds days when clocks go back, and weeks and months across the change', () => {
    const of = (...texts: string[]): unknown[] => {
      const { every, missing, values } = spacedSeries(days(...texts))
      return [every, missing, values.length]
    }
    expect(of('2026-10-23T23:00Z', '2026-10-24T23:00Z', '2026-10-26T00:00Z', '2026-10-27T00:00Z')).toEqual(['day', 0, 4])
    expect(of('2026-03-16T00:00Z', '2026-03-23T00:00Z', '2026-03-29T23:00Z', '2026-04-05T23:00Z')).toEqual(['week', 0, 4])
    expect(of('2026-02-01T00:00Z', '2026-03-01T00:00Z', '2026-03-31T23:00Z', '2026-04-30T23:00Z')).toEqual(['month', 0, 4])
    expect(of('2026-01-31T23:00Z', '2026-02-28T23:00Z', '2026-03-31T22:00Z', '2026-04-30T22:00Z')).toEqual(['month', 0, 4])
    expect(of('2024-02-28', '2024-02-29', '2024-03-01')).toEqual(['day', 0, 3])
  })

  test('counts events at 23:00 and 00:00 for their days of UTC', () => {
    const events = days('2026-03-01T23:00Z', '2026-03-02T00:00Z', '2026-03-02T23:00Z')
    expect([...spacedSeries(events, { every: 'day', duplicates: 'sum' }).values]).toEqual([0, 3])
  })

  test('refuses two rows of one step with both places, or makes one of them as asked', () => {
    const rows = [...days('2026-03-01', '2026-03-02', '2026-03-02'), { at: '2026-03-03', value: 9 }]
    expect(() => spacedSeries(rows)).toThrow(expect.objectContaining({ code: 'invalid_input', details: { rows: [1, 2] } }))
    const by = (duplicates: 'sum' | 'mean' | 'last'): number => spacedSeries(rows, { duplicates }).values[1]!
    expect([by('sum'), by('mean'), by('last')]).toEqual([3, 1.5, 2])
    const orders = days('2026-03-01T08:00Z', '2026-03-01T09:30Z', '2026-03-03T23:59Z')
    expect(codeOf(() => spacedSeries(orders, { every: 'day' }))).toBe('invalid_input')
    expect([...spacedSeries(orders, { every: 'day', duplicates: 'sum' }).values]).toEqual([1, Number.NaN, 2])
  })

  test('reads times without a zone as UTC, wherever it runs', () => {
    const [one, other] = [days('2026-03-01 10:00', '2026-03-01 11:00'), days('2026-03-01T10:00Z', '2026-03-01T12:00+01:00')]
    expect(spacedSeries(one).at(1)).toBe(spacedSeries(other).at(1))
  })

  test('names the row whose time or value is none', () => {
    for (const at of ['soon', '2026-02-30', '03/01/2026', '', new Date('x'), Number.NaN, 1e30, undefined, null]) {
      const rows = [{ at: '2026-03-01', value: 1 }, { at, value: 2 } as TimedRow]
      expect(() => spacedSeries(rows)).toThrow(expect.objectContaining({ code: 'invalid_input', details: { index: 1 } }))
    }
    for (const value of ['7', Number.POSITIVE_INFINITY, true]) {
      const rows = [{ at: '2026-03-01', value: 1 }, { at: '2026-03-02', value } as TimedRow]
      expect(() => spacedSeries(rows)).toThrow(expect.objectContaining({ code: 'invalid_input', details: { index: 1 } }))
    }
    expect([
      ...spacedSeries([
        { at: '2026-03-01', value: null },
        { at: '2026-03-02', value: 5 },
      ]).values,
    ]).toEqual([Number.NaN, 5])
    expect(codeOf(() => spacedSeries([]))).toBe('too_few_rows')
  })

  test('refuses a step that is none, and rows a mistake apart', () => {
    expect(codeOf(() => spacedSeries(days('2026-03-01'), { every: 'fortnight' as 'week' }))).toBe('invalid_input')
    expect(codeOf(() => spacedSeries(days('2026-03-01'), { every: 0 }))).toBe('invalid_input')
    expect(codeOf(() => spacedSeries(days('2026-03-01'), { duplicates: 'first' as 'last' }))).toBe('invalid_input')
    expect(codeOf(() => spacedSeries(days('0026-03-01', '2026-03-01'), { every: 'minute' }))).toBe('invalid_input')
  })
})
