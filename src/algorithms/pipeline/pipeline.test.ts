import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Row } from '../columns/cell.ts'
import type { ColumnSpec } from '../columns/column-spec.ts'
import { datePart } from '../columns/date-parts.ts'
import { isSparse } from '../linear/feature-matrix.ts'
import { fitRidge } from '../linear/fit-linear-regression.ts'
import { fitLogisticRegression } from '../linear/fit-logistic-regression.ts'
import { createRng } from '../math/rng.ts'
import { denseFromCsr } from '../sparse/csr-matrix.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import { type ColumnTransformer, createColumnTransformer, fitColumns } from './column-transformer.ts'
import { decodePipeline, denseFloats, encodePipeline, fitPipeline, type PreparedSet, predictPipeline } from './pipeline.ts'

// Reference: scikit-learn's ColumnTransformer and Pipeline, fixtures/make.py, seed 0.
const sklearn = JSON.parse(readFileSync(new URL('./fixtures/columns.json', import.meta.url), 'utf8')) as {
  readonly train: Row[]
  readonly y: number[]
  readonly labels: number[]
  readonly test: Row[]
  readonly cases: { columns: Record<string, ColumnSpec>; classes?: number; matrix: (number | null)[][] }[]
  readonly logistic: number[][]
}
const bad = expect.objectContaining({ code: 'invalid_input' })

function dense(transformer: ColumnTransformer, rows: readonly Row[]): Float64Array {
  const matrix = transformer.transform(rows)
  return isSparse(matrix) ? denseFromCsr(matrix) : Float64Array.from(matrix.values)
}

function expectClose(found: ArrayLike<number>, expected: readonly (number | null)[], tolerance: number): void {
  expect(found.length).toBe(expected.length)
  for (const [at, value] of expected.entries()) {
    if (value === null) expect(found[at]).toBeNaN()
    else expect(Math.abs(found[at]! - value)).toBeLessThan(tolerance)
  }
}

