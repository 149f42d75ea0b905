// The declared fallback: answers while no trained version can, for two classes.
import { weightedScore } from '../../algorithms/linear/weighted-score.ts'
import { BOOLEAN_CLASSES, type CheckedDefinition } from './definition.ts'
import { createRowEncoder, type FeatureRow, type RowEncoder } from './feature-encoder.ts'
import type { Scored } from './live-model.ts'
import { promiseOfFallback } from './promised-coverage.ts'

export interface Fallback {
  readonly encoder: RowEncoder
  readonly classes: readonly string[]
  /** Share of the weight of each feature; they sum to 1. */
  readonly importances: Readonly<Record<string, number>>
  /** Answers one row; undefined when it does not fit, see `encoder.problems`. */
  score(row: FeatureRow, coverage?: number): Scored | undefined
  /** What each present feature adds to the probability of the second class, and where that begins. */
  contributions(row: FeatureRow): { readonly base: number; readonly parts: Readonly<Record<string, number>> }
}

/** With every weighted feature missing nothing speaks for either class. */
const UNDECIDED = 0.5

/** Undefined when none is declared. Its confidence is the probability itself: nothing was measured. */
export function createFallback({ definition, features }: CheckedDefinition): Fallback | undefined {
  if (definition.fallback === undefined) return undefined
  const weighted = weightedScore(definition.fallback.weights)
  const encoder = createRowEncoder(features)
  const [negative, positive] = (definition.classes ?? BOOLEAN_CLASSES) as [string, string]
  const scratch = new Float32Array(features.length)
  const total = Object.values(definition.fallback.weights).reduce((sum, weight) => sum + weight, 0)
  return {
    encoder,
    classes: [negative, positive],
    importances: Object.fromEntries(features.map(({ name }) => [name, (definition.fallback?.weights[name] ?? 0) / total])),
    contributions(row) {
      const parts = weighted.contributions(row)
      return { base: Object.keys(parts).length === 0 ? UNDECIDED : 0, parts }
    },
    score(row, coverage) {
      if (!encoder.encode(row, scratch, 0)) return undefined
      const p = weighted.score(row) ?? UNDECIDED
      const value = p >= 0.5 ? positive : negative
      const scored = { value, probabilities: { [negative]: 1 - p, [positive]: p }, confidence: Math.max(p, 1 - p) }
      return coverage === undefined ? scored : { ...scored, ...promiseOfFallback([negative, positive], value, coverage) }
    },
  }
}
