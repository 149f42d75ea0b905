/** Adds the gradient of `l2 / 2` times the squares of the first `count` values, and returns that part of the objective. */
export function addSquaredPenalty(point: Float64Array, gradient: Float64Array, count: number, l2: number): number {
  let squares = 0
  for (let at = 0; at < count; at++) {
    squares += point[at]! * point[at]!
    gradient[at]! += l2 * point[at]!
  }
  return 0.5 * l2 * squares
}

/** Rows that are all decided leave no curvature; a step divides by it. */
const LEAST_CURVATURE = 1e-12

/** Adds the curvature of the penalty to the first `count` values, and makes every value large enough to divide by. */
export function addPenaltyCurvature(diagonal: Float64Array, count: number, l2: number): void {
  for (let at = 0; at < count; at++) diagonal[at]! += l2
  for (let at = 0; at < diagonal.length; at++) if (!(diagonal[at]! > LEAST_CURVATURE)) diagonal[at] = LEAST_CURVATURE
}
