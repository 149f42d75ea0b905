// What a worker thread can run: a table from name to function. To add a task, add a line: a pure function of a clonable argument,
// usually one of `algorithms`, that passes `progress` and `isCanceled` on. Arrays of the result are moved back, not copied.

import { type BinnedSet, binTrainingSet } from '../../algorithms/tree/bin-training-set.ts'
import type { BoostingOptions } from '../../algorithms/tree/boosting-options.ts'
import { fitBoostedTrees } from '../../algorithms/tree/fit-boosted-trees.ts'
import { assembleForest, type ForestShape, fitRandomForest } from '../../algorithms/tree/fit-random-forest.ts'
import type { ForestOptions } from '../../algorithms/tree/forest-options.ts'
import { type ForestPart, growForest } from '../../algorithms/tree/grow-forest.ts'
import { createTrainingControl } from '../../algorithms/tree/training-control.ts'
import type { TrainingSet } from '../../algorithms/tree/training-set.ts'
import { shareFields } from './shared-arrays.ts'

export interface TaskContext {
  readonly progress: (fraction: number, message?: string) => void
  /** Cheap; ask it at least every 50 ms. */
  readonly isCanceled: () => boolean
}

export interface FitForest {
  readonly set: TrainingSet
  readonly options: ForestOptions
}

export interface FitBoosted {
  readonly set: TrainingSet
  readonly options: BoostingOptions
}

export interface GrowForest {
  readonly set: BinnedSet
  readonly options: ForestOptions
  readonly firstTree: number
  readonly lastTree: number
}

export interface AssembleForest extends ForestShape {
  readonly parts: readonly ForestPart[]
}

const watched = ({ progress, isCanceled }: TaskContext) => ({ onProgress: progress, isCanceled })

export const tasks = {
  'fit-random-forest': ({ set, options }: FitForest, context: TaskContext) => fitRandomForest(set, { ...options, ...watched(context) }),
  'fit-boosted-trees': ({ set, options }: FitBoosted, context: TaskContext) => fitBoostedTrees(set, { ...options, ...watched(context) }),
  // The next three are the parts of `trainForest`, which grows one forest on many threads.
  'bin-training-set': ({ set, options }: FitForest, context: TaskContext) =>
    shareFields(binTrainingSet(set, { randomState: options.randomState }, createTrainingControl(watched(context)))),
  'grow-forest': ({ set, options, firstTree, lastTree }: GrowForest, context: TaskContext) =>
    growForest(set, { ...options, ...watched(context) }, firstTree, lastTree),
  'assemble-forest': ({ parts, ...shape }: AssembleForest) => assembleForest(parts, shape),
}

export type TaskName = keyof typeof tasks
