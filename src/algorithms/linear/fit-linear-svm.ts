// Linear support vector machine with the squared hinge loss and an L2 penalty, by Newton-CG; several classes one against the rest.
// Objective of LIBLINEAR's L2-loss SVC (Fan et al. 2008), |w|^2 / 2 + C sum(max(0, 1 - y f(x))^2), but the intercept is not penalised.
import { TandemError } from '../../errors.ts'
import { guessByDual } from './dual-guess.ts'
import { isSparse } from './feature-matrix.ts'
import { finiteModel } from './finite-model.ts'
import { minimizeByPart, partForGuess } from './first-guess.ts'
import type { LinearModel } from './linear-model.ts'
import { minimizeNewtonCg } from './minimize-newton-cg.ts'
import { createScoredRows } from './row-objective.ts'
import { type ClassWeight, checkedWeights, type LinearTrainingSet, sumOf } from './training-targets.ts'

export interface LinearSvmOptions {
  /** Inverse strength of the penalty, > 0. Default 1. */
  readonly C?: number
  readonly fitIntercept?: boolean
  readonly classWeight?: ClassWeight
  /** Largest component of the gradient of the mean loss at the end. Default 1e-4. */
  readonly tolerance?: number
  /** Default 1000. */
  readonly maxIterations?: number
  readonly onIteration?: (iteration: number) => void
}

/**
 * Linear SVM for two or more classes. It has scores, not probabilities: calibrate `decisionFunction` when those are needed.
 *
 * Scale features to about the same size first. Cost: O(entries x classes) time an iteration.
 *
 * @throws   `too_few_classes`, `shape_mismatch`, `invalid_input`.
 * @see      Fan et al. 2008, LIBLINEAR.
 */
export function fitLinearSvm(set: LinearTrainingSet, options: LinearSvmOptions = {}): LinearModel {
  const { C = 1, fitIntercept = true, classWeight, tolerance = 1e-4, maxIterations = 1000, onIteration } = options
  if (!(C > 0 && Number.isFinite(C))) throw new TandemError('invalid_input', `C is ${C}; it is a finite number above 0.`)
  if (!(Number.isInteger(set.classes) && set.classes >= 2)) {
    throw new TandemError('too_few_classes', `classes is ${set.classes}; a classifier needs at least 2.`)
  }
  const weights = checkedWeights(set, classWeight)
  const { columns } = set.x
  const outputs = set.classes === 2 ? 1 : set.classes
  const coefficients = new Float64Array(outputs * columns)
  const intercepts = new Float64Array(outputs)
  const part = partForGuess(set.x, set.y, weights)
  const rows = createScoredRows(set.x, weights)
  const partRows = part === undefined ? undefined : createScoredRows(part.x, part.weights)
  const guesses =
    isSparse(set.x) && outputs > 1 && fitIntercept
      ? guessByDual(
          set.x,
          set.y,
          outputs,
          weights.map((weight) => C * weight),
          onIteration,
        )
      : undefined
  let nIterations = 0
  let converged = true
  for (let output = 0; output < outputs; output++) {
    const positive = outputs === 1 ? 1 : output
    const l2 = 1 / (C * sumOf(weights))
    const origin = guesses?.[output] ?? new Float64Array(columns + (fitIntercept ? 1 : 0))
    const full = rows.objective('hinge', signsOf(set.y, positive), l2, fitIntercept)
    const search = { tolerance, maxIterations, onIteration }
    const found =
      part === undefined || partRows === undefined
        ? minimizeNewtonCg(full, origin, search)
        : minimizeByPart(full, partRows.objective('hinge', signsOf(part.y, positive), l2, fitIntercept), origin, search)
    coefficients.set(found.point.subarray(0, columns), output * columns)
    intercepts[output] = found.point[columns] ?? 0
    nIterations = Math.max(nIterations, found.iterations)
    converged &&= found.converged
  }
  const model: LinearModel = {
    kind: 'linear-svm',
    nFeatures: columns,
    nClasses: set.classes,
    coefficients,
    intercepts,
    nIterations,
    converged,
  }
  return finiteModel(model, set.x, set.y)
}

/** 1 for the class, -1 for any other. */
function signsOf(y: ArrayLike<number>, positive: number): Float64Array {
  return Float64Array.from({ length: y.length }, (_, row) => (y[row] === positive ? 1 : -1))
}
