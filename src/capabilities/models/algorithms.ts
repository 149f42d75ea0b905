// The algorithms that a model can name, and what each is for. A new one is an entry here, in `training/recipe.ts` (its defaults) and in
// `training/fit-model.ts` (how it is fitted), or in `runtime-rules.ts` when a Python worker fits it; one that is to be tried by `auto` a
// line in `training/candidates.ts`.
import type { Algorithm } from '../../definitions.ts'
import type { AlgorithmInfo, ParameterName } from './schema.ts'

export type AlgorithmName = Exclude<Algorithm, 'auto'>

export interface AlgorithmRules {
  readonly tasks: readonly ('classification' | 'regression')[]
  readonly family: 'trees' | 'additive'
  /** Who can fit it; Node answers with the result in any case. */
  readonly runtimes: readonly ('node' | 'python')[]
  /** What can be set of it; everything else is refused by its name. */
  readonly parameters: readonly ParameterName[]
}

const TREES = ['nEstimators', 'maxDepth', 'minSamplesLeaf'] as const
const TEXT = ['maxNgram', 'maxTerms'] as const
const SEARCH = ['tolerance', 'maxIterations'] as const
const classification = ['classification'] as const
const regression = ['regression'] as const
const both = ['classification', 'regression'] as const
const node = ['node'] as const
const python = ['python'] as const
const either = ['node', 'python'] as const

export const ALGORITHMS: Readonly<Record<AlgorithmName, AlgorithmRules>> = {
  'random-forest': {
    tasks: both,
    family: 'trees',
    runtimes: either,
    parameters: [...TREES, 'minSamplesSplit', 'maxFeatures', 'classWeight', 'categories', 'oobScore', ...TEXT],
  },
  'boosted-trees': {
    tasks: both,
    family: 'trees',
    runtimes: either,
    parameters: [
      ...[...TREES, 'learningRate', 'maxLeaves', 'lambda', 'classWeight', 'categories'],
      ...['loss', 'quantile', 'alpha', 'monotone', 'earlyStopping', ...TEXT],
    ] as ParameterName[],
  },
  'logistic-regression': {
    tasks: classification,
    family: 'additive',
    runtimes: node,
    parameters: ['C', 'l1Ratio', 'classWeight', ...SEARCH, ...TEXT],
  },
  'linear-svm': { tasks: classification, family: 'additive', runtimes: node, parameters: ['C', 'classWeight', ...SEARCH, ...TEXT] },
  'naive-bayes': {
    tasks: classification,
    family: 'additive',
    runtimes: node,
    parameters: ['variant', 'alpha', 'varSmoothing', 'classWeight', ...TEXT],
  },
  'linear-regression': { tasks: regression, family: 'additive', runtimes: node, parameters: TEXT },
  ridge: { tasks: regression, family: 'additive', runtimes: node, parameters: ['alpha', ...TEXT] },
  'elastic-net': { tasks: regression, family: 'additive', runtimes: node, parameters: ['alpha', 'l1Ratio', ...SEARCH, ...TEXT] },
  lasso: { tasks: regression, family: 'additive', runtimes: node, parameters: ['alpha', ...SEARCH, ...TEXT] },
  'extra-trees': {
    ...{ tasks: both, family: 'trees', runtimes: python },
    parameters: ['nEstimators', 'maxDepth', 'minSamplesSplit', 'minSamplesLeaf', 'maxFeatures'],
  },
  'gradient-boosting': {
    ...{ tasks: both, family: 'trees', runtimes: python },
    parameters: ['nEstimators', 'maxDepth', 'minSamplesSplit', 'minSamplesLeaf', 'maxFeatures', 'learningRate', 'subsample'],
  },
  'hist-gradient-boosting': {
    ...{ tasks: both, family: 'trees', runtimes: python },
    parameters: ['nEstimators', 'maxDepth', 'minSamplesLeaf', 'learningRate', 'maxLeaves', 'lambda'],
  },
  lightgbm: {
    ...{ tasks: both, family: 'trees', runtimes: python },
    parameters: ['nEstimators', 'maxDepth', 'minSamplesLeaf', 'learningRate', 'maxLeaves', 'lambda', 'subsample'],
  },
}

/** What definitions of before could say and nothing read: a stored one keeps them. */
export const UNREAD_ONCE: Partial<Record<AlgorithmName, readonly ParameterName[]>> = {
  'random-forest': ['learningRate', 'maxLeaves', 'lambda'],
  'boosted-trees': ['minSamplesSplit', 'maxFeatures'],
}

/** Every algorithm with its rules, in the order in which people are shown them. */
export function listAlgorithms(): AlgorithmInfo[] {
  return ALGORITHM_NAMES.map((name) => {
    const { tasks, family, runtimes, parameters } = ALGORITHMS[name]
    return { name, tasks: [...tasks], family, runtimes: [...runtimes], parameters: [...parameters] }
  })
}

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as AlgorithmName[]

/** Algorithms that can do a task. */
export function algorithmsFor(task: 'classification' | 'regression'): AlgorithmName[] {
  return ALGORITHM_NAMES.filter((name) => ALGORITHMS[name].tasks.includes(task))
}

/** What learns a table unless somebody says otherwise. Words alone are told apart best by their weights; beside other columns trees read what they say together. */
export function usualAlgorithm(task: 'classification' | 'regression', onlyTexts: boolean): AlgorithmName {
  if (!onlyTexts) return 'random-forest'
  return task === 'classification' ? 'logistic-regression' : 'ridge'
}
