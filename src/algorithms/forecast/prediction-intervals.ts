// Intervals around forecasts. Conformal: the method forecasts the past of its own series from every origin, with the weights it has now, and
// an interval is as wide as the errors made at the same distance (Lei et al. 2018 with origins as rows; Stankeviciute et al. 2021). Origins
// follow each other and are not exchangeable, so the coverage is measured, not proven: bench/learn/forecast.ts.
import { TandemError } from '../../errors.ts'
import { normalQuantile } from '../math/normal-quantile.ts'
import type { ForecastKernel } from './forecaster.ts'

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
  const deviations = kernel.variances(mean.length).map(Math.sqrt)
  const errors = intervals === 'conformal' ? errorsByDistance(kernel, mean.length, warmUp) : []
  const outside = intervals === 'conformal' ? errorsOutside(kernel, mean.length) : []
  return level.map((each) => {
    const z = normalQuantile(0.5 + each / 200)
    const plain = mean.map((value, step) => {
      const assumed = z * deviations[step]!
      const sorted = errors[step]
      if (sorted === undefined) return assumed
      const size = kernel.relative ? Math.abs(value) : 1
      // 0.95 * 20 is 19.000000000000004 in doubles and would round up to an origin too many.
      const rank = Math.ceil(((sorted.length + 1) * each) / 100 - 1e-9)
      // Too few origins to have seen such an error: no narrower than the largest one and than what the method assumes.
      if (rank > sorted.length) return Math.max(assumed, (sorted.at(-1) ?? 0) * size)
      return sorted[rank - 1]! * size
    })
    const factor = intervals === 'conformal' ? wideningOf(kernel, plain, outside, each) : 1
    const half = plain.map((value) => value * factor)
    return { level: each, lower: mean.map((value, step) => value - half[step]!), upper: mean.map((value, step) => value + half[step]!) }
  })
}

/** Beginnings of the series from which a method is asked to learn anew. */
const REFITS = 8

/** For each beginning the sizes of the errors on what follows it, which the method has not seen; empty where it need not learn anew. */
function errorsOutside({ series, refits }: ForecastKernel, h: number): Float64Array[] {
  if (refits === undefined) return []
  const step = Math.ceil(h / 2)
  const errors: Float64Array[] = []
  for (let origin = series.length - Math.min(h, step * 2); errors.length < REFITS && origin >= refits.fewest; origin -= step) {
    const forecasts = new Float64Array(Math.min(h, series.length - origin))
    refits.forecast(origin, forecasts)
    errors.push(forecasts.map((value, at) => Math.abs(series[origin + at]! - value)))
  }
  return errors
}

/** By how much intervals must be wider to hold their share of values that the method had not seen; 1 where they do, or where none is known. */
function wideningOf({ refits }: ForecastKernel, half: Float64Array, outside: readonly Float64Array[], level: number): number {
  if (refits === undefined || outside.length === 0) return 1
  const ratios = outside.flatMap((errors) => Array.from(errors, (error, step) => (error === 0 ? 0 : error / half[step]!)))
  const rank = Math.min(ratios.length, Math.ceil(((ratios.length + 1) * level) / 100 - 1e-9))
  const factor = ratios.sort((left, right) => left - right)[rank - 1]!
  return Number.isFinite(factor) ? Math.max(1, factor) : 1
}

/** For each distance the sizes of the errors, ascending; as shares of the forecast where errors grow with it. */
function errorsByDistance({ series, firstOrigin, relative, forecastFrom }: ForecastKernel, h: number, warmUp: number): Float64Array[] {
  const n = series.length
  const first = Math.max(firstOrigin, 1, Math.floor(warmUp * n))
  const errors = Array.from({ length: h }, (_, step) => new Float64Array(Math.max(0, n - first - step)))
  const forecasts = new Float64Array(h)
  for (let origin = first; origin < n; origin++) {
    const known = forecasts.subarray(0, Math.min(h, n - origin))
    forecastFrom(origin, known)
    for (let step = 0; step < known.length; step++) {
      const forecast = known[step]!
      const error = Math.abs(series[origin + step]! - forecast)
      errors[step]![origin - first] = relative ? error / Math.max(Math.abs(forecast), Number.MIN_VALUE) : error
    }
  }
  return errors.map((sizes) => sizes.sort())
}
