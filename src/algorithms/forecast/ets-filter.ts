// The recursions of exponential smoothing in state space form: each observation corrects level, trend and season by what it was off.
// Source: Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing, 2008, table 2.2 and section 5.1.
import { exp, log } from '../math/exponential.ts'

/** N none, A added, M multiplied. */
export interface EtsShape {
  readonly error: 'A' | 'M'
  readonly trend: 'N' | 'A' | 'M'
  readonly season: 'N' | 'A' | 'M'
  readonly damped: boolean
}

export interface EtsWeights {
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
  /** 1 without damping. */
  readonly phi: number
}

/** Where each step of the filter is kept: before observation t the level is levels[t], the trend trends[t], the season seasons[t ... t + m). */
export interface EtsPath {
  readonly levels: Float64Array
  readonly trends: Float64Array
  readonly seasons: Float64Array
  /** Errors of the one-step forecasts, as shares of them when the error multiplies. */
  readonly errors: Float64Array
}

export function createEtsPath(n: number, m: number): EtsPath {
  return { levels: new Float64Array(n + 1), trends: new Float64Array(n + 1), seasons: new Float64Array(n + m), errors: new Float64Array(n) }
}

/** What stands for division by zero. */
const HUGE = 1e10
const TINY = 1e-10

/**
 * Runs through the series from the state that stands at the start of `path`.
 *
 * @returns  -2 log-likelihood but for a constant: n log(sum of squared errors), and 2 sum(log |forecast|) when errors multiply.
 */
export function runEts(shape: EtsShape, { alpha, beta, gamma, phi }: EtsWeights, y: Float64Array, m: number, path: EtsPath): number {
  const { levels, trends, seasons, errors } = path
  const n = y.length
  const growth = shape.trend === 'N' ? 0 : shape.trend === 'A' ? 1 : 2
  const season = shape.season === 'N' ? 0 : shape.season === 'A' ? 1 : 2
  const relative = shape.error === 'M'
  const share = beta / alpha
  let level = levels[0]!
  let trend = growth === 0 ? 0 : trends[0]!
  let squares = 0
  let logs = 0
  // One logarithm for as many forecasts as their product holds: it is the dearest operation here.
  let product = 1
  for (let at = 0; at < n; at++) {
    const value = y[at]!
    const grown = growth === 2 ? power(trend, phi) : phi * trend
    const base = growth === 2 ? level * grown : level + grown
    const seasonal = season === 0 ? 0 : seasons[at]!
    const forecast = season === 0 ? base : season === 1 ? base + seasonal : base * seasonal
    let error = value - forecast
    if (relative) {
      const size = Math.abs(forecast)
      error /= size < TINY ? forecast + TINY : forecast
      product *= size > 0 ? size : 1e-8
      if (product > 1e250 || product < 1e-250) {
        logs += log(product)
        product = 1
      }
    }
    errors[at] = error
    squares += error * error
    const seen = season === 0 ? value : season === 1 ? value - seasonal : Math.abs(seasonal) < TINY ? HUGE : value / seasonal
    const next = base + alpha * (seen - base)
    if (growth === 1) trend = grown + share * (next - level - grown)
    else if (growth === 2) trend = grown + share * (next / (Math.abs(level) < TINY ? TINY : level) - grown)
    if (season === 1) seasons[at + m] = seasonal + gamma * (value - base - seasonal)
    else if (season === 2) seasons[at + m] = seasonal + gamma * ((Math.abs(base) < TINY ? HUGE : value / base) - seasonal)
    level = next
    levels[at + 1] = level
    trends[at + 1] = trend
  }
  // A forecast beyond 1e250, or a sum that overflowed: no model of this series.
  if (!(squares < Number.MAX_VALUE && product > 0 && product < Number.MAX_VALUE)) return Number.NaN
  const likelihood = n * log(squares > 0 ? squares : 1e-8)
  return relative ? likelihood + 2 * (logs + log(product)) : likelihood
}

/** NaN for a trend below 0, which no power of a share is; the search passes such weights over. */
function power(trend: number, exponent: number): number {
  return exponent === 1 ? trend : trend > 0 ? exp(exponent * log(trend)) : Number.NaN
}

/** Forecasts from what is known before observation `origin`. */
export function forecastEts(shape: EtsShape, phi: number, m: number, path: EtsPath, origin: number, out: Float64Array): void {
  const level = path.levels[origin]!
  const trend = shape.trend === 'N' ? 0 : path.trends[origin]!
  let damping = phi
  let steps = phi
  for (let step = 0; step < out.length; step++) {
    const base = shape.trend === 'M' ? level * power(trend, steps) : level + steps * trend
    const seasonal = shape.season === 'N' ? 0 : path.seasons[origin + (step % m)]!
    out[step] = shape.season === 'M' ? base * seasonal : base + seasonal
    damping *= phi
    steps += damping
  }
}
