// Limited-memory BFGS with a line search for the strong Wolfe conditions: smooth functions of many variables.
// Nocedal and Wright, "Numerical Optimization", 2nd edition: algorithm 7.5 and, for the line search, 3.5 and 3.6.

import { createCurvatureMemory, dot, largest, type Point } from './curvature-memory.ts'

/** Value of the function at `point`; writes its gradient. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number

export interface LbfgsOptions {
  /** Ends when no component of the gradient is larger. */
  readonly tolerance: number
  readonly maxIterations: number
  /** Called after each iteration; throwing ends the search. */
  readonly onIteration?: (iteration: number) => void
}

export interface Minimum {
  readonly point: Float64Array
  readonly value: number
  readonly iterations: number
  /** Whether the gradient is within the tolerance, or the value cannot be improved in double precision. */
  readonly converged: boolean
}

const SUFFICIENT_DECREASE = 1e-4
const CURVATURE = 0.9
const LINE_SEARCH_STEPS = 20
/** Relative improvement below which rounding decides. */
const NO_IMPROVEMENT = 64 * Number.EPSILON

/** Minimises from `start`, which is not changed. Cost: O(20 n) a step beside the objective; 20 n doubles. */
export function minimizeLbfgs(objective: Objective, start: Float64Array, { tolerance, maxIterations, onIteration }: LbfgsOptions): Minimum {
  const memory = createCurvatureMemory()
  const gradient = new Float64Array(start.length)
  let here: Point = { at: start.slice(), gradient, value: objective(start, gradient) }
  for (let iteration = 0; ; iteration++) {
    if (largest(here.gradient) <= tolerance) return { point: here.at, value: here.value, iterations: iteration, converged: true }
    if (iteration === maxIterations) return { point: here.at, value: here.value, iterations: iteration, converged: false }
    const direction = memory.descent(here.gradient)
    // Without curvature known the first step is of length 1 at most.
    const firstStep = memory.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(here.gradient, here.gradient))) : 1
    const next = searchLine(objective, here, direction, firstStep)
    if (next === undefined) {
      if (memory.isEmpty()) return { point: here.at, value: here.value, iterations: iteration, converged: false }
      // The approximation has gone bad: start again along the gradient.
      memory.forget()
      continue
    }
    memory.remember(here, next)
    const improvement = (here.value - next.value) / Math.max(Math.abs(here.value), Math.abs(next.value), 1)
    here = next
    onIteration?.(iteration + 1)
    if (improvement <= NO_IMPROVEMENT) return { point: here.at, value: here.value, iterations: iteration + 1, converged: true }
  }
}

interface Trial {
  readonly length: number
  readonly value: number
  readonly slope: number
}

/** A point along `direction` that satisfies the strong Wolfe conditions; undefined when none is found. */
function searchLine(objective: Objective, from: Point, direction: Float64Array, firstStep: number): Point | undefined {
  const slope = dot(from.gradient, direction)
  if (!(slope < 0)) return undefined
  const at = new Float64Array(direction.length)
  const gradient = new Float64Array(direction.length)
  const tryAt = (length: number): Trial => {
    for (let index = 0; index < at.length; index++) at[index] = from.at[index]! + length * direction[index]!
    const value = objective(at, gradient)
    return { length, value, slope: dot(gradient, direction) }
  }
  const tooHigh = ({ length, value }: Trial): boolean => !(value <= from.value + SUFFICIENT_DECREASE * length * slope)
  const flat = (trial: Trial): boolean => Math.abs(trial.slope) <= -CURVATURE * slope
  let low: Trial = { length: 0, value: from.value, slope }
  let high: Trial | undefined
  let trial = tryAt(firstStep)
  for (let step = 0; step < LINE_SEARCH_STEPS; step++) {
    if (tooHigh(trial) || (trial.value >= low.value && low.length > 0)) high = trial
    else if (flat(trial)) return { at, gradient, value: trial.value }
    else {
      if (high === undefined ? trial.slope >= 0 : trial.slope * (high.length - low.length) >= 0) high = low
      low = trial
    }
    trial = tryAt(high === undefined ? trial.length * 2 : between(low, high))
  }
  // Rounding can hide the last bit of decrease; what is lower is still progress.
  if (trial.value < from.value && Number.isFinite(trial.value)) return { at, gradient, value: trial.value }
  return undefined
}

/** Minimum of the cubic through two trials, kept away from both ends. */
function between(low: Trial, high: Trial): number {
  const width = high.length - low.length
  const middle = low.length + width / 2
  if (!Number.isFinite(high.value)) return low.length + width / 10
  const d1 = low.slope + high.slope - (3 * (low.value - high.value)) / (low.length - high.length)
  const inside = d1 * d1 - low.slope * high.slope
  if (!(inside >= 0)) return middle
  const d2 = Math.sign(width) * Math.sqrt(inside)
  const length = high.length - width * ((high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2))
  const margin = Math.abs(width) * 0.1
  const [least, most] = width > 0 ? [low.length, high.length] : [high.length, low.length]
  return length > least + margin && length < most - margin ? length : middle
}
