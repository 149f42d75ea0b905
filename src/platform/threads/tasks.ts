// What a worker thread can run: a table from name to function. To add a task, add a line: a pure function of a clonable argument,
// usually one of `algorithms`, that passes `progress` and `isCanceled` on. Arrays of the result are moved back, not copied.

import { fitKMeans, type KMeansOptions, type KMeansStart, runKMeans } from '../../algorithms/cluster/fit-k-means.ts'
import type { KMeansPlan } from '../../algorithms/cluster/k-means-plan.ts'
import { createKMeansWork } from '../../algorithms/cluster/k-means-work.ts'
import type { FeatureMatrix } from '../../algorithms/linear/feature-matrix.ts'
import { type BinnedSet, binTrainingSet } from '../../algorithms/tree/bin-training-set.ts'
import type { BoostingOptions } from '../../algorithms/tree/boosting-options.ts'
import { type BoostingPlan, clearPlan } from '../../algorithms/tree/boosting-plan.ts'
import { createBoostingWork } from '../../algorithms/tree/boosting-work.ts'
import { boost, fitBoostedTrees } from '../../algorithms/tree/fit-boosted-trees.ts'
import { assembleForest, type ForestShape, fitRandomForest } from '../../algorithms/tree/fit-random-forest.ts'
import type { ForestOptions } from '../../algorithms/tree/forest-options.ts'
import { type ForestPart, growForest } from '../../algorithms/tree/grow-forest.ts'
import { createTrainingControl } from '../../algorithms/tree/training-control.ts'
import { checkTrainingSet, type TrainingSet } from '../../algorithms/tree/training-set.ts'
import { followTeam, leadTeam } from './thread-team.ts'

export interface TaskContext {
  readonly progress: (fraction: number, message?: string) => void
  /** Cheap; ask it at least every 50 ms. */
  readonly isCanceled: () => boolean
}

export interface FitForest {
  readonly set: TrainingSet
  readonly options: ForestOptions
}

export interface BinForest extends FitForest {
  /** Threads that will grow trees on it. */
  readonly threads: number
}

export interface FitBoosted {
  readonly set: TrainingSet
  readonly options: BoostingOptions
}

export interface LeadBoosting {
  readonly plan: BoostingPlan
  /** Whether an earlier training left something in the plan's memory. */
  readonly isUsed: boolean
}

export interface FollowBoosting {
  readonly plan: BoostingPlan
  /** From 1; the leader is 0. */
  readonly thread: number
}

export interface FitKMeans {
  readonly x: FeatureMatrix
  readonly options: KMeansOptions
}

export interface LeadKMeans {
  readonly plan: KMeansPlan
  readonly start: KMeansStart
}

export interface FollowKMeans {
  readonly plan: KMeansPlan
  /** From 1; the leader is 0. */
  readonly thread: number
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

const optionsOfBins = ({ randomState, engine, classWeight }: ForestOptions) => ({ randomState, engine, classWeight })
const watched = ({ progress, isCanceled }: TaskContext) => ({ onProgress: progress, isCanceled })
const watchedStarts = ({ progress, isCanceled }: TaskContext) => ({ onStart: progress, isCanceled })

export const tasks = {
  'fit-random-forest': ({ set, options }: FitForest, context: TaskContext) => fitRandomForest(set, { ...options, ...watched(context) }),
  'fit-boosted-trees': ({ set, options }: FitBoosted, context: TaskContext) => fitBoostedTrees(set, { ...options, ...watched(context) }),
  // The parts of `trainForest`, which grows one forest on many threads.
  'bin-training-set': ({ set, options, threads }: BinForest, { progress: _, isCanceled }: TaskContext) =>
    binTrainingSet(set, { ...optionsOfBins(options), threads }, createTrainingControl({ isCanceled })),
  'grow-forest': ({ set, options, firstTree, lastTree }: GrowForest, context: TaskContext) =>
    growForest(set, { ...options, ...watched(context) }, firstTree, lastTree),
  'assemble-forest': ({ parts, ...shape }: AssembleForest) => assembleForest(parts, shape),
  // These two are the parts of `trainBoosting`.
  'lead-boosting': ({ plan, isUsed }: LeadBoosting, context: TaskContext) => {
    if (isUsed) clearPlan(plan)
    const work = createBoostingWork(plan)
    const { team, end } = leadTeam(plan.heap, plan.places.team, plan.threads, work.perform, context.isCanceled)
    try {
      checkTrainingSet(plan.set)
      return boost(plan, work, team, watched(context))
    } finally {
      end()
    }
  },
  'follow-boosting': ({ plan, thread }: FollowBoosting, { isCanceled }: TaskContext) =>
    followTeam(plan.heap, plan.places.team, thread, createBoostingWork(plan).perform, isCanceled),
  'fit-k-means': ({ x, options }: FitKMeans, context: TaskContext) => fitKMeans(x, { ...options, ...watchedStarts(context) }),
  // The parts of `trainKMeans`.
  'lead-k-means': ({ plan, start }: LeadKMeans, context: TaskContext) => {
    const work = createKMeansWork(plan)
    const { team, end } = leadTeam(plan.heap, plan.places.team, plan.threads, work.perform, context.isCanceled)
    try {
      return runKMeans(plan, start, work, team, watchedStarts(context))
    } finally {
      end()
    }
  },
  'follow-k-means': ({ plan, thread }: FollowKMeans, { isCanceled }: TaskContext) =>
    followTeam(plan.heap, plan.places.team, thread, createKMeansWork(plan).perform, isCanceled),
}

export type TaskName = keyof typeof tasks
