import { describe, expect, test } from 'vitest'
import { treeShap } from '../explain/tree-shap.ts'
import { decodeEnsemble, encodeEnsemble } from '../format/ensemble-file.ts'
import { createRng } from '../math/rng.ts'
import { accuracyScore } from '../metrics/classification-scores.ts'
import { r2Score } from '../metrics/regression-scores.ts'
import type { BoostingOptions } from './boosting-options.ts'
import { goesLeft, type TreeEnsemble, validateEnsemble } from './ensemble.ts'
import { estimateBoostingBytes, estimateForestBytes } from './estimate-training-bytes.ts'
import { fitBoostedTrees } from './fit-boosted-trees.ts'
import { fitRandomForest } from './fit-random-forest.ts'
import type { ForestOptions } from './forest-options.ts'
import { predictRow, predictRows } from './predict.ts'
import { quantileOf } from './quantile-of.ts'
import { classesOf, randomSet, rowsOf, setOf, sha256 } from './testing/sets.ts'
import type { TrainingSet } from './training-set.ts'

const invalid = expect.objectContaining({ code: 'invalid_input' })
const regression = randomSet(600, 4, 0, 3)
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

/** Every option that takes a way of its own through the code: both engines must take it to the same bytes. */
const WAYS: Record<string, { set: TrainingSet; options: BoostingOptions & ForestOptions }> = {
  'early stopping': { set: randomSet(500, 4, 2, 1), options: { earlyStopping: { rounds: 3 } } },
  'early stopping, 3 classes': { set: randomSet(500, 4, 3, 1), options: { earlyStopping: { rounds: 3 } } },
  'class weights': { set: randomSet(400, 4, 2, 2), options: { classWeight: 'balanced' } },
  'monotone rules': { set: regression, options: { monotone: [1, 1, -1, 0] } },
  absolute: { set: regression, options: { loss: 'absolute' } },
  huber: { set: regression, options: { loss: 'huber', alpha: 0.8 } },
  quantile: { set: regression, options: { loss: 'quantile', quantile: 0.3 } },
  poisson: { set: { ...regression, y: regression.y.map(Math.floor) }, options: { loss: 'poisson' } },
  categories: { set: categorySet(500, 2, 30), options: {} },
  'categories, 4 classes': { set: categorySet(500, 4, 30), options: {} },
  'categories of a regression': { set: categorySet(500, 0, 300), options: {} },
  weights: { set: { ...regression, weights: regression.y.map((_, i) => (i % 5) / 2) }, options: {} },
}

/** Feature 0 is a category whose parity decides the target, feature 1 noise. */
function categorySet(rows: number, classes: number, categories: number): TrainingSet {
  const rng = createRng(7)
  const x = new Float32Array(rows * 2)
  const y = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const category = Math.floor(rng.next() ** 2 * categories)
    x[2 * i] = rng.next() < 0.05 ? Number.NaN : category
    x[2 * i + 1] = rng.next()
    y[i] = classes === 0 ? ((category * 7) % 11) + rng.next() : (category * 7) % classes
  }
  return { x, y, rows, features: 2, classes, categorical: [0] }
}

describe('engines', () => {
  test.each(Object.entries(WAYS))('boost the same bytes: %s', (_, { set, options }) => {
    const own = { nEstimators: 12, ...options }
    const model = fitBoostedTrees(set, own)
    validateEnsemble(model)
    expect(sha256(fitBoostedTrees(set, { ...own, engine: 'typescript' }))).toBe(sha256(model))
    expect(decodeEnsemble(encodeEnsemble(model)).ensemble).toEqual(model)
  })

  test.each(Object.entries(WAYS))('grow the same forest: %s', (_, { set, options: { classWeight } }) => {
    for (const more of [{}, { minSamplesLeaf: 7, maxFeatures: 'all' as const }, { oobScore: true }]) {
      const options = { nEstimators: 5, classWeight, ...more }
      expect(sha256(fitRandomForest(set, { ...options, engine: 'typescript' }))).toBe(sha256(fitRandomForest(set, options)))
    }
  })
})

