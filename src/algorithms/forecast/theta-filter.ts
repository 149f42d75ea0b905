// The theta model as a recursion: exponential smoothing plus the pull of the line through the series, fixed or growing with it.
// Source: Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler, "Models for optimising the theta method and their relationship to
// state space models", International Journal of Forecasting 32, 2016, equations 7 to 20.

export interface ThetaWeights {
  readonly level: number
  readonly alpha: number
  readonly theta: number
}

/** State after each observation: the smoothed level, the mean, and intercept and slope of the line. */
export interface ThetaPath {
  readonly levels: Float64Array
  readonly means: Float64Array
  readonly intercepts: Float64Array
  readonly slopes: Float64Array
  readonly errors: Float64Array
}

export function createThetaPath(n: number): ThetaPath {
  const column = (): Float64Array => new Float64Array(n)
  return { levels: column(), means: column(), intercepts: column(), slopes: column(), errors: column() }
}

/** Errors of the first forecasts tell of the starting values, not of the weights. */
export const THETA_WARM_UP = 3

/** Runs through the series; returns the sum of squared errors after the warm-up, as a share of the mean size of the series. */
export function runTheta({ level: first, alpha, theta }: ThetaWeights, dynamic: boolean, y: Float64Array, path: ThetaPath): number {
  const { levels, means, intercepts, slopes, errors } = path
  const n = y.length
  const pull = 1 - 1 / theta
  const kept = 1 - alpha
  let [intercept, slope] = dynamic ? [y[0]!, 0] : lineThrough(y)
  let level = alpha * y[0]! + kept * first
  let mean = y[0]!
  let squares = 0
  let size = Math.abs(y[0]!)
  let power = kept
  errors[0] = y[0]! - (dynamic ? y[0]! : first + pull * (intercept + slope))
  levels[0] = level
  means[0] = mean
  intercepts[0] = intercept
  slopes[0] = slope
  for (let at = 1; at < n; at++) {
    const value = y[at]!
    const forecast = level + pull * (intercept * power + (slope * (1 - power * kept)) / alpha)
    const error = value - forecast
    errors[at] = error
    if (at >= THETA_WARM_UP) squares += error * error
    level = alpha * value + kept * level
    if (dynamic) {
      slope = ((at - 1) * slope + (6 * (value - mean)) / (at + 1)) / (at + 2)
      mean = (at * mean + value) / (at + 1)
      intercept = mean - (slope * (at + 2)) / 2
    }
    size += Math.abs(value)
    power *= kept
    levels[at] = level
    means[at] = mean
    intercepts[at] = intercept
    slopes[at] = slope
  }
  return squares / Math.max(size / n, 1e-10)
}

/** Forecasts from the state after `origin` observations; the dynamic line goes on through its own forecasts. */
export function forecastTheta({ alpha, theta }: ThetaWeights, dynamic: boolean, path: ThetaPath, origin: number, out: Float64Array): void {
  const pull = 1 - 1 / theta
  const kept = 1 - alpha
  let level = path.levels[origin - 1]!
  let mean = path.means[origin - 1]!
  let intercept = path.intercepts[origin - 1]!
  let slope = path.slopes[origin - 1]!
  let power = kept ** origin
  for (let step = 0; step < out.length; step++) {
    const at = origin + step
    const value = level + pull * (intercept * power + (slope * (1 - power * kept)) / alpha)
    out[step] = value
    level = alpha * value + kept * level
    if (dynamic) {
      slope = ((at - 1) * slope + (6 * (value - mean)) / (at + 1)) / (at + 2)
      mean = (at * mean + value) / (at + 1)
      intercept = mean - (slope * (at + 2)) / 2
    }
    power *= kept
  }
}

function lineThrough(y: Float64Array): [intercept: number, slope: number] {
  const n = y.length
  let mean = 0
  let weighted = 0
  for (let at = 0; at < n; at++) {
    mean += y[at]! / n
    weighted += ((at + 1) * y[at]!) / n
  }
  const slope = (6 * (2 * weighted - (n + 1) * mean)) / (n * n - 1)
  return [mean - ((n + 1) * slope) / 2, slope]
}
