// What a Python worker can learn in place of Node: the same algorithms by scikit-learn, with the parameters that mean the same there.
import type { FieldError } from '../../errors.ts'
import type { AlgorithmName } from './algorithms.ts'
import type { Feature } from './feature.ts'
import type { ModelDefinition, ParameterName } from './schema.ts'

export interface PythonLearner {
  /** Its name on the worker. */
  readonly algorithm: 'random-forest' | 'hist-gradient-boosting'
  /** Parameters of a definition that it takes; others of trees mean nothing to it, as to Node's. */
  readonly parameters: readonly ParameterName[]
}

export const PYTHON_LEARNERS: Readonly<Partial<Record<AlgorithmName, PythonLearner>>> = {
  'random-forest': {
    algorithm: 'random-forest',
    parameters: ['nEstimators', 'maxDepth', 'minSamplesSplit', 'minSamplesLeaf', 'maxFeatures', 'learningRate', 'maxLeaves', 'lambda'],
  },
  'boosted-trees': {
    algorithm: 'hist-gradient-boosting',
    parameters: ['nEstimators', 'maxDepth', 'minSamplesLeaf', 'learningRate', 'maxLeaves', 'lambda', 'minSamplesSplit', 'maxFeatures'],
  },
}

/** Sentences about everything that the runtime of a definition cannot do; none for Node. */
export function runtimeErrors(
  { runtime, algorithm, parameters = {} }: Pick<ModelDefinition, 'runtime' | 'algorithm' | 'parameters'>,
  features: readonly Feature[],
): FieldError[] {
  if (runtime !== 'python') return []
  const learner = algorithm === 'auto' ? undefined : PYTHON_LEARNERS[algorithm]
  if (learner === undefined) {
    const known = Object.keys(PYTHON_LEARNERS).join(' or ')
    return [{ path: '/algorithm', message: `algorithm ${algorithm} is learned by Node only; with runtime python choose ${known}` }]
  }
  const errors: FieldError[] = []
  for (const name of Object.keys(parameters) as ParameterName[]) {
    if (parameters[name] === undefined || learner.parameters.includes(name)) continue
    errors.push({
      path: `/parameters/${name}`,
      message: `parameters.${name} is known to Node's ${algorithm} only. Leave it out, or choose runtime node`,
    })
  }
  const text = features.find(({ kind }) => kind === 'text')
  if (text !== undefined) {
    errors.push({
      path: '/runtime',
      message: `runtime python learns from numbers, booleans and categories, but ${text.name} is free text. Choose runtime node`,
    })
  }
  return errors
}
