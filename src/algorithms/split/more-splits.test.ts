import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { crossValidate } from './cross-validate.ts'
import { groupKFold, stratifiedGroupKFold } from './group-folds.ts'
import { timeSeriesSplit } from './time-series-split.ts'

const few = expect.objectContaining({ code: 'too_few_rows' })
const bad = expect.objectContaining({ code: 'invalid_input' })
const rowsIn = (splits: { test: Int32Array }[]) => splits.flatMap(({ test: held }) => [...held]).sort((a, b) => a - b)

describe('group folds', () => {
  test('judge every row once and never part a group, in sizes that differ by less than the largest group', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 30, maxLength: 200 }),
        fc.integer(),
        fc.integer({ min: 2, max: 5 }),
        (groups, seed, folds) => {
          fc.pre(new Set(groups).size >= folds)
          const y = groups.map((group, row) => (row * 7 + group) % 3)
          for (const splits of [
            groupKFold(groups, { rng: createRng(seed), folds }),
            stratifiedGroupKFold(y, groups, { rng: createRng(seed), folds }),
          ]) {
            expect(rowsIn(splits)).toEqual(groups.map((_, row) => row))
            for (const { train, test: held } of splits) {
              const learnt = new Set([...train].map((row) => groups[row]))
              for (const row of held) expect(learnt.has(groups[row]!)).toBe(false)
            }
          }
          const sizes = groupKFold(groups, { rng: createRng(seed), folds }).map(({ test: held }) => held.length)
          const largest = Math.max(...[...new Set(groups)].map((group) => groups.filter((each) => each === group).length))
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(largest)
        },
      ),
    )
  })

  test('give a rare class its share in every fold where the groups allow it, which folds by size alone do not', () => {
    const rng = createRng(2)
    const groups = Array.from({ length: 1000 }, (_, row) => Math.floor(row / 10))
    const y = groups.map((group) => (group % 10 === 0 ? 1 : 0))
    const shares = (splits: { test: Int32Array }[]) =>
      splits.map(({ test: held }) => held.reduce((sum, row) => sum + y[row]!, 0) / held.length)
    for (const share of shares(stratifiedGroupKFold(y, groups, { rng, folds: 5 }))) expect(Math.abs(share - 0.1)).toBeLessThan(0.01)
    expect(Math.max(...shares(groupKFold(groups, { rng, folds: 5 })).map((share) => Math.abs(share - 0.1)))).toBeGreaterThan(0.02)
  })

  test('refuse fewer groups than folds and lengths that differ', () => {
    expect(() => groupKFold([1, 1, 2, 2], { rng: createRng(1), folds: 3 })).toThrow(few)
    expect(() => groupKFold([1, 2], { rng: createRng(1), folds: 1 })).toThrow(bad)
    expect(() => stratifiedGroupKFold([0], [1, 2], { rng: createRng(1), folds: 2 })).toThrow(
      expect.objectContaining({ code: 'shape_mismatch' }),
    )
  })
})

describe('timeSeriesSplit', () => {
  // Reference: the examples in the documentation of scikit-learn 1.9 TimeSeriesSplit.
  test.each([
    [
      6,
      {},
      [
        [[0], [1]],
        [[0, 1], [2]],
        [[0, 1, 2], [3]],
        [[0, 1, 2, 3], [4]],
        [[0, 1, 2, 3, 4], [5]],
      ],
    ],
    [
      12,
      { folds: 3, testSize: 2 },
      [
        [
          [0, 1, 2, 3, 4, 5],
          [6, 7],
        ],
        [
          [0, 1, 2, 3, 4, 5, 6, 7],
          [8, 9],
        ],
        [
          [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
          [10, 11],
        ],
      ],
    ],
    [
      12,
      { folds: 3, testSize: 2, gap: 2 },
      [
        [
          [0, 1, 2, 3],
          [6, 7],
        ],
        [
          [0, 1, 2, 3, 4, 5],
          [8, 9],
        ],
        [
          [0, 1, 2, 3, 4, 5, 6, 7],
          [10, 11],
        ],
      ],
    ],
    [
      6,
      { folds: 2, maxTrainSize: 2 },
      [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [2, 3],
          [4, 5],
        ],
      ],
    ],
  ] as const)('of %i rows with %j learns from the past only', (rows, options, expected) => {
    expect(timeSeriesSplit(rows, options).map(({ train, test: held }) => [[...train], [...held]])).toEqual(expected)
  })

  test('refuses too few rows and numbers that are none', () => {
    expect(() => timeSeriesSplit(5)).toThrow(few)
    expect(() => timeSeriesSplit(12, { folds: 3, testSize: 4 })).toThrow(few)
    for (const options of [{ folds: 0 }, { gap: -1 }, { testSize: 0.5 }, { maxTrainSize: 0 }])
      expect(() => timeSeriesSplit(12, options)).toThrow(bad)
  })
})

describe('crossValidate', () => {
  test('scores every split with a learner that saw the other part only, and can split again', () => {
    const splits = timeSeriesSplit(12, { folds: 3, testSize: 2 })
    const found = crossValidate(
      splits,
      (train) =>
        crossValidate(
          timeSeriesSplit(train.length, { folds: 2 }),
          (inner) => inner.length,
          (size) => size,
        ).mean,
      (model, held) => model + held[0]!,
    )
    // Inner parts learn from 2 and 4 of 6 rows, 4 and 6 of 8, 4 and 7 of 10.
    expect([...found.scores]).toEqual([6 + 3, 8 + 5, 10 + 5.5])
    expect(found.mean).toBeCloseTo(37.5 / 3, 12)
    expect(found.deviation).toBeCloseTo(Math.sqrt(((9 - 12.5) ** 2 + 0.5 ** 2 + 3 ** 2) / 2), 12)
    expect(() =>
      crossValidate(
        [],
        () => 0,
        () => 0,
      ),
    ).toThrow(few)
  })
})
