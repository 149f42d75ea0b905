// From a definition's parameters to the options of an algorithm, with the defaults of this project.
import type { AlgorithmParameters } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import { ALGORITHMS, type AlgorithmName, type ModelDefinition, type Version } from '../models/index.ts'
import { ParametersSchema } from '../models/schema.ts'
import type { Recipe } from './tasks.ts'

export const DEFAULT_SEED = 1

/** @throws `invalid_input` that names every parameter that is wrong. */
export function checkParameters(given: unknown): AlgorithmParameters {
  const result = ParametersSchema.safeParse(given)
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) => ({
    path: `/parameters/${path.join('/')}`,
    message: `${['parameters', ...path].join('.')}: ${message}`,
  }))
  throw new TandemError('invalid_input', `The parameters cannot be used: ${errors[0]?.message}.`, { errors })
}

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
    ...more
  } = parameters
  if (ALGORITHMS[algorithm].family === 'additive') return { algorithm, options: additiveOptions(algorithm, parameters, seed) }
  // Those of a boosting stand in no definition of a forest; see `parameter-rules.ts`.
  const shared: Recipe['options'] = JSON.parse(JSON.stringify(more))
  if (algorithm === 'gradient-boosting') {
    const grown = { maxDepth: maxDepth ?? 3, minSamplesSplit: parameters.minSamplesSplit ?? 2, minSamplesLeaf: minSamplesLeaf ?? 1 }
    // To the learner 1 would be one feature.
    const drawn = { maxFeatures: maxFeatures === undefined || maxFeatures === 1 ? 'all' : maxFeatures, subsample: 1 }
    return { algorithm, options: { nEstimators, learningRate, ...grown, ...drawn, randomState: seed, ...shared } }
  }
  if (algorithm === 'boosted-trees' || algorithm === 'hist-gradient-boosting' || algorithm === 'lightgbm') {
    const depth: Record<string, number> = maxDepth === undefined ? {} : { maxDepth }
    const options = {
      nEstimators,
      learningRate,
      maxLeaves,
      minSamplesLeaf: minSamplesLeaf ?? 20,
      l2Regularization: lambda,
      ...(algorithm === 'lightgbm' ? { subsample: 1 } : {}),
      randomState: seed,
    }
    return { algorithm, options: { ...options, ...depth, ...shared } }
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
      ...shared,
    },
  }
}

/** Each learner's own parameters, with its defaults written out. */
function additiveOptions(algorithm: AlgorithmName, parameters: AlgorithmParameters, seed: number): Recipe['options'] {
  const strength = {
    C: 1,
    alpha: algorithm === 'elastic-net' || algorithm === 'lasso' ? 0.01 : 1,
    l1Ratio: algorithm === 'elastic-net' ? 0.5 : 0,
  }
  const defaults: AlgorithmParameters = { ...strength, tolerance: 1e-4, maxIterations: 1000 }
  const own = ALGORITHMS[algorithm].parameters
  const chosen = Object.entries({ ...defaults, ...parameters }).filter(([name]) => own.includes(name as never))
  return { ...JSON.parse(JSON.stringify(Object.fromEntries(chosen))), randomState: seed }
}

/** The parameters as a version shows them, under the names of a definition. */
export function shownParameters({ options }: Recipe): Version['parameters'] {
  const { randomState: _, l2Regularization, ...rest } = options
  return { ...rest, ...(l2Regularization === undefined ? {} : { lambda: l2Regularization }) }
}
