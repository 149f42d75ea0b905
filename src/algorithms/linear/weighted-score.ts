// A weighted mean of features in 0..1: the model that answers before there is a trained one.
import { TandemError } from '../../errors.ts'

export interface WeightedScore {
  readonly kind: 'weighted-score'
  readonly weights: Readonly<Record<string, number>>
  /** 0..1, or undefined when every weighted feature is missing. */
  score(features: Readonly<Record<string, unknown>>): number | undefined
  /** What each present feature adds to the score; the sum is the score. */
  contributions(features: Readonly<Record<string, unknown>>): Record<string, number>
}

/**
 * Scores features by sum(weight x value) / sum(weight) over the features that are present.
 *
 * Values are cut to 0..1; booleans count 0 and 1; what is absent, null, NaN or no number is missing, and the other weights
 * then share its part.
 *
 * @param weights  one weight >= 0 a feature, at least one above 0; they need not sum to 1.
 * @throws   `invalid_config` for weights that are negative, not finite, none or all 0.
 * @example
 * weightedScore({ quality: 3, price: 1 }).score({ quality: 0.8, price: 0.4 }) // 0.7
 */
export function weightedScore(weights: Readonly<Record<string, number>>): WeightedScore {
  const entries = checkedEntries(weights)
  return {
    kind: 'weighted-score',
    weights: { ...weights },
    score(features) {
      let total = 0
      let sum = 0
      for (const [name, weight] of entries) {
        const value = featureValue(features, name)
        if (value === undefined) continue
        total += weight
        sum += weight * value
      }
      // Rounding may pass 1 by a bit.
      return total === 0 ? undefined : Math.min(1, sum / total)
    },
    contributions(features) {
      const present = entries.flatMap(([name, weight]) => {
        const value = featureValue(features, name)
        return value === undefined ? [] : [{ name, weight, value }]
      })
      const total = present.reduce((sum, { weight }) => sum + weight, 0)
      return Object.fromEntries(present.map(({ name, weight, value }) => [name, (weight * value) / total]))
    },
  }
}

/** Weights of 0 are left out, so that a row with nothing but them counts as missing. */
function checkedEntries(weights: Readonly<Record<string, number>>): [string, number][] {
  const entries = Object.entries(weights)
  for (const [name, weight] of entries) {
    if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
      throw new TandemError(
        'invalid_config',
        `The weight of "${name}" is ${weight}. A weight is a finite number >= 0, so that a higher value never lowers the score. Correct it; for a feature where less is better, weigh 1 - value.`,
        { details: { feature: name } },
      )
    }
  }
  const counted = entries.filter(([, weight]) => weight > 0)
  if (counted.length === 0) {
    throw new TandemError(
      'invalid_config',
      `None of the ${entries.length} weights is above 0, so every row would score alike. Give at least one feature a positive weight.`,
      { details: { weights: entries.length } },
    )
  }
  if (!Number.isFinite(counted.reduce((sum, [, weight]) => sum + weight, 0))) {
    throw new TandemError('invalid_config', 'The weights sum to infinity. Only their ratios matter. Divide them all by the largest.')
  }
  return counted
}

function featureValue(features: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = Object.hasOwn(features, name) ? features[name] : undefined
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined
  return Math.min(1, Math.max(0, value))
}
