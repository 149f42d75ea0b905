// What of each algorithm a training searches when it is asked to: the parameters that move its quality most, within ranges that the
// literature and the libraries' own guides name. What somebody has set stays as it is.
import type { ParameterSpace } from '../../algorithms/search/parameter-space.ts'
import type { AlgorithmParameters } from '../../definitions.ts'
import type { ModelDefinition } from '../models/index.ts'
import type { Recipe } from './tasks.ts'

const whole = (low: number, high: number) => ({ low, high, integer: true, scale: 'log' }) as const
const power = (low: number, high: number) => ({ low, high, scale: 'log' }) as const

const FOREST: ParameterSpace = {
  maxDepth: whole(4, 32),
  minSamplesLeaf: whole(1, 20),
  maxFeatures: ['sqrt', 0.2, 0.33, 0.5, 0.8, 'all'],
}

const SPACES: Partial<Record<Recipe['algorithm'], ParameterSpace>> = {
  'random-forest': FOREST,
  'boosted-trees': {
    nEstimators: whole(50, 400),
    learningRate: power(0.02, 0.3),
    maxLeaves: whole(4, 64),
    minSamplesLeaf: whole(3, 60),
    lambda: [0, 0.1, 1, 10],
  },
  'logistic-regression': { C: power(1e-3, 100) },
  'linear-svm': { C: power(1e-3, 10) },
  ridge: { alpha: power(1e-3, 1e3) },
  'elastic-net': { alpha: power(1e-4, 1), l1Ratio: { low: 0.05, high: 1 } },
  lasso: { alpha: power(1e-4, 1) },
}

/** Empty: there is nothing to search, because the algorithm has no such parameter, or all are set. */
export function spaceOf(algorithm: Recipe['algorithm'], fixed: AlgorithmParameters): ParameterSpace {
  return Object.fromEntries(Object.entries(SPACES[algorithm] ?? {}).filter(([name]) => !Object.hasOwn(fixed, name)))
}

/** The settings of a space that take most memory: known before the search, to refuse what would not fit. */
export function largestOf(space: ParameterSpace): AlgorithmParameters {
  const ends = Object.entries(space).flatMap(([name, range]) =>
    'high' in range ? [[name, name === 'minSamplesLeaf' ? range.low : range.high]] : [],
  )
  return Object.fromEntries(ends)
}

/** Algorithms whose settings a training of `task` may come to search. */
export function searchable({ algorithm }: Pick<ModelDefinition, 'algorithm'>): Recipe['algorithm'][] {
  return algorithm === 'auto' ? (Object.keys(SPACES) as Recipe['algorithm'][]) : [algorithm]
}