describe('columns', () => {
  test.each(sklearn.cases.map((each) => ({ ...each, name: JSON.stringify(each.columns) })))(
    'equal scikit-learn: $name',
    ({ columns, classes, matrix }) => {
      const target = classes === undefined ? { y: sklearn.y } : { y: sklearn.labels, classes }
      const { transformer } = fitColumns(sklearn.train, columns, { ...target, rng: createRng(1) })
      expectClose(dense(transformer, sklearn.test), matrix.flat(), 1e-9)
    },
  )

  test('name their features, and come back from JSON the same', () => {
    const columns: Record<string, ColumnSpec> = {
      age: { kind: 'number', impute: 'median', indicator: true },
      city: { kind: 'one-hot', minCount: 2 },
      size: { kind: 'ordinal' },
      on: { kind: 'date', parts: ['year', 'weekday', 'hour'] },
      text: { kind: 'text' },
      visits: { kind: 'passthrough' },
    }
    const rows: Row[] = [
      { age: 3, city: 'Graz', size: 'M', on: '2026-11-26T10:30Z', text: 'red shoes', visits: '7' },
      { age: null, city: 'Graz', size: 'L', on: '2024-02-29', text: '', visits: true },
      { age: 5, city: 'Linz', on: 0, text: 'red hat' },
    ]
    const { transformer, matrix } = fitColumns(rows, columns)
    expect(transformer.featureNames).toEqual([
      'age',
      'age missing',
      'city=Graz',
      'city other',
      'size',
      'on year',
      'on weekday',
      'on hour',
      'text: hat',
      'text: red',
      'text: shoes',
      'visits',
    ])
    const again = createColumnTransformer(JSON.parse(JSON.stringify(transformer.fitted)))
    expect(again.transform(rows)).toEqual(matrix)
    const table = dense(transformer, rows)
    expect([...table.subarray(0, 8)]).toEqual([3, 0, 1, 0, 1, 2026, 3, 10])
    expect([...table.subarray(12, 20)]).toEqual([4, 1, 1, 0, 0, 2024, 3, 0])
    expect(table[28]).toBeNaN()
    // Never seen: the shared column where there is one, -1 in an order.
    expect([...dense(transformer, [{ city: 'Paris', size: 'XXL', on: '1969-12-31T23:00:00Z' }]).subarray(0, 8)]).toEqual([
      4, 1, 0, 1, -1, 1969, 2, 23,
    ])
  })

  test('by the target never show a row its own target while learning', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 10, max: 40 }), (seed, count) => {
        const rng = createRng(seed)
        const rows = Array.from({ length: count }, () => ({ city: String(rng.below(4)) }))
        const y = Array.from(rows, () => rng.next())
        const columns = { city: { kind: 'target' } } as const
        const values = (targets: number[]) =>
          (fitColumns(rows, columns, { y: targets, rng: createRng(9) }).matrix as { values: Float64Array }).values
        const changed = rng.below(count)
        const other = values(y.map((value, row) => (row === changed ? value + 100 : value)))
        expect(other[changed]).toBe(values(y)[changed])
        expect(other).not.toEqual(values(y))
      }),
      { numRuns: 40 },
    )
  })

  test('by the target do not make noise predictable, where means of the own rows would', () => {
    const rng = createRng(3)
    const rows = Array.from({ length: 400 }, () => ({ id: String(rng.below(200)) }))
    const y = Float64Array.from(rows, () => rng.next())
    const { transformer, matrix } = fitColumns(rows, { id: { kind: 'target', smooth: 0 } }, { y, rng })
    const r2 = (x: ArrayLike<number>) => {
      const model = fitRidge({ x: { rows: 400, columns: 1, values: Float64Array.from(x) }, y }, { alpha: 1e-6 })
      return model.coefficients[0]!
    }
    expect(r2((transformer.transform(rows) as { values: Float64Array }).values)).toBeGreaterThan(0.9)
    expect(r2((matrix as { values: Float64Array }).values)).toBeLessThan(0.2)
  })

  test('part dates as the calendar does', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1600-01-01'), max: new Date('2600-01-01'), noInvalidDate: true }), (date) => {
        const time = date.getTime()
        const found = (['year', 'month', 'day', 'weekday', 'hour'] as const).map((part) => datePart(Math.floor(time / 3_600_000), part))
        expect(found).toEqual([
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
          (date.getUTCDay() + 6) % 7,
          date.getUTCHours(),
        ])
        expect(datePart(Math.floor(time / 3_600_000), 'dayOfYear')).toBe(
          1 + (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000,
        )
      }),
      { seed: 7 },
    )
  })

  test('refuse what they cannot read, with row and column, and take constant and missing columns', () => {
    const learn = (rows: Row[], spec: ColumnSpec) => fitColumns(rows, { a: spec })
    expect(() => learn([{ a: 1 }, { a: 'x' }], { kind: 'number' })).toThrow('Row 1, column "a" is "x"')
    expect(() => learn([{ a: Number.POSITIVE_INFINITY }], { kind: 'passthrough' })).toThrow(bad)
    expect(() => learn([{ a: {} }], { kind: 'one-hot' })).toThrow(bad)
    expect(() => learn([{ a: 5 }], { kind: 'text' })).toThrow(bad)
    expect(() => learn([{ a: '26.11.2026' }], { kind: 'date' })).toThrow('ISO date')
    expect(() => learn([{ a: null }], { kind: 'number' })).toThrow('no value in 1 rows')
    expect(() => learn([{ a: 'x' }], { kind: 'one-hot', minCount: 0 })).toThrow(bad)
    expect(() => learn([{ a: 'x' }], { kind: 'target' })).toThrow('y or rng')
    expect(() => fitColumns([{ a: 'x' }], { a: { kind: 'target', smooth: -1 } }, { y: [1], rng: createRng(1) })).toThrow(bad)
    expect(() => learn([], { kind: 'number' })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => fitColumns([{}], {})).toThrow(bad)
    expect(() => fitColumns([{ a: 1 }], { a: { kind: 'number' } }, { y: [1, 2] })).toThrow(
      expect.objectContaining({ code: 'shape_mismatch' }),
    )
    for (const scale of ['standard', 'min-max', 'robust'] as const) {
      expect((learn([{ a: 2 }, { a: 2 }], { kind: 'number', scale }).matrix as { values: Float64Array }).values).toEqual(
        Float64Array.of(0, 0),
      )
    }
    expect((learn([{}, {}], { kind: 'number', impute: 'constant', fill: 7 }).matrix as { values: Float64Array }).values).toEqual(
      Float64Array.of(7, 7),
    )
  })
})

