// Options of the boosted trees, their defaults and their limits. Names are scikit-learn's (HistGradientBoosting); defaults LightGBM's.

import { TandemError } from '../../errors.ts'
import type { Engine } from '../math/heap.ts'
import { type ClassWeight, checkClassWeight } from './class-weight.ts'
import { finiteNumber, wholeNumber } from './forest-options.ts'
import type { ProgressOptions } from './training-control.ts'
import type { TrainingSet } from './training-set.ts'

/** What a regression brings down: the mean squared or absolute error, Huber's loss, the pinball loss of a quantile, or the Poisson deviance. */
export type RegressionLoss = 'squared' | 'absolute' | 'huber' | 'quantile' | 'poisson'

export const REGRESSION_LOSSES: readonly RegressionLoss[] = ['squared', 'absolute', 'huber', 'quantile', 'poisson']

export interface EarlyStopping {
  /** Rounds without a better loss after which it stops. Default 10. */
  readonly rounds?: number
  /** Share of the rows that is held out to judge each round, drawn by the seed, class by class. Default 0.1. */
  readonly validationFraction?: number
  /** The rows to judge on instead. */
  readonly validationRows?: ArrayLike<number>
  /** A loss is better when it is lower by more than this. Default 0. */
  readonly minDelta?: number
}

export interface BoostingOptions extends ProgressOptions {
  /** Rounds; each grows one tree, or one a class for more than 2 classes. Default 100. */
  readonly nEstimators?: number
  /** Share of each tree's step that is taken. Default 0.1. */
  readonly learningRate?: number
  /** Leaves of a tree, grown best first. Default 31. */
  readonly maxLeaves?: number
  /** Deepest level of a leaf, the root being level 0. Default: no limit. */
  readonly maxDepth?: number
  /**
   * A leaf holds at least this many rows. Of classes it also holds the second derivatives of one row less at their average: rows that are
   * all but decided count for less. Default 20.
   */
  readonly minSamplesLeaf?: number
  /** Added to the sum of second derivatives of a leaf. Default 0. */
  readonly l2Regularization?: number
  /** Of a regression. Default `squared`. */
  readonly loss?: RegressionLoss
  /** Of the loss `quantile`: the share of targets that lies below a prediction. Default 0.5. */
  readonly quantile?: number
  /** Of the loss `huber`: residuals up to this quantile of their sizes count squared, larger ones by their size. Default 0.9. */
  readonly alpha?: number
  /** For each feature 1 where predictions may only rise with it, -1 where they may only fall, 0 for no rule. Not for more than 2 classes. */
  readonly monotone?: ArrayLike<number>
  /** Multiplies the weights of rows by class: `balanced` makes all classes weigh the same. */
  readonly classWeight?: ClassWeight
  /** Stops when a held-out part gets no better, and keeps the best round. `true` takes the defaults. Default: all rounds are grown. */
  readonly earlyStopping?: EarlyStopping | boolean
  /** Told the loss on the held-out part after each round (from 1), when it stops early. */
  readonly onValidation?: (round: number, loss: number) => void
  /** Seed: of the rows that are held out, and of the rows for bin edges when there are more than 200,000. Default 0. */
  readonly randomState?: number
  /** `typescript` computes without WebAssembly: the same model, more slowly. Default `auto`. */
  readonly engine?: Engine
}

export interface ResolvedEarlyStopping {
  readonly rounds: number
  readonly minDelta: number
  readonly validationFraction: number
  readonly validationRows?: Uint32Array
}

export interface ResolvedBoostingOptions {
  readonly nEstimators: number
  readonly learningRate: number
  readonly maxLeaves: number
  readonly maxDepth: number
  readonly minSamplesLeaf: number
  readonly l2Regularization: number
  readonly loss: RegressionLoss
  readonly quantile: number
  readonly alpha: number
  /** Absent when no feature has a rule. */
  readonly monotone?: Int8Array
  readonly classWeight?: ClassWeight
  readonly earlyStopping?: ResolvedEarlyStopping
  readonly randomState: number
  readonly engine: Engine
}

