// Errors of a method that knows its own past too well to be asked about it, such as one whose seasons were learned from every observation: it
// learns anew from beginnings of the series and forecasts what follows each. The errors behind one beginning go together, so that a few
// beginnings are a few observations of the spread, not as many as there are steps; intervals take a Student quantile for it.
import type { ForecastKernel } from './forecaster.ts'

/**
 * Beginnings, and how much the variance at a step is that of its own errors rather than the mean of those within half a horizon: of 8, 12, 16
 * and of 0, 0.3, 0.5 the pair with the best interval score on the second to fourth horizons from the end of every third M4 hourly (seasons
 * 24 and 168) and weekly (52) series; the last horizons and all other sets were not looked at (bench/learn/forecast-seasons.ts).
 */
const REFITS = 16
const OWN_SHARE = 0.5
/** One error alone says next to nothing about the spread. */
const FEWEST_ERRORS = 4

export interface RefitVariances {
  /** Mean squared error at each step. */
  readonly variances: Float64Array
  /** Of freedom, for a Student quantile: one more than there were beginnings, but no more than there were errors. */
  readonly degrees: number
}

/**
 * @param assumed  variances by the assumptions of the method; steps beyond what could be measured grow as these do.
 * @returns  undefined where the method need not learn anew, or the series has no beginning that is long enough.
 */
export function refitVariances({ series, refits }: ForecastKernel, assumed: Float64Array): RefitVariances | undefined {
  if (refits === undefined) return undefined
  const h = assumed.length
  const window = Math.min(h, series.length - refits.fewest)
  if (window < Math.min(h, FEWEST_ERRORS)) return undefined
  const stride = Math.ceil(window / 2)
  const errors: Float64Array[] = []
  for (let origin = series.length - window; errors.length < REFITS && origin >= refits.fewest; origin -= stride) {
    const forecasts = new Float64Array(window)
    refits.forecast(origin, forecasts)
    errors.push(forecasts.map((value, step) => series[origin + step]! - value))
  }
  if (errors.length * window < FEWEST_ERRORS) return undefined
  const variances = new Float64Array(h)
  variances.set(spreadOf(errors, OWN_SHARE))
  for (let step = window; step < h; step++) {
    const growth = assumed[window - 1]! > 0 ? Math.max(1, assumed[step]! / assumed[window - 1]!) : 1
    variances[step] = variances[window - 1]! * growth
  }
  return { variances, degrees: Math.min(errors.length + 1, errors.length * window) }
}

/** Mean squared error at each step over all origins, as much as `ownShare` its own, the rest that of the steps within half a horizon. */
export function spreadOf(errors: readonly Float64Array[], ownShare: number): Float64Array {
  const own = new Float64Array(errors[0]!.length)
  for (const each of errors) for (let step = 0; step < own.length; step++) own[step]! += each[step]! ** 2 / errors.length
  const near = neighbourMeans(own, own.length >> 1)
  return own.map((value, step) => ownShare * value + (1 - ownShare) * near[step]!)
}

/** Means over `reach` neighbours on either side; beyond an end its value goes on. */
function neighbourMeans(values: Float64Array, reach: number): Float64Array {
  const n = values.length
  return values.map((_, at) => {
    let sum = 0
    for (let other = at - reach; other <= at + reach; other++) sum += values[Math.min(Math.max(other, 0), n - 1)]!
    return sum / (2 * reach + 1)
  })
}
