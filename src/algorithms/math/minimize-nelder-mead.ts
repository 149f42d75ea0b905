// Minimum of a function without derivatives inside a box: the simplex of Nelder and Mead (1965), with the coefficients that adapt to the
// number of dimensions (Gao and Han, "Implementing the Nelder-Mead simplex algorithm with adaptive parameters", 2012).

export interface SimplexOptions {
  /** Box; -Infinity and Infinity where there is none. */
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** Relative size of the first simplex. Default 0.05. */
  readonly initialStep?: number
  /** Ends when the standard deviation of the values over the simplex is below. Default 1e-4. */
  readonly tolerance?: number
  /** Default 1000. */
  readonly maxIterations?: number
}

export interface SimplexMinimum {
  readonly point: Float64Array
  readonly value: number
  readonly iterations: number
}

/** First step of a coordinate that is 0, where a relative step would be none. */
const STEP_FROM_ZERO = 1e-4

/** A value that is not a number counts as infinitely bad. Cost: one or two calls of `f` and O(dimensions^2) an iteration. */
export function minimizeNelderMead(
  f: (point: Float64Array) => number,
  start: Float64Array,
  { lower, upper, initialStep = 0.05, tolerance = 1e-4, maxIterations = 1000 }: SimplexOptions,
): SimplexMinimum {
  const n = start.length
  const expand = 1 + 2 / n
  const contract = 0.75 - 1 / (2 * n)
  const shrink = 1 - 1 / n
  const judge = (point: Float64Array): number => {
    const value = f(point)
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value
  }
  const clamp = (value: number, at: number): number => Math.min(Math.max(value, lower[at]!), upper[at]!)
  const first = start.map(clamp)
  const corners: Float64Array[] = Array.from({ length: n + 1 }, (_, corner) =>
    first.map((value, at) => (at === corner ? clamp(value === 0 ? STEP_FROM_ZERO : value * (1 + initialStep), at) : value)),
  )
  const values = Float64Array.from(corners, judge)
  const center = new Float64Array(n)
  /** center + by * (of - center), inside the box. */
  const step = (of: Float64Array, by: number): Float64Array => {
    const point = new Float64Array(n)
    for (let at = 0; at < n; at++) point[at] = clamp(center[at]! + by * (of[at]! - center[at]!), at)
    return point
  }
  let iterations = 0
  let best = 0
  for (; iterations < maxIterations; iterations++) {
    const [low, nextWorst, worst] = ranks(values)
    best = low
    if (spread(values) < tolerance) break
    center.fill(0)
    for (let corner = 0; corner <= n; corner++) {
      if (corner !== worst) for (let at = 0; at < n; at++) center[at]! += corners[corner]![at]!
    }
    for (let at = 0; at < n; at++) center[at]! /= n
    const replace = (point: Float64Array, value: number): void => {
      corners[worst] = point
      values[worst] = value
    }
    const reflected = step(corners[worst]!, -1)
    const value = judge(reflected)
    if (value < values[best]!) {
      const expanded = step(reflected, expand)
      const further = judge(expanded)
      if (further < value) replace(expanded, further)
      else replace(reflected, value)
      continue
    }
    if (value < values[nextWorst]!) {
      replace(reflected, value)
      continue
    }
    const outside = value < values[worst]!
    const contracted = step(reflected, outside ? contract : -contract)
    const nearer = judge(contracted)
    if (outside ? nearer <= value : nearer < values[worst]!) {
      replace(contracted, nearer)
      continue
    }
    for (let corner = 0; corner <= n; corner++) {
      if (corner === best) continue
      const point = corners[corner]!
      for (let at = 0; at < n; at++) point[at] = clamp(corners[best]![at]! + shrink * (point[at]! - corners[best]![at]!), at)
      values[corner] = judge(point)
    }
  }
  for (let corner = 0; corner <= n; corner++) if (values[corner]! < values[best]!) best = corner
  return { point: corners[best]!, value: values[best]!, iterations }
}

/** Places of the lowest, the second highest and the highest value. */
function ranks(values: Float64Array): readonly [best: number, nextWorst: number, worst: number] {
  let best = 0
  let worst = values[0]! > values[1]! ? 0 : 1
  let nextWorst = 1 - worst
  for (let at = 0; at < values.length; at++) {
    if (values[at]! < values[best]!) best = at
    if (at < 2) continue
    if (values[at]! > values[worst]!) {
      nextWorst = worst
      worst = at
    } else if (values[at]! > values[nextWorst]!) nextWorst = at
  }
  return [best, nextWorst, worst]
}

function spread(values: Float64Array): number {
  let mean = 0
  for (const value of values) mean += value
  mean /= values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return Math.sqrt(squares / values.length)
}
