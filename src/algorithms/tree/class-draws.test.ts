// Reference: RandomForestClassifier(1000, max_depth=8, class_weight="balanced") of scikit-learn 1.9.1, fixtures/make-class-weights.py, seed 5.
// Two of our forests of other seeds differ by 0.008 a row, ours and its by 0.013; one that draws evenly and weighs is 0.068 away.
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { binTrainingSet } from './bin-training-set.ts'
import { classWeighted } from './class-weight.ts'
import { validateEnsemble } from './ensemble.ts'
import { assembleForest, fitRandomForest } from './fit-random-forest.ts'
import reference from './fixtures/class-weights.json' with { type: 'json' }
import { classLots, drawByClass } from './forest-sample.ts'
import { growForest } from './grow-forest.ts'
import { predictRows } from './predict.ts'
import { randomSet, sha256 } from './testing/sets.ts'
import type { TrainingSet } from './training-set.ts'

const { x, y, held, probabilities, oobScore } = reference
const set: TrainingSet = { x: Float32Array.from(x), y: Float64Array.from(y), rows: y.length, features: 4, classes: 2 }
const options = { nEstimators: 1000, maxDepth: 8, classWeight: 'balanced', randomState: 3 } as const

describe('a forest whose classes have weights', () => {
  const distance = (model: ReturnType<typeof fitRandomForest>): number => {
    const said = predictRows(model, Float32Array.from(held), probabilities.length)
    return probabilities.reduce((sum, p, row) => sum + Math.abs(p - said[row * 2 + 1]!), 0) / probabilities.length
  }

  test('says what scikit-learn says, out of the bag too', () => {
    const model = fitRandomForest(set, { ...options, oobScore: true })
    expect(distance(model)).toBeLessThan(0.02)
    expect(Math.abs(model.oobScore! - oobScore)).toBeLessThan(0.02)
    const evenly = fitRandomForest({ ...set, weights: classWeighted(set, 'balanced')! }, { ...options, classWeight: undefined })
    expect(distance(evenly)).toBeGreaterThan(0.05)
  })

  test.each([2, 3])('is the same in whichever parts it is grown, of %i classes, with weights of rows too', (classes) => {
    const own = randomSet(300, 4, classes, 9)
    const weights = Float64Array.from({ length: 300 }, (_, row) => row % 4)
    for (const one of [own, { ...own, weights }]) {
      const asked = { nEstimators: 8, classWeight: [1, 7, 2].slice(0, classes), oobScore: true }
      const whole = fitRandomForest(one, asked)
      validateEnsemble(whole)
      expect(whole.oobScore).toBeGreaterThan(0.3)
      const binned = binTrainingSet(one, { classWeight: asked.classWeight, threads: 2 })
      const parts = [growForest(binned, asked, 5, 8), growForest(binned, asked, 0, 5)]
      expect(sha256(assembleForest(parts, one))).toBe(sha256(whole))
    }
  })

  test('without bootstrap weighs its rows by them', () => {
    const own = randomSet(300, 4, 3, 9)
    const classWeight = [1, 7, 2]
    const plain = { nEstimators: 4, bootstrap: false, maxDepth: 6 }
    expect(sha256(fitRandomForest(own, { ...plain, classWeight }))).toBe(
      sha256(fitRandomForest({ ...own, weights: classWeighted(own, classWeight)! }, plain)),
    )
  })

  test('of one rare row that weighs as much as all others draws it every other time', () => {
    const rare: TrainingSet = { ...randomSet(2000, 3, 2, 4), y: Float64Array.from({ length: 2000 }, (_, row) => (row === 7 ? 1 : 0)) }
    const model = fitRandomForest(rare, { nEstimators: 20, maxDepth: 1, maxFeatures: 'all', classWeight: 'balanced' })
    validateEnsemble(model)
    for (const root of model.roots) expect(model.cover![root]).toBe(2000)
    // Half of the weight is the rare class, wherever the rows are.
    const mean =
      predictRows(model, rare.x, 2000)
        .filter((_, at) => at % 2 === 1)
        .reduce((sum, p) => sum + p, 0) / 2000
    expect(mean).toBeGreaterThan(0.05)
  })
})

describe('drawByClass', () => {
  test('draws as many rows as there are, classes by their weight, rows of a class alike, and none of weight 0', () => {
    const labels = Float64Array.from({ length: 60 }, (_, row) => (row < 40 ? 0 : row < 50 ? 2 : 3))
    const quantised = Uint32Array.from({ length: 60 }, (_, row) => (row === 3 || row === 59 ? 0 : 5))
    const lots = classLots(labels, [1, 5, 4, 2], quantised)
    const rng = createRng(1)
    const sums = new Float64Array(60)
    const draws = new Uint32Array(60)
    for (let tree = 0; tree < 4000; tree++) {
      drawByClass(rng, lots, draws)
      expect(draws.reduce((sum, count) => sum + count, 0)).toBe(58)
      for (let row = 0; row < 60; row++) sums[row]! += draws[row]! / 4000
    }
    const total = 39 + 4 * 10 + 2 * 9
    for (let row = 0; row < 60; row++) {
      const factor = quantised[row] === 0 ? 0 : [1, 5, 4, 2][labels[row]!]!
      // Five standard deviations of a mean of 4000 Poisson numbers.
      expect(Math.abs(sums[row]! - (58 * factor) / total)).toBeLessThanOrEqual(5 * Math.sqrt((58 * factor) / total / 4000))
    }
  })
})
