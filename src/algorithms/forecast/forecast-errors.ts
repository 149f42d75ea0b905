// How far a forecast was off, free of the unit of the series. Source: Makridakis, Spiliotis and Assimakopoulos, "The M4 Competition", 2020.
import { TandemError } from '../../errors.ts'

/**
 * Symmetric mean absolute percentage error, 0 to 200; a step where both values are 0 counts 0.
 *
 * @throws   `shape_mismatch` for different lengths or none.
 */
export function smape(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  checkLengths(actual, forecast)
  let sum = 0
  for (let at = 0; at < actual.length; at++) {
    const size = Math.abs(actual[at]!) + Math.abs(forecast[at]!)
    if (size > 0) sum += (200 * Math.abs(actual[at]! - forecast[at]!)) / size
  }
  return sum / actual.length
}

/**
 * Mean absolute scaled error: below 1 is better than the seasonal naive forecast was, on average, one step ahead in the training part.
 *
 * @param training  what came before `actual`.
 * @throws   `shape_mismatch` for different lengths or none; `too_few_rows` when training holds not more than one season;
 *           `invalid_input` when training repeats itself exactly, so that there is no scale.
 */
export function mase(actual: ArrayLike<number>, forecast: ArrayLike<number>, training: ArrayLike<number>, seasonLength = 1): number {
  checkLengths(actual, forecast)
  if (training.length <= seasonLength) {
    throw new TandemError(
      'too_few_rows',
      `The scale of MASE needs more than ${seasonLength} observations of training; there are ${training.length}.`,
    )
  }
  let scale = 0
  for (let at = seasonLength; at < training.length; at++) scale += Math.abs(training[at]! - training[at - seasonLength]!)
  scale /= training.length - seasonLength
  if (scale === 0) {
    throw new TandemError(
      'invalid_input',
      `The ${training.length} observations of training repeat themselves every ${seasonLength}; the seasonal naive error is 0 and gives no scale. Use smape.`,
    )
  }
  let sum = 0
  for (let at = 0; at < actual.length; at++) sum += Math.abs(actual[at]! - forecast[at]!)
  return sum / actual.length / scale
}

/** Share of the values that lie inside their interval, ends included. */
export function coverage(actual: ArrayLike<number>, lower: ArrayLike<number>, upper: ArrayLike<number>): number {
  checkLengths(actual, lower)
  checkLengths(actual, upper)
  let inside = 0
  for (let at = 0; at < actual.length; at++) if (actual[at]! >= lower[at]! && actual[at]! <= upper[at]!) inside++
  return inside / actual.length
}

function checkLengths(actual: ArrayLike<number>, other: ArrayLike<number>): void {
  if (actual.length !== other.length || actual.length === 0) {
    throw new TandemError('shape_mismatch', `${actual.length} values cannot be compared with ${other.length}; give as many, at least one.`)
  }
}
