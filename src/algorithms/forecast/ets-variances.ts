// Variance of the forecasts of exponential smoothing when its errors are independent and equally distributed.
// Source: Hyndman, Koehler, Ord and Snyder 2008, chapter 6: class 1 exactly (table 6.1); class 2 exactly (equation 6.6); for a season that
// multiplies (class 3) by the same recursion with the weights of table 6.1 and the season's weight at whole seasons, which leaves out
// products of two smoothing weights; for a trend that multiplies (classes 4 and 5, which have no closed form) each error is taken to
// multiply the forecasts after it by what it adds in the first order, as the same weights say.
import type { EtsShape, EtsWeights } from './ets-filter.ts'

/**
 * @param variance  of the one-step errors; as shares of the forecast when these multiply.
 * @param mean      the forecasts themselves.
 */
export function etsVariances(
  shape: EtsShape,
  { alpha, beta, gamma, phi }: EtsWeights,
  m: number,
  variance: number,
  mean: Float64Array,
): Float64Array {
  const h = mean.length
  // How much an error moves the forecast j steps later.
  const impact = new Float64Array(h)
  let damping = 1
  let steps = 0
  for (let j = 1; j < h; j++) {
    damping *= phi
    steps += damping
    impact[j] = alpha + (shape.trend === 'N' ? 0 : beta * steps) + (shape.season !== 'N' && j % m === 0 ? gamma : 0)
  }
  if (shape.error === 'A') {
    let sum = 1
    return mean.map((_, step) => {
      if (step > 0) sum += impact[step]! ** 2
      return variance * sum
    })
  }
  if (shape.trend === 'M') {
    let product = 1
    return mean.map((value, step) => {
      if (step > 0) product *= 1 + variance * impact[step]! ** 2
      return value * value * ((1 + variance) * product - 1)
    })
  }
  const squares = new Float64Array(h)
  for (let step = 0; step < h; step++) {
    squares[step] = mean[step]! ** 2
    for (let j = 1; j <= step; j++) squares[step]! += variance * impact[j]! ** 2 * squares[step - j]!
  }
  return mean.map((value, step) => (1 + variance) * squares[step]! - value ** 2)
}