describe('losses of a regression', () => {
  const fitted = (options: BoostingOptions, set = regression): Float64Array => predictRows(fitBoostedTrees(set, options), set.x, set.rows)

  test('absolute: half of the targets lie above a prediction, whatever the outliers', () => {
    const wild = { ...regression, y: regression.y.map((value, i) => (i % 20 === 0 ? value + 1e6 : value)) }
    for (const loss of ['absolute', 'huber'] as const) {
      const p = fitted({ loss, nEstimators: 60 }, wild)
      const error = mean(p.map((value, i) => (i % 20 === 0 ? 0 : Math.abs(value - wild.y[i]!))))
      expect(error).toBeLessThan(3)
    }
    const above = fitted({ loss: 'absolute' }).filter((value, i) => value < regression.y[i]!).length
    expect(above / regression.rows).toBeCloseTo(0.5, 1)
  })

  test.each([0.1, 0.5, 0.9])('quantile %f: that share of targets lies below', (quantile) => {
    const p = fitted({ loss: 'quantile', quantile, nEstimators: 150, minSamplesLeaf: 40, maxLeaves: 6 })
    expect(mean(p.map((value, i) => Number(regression.y[i]! < value)))).toBeCloseTo(quantile, 1)
  })

  test('poisson: predictions are positive and their mean is that of the targets', () => {
    const counts = { ...regression, y: regression.y.map((value) => Math.floor(value / 3)) }
    const p = fitted({ loss: 'poisson' }, counts)
    expect(Math.min(...p)).toBeGreaterThan(0)
    expect(mean(p)).toBeCloseTo(mean(counts.y), 1)
    expect(() => fitBoostedTrees({ ...counts, y: counts.y.with(3, -1) }, { loss: 'poisson' })).toThrow(invalid)
    expect(() => fitBoostedTrees({ ...counts, y: counts.y.fill(0) }, { loss: 'poisson' })).toThrow(invalid)
  })

  test('a row of weight 2 counts as the row twice in the median of a leaf', () => {
    const weights = Float64Array.from({ length: 600 }, (_, i) => 1 + (i % 3 === 0 ? 1 : 0))
    const twice = rowsOf(
      regression,
      [...regression.y.keys()].flatMap((i) => (i % 3 === 0 ? [i, i] : [i])),
    )
    // With few leaves, or the number of rows a leaf needs would tell them apart.
    const options = { loss: 'absolute', nEstimators: 5, maxLeaves: 4, minSamplesLeaf: 1 } as const
    const [a, b] = [{ ...regression, weights }, twice].map((set) => predictRows(fitBoostedTrees(set, options), regression.x, 600))
    for (let i = 0; i < 600; i++) expect(a![i]).toBeCloseTo(b![i]!, 6)
  })

  // Reference: numpy.percentile(method='averaged_inverted_cdf'), numpy 2.4.6.
  test('quantiles are averaged inverted distribution functions', () => {
    const values = [5, 1, 9, 3, 7, 7]
    for (const [q, expected] of [
      [0, 1],
      [0.1, 1],
      [0.5, 6],
      [0.6, 7],
      [0.9, 9],
      [1, 9],
    ] as const) {
      expect(quantileOf(Float64Array.from(values), q)).toBe(expected)
      expect(quantileOf(Float64Array.from(values), q, new Float64Array(6).fill(2))).toBe(expected)
    }
  })

  test('refuses a loss it does not know, one for classes, and a quantile outside 0..1', () => {
    expect(() => fitBoostedTrees(regression, { loss: 'cubic' as 'squared' })).toThrow(invalid)
    expect(() => fitBoostedTrees(randomSet(50, 2, 2, 1), { loss: 'huber' })).toThrow(invalid)
    expect(() => fitBoostedTrees(regression, { loss: 'quantile', quantile: 1 })).toThrow(invalid)
  })
})

