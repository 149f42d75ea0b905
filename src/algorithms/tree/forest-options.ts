// Options of the random forest, their defaults and their limits. Names are scikit-learn's.

import { TandemError } from '../../errors.ts'
import type { Engine } from '../math/heap.ts'
import { type ClassWeight, checkClassWeight } from './class-weight.ts'
import type { ProgressOptions } from './training-control.ts'

export interface ForestOptions extends ProgressOptions {
  /** Number of trees. Default 100. */
  readonly nEstimators?: number
  /** Deepest level of a leaf, the root being level 0. Default: no limit. */
  readonly maxDepth?: number
  /** A node with fewer rows is not split. Default 2. */
  readonly minSamplesSplit?: number
  /** A leaf holds at least this many rows. Default 1. */
  readonly minSamplesLeaf?: number
  /** Features tried at a node: a share below 1, a count from 1, or a word. Default 'sqrt' to classify, 'all' for regression. */
  readonly maxFeatures?: 'sqrt' | 'all' | number
  /** Whether each tree draws its rows with replacement. Default true. */
  readonly bootstrap?: boolean
  /** How likely rows are drawn by class, or without `bootstrap` how much they weigh: `balanced` makes all classes weigh the same. */
  readonly classWeight?: ClassWeight
  /** Whether to judge each row by the trees that did not draw it: `oobScore` of the ensemble. Needs `bootstrap`. Default false. */
  readonly oobScore?: boolean
  /** Seed. Default 0. */
  readonly randomState?: number
  /** `typescript` computes without WebAssembly: the same forest, more slowly. Default `auto`. */
  readonly engine?: Engine
}

export interface ResolvedForestOptions {
  readonly nEstimators: number
  readonly maxDepth: number
  readonly minSamplesSplit: number
  readonly minSamplesLeaf: number
  readonly maxFeatures: number
  readonly bootstrap: boolean
  readonly oobScore: boolean
  readonly randomState: number
}

/** @throws `invalid_input` when an option is outside its limits. */
export function resolveForestOptions(options: ForestOptions, features: number, classes: number): ResolvedForestOptions {
  checkClassWeight(options.classWeight, classes)
  if (options.oobScore && options.bootstrap === false) {
    throw new TandemError(
      'invalid_input',
      'oobScore judges rows that a tree did not draw, but bootstrap is false: every tree has every row.',
    )
  }
  return {
    nEstimators: wholeNumber('nEstimators', options.nEstimators ?? 100, 1, 100_000),
    maxDepth: options.maxDepth === undefined ? Number.POSITIVE_INFINITY : wholeNumber('maxDepth', options.maxDepth, 1, 1_000_000),
    minSamplesSplit: wholeNumber('minSamplesSplit', options.minSamplesSplit ?? 2, 2, 2 ** 31),
    minSamplesLeaf: wholeNumber('minSamplesLeaf', options.minSamplesLeaf ?? 1, 1, 2 ** 31),
    maxFeatures: featuresTried(options.maxFeatures ?? (classes > 0 ? 'sqrt' : 'all'), features),
    bootstrap: options.bootstrap ?? true,
    oobScore: options.oobScore ?? false,
    randomState: finiteNumber('randomState', options.randomState ?? 0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  }
}

function featuresTried(value: 'sqrt' | 'all' | number, features: number): number {
  if (value === 'all') return features
  if (value === 'sqrt') return Math.max(1, Math.floor(Math.sqrt(features)))
  if (typeof value !== 'number' || !(value > 0)) {
    throw new TandemError(
      'invalid_input',
      `maxFeatures is ${value}. Use 'sqrt', 'all', a share between 0 and 1, or a count from 1 to ${features}.`,
    )
  }
  return value < 1 ? Math.max(1, Math.floor(value * features)) : Math.min(features, wholeNumber('maxFeatures', value, 1, 2 ** 31))
}

export function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new TandemError('invalid_input', `${name} is ${value}. It must be a whole number from ${least} to ${most}.`)
  }
  return value
}

export function finiteNumber(name: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most)) {
    throw new TandemError('invalid_input', `${name} is ${value}. It must be a number from ${least} to ${most}.`)
  }
  return value
}
