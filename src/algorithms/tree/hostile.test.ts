import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import type { BoostingOptions } from './boosting-options.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { fitBoostedTrees } from './fit-boosted-trees.ts'
import { fitRandomForest } from './fit-random-forest.ts'
import type { ForestOptions } from './forest-options.ts'
import { outputCount, predictRows } from './predict.ts'
import { randomSet, sha256 } from './testing/sets.ts'
import type { TrainingSet } from './training-set.ts'

type Options = BoostingOptions & ForestOptions

const VALUE = fc.oneof(
  { weight: 5, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }) },
  { weight: 2, arbitrary: fc.constantFrom(Number.NaN, Number.NaN, 0, 1) },
  { weight: 1, arbitrary: fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38, 1e-45, -0) },
)
const COLUMN = (rows: number): fc.Arbitrary<{ values: number[]; isCategory: boolean }> =>
  fc.oneof(
    fc.record({ values: fc.array(VALUE, { minLength: rows, maxLength: rows }), isCategory: fc.constant(false) }),
    fc.constantFrom(3, Number.NaN).map((value) => ({ values: Array<number>(rows).fill(value), isCategory: false })),
    // More categories than bins, as ids have them.
    fc.array(fc.nat(60_000), { minLength: rows, maxLength: rows }).map((values) => ({ values, isCategory: true })),
    fc.array(fc.nat(3), { minLength: rows, maxLength: rows }).map((values) => ({ values, isCategory: true })),
  )

const SET: fc.Arbitrary<TrainingSet> = fc
  .record({ rows: fc.constantFrom(3, 41, 90, 90), classes: fc.constantFrom(0, 0, 2, 2, 3, 40) })
  .chain(({ rows, classes }) => {
    const many = <Kind>(of: fc.Arbitrary<Kind>): fc.Arbitrary<Kind[]> => fc.array(of, { minLength: rows, maxLength: rows })
    const number = fc
      .constantFrom(1, 1e-30, 1e30, 1e37)
      .chain((scale) => many(fc.double({ min: -1, max: 1, noNaN: true }).map((y) => y * scale)))
    return fc
      .record({
        columns: fc.array(COLUMN(rows), { minLength: 1, maxLength: 6 }),
        y: classes === 0 ? number : many(fc.nat(classes - 1)),
        weights: fc.option(many(fc.constantFrom(0, 1, 1, 2, 1e-9, 1e9)), { nil: undefined }),
        extreme: fc.constantFrom(1, 1, 1, 1, 1, 1, 1e-300, 1e300),
      })
      .map(({ columns, y, weights, extreme }) => ({
        x: Float32Array.from(
          { length: rows * columns.length },
          (_, at) => columns[at % columns.length]!.values[Math.floor(at / columns.length)]!,
        ),
        y: Float64Array.from(y),
        ...{ rows, features: columns.length, classes },
        ...(weights ? { weights: Float64Array.from(weights, (weight) => weight * extreme) } : {}),
        categorical: columns.flatMap(({ isCategory }, f) => (isCategory ? [f] : [])),
      }))
  })

const OPTIONS = fc.record({
  nEstimators: fc.constantFrom(1, 4, 30),
  maxDepth: fc.constantFrom(undefined, 1, 1000),
  minSamplesLeaf: fc.constantFrom(1, 2, 20, 1000),
  boosting: fc.record({
    learningRate: fc.constantFrom(0.1, 1, 10, 1e-6),
    maxLeaves: fc.constantFrom(2, 31, 65_536),
    l2Regularization: fc.constantFrom(0, 1, 1e12),
    earlyStopping: fc.constantFrom(
      undefined,
      undefined,
      undefined,
      undefined,
      true,
      { validationRows: [0, 0, 1] },
      { validationFraction: 0.9, rounds: 1 },
    ),
  }),
  loss: fc.constantFrom('squared', 'absolute', 'huber', 'quantile', 'poisson'),
  forest: fc.record({ bootstrap: fc.boolean(), maxFeatures: fc.constantFrom('all', 'sqrt', 0.5) }),
  balanced: fc.boolean(),
})

test.each([0, 2, 3])('targets of any kind of typed array give the same trees: %i classes', (classes) => {
  const { y, ...set } = randomSet(300, 3, classes, 5)
  const whole = y.map((value) => Math.abs(Math.round(value)))
  for (const learn of [fitBoostedTrees, fitRandomForest]) {
    const expected = learn({ ...set, y: whole }, { nEstimators: 3 })
    for (const kind of [Float32Array, Uint8Array, Uint16Array, Uint32Array, Int32Array]) {
      expect(learn({ ...set, y: kind.from(whole) }, { nEstimators: 3 })).toEqual(expected)
    }
  }
})

