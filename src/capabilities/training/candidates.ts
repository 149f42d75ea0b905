// What `algorithm: "auto"` tries: every algorithm once as it is, the best known first, then other settings of them.
// A new algorithm joins by one line.
import type { AlgorithmParameters } from '../../definitions.ts'
import type { Recipe } from './tasks.ts'

export interface CandidatePlan {
  readonly algorithm: Recipe['algorithm']
  readonly parameters: AlgorithmParameters
  /** Absent: both. */
  readonly task?: 'classification' | 'regression'
}

export const CANDIDATES: readonly CandidatePlan[] = [
  { algorithm: 'random-forest', parameters: {} },
  { algorithm: 'boosted-trees', parameters: {} },
  { algorithm: 'boosted-trees', parameters: { nEstimators: 200, learningRate: 0.05, maxLeaves: 8, minSamplesLeaf: 10 } },
  { algorithm: 'random-forest', parameters: { nEstimators: 200, maxDepth: 20, minSamplesLeaf: 3 } },
  { algorithm: 'boosted-trees', parameters: { nEstimators: 300, learningRate: 0.05, maxLeaves: 31, lambda: 1 } },
]
