// Orthant-wise limited-memory quasi-Newton: a smooth function plus l1 times the absolute values of some of its variables, which
// become exactly 0 where the penalty outweighs them. Andrew and Gao 2007, "Scalable training of L1-regularized log-linear models".
import { createCurvatureMemory, dot, largest } from './curvature-memory.ts'
import type { Minimum, Objective, SearchOptions } from './minimum.ts'

export interface OwlqnOptions extends SearchOptions {
  /** Weight of the absolute values, > 0. */
  readonly l1: number
  /** The first so many variables are penalised; the rest (intercepts) are free. */
  readonly penalized: number
}

const SUFFICIENT_DECREASE = 1e-4
const LINE_SEARCH_STEPS = 40
const NO_IMPROVEMENT = 64 * Number.EPSILON

/** Minimises from `start`, which is not changed; the tolerance bounds the largest component of the pseudo-gradient. */
export function minimizeOwlqn(objective: Objective, start: Float64Array, options: OwlqnOptions): Minimum {
  const { tolerance, maxIterations, l1, penalized, onIteration } = options
  const memory = createCurvatureMemory()
  let at = start.slice()
  let gradient = new Float64Array(at.length)
  let value = objective(at, gradient) + l1 * absolutes(at, penalized)
  for (let iteration = 0; ; iteration++) {
    const pseudo = pseudoGradient(at, gradient, l1, penalized)
    if (largest(pseudo) <= tolerance) return { point: at, value, iterations: iteration, converged: true }
    if (iteration === maxIterations) return { point: at, value, iterations: iteration, converged: false }
    const direction = memory.descent(pseudo)
    // The quadratic model holds within the orthant that the pseudo-gradient points into.
    for (let index = 0; index < penalized; index++) if (direction[index]! * pseudo[index]! >= 0) direction[index] = 0
    const first = memory.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(pseudo, pseudo))) : 1
    const next = backtrack(objective, { at, value, pseudo, direction, first }, l1, penalized)
    if (next === undefined) {
      if (memory.isEmpty()) return { point: at, value, iterations: iteration, converged: false }
      memory.forget()
      continue
    }
    memory.remember({ at, gradient }, next)
    const improvement = (value - next.value) / Math.max(Math.abs(value), Math.abs(next.value), 1)
    ;({ at, gradient, value } = next)
    onIteration?.(iteration + 1)
    if (improvement <= NO_IMPROVEMENT) return { point: at, value, iterations: iteration + 1, converged: true }
  }
}

interface Line {
  readonly at: Float64Array
  readonly value: number
  readonly pseudo: Float64Array
  readonly direction: Float64Array
  readonly first: number
}

interface Step {
  readonly at: Float64Array<ArrayBuffer>
  readonly gradient: Float64Array<ArrayBuffer>
  readonly value: number
}

function backtrack(objective: Objective, { at, value, pseudo, direction, first }: Line, l1: number, penalized: number): Step | undefined {
  const tried = new Float64Array(at.length)
  const gradient = new Float64Array(at.length)
  for (let step = 0, length = first; step < LINE_SEARCH_STEPS; step++, length /= 2) {
    let expected = 0
    for (let index = 0; index < at.length; index++) {
      const from = at[index]!
      let to = from + length * direction[index]!
      // A variable that would change its sign stops at 0.
      if (index < penalized && to * (from !== 0 ? from : -pseudo[index]!) < 0) to = 0
      tried[index] = to
      expected += pseudo[index]! * (to - from)
    }
    const reached = objective(tried, gradient) + l1 * absolutes(tried, penalized)
    if (reached <= value + SUFFICIENT_DECREASE * expected) return { at: tried, gradient, value: reached }
  }
  return undefined
}

/** The steepest slope of the whole function, 0 where the penalty holds a variable at 0. */
function pseudoGradient(at: Float64Array, gradient: Float64Array, l1: number, penalized: number): Float64Array {
  return gradient.map((slope, index) => {
    if (index >= penalized) return slope
    if (at[index] !== 0) return slope + Math.sign(at[index]!) * l1
    return slope > l1 ? slope - l1 : slope < -l1 ? slope + l1 : 0
  })
}

function absolutes(values: Float64Array, count: number): number {
  let sum = 0
  for (let at = 0; at < count; at++) sum += Math.abs(values[at]!)
  return sum
}
