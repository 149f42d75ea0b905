// The rows that a boosting holds out to see when it gets no better, and their loss.

import { exp, log } from '../math/exponential.ts'
import { createRng, hashSeed } from '../math/rng.ts'
import { trainTestSplit } from '../split/train-test-split.ts'
import type { ResolvedBoostingOptions } from './boosting-options.ts'
import { classWeighted } from './class-weight.ts'
import { softmax } from './predict.ts'
import { regressionLoss } from './regression-loss.ts'
import { checkTrainingWeights, type TrainingSet } from './training-set.ts'

export interface Parts {
  /** The set to learn from: rows that are held out have the weight 0. */
  readonly training: TrainingSet
  /** Held-out rows that have a weight. */
  readonly held: Uint32Array
  /** Weights of all rows before any was held out. */
  readonly weights: Float64Array | Float32Array | undefined
}

/**
 * Applies class weights and holds rows out.
 *
 * @throws `too_few_rows`, `too_few_classes` when what is left cannot be learned from.
 */
export function holdOut(set: TrainingSet, { classWeight, earlyStopping, randomState }: ResolvedBoostingOptions): Parts {
  const weights = classWeighted(set, classWeight)
  if (classWeight) checkTrainingWeights({ ...set, weights })
  if (!earlyStopping) return { training: { ...set, weights }, held: new Uint32Array(0), weights }
  const { validationRows, validationFraction } = earlyStopping
  const chosen: ArrayLike<number> =
    validationRows ??
    trainTestSplit(set.rows, {
      rng: createRng(hashSeed(randomState, 0x76616c69)),
      testSize: validationFraction,
      ...(set.classes > 0 ? { stratify: set.y } : {}),
    }).test
  const own = weights ? Float64Array.from(weights) : new Float64Array(set.rows).fill(1)
  const held: number[] = []
  for (let i = 0; i < chosen.length; i++) {
    if (own[chosen[i]!]! > 0) held.push(chosen[i]!)
    own[chosen[i]!] = 0
  }
  const training = { ...set, weights: own }
  checkTrainingWeights(training)
  return { training, held: Uint32Array.from(held), weights }
}

/**
 * Mean loss of rows at their scores, row-major with one score or one a class.
 *
 * @param heldAt  where the scores of each held-out row stand.
 * @param delta  Huber's limit.
 */
export function validationLoss(
  { y, classes }: TrainingSet,
  options: ResolvedBoostingOptions,
  { held, weights }: Pick<Parts, 'held' | 'weights'>,
  scores: Float64Array,
  heldAt: Uint32Array,
  delta: number,
): number {
  const stride = classes > 2 ? classes : 1
  const row = new Float64Array(stride)
  let [sum, total] = [0, 0]
  for (let j = 0; j < held.length; j++) {
    const i = held[j]!
    const at = heldAt[j]!
    const w = weights ? weights[i]! : 1
    total += w
    if (classes === 0) sum += w * regressionLoss(options, delta, y[i]!, scores[at]!)
    else if (classes === 2) {
      // -ln of the probability of the right class, without overflow.
      const margin = y[i] === 1 ? -scores[at]! : scores[at]!
      sum += w * (margin > 30 ? margin : log(1 + exp(margin)))
    } else {
      row.set(scores.subarray(at * stride, (at + 1) * stride))
      softmax(row, 0, stride)
      sum -= w * log(Math.max(row[y[i]!]!, 1e-300))
    }
  }
  return sum / total
}
