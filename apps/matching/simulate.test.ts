import { fitBoostedTrees, fitRandomForest, predictRows, type TrainingSet } from 'tandem-ml/learn'
import { describe, expect, test } from 'vitest'
import { FALLBACK_WEIGHTS, FEATURE_NAMES, MatchFeatures } from './features.ts'
import { bayesAccuracy, LABEL_NOISE, type SimulatedMatch, simulate, trueChance } from './simulate.ts'

// Large enough that an accuracy measured on it is known to half a point.
const fresh = simulate({ rows: 10_000, seed: 1000 })

function setOf(matches: readonly SimulatedMatch[]): TrainingSet {
  return {
    x: Float32Array.from(matches.flatMap(({ features }) => FEATURE_NAMES.map((name) => features[name]))),
    rows: matches.length,
    features: FEATURE_NAMES.length,
    y: Float64Array.from(matches, ({ success }) => (success ? 1 : 0)),
    classes: 2,
  }
}

function accuracyOf(chanceOf: (match: SimulatedMatch, index: number) => number): number {
  return fresh.filter((match, index) => chanceOf(match, index) >= 0.5 === match.success).length / fresh.length
}

describe('simulate', () => {
  test('makes the same rows of the same seed and others of another', () => {
    expect(simulate({ rows: 50, seed: 3 })).toEqual(simulate({ rows: 50, seed: 3 }))
    expect(simulate({ rows: 50, seed: 3 })).not.toEqual(simulate({ rows: 50, seed: 4 }))
  })

  test('makes rows that the endpoint accepts, both outcomes about as often', () => {
    for (const { features } of fresh.slice(0, 500)) expect(MatchFeatures.safeParse(features).success).toBe(true)
    const share = fresh.filter(({ success }) => success).length / fresh.length
    expect(share).toBeGreaterThan(0.45)
    expect(share).toBeLessThan(0.55)
  })

  test('draws outcomes with the chance it states, label noise included', () => {
    for (let low = 0; low < 1; low += 0.1) {
      const rows = fresh.filter(({ chance }) => chance >= low && chance < low + 0.1)
      if (rows.length < 300) continue
      const share = rows.filter(({ success }) => success).length / rows.length
      const mean = rows.reduce((sum, { chance }) => sum + chance, 0) / rows.length
      // Four standard errors of a share.
      expect(Math.abs(share - mean)).toBeLessThan(4 * Math.sqrt(0.25 / rows.length))
    }
    const chances = fresh.map(({ features }) => trueChance(features))
    expect(Math.min(...chances)).toBeGreaterThanOrEqual(LABEL_NOISE)
    expect(Math.max(...chances)).toBeLessThanOrEqual(1 - LABEL_NOISE)
  })

  test('has the best possible accuracy that the README states, and drawn outcomes agree with it', () => {
    expect(bayesAccuracy(simulate({ rows: 100_000, seed: 1 }))).toBeCloseTo(0.889, 3)
    expect(Math.abs(accuracyOf(({ chance }) => chance) - bayesAccuracy(fresh))).toBeLessThan(0.01)
  })

  test('the weighted score reaches the accuracy that the README states, and its weights sum to 1', () => {
    const score = ({ features }: SimulatedMatch) => FEATURE_NAMES.reduce((sum, name) => sum + FALLBACK_WEIGHTS[name] * features[name], 0)
    expect(Math.abs(accuracyOf(score) - 0.758)).toBeLessThan(0.01)
    expect(FEATURE_NAMES.reduce((sum, name) => sum + FALLBACK_WEIGHTS[name], 0)).toBeCloseTo(1, 12)
  })

  // scikit-learn 1.9.1, RandomForestClassifier(100, max_depth=10, min_samples_split=5), same rows: 0.816 and 0.853.
  test.each([
    { rows: 400, floor: 0.8 },
    { rows: 2000, floor: 0.84 },
  ])('trees learn from $rows rows what the weighted score cannot know', ({ rows, floor }) => {
    const judged = setOf(fresh)
    const mean = [0, 0]
    const seeds = [7, 8, 9]
    for (const seed of seeds) {
      const set = setOf(simulate({ rows, seed }))
      const models = [
        fitRandomForest(set, { nEstimators: 100, maxDepth: 10, minSamplesSplit: 5, randomState: seed }),
        fitBoostedTrees(set, { nEstimators: 100, learningRate: 0.1, maxDepth: 5, randomState: seed }),
      ]
      models.forEach((model, index) => {
        const proba = predictRows(model, judged.x, judged.rows)
        mean[index]! += accuracyOf((_, row) => proba[2 * row + 1]!) / seeds.length
      })
    }
    for (const accuracy of mean) {
      expect(accuracy).toBeGreaterThan(floor)
      expect(accuracy).toBeLessThan(bayesAccuracy(fresh))
    }
  })
})
