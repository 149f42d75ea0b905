// Classical decomposition: trend by a centred moving average over one season, season by the means of what is left at each place of it.
// Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 3.4; the edges of the trend stay open.
import { TandemError } from '../../errors.ts'
import { checkedSeries } from './series-checks.ts'

export interface DecomposeOptions {
  readonly seasonLength: number
  /** Whether the season is added to the trend (default) or multiplies it. */
  readonly model?: 'additive' | 'multiplicative'
}

export interface Decomposition {
  /** NaN for the first and the last half season. */
  readonly trend: Float64Array
  /** Repeats itself every season; its mean is 0 (additive) or 1 (multiplicative). */
  readonly seasonal: Float64Array
  readonly remainder: Float64Array
}

/**
 * Splits a series into trend, season and remainder.
 *
 * Cost: O(length).
 *
 * @throws   `too_few_rows` below two seasons; `invalid_input` for a season of 1, for gaps, and for values not above 0 when multiplicative.
 */
export function decompose(y: ArrayLike<number>, { seasonLength: m, model = 'additive' }: DecomposeOptions): Decomposition {
  if (m === 1) throw new TandemError('invalid_input', 'seasonLength is 1: a series without a season cannot be split by one.')
  const series = checkedSeries(y, m, 2 * m, 'Decomposition')
  const additive = model === 'additive'
  const low = series.findIndex((value) => value <= 0)
  if (!additive && low !== -1) {
    throw new TandemError(
      'invalid_input',
      `Observation ${low} is ${series[low]}. A season that multiplies needs values above 0. Take the additive model, or shift the series.`,
      { details: { index: low } },
    )
  }
  const trend = centredMean(series, m)
  const sums = new Float64Array(m)
  const counts = new Float64Array(m)
  for (let at = 0; at < series.length; at++) {
    if (Number.isNaN(trend[at])) continue
    sums[at % m]! += additive ? series[at]! - trend[at]! : series[at]! / trend[at]!
    counts[at % m]!++
  }
  const means = sums.map((sum, place) => sum / counts[place]!)
  const middle = means.reduce((sum, value) => sum + value, 0) / m
  const seasonal = series.map((_, at) => (additive ? means[at % m]! - middle : means[at % m]! / middle))
  const remainder = series.map((value, at) => (additive ? value - trend[at]! - seasonal[at]! : value / trend[at]! / seasonal[at]!))
  return { trend, seasonal, remainder }
}

/** For an even season the two ends of the window count half. */
function centredMean(series: Float64Array, m: number): Float64Array {
  const half = m >> 1
  const trend = new Float64Array(series.length).fill(Number.NaN)
  for (let at = half; at < series.length - half; at++) {
    let sum = 0
    for (let other = at - half; other <= at + half; other++) sum += series[other]!
    if (m % 2 === 0) sum -= (series[at - half]! + series[at + half]!) / 2
    trend[at] = sum / m
  }
  return trend
}

/**
 * Whether the series repeats itself every season: its autocorrelation there, against Bartlett's limit, at 90 percent.
 *
 * @see Fiorucci et al. 2016, "Models for optimising the theta method and their relationship to state space models", section 3.
 */
export function isSeasonal(series: Float64Array, m: number): boolean {
  if (m < 4 || series.length < 2 * m) return false
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length
  const covariance = (lag: number): number => {
    let sum = 0
    for (let at = lag; at < series.length; at++) sum += (series[at]! - mean) * (series[at - lag]! - mean)
    return sum
  }
  const variance = covariance(0)
  if (variance === 0) return false
  let squares = 0
  for (let lag = 1; lag < m; lag++) squares += (covariance(lag) / variance) ** 2
  return Math.abs(covariance(m) / variance) > NORMAL_95 * Math.sqrt((1 + 2 * squares) / series.length)
}

const NORMAL_95 = 1.6448536269514722
