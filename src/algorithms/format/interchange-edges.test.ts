import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { treeShap } from '../explain/tree-shap.ts'
import { outputCount, predictRow, predictRows } from '../tree/predict.ts'
import { decodeEnsemble, encodeEnsemble } from './ensemble-file.ts'
import { exportTreesJson, importTreesJson } from './ensemble-json.ts'
import { exportOnnx } from './export-onnx.ts'
import type { ImportedTrees } from './foreign-trees.ts'
import { importLightGbm } from './import-lightgbm.ts'
import { importXgBoost } from './import-xgboost.ts'

type Numbers = readonly (number | string | null)[]

interface Case {
  readonly name: string
  readonly format: 'lightgbm' | 'xgboost' | 'ubjson'
  readonly file: string
  readonly x: readonly Numbers[]
  readonly predictions: readonly Numbers[]
  readonly categories?: readonly unknown[]
}

// Reference: the predictions of the libraries themselves, fixtures/make-interchange-edges.py, seed 20261126. Leaves are float32 numbers
// here, and XGBoost adds in float32: 1e-6 of the value.
const { cases } = JSON.parse(readFileSync(new URL('./fixtures/interchange-edges.json', import.meta.url), 'utf8')) as { cases: Case[] }
const named = (name: string): Case => cases.find((each) => each.name === name)!
const numberOf = (value: number | string | null): number => (value === null ? Number.NaN : Number(value))
const rowsOf = ({ x }: Case): Float32Array => Float32Array.from(x.flat(), numberOf)

function read({ format, file }: Case): ImportedTrees {
  if (format === 'lightgbm') return importLightGbm(file)
  return importXgBoost(format === 'ubjson' ? Buffer.from(file, 'base64') : file)
}

/** Row and output of what is said otherwise. */
function differences(each: Case, found: Float64Array): string[] {
  const width = each.predictions[0]!.length
  return each.predictions.flatMap((row, at) =>
    row.flatMap((said, output) => {
      const [value, expected] = [found[at * width + output]!, numberOf(said)]
      const isNear = Math.abs(value - expected) / Math.max(1, Math.abs(expected)) < 1e-6
      return isNear ? [] : [`row ${at} [${each.x[at]}], output ${output}: ${value}, expected ${expected}`]
    }),
  )
}

describe('models of LightGBM and XGBoost at the edges', () => {
  test.each(cases)('predict what they predict there: $format, $name', (each) => {
    const { ensemble, categories } = read(each)
    const rows = each.x.length
    expect(outputCount(ensemble)).toBe(each.predictions[0]!.length)
    const found = predictRows(ensemble, rowsOf(each), rows)
    expect(differences(each, found)).toEqual([])
    expect(categories).toEqual(each.categories)
    // The same by one row at a time, by blocks of rows, and after a file.
    const x = rowsOf(each)
    const width = outputCount(ensemble)
    const one = new Float64Array(width)
    predictRow(ensemble, x, 7 * ensemble.nFeatures, one)
    expect(one).toEqual(found.subarray(7 * width, 8 * width))
    const twice = new Float32Array(x.length * 2)
    twice.set(x)
    twice.set(x, x.length)
    expect(predictRows(ensemble, twice, rows * 2).subarray(rows * width)).toEqual(found)
    expect(predictRows(decodeEnsemble(encodeEnsemble(ensemble)).ensemble, x, rows)).toEqual(found)
    expect(predictRows(importTreesJson(exportTreesJson(ensemble)), x, rows)).toEqual(found)
  })

  test('know what other programs cannot take: lines as leaves are no ONNX and have no Shapley values, nor is 0 for missing ONNX', () => {
    const { ensemble: lines } = read(named('linear_tree'))
    expect(lines.leafLines!.constants.length).toBeGreaterThan(0)
    expect(() => exportOnnx({ ...lines, categorySets: new Uint32Array(0) })).toThrow('leaves that are lines')
    expect(() => treeShap(lines, new Float32Array(4), 0, 0)).toThrow(expect.objectContaining({ code: 'conflict' }))
    const { ensemble: zeros } = read(named('zero_as_missing'))
    expect(zeros.zeroIsMissing![0]).toBe(1)
    expect(() => exportOnnx(zeros)).toThrow('0 for a missing value')
    const other = named('zero_as_missing').file.replace(/decision_type=\d+/, 'decision_type=2')
    expect(() => importLightGbm(other)).toThrow('a number to others')
  })

  test('hold thousands of categories by the groups that their splits tell apart', () => {
    const { ensemble } = read(named('categories up to 2093'))
    expect(ensemble.categoryStarts![4]! - ensemble.categoryStarts![3]!).toBeGreaterThan(2000)
    expect(new Set(ensemble.categoryBins).size).toBeLessThan(20)
  })

  test('say what is refused and what to do', () => {
    const lightgbm = named('multiclass of two').file
    expect(() => importLightGbm(lightgbm.replace('objective=multiclass', 'objective=multiclassova'))).toThrow('Train it with')
    expect(() => importLightGbm(named('lambdarank').file.replace('objective=lambdarank', 'objective=regression sqrt'))).toThrow('reg_sqrt')
    const xgboost = named('rank:ndcg').file
    expect(() => importXgBoost(xgboost.replace('rank:ndcg', 'binary:hinge'))).toThrow('binary:logistic')
    expect(() => importXgBoost(Uint8Array.of(0x62, 0x69, 0x6e, 0x66))).toThrow('save_model("model.json")')
    expect(importXgBoost(new TextEncoder().encode(xgboost)).ensemble.nTrees).toBe(3)
  })
})
