// What every fitted forecaster offers, made from the little that differs between the methods.

import { TandemError } from '../../errors.ts'
import { type Interval, type IntervalOptions, intervalsOf } from './prediction-intervals.ts'
import { checkHorizon } from './series-checks.ts'

export interface Forecaster {
  /** `SeasonalNaive`, `ETS(M,Ad,M)`, `DynamicOptimizedTheta` ... */
  readonly method: string
  readonly seasonLength: number
  /** What was learned, by name. */
  readonly parameters: Readonly<Record<string, number>>
  /** Forecast of each observation from those before it; NaN where the method has none yet. */
  readonly fitted: Float64Array
  /**
   * The next `h` values.
   *
   * @throws   `invalid_input` for a horizon below 1 or above 100,000, a level outside 0..100, and a forecast beyond the range of numbers, as of
   *           a trend that multiplies.
   */
  predict(h: number, options?: PredictOptions): Forecast
}

export type PredictOptions = IntervalOptions

export interface Forecast {
  readonly mean: Float64Array
  readonly intervals: readonly Interval[]
}

/** What a method brings. */
export interface ForecastKernel {
  readonly method: string
  readonly seasonLength: number
  readonly parameters: Readonly<Record<string, number>>
  readonly series: Float64Array
  /** The fewest observations from which `forecastFrom` can go on. */
  readonly firstOrigin: number
  /** Writes into `out` the forecasts for observations origin, origin + 1, ... from those before `origin` and the learned parameters. */
  forecastFrom(origin: number, out: Float64Array): void
  /** Variance of the error of each step by the assumptions of the method. */
  variances(h: number): Float64Array
  /** Whether errors grow with the level of the series, so that they are compared as shares of the forecast. */
  readonly relative?: boolean
  /** What no value can be below, such as 0 for demand; intervals end there. */
  readonly least?: number
  /** Of a method whose parameters say much about single observations, and so about errors on those: how it learns from a beginning of its series. */
  readonly refits?: {
    /** The fewest observations that such a beginning has. */
    readonly fewest: number
    /** Learns from the first `length` observations alone and writes the forecasts of the next ones. */
    forecast(length: number, out: Float64Array): void
  }
}

export function createForecaster(kernel: ForecastKernel): Forecaster {
  const { method, seasonLength, parameters, series, firstOrigin } = kernel
  const fitted = new Float64Array(series.length).fill(Number.NaN)
  for (let at = firstOrigin; at < series.length; at++) kernel.forecastFrom(at, fitted.subarray(at, at + 1))
  return {
    method,
    seasonLength,
    parameters,
    fitted,
    predict(h, options = {}) {
      checkHorizon(h)
      const mean = new Float64Array(h)
      kernel.forecastFrom(series.length, mean)
      checkRange(method, mean)
      const intervals = intervalsOf(kernel, mean, options)
      for (const { upper } of intervals) checkRange(method, upper)
      return { mean, intervals }
    },
  }
}

/** A trend or a season that multiplies can leave the range of numbers. */
function checkRange(method: string, values: Float64Array): void {
  const step = values.findIndex((value) => !Number.isFinite(value))
  if (step === -1) return
  throw new TandemError(
    'invalid_input',
    `${method} runs away: ${step + 1} steps ahead it is beyond every number. Forecast fewer steps, or use a form that adds, such as fitEts with model "AAN" and damped, or fitTheta.`,
    { details: { step: step + 1 } },
  )
}