test('what is no typed array is refused by a code, and so are fewer rows than are asked for', () => {
  const set = { x: Float32Array.of(1, 2, 3, 4), y: Float64Array.of(1, 2, 3, 4), rows: 4, features: 1, classes: 0 }
  const wrong = [{ x: [1, 2, 3, 4] }, { x: undefined }, { x: Float64Array.of(1, 2, 3, 4) }, { y: [1, 2, 3, 4] }, { y: undefined }]
  for (const part of wrong) {
    for (const learn of [fitBoostedTrees, fitRandomForest]) {
      expect(() => learn({ ...set, ...part } as never)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    }
  }
  expect(() => predictRows(fitRandomForest(set, { nEstimators: 1 }), set.x, 5)).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
})

describe('trees of hostile sets and options', () => {
  const CODES = ['invalid_input', 'too_few_rows', 'too_few_classes']

  /** The model, or nothing when it is refused by a named error. */
  const fitted = (
    learn: (set: TrainingSet, options: Options) => TreeEnsemble,
    set: TrainingSet,
    options: Options,
  ): TreeEnsemble | undefined => {
    try {
      return learn(set, options)
    } catch (error) {
      if (TandemError.is(error) && CODES.includes(error.code)) return undefined
      throw error
    }
  }

  test.each(['forest', 'boosting'] as const)(
    '%s: finite predictions, the same from both engines, or a named error',
    (kind) => {
      let models = 0
      fc.assert(
        fc.property(SET, OPTIONS, (set, { boosting, forest, loss, balanced, ...options }) => {
          const own = { ...options, ...(balanced && set.classes > 0 ? { classWeight: 'balanced' as const } : {}) }
          const all = kind === 'forest' ? { ...own, ...forest } : { ...own, ...boosting, ...(set.classes === 0 ? { loss } : {}) }
          const learn = (kind === 'forest' ? fitRandomForest : fitBoostedTrees) as (set: TrainingSet, options: Options) => TreeEnsemble
          if (loss === 'poisson' && set.classes === 0) for (const [i, y] of set.y.entries()) set.y[i] = Math.abs(y)
          const model = fitted(learn, set, all as Options)
          const plain = fitted(learn, set, { ...all, engine: 'typescript' } as Options)
          expect(plain && sha256(plain)).toBe(model && sha256(model))
          if (!model) return
          models++
          const p = predictRows(model, set.x, set.rows)
          expect(p.every((value) => Number.isFinite(value) && (set.classes === 0 || (value >= 0 && value <= 1 + 1e-12)))).toBe(true)
          const width = outputCount(model)
          for (let i = 0; i < set.rows && set.classes > 0; i++)
            expect(p.subarray(i * width, (i + 1) * width).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6)
        }),
        { seed: 5, numRuns: 150 },
      )
      // Most of what is drawn must be learned from, or nothing is tested.
      expect(models).toBeGreaterThan(60)
    },
    120_000,
  )

  test('weights that float32 cannot hold are refused with the largest', () => {
    const set = randomSet(60, 3, 0, 1)
    for (const largest of [1e300, 1e-300]) {
      const weights = new Float64Array(60).fill(largest)
      for (const learn of [fitRandomForest, fitBoostedTrees])
        expect(() => learn({ ...set, weights })).toThrow(expect.objectContaining({ code: 'invalid_input', details: { largest } }))
    }
    const classes = randomSet(60, 3, 2, 1)
    expect(() => fitBoostedTrees(classes, { classWeight: [1e300, 1] })).toThrow(expect.objectContaining({ details: { largest: 1e300 } }))
  })

  test('steps that overshoot until their numbers have no end are refused with the learning rate', () => {
    const set = randomSet(200, 3, 0, 2)
    const overshoot = (): TreeEnsemble => fitBoostedTrees(set, { learningRate: 10, nEstimators: 200 })
    expect(overshoot).toThrow(expect.objectContaining({ code: 'invalid_input', details: { learningRate: 10, loss: 'squared' } }))
    expect(overshoot).toThrow(/lower learningRate/)
  })
})

describe('the same trees on every machine', () => {
  // Made by this code on x64; the kernels and all sums take the same steps on every processor. Who changes a learner on purpose makes them anew.
  test.each([
    ['forest', 2, '478655b00456eed5b8b2a6e0aba73f7a3a139288ea5cdd2ce49c822ad3aa931a'],
    ['forest', 5, 'b841c01f1ffa515a993cee63cb46eb2a364db8d1c4c15d44f3c46e4f84dd7321'],
    ['forest', 0, 'edc4f522c94531cb486184ffa2184ef32970e7a759f5ff584a2e9ddbd0bfdfac'],
    ['boosting', 2, '8adf33dcf3a46391b9a7259e07a58fe236d299b5aeb3cdffd26aa8774bf4271c'],
    ['boosting', 5, 'f4549517f39eb43cda005c7e17e9b975daa3e46e7138de70f5bce31345cee315'],
    ['boosting', 0, 'ddd15f6d4c4eb540657aa3d2b4024a3f7b52803ad65089c1fafa5b58bfb1137e'],
  ] as const)('%s of %i classes has the bytes it has on x64', (kind, classes, expected) => {
    const set = randomSet(700, 6, classes, 11)
    const model = kind === 'forest' ? fitRandomForest(set, { nEstimators: 7 }) : fitBoostedTrees(set, { nEstimators: 7 })
    expect(sha256(model)).toBe(expected)
  })

  test('no function is asked whose last bits an engine may choose', () => {
    const chosen = /\bMath\.(?:exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt|hypot)\(/
    const kernels = new URL('../../../assembly/', import.meta.url)
    const files = ['columns', 'scan', 'histograms', 'gradients', 'classes', 'marks', 'rows', 'bins'].map(
      (name) => new URL(`${name}.ts`, kernels),
    )
    const learners = ['./fit-boosted-trees.ts', './fit-random-forest.ts'].map((name) => new URL(name, import.meta.url))
    const read = new Map([...files, ...learners].map((file) => [file.href, readFileSync(file, 'utf8')]))
    // All that they import, and so on.
    for (const [href, text] of read) {
      for (const [, path] of text.matchAll(/from '(\.[^']*\.ts)'/g)) {
        const file = new URL(path!, href)
        if (!read.has(file.href)) read.set(file.href, readFileSync(file, 'utf8'))
      }
    }
    expect(read.size).toBeGreaterThan(40)
    for (const [href, text] of read) expect({ href, asks: chosen.exec(text)?.[0] }).toEqual({ href, asks: undefined })
  })
})
