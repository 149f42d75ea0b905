// Reference values: scikit-learn 1.9.1, fixtures/make.py, seed 0, tolerance 1e-12 there. Coefficients agree to 1e-5: both solvers
// stop where the gradient is small, not where it is zero.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { csrFromDense } from '../sparse/csr-matrix.ts'
import { fitLogisticRegression, type LogisticRegressionOptions } from './fit-logistic-regression.ts'
import fixture from './fixtures/linear.json' with { type: 'json' }
import { predictLinear, predictLinearProba } from './linear-model.ts'

const exact = { tolerance: 1e-9, maxIterations: 10_000 }

function allNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length)
  for (let at = 0; at < expected.length; at++) {
    expect(Math.abs(actual[at]! - expected[at]!), `${actual[at]} is not ${expected[at]}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected[at]!)),
    )
  }
}

function table(rows: number, columns: number, seed: number): { x: Float64Array; y: Float64Array } {
  const rng = createRng(seed)
  const x = Float64Array.from({ length: rows * columns }, () => rng.next() * 2 - 1)
  return { x, y: Float64Array.from({ length: rows }, (_, row) => (x[row * columns]! + rng.next() - 0.5 > 0 ? 1 : 0)) }
}

describe('fitLogisticRegression', () => {
  test('balances classes by the weights of their rows: a row of weight 3 is three rows', () => {
    const { x, y } = table(60, 3, 5)
    const weights = Array.from(y, (label, row) => (label === 1 ? 1 : 1 + (row % 4)))
    const repeated = weights.flatMap((weight, row) => new Array<number>(weight).fill(row))
    const options = { ...exact, classWeight: 'balanced' } as const
    const weighed = fitLogisticRegression({ x: { rows: 60, columns: 3, values: x }, y, classes: 2, weights }, options)
    const values = Float64Array.from(repeated.flatMap((row) => [...x.subarray(row * 3, row * 3 + 3)]))
    const rows = { x: { rows: repeated.length, columns: 3, values }, y: repeated.map((row) => y[row]!), classes: 2 }
    const many = fitLogisticRegression(rows, options)
    allNear(weighed.coefficients, many.coefficients, 1e-7)
    allNear(weighed.intercepts, many.intercepts, 1e-7)
  })

  for (const { name, rows, columns, classes, x, y, weights, options, ...expected } of fixture.logistic) {
    test.each([
      ['dense', { rows, columns, values: Float64Array.from(x) }],
      ['sparse', csrFromDense(x, rows, columns)],
    ])(`equals scikit-learn with ${name}, %s`, (_, matrix) => {
      const set = { x: matrix, y, classes, ...(weights === null ? {} : { weights }) }
      const model = fitLogisticRegression(set, { ...(options as LogisticRegressionOptions), ...exact })
      expect(model.converged).toBe(true)
      allNear(model.coefficients, expected.coefficients, 1e-5)
      allNear(model.intercepts, expected.intercepts, 1e-4)
      const few = { rows: 5, columns, values: Float64Array.from(x.slice(0, 5 * columns)) }
      allNear(predictLinearProba(model, few), expected.probabilities, 1e-5)
    })
  }

  test('weighs a row twice as it learns from two equal rows', () => {
    const { x, y } = table(40, 3, 1)
    const twice = { rows: 80, columns: 3, values: Float64Array.from([...x, ...x]) }
    const double = fitLogisticRegression({ x: twice, y: [...y, ...y], classes: 2 }, exact)
    const weighted = fitLogisticRegression({ x: { rows: 40, columns: 3, values: x }, y, classes: 2, weights: new Array(40).fill(2) }, exact)
    allNear(double.coefficients, weighted.coefficients, 1e-7)
  })

  test('gives probabilities that sum to 1 and no NaN, whatever the size of the values', () => {
    fc.assert(
      fc.property(fc.integer({ min: -6, max: 6 }), fc.integer({ min: 2, max: 5 }), fc.integer(), (power, classes, seed) => {
        const { x } = table(30, 4, seed)
        const set = {
          x: { rows: 30, columns: 4, values: x.map((value) => value * 10 ** power) },
          y: x.slice(0, 30).map((_, row) => row % classes),
          classes,
        }
        const model = fitLogisticRegression(set)
        const probabilities = predictLinearProba(model, set.x)
        for (let row = 0; row < 30; row++) {
          const sum = probabilities.subarray(row * classes, (row + 1) * classes).reduce((total, value) => total + value, 0)
          expect(Math.abs(sum - 1)).toBeLessThan(1e-9)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('separates rows that a line separates, and stays finite', () => {
    const x = { rows: 4, columns: 1, values: Float64Array.of(-2, -1, 1, 2) }
    const model = fitLogisticRegression({ x, y: [0, 0, 1, 1], classes: 2 }, { C: 1e6, maxIterations: 1000 })
    expect([...predictLinear(model, x)]).toEqual([0, 0, 1, 1])
    expect(Number.isFinite(model.coefficients[0])).toBe(true)
  })

  test('gives a constant column and a column of zeros no part in the answer', () => {
    const { x, y } = table(60, 1, 3)
    const wide = { rows: 60, columns: 2, values: Float64Array.from([...x].flatMap((value) => [value, 0])) }
    expect(fitLogisticRegression({ x: wide, y, classes: 2 }, exact).coefficients[1]).toBe(0)
  })

  test.each([
    ['one class', { y: [0, 0, 0] }, 'too_few_classes', /same class/],
    ['a class beyond the number of classes', { y: [0, 1, 2] }, 'invalid_input', /target of row 2 is 2/],
    ['a target that is NaN', { y: [0, 1, Number.NaN] }, 'invalid_input', /row 2 is NaN/],
    ['targets of another length', { y: [0, 1] }, 'shape_mismatch', /2 targets for 3 rows/],
    ['no rows', { x: { rows: 0, columns: 1, values: new Float64Array() }, y: [] }, 'too_few_rows', /0 rows/],
    [
      'an infinite value',
      { x: { rows: 3, columns: 1, values: Float64Array.of(1, Number.POSITIVE_INFINITY, 0) } },
      'invalid_input',
      /Row 1, column 0/,
    ],
    ['a missing value', { x: { rows: 3, columns: 1, values: Float64Array.of(1, Number.NaN, 0) } }, 'invalid_input', /impute/],
    ['a wrong length', { x: { rows: 3, columns: 2, values: new Float64Array(5) } }, 'shape_mismatch', /need 6/],
    ['a negative weight', { weights: [1, -1, 1] }, 'invalid_input', /weight of row 1 is -1/],
    ['weights that leave one class', { weights: [0, 1, 0] }, 'too_few_classes', /same class/],
  ] as const)('refuses %s', (_, part, code, message) => {
    const set = { x: { rows: 3, columns: 1, values: Float64Array.of(1, 2, 3) }, y: [0, 1, 0], classes: 2, ...part }
    expect(() => fitLogisticRegression(set)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  test.each([
    [{ C: 0 }, /C is 0/],
    [{ classWeight: [1] }, /classWeight is \[1\]/],
    [{ classWeight: [1, 0] }, /above 0/],
  ] as const)('refuses the options %o', (options, message) => {
    const set = { x: { rows: 2, columns: 1, values: Float64Array.of(1, 2) }, y: [0, 1], classes: 2 }
    expect(() => fitLogisticRegression(set, options)).toThrow(message)
  })

  test('refuses to predict for other columns than it learned', () => {
    const set = { x: { rows: 2, columns: 1, values: Float64Array.of(1, 2) }, y: [0, 1], classes: 2 }
    const model = fitLogisticRegression(set)
    expect(() => predictLinear(model, { rows: 1, columns: 2, values: new Float64Array(2) })).toThrow(
      /2 columns, but the model was fitted on 1/,
    )
  })
})
