// What one row in sixteen says saves most passes over all of them: its answer is where the search over all rows starts, and its curvature,
// at a sixteenth of the cost, turns their slope into steps. The answer itself does not depend on it: the search ends by the slope of all rows.
// Sub-sampled Newton's method: Roosta-Khorasani and Mahoney 2019, Mathematical Programming 174.
import { type DenseMatrix, type FeatureMatrix, isSparse } from './feature-matrix.ts'
import { type CurvedObjective, minimizeNewtonCg } from './minimize-newton-cg.ts'
import type { Minimum, SearchOptions } from './minimum.ts'

const EVERY = 16
/** Below, the rows left out say too much; a part has this many rows for each column. */
const FEWEST_ROWS = 10_000
const ROWS_A_COLUMN = 10

/** Rows of the part, with what belongs to them. */
export interface Part {
  readonly x: DenseMatrix
  readonly y: Float64Array
  readonly weights: Float64Array
}

/** Every sixteenth row; undefined where that would not pay off: few rows, many columns, or sparse ones, whose columns need all rows. */
export function partForGuess(x: FeatureMatrix, y: ArrayLike<number>, weights: Float64Array): Part | undefined {
  if (isSparse(x) || x.rows < FEWEST_ROWS || x.rows < EVERY * ROWS_A_COLUMN * x.columns) return undefined
  const { columns, values } = x
  const rows = Math.floor(x.rows / EVERY)
  const part = { x: new Float64Array(rows * columns), y: new Float64Array(rows), weights: new Float64Array(rows) }
  for (let to = 0; to < rows; to++) {
    // Another place of each sixteen, so that a rhythm in the rows does not choose them.
    const row = to * EVERY + ((to * 7) % EVERY)
    part.x.set(values.subarray(row * columns, (row + 1) * columns), to * columns)
    part.y[to] = y[row]!
    part.weights[to] = weights[row]!
  }
  return { x: { rows, columns, values: part.x }, y: part.y, weights: part.weights }
}

/** Steps by the curvature of a part; each brings the answer about ten times nearer. What they do not reach, the curvature of all rows does. */
const STEPS_BY_PART = 8

/** Minimises `full` from `start`; `part` is the same objective on the rows of `partForGuess`. */
export function minimizeByPart(full: CurvedObjective, part: CurvedObjective, start: Float64Array, search: SearchOptions): Minimum {
  const { maxIterations } = search
  // Its iterations are told as well: whoever cancels does not wait for the guess.
  const guess = minimizeNewtonCg(part, start, search)
  const slope = new Float64Array(start.length)
  const mixed: CurvedObjective = {
    ...part,
    evaluate(point, gradient) {
      part.evaluate(point, slope)
      return full.evaluate(point, gradient)
    },
  }
  const near = minimizeNewtonCg(mixed, guess.point, { ...search, maxIterations: Math.min(maxIterations, STEPS_BY_PART) })
  if (near.converged || near.iterations >= maxIterations) return near
  const end = minimizeNewtonCg(full, near.point, { ...search, maxIterations: maxIterations - near.iterations })
  return { ...end, iterations: near.iterations + end.iterations }
}