describe('early stopping', () => {
  const set = randomSet(800, 5, 2, 4)

  test('keeps the round that was best on the held-out rows, and is the model of so many rounds', () => {
    const losses: number[] = []
    const model = fitBoostedTrees(set, { nEstimators: 300, earlyStopping: { rounds: 5 }, onValidation: (_, loss) => losses.push(loss) })
    const best = losses.indexOf(Math.min(...losses)) + 1
    expect(model.nTrees).toBe(best)
    expect(losses.length).toBe(best + 5)
    expect(sha256(fitBoostedTrees(set, { nEstimators: best, earlyStopping: { rounds: 5 } }))).toBe(sha256(model))
  })

  test('judges on the rows it is given: the loss it tells is theirs', () => {
    const validationRows = [...set.y.keys()].filter((i) => i % 4 === 0)
    let last = 0
    const model = fitBoostedTrees(set, {
      nEstimators: 20,
      earlyStopping: { rounds: 50, validationRows },
      onValidation: (_, loss) => {
        last = loss
      },
    })
    expect(model.nTrees).toBeLessThanOrEqual(20)
    const all = fitBoostedTrees(set, { nEstimators: 20, earlyStopping: { rounds: 50, validationRows, minDelta: 0 } })
    const p = predictRows(all, set.x, set.rows)
    const loss = mean(validationRows.map((i) => -Math.log(p[2 * i + set.y[i]!]!)))
    // The last round may not be the best one.
    expect(last).toBeGreaterThanOrEqual(loss - 1e-9)
    expect(last).toBeLessThan(loss * 1.2)
  })

  test('refuses rows that are not there and options outside their limits', () => {
    for (const earlyStopping of [{ rounds: 0 }, { validationFraction: 1 }, { validationRows: [800] }, { validationRows: [] }]) {
      expect(() => fitBoostedTrees(set, { earlyStopping })).toThrow(invalid)
    }
    const few = rowsOf(set, [0, 1, 2, 3])
    const all = { earlyStopping: { validationRows: [0, 1, 2, 3] } }
    expect(() => fitBoostedTrees(few, all)).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
  })
})

describe('monotone rules', () => {
  test.each([2, 0])('predictions only rise, or only fall, with the feature, %i classes', (classes) => {
    const rng = createRng(3)
    const rows = Array.from({ length: 700 }, () => {
      const [a, b, c] = [rng.next(), rng.next(), rng.next()]
      const signal = a * 2 - b + Math.sin(a * 20) * 0.7 + rng.next()
      return [a, b, c, classes === 2 ? Number(signal > 0.9) : signal]
    })
    const set = setOf(rows, classes)
    const model = fitBoostedTrees(set, { nEstimators: 80, minSamplesLeaf: 3, monotone: [1, -1, 0] })
    const answer = (...row: number[]): number => predictRows(model, Float32Array.from(row), 1).at(-1)!
    for (let i = 0; i < 40; i++) {
      const [a, b, c] = rows[i]! as [number, number, number, number]
      for (let step = 0; step < 60; step++) {
        expect(answer((step + 1) / 60, b, c)).toBeGreaterThanOrEqual(answer(step / 60, b, c))
        expect(answer(a, (step + 1) / 60, c)).toBeLessThanOrEqual(answer(a, step / 60, c))
      }
    }
    const p = predictRows(model, set.x, set.rows).filter((_, i) => classes === 0 || i % 2 === 1)
    expect(classes === 0 ? r2Score(set.y, p) : accuracyScore(set.y, p.map(Math.round))).toBeGreaterThan(0.7)
  })

  test('refuses rules that fit no feature, more than 2 classes, or a category', () => {
    expect(() => fitBoostedTrees(regression, { monotone: [1] })).toThrow(invalid)
    expect(() => fitBoostedTrees(regression, { monotone: [2, 0, 0, 0] })).toThrow(invalid)
    expect(() => fitBoostedTrees(randomSet(60, 2, 3, 1), { monotone: [1, 0] })).toThrow(invalid)
    expect(() => fitBoostedTrees(categorySet(60, 2, 3), { monotone: [1, 0] })).toThrow(invalid)
  })
})

