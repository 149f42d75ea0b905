import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { predictLinear, predictLinearProba } from '../linear/linear-model.ts'
import { predictAdditive } from '../tabular/predict-additive.ts'
import { predictRows } from '../tree/predict.ts'
import { importSklearn } from './import-sklearn.ts'

interface Case {
  readonly name: string
  readonly file: string
  readonly x: (number | string | null)[][]
  readonly predictions: number[][]
}

// Reference: scikit-learn 1.9.1, fixtures/make-interchange-sklearn.py, seed 20261126. Leaves are float32 numbers here: 1e-6 of the value.
const { cases } = JSON.parse(readFileSync(new URL('./fixtures/interchange-sklearn.json', import.meta.url), 'utf8')) as { cases: Case[] }
const named = (name: string): Case => cases.find((each) => each.name === name)!

function said({ file, x }: Case): Float64Array {
  const imported = importSklearn(file)
  const categories = ('categories' in imported && imported.categories) || []
  // A text is its place among the categories of its feature, one never seen the place after the last.
  const rows = Float32Array.from(x.flat(), (value, at) => {
    const texts = categories[at % x[0]!.length]
    const place = texts?.indexOf(String(value)) ?? -1
    return value === null ? Number.NaN : texts ? (place < 0 ? texts.length : place) : (value as number)
  })
  if (imported.kind === 'trees') return predictRows(imported.ensemble, rows, x.length)
  if (imported.kind === 'additive') return predictAdditive(imported.model, { x: rows, rows: x.length })
  const { model } = imported
  return (model.nClasses > 0 ? predictLinearProba : predictLinear)(model, { rows: x.length, columns: model.nFeatures, values: rows })
}

describe('models of scikit-learn behind a preparation, on categories, or made of several', () => {
  test.each(cases)('predict what they predict there: $name', (each) => {
    const found = said(each)
    const wrong = each.predictions.flat().flatMap((expected, at) => {
      const isNear = Math.abs(found[at]! - expected) / Math.max(1, Math.abs(expected)) < 1e-6
      const row = Math.floor(at / each.predictions[0]!.length)
      return isNear ? [] : [`row ${row} [${each.x[row]}]: ${found[at]}, expected ${expected}`]
    })
    expect(wrong).toEqual([])
    expect(found.length).toBe(each.predictions.flat().length)
  })

  test('say which features may be missing, and what their categories are called', () => {
    const linear = importSklearn(named('pipeline of mixed columns, logistic regression, 2 classes').file)
    if (linear.kind !== 'additive') throw new Error(linear.kind)
    expect(linear.takesGaps).toEqual([true, true, false, true, true])
    expect(linear.categories[3]).toEqual(['Aachen', 'Bonn', 'Graz', 'Zürich', 'Łódź'])
    const forest = importSklearn(named('pipeline of mixed columns, forest, 2 classes').file)
    if (forest.kind !== 'trees') throw new Error(forest.kind)
    expect(forest.ensemble.nFeatures).toBe(5)
    expect(forest.ensemble.cover![0]).toBeGreaterThan(100)
    expect(forest.ensemble.importances.reduce((sum, share) => sum + share)).toBeCloseTo(1, 6)
  })

  test('are refused where inputs are not what the script writes', () => {
    const { file } = named('standard scaler, forest')
    const bad = (change: (model: Record<string, unknown>) => void): (() => unknown) => {
      const model = JSON.parse(file)
      change(model)
      return () => importSklearn(JSON.stringify(model))
    }
    const inputs = (model: Record<string, unknown>) => model.inputs as { feature: unknown; steps: unknown[][] }[]
    expect(bad((model) => (inputs(model)[0]!.feature = 9))).toThrow('feature')
    expect(bad((model) => (inputs(model)[0]!.steps[1] = ['/', 0]))).toThrow('changed by')
    expect(bad((model) => (inputs(model)[0]!.steps[1] = ['__proto__', 1]))).toThrow('changed by')
    expect(bad((model) => (model.inputs = []))).toThrow('of 0')
    expect(bad((model) => (model.version = 3))).toThrow('version 3')
  })
})
