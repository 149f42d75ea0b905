// A season that changes and a smooth trend, both by local regression (LOESS): STL.
// Source: Cleveland, Cleveland, McRae and Terpenning, "STL: A seasonal-trend decomposition procedure based on loess", 1990, section 2 and
// its appendix for windows at the ends; five inner rounds and no robust ones.

import type { Spend } from '../tree/training-control.ts'

export interface StlOptions {
  /** Observations a season, from 2 on. */
  readonly period: number
  /** Seasons over which the season of one place is smoothed; odd, from 3 on. */
  readonly seasonal: number
  /** Whether that smoothing may rise and fall with a line (1) or takes weighted means (0). */
  readonly seasonalDegree: 0 | 1
  /** Told of the work; what it throws ends it. */
  readonly spend?: Spend
}

export interface StlParts {
  readonly seasonal: Float64Array
  readonly trend: Float64Array
}

const INNER_ROUNDS = 5

/** Cost: O(rounds x length x windows), since a point in the middle is a weighted sum over its window. */
export function stl(y: Float64Array, { period, seasonal: window, seasonalDegree, spend = () => {} }: StlOptions): StlParts {
  const n = y.length
  const trendWindow = oddFrom(Math.ceil((1.5 * period) / (1 - 1.5 / window)))
  const lowPassWindow = oddFrom(period + 1)
  const trend = new Float64Array(n)
  const seasonal = new Float64Array(n)
  const rest = new Float64Array(n)
  // One season before and one after the series.
  const cycle = new Float64Array(n + 2 * period)
  for (let round = 0; round < INNER_ROUNDS; round++) {
    for (let at = 0; at < n; at++) rest[at] = y[at]! - trend[at]!
    smoothPlaces(rest, period, window, seasonalDegree, cycle, spend)
    const low = loess(movingMean(movingMean(movingMean(cycle, period), period), 3), lowPassWindow, 1, spend)
    for (let at = 0; at < n; at++) {
      seasonal[at] = cycle[period + at]! - low[at]!
      rest[at] = y[at]! - seasonal[at]!
    }
    trend.set(loess(rest, trendWindow, 1, spend))
  }
  return { seasonal, trend }
}

function oddFrom(length: number): number {
  return length % 2 === 0 ? length + 1 : length
}

/** Smooths the values of each place of the season over the seasons, and carries each on by one season at either end. */
function smoothPlaces(y: Float64Array, period: number, window: number, degree: 0 | 1, cycle: Float64Array, spend: Spend): void {
  for (let place = 0; place < period; place++) {
    const count = Math.floor((y.length - place - 1) / period) + 1
    const values = Float64Array.from({ length: count }, (_, season) => y[season * period + place]!)
    const smooth = loess(values, window, degree, spend)
    const width = Math.min(window, count)
    cycle[place] = localFit(values, window, degree, -1, 0, width) ?? smooth[0]!
    for (let season = 0; season < count; season++) cycle[(season + 1) * period + place] = smooth[season]!
    cycle[(count + 1) * period + place] = localFit(values, window, degree, count, count - width, count) ?? smooth[count - 1]!
  }
}

/** Means over `width` neighbours; shorter by `width - 1`. */
function movingMean(values: Float64Array, width: number): Float64Array {
  const means = new Float64Array(values.length - width + 1)
  let sum = 0
  for (let at = 0; at < width; at++) sum += values[at]!
  means[0] = sum / width
  for (let at = 1; at < means.length; at++) {
    sum += values[at + width - 1]! - values[at - 1]!
    means[at] = sum / width
  }
  return means
}

/** The local fit at every point, over the `window` nearest ones. */
function loess(values: Float64Array, window: number, degree: 0 | 1, spend: Spend): Float64Array {
  const n = values.length
  const smooth = new Float64Array(n)
  const width = Math.min(window, n)
  const half = (width - 1) >> 1
  // In the middle of a window all slopes cancel out, and the weights are the same everywhere.
  const middle = window < n ? tricubes(half, half) : undefined
  for (let at = 0; at < n; at++) {
    spend(width)
    const from = Math.min(Math.max(0, at - half), n - width)
    smooth[at] =
      middle !== undefined && from === at - half
        ? weightedSum(values, middle, from)
        : (localFit(values, window, degree, at, from, from + width) ?? values[at]!)
  }
  return smooth
}

/** Weights of a window around its middle; they sum to 1. */
function tricubes(half: number, reach: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * half + 1 }, (_, at) => tricube(Math.abs(at - half), reach))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** 0 for the farthest point itself. Products, since a power costs ten times as much and most of the time goes here. */
function tricube(distance: number, reach: number): number {
  if (distance > 0.999 * reach) return 0
  if (distance <= 0.001 * reach) return 1
  const share = distance / reach
  const rest = 1 - share * share * share
  return rest * rest * rest
}

function weightedSum(values: Float64Array, weights: Float64Array, from: number): number {
  let sum = 0
  for (let at = 0; at < weights.length; at++) sum += weights[at]! * values[from + at]!
  return sum
}

/** The local fit at `at`, which may lie beyond the values, over those from `from` to `end`; undefined where no point has weight. */
function localFit(values: Float64Array, window: number, degree: 0 | 1, at: number, from: number, end: number): number | undefined {
  const n = values.length
  // A window longer than the series reaches as far beyond its ends.
  const reach = Math.max(at - from, end - 1 - at) + (window > n ? Math.floor((window - n) / 2) : 0)
  const weights = new Float64Array(end - from)
  let sum = 0
  let places = 0
  let level = 0
  for (let index = 0; index < weights.length; index++) {
    const weight = tricube(Math.abs(from + index - at), reach)
    weights[index] = weight
    sum += weight
    places += weight * index
    level += weight * values[from + index]!
  }
  if (!(sum > 0)) return undefined
  if (degree === 0 || reach === 0) return level / sum
  const mean = places / sum
  let squares = 0
  let products = 0
  for (let index = 0; index < weights.length; index++) {
    const leaning = weights[index]! * (index - mean)
    squares += leaning * (index - mean)
    products += leaning * values[from + index]!
  }
  if (Math.sqrt(squares / sum) <= 0.001 * (n - 1)) return level / sum
  return level / sum + ((at - from - mean) * products) / squares
}