describe('class weights', () => {
  test('balanced is n / (classes * rows of the class), in both learners', () => {
    const set = randomSet(400, 4, 3, 2)
    const counts = [0, 1, 2].map((k) => set.y.filter((label) => label === k).length)
    const weights = Float64Array.from(set.y, (label) => 400 / (3 * counts[label]!))
    // A forest draws rows by the weight of their class; without draws it weighs them.
    const withoutDraws = (own: TrainingSet, asked: ForestOptions) => fitRandomForest(own, { ...asked, bootstrap: false })
    for (const train of [withoutDraws, fitBoostedTrees]) {
      const options = { nEstimators: 5 }
      expect(sha256(train(set, { ...options, classWeight: 'balanced' }))).toBe(sha256(train({ ...set, weights }, options)))
      expect(sha256(train(set, { ...options, classWeight: counts.map((count) => 400 / (3 * count)) }))).toBe(
        sha256(train({ ...set, weights }, options)),
      )
      for (const classWeight of [
        [1, 2],
        [1, 2, 0],
        [1, 2, Number.NaN],
      ])
        expect(() => train(set, { classWeight })).toThrow(invalid)
      expect(() => train(regression, { classWeight: 'balanced' })).toThrow(invalid)
    }
  })
})

describe('categories', () => {
  const learners = { fitRandomForest, fitBoostedTrees }

  test.each(Object.entries(learners))('%s finds the categories that go together, without order', (_, train) => {
    for (const classes of [2, 4, 0]) {
      const set = categorySet(3000, classes, 40)
      const known = rowsOf(
        set,
        [...set.y.keys()].filter((i) => !Number.isNaN(set.x[2 * i]!)),
      )
      const model = train(set, { nEstimators: 30 })
      validateEnsemble(model)
      if (classes === 0) expect(r2Score(known.y, predictRows(model, known.x, known.rows))).toBeGreaterThan(0.95)
      else expect(accuracyScore(known.y, classesOf(model, known))).toBeGreaterThan(0.97)
      // One stump is enough to part odd from even.
      const stump = train(set, { nEstimators: 1, maxDepth: 1, maxFeatures: 'all' } as ForestOptions)
      if (classes === 2) expect(accuracyScore(known.y, classesOf(stump, known))).toBeGreaterThan(0.9)
    }
  })

  test.each(Object.entries(learners))('%s answers for categories never seen, and to the bit the same for one row and many', (_, train) => {
    const set = categorySet(800, 2, 400)
    const model = train(set, { nEstimators: 8 })
    const strange = Float32Array.of(399, 0.5, 400, 0.5, 65_000, 0.5, -1, 0.5, 1.5, 0.5, Number.NaN, 0.5, 1e30, 0.5)
    const many = predictRows(model, Float32Array.from([...set.x, ...strange]), 807)
    const one = new Float64Array(2)
    for (let i = 0; i < 807; i++) {
      predictRow(model, i < 800 ? set.x : strange, (i < 800 ? i : i - 800) * 2, one)
      expect([many[2 * i], many[2 * i + 1]]).toEqual([...one])
      expect(one[0]! + one[1]!).toBeCloseTo(1, 12)
    }
    // All that were never seen are one.
    expect(new Set([401, 402, 403, 404, 406].map((i) => many[2 * (i - 401 + 801)])).size).toBe(1)
  })

  test('training rows land in the leaf that counted them', () => {
    for (const classes of [2, 4, 0]) {
      const set = categorySet(600, classes, 300)
      for (const train of [fitRandomForest, fitBoostedTrees]) {
        const model = train(set, { nEstimators: 4, bootstrap: false, minSamplesLeaf: 5 } as ForestOptions)
        const reached = new Uint32Array(model.feature.length)
        for (const root of model.roots) {
          for (let i = 0; i < set.rows; i++) {
            let node = root
            while (model.feature[node]! >= 0)
              node = model.left[node]! + (goesLeft(model, node, set.x[2 * i + model.feature[node]!]!) ? 0 : 1)
            reached[node]!++
          }
        }
        model.feature.forEach((f, node) => {
          if (f < 0) expect(reached[node]).toBe(model.cover![node])
        })
      }
    }
  })

  test('are explained exactly: contributions add up to the score', () => {
    for (const train of [fitRandomForest, fitBoostedTrees]) {
      const set = categorySet(500, 0, 60)
      const model = train(set, { nEstimators: 6 })
      for (let i = 0; i < 20; i++) {
        const { base, contributions } = treeShap(model, set.x, 2 * i, 0)
        expect(base + contributions[0]! + contributions[1]!).toBeCloseTo(predictRows(model, set.x.subarray(2 * i, 2 * i + 2), 1)[0]!, 6)
      }
    }
  })

  test('refuses a value that is no category, and a feature that is not there', () => {
    const set = categorySet(100, 2, 5)
    for (const value of [0.5, -1, 70_000, Number.POSITIVE_INFINITY]) {
      expect(() => fitRandomForest({ ...set, x: set.x.with(0, value) })).toThrow(invalid)
      expect(() => fitBoostedTrees({ ...set, x: set.x.with(0, value) })).toThrow(invalid)
    }
    expect(() => fitBoostedTrees({ ...set, categorical: [2] })).toThrow(invalid)
  })

  test.each<[string, (model: TreeEnsemble) => Partial<TreeEnsemble>]>([
    ['a set that is not there', (m) => ({ threshold: m.threshold.with(m.feature.indexOf(0), 1e6) })],
    ['a bin beyond the last', (m) => ({ categoryBins: m.categoryBins!.with(0, 255) })],
    ['half of a set', (m) => ({ categorySets: m.categorySets!.slice(0, 4) })],
    ['categories that end before they start', (m) => ({ categoryStarts: m.categoryStarts!.with(1, 1e6) })],
    ['a missing array', () => ({ categoryBins: undefined })],
    ['a link of classes', () => ({ link: 'log' })],
  ])('a model with %s is refused', (_, change) => {
    const model = fitBoostedTrees(categorySet(300, 2, 20), { nEstimators: 2 })
    expect(() => validateEnsemble({ ...model, ...change(model) })).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
  })
})

