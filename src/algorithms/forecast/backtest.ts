// How good a method would have been: it learns from beginnings of a series and forecasts what followed (rolling origin).
// Source: Tashman 2000; Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.10.
import { TandemError } from '../../errors.ts'
import { smape } from './forecast-errors.ts'
import type { Forecaster, PredictOptions } from './forecaster.ts'
import { checkedSeries, checkHorizon } from './series-checks.ts'

export interface BacktestOptions extends PredictOptions {
  /** Steps ahead, from 1 on. */
  readonly horizon: number
  /** Beginnings to learn from, the longest first; fewer when the series or the method does not allow as many. Default 5. */
  readonly origins?: number
  /** Observations between one origin and the one before. Default `horizon`: no observation is forecast twice. */
  readonly step?: number
}

export interface Backtest {
  /** How many observations were known each time, ascending. */
  readonly origins: readonly number[]
  /** Mean absolute error, over all and at each distance (length `horizon`). */
  readonly meanAbsoluteError: number
  readonly meanAbsoluteErrors: Float64Array
  /** Root of the mean squared error, over all and at each distance. */
  readonly rootMeanSquaredError: number
  readonly rootMeanSquaredErrors: Float64Array
  /** Percent, 0 to 200. */
  readonly smape: number
  /** For each level asked for: the share of values inside the intervals, over all and at each distance, and the mean width. */
  readonly intervals: readonly BacktestInterval[]
}

export interface BacktestInterval {
  readonly level: number
  readonly coverage: number
  readonly coverages: Float64Array
  readonly meanWidth: number
}

/**
 * Errors of a method on the past of a series, and how many values its intervals held.
 *
 * Cost: one fit for each origin.
 *
 * @param fitSeries  learns from a beginning of the series.
 * @throws   `too_few_rows` when no beginning that leaves `horizon` observations is long enough for the method; `invalid_input` as the method
 *           and for options that are no whole numbers from 1 on.
 * @example
 * backtest(monthly, (y) => fitEts(y, { seasonLength: 12 }), { horizon: 12, origins: 4, level: [95] })
 */
export function backtest(y: ArrayLike<number>, fitSeries: (known: Float64Array) => Forecaster, options: BacktestOptions): Backtest {
  const { horizon, origins: wanted = 5, step = horizon } = options
  checkHorizon(horizon)
  for (const [name, value] of [
    ['origins', wanted],
    ['step', step],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      throw new TandemError('invalid_input', `${name} is ${value}; it is a whole number from 1 on.`)
  }
  const series = checkedSeries(y, 1, horizon + 1, `A backtest of ${horizon} steps`)
  const runs: Run[] = []
  for (let origin = series.length - horizon; origin >= 1 && runs.length < wanted; origin -= step) {
    try {
      const { mean, intervals } = fitSeries(series.slice(0, origin)).predict(horizon, options)
      runs.push({ origin, mean, intervals, actual: series.subarray(origin, origin + horizon) })
    } catch (error) {
      // Shorter beginnings will be too short as well.
      if (runs.length > 0 && TandemError.is(error) && error.code === 'too_few_rows') break
      throw error
    }
  }
  return summaryOf(runs.reverse(), horizon, options.level ?? [])
}

interface Run {
  readonly origin: number
  readonly mean: Float64Array
  readonly intervals: ReturnType<Forecaster['predict']>['intervals']
  readonly actual: Float64Array
}

function summaryOf(runs: readonly Run[], horizon: number, level: readonly number[]): Backtest {
  const count = runs.length
  const absolute = new Float64Array(horizon)
  const squared = new Float64Array(horizon)
  for (const { mean, actual } of runs) {
    for (let step = 0; step < horizon; step++) {
      const error = Math.abs(actual[step]! - mean[step]!)
      absolute[step]! += error / count
      squared[step]! += (error * error) / count
    }
  }
  return {
    origins: runs.map(({ origin }) => origin),
    meanAbsoluteError: meanOf(absolute),
    meanAbsoluteErrors: absolute,
    rootMeanSquaredError: Math.sqrt(meanOf(squared)),
    rootMeanSquaredErrors: squared.map(Math.sqrt),
    smape: runs.reduce((sum, { mean, actual }) => sum + smape(actual, mean), 0) / count,
    intervals: level.map((each, place) => intervalSummary(runs, horizon, each, place)),
  }
}

function intervalSummary(runs: readonly Run[], horizon: number, level: number, place: number): BacktestInterval {
  const coverages = new Float64Array(horizon)
  let width = 0
  for (const { intervals, actual } of runs) {
    const { lower, upper } = intervals[place]!
    for (let step = 0; step < horizon; step++) {
      if (actual[step]! >= lower[step]! && actual[step]! <= upper[step]!) coverages[step]! += 1 / runs.length
      width += (upper[step]! - lower[step]!) / runs.length / horizon
    }
  }
  return { level, coverage: meanOf(coverages), coverages, meanWidth: width }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
