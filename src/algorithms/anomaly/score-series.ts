// How unusual each observation of a series is beside what its trend and seasons lead to expect, in robust standard deviations.
// Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993 (modified z-score, threshold 3.5); Hochenbaum, Vallis and Kejariwal
// 2017 (on what is left when seasons are taken out); Hampel 1974 (running median, for series without a season).
import { TandemError } from '../../errors.ts'
import { decomposeMstl } from '../forecast/fit-mstl.ts'
import { checkedSeries } from '../forecast/series-checks.ts'

export interface ScoreSeriesOptions {
  /** Observations of each season, from 2 on, such as [24, 168]. Default none. */
  readonly seasonLengths?: readonly number[]
  /** Scores beyond it, up or down, are unusual. Default 3.5. */
  readonly threshold?: number
}

export interface SeriesScores {
  /** Robust standard deviations above (or below 0: below) what was expected. */
  readonly scores: Float64Array
  /** Places of the unusual observations, ascending. */
  readonly unusual: readonly number[]
  /** What trend and seasons lead to expect. */
  readonly expected: Float64Array
  /** One robust standard deviation, in the unit of the series; 0 when more than half of the series is exactly as expected and the rest too. */
  readonly deviation: number
  readonly threshold: number
}

/** The median of so many neighbours on either side is what a series without seasons leads to expect. */
const NEIGHBOURS = 5
/**
 * Unusual observations pull trend and seasons towards themselves: the worst are replaced by what was expected, until that no longer moves
 * much, then the next ones. Not all at once: the usual ones at the place of a season where one is far off look unusual too.
 */
const PEELS = 4
const ROUNDS = 3
const OF_WORST = 0.5
/** For normal errors the standard deviation is so many times the median of their sizes, and their mean. */
const OF_MEDIAN = 1.482602218505602
const OF_MEAN = 1.2533141373155001

/**
 * Scores every observation of a series, the newest too.
 *
 * Cost: up to 13 times `decomposeMstl`; without seasons O(length).
 *
 * @throws   `too_few_rows` below two of the longest season, or below 11 observations; `invalid_input` for gaps, seasons that are no
 *           different whole numbers from 2 on, and a threshold not above 0.
 * @example
 * const { unusual, scores } = scoreSeries(requestsPerHour, { seasonLengths: [24, 168] })
 */
export function scoreSeries(y: ArrayLike<number>, { seasonLengths = [], threshold = 3.5 }: ScoreSeriesOptions = {}): SeriesScores {
  if (!(threshold > 0))
    throw new TandemError('invalid_input', `threshold is ${threshold}; it is a number of standard deviations above 0, such as 3.5.`)
  const series = checkedSeries(y, 1, 2 * NEIGHBOURS + 1, 'Scoring a series')
  const expect = seasonLengths.length === 0 ? neighbourMedians : (known: Float64Array) => bySeasons(known, seasonLengths)
  const setAside = new Uint8Array(series.length)
  const known = series.slice()
  let judged = judge(series, expect(known))
  for (let peel = 0; peel < PEELS && markWorst(judged.scores, threshold, setAside); peel++) {
    for (let round = 0; round < ROUNDS; round++) {
      for (let at = 0; at < known.length; at++) if (setAside[at] === 1) known[at] = judged.expected[at]!
      judged = judge(series, expect(known))
    }
  }
  const { scores, expected, deviation } = judged
  const unusual = Array.from(scores.keys()).filter((at) => Math.abs(scores[at]!) > threshold)
  return { scores, unusual, expected, deviation, threshold }
}

function judge(series: Float64Array, expected: Float64Array): Pick<SeriesScores, 'scores' | 'expected' | 'deviation'> {
  const errors = series.map((value, at) => value - expected[at]!)
  const deviation = robustDeviation(errors, series)
  return { scores: errors.map((error) => (deviation === 0 ? 0 : error / deviation)), expected, deviation }
}

/** Sets aside what is beyond the threshold and not far from the worst that is not yet aside; whether there was any. */
function markWorst(scores: Float64Array, threshold: number, setAside: Uint8Array): boolean {
  let worst = 0
  for (let at = 0; at < scores.length; at++) if (setAside[at] === 0) worst = Math.max(worst, Math.abs(scores[at]!))
  if (worst <= threshold) return false
  for (let at = 0; at < scores.length; at++) if (Math.abs(scores[at]!) > Math.max(threshold, OF_WORST * worst)) setAside[at] = 1
  return true
}

function bySeasons(series: Float64Array, seasonLengths: readonly number[]): Float64Array {
  const { remainder } = decomposeMstl(series, { seasonLengths })
  return series.map((value, at) => value - remainder[at]!)
}

/** Without the observation itself, which would hide behind its own value. */
function neighbourMedians(series: Float64Array): Float64Array {
  return series.map((_, at) => {
    const from = Math.max(0, at - NEIGHBOURS)
    const around = [...series.subarray(from, at), ...series.subarray(at + 1, at + NEIGHBOURS + 1)]
    return medianOf(Float64Array.from(around))
  })
}

/** What is less than rounding of the series counts as no deviation. */
function robustDeviation(errors: Float64Array, series: Float64Array): number {
  const sizes = errors.map(Math.abs)
  const median = medianOf(sizes)
  const deviation = median > 0 ? OF_MEDIAN * median : (OF_MEAN * sizes.reduce((sum, size) => sum + size, 0)) / sizes.length
  const rounding = series.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) * 1e-12
  return deviation > rounding ? deviation : 0
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
