// The smooth part of logistic regression: mean log loss and its gradient, binary and multinomial, with the L2 part of the penalty.
import { exp, log } from '../math/exponential.ts'
import { addTransposed, multiply } from './feature-matrix.ts'
import { softmaxInPlace } from './linear-model.ts'
import type { Objective } from './minimize-lbfgs.ts'
import type { LinearTrainingSet } from './training-targets.ts'

/**
 * Mean loss over weighted rows plus `l2 / 2` times the squares of the coefficients. A point holds the coefficients of each output,
 * then, with `fitIntercept`, the intercepts.
 */
export function logisticObjective(set: LinearTrainingSet, weights: Float64Array, l2: number, fitIntercept: boolean): Objective {
  return (set.classes === 2 ? binaryObjective : multinomialObjective)(set, weights, l2, fitIntercept)
}

/** Adds the gradient of `l2 / 2` times the squares of the first `count` values, and returns that part of the objective. */
export function addSquaredPenalty(point: Float64Array, gradient: Float64Array, count: number, l2: number): number {
  let squares = 0
  for (let at = 0; at < count; at++) {
    squares += point[at]! * point[at]!
    gradient[at]! += l2 * point[at]!
  }
  return 0.5 * l2 * squares
}

export function sumOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

function binaryObjective({ x, y }: LinearTrainingSet, weights: Float64Array, l2: number, fitIntercept: boolean): Objective {
  const { rows, columns } = x
  const total = sumOf(weights)
  const scores = new Float64Array(rows)
  return (point, gradient) => {
    multiply(x, point, 0, fitIntercept ? point[columns]! : 0, scores)
    let loss = 0
    let slope = 0
    for (let row = 0; row < rows; row++) {
      const score = scores[row]!
      const weight = weights[row]! / total
      // ln(1 + e^score) - y score, without overflow on either side.
      const e = exp(-Math.abs(score))
      loss += weight * (Math.max(score, 0) - y[row]! * score + log(1 + e))
      const factor = weight * ((score >= 0 ? 1 / (1 + e) : e / (1 + e)) - y[row]!)
      scores[row] = factor
      slope += factor
    }
    gradient.fill(0)
    addTransposed(x, scores, gradient, 0)
    if (fitIntercept) gradient[columns] = slope
    return loss + addSquaredPenalty(point, gradient, columns, l2)
  }
}

function multinomialObjective({ x, y, classes }: LinearTrainingSet, weights: Float64Array, l2: number, fitIntercept: boolean): Objective {
  const { rows, columns } = x
  const total = sumOf(weights)
  const scores = new Float64Array(rows * classes)
  return (point, gradient) => {
    for (let label = 0; label < classes; label++) {
      multiply(x, point, label * columns, fitIntercept ? point[classes * columns + label]! : 0, scores, label, classes)
    }
    let loss = 0
    gradient.fill(0)
    for (let row = 0; row < rows; row++) {
      const first = row * classes
      const own = scores[first + y[row]!]!
      const { largest, sum } = softmaxInPlace(scores, first, classes)
      const weight = weights[row]! / total
      loss += weight * (largest + log(sum) - own)
      scores[first + y[row]!]! -= 1
      for (let label = 0; label < classes; label++) {
        scores[first + label]! *= weight
        if (fitIntercept) gradient[classes * columns + label]! += scores[first + label]!
      }
    }
    for (let label = 0; label < classes; label++) addTransposed(x, scores, gradient, label * columns, label, classes)
    return loss + addSquaredPenalty(point, gradient, classes * columns, l2)
  }
}
