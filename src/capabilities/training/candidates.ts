// What `algorithm: "auto"` tries: every algorithm once as it is, the best known first, then other settings of them.
// Those that do not fit the task are passed over. A new algorithm joins by one line.
import type { AlgorithmParameters } from '../../definitions.ts'
import type { Recipe } from './tasks.ts'

export interface CandidatePlan {
  readonly algorithm: Recipe['algorithm']
  readonly parameters: AlgorithmParameters
  /** Default node. */
  readonly runtime?: 'python'
}

export const CANDIDATES: readonly CandidatePlan[] = [
  { algorithm: 'random-forest', parameters: {} },
  { algorithm: 'boosted-trees', parameters: {} },
  { algorithm: 'logistic-regression', parameters: {} },
  { algorithm: 'ridge', parameters: {} },
  { algorithm: 'linear-svm', parameters: {} },
  { algorithm: 'naive-bayes', parameters: {} },
  { algorithm: 'elastic-net', parameters: {} },
  { algorithm: 'linear-regression', parameters: {} },
  { algorithm: 'boosted-trees', parameters: { nEstimators: 200, learningRate: 0.05, maxLeaves: 8, minSamplesLeaf: 10 } },
  { algorithm: 'random-forest', parameters: { nEstimators: 200, maxDepth: 20, minSamplesLeaf: 3 } },
  { algorithm: 'boosted-trees', parameters: { nEstimators: 300, learningRate: 0.05, maxLeaves: 31, lambda: 1 } },
]

/** What a worker tries beside them. */
export const PYTHON_CANDIDATES: readonly CandidatePlan[] = [
  { algorithm: 'lightgbm', parameters: {}, runtime: 'python' },
  { algorithm: 'extra-trees', parameters: {}, runtime: 'python' },
  { algorithm: 'hist-gradient-boosting', parameters: { nEstimators: 200, learningRate: 0.05, minSamplesLeaf: 10 }, runtime: 'python' },
]
