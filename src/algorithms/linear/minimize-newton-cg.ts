// Newton's method for smooth convex functions of many variables, each step found by conjugate gradients to just the accuracy that
// pays off, then shortened until the function falls. Products with the Hessian cost about as much as a gradient, and a handful of
// steps is enough. Nocedal and Wright 2006, algorithm 7.1; for linear models Lin, Weng and Keerthi 2008 and LIBLINEAR 2.40.
import { addScaled, dot, largest } from './curvature-memory.ts'
import type { Minimum, Objective, SearchOptions } from './minimum.ts'

/** A function that knows its second derivatives at the point where it was evaluated last. */
export interface CurvedObjective {
  readonly evaluate: Objective
  /** Writes the Hessian times `v`. */
  multiplyHessian(v: Float64Array, result: Float64Array): void
  /** Writes the diagonal of the Hessian; every value above 0. */
  diagonal(result: Float64Array): void
}

const SUFFICIENT_DECREASE = 1e-4
const HALVINGS = 30
const MOST_PRODUCTS = 200
const NO_IMPROVEMENT = 16 * Number.EPSILON

/** Minimises from `start`, which is not changed. Memory: 8 vectors. */
export function minimizeNewtonCg(
  objective: CurvedObjective,
  start: Float64Array,
  { tolerance, maxIterations, onIteration }: SearchOptions,
): Minimum {
  const size = start.length
  const work = createWork(size)
  let point = start.slice()
  let tried = new Float64Array(size)
  let gradient = new Float64Array(size)
  let triedGradient = new Float64Array(size)
  let value = objective.evaluate(point, gradient)
  for (let iteration = 0; ; iteration++) {
    const steepest = largest(gradient)
    if (steepest <= tolerance) return { point, value, iterations: iteration, converged: true }
    if (iteration === maxIterations) return { point, value, iterations: iteration, converged: false }
    const slope = findStep(objective, gradient, Math.max(0.1 * tolerance, Math.min(0.25, Math.sqrt(steepest)) * steepest), work)
    let reached = Number.POSITIVE_INFINITY
    let isLevel = false
    for (let halving = 0, length = 1; halving < HALVINGS; halving++, length /= 2) {
      moveTo(tried, point, work.step, length)
      reached = objective.evaluate(tried, triedGradient)
      // At the last digit of the function its slope still tells which point is the better one.
      isLevel = Math.abs(reached - value) <= NO_IMPROVEMENT * Math.max(Math.abs(value), 1) && largest(triedGradient) < steepest
      if (isLevel || reached <= value + SUFFICIENT_DECREASE * length * slope) break
    }
    if (!(reached < value || isLevel)) return { point, value, iterations: iteration, converged: steepest <= Math.sqrt(Number.EPSILON) }
    const improvement = (value - reached) / Math.max(Math.abs(value), Math.abs(reached), 1)
    ;[point, tried, gradient, triedGradient] = [tried, point, triedGradient, gradient]
    value = reached
    onIteration?.(iteration + 1)
    if (improvement <= NO_IMPROVEMENT) return { point, value, iterations: iteration + 1, converged: true }
  }
}

interface Work {
  readonly step: Float64Array
  readonly residual: Float64Array
  readonly direction: Float64Array
  readonly product: Float64Array
  readonly diagonal: Float64Array
}

function createWork(size: number): Work {
  const vector = (): Float64Array => new Float64Array(size)
  return { step: vector(), residual: vector(), direction: vector(), product: vector(), diagonal: vector() }
}

/** Solves H step = -gradient until no component of the residual is above `accuracy`; returns gradient . step, which is negative. */
function findStep(objective: CurvedObjective, gradient: Float64Array, accuracy: number, work: Work): number {
  const { step, residual, direction, product, diagonal } = work
  objective.diagonal(diagonal)
  step.fill(0)
  for (let at = 0; at < residual.length; at++) residual[at] = -gradient[at]!
  direction.fill(0)
  let alignment = squaresOver(residual, diagonal)
  turn(direction, residual, diagonal, 0)
  for (let products = 0; products < MOST_PRODUCTS; products++) {
    objective.multiplyHessian(direction, product)
    const curvature = dot(direction, product)
    // Flat to within rounding: what is found so far still leads downwards.
    if (!(curvature > Number.EPSILON * alignment * 1e-6)) break
    addScaled(step, direction, alignment / curvature)
    addScaled(residual, product, -alignment / curvature)
    if (largest(residual) <= accuracy) break
    const next = squaresOver(residual, diagonal)
    turn(direction, residual, diagonal, next / alignment)
    alignment = next
  }
  if (largest(step) === 0) for (let at = 0; at < step.length; at++) step[at] = -gradient[at]! / diagonal[at]!
  return dot(gradient, step)
}

// The loops stand apart from what repeats them: as functions that are called often the engine optimises each of them once and for good,
// where it compiled one long function anew at every fit.

function squaresOver(values: Float64Array, diagonal: Float64Array): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += (values[at]! * values[at]!) / diagonal[at]!
  return sum
}

/** The next direction: where the residual points, and a share of the last one. */
function turn(direction: Float64Array, residual: Float64Array, diagonal: Float64Array, share: number): void {
  for (let at = 0; at < direction.length; at++) direction[at] = residual[at]! / diagonal[at]! + share * direction[at]!
}

function moveTo(tried: Float64Array, point: Float64Array, step: Float64Array, length: number): void {
  for (let at = 0; at < tried.length; at++) tried[at] = point[at]! + length * step[at]!
}
