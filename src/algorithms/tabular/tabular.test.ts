// Reference values: scikit-learn 1.9.1 pipelines (imputer with indicator, scaler, one-hot with infrequent values, TF-IDF, learner) fitted to
// the first 200 rows, fixtures/make.py, seed 7. Searches agree to what both stop at.
import { describe, expect, test } from 'vitest'
import type { TabularSet } from '../columns/table.ts'
import { decodeAdditive, encodeAdditive } from '../format/additive-file.ts'
import { encodePreparedTrees, preparedTreesOf } from '../format/prepared-trees-file.ts'
import { decodeTdm } from '../format/tdm.ts'
import { createRng } from '../math/rng.ts'
import { rocAucScore } from '../metrics/ranking-scores.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import type { AdditiveModel } from './additive-model.ts'
import { type AdditiveAlgorithm, type AdditiveOptions, fitAdditive } from './fit-additive.ts'
import { fitPreparedTrees } from './fit-prepared-trees.ts'
import fixture from './fixtures/tabular.json' with { type: 'json' }
import { createAdditivePredictor, explainAdditive, predictAdditive } from './predict-additive.ts'
import { createPreparedTreesPredictor, predictPreparedTrees } from './prepared-trees.ts'

const KINDS = ['number', 'number', 'number', 'category', 'text'] as const
const TRAIN = 200
const readDocument = (_: number, row: number): string => fixture.texts[row]!

/** Rows of the fixture; a text is known by its row. */
function rowsFrom(from: number, to: number, withText: boolean) {
  const width = withText ? 5 : 4
  const x = new Float32Array((to - from) * width)
  for (let row = from; row < to; row++) {
    const values = [...fixture.numbers.slice(row * 3, row * 3 + 3), fixture.city[row]!, row]
    for (let feature = 0; feature < width; feature++) x[(row - from) * width + feature] = values[feature] ?? Number.NaN
  }
  return { x, rows: to - from, readDocument }
}

function trainingSet(classes: number, withText: boolean): TabularSet {
  const target = classes === 0 ? fixture.score : classes === 2 ? fixture.two : fixture.labels
  const kinds = withText ? KINDS : KINDS.slice(0, 4)
  const y = Float64Array.from(target.slice(0, TRAIN))
  return { ...rowsFrom(0, TRAIN, withText), y, classes, kinds, codes: [0, 0, 0, 7, 0].slice(0, kinds.length) }
}

const tight = { tolerance: 1e-10, maxIterations: 10_000 }

