// What the last steps say about the curvature of a function: the two-loop recursion of limited-memory BFGS.
// Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithm 7.4.

const MEMORY = 10

interface Point {
  readonly at: Float64Array
  readonly gradient: Float64Array
}

export interface CurvatureMemory {
  /** Where to go from a point with this gradient. */
  descent(gradient: Float64Array): Float64Array
  /** Learns from a step; one without positive curvature is passed over. */
  remember(from: Point, to: Point): void
  forget(): void
  isEmpty(): boolean
}

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  readonly inverse: number
}

export function createCurvatureMemory(): CurvatureMemory {
  const pairs: Pair[] = []
  return {
    descent: (gradient) => descent(gradient, pairs),
    remember: (from, to) => remember(pairs, from, to),
    forget() {
      pairs.length = 0
    },
    isEmpty: () => pairs.length === 0,
  }
}

/** Minus the gradient times the approximated inverse Hessian. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((value) => -value)
  const shares: number[] = []
  for (let at = pairs.length - 1; at >= 0; at--) {
    const { step, change, inverse } = pairs[at]!
    const share = inverse * dot(step, direction)
    shares[at] = share
    addScaled(direction, change, -share)
  }
  const last = pairs.at(-1)
  if (last !== undefined) {
    const scale = 1 / (last.inverse * dot(last.change, last.change))
    for (let at = 0; at < direction.length; at++) direction[at]! *= scale
  }
  for (const [at, { step, change, inverse }] of pairs.entries()) {
    addScaled(direction, step, shares[at]! - inverse * dot(change, direction))
  }
  return direction
}

function remember(pairs: Pair[], from: Point, to: Point): void {
  const step = to.at.map((value, at) => value - from.at[at]!)
  const change = to.gradient.map((value, at) => value - from.gradient[at]!)
  const curvature = dot(step, change)
  if (!(curvature > Number.EPSILON * dot(change, change))) return
  pairs.push({ step, change, inverse: 1 / curvature })
  if (pairs.length > MEMORY) pairs.shift()
}

/** Largest absolute value. */
export function largest(values: Float64Array): number {
  let most = 0
  for (let at = 0; at < values.length; at++) if (!(Math.abs(values[at]!) <= most)) most = Math.abs(values[at]!)
  return most
}

export function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0
  for (let at = 0; at < left.length; at++) sum += left[at]! * right[at]!
  return sum
}

export function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let at = 0; at < target.length; at++) target[at]! += scale * source[at]!
}
