import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { minimizeNelderMead } from '../math/minimize-nelder-mead.ts'
import { normalQuantile } from '../math/normal-quantile.ts'
import { createRng } from '../math/rng.ts'
import { decompose } from './decompose.ts'
import { fitEts, fitHolt, fitSes } from './fit-ets.ts'
import { decomposeMstl, fitMstl } from './fit-mstl.ts'
import { fitTheta, type ThetaForm } from './fit-theta.ts'
import reference from './fixtures/statsforecast.json' with { type: 'json' }
import { coverage, mase, smape } from './forecast-errors.ts'
import type { Forecaster } from './forecaster.ts'
import { fitDrift, fitNaive, fitSeasonalNaive } from './naive.ts'
import { interpolateGaps } from './series-checks.ts'

// Reference: statsforecast 2.1.1, statsmodels 0.15.0 and scipy 1.17.1 by fixtures/make.py; series rounded to 3 digits, answers to 10.
interface Answer {
  readonly mean: number[]
  readonly upper: number[]
}
interface Case {
  readonly name: string
  readonly seasonLength: number
  readonly y: number[]
  readonly h: number
  readonly naive: Answer
  readonly seasonalNaive: Answer
  readonly drift: Answer
  readonly theta: Record<string, number[]>
  readonly ets: Record<string, Answer & { readonly method: string; readonly aicc: number }>
  readonly decomposition?: { readonly additive: number[]; readonly multiplicative?: number[] }
}
const cases = reference.cases as unknown as Case[]

/** Largest difference, as a share of the largest value. */
function apart(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let [difference, size] = [0, 0]
  for (let at = 0; at < theirs.length; at++) {
    difference = Math.max(difference, Math.abs(ours[at]! - theirs[at]!))
    size = Math.max(size, Math.abs(theirs[at]!))
  }
  expect(ours.length).toBe(theirs.length)
  return difference / size
}

