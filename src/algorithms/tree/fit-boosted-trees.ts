// Gradient-boosted trees on histograms for log loss (binary and softmax) and squared error.

import { binTrainingSet } from './bin-training-set.ts'
import { type BoostingOptions, resolveBoostingOptions } from './boosting-options.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { normalise } from './fit-random-forest.ts'
import { baseScores, createGradients, fillGradients, fillProbabilities } from './gradients.ts'
import { createBoostedTreeGrower } from './grow-boosted-tree.ts'
import { createNodeList } from './node-list.ts'
import { createTrainingControl } from './training-control.ts'
import type { TrainingSet } from './training-set.ts'

/**
 * Fits gradient-boosted trees for binary, multiclass or regression targets.
 *
 * Histogram splits on at most 255 bins, leaf-wise growth; NaN goes the way that gains most. Same set, options and seed: same bytes;
 * up to 200,000 rows their order does not matter either.
 * Cost: O(rows x features x nEstimators) time, see `estimateTrainingBytes` for memory.
 *
 * @throws `shape_mismatch`, `too_few_rows`, `too_few_classes`, `invalid_input`, `canceled`.
 * @see      Friedman 2001; Ke et al. 2017, LightGBM.
 * @example
 * const model = fitBoostedTrees({ x, rows, features, y, classes: 2 }, { nEstimators: 200, learningRate: 0.05 })
 */
export function fitBoostedTrees(set: TrainingSet, options: BoostingOptions = {}): TreeEnsemble {
  const resolved = resolveBoostingOptions(options)
  const control = createTrainingControl(options)
  const binned = binTrainingSet(set, { randomState: resolved.randomState }, control)
  const { rows, features, classes } = binned
  const start = baseScores(binned)
  const stride = start.length
  const scores = new Float64Array(rows * stride)
  for (let i = 0; i < scores.length; i++) scores[i] = start[i % stride]!
  const probabilities = new Float64Array(stride > 1 ? scores.length : 0)
  const gradients = createGradients(rows)
  const nodes = createNodeList()
  const importances = new Float64Array(features)
  const grower = createBoostedTreeGrower(binned, resolved, nodes, importances, control)
  const roots = new Uint32Array(resolved.nEstimators * stride)
  for (let round = 0; round < resolved.nEstimators; round++) {
    if (stride > 1) fillProbabilities(scores, probabilities, stride)
    for (let k = 0; k < stride; k++) {
      control.spend(rows * 40)
      fillGradients(binned, scores, k, probabilities, gradients)
      roots[round * stride + k] = grower.grow(gradients, scores, stride, k)
    }
    control.progress((round + 1) / resolved.nEstimators)
  }
  return {
    kind: 'boosted-trees',
    task: classes > 0 ? 'classification' : 'regression',
    nFeatures: features,
    nClasses: classes,
    nTrees: roots.length,
    leafSize: 1,
    ...nodes.finish(),
    leafValues: new Float32Array(0),
    roots,
    baseScores: start,
    importances: normalise(importances),
  }
}
