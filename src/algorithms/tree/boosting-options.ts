// Options of the boosted trees, their defaults and their limits. Names are scikit-learn's (HistGradientBoosting); defaults LightGBM's.

import type { Engine } from '../math/heap.ts'
import { finiteNumber, wholeNumber } from './forest-options.ts'
import type { ProgressOptions } from './training-control.ts'

export interface BoostingOptions extends ProgressOptions {
  /** Rounds; each grows one tree, or one a class for more than 2 classes. Default 100. */
  readonly nEstimators?: number
  /** Share of each tree's step that is taken. Default 0.1. */
  readonly learningRate?: number
  /** Leaves of a tree, grown best first. Default 31. */
  readonly maxLeaves?: number
  /** Deepest level of a leaf, the root being level 0. Default: no limit. */
  readonly maxDepth?: number
  /** A leaf holds at least this many rows. Default 20. */
  readonly minSamplesLeaf?: number
  /** Added to the sum of second derivatives of a leaf. Default 0. */
  readonly l2Regularization?: number
  /** Seed; used only to draw the rows for bin edges when there are more than 200,000. Default 0. */
  readonly randomState?: number
  /** `typescript` computes without WebAssembly: the same model, more slowly. Default `auto`. */
  readonly engine?: Engine
}

export interface ResolvedBoostingOptions {
  readonly nEstimators: number
  readonly learningRate: number
  readonly maxLeaves: number
  readonly maxDepth: number
  readonly minSamplesLeaf: number
  readonly l2Regularization: number
  readonly randomState: number
  readonly engine: Engine
}

/** @throws `invalid_input` when an option is outside its limits. */
export function resolveBoostingOptions(options: BoostingOptions): ResolvedBoostingOptions {
  return {
    nEstimators: wholeNumber('nEstimators', options.nEstimators ?? 100, 1, 100_000),
    learningRate: finiteNumber('learningRate', options.learningRate ?? 0.1, 1e-6, 10),
    maxLeaves: wholeNumber('maxLeaves', options.maxLeaves ?? 31, 2, 65_536),
    maxDepth: options.maxDepth === undefined ? Number.POSITIVE_INFINITY : wholeNumber('maxDepth', options.maxDepth, 1, 1_000_000),
    minSamplesLeaf: wholeNumber('minSamplesLeaf', options.minSamplesLeaf ?? 20, 1, 2 ** 31),
    l2Regularization: finiteNumber('l2Regularization', options.l2Regularization ?? 0, 0, 1e12),
    randomState: finiteNumber('randomState', options.randomState ?? 0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    engine: options.engine ?? 'auto',
  }
}