function upper(forecaster: Forecaster, h: number): Float64Array {
  return forecaster.predict(h, { level: [95], intervals: 'analytic' }).intervals[0]!.upper
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

function noise(n: number, seed: number): Float64Array {
  const rng = createRng(seed)
  return Float64Array.from({ length: n }, () => normalQuantile(rng.next() * (1 - 2 ** -31) + 2 ** -33))
}

describe('naive, seasonal naive and drift', () => {
  test.each(cases)('equal statsforecast with their intervals on $name', ({ y, h, seasonLength, ...expected }) => {
    const ours = { naive: fitNaive(y), seasonalNaive: fitSeasonalNaive(y, { seasonLength }), drift: fitDrift(y) }
    for (const name of ['naive', 'seasonalNaive', 'drift'] as const) {
      expect(apart(ours[name].predict(h).mean, expected[name].mean)).toBeLessThan(1e-9)
      expect(apart(upper(ours[name], h), expected[name].upper)).toBeLessThan(1e-9)
    }
  })

  test('forecast each observation from those before it', () => {
    expect([...fitNaive([1, 2, 4]).fitted]).toEqual([Number.NaN, 1, 2])
    expect([...fitSeasonalNaive([1, 2, 3, 4], { seasonLength: 2 }).fitted]).toEqual([Number.NaN, Number.NaN, 1, 2])
    expect([...fitDrift([1, 2, 4]).fitted]).toEqual([Number.NaN, Number.NaN, 3])
  })
})

describe('fitTheta', () => {
  // The search takes the same path as statsforecast's; what differs is the order of sums.
  test.each(cases)('equals statsforecast in every form on $name', ({ y, h, seasonLength, theta }) => {
    for (const [form, mean] of Object.entries(theta)) {
      const ours = fitTheta(y, { seasonLength, form: form as ThetaForm | 'auto' })
      expect(apart(ours.predict(h).mean, mean)).toBeLessThan(1e-6)
    }
  })

  test('forecasts a constant series, one shorter than two seasons, and a season through zero', () => {
    expect([...fitTheta(Array(20).fill(5), { seasonLength: 4 }).predict(3).mean]).toEqual([5, 5, 5])
    expect(fitTheta([3, 5, 4, 6, 5, 7, 6], { seasonLength: 4 }).seasonLength).toBe(1)
    const wave = Array.from({ length: 48 }, (_, at) => 10 * Math.sin((Math.PI * at) / 6))
    expect(apart(fitTheta(wave, { seasonLength: 12, form: 'standard' }).predict(12).mean, wave.slice(0, 12))).toBeLessThan(0.1)
  })
})

describe('fitEts', () => {
  test.each(cases)('chooses and forecasts as statsforecast on $name', ({ y, h, seasonLength, ets }) => {
    for (const [letters, expected] of Object.entries(ets)) {
      const damped = letters === 'ZZZ' ? undefined : letters.endsWith('d')
      const ours = fitEts(y, { seasonLength, model: letters.slice(0, 3), damped })
      expect(ours.method).toBe(expected.method)
      // Sums in another order may turn the search elsewhere in a flat place: never worse than by this.
      expect(ours.aicc).toBeLessThan(expected.aicc + 0.01)
      const { mean } = ours.predict(h)
      expect(apart(mean, ours.shape.damped ? undamp(expected.mean, mean, ours.parameters.phi!) : expected.mean)).toBeLessThan(5e-3)
      // One class of variances: theirs counts whole seasons for the last step only.
      if (ours.shape.error === 'A' && ours.shape.season === 'N' && !ours.shape.damped) {
        expect(apart(upper(ours, h), expected.upper)).toBeLessThan(1e-6)
      }
    }
  })

  /**
   * statsforecast (and R's forecast, from which it comes) adds phi^1 once more at the second step of a damped trend, where the model has
   * phi^2: a constant (phi - phi^step) x trend too much. Without it the numbers must be equal.
   */
  function undamp(theirs: readonly number[], ours: Float64Array, phi: number): number[] {
    const trend = (ours[1]! - ours[0]!) / phi ** 2
    return theirs.map((value, step) => value - trend * (phi - phi ** (step + 1)))
  }

  test('knows simple exponential smoothing and the damped line by their names', () => {
    const { y, h, ets } = cases[2]!
    expect(apart(fitSes(y).predict(h).mean, ets.ANN!.mean)).toBeLessThan(1e-6)
    expect(apart(fitHolt(y).predict(h).mean, ets.AAN!.mean)).toBeLessThan(1e-6)
    expect(fitHolt(y, { damped: true }).method).toBe('ETS(A,Ad,N)')
  })

  test('gives intervals that hold about as many values as they promise, in both ways', () => {
    const inside = { conformal: 0, analytic: 0 }
    const runs = 60
    for (let run = 0; run < runs; run++) {
      const steps = noise(132, 100 + run)
      let level = 50
      const y = steps.map((step, at) => {
        const value = level + 10 * Math.sin((Math.PI * at) / 6) + step
        level += 0.3 * step
        return value
      })
      const fitted = fitEts(y.slice(0, 120), { seasonLength: 12, model: 'ANA' })
      for (const intervals of ['conformal', 'analytic'] as const) {
        const [interval] = fitted.predict(12, { level: [90], intervals }).intervals
        inside[intervals] += coverage(y.slice(120), interval!.lower, interval!.upper) / runs
      }
    }
    // 60 runs of 12 dependent steps: a standard error of about 0.02.
    for (const share of Object.values(inside)) expect(share).toBeGreaterThan(0.84)
    for (const share of Object.values(inside)) expect(share).toBeLessThan(0.96)
  })

  test('forecasts a constant series as that constant, without width', () => {
    const { mean, intervals } = fitEts(Array(30).fill(7), { seasonLength: 12 }).predict(3, { level: [80] })
    expect([...mean, ...intervals[0]!.lower, ...intervals[0]!.upper]).toEqual(Array(9).fill(7))
  })

  test('leaves out seasons it cannot estimate and forms that multiply on values not above 0', () => {
    const y = noise(60, 1).map((value, at) => value + (at % 30 === 0 ? 20 : 0))
    expect(fitEts(y, { seasonLength: 30 }).shape).toMatchObject({ error: 'A', season: 'N' })
  })
})

describe('fitMstl', () => {
  test.each(reference.multiple)(
    'splits and forecasts as statsforecast: $name',
    ({ y, seasonLengths, at, trend, seasonal, trendMethod, mean }) => {
      const fitted = fitMstl(y, { seasonLengths })
      const parts = fitted.decomposition
      const size = Math.max(...y.map(Math.abs))
      const take = (values: Float64Array): number[] => at.map((place) => values[place]!)
      const far = (ours: number[], theirs: number[]): number =>
        Math.max(...ours.map((value, index) => Math.abs(value - theirs[index]!))) / size
      expect(far(take(parts.trend), trend)).toBeLessThan(1e-9)
      for (const [place, expected] of seasonal.entries()) expect(far(take(parts.seasonal[place]!), expected)).toBeLessThan(1e-9)
      for (const [place, value] of y.entries()) {
        const sum = parts.trend[place]! + parts.remainder[place]! + parts.seasonal.reduce((total, season) => total + season[place]!, 0)
        expect(sum).toBeCloseTo(value, 9)
      }
      expect(fitted.method).toContain(trendMethod)
      // A damped trend is forecast otherwise there; see `undamp` above.
      if (!trendMethod.includes('d')) expect(apart(fitted.predict(mean.length).mean, mean)).toBeLessThan(5e-3)
    },
  )

  test('gives intervals that hold as many values as they promise, though its seasons have seen the past they are asked about', () => {
    let inside = 0
    const runs = 12
    for (let run = 0; run < runs; run++) {
      const y = noise(340, 500 + run).map((step, at) => 30 + 8 * Math.sin((Math.PI * at) / 3.5) + 5 * Math.sin((Math.PI * at) / 14) + step)
      const [interval] = fitMstl(y.slice(0, 308), { seasonLengths: [7, 28] }).predict(32, { level: [90] }).intervals
      inside += coverage(y.slice(308), interval!.lower, interval!.upper) / runs
    }
    // 12 runs of 32 steps, of 0.9.
    expect(inside).toBeGreaterThan(0.86)
    expect(inside).toBeLessThan(0.97)
  })

  test.each([56, 57, 59, 60, 90])(
    'has intervals that hold from %i observations of a season of 28, the fewest it takes, and a few more',
    (known) => {
      let inside = 0
      const runs = 30
      for (let run = 0; run < runs; run++) {
        const y = noise(known + 14, 900 + run).map(
          (step, at) => 30 + 8 * Math.sin((Math.PI * at) / 3.5) + 5 * Math.sin((Math.PI * at) / 14) + step,
        )
        const [interval] = fitMstl(y.slice(0, known), { seasonLengths: [7, 28] }).predict(14, { level: [90] }).intervals
        inside += coverage(y.slice(known), interval!.lower, interval!.upper) / runs
      }
      // 30 runs of 14 dependent steps, of 0.9; no narrower, and with so little known somewhat wider.
      expect(inside).toBeGreaterThan(0.86)
      expect(inside).toBeLessThan(0.995)
    },
  )

  test('goes on with a season exactly, whatever the order of seasons, and refuses what has none', () => {
    const y = Array.from({ length: 120 }, (_, at) => (at % 7) + 10 * (at % 5))
    const [one, other] = [fitMstl(y, { seasonLengths: [5, 7] }), fitMstl(y, { seasonLengths: [7, 5] })]
    expect([...one.predict(9).mean]).toEqual([...other.predict(9).mean])
    expect(
      apart(
        one.predict(35).mean,
        Array.from({ length: 35 }, (_, step) => ((120 + step) % 7) + 10 * ((120 + step) % 5)),
      ),
    ).toBeLessThan(0.05)
    expect(codeOf(() => decomposeMstl(y, { seasonLengths: [] }))).toBe('invalid_input')
    expect(codeOf(() => decomposeMstl(y, { seasonLengths: [7, 7] }))).toBe('invalid_input')
    expect(codeOf(() => decomposeMstl(y, { seasonLengths: [1] }))).toBe('invalid_input')
    expect(codeOf(() => fitMstl(y, { seasonLengths: [7, 61] }))).toBe('too_few_rows')
    expect(codeOf(() => fitMstl([...y, Number.NaN], { seasonLengths: [7] }))).toBe('invalid_input')
  })
})

describe('a trend that multiplies', () => {
  test('follows a series that grows by a share, within its intervals, and is never chosen unasked', () => {
    const rng = noise(80, 9)
    const y = Float64Array.from({ length: 80 }, (_, at) => 5 * 1.05 ** at * (1 + 0.02 * rng[at]!))
    const fitted = fitEts(y.slice(0, 68), { model: 'MMN', damped: false })
    expect(fitted.method).toBe('ETS(M,M,N)')
    expect(smape(y.slice(68), fitted.predict(12).mean)).toBeLessThan(8)
    for (const intervals of ['conformal', 'analytic'] as const) {
      const [interval] = fitted.predict(12, { level: [95], intervals }).intervals
      expect(coverage(y.slice(68), interval!.lower, interval!.upper)).toBeGreaterThan(0.7)
      expect(interval!.upper[11]! - interval!.lower[11]!).toBeGreaterThan(interval!.upper[0]! - interval!.lower[0]!)
    }
    expect(fitEts(y).shape.trend).not.toBe('M')
  })

  test('is refused on values not above 0, and in forms without a finite variance', () => {
    const y = [3, 5, 4, 6, 5, 7, 6, 8, 7, 9, 8, 10, 9, 11, 10, 12]
    expect(codeOf(() => fitEts([...y, 0], { model: 'MMN' }))).toBe('invalid_input')
    expect(codeOf(() => fitEts([...y, -2], { model: 'MMM', seasonLength: 2 }))).toBe('invalid_input')
    expect(codeOf(() => fitEts(y, { model: 'AMN' }))).toBe('invalid_input')
    expect(codeOf(() => fitEts(y, { model: 'MMA', seasonLength: 2 }))).toBe('invalid_input')
  })
})

describe('series that lack something', () => {
  const gap = Array.from({ length: 60 }, (_, at) => (at === 17 ? Number.NaN : 10 + (at % 12)))
  const fits: [string, (y: readonly number[]) => Forecaster][] = [
    ['fitNaive', (y) => fitNaive(y)],
    ['fitSeasonalNaive', (y) => fitSeasonalNaive(y, { seasonLength: 12 })],
    ['fitDrift', (y) => fitDrift(y)],
    ['fitSes', (y) => fitSes(y)],
    ['fitHolt', (y) => fitHolt(y)],
    ['fitEts', (y) => fitEts(y, { seasonLength: 12 })],
    ['fitTheta', (y) => fitTheta(y, { seasonLength: 12 })],
    ['fitMstl', (y) => fitMstl(y, { seasonLengths: [12] })],
  ]

  test.each(fits)('%s names the place of a gap and how to fill it, and forecasts once it is filled', (_, forecast) => {
    expect(() => forecast(gap)).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(/Observation 17 of 60.*interpolateGaps/) }),
    )
    expect(
      forecast([...interpolateGaps(gap, 12)])
        .predict(5)
        .mean.every(Number.isFinite),
    ).toBe(true)
  })

  test.each(fits)('%s forecasts a series of 15 months of a year, or says how many it needs', (name, forecast) => {
    const short = Array.from({ length: 15 }, (_, at) => 10 + (at % 12))
    if (name === 'fitMstl')
      expect(() => forecast(short)).toThrow(expect.objectContaining({ code: 'too_few_rows', message: expect.stringContaining('24') }))
    else
      expect(
        forecast(short)
          .predict(20, { level: [95] })
          .intervals[0]!.upper.every(Number.isFinite),
      ).toBe(true)
  })

  test.each(fits)('%s takes values below 0', (_, forecast) => {
    const y = Array.from(noise(72, 4), (value, at) => 3 * Math.sin((Math.PI * at) / 6) + value)
    const { mean } = forecast(y).predict(12)
    expect(mean.every((value) => Math.abs(value) < 12)).toBe(true)
  })
})