describe('fitAdditive', () => {
  test.each(fixture.cases.map((each) => [`${each.name} of ${each.classes} classes, ${JSON.stringify(each.options)}`, each] as const))(
    'equals scikit-learn: %s',
    (_, { name, classes, withText, options, expected }) => {
      const model = fitAdditive(trainingSet(classes, withText), name as AdditiveAlgorithm, { ...tight, ...(options as AdditiveOptions) })
      const said = predictAdditive(model, rowsFrom(TRAIN, 300, withText))
      expect(said.length).toBe(expected.length)
      for (const [at, value] of expected.entries()) expect(Math.abs(said[at]! - value)).toBeLessThan(2e-5)
    },
  )

  const all: [AdditiveAlgorithm, number, AdditiveOptions?][] = [
    ['logistic-regression', 2],
    ['logistic-regression', 3, { l1Ratio: 1 }],
    ['linear-svm', 2],
    ['linear-svm', 3],
    ['naive-bayes', 2],
    ['naive-bayes', 3, { variant: 'gaussian' }],
    ['naive-bayes', 3, { variant: 'bernoulli' }],
    ['linear-regression', 0],
    ['ridge', 0],
    ['elastic-net', 0],
  ]
  test.each(all)('%s of %i classes answers one row as many, from its file too, and its contributions add up', (name, classes, options) => {
    const model = fitAdditive(trainingSet(classes, true), name, { ...options })
    const file = encodeAdditive(model, { note: 'x' })
    expect(encodeAdditive(fitAdditive(trainingSet(classes, true), name, { ...options }), { note: 'x' })).toEqual(file)
    const { additive, header } = decodeAdditive(file)
    expect(header).toEqual({ note: 'x' })
    const rows = rowsFrom(TRAIN, 300, true)
    const said = predictAdditive(model, rows)
    const outputs = Math.max(1, classes)
    const one = createAdditivePredictor(additive)
    const out = new Float64Array(outputs)
    for (let row = 0; row < rows.rows; row++) {
      one.predictInto(rows.x, row * 5, readDocument, out, 0)
      expect([...out]).toEqual([...said.subarray(row * outputs, (row + 1) * outputs)])
      if (classes > 0) expect(out.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
    }
    expect(model.importances.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
    checkExplanation(model, rows.x.subarray(0, 5), said)
  })

  function checkExplanation(model: AdditiveModel, x: Float32Array, said: Float64Array): void {
    const why = explainAdditive(model, x, readDocument, model.nClasses === 0 ? 0 : 1)
    expect(why.base + why.parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(why.prediction, 8)
    if (model.nClasses === 0) expect(why.prediction).toBeCloseTo(said[0]!, 8)
    // Of two classes the log-odds; the margin keeps what rounding makes of nearly sure answers.
    if (model.nClasses === 2) expect(1 / (1 + Math.exp(-why.prediction))).toBeCloseTo(said[1]!, 8)
    const terms = why.terms[4]!
    expect(terms.length).toBeGreaterThan(3)
    expect(Math.abs(terms[0]!.contribution)).toBeGreaterThanOrEqual(Math.abs(terms.at(-1)!.contribution))
  }

  test('calibrates a linear SVM on rows it has not seen: probabilities are as good as those of a logistic regression', () => {
    const rng = createRng(3)
    const rows = 2000
    const x = Float32Array.from({ length: rows * 4 }, () => rng.next() * 4 - 2)
    const chance = (row: number): number => 1 / (1 + Math.exp(-1.5 * x[row * 4]! + x[row * 4 + 1]!))
    const y = Float64Array.from({ length: rows }, (_, row) => (rng.next() < chance(row) ? 1 : 0))
    const set = { x, y, rows, classes: 2, kinds: ['number', 'number', 'number', 'number'] as const, codes: [0, 0, 0, 0] }
    const said = predictAdditive(fitAdditive(set, 'linear-svm'), set)
    const off = Array.from({ length: rows }, (_, row) => Math.abs(said[row * 2 + 1]! - chance(row)))
    expect(off.reduce((sum, value) => sum + value, 0) / rows).toBeLessThan(0.03)
  })

  test.each(['logistic-regression', 'linear-svm', 'naive-bayes'] as const)('%s: columns that say nothing are no error', (name) => {
    const rows = 40
    // Constant, all missing, a category seen once each, texts without a word.
    const x = Float32Array.from({ length: rows * 4 }, (_, at) => [5, Number.NaN, Math.floor(at / 4), 0][at % 4]!)
    const y = Float64Array.from({ length: rows }, (_, row) => row % 2)
    const kinds = ['number', 'number', 'category', 'text'] as const
    const model = fitAdditive({ x, y, rows, classes: 2, kinds, codes: [0, 0, rows, 0], readDocument: () => '! ?' }, name)
    const strange = Float32Array.of(1e30, 3, 39, Number.NaN)
    for (const p of predictAdditive(model, { x: strange, rows: 1, readDocument: () => 'words' })) expect(p).toBeCloseTo(0.5, 1)
  })

  test('a text that is missing, empty or of unknown words is answered by the rest', () => {
    const model = fitAdditive(trainingSet(2, true), 'logistic-regression')
    const x = rowsFrom(TRAIN, TRAIN + 1, true).x
    const says = (text: string, code = 0): number => {
      const row = x.slice()
      row[4] = code
      return predictAdditive(model, { x: row, rows: 1, readDocument: () => text })[1]!
    }
    expect(says('')).toBe(says('zzz qqq'))
    expect(says('', Number.NaN)).toBe(says(''))
    expect(says('good great')).toBeGreaterThan(says('bad awful'))
  })

  test('a file that was changed anywhere is refused', () => {
    const file = encodeAdditive(fitAdditive(trainingSet(2, true), 'logistic-regression'))
    for (let at = 0; at < file.length; at += 997) {
      const changed = file.slice()
      changed[at]! ^= 1
      expect(() => decodeAdditive(changed)).toThrow(/damaged/)
    }
    const model = fitAdditive(trainingSet(2, false), 'logistic-regression')
    expect(() => encodeAdditive({ ...model, first: model.first.slice(1) })).toThrow(/damaged/)
    expect(() => encodeAdditive({ ...model, base: Float64Array.of(Number.NaN) })).toThrow(/damaged/)
    expect(() => encodeAdditive({ ...model, nClasses: 3 })).toThrow(/damaged/)
  })

  test('stops when asked to', () => {
    expect(() => fitAdditive(trainingSet(2, false), 'logistic-regression', { isCanceled: () => true })).toThrow(/canceled/)
  })
})

describe('fitPreparedTrees', () => {
  const grow = (set: TabularSet) =>
    fitPreparedTrees(set, (wide) => fitRandomForest(wide, { nEstimators: 60, randomState: 2 }), { randomState: 2 })

  test.each([2, 3, 0])('%i classes: one row as many, from its file too; the text helps', (classes) => {
    const model = grow(trainingSet(classes, true))
    const rows = rowsFrom(TRAIN, 300, true)
    const said = predictPreparedTrees(model, rows)
    const { trees } = preparedTreesOf(decodeTdm(encodePreparedTrees(model)))
    const outputs = Math.max(1, classes)
    const out = new Float64Array(outputs)
    const one = createPreparedTreesPredictor(trees)
    for (let row = 0; row < rows.rows; row++) {
      one.predictInto(rows.x, row * 5, readDocument, out, 0)
      for (let k = 0; k < outputs; k++) expect(out[k]).toBeCloseTo(said[row * outputs + k]!, 12)
    }
    expect(model.importances[4]).toBeGreaterThan(0.2)
    expect(trees.importances).toEqual(model.importances)
  })

  test('a text that only repeats chance is not taken for the target: its numbers come from rows unseen', () => {
    const rng = createRng(9)
    const rows = 400
    // Every text has a word of its own, which a model that has seen the row would know by heart.
    const texts = Array.from({ length: rows }, (_, row) => `own${row} own${row} word${rng.below(5)}`)
    const y = Float64Array.from({ length: rows }, () => rng.below(2))
    const x = Float32Array.from({ length: rows * 2 }, (_, at) => (at % 2 === 0 ? y[at >> 1]! + rng.next() * 1.5 : at >> 1))
    const set: TabularSet = { x, y, rows, classes: 2, kinds: ['number', 'text'], codes: [0, 0], readDocument: (_, row) => texts[row]! }
    const model = grow(set)
    expect(model.importances[0]).toBeGreaterThan(0.6)
    const fresh = 400
    const truth = Float64Array.from({ length: fresh }, () => rng.below(2))
    const newX = Float32Array.from({ length: fresh * 2 }, (_, at) => (at % 2 === 0 ? truth[at >> 1]! + rng.next() * 1.5 : at >> 1))
    const said = predictPreparedTrees(model, { x: newX, rows: fresh, readDocument: (_, row) => `new${row} word${row % 5}` })
    const auc = rocAucScore(
      truth,
      Float64Array.from({ length: fresh }, (_, row) => said[row * 2 + 1]!),
    )
    expect(auc).toBeGreaterThan(0.85)
  })
})
