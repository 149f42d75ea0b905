import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { kFold, stratifiedKFold } from './k-fold.ts'
import { type TrainTestSplit, trainTestSplit } from './train-test-split.ts'

const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 10, maxLength: 300 })
const seed = fc.integer()

function count(rows: Int32Array, y: readonly number[], label: number): number {
  return rows.filter((row) => y[row] === label).length
}

function expectPartition({ train, test: held }: TrainTestSplit, rows: number): void {
  expect([...train, ...held].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, row) => row))
}

describe('trainTestSplit', () => {
  test('puts every row in one part, each class within one row of its share, and no class wholly in the test part', () => {
    fc.assert(
      fc.property(labels, seed, fc.double({ min: 0.05, max: 0.9, noNaN: true }), (y, number, testSize) => {
        fc.pre(Math.ceil(testSize * y.length) < y.length && new Set(y).size * 2 <= y.length)
        const split = trainTestSplit(y.length, { rng: createRng(number), testSize, stratify: y })
        expectPartition(split, y.length)
        const wanted = Math.ceil(testSize * y.length)
        for (const label of new Set(y)) {
          const size = y.filter((each) => each === label).length
          const held = count(split.test, y, label)
          expect(Math.abs(held - (size * wanted) / y.length)).toBeLessThanOrEqual(1)
          expect(held).toBeLessThan(size)
        }
      }),
    )
  })

  test('holds out the share asked for, rounded up, and depends on the seed alone', () => {
    const split = trainTestSplit(103, { rng: createRng(1), testSize: 0.2 })
    expect([split.train.length, split.test.length]).toEqual([82, 21])
    expect(trainTestSplit(103, { rng: createRng(1), testSize: 0.2 })).toEqual(split)
    expect(trainTestSplit(103, { rng: createRng(2), testSize: 0.2 })).not.toEqual(split)
  })

  test('a rare class gets a row in both parts', () => {
    const y = [...Array<number>(18).fill(0), 1, 1]
    const split = trainTestSplit(20, { rng: createRng(1), testSize: 0.2, stratify: y })
    expect([count(split.train, y, 1), count(split.test, y, 1)]).toEqual([1, 1])
  })

  test('refuses what would leave a part empty', () => {
    const rng = createRng(1)
    expect(() => trainTestSplit(1, { rng })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => trainTestSplit(3, { rng, testSize: 0.9 })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => trainTestSplit(3, { rng, stratify: [0, 1, 2] })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => trainTestSplit(10, { rng, testSize: 1 })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => trainTestSplit(10, { rng, stratify: [0, 1] })).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})

describe('folds', () => {
  const folds = fc.integer({ min: 2, max: 10 })

  test('stratified folds judge every row once, with classes and sizes within one row of each other', () => {
    fc.assert(
      fc.property(labels, seed, folds, (y, number, k) => {
        const splits = stratifiedKFold(y, { rng: createRng(number), folds: k })
        for (const split of splits) expectPartition(split, y.length)
        expect(splits.flatMap((split) => [...split.test]).sort((a, b) => a - b)).toEqual(y.map((_, row) => row))
        const within = (sizes: number[]) => expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        within(splits.map((split) => split.test.length))
        for (const label of new Set(y)) within(splits.map((split) => count(split.test, y, label)))
      }),
    )
  })

  test('plain folds judge every row once and are even', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 200 }), seed, folds, (rows, number, k) => {
        const splits = kFold(rows, { rng: createRng(number), folds: k })
        for (const split of splits) expectPartition(split, rows)
        expect(splits.flatMap((split) => [...split.test]).length).toBe(rows)
        const sizes = splits.map((split) => split.test.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('depend on the seed alone and shuffle', () => {
    const y = Array.from({ length: 60 }, (_, row) => row % 3)
    for (const make of [() => kFold(60, { rng: createRng(4) }), () => stratifiedKFold(y, { rng: createRng(4) })]) {
      expect(make()).toEqual(make())
    }
    expect(kFold(60, { rng: createRng(4) })).not.toEqual(kFold(60, { rng: createRng(5) }))
    expect(stratifiedKFold(y, { rng: createRng(4) })).not.toEqual(stratifiedKFold(y, { rng: createRng(5) }))
  })

  test('refuse fewer rows than folds and fewer than two folds', () => {
    expect(() => kFold(4, { rng: createRng(1), folds: 5 })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => stratifiedKFold([0, 1], { rng: createRng(1) })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => kFold(10, { rng: createRng(1), folds: 1 })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})