describe('forecasters', () => {
  test('never give NaN: mean and intervals on short, flat, huge and tiny series', () => {
    const series = [
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      Array.from(noise(40, 2), (v) => v * 1e12),
      Array.from(noise(40, 3), (v) => v * 1e-12),
    ]
    for (const y of series) {
      for (const fitted of [
        fitNaive(y),
        fitSeasonalNaive(y, { seasonLength: 4 }),
        fitDrift(y),
        fitSes(y),
        fitEts(y, { seasonLength: 4 }),
        fitTheta(y, { seasonLength: 4 }),
      ]) {
        for (const intervals of ['conformal', 'analytic'] as const) {
          const {
            mean,
            intervals: [interval],
          } = fitted.predict(20, { level: [95], intervals })
          expect([...mean, ...interval!.lower, ...interval!.upper].every(Number.isFinite)).toBe(true)
          expect(interval!.lower.every((low, at) => low <= mean[at]! && mean[at]! <= interval!.upper[at]!)).toBe(true)
        }
      }
    }
  })

  test('refuse what they cannot forecast, by a code', () => {
    const y = [5, 6, 7, 8, 9, 10, 11, 12, 13, 12, 14]
    expect(codeOf(() => fitNaive([1, Number.NaN, 2]))).toBe('invalid_input')
    expect(codeOf(() => fitEts([1, 2, 3, 4]))).toBe('too_few_rows')
    expect(codeOf(() => fitTheta([1, 2, 3]))).toBe('too_few_rows')
    expect(codeOf(() => fitSeasonalNaive([1, 2, 3], { seasonLength: 3 }))).toBe('too_few_rows')
    expect(codeOf(() => fitEts([...y, -1], { model: 'MNN' }))).toBe('invalid_input')
    expect(codeOf(() => fitEts(y, { model: 'ANM' }))).toBe('invalid_input')
    expect(codeOf(() => fitNaive(y).predict(3, { level: [95], warmUp: 1 }))).toBe('invalid_input')
    expect(codeOf(() => fitEts(y, { model: 'ANA', seasonLength: 25 }))).toBe('invalid_input')
    expect(codeOf(() => fitEts(y, { seasonLength: 1.5 }))).toBe('invalid_input')
    expect(codeOf(() => fitNaive(y).predict(0))).toBe('invalid_input')
    expect(codeOf(() => fitNaive(y).predict(3, { level: [100] }))).toBe('invalid_input')
    expect(codeOf(() => decompose([1, 2, 0, 4], { seasonLength: 2, model: 'multiplicative' }))).toBe('invalid_input')
    expect(codeOf(() => decompose([1, 2, 3], { seasonLength: 2 }))).toBe('too_few_rows')
  })
})

