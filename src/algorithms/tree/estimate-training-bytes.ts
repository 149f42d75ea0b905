// The memory a training needs beside its set, so that a server can refuse what would not fit.

import type { BoostingOptions } from './boosting-options.ts'
import type { ForestOptions } from './forest-options.ts'

export interface TrainingShape {
  readonly rows: number
  readonly features: number
  /** 0 for regression. */
  readonly classes: number
}

/** Bytes of one node in the lists of a growing forest: 13, and as much again free after they doubled. */
const NODE_BYTES = 26
const BINS = 256

/** Bytes that `fitRandomForest` takes at most beside its set; `threads` grow trees at the same time. */
export function estimateForestBytes({ rows, features, classes }: TrainingShape, options: ForestOptions = {}, threads = 1): number {
  const trees = options.nEstimators ?? 100
  const leavesByRows = rows / Math.max(1, options.minSamplesLeaf ?? 1)
  const leaves = Math.min(leavesByRows, 2 ** Math.min(40, options.maxDepth ?? 40))
  const leafValues = classes > 2 ? (classes - 1) * 8 : 0
  const growing = rows * (classes > 0 ? 5 * 4 : 3 * 4 + 5 * 8) + BINS * Math.max(16, classes * 4)
  // Parts and the joined forest are held at the same time.
  return rows * features + threads * growing + 1.5 * trees * leaves * (2 * NODE_BYTES + leafValues)
}

/** Bytes that `fitBoostedTrees` takes at most beside its set. */
export function estimateBoostingBytes({ rows, features, classes }: TrainingShape, options: BoostingOptions = {}): number {
  const leaves = options.maxLeaves ?? 31
  const scores = classes > 2 ? classes : 1
  const histograms = leaves * features * BINS * 16
  const perRow = 3 * 4 + 4 * 8 + scores * (scores > 1 ? 16 : 8)
  return rows * features + rows * perRow + histograms + (options.nEstimators ?? 100) * scores * leaves * 2 * NODE_BYTES
}

/**
 * Bytes that a training takes at most beside its set (which is `rows * (features * 4 + 8)`).
 *
 * @param options  of the learner, with its kind.
 */
export function estimateTrainingBytes(
  shape: TrainingShape,
  options:
    | ({ readonly kind: 'random-forest'; readonly threads?: number } & ForestOptions)
    | ({ readonly kind: 'boosted-trees' } & BoostingOptions),
): number {
  return options.kind === 'random-forest' ? estimateForestBytes(shape, options, options.threads) : estimateBoostingBytes(shape, options)
}
