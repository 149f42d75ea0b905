// What a Python worker can learn: some algorithms of Node by scikit-learn, with the parameters that mean the same there, and some that
// Node has not got.
import type { FieldError } from '../../errors.ts'
import { ALGORITHM_NAMES, ALGORITHMS, type AlgorithmName } from './algorithms.ts'
import type { Feature } from './feature.ts'
import type { ModelDefinition, ParameterName } from './schema.ts'

export interface PythonLearner {
  /** Its name on the worker. */
  readonly algorithm: 'random-forest' | 'extra-trees' | 'gradient-boosting' | 'hist-gradient-boosting' | 'lightgbm'
  /** Parameters of a definition that it takes; others of trees mean nothing to it, as to Node's. */
  readonly parameters: readonly ParameterName[]
  /** Of a recipe's options those that the worker is told. */
  readonly told: readonly string[]
  /** Whether it learns from rows with gaps. */
  readonly takesMissing: boolean
  /** The library that fits, as the worker names it. */
  readonly library: 'scikit-learn' | 'lightgbm'
}

const OF_TREES: readonly ParameterName[] = [
  ...(['nEstimators', 'maxDepth', 'minSamplesSplit', 'minSamplesLeaf', 'maxFeatures', 'learningRate', 'maxLeaves', 'lambda'] as const),
]
const OF_FOREST = ['nEstimators', 'maxDepth', 'minSamplesSplit', 'minSamplesLeaf', 'maxFeatures']
const OF_HISTOGRAM = ['nEstimators', 'maxDepth', 'minSamplesLeaf', 'learningRate', 'maxLeaves', 'l2Regularization']
const scikitLearn = { takesMissing: true, library: 'scikit-learn' } as const

export const PYTHON_LEARNERS: Readonly<Partial<Record<AlgorithmName, PythonLearner>>> = {
  'random-forest': { ...scikitLearn, algorithm: 'random-forest', parameters: OF_TREES, told: OF_FOREST },
  'boosted-trees': { ...scikitLearn, algorithm: 'hist-gradient-boosting', parameters: OF_TREES, told: OF_HISTOGRAM },
  'extra-trees': { ...scikitLearn, algorithm: 'extra-trees', parameters: ALGORITHMS['extra-trees'].parameters, told: OF_FOREST },
  'gradient-boosting': {
    ...{ ...scikitLearn, takesMissing: false, algorithm: 'gradient-boosting' },
    parameters: ALGORITHMS['gradient-boosting'].parameters,
    told: [...OF_FOREST, 'learningRate', 'subsample'],
  },
  'hist-gradient-boosting': {
    ...{ ...scikitLearn, algorithm: 'hist-gradient-boosting' },
    parameters: ALGORITHMS['hist-gradient-boosting'].parameters,
    told: OF_HISTOGRAM,
  },
  lightgbm: {
    ...{ takesMissing: true, library: 'lightgbm', algorithm: 'lightgbm' },
    parameters: ALGORITHMS.lightgbm.parameters,
    told: [...OF_HISTOGRAM, 'subsample'],
  },
}

/** Brings what the learners above are made of. */
export const PYTHON_SETUP = 'tandem python setup --extras tabular'

type Choice = Pick<ModelDefinition, 'runtime' | 'algorithm'>

/** Whether nobody but a Python worker can fit it. */
export function isPythonOnly(algorithm: ModelDefinition['algorithm']): boolean {
  return algorithm !== 'auto' && !ALGORITHMS[algorithm].runtimes.includes('node')
}

/** Who is to fit: what is asked for, else Node where it can. */
export function trainingRuntime({ runtime, algorithm }: Choice): NonNullable<ModelDefinition['runtime']> {
  return isPythonOnly(algorithm) ? 'python' : (runtime ?? 'node')
}

/** Sentences about everything that the runtime of a definition cannot do; none for Node. */
export function runtimeErrors(
  { runtime, algorithm, parameters = {}, preparation = {} }: Choice & Pick<ModelDefinition, 'parameters' | 'preparation'>,
  features: readonly Feature[],
): FieldError[] {
  if (isPythonOnly(algorithm) && runtime === 'node') {
    const message = `runtime is node, but ${algorithm} is learned by a Python worker only. Leave runtime out, or choose another algorithm`
    return [{ path: '/runtime', message }]
  }
  const chosen = trainingRuntime({ runtime, algorithm })
  if (chosen === 'node') return []
  if (algorithm === 'auto' && chosen === 'best') return unpreparedErrors(chosen, features, preparation)
  const learner = algorithm === 'auto' ? undefined : PYTHON_LEARNERS[algorithm]
  if (learner === undefined) {
    const known = ALGORITHM_NAMES.filter((name) => PYTHON_LEARNERS[name] !== undefined)
    return [
      { path: '/algorithm', message: `algorithm ${algorithm} is learned by Node only; with runtime ${chosen} choose ${known.join(', ')}` },
    ]
  }
  const errors: FieldError[] = []
  for (const name of Object.keys(parameters) as ParameterName[]) {
    // Of an algorithm that only Python has, the others are refused already.
    if (parameters[name] === undefined || isPythonOnly(algorithm) || learner.parameters.includes(name)) continue
    errors.push({
      path: `/parameters/${name}`,
      message: `parameters.${name} is known to Node's ${algorithm} only. Leave it out, or choose runtime node`,
    })
  }
  return [...errors, ...unpreparedErrors(chosen, features, preparation, isPythonOnly(algorithm) ? algorithm : undefined)]
}

/** Workers are sent numbers: nothing that has to become one first. */
function unpreparedErrors(
  runtime: string,
  features: readonly Feature[],
  preparation: NonNullable<ModelDefinition['preparation']>,
  algorithm?: string,
): FieldError[] {
  const odd = features.find(({ kind, name }) => kind === 'text' || kind === 'date' || Object.hasOwn(preparation, name))
  if (odd === undefined) return []
  const what = odd.kind === 'text' ? 'free text' : odd.kind === 'date' ? 'a date' : 'prepared'
  const path = algorithm === undefined ? '/runtime' : '/algorithm'
  const [who, instead] = algorithm === undefined ? [`runtime ${runtime}`, 'runtime node'] : [algorithm, 'random-forest or boosted-trees']
  return [{ path, message: `${who} learns from numbers, booleans and categories, but ${odd.name} is ${what}. Choose ${instead}` }]
}