describe('decompose', () => {
  test.each(cases.filter(({ decomposition }) => decomposition))('equals statsmodels on $name', ({ y, seasonLength, decomposition }) => {
    for (const [model, expected] of Object.entries(decomposition!)) {
      const { trend, seasonal, remainder } = decompose(y, { seasonLength, model: model as 'additive' })
      expect(apart(seasonal.slice(0, seasonLength), expected)).toBeLessThan(1e-8)
      const at = y.length >> 1
      const whole = model === 'additive' ? trend[at]! + seasonal[at]! + remainder[at]! : trend[at]! * seasonal[at]! * remainder[at]!
      expect(whole).toBeCloseTo(y[at]!, 8)
    }
  })
})

describe('interpolateGaps', () => {
  test('takes the neighbours one season away, or the line between neighbours', () => {
    const x = Number.NaN
    expect([...interpolateGaps([x, 1, x, x, 4, x])]).toEqual([1, 1, 2, 3, 4, 4])
    expect([...interpolateGaps([1, 10, 3, x, 5, 20], 2)]).toEqual([1, 10, 3, 15, 5, 20])
    expect([...interpolateGaps([1, x, 3], 7)]).toEqual([1, 2, 3])
    expect(codeOf(() => interpolateGaps([x, x]))).toBe('too_few_rows')
  })
})

