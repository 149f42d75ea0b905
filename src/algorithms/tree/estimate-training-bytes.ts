// The memory a training needs beside its set, so that a server can refuse what would not fit.

import { layOutForest } from './bin-training-set.ts'
import type { BoostingOptions } from './boosting-options.ts'
import { extentOf, layOutBoosting } from './boosting-plan.ts'
import type { ForestOptions } from './forest-options.ts'

export interface TrainingShape {
  readonly rows: number
  readonly features: number
  /** 0 for regression. */
  readonly classes: number
  readonly weighted?: boolean
}

/** Bytes of one node in the lists of a growing forest: 17, and as much again free after they doubled. */
const NODE_BYTES = 34

/** Bytes that `fitRandomForest` takes at most beside its set; `threads` grow trees at the same time. */
export function estimateForestBytes(shape: TrainingShape, options: ForestOptions = {}, threads = 1): number {
  const { rows, classes, weighted = false } = shape
  const trees = options.nEstimators ?? 100
  const leavesByRows = rows / Math.max(1, options.minSamplesLeaf ?? 1)
  const leaves = Math.min(leavesByRows, 2 ** Math.min(40, options.maxDepth ?? 40))
  const leafValues = classes > 2 ? (classes - 1) * 8 : 0
  // Draws, whole targets and weights; for more classes packed rows and their order, and the sums of a histogram.
  // Rows by class, and how often each is drawn in a word, where classes have weights.
  const byClass = options.classWeight === undefined ? 0 : rows * 7
  const growing = rows * (classes > 2 ? 9 : classes === 2 && !weighted ? 2 : 13) + byClass + 256 * classes * 4
  const outOfBag = options.oobScore ? 2 * threads * rows * (Math.max(1, classes - 1) * 8 + 4) : 0
  // Parts and the joined forest are held at the same time.
  return layOutForest(shape, weighted, threads).bytes + threads * growing + outOfBag + 1.5 * trees * leaves * (2 * NODE_BYTES + leafValues)
}

/** Bytes that `fitBoostedTrees` takes at most beside its set. */
export function estimateBoostingBytes(shape: TrainingShape, options: BoostingOptions = {}, threads = 1): number {
  const { rows, classes, weighted = false } = shape
  const leaves = Math.min(options.maxLeaves ?? 31, rows)
  const scores = classes > 2 ? classes : 1
  const nodes = (options.nEstimators ?? 100) * scores * leaves * 2 * NODE_BYTES
  const extent = extentOf(rows, weighted, options, threads)
  // Whole weights, and weights of rows with those of their classes or without the held-out ones; a column of codes of a bundle.
  return layOutBoosting(shape, options.maxLeaves ?? 31, extent).bytes + rows * (extent.weighted ? 25 : 1) + nodes
}

/**
 * Bytes that a training takes at most beside its set (which is `rows * (features * 4 + 8)`).
 *
 * @param options  of the learner, with its kind and the number of threads.
 */
export function estimateTrainingBytes(
  shape: TrainingShape,
  options: { readonly threads?: number } & (
    | ({ readonly kind: 'random-forest' } & ForestOptions)
    | ({ readonly kind: 'boosted-trees' } & BoostingOptions)
  ),
): number {
  return options.kind === 'random-forest'
    ? estimateForestBytes(shape, options, options.threads)
    : estimateBoostingBytes(shape, options, options.threads)
}
