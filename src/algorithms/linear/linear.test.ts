// Reference values: scikit-learn 1.9.1, fixtures/make.py, seed 0. Closed forms agree to 1e-8, iterative ones to what both stop at.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { csrFromDense } from '../sparse/csr-matrix.ts'
import { type ElasticNetOptions, fitElasticNet } from './fit-elastic-net.ts'
import { fitLinearRegression, fitRidge, type RegressionSet } from './fit-linear-regression.ts'
import { fitLinearSvm } from './fit-linear-svm.ts'
import { fitLogisticRegression } from './fit-logistic-regression.ts'
import fixture from './fixtures/linear.json' with { type: 'json' }
import { decisionFunction, type LinearModel, predictLinear, predictLinearProba } from './linear-model.ts'
import { fitNaiveBayes, type NaiveBayesOptions, predictNaiveBayesProba } from './naive-bayes.ts'

interface Table {
  readonly rows: number
  readonly columns: number
  readonly x: readonly number[]
}

function forms({ rows, columns, x }: Table) {
  return [
    ['dense', { rows, columns, values: Float64Array.from(x) }],
    ['sparse', csrFromDense(x, rows, columns)],
  ] as const
}

function allNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length)
  for (let at = 0; at < expected.length; at++) {
    expect(Math.abs(actual[at]! - expected[at]!), `${actual[at]} is not ${expected[at]}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected[at]!)),
    )
  }
}

describe('logistic regression with an L1 penalty', () => {
  for (const { options, y, classes, coefficients, intercepts, name, ...table } of fixture.logisticL1) {
    test.each(forms(table))(`equals scikit-learn with ${name}, %s`, (_, x) => {
      const model = fitLogisticRegression({ x, y, classes }, { ...options, tolerance: 1e-10, maxIterations: 100_000 })
      allNear(model.coefficients, coefficients, 1e-6)
      for (const [at, value] of coefficients.entries()) if (value === 0) expect(model.coefficients[at]).toBe(0)
      const mean = classes === 2 ? 0 : intercepts.reduce((sum, value) => sum + value, 0) / classes
      allNear(
        model.intercepts,
        intercepts.map((value) => value - mean),
        1e-5,
      )
    })
  }
})

describe('linear SVM', () => {
  for (const { options, y, classes, coefficients, name, ...table } of fixture.svm) {
    test.each(forms(table))(`equals LIBLINEAR with ${name}, %s`, (_, x) => {
      allNear(fitLinearSvm({ x, y, classes }, { ...options, tolerance: 1e-10 }).coefficients, coefficients, 1e-6)
    })
  }

  test('of several classes on sparse rows ends where dense rows end: what it starts from leaves no trace', () => {
    const rng = createRng(3)
    const [rows, columns, classes] = [240, 30, 6]
    const y = Array.from({ length: rows }, (_, row) => row % classes)
    const values = Float64Array.from({ length: rows * columns }, (_, at) =>
      rng.next() < 0.3 ? rng.next() + ((at % columns) % classes === y[Math.floor(at / columns)] ? 1 : 0) : 0,
    )
    const weights = y.map((_, row) => (row % 11 === 0 ? 0 : 1 + (row % 3)))
    const exact = { tolerance: 1e-10, C: 0.7 }
    const dense = fitLinearSvm({ x: { rows, columns, values }, y, classes, weights }, exact)
    const sparse = fitLinearSvm({ x: csrFromDense(values, rows, columns), y, classes, weights }, exact)
    expect(sparse.converged).toBe(true)
    allNear(sparse.coefficients, dense.coefficients, 1e-7)
    allNear(sparse.intercepts, dense.intercepts, 1e-7)
  })

  test('has scores but no probabilities', () => {
    const x = { rows: 4, columns: 1, values: Float64Array.of(-2, -1, 1, 2) }
    const model = fitLinearSvm({ x, y: [0, 0, 1, 1], classes: 2 })
    expect([...predictLinear(model, x)]).toEqual([0, 0, 1, 1])
    expect(decisionFunction(model, x)[3]).toBeGreaterThan(0)
    expect(() => predictLinearProba(model, x)).toThrow(/no probabilities/)
  })
})

describe('linear models of numbers far too large or small', () => {
  const learners = {
    ridge: (set: RegressionSet) => fitRidge(set),
    'least squares': (set: RegressionSet) => fitLinearRegression(set),
    'elastic net': (set: RegressionSet) => fitElasticNet(set, { alpha: 0.1 }),
    'logistic regression': ({ x, y }: RegressionSet) => fitLogisticRegression({ x, y: Array.from(y, (_, row) => row % 3), classes: 3 }),
    'linear SVM': ({ x, y }: RegressionSet) => fitLinearSvm({ x, y: Array.from(y, (_, row) => row % 3), classes: 3 }),
  }
  test.each(Object.entries(learners))('%s is refused or has finite coefficients and predictions', (_, learn) => {
    for (const [at, power] of [-300, -150, -20, 0, 20, 150, 300].entries()) {
      for (const target of [1, 1e-10, 1e200]) {
        const rng = createRng(at)
        const values = Float64Array.from({ length: 90 }, (_, cell) => (cell % 5 === 0 ? 7 : (rng.next() - 0.5) * 10 ** power))
        const y = Array.from({ length: 18 }, () => rng.below(4) * target)
        for (const [, x] of forms({ rows: 18, columns: 5, x: [...values] })) {
          let model: LinearModel
          try {
            model = learn({ x, y })
          } catch (error) {
            expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/double precision.*Scale/) })
            expect(Math.abs(power) >= 150 || target === 1e200).toBe(true)
            continue
          }
          expect([...model.coefficients, ...predictLinear(model, x)].every(Number.isFinite)).toBe(true)
        }
      }
    }
  })

  test('names weights that are all 0', () => {
    const set = { x: { rows: 2, columns: 1, values: Float64Array.of(1, 2) }, y: [1, 2], weights: [0, 0] }
    for (const learn of [fitRidge, fitLinearRegression, fitElasticNet]) expect(() => learn(set)).toThrow(/All 2 weights are 0/)
  })
})

describe('linear regression', () => {
  const fitted = (kind: string, set: RegressionSet, options: object): LinearModel =>
    kind === 'linear'
      ? fitLinearRegression(set, options)
      : kind === 'ridge'
        ? fitRidge(set, { ...options, tolerance: 1e-12 })
        : fitElasticNet(set, { ...(options as ElasticNetOptions), tolerance: 1e-13, maxIterations: 100_000 })

  for (const { name, kind, y, weights, options, coefficients, intercept, ...table } of fixture.regression) {
    test.each(forms(table))(`equals scikit-learn with ${name}, %s`, (_, x) => {
      const model = fitted(kind, { x, y, ...(weights === null ? {} : { weights }) }, options)
      expect(model.converged).toBe(true)
      allNear(model.coefficients, coefficients, 1e-6)
      allNear(model.intercepts, [intercept], 1e-6)
    })
  }

  test('stops a ridge of sparse rows near enough by default, and nearer when asked', () => {
    const rng = createRng(11)
    const dense = Float64Array.from({ length: 300 * 40 }, () => (rng.next() < 0.2 ? rng.next() * 4 : 0))
    const y = Array.from({ length: 300 }, (_, row) => 3 + dense[row * 40]! - 2 * dense[row * 40 + 7]! + rng.next())
    const exact = fitRidge({ x: { rows: 300, columns: 40, values: dense }, y })
    const x = csrFromDense(dense, 300, 40)
    allNear(fitRidge({ x, y }).coefficients, exact.coefficients, 1e-4)
    allNear(fitRidge({ x, y }, { tolerance: 1e-12 }).coefficients, exact.coefficients, 1e-9)
    expect(() => fitRidge({ x, y }, { tolerance: 0 })).toThrow(/between 0 and 1/)
  })

  test('keeps its digits where a column lies far from 0', () => {
    const rng = createRng(5)
    const values = Float64Array.from({ length: 200 }, () => 1e7 + rng.next())
    const set = { x: { rows: 200, columns: 1, values }, y: values.map((value) => 3 * (value - 1e7) + 1) }
    for (const model of [fitLinearRegression(set), fitElasticNet(set, { alpha: 1e-9, tolerance: 1e-12 })]) {
      allNear(model.coefficients, [3], 1e-5)
      allNear(predictLinear(model, set.x), set.y, 1e-5)
    }
  })

  test.each([fitLinearRegression, fitRidge, fitElasticNet])('%o predicts the mean when every column is constant', (learn) => {
    const x = { rows: 3, columns: 2, values: Float64Array.of(7, 0.1, 7, 0.1, 7, 0.1) }
    const model = learn({ x, y: [1, 2, 6] })
    allNear(predictLinear(model, x), [3, 3, 3], 1e-9)
  })

  test('never gives NaN, whatever finite numbers it is given', () => {
    const numbers = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(numbers, numbers, numbers), { minLength: 2, maxLength: 12 }), (rows) => {
        const x = { rows: rows.length, columns: 2, values: Float64Array.from(rows.flatMap((row) => row.slice(0, 2))) }
        const set = { x, y: rows.map(([, , y]) => y) }
        for (const model of [fitLinearRegression(set), fitRidge(set), fitElasticNet(set)]) {
          for (const value of predictLinear(model, x)) expect(value).not.toBeNaN()
        }
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  test.each([
    ['a NaN target', () => fitRidge({ x: { rows: 1, columns: 1, values: Float64Array.of(1) }, y: [Number.NaN] }), /target of row 0 is NaN/],
    [
      'alpha 0 of a ridge',
      () => fitRidge({ x: { rows: 1, columns: 1, values: Float64Array.of(1) }, y: [1] }, { alpha: 0 }),
      /fitLinearRegression/,
    ],
    [
      'a share beyond 1',
      () => fitElasticNet({ x: { rows: 1, columns: 1, values: Float64Array.of(1) }, y: [1] }, { l1Ratio: 2 }),
      /l1Ratio 2/,
    ],
  ])('refuses %s', (_, act, message) => {
    expect(act).toThrow(message)
  })
})

describe('naive Bayes', () => {
  for (const { name, y, weights, options, probabilities, ...table } of fixture.naiveBayes) {
    test.each(forms(table))(`equals scikit-learn with ${name}, %s`, (form, x) => {
      const model = fitNaiveBayes({ x, y, classes: 3, ...(weights === null ? {} : { weights }) }, options as NaiveBayesOptions)
      const first = { rows: 8, columns: table.columns, x: table.x.slice(0, 8 * table.columns) }
      const rows = form === 'dense' ? forms(first)[0][1] : forms(first)[1][1]
      // Zeros of a sparse row are taken back from a sum of squares, which costs digits.
      allNear(predictNaiveBayesProba(model, rows), probabilities, form === 'dense' ? 1e-10 : 1e-7)
    })
  }

  test('never predicts a class that has no rows', () => {
    const x = { rows: 3, columns: 1, values: Float64Array.of(1, 2, 3) }
    for (const variant of ['multinomial', 'bernoulli', 'gaussian'] as const) {
      const [, , third] = predictNaiveBayesProba(fitNaiveBayes({ x, y: [0, 1, 0], classes: 3 }, { variant }), {
        ...x,
        rows: 1,
        values: x.values.slice(0, 1),
      })
      expect(third).toBe(0)
    }
  })

  test('refuses negative counts, and names where', () => {
    const x = { rows: 2, columns: 2, values: Float64Array.of(1, 2, 3, -4) }
    expect(() => fitNaiveBayes({ x, y: [0, 1], classes: 2 })).toThrow(/Row 1, column 1 is -4/)
  })

  test('gives a gaussian column of one value no NaN', () => {
    const x = { rows: 4, columns: 1, values: Float64Array.of(5, 5, 5, 5) }
    const probabilities = predictNaiveBayesProba(fitNaiveBayes({ x, y: [0, 1, 0, 1], classes: 2 }, { variant: 'gaussian' }), x)
    allNear(probabilities, new Array(8).fill(0.5), 1e-12)
  })
})
