// What every forecaster demands of a series: numbers without gaps, enough of them, and a season that is a whole number.
import { TandemError } from '../../errors.ts'

export interface SeriesOptions {
  /** Observations a season: 24 for hours of a day, 12 for months of a year, 1 for none. Default 1. */
  readonly seasonLength?: number
}

/** Squares of larger numbers, and their sums, leave the range of numbers; of smaller ones they become 0. */
const LARGEST_SIZE = 1e100
const SMALLEST_SIZE = 1e-100

/**
 * A copy of the series, checked.
 *
 * @throws   `invalid_input` for gaps (NaN), infinite values and what is no number (such as '12'), with the place, for values beyond 1e100 or
 *           all below 1e-100 in size, and for a season that is no whole number above 0; `too_few_rows` below `least` observations.
 */
export function checkedSeries(y: ArrayLike<number>, seasonLength: number, least: number, method: string): Float64Array {
  if (!Number.isInteger(seasonLength) || seasonLength < 1) {
    throw new TandemError('invalid_input', `seasonLength is ${seasonLength}; it is a whole number from 1 (no season) on.`)
  }
  const series = numbersOf(y)
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
  checkSize(series)
  return series
}

/**
 * A copy as numbers. What is no number is refused, not read: '' would become 0 without a word.
 *
 * @throws   `invalid_input` with the place.
 */
export function numbersOf(y: ArrayLike<number>): Float64Array {
  if (ArrayBuffer.isView(y)) return Float64Array.from(y)
  if (typeof y !== 'object' || y === null || !Number.isInteger(y.length)) {
    throw new TandemError('invalid_input', `A series is an array of numbers; this is ${y === null ? 'null' : `of type ${typeof y}`}.`)
  }
  const series = new Float64Array(y.length)
  for (let at = 0; at < y.length; at++) {
    const value: unknown = y[at]
    // null and undefined are how rows of a table say that there is nothing: gaps.
    if (typeof value !== 'number' && value !== null && value !== undefined) {
      const shown = typeof value === 'string' ? `the text ${JSON.stringify(value.slice(0, 40))}` : `of type ${typeof value}`
      throw new TandemError(
        'invalid_input',
        `Observation ${at} of ${y.length} is ${shown}, not a number. Convert with Number(value) first.`,
        {
          details: { index: at },
        },
      )
    }
    series[at] = value ?? Number.NaN
  }
  return series
}

function checkSize(series: Float64Array): void {
  let largest = 0
  for (const value of series) largest = Math.max(largest, Math.abs(value))
  if (largest === 0 || (largest >= SMALLEST_SIZE && largest <= LARGEST_SIZE)) return
  throw new TandemError(
    'invalid_input',
    `The largest observation is ${largest} in size; it is 0 or from ${SMALLEST_SIZE} to ${LARGEST_SIZE}, so that squares of errors are numbers. Measure in another unit.`,
    { details: { largest } },
  )
}

/** Longer horizons are a mistake in the unit of time. */
const LONGEST_HORIZON = 100_000

/** Refuses a horizon that is no whole number above 0, or beyond any use. */
export function checkHorizon(h: number): void {
  if (!Number.isInteger(h) || h < 1) throw new TandemError('invalid_input', `h is ${h}; it is the number of steps ahead, from 1 on.`)
  if (h > LONGEST_HORIZON) {
    throw new TandemError('invalid_input', `h is ${h}; it is the number of steps ahead, at most ${LONGEST_HORIZON}.`, { details: { h } })
  }
}

/**
 * Fills NaN: with a season by the mean of the nearest observations one or more whole seasons before and after, else, and where there are
 * none, on the line between the neighbours; the ends take the nearest observation.
 *
 * Cost: O(length).
 *
 * @throws   `too_few_rows` when every observation is missing; `invalid_input` for infinite values, for what is no number, and for a season
 *           that is no whole number from 1 on.
 */
export function interpolateGaps(y: ArrayLike<number>, seasonLength = 1): Float64Array {
  if (!Number.isInteger(seasonLength) || seasonLength < 1) {
    throw new TandemError('invalid_input', `seasonLength is ${seasonLength}; it is a whole number from 1 (no season) on.`)
  }
  const given = numbersOf(y)
  const n = given.length
  const infinite = given.findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY)
  if (infinite !== -1) {
    throw new TandemError(
      'invalid_input',
      `Observation ${infinite} of ${n} is ${given[infinite]}. Only what is missing (NaN) is filled; make it NaN if it is not known.`,
      {
        details: { index: infinite },
      },
    )
  }
  if (given.every(Number.isNaN)) {
    throw new TandemError('too_few_rows', `None of the ${n} observations is a number; there is nothing to interpolate from.`)
  }
  const [before, after] = [nearestKnown(given, -1), nearestKnown(given, 1)]
  const [seasonBefore, seasonAfter] = seasonLength > 1 ? [nearestKnown(given, -seasonLength), nearestKnown(given, seasonLength)] : []
  return given.map((value, at) => {
    if (!Number.isNaN(value)) return value
    const sameSeason = [seasonBefore?.[at] ?? -1, seasonAfter?.[at] ?? -1].filter((place) => place !== -1)
    if (sameSeason.length > 0) return sameSeason.reduce((sum, place) => sum + given[place]!, 0) / sameSeason.length
    const [left, right] = [before[at]!, after[at]!]
    if (left === -1) return given[right]!
    if (right === -1) return given[left]!
    return given[left]! + ((given[right]! - given[left]!) * (at - left)) / (right - left)
  })
}

/** For each place the nearest one that is known, `step` or a multiple of it away; -1 where there is none. */
function nearestKnown(y: Float64Array, step: number): Int32Array {
  const nearest = new Int32Array(y.length).fill(-1)
  for (let count = 0; count < y.length; count++) {
    const at = step < 0 ? count : y.length - 1 - count
    const other = at + step
    if (other >= 0 && other < y.length) nearest[at] = Number.isNaN(y[other]) ? nearest[other]! : other
  }
  return nearest
}
