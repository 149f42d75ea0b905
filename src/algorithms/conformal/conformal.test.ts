import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { conformalInterval, fitConformalInterval, fitConformalQuantiles } from './conformal-interval.ts'
import { conformalQuantile } from './conformal-quantile.ts'
import { type ConformalMethod, conformalSet, fitConformalSets } from './conformal-sets.ts'

// Reference: MAPIE, fixtures/make.py, seed 0.
const mapie = JSON.parse(readFileSync(new URL('./fixtures/mapie.json', import.meta.url), 'utf8'))
const seed = fc.integer({ min: 0, max: 1e9 })

/** A row whose noise grows with |x|, so that constant widths fit badly; [x, y]. */
function noisyRow(rng: { next: () => number }): [number, number] {
  const x = rng.next() * 4 - 2
  return [x, x + (rng.next() + rng.next() + rng.next() - 1.5) * (0.2 + Math.abs(x))]
}

/** Probabilities of `classes`, and a class drawn from them. */
function classRow(rng: { next: () => number }, classes: number): { proba: number[]; label: number } {
  const raw = Array.from({ length: classes }, () => rng.next() ** 4 + 1e-3)
  const total = raw.reduce((sum, value) => sum + value, 0)
  const proba = raw.map((value) => value / total)
  let left = rng.next()
  const label = proba.findIndex((p) => {
    left -= p
    return left < 0
  })
  return { proba, label: label < 0 ? classes - 1 : label }
}

describe('conformal intervals', () => {
  const { x, y, new: fresh } = mapie.calibration

  test.each(mapie.regression as { coverage: number; split: number[][]; cqr: number[][] }[])(
    'equal MAPIE at coverage $coverage, around one prediction and around two quantiles',
    ({ coverage, split, cqr }) => {
      const column = (at: number) => x.map((row: number[]) => row[at])
      const around = fitConformalInterval(y, column(0), { coverage })
      const between = fitConformalQuantiles(y, column(1), column(2), { coverage })
      for (const [row, [prediction, low, high]] of fresh.entries()) {
        const one = conformalInterval(around, prediction)
        expect(Math.max(Math.abs(one.low - split[row]![0]!), Math.abs(one.high - split[row]![1]!))).toBeLessThan(1e-9)
        const two = conformalInterval(between, { low, high })
        expect(Math.max(Math.abs(two.low - cqr[row]![0]!), Math.abs(two.high - cqr[row]![1]!))).toBeLessThan(1e-9)
      }
    },
  )

  test('hold the truth of new rows as often as stated, in each group too when asked, and quantiles make them narrower where rows are easy', () => {
    const rng = createRng(5)
    const hits = { plain: 0, quantiles: 0, calm: 0, wild: 0, grouped: [0, 0] }
    const trials = [0, 0]
    for (let trial = 0; trial < 3000; trial++) {
      const rows = Array.from({ length: 79 }, () => noisyRow(rng))
      const truths = rows.map(([, value]) => value)
      const predictions = rows.map(([value]) => value)
      const spread = predictions.map((value) => 0.2 + Math.abs(value))
      const groups = predictions.map((value) => (Math.abs(value) > 1 ? 1 : 0))
      const plain = fitConformalInterval(truths, predictions, { coverage: 0.9 })
      const quantiles = fitConformalQuantiles(
        truths,
        predictions.map((value, row) => value - spread[row]!),
        predictions.map((value, row) => value + spread[row]!),
      )
      const grouped = fitConformalInterval(truths, predictions, { groups })
      const [value, truth] = noisyRow(rng)
      const width = 0.2 + Math.abs(value)
      const group = Math.abs(value) > 1 ? 1 : 0
      const holds = ({ low, high }: { low: number; high: number }) => (truth >= low && truth <= high ? 1 : 0)
      hits.plain += holds(conformalInterval(plain, value))
      hits.quantiles += holds(conformalInterval(quantiles, { low: value - width, high: value + width }))
      hits.grouped[group]! += holds(conformalInterval(grouped, value, group))
      trials[group]! += 1
    }
    // 79 rows at 0.9 promise exactly 0.9; 3.5 standard errors of 3000 trials are 0.0192, of a group's 1500 are 0.028.
    expect(Math.abs(hits.plain / 3000 - 0.9)).toBeLessThan(0.0192)
    expect(Math.abs(hits.quantiles / 3000 - 0.9)).toBeLessThan(0.0192)
    for (const group of [0, 1]) expect(hits.grouped[group]! / trials[group]!).toBeGreaterThan(0.9 - 0.028)
  })

  test('promise nothing from too few rows, and meet where quantiles cross', () => {
    expect(conformalInterval(fitConformalInterval([1, 2], [1, 1]), 5)).toEqual({
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    })
    const narrow = fitConformalQuantiles([5, 5, 5], [0, 0, 0], [10, 10, 10], { coverage: 0.5 })
    expect(narrow.margins).toEqual([-5])
    expect(conformalInterval(narrow, { low: 2, high: 4 })).toEqual({ low: 3, high: 3 })
    // A group without calibration rows has no promise.
    const grouped = fitConformalInterval([1, 2, 3, 4], [1, 2, 3, 5], { coverage: 0.5, groups: [0, 0, 2, 2] })
    expect(grouped.margins).toEqual([0, null, 1])
    expect(() => conformalInterval(grouped, 1)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => conformalInterval(grouped, 1, 3)).toThrow('groups 0 to 2')
  })

  test('refuse NaN, other lengths, a coverage of 1 and groups that are no numbers', () => {
    const bad = expect.objectContaining({ code: 'invalid_input' })
    expect(() => fitConformalInterval([1, Number.NaN], [1, 1])).toThrow(bad)
    expect(() => fitConformalInterval([1], [1, 2])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => fitConformalInterval([], [])).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => fitConformalInterval([1], [1], { coverage: 1 })).toThrow(bad)
    expect(() => fitConformalInterval([1], [1], { groups: [0.5] })).toThrow(bad)
    expect(() => conformalQuantile([Number.POSITIVE_INFINITY], 0.5)).toThrow(bad)
  })
})

