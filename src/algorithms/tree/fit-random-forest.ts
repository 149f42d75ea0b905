// Random forest (Breiman 2001): trees on bootstrap samples, a random few features tried at each node, probabilities or values averaged.

import { withTrainingHeap } from '../math/heap.ts'
import { type BinnedSet, binTrainingSet } from './bin-training-set.ts'
import { SET_WORDS } from './category-bins.ts'
import { expectedLeafSize, type TreeEnsemble } from './ensemble.ts'
import { type ForestOptions, resolveForestOptions } from './forest-options.ts'
import { type ForestPart, growForest } from './grow-forest.ts'
import { outOfBagScore } from './out-of-bag.ts'
import { createTrainingControl } from './training-control.ts'
import type { Targets, TrainingSet } from './training-set.ts'

/** What a forest says about itself beside its trees. */
export interface ForestShape {
  readonly features: number
  readonly classes: number
  /** Targets, for the score out of the bag. */
  readonly y?: Targets
  /** See `TreeEnsemble`; absent when no feature is categorical. */
  readonly categoryStarts?: Uint32Array
  readonly categoryBins?: Uint8Array
}

/**
 * Fits a random forest for binary, multiclass or regression targets.
 *
 * Histogram splits on at most 255 bins; NaN goes the way that lowers the impurity most. Same set, options and seed: same bytes.
 * Cost: O(rows x maxFeatures x depth x nEstimators) time, see `estimateTrainingBytes` for memory.
 *
 * @throws `shape_mismatch`, `too_few_rows`, `too_few_classes`, `invalid_input`, `canceled`.
 * @example
 * const forest = fitRandomForest({ x, rows, features, y, classes: 2 }, { nEstimators: 100, maxDepth: 10, randomState: 7 })
 */
export function fitRandomForest(set: TrainingSet, options: ForestOptions = {}): TreeEnsemble {
  const { nEstimators, randomState } = resolveForestOptions(options, Math.max(1, set.features), set.classes)
  const { engine, classWeight } = options
  return withTrainingHeap((makeHeap) => {
    const binned = binTrainingSet(set, { randomState, engine, classWeight }, createTrainingControl(options), makeHeap)
    return assembleForest([growForest(binned, options, 0, nEstimators)], shapeOf(set, binned))
  })
}

/** What a forest on a binned set says about itself. */
export function shapeOf({ features, classes, y, categorical }: TrainingSet, { categories }: Pick<BinnedSet, 'categories'>): ForestShape {
  const { categoryStarts, categoryBins } = categories
  return { features, classes, y, ...(categorical && categorical.length > 0 ? { categoryStarts, categoryBins } : {}) }
}

/** Joins parts that were grown apart, in the order of their trees, whatever order they come in. */
export function assembleForest(parts: readonly ForestPart[], shape: ForestShape): TreeEnsemble {
  const { features, classes, y, categoryStarts, categoryBins } = shape
  const ordered = [...parts].sort((a, b) => a.firstTree - b.firstTree)
  const total = (size: (part: ForestPart) => number): number => ordered.reduce((sum, part) => sum + size(part), 0)
  const nodes = total((part) => part.feature.length)
  const leafSize = expectedLeafSize('random-forest', classes)
  const ensemble = {
    kind: 'random-forest',
    task: classes > 0 ? 'classification' : 'regression',
    nFeatures: features,
    nClasses: classes,
    nTrees: total((part) => part.roots.length),
    leafSize,
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    left: new Uint32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    cover: new Uint32Array(nodes),
    leafValues: new Float32Array(total((part) => part.leafValues.length)),
    roots: new Uint32Array(total((part) => part.roots.length)),
    baseScores: Float64Array.of(ordered[0]?.baseScore ?? 0),
    importances: meanImportances(ordered, features),
    ...(categoryStarts && categoryBins
      ? { categoryStarts, categoryBins, categorySets: new Uint32Array(total((part) => part.categorySets.length)) }
      : {}),
  } satisfies TreeEnsemble
  const isCategorical = (f: number): boolean => f >= 0 && categoryStarts !== undefined && categoryStarts[f + 1]! > categoryStarts[f]!
  let node = 0
  let tree = 0
  let value = 0
  let set = 0
  for (const part of ordered) {
    ensemble.feature.set(part.feature, node)
    ensemble.threshold.set(part.threshold, node)
    ensemble.missingLeft.set(part.missingLeft, node)
    ensemble.cover.set(part.cover, node)
    ensemble.leafValues.set(part.leafValues, value)
    const leaf = leafSize > 1 ? value / leafSize : 0
    for (let i = 0; i < part.left.length; i++) ensemble.left[node + i] = part.left[i]! + (part.feature[i]! < 0 ? leaf : node)
    if (ensemble.categorySets) {
      for (let i = 0; i < part.feature.length; i++) if (isCategorical(part.feature[i]!)) ensemble.threshold[node + i]! += set / SET_WORDS
      ensemble.categorySets.set(part.categorySets, set)
      set += part.categorySets.length
    }
    for (let t = 0; t < part.roots.length; t++) ensemble.roots[tree + t] = part.roots[t]! + node
    node += part.feature.length
    tree += part.roots.length
    value += part.leafValues.length
  }
  const outOfBag = ordered.flatMap((part) => part.outOfBag ?? [])
  if (outOfBag.length === 0 || !y) return ensemble
  return { ...ensemble, oobScore: outOfBagScore(outOfBag, y, classes, ensemble.baseScores[0]!) }
}

/** Each tree's decreases sum to 1 before the mean, as in scikit-learn; summed in the order of trees. */
function meanImportances(parts: readonly ForestPart[], features: number): Float64Array {
  const mean = new Float64Array(features)
  for (const { importances } of parts) {
    for (let start = 0; start < importances.length; start += features) {
      let sum = 0
      for (let f = 0; f < features; f++) sum += importances[start + f]!
      if (sum > 0) for (let f = 0; f < features; f++) mean[f]! += importances[start + f]! / sum
    }
  }
  return normalise(mean)
}

/** Scales to the sum 1; leaves all zeros as they are. */
export function normalise(values: Float64Array): Float64Array {
  let sum = 0
  for (const value of values) sum += value
  if (sum > 0) for (let i = 0; i < values.length; i++) values[i]! /= sum
  return values
}
