// Who is on which side of a hold-out, of folds and of the rows that stop a boosting, whatever the rows are.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timeFolds, timeSplit } from '../../algorithms/split/split-by-time.ts'
import { timeSeriesSplit } from '../../algorithms/split/time-series-split.ts'
import { foldsOf } from './folds.ts'
import { holdOut } from './hold-out.ts'
import type { RowSplit } from './row-split.ts'
import { stoppingRows } from './stopping-rows.ts'
import type { Table } from './tasks.ts'
import { textHash } from './text-hash.ts'

/** Rows of some groups and times, with classes that hang on neither. */
const rows = fc.array(fc.record({ group: fc.integer({ min: 0, max: 15 }), time: fc.integer({ min: 0, max: 30 }), y: fc.nat(2) }), {
  minLength: 30,
  maxLength: 150,
})
type Rows = readonly { readonly group: number; readonly time: number; readonly y: number }[]

const groupsOf = (all: Rows): RowSplit => ({ by: 'group', groups: Uint32Array.from(all, ({ group }) => textHash(`g${group}`)) })
const timesOf = (all: Rows): RowSplit => ({ by: 'time', times: Float64Array.from(all, ({ time }) => time) })

function partsOf(all: Rows, split: RowSplit, classes: number, weights?: Float64Array) {
  const y = Float64Array.from(all, (row) => row.y)
  const hashes = Uint32Array.from(all, (_, row) => row)
  const { train, heldOut, weightless } = holdOut({ hashes, y, classes, split, weights })
  const table = { y, classes, split, x: new Float32Array(), features: 0, documents: [] } as unknown as Table
  const folds = foldsOf({ table, train, seed: 7 })
  const stopping = stoppingRows(table, split, train)
  const stops = stopping === undefined ? [] : [{ test: stopping.map((place) => train[place]!), train: without(train, stopping) }]
  return { train, heldOut, weightless, folds, sides: [{ train, test: heldOut }, ...folds, ...stops] }
}

const without = (train: Int32Array, places: Int32Array): Int32Array => train.filter((_, place) => !places.includes(place))

/** Rows that cannot be parted so are refused by a code of their own. */
function unlessRefused(work: () => void): void {
  try {
    work()
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'too_few_rows' && code !== 'too_few_classes') throw error
  }
}

describe('rows that are split by group', () => {
  test.each([0, 3])('never have a group on both sides, and lose none (%i classes)', (classes) => {
    fc.assert(
      fc.property(rows, (all) =>
        unlessRefused(() => {
          const { train, heldOut, folds, sides } = partsOf(all, groupsOf(all), classes)
          expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(all.map((_, row) => row))
          expect(heldOut.length).toBeGreaterThan(0)
          for (const side of sides) {
            const learnt = new Set([...side.train].map((row) => all[row]!.group))
            for (const row of side.test) expect(learnt.has(all[row]!.group)).toBe(false)
          }
          const judged = folds.flatMap((fold) => [...fold.test])
          expect(new Set(judged).size).toBe(judged.length)
          for (const row of judged) expect(train).toContain(row)
        }),
      ),
      { numRuns: 60 },
    )
  })

  test('hold out the same groups when rows and groups come to them', () => {
    const all = Array.from({ length: 400 }, (_, row) => ({ group: row % 40, time: row, y: row % 3 }))
    const more = [...all, ...Array.from({ length: 100 }, (_, row) => ({ group: 40 + (row % 10), time: row, y: row % 3 }))]
    const held = (rowsOf: Rows): Set<number> => new Set([...partsOf(rowsOf, groupsOf(rowsOf), 3).heldOut].map((row) => rowsOf[row]!.group))
    expect([...held(more)].filter((group) => group < 40).sort()).toEqual([...held(all)].sort())
  })
})

describe('rows that are split by time', () => {
  test.each([0, 3])('learn from earlier rows alone, in windows that grow (%i classes)', (classes) => {
    fc.assert(
      fc.property(rows, (all) =>
        unlessRefused(() => {
          const { train, heldOut, folds, sides } = partsOf(all, timesOf(all), classes)
          expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(all.map((_, row) => row))
          const time = (row: number): number => all[row]!.time
          for (const side of sides) expect(Math.max(...[...side.train].map(time))).toBeLessThan(Math.min(...[...side.test].map(time)))
          for (const [at, fold] of folds.entries()) {
            const before = folds[at - 1]
            if (before) expect([...before.train, ...before.test].sort((a, b) => a - b)).toEqual([...fold.train])
          }
        }),
      ),
      { numRuns: 60 },
    )
  })

  test('are parted as by timeSeriesSplit where no times are equal, in any order', () => {
    const times = Array.from({ length: 103 }, (_, row) => (row * 37) % 103)
    const order = times.map((_, row) => row).sort((a, b) => times[a]! - times[b]!)
    const expected = timeSeriesSplit(103, { folds: 5 }).map(({ train, test: held }) =>
      [train, held].map((part) => part.map((at) => order[at]!).sort()),
    )
    expect(timeFolds(times, { folds: 5 }).map(({ train, test: held }) => [train, held])).toEqual(expected)
    expect([...timeSplit(times, { testSize: 0.2 }).test].map((row) => times[row]!).sort((a, b) => a - b)[0]).toBe(82)
  })

  test('are refused where all have one time, or nearly all have the latest', () => {
    const few = expect.objectContaining({ code: 'too_few_rows' })
    const parts = (time: (row: number) => number): unknown => {
      const all = Array.from({ length: 40 }, (_, row) => ({ group: row, time: time(row), y: row % 2 }))
      return partsOf(all, timesOf(all), 2)
    }
    expect(() => parts(() => 3)).toThrow(few)
    expect(() => parts((row) => (row < 5 ? 1 : 2))).toThrow(few)
    expect(() => timeSplit([1, Number.NaN])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => timeFolds([1, 2], { folds: 0 })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})

test('rows of weight 0 are on neither side', () => {
  const all = Array.from({ length: 60 }, (_, row) => ({ group: row % 12, time: row, y: row % 2 }))
  const weights = Float64Array.from(all, (_, row) => (row % 4 === 0 ? 0 : row))
  for (const split of [groupsOf(all), timesOf(all)]) {
    const { train, heldOut, weightless } = partsOf(all, split, 2, weights)
    expect([weightless, train.length + heldOut.length]).toEqual([15, 45])
    expect([...train, ...heldOut].every((row) => row % 4 !== 0)).toBe(true)
  }
})
