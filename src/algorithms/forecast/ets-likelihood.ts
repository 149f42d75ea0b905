// What the search for the best weights asks thousands of times: how likely a series is, and nothing else. The recursions are those of
// `runEts`; the states are not kept, and the trend is corrected by beta x error, which is the same number with fewer operations that wait
// for each other. A season that multiplies and a trend that multiplies go through `runEts`.
import { log } from '../math/exponential.ts'
import { type EtsPath, type EtsShape, type EtsWeights, runEts } from './ets-filter.ts'

const TINY = 1e-10

/** As `runEts`, from the state that stands at the start of `path`; of the path only the seasons are written. */
export function etsLikelihood(shape: EtsShape, weights: EtsWeights, y: Float64Array, m: number, path: EtsPath): number {
  if (shape.trend === 'M' || shape.season === 'M') return runEts(shape, weights, y, m, path)
  const level = path.levels[0]!
  const trend = shape.trend === 'N' ? 0 : path.trends[0]!
  if (shape.season === 'A')
    return shape.error === 'A' ? seasonal(weights, y, m, level, trend, path.seasons) : runEts(shape, weights, y, m, path)
  if (shape.error === 'M') return relative(weights, y, level, trend)
  return shape.trend === 'N' ? smoothed(weights, y, level) : straight(weights, y, level, trend)
}

function smoothed({ alpha }: EtsWeights, y: Float64Array, first: number): number {
  let level = first
  let squares = 0
  for (let at = 0; at < y.length; at++) {
    const error = y[at]! - level
    squares += error * error
    level += alpha * error
  }
  return ofSquares(squares, y.length)
}

function straight({ alpha, beta, phi }: EtsWeights, y: Float64Array, firstLevel: number, firstTrend: number): number {
  let level = firstLevel
  let trend = firstTrend
  let squares = 0
  for (let at = 0; at < y.length; at++) {
    const grown = phi * trend
    const base = level + grown
    const error = y[at]! - base
    squares += error * error
    level = base + alpha * error
    trend = grown + beta * error
  }
  return ofSquares(squares, y.length)
}

function relative({ alpha, beta, phi }: EtsWeights, y: Float64Array, firstLevel: number, firstTrend: number): number {
  let level = firstLevel
  let trend = firstTrend
  let squares = 0
  let logs = 0
  let product = 1
  for (let at = 0; at < y.length; at++) {
    const grown = phi * trend
    const base = level + grown
    const error = y[at]! - base
    const size = Math.abs(base)
    const share = error / (size < TINY ? base + TINY : base)
    squares += share * share
    product *= size > 0 ? size : 1e-8
    if (product > 1e250 || product < 1e-250) {
      logs += log(product)
      product = 1
    }
    level = base + alpha * error
    trend = grown + beta * error
  }
  if (!(product > 0 && product < Number.MAX_VALUE)) return Number.NaN
  return ofSquares(squares, y.length) + 2 * (logs + log(product))
}

function seasonal(
  { alpha, beta, gamma, phi }: EtsWeights,
  y: Float64Array,
  m: number,
  firstLevel: number,
  firstTrend: number,
  seasons: Float64Array,
): number {
  let level = firstLevel
  let trend = firstTrend
  let squares = 0
  for (let at = 0; at < y.length; at++) {
    const grown = phi * trend
    const base = level + grown
    const season = seasons[at]!
    const error = y[at]! - base - season
    squares += error * error
    seasons[at + m] = season + gamma * error
    level = base + alpha * error
    trend = grown + beta * error
  }
  return ofSquares(squares, y.length)
}

/** NaN for a sum that overflowed: no model of this series. */
function ofSquares(squares: number, n: number): number {
  return squares < Number.MAX_VALUE ? n * log(squares > 0 ? squares : 1e-8) : Number.NaN
}
