// From a definition's parameters to the options of an algorithm, with the defaults of this project; and how much memory it takes.
import type { ModelDefinition } from '../models/index.ts'
import type { Recipe } from './tasks.ts'

export const DEFAULT_SEED = 1

/** @param seed  of everything random. */
export function recipeOf(
  { task, parameters = {} }: Pick<ModelDefinition, 'task' | 'parameters'>,
  algorithm: Recipe['algorithm'],
  seed: number,
): Recipe {
  const {
    nEstimators = 100,
    maxDepth,
    minSamplesSplit = 5,
    minSamplesLeaf,
    maxFeatures,
    learningRate = 0.1,
    maxLeaves = 31,
    lambda = 0,
  } = parameters
  if (algorithm === 'boosted-trees') {
    const depth: Record<string, number> = maxDepth === undefined ? {} : { maxDepth }
    const options = {
      nEstimators,
      learningRate,
      maxLeaves,
      minSamplesLeaf: minSamplesLeaf ?? 20,
      l2Regularization: lambda,
      randomState: seed,
    }
    return { algorithm, options: { ...options, ...depth } }
  }
  const share = maxFeatures ?? (task === 'classification' ? 'sqrt' : 1 / 3)
  return {
    algorithm,
    options: {
      nEstimators,
      maxDepth: maxDepth ?? 10,
      minSamplesSplit,
      minSamplesLeaf: minSamplesLeaf ?? 1,
      // The learner would read 1 as one feature.
      maxFeatures: share === 1 ? 'all' : share,
      randomState: seed,
    },
  }
}

/** The parameters as a version shows them, under the names of a definition. */
export function shownParameters({ options }: Recipe): Record<string, string | number> {
  const { randomState: _, l2Regularization, ...rest } = options
  return { ...rest, ...(l2Regularization === undefined ? {} : { lambda: l2Regularization }) }
}

/** Bytes that training needs at most: the matrix once, and for each thread its rows, their bins and the sums over them. */
export function estimateTrainingBytes(rows: number, features: number, threads: number): number {
  const values = rows * features
  return values * 4 + rows * 16 + threads * (values * 5 + rows * 40)
}