describe('errors of forecasts', () => {
  test('are those of the M4 competition', () => {
    expect(smape([100, 200], [110, 180])).toBeCloseTo((200 * (10 / 210 + 20 / 380)) / 2, 12)
    expect(smape([0], [0])).toBe(0)
    expect(mase([10, 12], [11, 11], [1, 3, 2, 4], 2)).toBeCloseTo(1 / 1, 12)
    expect(coverage([1, 2, 3, 4], [1, 1, 4, 4], [2, 2, 5, 5])).toBe(0.75)
    expect(codeOf(() => smape([1], [1, 2]))).toBe('shape_mismatch')
    expect(codeOf(() => mase([1], [1], [2, 2, 2]))).toBe('invalid_input')
    expect(codeOf(() => mase([1], [1], [2], 1))).toBe('too_few_rows')
  })
})

describe('normalQuantile', () => {
  test.each(reference.quantiles as [number, number][])('at %f equals scipy', (probability, expected) => {
    expect(Math.abs(normalQuantile(probability) - expected)).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)))
  })
})

describe('minimizeNelderMead', () => {
  test('finds the valley of Rosenbrock, and the edge of a box that leaves it out', () => {
    const f = ([x, y]: Float64Array): number => (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2
    const free = { lower: Float64Array.of(-9, -9), upper: Float64Array.of(9, 9), tolerance: 1e-14 }
    const { point } = minimizeNelderMead(f, Float64Array.of(-1.2, 1), free)
    expect(point[0]).toBeCloseTo(1, 5)
    expect(point[1]).toBeCloseTo(1, 5)
    const edge = minimizeNelderMead(f, Float64Array.of(-1.2, 0.2), { ...free, upper: Float64Array.of(0.5, 0.5) })
    expect(edge.point[0]).toBeCloseTo(0.5, 5)
    expect(edge.point[1]).toBeCloseTo(0.25, 4)
  })
})
