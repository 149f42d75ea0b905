// Splits of rows in the order of time: learn from the past, judge on what came next.
import { TandemError } from '../../errors.ts'
import { rowNumbers, type TrainTestSplit } from './train-test-split.ts'

export interface TimeSeriesSplitOptions {
  /** Parts to judge on, one after the other at the end. Default 5. */
  readonly folds?: number
  /** Rows a part; default rows / (folds + 1). */
  readonly testSize?: number
  /** Rows left out between learning and judging, for targets known only later. Default 0. */
  readonly gap?: number
  /** Most rows to learn from, the latest; default all. */
  readonly maxTrainSize?: number
}

/**
 * @param rows  number of rows, which stand in the order of time.
 * @throws   `too_few_rows` when the first part would have nothing to learn from; `invalid_input` for numbers that are none.
 * @see      scikit-learn TimeSeriesSplit, whose parts these are.
 * @example
 * timeSeriesSplit(6, { folds: 3, testSize: 1 }).map(({ test }) => [...test]) // [[3], [4], [5]]
 */
export function timeSeriesSplit(rows: number, options: TimeSeriesSplitOptions = {}): TrainTestSplit[] {
  const { folds = 5, gap = 0, maxTrainSize = rows } = options
  const testSize = options.testSize ?? Math.floor(rows / (folds + 1))
  const whole = [folds, gap, maxTrainSize, rows].every(Number.isInteger) && (options.testSize === undefined || Number.isInteger(testSize))
  if (!whole || folds < 1 || gap < 0 || maxTrainSize < 1 || (options.testSize !== undefined && testSize < 1)) {
    throw new TandemError(
      'invalid_input',
      `folds is ${folds}, testSize ${testSize}, gap ${gap} and maxTrainSize ${maxTrainSize}. They count rows: whole numbers from 1, the gap from 0.`,
    )
  }
  if (testSize < 1 || rows - testSize * folds - gap < 1) {
    throw new TandemError(
      'too_few_rows',
      `${rows} rows cannot give ${folds} parts of ${Math.max(1, testSize)} with a gap of ${gap} and a row to learn from. Add rows or take fewer parts.`,
      { details: { rows, folds, gap } },
    )
  }
  const all = rowNumbers(rows)
  return Array.from({ length: folds }, (_, fold) => {
    const start = rows - testSize * (folds - fold)
    const end = start - gap
    return { train: all.slice(Math.max(0, end - maxTrainSize), end), test: all.slice(start, start + testSize) }
  })
}
