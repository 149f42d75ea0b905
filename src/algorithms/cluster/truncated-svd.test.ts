import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { csrFromDense } from '../sparse/csr-matrix.ts'
import { fitTruncatedSvd, transformTruncatedSvd } from './fit-truncated-svd.ts'
import reference from './fixtures/svd.json' with { type: 'json' }

const cases = reference.cases.map((each) => {
  const values = Float64Array.from(each.values)
  const dense = { rows: each.rows, columns: each.columns, values }
  return { ...each, dense, x: each.sparse ? csrFromDense(values, each.rows, each.columns) : dense }
})

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

describe('fitTruncatedSvd', () => {
  // Reference: scikit-learn 1.9.1, TruncatedSVD by ARPACK to the last digits, fixtures/make_svd.py.
  test.each(cases)('equals scikit-learn with its signs on $name', (expected) => {
    const { x, k } = expected
    const model = fitTruncatedSvd(x, { nComponents: k, algorithm: 'exact' })
    const largest = expected.singularValues[0]!
    const pairs = [
      [model.singularValues.map((value) => value / largest), expected.singularValues.map((value) => value / largest)],
      [model.components, expected.components],
      [model.explainedVariance.map((value) => value / largest ** 2), expected.explainedVariance.map((value) => value / largest ** 2)],
      [model.explainedVarianceRatio, expected.explainedVarianceRatio],
      [
        transformTruncatedSvd(model, x)
          .slice(0, k)
          .map((value) => value / largest),
        expected.first.map((value) => value / largest),
      ],
    ] as const
    for (const [ours, theirs] of pairs) {
      expect(ours.length).toBe(theirs.length)
      for (const [at, value] of theirs.entries()) expect(Math.abs(ours[at]! - value)).toBeLessThan(1e-9)
    }
  })

  test.each(cases)('comes within a thousandth by random projection, with the same bytes without WebAssembly, on $name', (expected) => {
    const { x, k } = expected
    const model = fitTruncatedSvd(x, { nComponents: k, randomState: 3 })
    for (const [at, value] of expected.singularValues.entries()) expect(Math.abs(model.singularValues[at]! / value - 1)).toBeLessThan(1e-3)
    expect(fitTruncatedSvd(x, { nComponents: k, randomState: 3, engine: 'typescript' })).toEqual(model)
  })

  test('finds the same of a matrix and of its sparse form, and orthonormal directions', () => {
    const { dense, k } = cases[3]!
    const sparse = csrFromDense(dense.values, dense.rows, dense.columns)
    const [one, other] = [dense, sparse].map((x) => fitTruncatedSvd(x, { nComponents: k, algorithm: 'exact' })) as [
      ReturnType<typeof fitTruncatedSvd>,
      ReturnType<typeof fitTruncatedSvd>,
    ]
    for (const [at, value] of one.components.entries()) expect(other.components[at]).toBeCloseTo(value, 9)
    for (let a = 0; a < k; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0
        for (let column = 0; column < dense.columns; column++) {
          sum += one.components[a * dense.columns + column]! * one.components[b * dense.columns + column]!
        }
        expect(sum).toBeCloseTo(a === b ? 1 : 0, 9)
      }
    }
  })

  test('finds all that a matrix of few columns holds, from whatever it starts', () => {
    // Of rank 2: the third column is the sum of the others. Its squares sum to those of the singular values.
    const rows = [
      [0, 0],
      [1, 0],
      [0, 2],
      [3, 1],
      [2, 2],
      [5, 0],
    ]
    const values = Float64Array.from(rows.flatMap(([a, b]) => [a!, b!, a! + b!]))
    const total = values.reduce((sum, value) => sum + value * value, 0)
    for (let randomState = 0; randomState < 50; randomState++) {
      const { singularValues } = fitTruncatedSvd({ rows: 6, columns: 3, values }, { nComponents: 2, algorithm: 'exact', randomState })
      expect(singularValues.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(total, 8)
    }
  })

  test('ends with zeros beyond the rank, and stays a number where values are tiny, huge or all 0', () => {
    const line = { rows: 4, columns: 3, values: Float64Array.of(1, 2, 2, 2, 4, 4, 3, 6, 6, -1, -2, -2) }
    const model = fitTruncatedSvd(line, { nComponents: 3 })
    expect(model.singularValues[0]).toBeCloseTo(Math.sqrt(15 * 9), 12)
    expect([...model.singularValues.slice(1)].every((value) => value < 1e-6)).toBe(true)
    expect([...model.components.slice(0, 3)].map((value) => value.toFixed(9))).toEqual(['0.333333333', '0.666666667', '0.666666667'])
    for (const factor of [1e-140, 1e140]) {
      const scaled = fitTruncatedSvd({ ...line, values: line.values.map((value) => value * factor) }, { nComponents: 1 })
      expect(scaled.singularValues[0]! / factor).toBeCloseTo(Math.sqrt(15 * 9), 9)
      expect(scaled.explainedVarianceRatio[0]).toBeCloseTo(1, 9)
    }
    const zero = fitTruncatedSvd({ ...line, values: new Float64Array(12) })
    expect([...zero.singularValues, ...zero.components, ...zero.explainedVarianceRatio].every((value) => value === 0)).toBe(true)
  })

  test('refuses what it cannot use, by a code', () => {
    const x = { rows: 2, columns: 3, values: Float64Array.of(1, 2, 3, 4, 5, 6) }
    expect(codeOf(() => fitTruncatedSvd(x, { nComponents: 3 }))).toBe('invalid_input')
    expect(codeOf(() => fitTruncatedSvd(x, { nIter: -1 }))).toBe('invalid_input')
    expect(codeOf(() => fitTruncatedSvd(x, { algorithm: 'lanczos' as 'exact' }))).toBe('invalid_input')
    expect(codeOf(() => fitTruncatedSvd({ ...x, rows: 3 }))).toBe('shape_mismatch')
    expect(codeOf(() => fitTruncatedSvd({ ...x, values: Float64Array.of(1, 2, 3, Number.NaN, 5, 6) }))).toBe('invalid_input')
    expect(codeOf(() => fitTruncatedSvd({ ...x, values: Float64Array.of(1, 2, 3, 1e200, 5, 6) }))).toBe('invalid_input')
    const model = fitTruncatedSvd(x, { nComponents: 1 })
    expect(codeOf(() => transformTruncatedSvd(model, { rows: 1, columns: 1, values: Float64Array.of(1) }))).toBe('shape_mismatch')
  })
})
