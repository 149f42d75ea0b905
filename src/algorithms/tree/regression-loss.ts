// The losses of a regression: where scores start, their derivatives, what a leaf answers, and the loss itself.
// Friedman 2001 (absolute, Huber); Koenker and Bassett 1978 (quantile). The Poisson deviance has a log link.

import { TandemError } from '../../errors.ts'
import { exp, log } from '../math/exponential.ts'
import type { ResolvedBoostingOptions } from './boosting-options.ts'
import { quantileOf } from './quantile-of.ts'
import type { Targets, TrainingSet } from './training-set.ts'

/** LightGBM's poisson_max_delta_step: it keeps steps finite where the expected count is near 0. */
const POISSON_STEP = exp(0.7)
/** Rows from which Huber's limit is taken. */
const DELTA_ROWS = 50_000

type LossOptions = Pick<ResolvedBoostingOptions, 'loss' | 'quantile' | 'alpha'>

/** Where the scores start: what minimises the loss for all rows alike. */
export function startOfRegression({ y, rows, weights }: TrainingSet, { loss, quantile }: LossOptions): number {
  if (loss === 'absolute' || loss === 'huber') return weightedQuantileOf(y, weights, 0.5)
  if (loss === 'quantile') return weightedQuantileOf(y, weights, quantile)
  let [sum, total] = [0, 0]
  for (let i = 0; i < rows; i++) {
    const w = weights ? weights[i]! : 1
    sum += w * y[i]!
    total += w
  }
  return loss === 'poisson' ? log(sum / total) : sum / total
}

/** @throws `invalid_input` for targets that the loss has no meaning for. */
export function checkTargetsOf({ y, rows, weights }: TrainingSet, { loss }: LossOptions): void {
  if (loss !== 'poisson') return
  let sum = 0
  for (let i = 0; i < rows; i++) {
    if (y[i]! < 0) {
      throw new TandemError('invalid_input', `The target of row ${i} is ${y[i]}, but the loss "poisson" is for counts of at least 0.`, {
        details: { row: i },
      })
    }
    if (!weights || weights[i]! > 0) sum += y[i]!
  }
  if (sum === 0) throw new TandemError('invalid_input', 'All targets are 0, so the loss "poisson" has nothing to learn from.')
}

/** Huber's limit between squared and absolute: a quantile of the sizes of residuals, of all rows when none are named. */
export function huberDelta(y: ArrayLike<number>, scores: Float64Array, rows: Uint32Array | undefined, alpha: number): number {
  const count = rows?.length ?? y.length
  const step = Math.max(1, Math.ceil(count / DELTA_ROWS))
  const sizes = new Float64Array(Math.ceil(count / step))
  for (let i = 0; i < sizes.length; i++) {
    const row = rows ? rows[i * step]! : i * step
    sizes[i] = Math.abs(y[row]! - scores[row]!)
  }
  return quantileOf(sizes, alpha)
}

/** First and second derivative of the loss at a score, written to `to[0]` and `to[1]`. */
export function derivatives({ loss, quantile }: LossOptions, delta: number, y: number, score: number, to: Float64Array): void {
  const excess = score - y
  to[1] = 1
  if (loss === 'squared') to[0] = excess
  else if (loss === 'absolute') to[0] = Math.sign(excess)
  else if (loss === 'quantile') to[0] = excess >= 0 ? 1 - quantile : -quantile
  else if (loss === 'huber') to[0] = Math.max(-delta, Math.min(delta, excess))
  else {
    const expected = exp(score)
    to[0] = expected - y
    to[1] = expected * POISSON_STEP
  }
}

/** Whether leaves answer with a statistic of their residuals rather than with the Newton step. */
export function renewsLeaves({ loss }: LossOptions): boolean {
  return loss === 'absolute' || loss === 'quantile' || loss === 'huber'
}

/** The step of a leaf from the residuals (target - score) of its rows; reorders them. */
export function leafStep(
  { loss, quantile }: LossOptions,
  delta: number,
  residuals: Float64Array,
  weights: Float64Array | undefined,
): number {
  if (loss !== 'huber') return quantileOf(residuals, loss === 'absolute' ? 0.5 : quantile, weights)
  const median = quantileOf(residuals.slice(), 0.5, weights)
  let [sum, total] = [0, 0]
  for (let i = 0; i < residuals.length; i++) {
    const w = weights ? weights[i]! : 1
    sum += w * Math.max(-delta, Math.min(delta, residuals[i]! - median))
    total += w
  }
  return median + sum / total
}

/** The loss of one prediction. */
export function regressionLoss({ loss, quantile }: LossOptions, delta: number, y: number, score: number): number {
  const residual = y - score
  if (loss === 'squared') return residual * residual
  if (loss === 'absolute') return Math.abs(residual)
  if (loss === 'quantile') return residual >= 0 ? quantile * residual : (quantile - 1) * residual
  if (loss === 'poisson') return exp(score) - y * score
  const size = Math.abs(residual)
  return size <= delta ? (size * size) / 2 : delta * (size - delta / 2)
}

function weightedQuantileOf(y: Targets, weights: ArrayLike<number> | undefined, q: number): number {
  if (!weights) return quantileOf(Float64Array.from(y), q)
  const rows = Array.from(y.keys()).filter((i) => weights[i]! > 0)
  return quantileOf(
    Float64Array.from(rows, (i) => y[i]!),
    q,
    Float64Array.from(rows, (i) => weights[i]!),
  )
}
