// What a boosting says when its numbers grow beyond float32.

import { TandemError } from '../../errors.ts'
import type { ResolvedBoostingOptions } from './boosting-options.ts'
import type { TrainingSet } from './training-set.ts'

/** Derivatives, or a step, left float32: targets times weights are too large, or steps that overshoot made the scores so. */
export function outOfRange({ classes, weights }: TrainingSet, { learningRate, loss }: ResolvedBoostingOptions): TandemError {
  const what = classes > 0 ? 'log loss' : `loss "${loss}"`
  return new TandemError(
    'invalid_input',
    `The derivatives of the ${what} left the range of numbers (3.4e38) at the learning rate ${learningRate}${weights ? ', weights included' : ''}. ` +
      `${learningRate > 1 ? 'Steps that large overshoot: lower learningRate to at most 1' : 'Scale the targets or the weights down'}.`,
    { details: { learningRate, loss } },
  )
}
