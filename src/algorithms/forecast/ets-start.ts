// Where the search for the best exponential smoothing starts: weights that change little, and a state read off the first seasons.
// Source: Hyndman and Khandakar, "Automatic time series forecasting: the forecast package for R", 2008, sections 2.3 and 2.4.
import { solveCholesky } from '../linear/solve-cholesky.ts'
import { decompose } from './decompose.ts'
import type { EtsShape, EtsWeights } from './ets-filter.ts'

/** Limits of alpha, beta, gamma and phi. */
export interface EtsLimits {
  readonly lower: Float64Array
  readonly upper: Float64Array
}

export function etsLimits(): EtsLimits {
  return { lower: Float64Array.of(1e-4, 1e-4, 1e-4, 0.8), upper: Float64Array.of(0.9999, 0.9999, 0.9999, 0.98) }
}

/**
 * First weights. Narrows the limits of beta and gamma to what the first alpha leaves them, as statsforecast does; there as here the
 * narrowed limits hold for the candidates after this one too.
 */
export function firstWeights({ trend, season, damped }: EtsShape, m: number, { lower, upper }: EtsLimits): EtsWeights {
  const alpha = lower[0]! + (0.2 * (upper[0]! - lower[0]!)) / m
  let beta = 0
  let gamma = 0
  if (trend !== 'N') {
    upper[1] = Math.min(upper[1]!, alpha)
    beta = lower[1]! + 0.1 * (upper[1]! - lower[1]!)
  }
  if (season !== 'N') {
    upper[2] = Math.min(upper[2]!, 1 - alpha)
    gamma = lower[2]! + 0.05 * (upper[2]! - lower[2]!)
  }
  return { alpha, beta, gamma, phi: damped ? lower[3]! + 0.99 * (upper[3]! - lower[3]!) : 1 }
}

/** Level, trend if there is one, and the season of all places but the first, the last place first. The first place follows from them. */
export function firstState(y: Float64Array, m: number, { trend, season }: EtsShape): Float64Array {
  let adjusted = y
  let seasonal = new Float64Array(0)
  if (season !== 'N') {
    const all = seasonOf(y, m, season)
    seasonal = all.slice(1, m).reverse()
    if (season === 'A') adjusted = y.map((value, at) => value - all[at]!)
    else {
      seasonal = seasonal.map((value) => Math.max(value, 0.01))
      const sum = seasonal.reduce((total, value) => total + value, 0)
      if (sum > m) seasonal = seasonal.map((value) => value / (sum + 0.01 * seasonal.length))
      adjusted = y.map((value, at) => value / Math.max(all[at]!, 0.01))
    }
  }
  const first = Math.min(Math.max(10, season === 'N' ? 2 : 2 * m), y.length)
  if (trend === 'N') {
    let sum = 0
    for (let at = 0; at < first; at++) sum += adjusted[at]!
    return Float64Array.of(sum / first, ...seasonal)
  }
  let [level, slope] = line(adjusted, first)
  if (trend === 'M') return Float64Array.of(...firstShares(adjusted, level, slope), ...seasonal)
  // With errors that multiply, a first forecast of 0 would be a division by it.
  if (Math.abs(level + slope) < 1e-8) {
    level *= 1 + 1e-3
    slope *= 1 - 1e-3
  }
  return Float64Array.of(level, slope, ...seasonal)
}

/** The level before the first observation and the factor by which it grows: the first two points of the line, one over the other. */
function firstShares(y: Float64Array, intercept: number, slope: number): [level: number, factor: number] {
  const first = Math.abs(intercept + slope) < 1e-8 ? 1e-7 : intercept + slope
  const factor = (intercept + 2 * slope) / first
  const level = first / (Math.abs(factor) < 1e-8 ? 1e-8 : factor)
  // The line goes below 0: the first observations themselves.
  if (level < 1e-8 || factor < 1e-8) return [Math.max(y[0]!, 1e-3), Math.max(y[1]! / Math.max(y[0]!, 1e-8), 1e-3)]
  return [level, Math.min(factor, 1e10)]
}

/** From three seasons on by decomposition, before by one wave around a line. */
function seasonOf(y: Float64Array, m: number, season: 'A' | 'M'): Float64Array {
  if (y.length >= 3 * m) return decompose(y, { seasonLength: m, model: season === 'A' ? 'additive' : 'multiplicative' }).seasonal
  const columns = m === 2 ? 3 : 4
  const gram = new Float64Array(columns * columns)
  const right = new Float64Array(columns)
  const row = new Float64Array(4)
  for (let at = 0; at < y.length; at++) {
    const angle = (2 * Math.PI * (at + 1)) / m
    row.set([1, at + 1, Math.cos(angle), Math.sin(angle)])
    for (let column = 0; column < columns; column++) {
      right[column]! += row[column]! * y[at]!
      for (let other = 0; other < columns; other++) gram[column * columns + other]! += row[column]! * row[other]!
    }
  }
  const solved = solveCholesky(gram, right)
  const [level, slope] = solved === undefined ? line(y, y.length) : [solved[0]!, solved[1]!]
  return y.map((value, at) => (season === 'A' ? value - level - slope * (at + 1) : value / (level + slope * (at + 1))))
}

/** Least squares on 1, 2, ... for the first `n` values. */
function line(y: Float64Array, n: number): [level: number, slope: number] {
  const middle = (n + 1) / 2
  let mean = 0
  for (let at = 0; at < n; at++) mean += y[at]! / n
  let top = 0
  let bottom = 0
  for (let at = 0; at < n; at++) {
    top += (at + 1 - middle) * (y[at]! - mean)
    bottom += (at + 1 - middle) ** 2
  }
  const slope = bottom === 0 ? 0 : top / bottom
  return [mean - slope * middle, slope]
}
