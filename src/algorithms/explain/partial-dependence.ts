// How predictions move with one feature: the mean over rows in which it is set to each value of a grid (Friedman 2001, section 8.2), and
// the single rows behind it (ICE: Goldstein et al. 2015).
import { TandemError } from '../../errors.ts'

export interface PartialDependenceInput {
  /** Row-major, rows x features; not changed. */
  readonly x: Float32Array
  readonly rows: number
  readonly features: number
  /** One number a row: a probability of one class, or the value. */
  readonly predict: (x: Float32Array, rows: number) => ArrayLike<number>
}

export interface PartialDependenceOptions {
  /** Values to set; else the observed values, or `gridSize` even steps between the 5 % and the 95 % quantile when there are more. */
  readonly grid?: ArrayLike<number>
  readonly gridSize?: number
  /** Also the curve of each row. */
  readonly ice?: boolean
  readonly isCanceled?: () => boolean
}

export interface PartialDependence {
  readonly grid: Float64Array
  readonly mean: Float64Array
  /** Row-major, rows x grid. */
  readonly ice?: Float64Array
}

/**
 * Cost: grid values x rows predictions, and a copy of x.
 *
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for a feature that is none, a grid without
 *           values or a column that is missing throughout; `canceled`.
 * @see      scikit-learn partial_dependence(method="brute").
 * @example
 * const { grid, mean } = partialDependence({ x, rows, features, predict: (x, rows) => predictRows(model, x, rows) }, 2)
 */
export function partialDependence(
  input: PartialDependenceInput,
  feature: number,
  options: PartialDependenceOptions = {},
): PartialDependence {
  const { x, rows, features, predict } = input
  if (x.length !== rows * features) {
    throw new TandemError('shape_mismatch', `x has ${x.length} values, but ${rows} rows of ${features} features need ${rows * features}.`)
  }
  if (rows < 1) throw new TandemError('too_few_rows', 'There are 0 rows to average over. Pass rows like those the model will see.')
  if (!Number.isInteger(feature) || feature < 0 || feature >= features) {
    throw new TandemError('invalid_input', `feature is ${feature}. Features are numbered 0 to ${features - 1}.`)
  }
  const grid = options.grid === undefined ? observedGrid(input, feature, options.gridSize ?? 50) : Float64Array.from(options.grid)
  if (grid.length === 0)
    throw new TandemError('invalid_input', `Feature ${feature} has no value to set: it is missing in all ${rows} rows. Pass a grid.`)
  const changed = x.slice()
  const mean = new Float64Array(grid.length)
  const ice = options.ice === true ? new Float64Array(rows * grid.length) : undefined
  for (let step = 0; step < grid.length; step++) {
    if (options.isCanceled?.()) throw new TandemError('canceled', 'Partial dependence was canceled before it was done.')
    for (let row = 0; row < rows; row++) changed[row * features + feature] = grid[step]!
    const predictions = predict(changed, rows)
    if (predictions.length !== rows) {
      throw new TandemError(
        'shape_mismatch',
        `predict gave ${predictions.length} numbers for ${rows} rows. Give one a row: that of one class.`,
      )
    }
    for (let row = 0; row < rows; row++) {
      mean[step]! += predictions[row]! / rows
      if (ice !== undefined) ice[row * grid.length + step] = predictions[row]!
    }
  }
  return { grid, mean, ...(ice === undefined ? {} : { ice }) }
}

function observedGrid({ x, rows, features }: PartialDependenceInput, feature: number, gridSize: number): Float64Array {
  if (!Number.isInteger(gridSize) || gridSize < 2)
    throw new TandemError('invalid_input', `gridSize is ${gridSize}. Pass a whole number from 2.`)
  const values = Float64Array.from({ length: rows }, (_, row) => x[row * features + feature]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const distinct = values.filter((value, at) => at === 0 || value !== values[at - 1])
  if (distinct.length <= gridSize) return distinct
  const low = values[Math.round(0.05 * (values.length - 1))]!
  const high = values[Math.round(0.95 * (values.length - 1))]!
  return Float64Array.from({ length: gridSize }, (_, step) => low + ((high - low) * step) / (gridSize - 1))
}