describe('score out of the bag', () => {
  test('is near what the forest scores on new rows, not what it scores on its own', () => {
    for (const classes of [2, 3, 0]) {
      const [set, fresh] = [randomSet(600, 4, classes, 5), randomSet(2000, 4, classes, 6)]
      const model = fitRandomForest(set, { nEstimators: 60, oobScore: true })
      const score = (s: TrainingSet): number =>
        classes === 0 ? r2Score(s.y, predictRows(model, s.x, s.rows)) : accuracyScore(s.y, classesOf(model, s))
      expect(model.oobScore).toBeGreaterThan(score(fresh) - 0.05)
      expect(model.oobScore).toBeLessThan(score(set) - 0.02)
    }
  })

  test('needs the bootstrap, and is not there unasked', () => {
    expect(() => fitRandomForest(regression, { oobScore: true, bootstrap: false })).toThrow(invalid)
    expect(fitRandomForest(regression, { nEstimators: 2 })).not.toHaveProperty('oobScore')
  })
})

describe('memory', () => {
  test('estimates grow with rows, threads and what is asked for', () => {
    const shape = { rows: 100_000, features: 20, classes: 2 }
    expect(estimateBoostingBytes(shape, { earlyStopping: true })).toBeGreaterThan(estimateBoostingBytes(shape) + 8e5)
    expect(estimateBoostingBytes(shape, {}, 4)).toBeGreaterThan(estimateBoostingBytes(shape))
    expect(estimateForestBytes(shape, { maxDepth: 5 }, 4)).toBeGreaterThan(estimateForestBytes(shape, { maxDepth: 5 }, 1) + 3 * 8e5)
    expect(estimateForestBytes(shape, { oobScore: true })).toBeGreaterThan(estimateForestBytes(shape) + 1e6)
  })
})
