// How many rows weighted rows are worth: unequal weights tell less than their number.
import type { Numbers } from './input-checks.ts'

/**
 * What one unit of weight is worth in rows: weights times this add up to the effective number of rows (sum w)^2 / sum w^2, which is the
 * number of rows where all weigh alike, whatever their unit.
 *
 * @param weights  each 0 or more, one of them above.
 * @see      Kish 1965, Survey Sampling, section 11.7.
 */
export function worthOfWeight(weights: Numbers): number {
  let [sum, squares] = [0, 0]
  for (let row = 0; row < weights.length; row++) {
    sum += weights[row]!
    squares += weights[row]! * weights[row]!
  }
  return sum / squares
}
