// Calibration error over bins that hold as many rows each: bins of one width leave most of them nearly empty when a model is often sure.
// Nixon et al. 2019, Measuring Calibration in Deep Learning, section 4.2 (ACE); Nguyen & O'Connor 2015 for the bins.
import { TandemError } from '../../errors.ts'
import { checkClassCodes, checkColumns, checkRows, type Numbers } from './input-checks.ts'

export interface AdaptiveCalibrationOptions {
  /** Default 15; with fewer rows as many as there are rows. */
  readonly bins?: number
  /**
   * `classes` (default): the probability of every class is judged, and the mean over the classes taken. `top`: only that of the class
   * with the highest probability, the first of equal ones.
   */
  readonly of?: 'classes' | 'top'
}

/**
 * Mean distance between probability and share of rows where it came true, over bins of as many rows (within one).
 *
 * Rows of one probability on the border of two bins stay together in the lower one. Cost: O(rows x classes x log rows).
 *
 * @param yTrue  class codes, length rows.
 * @param proba  row-major rows x classes, or for two classes the probability of class 1, length rows.
 * @throws   `shape_mismatch` when lengths differ or a code has no column; `too_few_rows` without rows; `invalid_input` for a probability
 *           outside 0..1 or bins that are no whole number from 1.
 * @see      uncertainty-calibration 0.1.4 lower_bound_scaling_ce(p=1, debias=False), whose bins these are.
 * @example
 * adaptiveCalibrationError([1, 0, 1], [0.9, 0.2, 0.6], { bins: 3 })
 */
export function adaptiveCalibrationError(
  yTrue: Numbers,
  proba: Numbers,
  { bins = 15, of = 'classes' }: AdaptiveCalibrationOptions = {},
): number {
  const rows = checkRows('yTrue', yTrue, 'the rows of proba', { length: proba.length === 0 ? 0 : yTrue.length })
  if (!Number.isInteger(bins) || bins < 1) {
    throw new TandemError('invalid_input', `bins is ${bins}; it is a whole number from 1, such as 15.`)
  }
  const single = proba.length === rows
  const columns = single ? 2 : checkColumns(rows, proba)
  checkClassCodes(yTrue, columns)
  for (let at = 0; at < proba.length; at++) {
    if (proba[at]! >= 0 && proba[at]! <= 1) continue
    const row = single ? at : Math.floor(at / columns)
    throw new TandemError(
      'invalid_input',
      `A probability of row ${row} is ${proba[at]}. It must lie in 0..1. Pass probabilities, not scores.`,
      {
        details: { row },
      },
    )
  }
  const probability = (row: number, code: number): number =>
    single ? (code === 1 ? proba[row]! : 1 - proba[row]!) : proba[row * columns + code]!
  const codes = of === 'top' ? [topClasses(rows, columns, probability)] : Array.from({ length: columns }, (_, code) => code)
  // One column tells the same of both classes: where the one is too likely, the other is not likely enough.
  const judged = single && of === 'classes' ? [1] : codes
  let sum = 0
  for (const code of judged) {
    const codeOf = (row: number): number => (typeof code === 'number' ? code : code[row]!)
    const scores = Float64Array.from({ length: rows }, (_, row) => probability(row, codeOf(row)))
    sum += errorOf(scores, (row) => yTrue[row] === codeOf(row), bins)
  }
  return sum / judged.length
}

function topClasses(rows: number, columns: number, probability: (row: number, code: number) => number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0
    for (let code = 1; code < columns; code++) if (probability(row, code) > probability(row, best)) best = code
    return best
  })
}

function errorOf(scores: Float64Array, happened: (row: number) => boolean, bins: number): number {
  const rows = scores.length
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) => scores[a]! - scores[b]!)
  const parts = Math.min(bins, rows)
  // The first `larger` bins hold one row more.
  const larger = rows % parts
  let wanted = 0
  let at = 0
  let error = 0
  for (let part = 0; part < parts; part++) {
    wanted += Math.floor(rows / parts) + (part < larger ? 1 : 0)
    let difference = 0
    while (at < rows && (at < wanted || scores[order[at]!] === scores[order[wanted - 1]!])) {
      const row = order[at++]!
      difference += scores[row]! - (happened(row) ? 1 : 0)
    }
    error += Math.abs(difference)
  }
  return error / rows
}