describe('conformal sets', () => {
  const { proba, y, new: fresh, cases } = mapie.classification

  test.each(cases as { method: ConformalMethod; coverage: number; parts: number[] | null; sets: number[][] }[])(
    'equal MAPIE: $method at coverage $coverage',
    ({ method, coverage, parts, sets }) => {
      let at = 0
      const drawn = parts === null ? undefined : { next: () => parts[at++]! }
      const conformal = fitConformalSets(y, proba.flat(), { method, coverage, rng: drawn })
      for (const [row, p] of fresh.entries()) {
        // MAPIE includes the class that crosses the threshold: a part of 0.
        const found = conformalSet(conformal, p, parts === null ? undefined : { next: () => 0 })
        expect(found.sort()).toEqual(sets[row]!.flatMap((inside, code) => (inside === 1 ? [code] : [])))
      }
    },
  )

  test.each(['lac', 'aps', 'raps'] as const)('of %s hold the true class at least as often as stated, with random parts too', (method) => {
    const rng = createRng(11)
    const hits = { plain: 0, random: 0 }
    for (let trial = 0; trial < 2000; trial++) {
      const rows = Array.from({ length: 59 }, () => classRow(rng, 5))
      const labels = rows.map((row) => row.label)
      const table = rows.flatMap((row) => row.proba)
      const next = classRow(rng, 5)
      for (const kind of ['plain', 'random'] as const) {
        const drawn = kind === 'random' ? rng : undefined
        const conformal = fitConformalSets(labels, table, { method, coverage: 0.8, rng: drawn, penalty: 0.05 })
        if (conformalSet(conformal, next.proba, drawn).includes(next.label)) hits[kind]++
      }
    }
    // 3.5 standard errors of 2000 trials at 0.8 are 0.0313. The most likely class is always in, so sets may cover more.
    expect(hits.plain / 2000).toBeGreaterThan(0.8 - 0.0313)
    expect(hits.random / 2000).toBeGreaterThan(0.8 - 0.0313)
    if (method === 'lac') expect(hits.plain / 2000).toBeLessThan(0.8 + 0.0313)
  })

  test('keep the promise for a rare class only when it is made by class', () => {
    const rng = createRng(3)
    const covered = { all: 0, byClass: 0 }
    let rare = 0
    for (let trial = 0; trial < 1500; trial++) {
      const row = () => {
        const label = rng.next() < 0.15 ? 1 : 0
        const p = Math.min(0.99, Math.max(0.01, 0.15 + (label === 1 ? 0.15 : 0) + (rng.next() - 0.5) * 0.25))
        return { label, proba: [1 - p, p] }
      }
      const rows = Array.from({ length: 150 }, row)
      const labels = rows.map(({ label }) => label)
      const next = row()
      if (next.label === 0) continue
      rare++
      for (const kind of ['all', 'byClass'] as const) {
        const conformal = fitConformalSets(
          labels,
          rows.flatMap((each) => each.proba),
          { method: 'lac', coverage: 0.8, byClass: kind === 'byClass' },
        )
        if (conformalSet(conformal, next.proba).includes(1)) covered[kind]++
      }
    }
    expect(covered.byClass / rare).toBeGreaterThan(0.72)
    expect(covered.all / rare).toBeLessThan(0.4)
  })

  test('are never empty, grow with the coverage and list likely classes first', () => {
    fc.assert(
      fc.property(
        seed,
        fc.integer({ min: 2, max: 6 }),
        fc.constantFrom<ConformalMethod>('lac', 'aps', 'raps'),
        (number, classes, method) => {
          const rng = createRng(number)
          const rows = Array.from({ length: 60 }, () => classRow(rng, classes))
          const setsAt = (coverage: number) =>
            fitConformalSets(
              rows.map(({ label }) => label),
              rows.flatMap((row) => row.proba),
              { method, coverage },
            )
          const { proba: p } = classRow(rng, classes)
          const [small, large] = [conformalSet(setsAt(0.6), p), conformalSet(setsAt(0.95), p)]
          expect(small.length).toBeGreaterThan(0)
          for (const code of small) expect(large).toContain(code)
          expect(large.map((code) => p[code]!)).toEqual(large.map((code) => p[code]!).sort((a, b) => b - a))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('hold every class when the rows are too few, and survive JSON', () => {
    const conformal = fitConformalSets([0, 1], [0.9, 0.1, 0.2, 0.8])
    expect(conformal.thresholds).toEqual([null])
    expect(conformalSet(JSON.parse(JSON.stringify(conformal)), [0.2, 0.8])).toEqual([1, 0])
  })

  test('refuse codes without a column, other numbers of classes, NaN and a negative penalty', () => {
    const bad = expect.objectContaining({ code: 'invalid_input' })
    const shape = expect.objectContaining({ code: 'shape_mismatch' })
    expect(() => fitConformalSets([2], [0.5, 0.5])).toThrow(shape)
    expect(() => fitConformalSets([], [])).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => fitConformalSets([0], [Number.NaN, 0.5])).toThrow(bad)
    expect(() => fitConformalSets([0], [0.5, 0.5], { penalty: -1 })).toThrow(bad)
    const conformal = fitConformalSets([0, 1], [0.9, 0.1, 0.2, 0.8], { coverage: 0.5 })
    expect(() => conformalSet(conformal, [0.2, 0.3, 0.5])).toThrow(shape)
    expect(() => conformalSet(conformal, [1.5, -0.5])).toThrow(bad)
  })
})
