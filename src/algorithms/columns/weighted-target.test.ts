// References: scikit-learn 1.9.1, fixtures/make-weighted.py, seed 12: TargetEncoder(smooth=3) on rows repeated by their weight, and logistic
// regression and ridge on TF-IDF with sample_weight.
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { fitColumns } from '../pipeline/column-transformer.ts'
import { kFold } from '../split/k-fold.ts'
import { fitPreparedTrees } from '../tabular/fit-prepared-trees.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import type { FittedTarget } from './column-spec.ts'
import { countTexts, fitTextPart, scoreTexts } from './fit-text-score.ts'
import reference from './fixtures/weighted.json' with { type: 'json' }
import type { TabularSet } from './table.ts'

const { city, weights, number, label, texts, target, words } = reference
const targets = { 0: number, 2: label.map((code) => Math.min(1, code)), 3: label }
const rows = city.map((code) => ({ city: String(code) }))
const repeated = [...weights.keys()].flatMap((row) => Array<number>(weights[row]!).fill(row))

describe('target means of rows with weights', () => {
  test.each([0, 2, 3] as const)('are those of rows repeated as often, as scikit-learn finds them, %i classes', (classes) => {
    const { transformer } = fitColumns(
      rows,
      { city: { kind: 'target', smooth: 3 } },
      { y: targets[classes], weights, classes, rng: createRng(1) },
    )
    const found = transformer.fitted.columns.features[0] as unknown as FittedTarget
    expect(found.codes).toHaveLength(6)
    for (const [at, mean] of target[classes].means.entries()) expect(found.means[at]).toBeCloseTo(mean, 12)
    for (const [k, mean] of target[classes].overall.entries()) expect(found.overall[k]).toBeCloseTo(mean, 12)
  })

  test('of training rows are weighed too, and come from other rows', () => {
    const options = { y: number, weights, rng: createRng(4) }
    const { matrix } = fitColumns(rows, { city: { kind: 'target', smooth: 3 } }, options)
    for (const { train, test: held } of kFold(rows.length, { rng: createRng(4), folds: 5 })) {
      const sum = (of: (row: number) => number, own: number[]): number => own.reduce((all, row) => all + of(row), 0)
      const all = [...train]
      const overall = sum((row) => weights[row]! * number[row]!, all) / sum((row) => weights[row]!, all)
      for (const row of held) {
        const own = all.filter((other) => city[other] === city[row])
        const mean = (sum((each) => weights[each]! * number[each]!, own) + 3 * overall) / (sum((each) => weights[each]!, own) + 3)
        expect((matrix as { values: Float64Array }).values[row]).toBeCloseTo(mean, 12)
      }
    }
  })

  test('weights of 1 change nothing, rows of weight 0 are not there, and wrong weights are refused', () => {
    const columns = { city: { kind: 'target' } } as const
    const fitted = (own?: number[]) => fitColumns(rows, columns, { y: number, rng: createRng(2), ...(own ? { weights: own } : {}) })
    expect(fitted(rows.map(() => 1)).matrix).toEqual(fitted().matrix)
    const without = fitted(city.map((code) => (code === 2 ? 0 : 1))).transformer.fitted.columns.features[0] as unknown as FittedTarget
    expect(without.codes).toHaveLength(5)
    expect(() => fitted([1])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => fitted(rows.map((_, row) => (row === 3 ? -1 : 1)))).toThrow(/row 3 is -1/)
    const { matrix } = fitted(rows.map(() => 0))
    expect((matrix as { values: Float64Array }).values.every(Number.isFinite)).toBe(true)
  })
})

describe('what words say of rows with weights', () => {
  const options = { useIdf: false }
  test.each([0, 2, 3] as const)('equals scikit-learn with sample_weight, %i classes', (classes) => {
    const { counts } = countTexts(texts, options, { lenient: false })
    const all = Int32Array.from(texts.keys())
    const about = { counts, y: Float64Array.from(targets[classes]), weights, classes, options }
    const expected = words[classes].flat()
    const width = classes === 3 ? 3 : 1
    scoreTexts(fitTextPart(about, all)!, about, all, (row, said) => {
      // Searches agree to what both stop at.
      for (let k = 0; k < width; k++) expect(Math.abs(said[k]! - expected[row * width + k]!)).toBeLessThan(2e-4)
    })
    // A row of weight 2 is the row twice.
    const part = fitTextPart({ ...about, weights: undefined }, Int32Array.from(repeated))!
    scoreTexts(part, about, all, (row, said) => {
      for (let k = 0; k < width; k++) expect(Math.abs(said[k]! - expected[row * width + k]!)).toBeLessThan(2e-4)
    })
  })

  test('of rows of which one class alone counts they say nothing', () => {
    const { counts } = countTexts(texts, options, { lenient: false })
    const y = Float64Array.from(targets[2])
    const about = { counts, y, weights: y, classes: 2, options }
    expect(fitTextPart(about, Int32Array.from(texts.keys()))).toBe(undefined)
  })
})

test('trees behind target means and texts read the columns that weights make', () => {
  const x = Float32Array.from(city.flatMap((code, row) => [code, row]))
  const set: TabularSet = {
    ...{ x, rows: rows.length, y: Float64Array.from(number), classes: 0, kinds: ['category', 'text'], codes: [6, 0] },
    readDocument: (_, row) => texts[row]!,
    weights: Float64Array.from(weights),
  }
  const preparation = [{ kind: 'target', smooth: 3 }, undefined] as const
  const { columns } = fitPreparedTrees(set, (wide) => fitRandomForest(wide, { nEstimators: 2 }), { preparation })
  const means = (columns.features[0] as unknown as FittedTarget).means
  for (const [at, mean] of target[0].means.entries()) expect(means[at]).toBeCloseTo(mean, 12)
  const { columns: plain } = fitPreparedTrees(
    { ...set, weights: undefined } as never,
    (wide) => fitRandomForest(wide, { nEstimators: 2 }),
    { preparation },
  )
  expect(plain.features[1]).not.toEqual(columns.features[1])
})
