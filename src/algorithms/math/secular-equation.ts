// Roots of 1 + sum of weights[j] / (poles[j] - x) = 0, the eigenvalues of a diagonal matrix with one rank added, as distances from the poles.
// Source: Li, "Solving secular equations stably and efficiently", LAPACK Working Note 89, 1994 (the middle way).

const EPSILON = 2 ** -53
const MOST_STEPS = 200

/**
 * Root i of n, between poles i and i + 1, or beyond the last. Distances are found without the root itself, so that they are exact to the
 * last digits however near a pole it lies.
 *
 * @param poles  ascending, each apart from the next.
 * @param weights  above 0.
 * @param distances  n numbers from `to` on become poles[j] - root.
 * @returns the root.
 */
export function solveSecular(
  i: number,
  n: number,
  poles: Float64Array,
  weights: Float64Array,
  distances: Float64Array,
  to: number,
): number {
  const sums = new Sums(i, n, weights, distances, to)
  let { origin, low, high, x } = i === n - 1 ? beyondTheLast(n, poles, weights) : betweenPoles(i, n, poles, weights)
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    for (let j = 0; j < n; j++) distances[to + j] = poles[j]! - poles[origin]! - x
    const value = sums.at(x)
    if (Math.abs(value) <= EPSILON * sums.rounding) break
    if (value < 0) low = x
    else high = x
    const next = x + sums.step(value)
    const inside = next > low && next < high ? next : low + (high - low) / 2
    // Between two neighbours there is nothing left to halve.
    if (inside === x || inside <= low || inside >= high) break
    x = inside
  }
  return poles[origin]! + x
}

/** The function left of a pole that is approached, and right of it, with slopes and what rounding may have made of it. */
class Sums {
  rounding = 0
  private leftSlope = 0
  private rightSlope = 0
  private readonly i: number
  private readonly n: number
  private readonly weights: Float64Array
  private readonly distances: Float64Array
  private readonly to: number

  constructor(i: number, n: number, weights: Float64Array, distances: Float64Array, to: number) {
    this.i = i
    this.n = n
    this.weights = weights
    this.distances = distances
    this.to = to
  }

  at(x: number): number {
    const { i, n, weights, distances, to } = this
    let left = 0
    let leftSlope = 0
    let right = 0
    let rightSlope = 0
    let rounding = 0
    for (let j = 0; j <= i; j++) {
      const share = weights[j]! / distances[to + j]!
      left += share
      leftSlope += share / distances[to + j]!
      rounding -= left
    }
    for (let j = n - 1; j > i; j--) {
      const share = weights[j]! / distances[to + j]!
      right += share
      rightSlope += share / distances[to + j]!
      rounding += right
    }
    this.leftSlope = leftSlope
    this.rightSlope = rightSlope
    this.rounding = 8 * (right - left) + rounding + 1 + Math.abs(x) * (leftSlope + rightSlope)
    return 1 + left + right
  }

  /** To the root of c + a / (pole i - x) + b / (pole i + 1 - x) that has the value and the slopes of both sides. */
  step(value: number): number {
    const { leftSlope: left, rightSlope: right } = this
    const near = this.distances[this.to + this.i]!
    if (this.i === this.n - 1) return near + (near * near * left) / (value - near * left)
    const far = this.distances[this.to + this.i + 1]!
    const c = value - near * left - far * right
    const a = (near + far) * value - near * far * (left + right)
    const b = near * far * value
    const root = Math.sqrt(Math.abs(a * a - 4 * b * c))
    const step = a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root)
    return step * value < 0 ? step : -value / (left + right)
  }
}

interface Start {
  /** The nearest pole: x is the distance from it. */
  readonly origin: number
  readonly low: number
  readonly high: number
  readonly x: number
}

/** The half of the gap that holds the root, and the root of the two nearest poles with all others as they are in its middle. */
function betweenPoles(i: number, n: number, poles: Float64Array, weights: Float64Array): Start {
  const gap = poles[i + 1]! - poles[i]!
  let rest = 1
  for (let j = 0; j < n; j++) if (j !== i && j !== i + 1) rest += weights[j]! / (poles[j]! - poles[i]! - gap / 2)
  const [near, far] = [weights[i]!, weights[i + 1]!]
  const value = rest + (far - near) / (gap / 2)
  if (value >= 0) {
    const a = rest * gap + near + far
    const b = near * gap
    const root = Math.sqrt(Math.abs(a * a - 4 * b * rest))
    return { origin: i, low: 0, high: gap / 2, x: within(a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * rest), 0, gap / 2) }
  }
  const a = rest * gap - near - far
  const b = far * gap
  const root = Math.sqrt(Math.abs(a * a + 4 * b * rest))
  return { origin: i + 1, low: -gap / 2, high: 0, x: within(a < 0 ? (2 * b) / (a - root) : -(a + root) / (2 * rest), -gap / 2, 0) }
}

/** The sum of the weights is as far as the last root can lie. */
function beyondTheLast(n: number, poles: Float64Array, weights: Float64Array): Start {
  let high = 0
  for (let j = 0; j < n; j++) high += weights[j]!
  let rest = 1
  for (let j = 0; j < n - 1; j++) rest += weights[j]! / (poles[j]! - poles[n - 1]! - high / 2)
  const x = rest > 0 ? weights[n - 1]! / rest : high / 2
  // Rounded up, since with one pole the root is the end itself.
  return { origin: n - 1, low: 0, high: high * (1 + 8 * EPSILON), x: within(x, 0, high) }
}

function within(x: number, low: number, high: number): number {
  return x > low && x < high ? x : low + (high - low) / 2
}
