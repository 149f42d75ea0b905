// The forecasts that every other has to beat: the last value, the value one season ago, the line from the first to the last value.
// Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, sections 5.2 and 5.5.
import { createForecaster, type Forecaster } from './forecaster.ts'
import { checkedSeries, type SeriesOptions } from './series-checks.ts'

/**
 * Every future value is the last one.
 *
 * @throws   `too_few_rows` below 2 observations; `invalid_input` for gaps.
 */
export function fitNaive(y: ArrayLike<number>): Forecaster {
  const series = checkedSeries(y, 1, 2, 'The naive forecast')
  const variance = meanSquare(series, 1, 0)
  return createForecaster({
    method: 'Naive',
    seasonLength: 1,
    parameters: {},
    series,
    firstOrigin: 1,
    forecastFrom: (origin, out) => out.fill(series[origin - 1]!),
    variances: (h) => Float64Array.from({ length: h }, (_, step) => variance * (step + 1)),
  })
}

/**
 * Every future value is the one a season earlier.
 *
 * @throws   `too_few_rows` for not more than one season of observations; `invalid_input` for gaps.
 * @example
 * fitSeasonalNaive(hourly, { seasonLength: 24 }).predict(48, { level: [95] })
 */
export function fitSeasonalNaive(y: ArrayLike<number>, { seasonLength = 1 }: SeriesOptions = {}): Forecaster {
  const series = checkedSeries(y, seasonLength, seasonLength + 1, 'The seasonal naive forecast')
  const variance = meanSquare(series, seasonLength, 0)
  return createForecaster({
    method: 'SeasonalNaive',
    seasonLength,
    parameters: {},
    series,
    firstOrigin: seasonLength,
    forecastFrom(origin, out) {
      for (let step = 0; step < out.length; step++) out[step] = series[origin - seasonLength + (step % seasonLength)]!
    },
    variances: (h) => Float64Array.from({ length: h }, (_, step) => variance * (Math.floor(step / seasonLength) + 1)),
  })
}

/**
 * The last value plus the average change so far: the line through the first and the last observation.
 *
 * @throws   `too_few_rows` below 3 observations; `invalid_input` for gaps.
 */
export function fitDrift(y: ArrayLike<number>): Forecaster {
  const series = checkedSeries(y, 1, 3, 'The drift forecast')
  const n = series.length
  const slope = (series[n - 1]! - series[0]!) / (n - 1)
  const variance = meanSquare(series, 1, slope)
  return createForecaster({
    method: 'Drift',
    seasonLength: 1,
    parameters: { slope },
    series,
    firstOrigin: 2,
    forecastFrom(origin, out) {
      const last = series[origin - 1]!
      const change = (last - series[0]!) / (origin - 1)
      for (let step = 0; step < out.length; step++) out[step] = last + change * (step + 1)
    },
    variances: (h) => Float64Array.from({ length: h }, (_, step) => variance * (step + 1) * (1 + (step + 1) / (n - 1))),
  })
}

function meanSquare(series: Float64Array, lag: number, shift: number): number {
  let sum = 0
  for (let at = lag; at < series.length; at++) sum += (series[at]! - series[at - lag]! - shift) ** 2
  return sum / (series.length - lag)
}
