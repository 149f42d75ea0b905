// Intervals around forecasts. Conformal: the method forecasts the past of its own series from every origin, with the weights it has now, and
// an interval is as wide as the errors made at the same distance (Lei et al. 2018 with origins as rows; Stankeviciute et al. 2021). Origins
// follow each other and are not exchangeable, so the coverage is measured, not proven: bench/learn/forecast.ts.
import { TandemError } from '../../errors.ts'
import { normalQuantile } from '../math/normal-quantile.ts'
import { studentQuantile } from '../math/student-quantile.ts'
import type { ForecastKernel } from './forecaster.ts'
import { refitVariances } from './refit-variances.ts'

export type IntervalKind = 'conformal' | 'analytic'

export interface Interval {
  /** Percent. */
  readonly level: number
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/**
 * Default of `warmUp`: of 0, 0.1 ... 0.7 the one with the best interval score on the horizon before the last of the M4 hourly and weekly
 * series, on the mean of the methods 3.3 percent better than 0; the last horizon was not looked at (bench/learn/forecast-intervals.ts).
 */
const WARM_UP = 0.3

export interface IntervalOptions {
  /** Percent of future values that shall lie inside each interval, such as [80, 95]. Default none. */
  readonly level?: readonly number[]
  /**
   * `conformal` (default): as wide as the errors that the method made on this series at the same distance.
   * `analytic`: as wide as the method's own assumptions say; narrower, and in practice too narrow.
   */
  readonly intervals?: IntervalKind
  /**
   * Share of the series, from its start, whose errors do not count for conformal intervals: the state warms up there, and older errors
   * say less about the next ones. From 0 on, below 1. Default 0.3.
   */
  readonly warmUp?: number
}

/**
 * @param mean   the forecasts.
 * @throws   `invalid_input` for a level outside 0..100 or a warm-up outside 0..1.
 */
export function intervalsOf(
  kernel: ForecastKernel,
  mean: Float64Array,
  { level = [], intervals = 'conformal', warmUp = WARM_UP }: IntervalOptions,
): Interval[] {
  for (const each of level) {
    if (!(each > 0 && each < 100))
      throw new TandemError('invalid_input', `The level is ${each}; it is a percentage between 0 and 100, such as 95.`)
  }
  if (!(warmUp >= 0 && warmUp < 1)) {
    throw new TandemError('invalid_input', `warmUp is ${warmUp}; it is a share of the series from 0 on and below 1, such as ${WARM_UP}.`)
  }
  if (level.length === 0) return []
  const { least = Number.NEGATIVE_INFINITY } = kernel
  const halves = halfWidths(kernel, mean, level, intervals, warmUp)
  return level.map((each, place) => {
    const half = halves[place]!
    return {
      level: each,
      lower: mean.map((value, step) => Math.max(least, value - half[step]!)),
      upper: mean.map((value, step) => value + half[step]!),
    }
  })
}

/**
 * By how much errors on a past that the method knows are too small where it cannot learn anew: for 95 % of the values on the second and fourth
 * horizon from the end behind two seasons alone it takes 2.1 (M4 hourly, 24 and 168), 3.0 (hourly, 24) and 2.8 (weekly, 52).
 */
const KNOWN_PAST_WIDENING = 2.6

/** For each level half the width of the interval at each step. */
function halfWidths(
  kernel: ForecastKernel,
  mean: Float64Array,
  level: readonly number[],
  intervals: IntervalKind,
  warmUp: number,
): Float64Array[] {
  const variances = kernel.variances(mean.length)
  if (intervals === 'analytic')
    return level.map((each) => variances.map((variance) => normalQuantile(0.5 + each / 200) * Math.sqrt(variance)))
  const outside = refitVariances(kernel, variances)
  if (outside !== undefined) {
    return level.map((each) =>
      outside.variances.map((variance) => studentQuantile(0.5 + each / 200, outside.degrees) * Math.sqrt(variance)),
    )
  }
  const errors = errorsByDistance(kernel, mean.length, warmUp)
  const widening = kernel.refits === undefined ? 1 : KNOWN_PAST_WIDENING
  return level.map((each) =>
    mean.map((value, step) => {
      const assumed = normalQuantile(0.5 + each / 200) * Math.sqrt(variances[step]!)
      const sorted = errors[step]!
      const size = kernel.relative ? Math.abs(value) : 1
      // 0.95 * 20 is 19.000000000000004 in doubles and would round up to an origin too many.
      const rank = Math.ceil(((sorted.length + 1) * each) / 100 - 1e-9)
      // Too few origins to have seen such an error: no narrower than the largest one and than what the method assumes.
      if (rank > sorted.length) return Math.max(assumed, (sorted.at(-1) ?? 0) * size) * widening
      return sorted[rank - 1]! * size * widening
    }),
  )
}

/** 32 MB of errors. */
const MOST_ERRORS = 4_000_000
const LEAST_SHARE = 1e-9

/** For each distance the sizes of the errors, ascending; as shares of the forecast where errors grow with it. */
function errorsByDistance({ series, firstOrigin, relative, forecastFrom }: ForecastKernel, h: number, warmUp: number): Float64Array[] {
  const n = series.length
  const earliest = Math.max(firstOrigin, 1, Math.floor(warmUp * n))
  const distances = Math.min(h, Math.max(0, n - earliest))
  // Every origin, or as many as there is room for; the last one is always among them.
  const stride = Math.ceil(((n - earliest) * distances) / MOST_ERRORS) || 1
  const first = n - 1 - Math.floor((n - 1 - earliest) / stride) * stride
  const errors = Array.from({ length: h }, (_, step) => new Float64Array(Math.max(0, Math.ceil((n - step - first) / stride))))
  // A forecast of next to nothing makes a share of any size.
  const least = LEAST_SHARE * series.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const forecasts = new Float64Array(h)
  for (let [origin, place] = [first, 0]; origin < n; origin += stride, place++) {
    const known = forecasts.subarray(0, Math.min(h, n - origin))
    forecastFrom(origin, known)
    for (let step = 0; step < known.length; step++) {
      const forecast = known[step]!
      const error = Math.abs(series[origin + step]! - forecast)
      errors[step]![place] = relative ? error / Math.max(Math.abs(forecast), least) : error
    }
  }
  return errors.map((sizes) => sizes.sort())
}
