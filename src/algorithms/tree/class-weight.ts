// Weights of classes, multiplied into those of rows before a learner starts.

import { TandemError } from '../../errors.ts'
import type { TrainingSet } from './training-set.ts'

/** `balanced`: every class weighs the same in all, scikit-learn's n / (classes * rows of the class); or one weight a class. */
export type ClassWeight = 'balanced' | readonly number[]

/** @throws `invalid_input`. */
export function checkClassWeight(weight: ClassWeight | undefined, classes: number): void {
  if (weight === undefined) return
  if (classes === 0) throw invalid('classWeight is set, but the target is a number. Leave it out, or weigh single rows.')
  if (weight === 'balanced') return
  if (!Array.isArray(weight) || weight.length !== classes) {
    throw invalid(`classWeight has ${weight.length} weights for ${classes} classes. Pass one for each class, in order, or "balanced".`)
  }
  const at = weight.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY))
  if (at >= 0) throw invalid(`The weight of class ${at} is ${weight[at]}. It must be a finite number above 0.`)
}

/** The weight of each class. */
export function factorsOf({ y, rows, classes, weights }: TrainingSet, classWeight: ClassWeight): readonly number[] {
  return classWeight === 'balanced' ? balanced(y, rows, classes, weights) : classWeight
}

/** The weights of rows with those of their classes in them; as they are when classes have none. */
export function classWeighted(set: TrainingSet, classWeight: ClassWeight | undefined): Float64Array | Float32Array | undefined {
  const { y, rows, weights } = set
  if (classWeight === undefined) return weights
  const factors = factorsOf(set, classWeight)
  return Float64Array.from({ length: rows }, (_, i) => factors[y[i]!]! * (weights ? weights[i]! : 1))
}

function balanced(y: ArrayLike<number>, rows: number, classes: number, weights: ArrayLike<number> | undefined): number[] {
  const sums = new Float64Array(classes)
  let total = 0
  for (let i = 0; i < rows; i++) {
    const w = weights ? weights[i]! : 1
    sums[y[i]!]! += w
    total += w
  }
  return Array.from(sums, (sum) => (sum > 0 ? total / (classes * sum) : 1))
}

function invalid(message: string): TandemError {
  return new TandemError('invalid_input', message)
}