/** @throws `invalid_input` when an option is outside its limits or does not fit the set. */
export function resolveBoostingOptions(options: BoostingOptions, set: TrainingSet): ResolvedBoostingOptions {
  const { loss = 'squared', classWeight } = options
  if (!REGRESSION_LOSSES.includes(loss)) throw invalid(`loss is "${loss}". It is one of ${REGRESSION_LOSSES.join(', ')}.`)
  if (options.loss !== undefined && set.classes > 0) {
    throw invalid(`loss is "${loss}", but the targets are classes, which are learned by log loss. Leave loss out.`)
  }
  checkClassWeight(classWeight, set.classes)
  return {
    nEstimators: wholeNumber('nEstimators', options.nEstimators ?? 100, 1, 100_000),
    learningRate: finiteNumber('learningRate', options.learningRate ?? 0.1, 1e-6, 10),
    maxLeaves: wholeNumber('maxLeaves', options.maxLeaves ?? 31, 2, 65_536),
    maxDepth: options.maxDepth === undefined ? Number.POSITIVE_INFINITY : wholeNumber('maxDepth', options.maxDepth, 1, 1_000_000),
    minSamplesLeaf: wholeNumber('minSamplesLeaf', options.minSamplesLeaf ?? 20, 1, 2 ** 31),
    l2Regularization: finiteNumber('l2Regularization', options.l2Regularization ?? 0, 0, 1e12),
    loss,
    quantile: finiteNumber('quantile', options.quantile ?? 0.5, 1e-6, 1 - 1e-6),
    alpha: finiteNumber('alpha', options.alpha ?? 0.9, 1e-6, 1 - 1e-6),
    monotone: monotoneRules(options.monotone, set),
    classWeight,
    earlyStopping: earlyStoppingOf(options.earlyStopping, set.rows),
    randomState: finiteNumber('randomState', options.randomState ?? 0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    engine: options.engine ?? 'auto',
  }
}

function monotoneRules(rules: ArrayLike<number> | undefined, { features, classes, categorical }: TrainingSet): Int8Array | undefined {
  if (rules === undefined) return undefined
  if (rules.length !== features)
    throw invalid(`monotone has ${rules.length} rules for ${features} features. Pass one for each: 1, -1 or 0.`)
  for (let f = 0; f < features; f++) {
    const rule = rules[f]!
    if (rule !== 1 && rule !== -1 && rule !== 0)
      throw invalid(`The monotone rule of feature ${f} is ${rule}. It is 1 (rising), -1 (falling) or 0.`)
    if (rule !== 0 && categorical?.includes(f)) {
      throw invalid(
        `Feature ${f} is categorical and has the monotone rule ${rule}. Categories have no order: drop the rule, or pass numbers.`,
      )
    }
  }
  const own = Int8Array.from(rules)
  if (!own.some((rule) => rule !== 0)) return undefined
  if (classes > 2) throw invalid(`monotone rules need 2 classes or a number to predict, but there are ${classes} classes.`)
  return own
}

function earlyStoppingOf(given: EarlyStopping | boolean | undefined, rows: number): ResolvedEarlyStopping | undefined {
  if (given === undefined || given === false) return undefined
  const { rounds = 10, validationFraction = 0.1, minDelta = 0, validationRows } = given === true ? {} : given
  const chosen = validationRows && Uint32Array.from(validationRows)
  if (chosen?.some((row) => row >= rows) || chosen?.length === 0) {
    throw invalid(`validationRows name ${chosen.length === 0 ? 'no row' : `row ${chosen.find((row) => row >= rows)}`} of ${rows}.`)
  }
  return {
    rounds: wholeNumber('earlyStopping.rounds', rounds, 1, 100_000),
    minDelta: finiteNumber('earlyStopping.minDelta', minDelta, 0, 1e12),
    validationFraction: finiteNumber('earlyStopping.validationFraction', validationFraction, 1e-6, 0.9),
    validationRows: chosen,
  }
}

function invalid(message: string): TandemError {
  return new TandemError('invalid_input', message)
}
