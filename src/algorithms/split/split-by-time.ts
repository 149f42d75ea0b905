// Splits of rows by their times, in any order and with equal ones: rows of one time are never on both sides.
import { TandemError } from '../../errors.ts'
import type { TrainTestSplit } from './train-test-split.ts'

export interface TimeSplitOptions {
  /** Share of the rows to judge on, as near as the times allow. Default 0.2. */
  readonly testSize?: number
}

export interface TimeFoldsOptions {
  /** Parts to judge on, one after the other. Default 5. */
  readonly folds?: number
}

/**
 * The latest rows to judge on, all that are earlier to learn from.
 *
 * Cost: O(rows log rows).
 *
 * @param times  one finite number a row; larger is later.
 * @throws   `too_few_rows` when all rows have one time; `invalid_input` for a time that is not finite or a testSize outside 0..1.
 */
export function timeSplit(times: ArrayLike<number>, { testSize = 0.2 }: TimeSplitOptions = {}): TrainTestSplit {
  if (!(testSize > 0 && testSize < 1)) {
    throw new TandemError('invalid_input', `testSize is ${testSize}. It is the share of rows to judge on. Pass a number between 0 and 1.`)
  }
  const order = byTime(times)
  const rows = order.length
  const wanted = rows * (1 - testSize)
  let cut = 0
  for (const start of timeStarts(times, order)) {
    if (start > 0 && (cut === 0 || Math.abs(start - wanted) <= Math.abs(cut - wanted))) cut = start
  }
  if (cut === 0) {
    throw new TandemError(
      'too_few_rows',
      `All ${rows} rows have the same time, so none is later than another. Split at random, or by another column.`,
      {
        details: { rows, times: Math.min(1, rows) },
      },
    )
  }
  return { train: order.slice(0, cut).sort(), test: order.slice(cut).sort() }
}

/**
 * Folds whose rows to learn from all lie before those to judge on, and grow from fold to fold. With different times these are the parts
 * of `timeSeriesSplit`; a part begins at the first row of its time. Times of very many rows may leave fewer folds.
 *
 * Cost: O(rows log rows + rows x folds).
 *
 * @param times  one finite number a row; larger is later.
 * @throws   `invalid_input` for a time that is not finite, or folds that are no whole number from 1.
 * @see      scikit-learn TimeSeriesSplit.
 */
export function timeFolds(times: ArrayLike<number>, { folds = 5 }: TimeFoldsOptions = {}): TrainTestSplit[] {
  if (!Number.isInteger(folds) || folds < 1) throw new TandemError('invalid_input', `folds is ${folds}. It is a whole number from 1.`)
  const order = byTime(times)
  const rows = order.length
  const size = Math.max(1, Math.floor(rows / (folds + 1)))
  const starts = timeStarts(times, order)
  const wanted = Array.from({ length: folds }, (_, fold) => rows - size * (folds - fold))
  const found = wanted.map((place) => starts.findLast((start) => start <= place) ?? 0)
  const cuts = [...new Set(found)].filter((start) => start > 0)
  return cuts.map((start, fold) => ({ train: order.slice(0, start).sort(), test: order.slice(start, cuts[fold + 1] ?? rows).sort() }))
}

/** Row numbers, earliest first; equal times in the order of their rows. */
function byTime(times: ArrayLike<number>): Int32Array {
  const order = new Int32Array(times.length)
  for (let row = 0; row < times.length; row++) {
    if (!Number.isFinite(times[row]!)) {
      throw new TandemError('invalid_input', `The time of row ${row} is ${times[row]}. A time is a finite number; leave the row out.`, {
        details: { row },
      })
    }
    order[row] = row
  }
  return order.sort((a, b) => times[a]! - times[b]! || a - b)
}

/** Places of the order where a time begins. */
function timeStarts(times: ArrayLike<number>, order: Int32Array): number[] {
  const starts: number[] = []
  for (let at = 0; at < order.length; at++) if (at === 0 || times[order[at]!] !== times[order[at - 1]!]) starts.push(at)
  return starts
}