describe('pipelines', () => {
  const columns: Record<string, ColumnSpec> = {
    number: { kind: 'number', impute: 'mean', indicator: true, scale: 'standard' },
    city: { kind: 'one-hot', minCount: 6 },
    text: { kind: 'text', options: { sublinearTf: true } },
  }
  const labels = sklearn.y.map((code) => (code === 1 ? 'yes' : 'no'))
  const logistic = ({ matrix, y, nClasses }: PreparedSet) =>
    fitLogisticRegression({ x: matrix, y, classes: nClasses }, { tolerance: 1e-10, maxIterations: 10_000 })

  test('equal scikit-learn: gaps, categories and texts before a logistic regression', () => {
    const pipeline = fitPipeline(sklearn.train, labels, { columns, estimator: logistic })
    expect(pipeline.classes).toEqual(['no', 'yes'])
    expectClose(predictPipeline(pipeline, sklearn.test), sklearn.logistic.flat(), 1e-5)
  })

  test('are one file that predicts the same, whatever the model', () => {
    const trees = ({ matrix, y, nClasses }: PreparedSet) =>
      fitRandomForest(
        { x: denseFloats(matrix), y, rows: matrix.rows, features: matrix.columns, classes: nClasses },
        { nEstimators: 5, randomState: 1 },
      )
    const ridge = ({ matrix, y }: PreparedSet) => fitRidge({ x: matrix, y })
    const made = [
      fitPipeline(sklearn.train, labels, { columns, estimator: logistic }),
      fitPipeline(sklearn.train, labels, { columns, estimator: trees }),
      fitPipeline(sklearn.train, sklearn.y, { columns: { ...columns, size: { kind: 'target' } }, estimator: ridge, rng: createRng(4) }),
    ]
    for (const pipeline of made) {
      const bytes = encodePipeline(pipeline)
      const again = decodePipeline(bytes)
      expect(again.classes).toEqual(pipeline.classes)
      expect(again.transformer.featureNames).toEqual(pipeline.transformer.featureNames)
      expect(predictPipeline(again, sklearn.test)).toEqual(predictPipeline(pipeline, sklearn.test))
      expect(encodePipeline(again)).toEqual(bytes)
      for (const at of [30, bytes.length - 1])
        expect(() => decodePipeline(bytes.with(at, bytes[at]! ^ 1))).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
    }
  })

  test('refuse targets that are missing, mixed or all equal', () => {
    const rows = [{ a: 'x' }, { a: 'y' }, { a: 'z' }]
    const learn = (targets: unknown[]) =>
      fitPipeline(rows, targets as string[], { columns: { a: { kind: 'one-hot' } }, estimator: logistic, rng: createRng(1) })
    expect(() => learn(['a', 'a', 'a'])).toThrow(expect.objectContaining({ code: 'too_few_classes' }))
    expect(() => learn(['a', null, 'b'])).toThrow('row 1 is null')
    expect(() => learn([1, Number.NaN, 2])).toThrow(bad)
    expect(() => learn(['a', 'b'])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})
