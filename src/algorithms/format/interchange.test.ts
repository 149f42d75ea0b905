import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { decisionFunction, predictLinear, predictLinearProba } from '../linear/linear-model.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { fitBoostedTrees } from '../tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import { outputCount, predictRows } from '../tree/predict.ts'
import { randomSet } from '../tree/testing/sets.ts'
import { exportTreesJson, importTreesJson } from './ensemble-json.ts'
import { exportOnnx } from './export-onnx.ts'
import { importLightGbm } from './import-lightgbm.ts'
import { importOnnx } from './import-onnx.ts'
import { importSklearn } from './import-sklearn.ts'
import { importXgBoost } from './import-xgboost.ts'

interface Case {
  readonly name: string
  readonly format: string
  readonly file: string
  readonly x: (number | null)[][]
  readonly predictions: number[][]
}

// Reference: the predictions of the libraries themselves, fixtures/make-interchange.py, seed 20261126. Leaves are float32 numbers here,
// and XGBoost and onnxruntime add in float32: 1e-6 of the value.
const { cases } = JSON.parse(readFileSync(new URL('./fixtures/interchange.json', import.meta.url), 'utf8')) as { cases: Case[] }
const named = (format: string, name: string): string => cases.find((each) => each.format === format && each.name === name)!.file
const bad = expect.objectContaining({ code: 'invalid_input' })

function rowsOf(x: readonly (readonly (number | null)[])[]): Float32Array {
  return Float32Array.from(x.flat(), (value) => value ?? Number.NaN)
}

function said(ensemble: TreeEnsemble, x: Case['x']): number[][] {
  const width = outputCount(ensemble)
  const flat = predictRows(ensemble, rowsOf(x), x.length)
  return x.map((_, row) => [...flat.subarray(row * width, (row + 1) * width)])
}

function read({ format, file, x }: Case): number[][] {
  if (format === 'lightgbm') return said(importLightGbm(file).ensemble, x)
  if (format === 'xgboost') return said(importXgBoost(file).ensemble, x)
  if (format === 'onnx') return said(importOnnx(Buffer.from(file, 'base64')).ensemble, x)
  const imported = importSklearn(file)
  if (imported.kind === 'trees') return said(imported.ensemble, x)
  if (imported.kind !== 'linear') throw new Error('none of these is prepared')
  const { model } = imported
  const matrix = { rows: x.length, columns: model.nFeatures, values: rowsOf(x) }
  const predict = model.kind === 'logistic-regression' ? predictLinearProba : model.kind === 'linear-svm' ? decisionFunction : predictLinear
  const flat = predict(model, matrix)
  const width = flat.length / x.length
  return x.map((_, row) => [...flat.subarray(row * width, (row + 1) * width)])
}

describe('models of other libraries', () => {
  test.each(cases)('predict what they predict there: $format, $name', (each) => {
    const found = read(each)
    expect(found.length).toBe(each.predictions.length)
    for (const [row, expected] of each.predictions.entries()) {
      expect(found[row]!.length).toBe(expected.length)
      for (const [output, value] of expected.entries()) {
        expect(Math.abs(found[row]![output]! - value) / Math.max(1, Math.abs(value))).toBeLessThan(1e-6)
      }
    }
  })

  test('keep names, labels and covers', () => {
    const imported = importSklearn(named('sklearn', 'RandomForestClassifier 3 classes'))
    expect(imported.classes).toEqual(['no', 'perhaps', 'yes'])
    if (imported.kind === 'trees') expect(imported.ensemble.cover![0]).toBeGreaterThan(100)
    const { ensemble, featureNames } = importLightGbm(named('lightgbm', 'binary'))
    expect(featureNames).toEqual(['Column_0', 'Column_1', 'Column_2', 'Column_3'])
    expect(ensemble.cover![0]).toBe(300)
    expect(ensemble.importances.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12)
  })

  // XGBClassifier predicts with `best_iteration`; the Booster's own iteration_range=(0, best + 1) says the same.
  test('of XGBoost that stopped early keep the rounds up to the best one, or all when asked', () => {
    const each = cases.find(({ format, name }) => format === 'xgboost' && name === 'multi:softprob parallel')!
    const file = JSON.parse(each.file)
    file.learner.attributes = { best_iteration: '1' }
    const stopped = JSON.stringify(file)
    expect(importXgBoost(stopped).ensemble.nTrees).toBe(2 * 3 * 2)
    expect(said(importXgBoost(stopped, { rounds: 'all' }).ensemble, each.x)).toEqual(said(importXgBoost(each.file).ensemble, each.x))
    file.learner.attributes.best_iteration = '77'
    expect(() => importXgBoost(JSON.stringify(file))).toThrow('best_iteration')
    file.learner.gradient_booster.model.trees = []
    expect(() => importXgBoost(JSON.stringify(file))).toThrow('no trees')
  })

  test('are refused with a reason when they are cut short or say what trees here cannot', () => {
    const lightgbm = named('lightgbm', 'binary')
    expect(() => importLightGbm(lightgbm.slice(0, 900))).toThrow('cut short')
    expect(() => importLightGbm('')).toThrow(bad)
    expect(() => importLightGbm(lightgbm.replace('objective=binary', 'objective=oracle'))).toThrow('oracle')
    expect(() => importLightGbm(lightgbm.replace('is_linear=0', 'is_linear=1'))).toThrow('leaf_const')
    expect(() => importLightGbm(lightgbm.replace(/left_child=\S+/, 'left_child=0'))).toThrow(bad)
    expect(() => importLightGbm(lightgbm.replace(/split_feature=\d+/, 'split_feature=77'))).toThrow('feature 77 of 4')
    expect(() => importLightGbm(lightgbm.replace(/leaf_value=\S+/, 'leaf_value=abc'))).toThrow('leaf_value')
    const xgboost = named('xgboost', 'binary:logistic')
    expect(() => importXgBoost(xgboost.slice(0, 900))).toThrow('not JSON')
    expect(() => importXgBoost('{}')).toThrow('"learner"')
    expect(() => importXgBoost(xgboost.replace('"gbtree"', '"gblinear"'))).toThrow('gblinear')
    expect(() => importXgBoost(xgboost.replace('binary:logistic', 'rank:oracle'))).toThrow('rank:oracle')
    expect(() => importSklearn('[]')).toThrow('export_sklearn.py')
    const forest = JSON.parse(named('sklearn', 'RandomForestRegressor'))
    forest.trees[0].right[0] = forest.trees[0].left[0] = 0
    expect(() => importSklearn(JSON.stringify(forest))).toThrow('circles')
    expect(() => importSklearn(named('sklearn', 'Ridge').replace('"ridge"', '"lars"'))).toThrow('lars')
  })
})

