// What every forecaster demands of a series: numbers without gaps, enough of them, and a season that is a whole number.
import { TandemError } from '../../errors.ts'

export interface SeriesOptions {
  /** Observations a season: 24 for hours of a day, 12 for months of a year, 1 for none. Default 1. */
  readonly seasonLength?: number
}

/**
 * A copy of the series, checked.
 *
 * @throws   `invalid_input` for gaps (NaN) and infinite values, with the place, and for a season that is no whole number above 0;
 *           `too_few_rows` below `least` observations.
 */
export function checkedSeries(y: ArrayLike<number>, seasonLength: number, least: number, method: string): Float64Array {
  if (!Number.isInteger(seasonLength) || seasonLength < 1) {
    throw new TandemError('invalid_input', `seasonLength is ${seasonLength}; it is a whole number from 1 (no season) on.`)
  }
  const series = Float64Array.from(y)
  const gap = series.findIndex((value) => !Number.isFinite(value))
  if (gap !== -1) {
    throw new TandemError(
      'invalid_input',
      `Observation ${gap} of ${series.length} is ${series[gap]}. Forecasts need every observation: fill gaps with interpolateGaps(y, seasonLength), or cut the series behind the last one.`,
      { details: { index: gap } },
    )
  }
  if (series.length < least) {
    throw new TandemError(
      'too_few_rows',
      `${method} needs at least ${least} observations${seasonLength > 1 ? ` with a season of ${seasonLength}` : ''}; the series has ${series.length}. Give more history, or take a simpler method.`,
      { details: { observations: series.length, least } },
    )
  }
  return series
}

/** Refuses a horizon that is no whole number above 0. */
export function checkHorizon(h: number): void {
  if (!Number.isInteger(h) || h < 1) throw new TandemError('invalid_input', `h is ${h}; it is the number of steps ahead, from 1 on.`)
}

/**
 * Fills NaN: with a season by the mean of the nearest observations one or more whole seasons before and after, else, and where there are
 * none, on the line between the neighbours; the ends take the nearest observation.
 *
 * Cost: O(length x seasons of the longest gap).
 *
 * @throws   `too_few_rows` when every observation is missing.
 */
export function interpolateGaps(y: ArrayLike<number>, seasonLength = 1): Float64Array {
  const given = Float64Array.from(y)
  const n = given.length
  if (!given.some((value) => Number.isFinite(value))) {
    throw new TandemError('too_few_rows', `None of the ${n} observations is a number; there is nothing to interpolate from.`)
  }
  const nearest = (from: number, step: number): number => {
    for (let at = from + step; at >= 0 && at < n; at += step) if (Number.isFinite(given[at])) return at
    return -1
  }
  const filled = given.slice()
  for (let at = 0; at < n; at++) {
    if (Number.isFinite(given[at])) continue
    const sameSeason = seasonLength > 1 ? [nearest(at, -seasonLength), nearest(at, seasonLength)].filter((place) => place !== -1) : []
    if (sameSeason.length > 0) {
      filled[at] = sameSeason.reduce((sum, place) => sum + given[place]!, 0) / sameSeason.length
      continue
    }
    const [before, after] = [nearest(at, -1), nearest(at, 1)]
    if (before === -1) filled[at] = given[after]!
    else if (after === -1) filled[at] = given[before]!
    else filled[at] = given[before]! + ((given[after]! - given[before]!) * (at - before)) / (after - before)
  }
  return filled
}
