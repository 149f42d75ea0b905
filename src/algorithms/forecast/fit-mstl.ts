// Series with several seasons, such as hours with a day and a week: each season is taken out in turn by STL, what is left is forecast by
// exponential smoothing without a season, and each season goes on as it was last.
// Source: Bandara, Hyndman and Bergmeir, "MSTL: A seasonal-trend decomposition algorithm for time series with multiple seasonal patterns",
// 2021. Windows and rounds are those of R's forecast and of statsforecast.
import { TandemError } from '../../errors.ts'
import { createTrainingControl, type ProgressOptions } from '../tree/training-control.ts'
import { etsKernel } from './fit-ets.ts'
import { createForecaster, type Forecaster } from './forecaster.ts'
import { checkedSeries, numbersOf } from './series-checks.ts'
import { stl } from './stl.ts'

/** `onProgress` is told the share of the work that is done. */
export interface MstlOptions extends ProgressOptions {
  /** Observations of each season, from 2 on, such as [24, 168]; different ones. */
  readonly seasonLengths: readonly number[]
}

export interface MstlDecomposition {
  readonly trend: Float64Array
  /** One for each season, the shortest first, as `seasonLengths` of the result. */
  readonly seasonal: readonly Float64Array[]
  readonly seasonLengths: readonly number[]
  readonly remainder: Float64Array
}

export interface MstlForecaster extends Forecaster {
  readonly decomposition: MstlDecomposition
}

const ROUNDS = 2
/** 11 for the shortest season, 15 for the next ... */
const windowOf = (place: number): number => 7 + 4 * (place + 1)

/**
 * Splits a series into trend, seasons and remainder, which add up to it. Seasons may change over time. Negative values are no problem,
 * since seasons are added; take logarithms of a series whose seasons grow with it.
 *
 * Cost: O(length x window of the trend, about 1.7 times the longest season) for each season.
 *
 * @throws   `too_few_rows` below two of the longest season; `invalid_input` for gaps and for seasons that are no different whole numbers
 *           from 2 on; `canceled` when `isCanceled` said so.
 */
export function decomposeMstl(y: ArrayLike<number>, { seasonLengths, ...watch }: MstlOptions): MstlDecomposition {
  const lengths = [...seasonLengths].sort((a, b) => a - b)
  const wrong = lengths.find((length, place) => !Number.isInteger(length) || length < 2 || length === lengths[place - 1])
  if (lengths.length === 0 || wrong !== undefined) {
    throw new TandemError(
      'invalid_input',
      `seasonLengths is [${seasonLengths.join(', ')}]; it lists different whole numbers from 2 on, such as [24, 168]. Without a season use fitEts.`,
    )
  }
  const longest = lengths.at(-1)!
  const series = checkedSeries(y, longest, 2 * longest, 'MSTL')
  const seasonal = lengths.map(() => new Float64Array(series.length))
  const rest = series.slice()
  let trend: Float64Array = rest
  const { spend, progress } = createTrainingControl(watch)
  const rounds = lengths.length === 1 ? 1 : ROUNDS
  for (let round = 0; round < rounds; round++) {
    for (const [place, period] of lengths.entries()) {
      for (let at = 0; at < rest.length; at++) rest[at]! += seasonal[place]![at]!
      const parts = stl(rest, { period, seasonal: windowOf(place), seasonalDegree: 0, spend })
      seasonal[place]!.set(parts.seasonal)
      trend = parts.trend
      for (let at = 0; at < rest.length; at++) rest[at]! -= parts.seasonal[at]!
      progress((round * lengths.length + place + 1) / (rounds * lengths.length))
    }
  }
  return { trend, seasonal, seasonLengths: lengths, remainder: rest.map((value, at) => value - trend[at]!) }
}

/**
 * Forecasts of a series with one or more seasons of any length.
 *
 * The seasons are learned from the whole series, so they know the past that the method is asked about; for conformal intervals the series is
 * therefore also split and forecast from up to 16 earlier ends, and an interval is as wide as the errors behind these say (Student's t).
 * A series with no earlier end of two seasons has the errors on its own past instead, 2.6 times as wide.
 * Cost: as `decomposeMstl`, and up to 5 forms of exponential smoothing without a season; up to 16 times that for intervals.
 *
 * @throws   as `decomposeMstl`; `too_few_rows` below 7 observations.
 * @example
 * fitMstl(hourly, { seasonLengths: [24, 168] }).predict(48, { level: [95] })
 */
export function fitMstl(y: ArrayLike<number>, options: MstlOptions): MstlForecaster {
  const series = numbersOf(y)
  const { decomposition, kernel, forecastFrom } = learn(series, options, options.onProgress)
  const { seasonLengths } = decomposition
  const longest = seasonLengths.at(-1)!
  const forecaster = createForecaster({
    method: `MSTL(${seasonLengths.join(',')})+${kernel.method}`,
    seasonLength: longest,
    parameters: kernel.parameters,
    series,
    firstOrigin: longest,
    forecastFrom,
    variances: kernel.variances,
    refits: {
      fewest: Math.max(2 * longest, FEWEST_OBSERVATIONS),
      forecast: (length, out) => learn(series.subarray(0, length), options).forecastFrom(length, out),
    },
  })
  return { ...forecaster, decomposition }
}

/** Without a season exponential smoothing needs so many. */
const FEWEST_OBSERVATIONS = 7

interface Learned {
  readonly decomposition: MstlDecomposition
  readonly kernel: ReturnType<typeof etsKernel>['kernel']
  forecastFrom(origin: number, out: Float64Array): void
}

function learn(
  series: Float64Array,
  { seasonLengths: periods, isCanceled }: MstlOptions,
  onProgress?: (fraction: number) => void,
): Learned {
  const half = (from: number) => (fraction: number) => onProgress?.(from + fraction / 2)
  const decomposition = decomposeMstl(series, { seasonLengths: periods, isCanceled, onProgress: half(0) })
  const { trend, remainder, seasonal, seasonLengths } = decomposition
  const { kernel } = etsKernel(
    trend.map((value, at) => value + remainder[at]!),
    { model: 'ZZN', isCanceled, onProgress: half(0.5) },
  )
  return {
    decomposition,
    kernel,
    forecastFrom(origin, out) {
      kernel.forecastFrom(origin, out)
      for (const [place, period] of seasonLengths.entries()) {
        const season = seasonal[place]!
        for (let step = 0; step < out.length; step++) out[step]! += season[origin - period + (step % period)]!
      }
    },
  }
}