// LightGBM 4.7.0 writes the threshold of a split between missing and all other values as C prints infinity.
test('LightGBM: inf parts all known values from missing ones', () => {
  const text = [
    ...['tree', 'version=v4', 'num_class=1', 'num_tree_per_iteration=1', 'max_feature_idx=0', 'objective=regression', ''],
    ...['Tree=0', 'num_leaves=2', 'num_cat=0', 'split_feature=0', 'split_gain=1', 'threshold=inf', 'decision_type=8'],
    ...['left_child=-1', 'right_child=-2', 'leaf_value=10 20', 'leaf_count=5 5', '', 'end of trees', ''],
  ].join('\n')
  expect([...predictRows(importLightGbm(text).ensemble, Float32Array.of(5, 3e38, Number.NaN), 3)]).toEqual([10, 10, 20])
})

describe('exports', () => {
  test.each([
    [0, 'forest'],
    [2, 'forest'],
    [3, 'forest'],
    [0, 'boosting'],
    [2, 'boosting'],
    [3, 'boosting'],
  ] as const)('of %i classes, %s, come back with the same predictions: ONNX within float32 sums, JSON to the bit', (classes, kind) => {
    const set = randomSet(300, 4, classes, 3)
    const ensemble = (kind === 'forest' ? fitRandomForest : fitBoostedTrees)(set, { nEstimators: 6, randomState: 1 })
    const predictions = predictRows(ensemble, set.x, set.rows)
    expect(predictRows(importTreesJson(exportTreesJson(ensemble)), set.x, set.rows)).toEqual(predictions)
    const labels = Array.from({ length: classes }, (_, code) => `class ${code}`)
    const onnx = importOnnx(exportOnnx(ensemble, classes === 0 ? {} : { classes: labels }))
    expect(onnx.classes).toEqual(labels)
    const again = predictRows(onnx.ensemble, set.x, set.rows)
    for (const [at, value] of predictions.entries()) expect(Math.abs(again[at]! - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)))
    expect(exportOnnx(ensemble)).toEqual(exportOnnx(ensemble))
  })

  test('keep the logarithm of a Poisson model', () => {
    const set = randomSet(300, 4, 0, 3)
    const ensemble = fitBoostedTrees(set, { nEstimators: 6, loss: 'poisson' })
    const again = importOnnx(exportOnnx(ensemble)).ensemble
    expect(again.link).toBe('log')
    expect(predictRows(again, set.x, 5)[3]).toBeCloseTo(predictRows(ensemble, set.x, 5)[3]!, 5)
    expect(importTreesJson(exportTreesJson(ensemble)).link).toBe('log')
  })

  test('refuse sets of categories in ONNX, labels of another number, and bytes or operators that are no trees', () => {
    const { ensemble } = importLightGbm(named('lightgbm', 'regression'))
    expect(() => exportOnnx(ensemble)).toThrow('categories')
    expect(predictRows(importTreesJson(exportTreesJson(ensemble)), new Float32Array(4), 1)).toEqual(
      predictRows(ensemble, new Float32Array(4), 1),
    )
    const forest = fitRandomForest(randomSet(50, 2, 2, 1), { nEstimators: 2 })
    expect(() => exportOnnx(forest, { classes: ['a'] })).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    const bytes = exportOnnx(forest)
    for (const cut of [0, 1, 40, bytes.length >> 1]) expect(() => importOnnx(bytes.subarray(0, cut))).toThrow(bad)
    // Damage in a message within a message: whatever it does to the model, the error has a name.
    for (let at = 0; at < bytes.length; at += 3) {
      const other = bytes.slice()
      other[at] = other[at]! ^ 0x85
      try {
        importOnnx(other)
      } catch (error) {
        expect(TandemError.is(error), String(error)).toBe(true)
      }
    }
    const text = new TextDecoder('latin1').decode(bytes)
    const other = Uint8Array.from(text.replace('TreeEnsembleClassifier', 'TreeEnsembleSomething1'), (letter) => letter.charCodeAt(0))
    expect(() => importOnnx(other)).toThrow('TreeEnsembleSomething1')
    expect(() => importTreesJson('{"format":"other"}')).toThrow(bad)
    const damaged = JSON.parse(exportTreesJson(forest))
    damaged.trees.left[0] = 99_999
    expect(() => importTreesJson(JSON.stringify(damaged))).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
  })
})
