// How sure a share is: the score interval of Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference.
import { TandemError } from '../../errors.ts'

export interface ShareInterval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Normal quantile of a two-sided 95 % interval. */
export const Z_95 = 1.959963984540054

/**
 * Interval of a share, honest for few rows and near 0 and 1: 20 hits of 20 give 0.84..1, not 1..1.
 *
 * @param z  normal quantile of the confidence wanted; 1.96 for 95 %.
 * @throws   `invalid_input` unless 0 <= hits <= total and total > 0.
 * @see      statsmodels proportion_confint(method="wilson").
 * @example
 * wilsonInterval(20, 20) // { value: 1, low: 0.8389, high: 1 }
 */
export function wilsonInterval(hits: number, total: number, z: number = Z_95): ShareInterval {
  if (!(total > 0) || !(hits >= 0 && hits <= total)) {
    throw new TandemError(
      'invalid_input',
      `${hits} of ${total} is no share. An interval needs at least one row, and no more hits than rows. Count the rows first.`,
    )
  }
  const value = hits / total
  const square = z * z
  const middle = (value + square / (2 * total)) / (1 + square / total)
  const half = (z / (1 + square / total)) * Math.sqrt((value * (1 - value)) / total + square / (4 * total * total))
  // At the ends rounding may pass the share itself.
  return { value, low: hits === 0 ? 0 : Math.max(0, middle - half), high: hits === total ? 1 : Math.min(1, middle + half) }
}
