// Reference sizes: fixtures/make.py (scikit-learn 1.9.1). Which rows are drawn depends on the generator, how many does not.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import fixture from './fixtures/sizes.json' with { type: 'json' }
import { repeatedKFold, shuffleSplit } from './shuffle-split.ts'

const few = expect.objectContaining({ code: 'too_few_rows' })
const bad = expect.objectContaining({ code: 'invalid_input' })

function labelsOf(counts: readonly number[]): number[] {
  return counts.flatMap((count, code) => Array<number>(count).fill(code))
}

function countsOf(rows: Int32Array, y: readonly number[], classes: number): number[] {
  return Array.from({ length: classes }, (_, code) => rows.filter((row) => y[row] === code).length)
}

describe('shuffleSplit', () => {
  test.each(fixture.shuffled)('has the sizes of scikit-learn for $rows rows, $testSize and $trainSize', (c) => {
    const splits = shuffleSplit(c.rows, {
      rng: createRng(1),
      splits: 3,
      testSize: c.testSize ?? undefined,
      trainSize: c.trainSize ?? undefined,
    })
    expect(splits.map(({ train }) => train.length)).toEqual(c.train)
    expect(splits.map(({ test: held }) => held.length)).toEqual(c.test)
  })

  test.each(fixture.stratified)('gives each class of $counts the rows that scikit-learn gives it', (c) => {
    const y = labelsOf(c.counts)
    const options = { rng: createRng(1), splits: 2, testSize: c.testSize, trainSize: c.trainSize ?? undefined, stratify: y }
    for (const { train, test: held } of shuffleSplit(y.length, options)) {
      expect(countsOf(train, y, c.counts.length)).toEqual(c.train)
      expect(countsOf(held, y, c.counts.length)).toEqual(c.test)
    }
  })

  test('never puts a row in both parts, keeps sizes, and depends on the seed alone', () => {
    const y = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 8, maxLength: 120 })
    const share = fc.double({ min: 0.05, max: 0.45, noNaN: true })
    fc.assert(
      fc.property(y, share, share, fc.integer(), (stratify, testSize, trainSize, seed) => {
        fc.pre(new Set(stratify).size * 2 <= stratify.length && Math.floor(trainSize * stratify.length) >= 1)
        const make = () => shuffleSplit(stratify.length, { rng: createRng(seed), splits: 4, testSize, trainSize, stratify })
        const splits = make()
        for (const { train, test: held } of splits) {
          expect(new Set([...train, ...held]).size).toBe(train.length + held.length)
          // A class of one row gives none to the test part, and no other class gives more in its place.
          const lone = countsOf(Int32Array.from(stratify.keys()), stratify, 4).filter((size) => size === 1).length
          expect(held.length).toBeLessThanOrEqual(Math.ceil(testSize * stratify.length))
          expect(held.length).toBeGreaterThanOrEqual(Math.ceil(testSize * stratify.length) - lone)
          expect(train.length).toBe(Math.floor(trainSize * stratify.length))
        }
        expect(make()).toEqual(splits)
      }),
    )
    const [first, second] = shuffleSplit(100, { rng: createRng(1), splits: 2 })
    expect(first).not.toEqual(second)
  })

  test('refuses what would leave a part empty, and shares that are none', () => {
    const rng = createRng(1)
    expect(() => shuffleSplit(1, { rng })).toThrow(few)
    expect(() => shuffleSplit(10, { rng, trainSize: 0.05 })).toThrow(few)
    expect(() => shuffleSplit(3, { rng, stratify: [0, 1, 2] })).toThrow(few)
    expect(() => shuffleSplit(10, { rng, testSize: 1 })).toThrow(bad)
    expect(() => shuffleSplit(10, { rng, testSize: 0.6, trainSize: 0.6 })).toThrow(bad)
    expect(() => shuffleSplit(10, { rng, splits: 0 })).toThrow(bad)
    expect(() => shuffleSplit(10, { rng, stratify: [0, 1] })).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})

describe('repeatedKFold', () => {
  test.each(fixture.repeated)('has the sizes of scikit-learn for $rows rows in $folds folds, $repeats times', (c) => {
    const splits = repeatedKFold(c.rows, { rng: createRng(1), folds: c.folds, repeats: c.repeats })
    expect(splits.map(({ test: held }) => held.length)).toEqual(c.test)
    if (c.byClass === null) return
    const y = labelsOf([c.rows - Math.floor(c.rows / 3), Math.floor(c.rows / 3)])
    const byClass = repeatedKFold(c.rows, { rng: createRng(1), folds: c.folds, repeats: c.repeats, stratify: y })
    // Which fold gets the odd row is decided otherwise; how many there are of each kind is not.
    const sorted = (counts: number[][]): number[] => counts.map(([, positive]) => positive!).sort((a, b) => a - b)
    expect(sorted(byClass.map(({ test: held }) => countsOf(held, y, 2)))).toEqual(sorted(c.byClass))
  })

  test('judges every row once a repeat, dealt anew each time', () => {
    const splits = repeatedKFold(23, { rng: createRng(5), folds: 4, repeats: 3 })
    for (let repeat = 0; repeat < 3; repeat++) {
      const rows = splits.slice(repeat * 4, repeat * 4 + 4).flatMap(({ test: held }) => [...held])
      expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, row) => row))
    }
    expect(splits[0]).not.toEqual(splits[4])
  })

  test('refuses no repeats, one fold and codes of another length', () => {
    expect(() => repeatedKFold(10, { rng: createRng(1), repeats: 0 })).toThrow(bad)
    expect(() => repeatedKFold(10, { rng: createRng(1), folds: 1 })).toThrow(bad)
    expect(() => repeatedKFold(3, { rng: createRng(1) })).toThrow(few)
    expect(() => repeatedKFold(10, { rng: createRng(1), stratify: [0] })).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})
