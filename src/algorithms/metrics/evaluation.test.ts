import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { bootstrapMetrics } from './bootstrap-metrics.ts'
import { rocCurve } from './curves.ts'
import { equalCountBins } from './equal-count-bins.ts'
import { evaluateClassification } from './evaluate-classification.ts'
import { evaluateRegression } from './evaluate-regression.ts'
import { metricIntervals } from './metric-intervals.ts'
import { rocAucScore } from './ranking-scores.ts'
import { classificationReport, regressionReport } from './reports.ts'
import { classificationMetrics, differenceOf, regressionMetrics } from './resampled-metrics.ts'
import { wilsonInterval } from './wilson-interval.ts'

// Reference: scipy, scikit-learn and numpy, fixtures/make-evaluation.py; their versions stand in the file.
const fixture = JSON.parse(readFileSync(new URL('./fixtures/evaluation.json', import.meta.url), 'utf8'))
const { truth, score } = fixture.binary as { truth: number[]; score: number[] }
const proba = Float64Array.from(score.flatMap((p) => [1 - p, p]))
const near = (actual: number | undefined, expected: number, within = 1e-10) => expect(Math.abs(actual! - expected)).toBeLessThan(within)
const named = (report: object) => report as Readonly<Record<string, number>>

/** Three classes, of which the third is rare; the probabilities know something. */
function threeClasses(rows: number, seed: number) {
  const rng = createRng(seed)
  const yTrue = Float64Array.from({ length: rows }, () => (rng.next() < 0.05 ? 2 : rng.below(2)))
  const said = new Float64Array(rows * 3)
  for (let row = 0; row < rows; row++) {
    const raw = [0, 1, 2].map((k) => rng.next() + (yTrue[row] === k ? 0.5 : 0))
    const sum = raw.reduce((a, b) => a + b)
    for (let k = 0; k < 3; k++) said[row * 3 + k] = raw[k]! / sum
  }
  return { yTrue, said }
}

describe('wilsonInterval', () => {
  test.each(fixture.wilson as { hits: number; total: number; low: number; high: number }[])(
    'equals scipy for $hits of $total',
    ({ hits, total, low, high }) => {
      const interval = wilsonInterval(hits, total)
      near(interval.low, low)
      near(interval.high, high)
    },
  )

  test.each([
    [1, 0],
    [3, 2],
    [-1, 2],
    [Number.NaN, 2],
  ])('refuses %d of %d', (hits, total) => {
    expect(() => wilsonInterval(hits, total)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})

describe('metric intervals', () => {
  test('give the very numbers of the reports as values', () => {
    const { yTrue, said } = threeClasses(300, 1)
    const weights = new Float64Array(400).fill(1)
    const out = new Float64Array(8)
    for (const [y, p, columns] of [
      [truth, proba, 2],
      [yTrue, said, 3],
    ] as const) {
      const judged = classificationMetrics(y, p, columns)
      judged.judge(weights.subarray(0, y.length), out)
      const report = named(classificationReport(y, p, columns))
      for (const [index, name] of judged.names.entries()) near(out[index], report[name]!)
    }
    const numbers = regressionMetrics(fixture.regression.truth, fixture.regression.said)
    numbers.judge(weights, out)
    const report = named(regressionReport(fixture.regression.truth, fixture.regression.said))
    for (const [index, name] of numbers.names.entries()) near(out[index], report[name]!)
  })

  test("have scipy's ends, within what 1000 draws leave open", () => {
    const metrics = named(classificationReport(truth, proba, 2))
    const intervals = metricIntervals({ yTrue: truth, predictions: proba, columns: 2, metrics, seed: 1 })
    expect(Object.keys(intervals).sort()).toEqual(Object.keys(metrics).sort())
    near(intervals.accuracy?.low, fixture.binary.accuracy.low)
    near(intervals.accuracy?.high, fixture.binary.accuracy.high)
    const { truth: y, said } = fixture.regression
    const numbers = metricIntervals({ yTrue: y, predictions: said, columns: 0, metrics: named(regressionReport(y, said)), seed: 1 })
    for (const [actual, expected] of [
      [intervals.rocAuc, fixture.binary.rocAuc],
      [intervals.logLoss, fixture.binary.logLoss],
      [numbers.mae, fixture.regression.mae],
      [numbers.r2, fixture.regression.r2],
    ]) {
      // The ends of two bootstraps differ by a few hundredths of the width.
      const width = expected.high - expected.low
      near(actual.value, expected.value)
      near(actual.low, expected.low, 0.1 * width)
      near(actual.high, expected.high, 0.1 * width)
    }
  })

  test('of many rows are narrow as their number says, and around the value of all', () => {
    const few = threeClasses(2000, 5)
    const many = threeClasses(32_000, 6)
    const widths = [few, many].map(({ yTrue, said }) => {
      const metrics = named(classificationReport(yTrue, said, 3))
      const { logLoss } = metricIntervals({ yTrue, predictions: said, columns: 3, metrics, seed: 1 })
      expect(logLoss?.value).toBe(metrics.logLoss)
      expect(logLoss!.low).toBeLessThan(metrics.logLoss!)
      return logLoss!.high - logLoss!.low
    })
    expect(widths[0]! / widths[1]!).toBeGreaterThan(3.2)
    expect(widths[0]! / widths[1]!).toBeLessThan(5)
  })

  test('leave out what most resamples cannot judge, and everything for one row', () => {
    const said = Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.7, 0.3)
    const metrics = named(classificationReport([0, 0, 0], said, 2))
    expect(metricIntervals({ yTrue: [0, 0, 0], predictions: said, columns: 2, metrics, seed: 1 })).not.toHaveProperty('rocAuc')
    expect(metricIntervals({ yTrue: [0], predictions: [1, 0], columns: 2, metrics, seed: 1 })).toEqual({})
  })

  test('a paired difference of a model and itself is nothing', () => {
    const judged = classificationMetrics(truth, proba, 2)
    const none = bootstrapMetrics(truth.length, differenceOf(judged, judged), { rng: createRng(1), resamples: 50 })
    for (const { value, low, high } of Object.values(none)) expect([value, low, high]).toEqual([0, 0, 0])
  })
})

describe('evaluateClassification', () => {
  test("equals scikit-learn's areas and confusion and numpy's calibration", () => {
    const evaluation = evaluateClassification(truth, proba, ['no', 'yes'])
    expect(evaluation.confusion).toEqual(fixture.binary.confusion)
    expect(evaluation.thresholds).toHaveLength(101)
    expect(evaluation.thresholds?.[50]).toEqual({ threshold: 0.5, confusion: fixture.binary.confusion })
    expect(evaluation.thresholds?.[30]).toEqual({ threshold: 0.3, confusion: fixture.binary.confusionAt03 })
    const [curves, ...others] = evaluation.curves
    expect([curves?.class, others]).toEqual(['yes', []])
    near(curves?.auc, fixture.binary.auc)
    near(curves?.averagePrecision, fixture.binary.averagePrecision)
    expect(evaluation.calibration.bins.map(({ count }) => count)).toEqual(
      fixture.binary.calibration.map(({ count }: { count: number }) => count),
    )
    for (const [index, bin] of evaluation.calibration.bins.entries()) {
      near(bin.meanPredicted, fixture.binary.calibration[index].meanPredicted)
      near(bin.observed, fixture.binary.calibration[index].observed)
      expect(bin.low).toBeLessThanOrEqual(bin.observed)
      expect(bin.high).toBeGreaterThanOrEqual(bin.observed)
    }
    const positives = truth.filter((y) => y === 1).length
    expect(evaluation.labels).toEqual({ no: 400 - positives, yes: positives })
    expect(evaluation.scores.counts.yes?.reduce((a, b) => a + b)).toBe(positives)
    expect(evaluation.scores.edges).toHaveLength(21)
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation)
  })

  test('shows each class against the rest, and leaves out curves of a class without rows', () => {
    const { yTrue, said } = threeClasses(400, 3)
    const { curves, thresholds, confusion } = evaluateClassification(yTrue, said, ['a', 'b', 'c'])
    expect(curves.map((each) => each.class)).toEqual(['a', 'b', 'c'])
    expect(thresholds).toBeUndefined()
    expect(confusion.flat().reduce((a, b) => a + b)).toBe(400)
    const common = yTrue.map((code) => Math.min(code, 1))
    expect(evaluateClassification(common, said, ['a', 'b', 'c']).curves.map((each) => each.class)).toEqual(['a', 'b'])
  })

  test('stays small with a thousand classes', () => {
    const rng = createRng(4)
    const classes = Array.from({ length: 1000 }, (_, code) => `class ${code}`)
    const yTrue = Float64Array.from({ length: 500 }, () => rng.below(1000))
    const said = Float64Array.from({ length: 500 * 1000 }, () => rng.next())
    const evaluation = evaluateClassification(yTrue, said, classes)
    expect([evaluation.classes.length, evaluation.mergedClasses, evaluation.classes.at(-1)]).toEqual([50, 951, '951 other classes'])
    expect(evaluation.confusion.flat().reduce((a, b) => a + b)).toBe(500)
    expect(evaluation.curves).toHaveLength(20)
    expect(JSON.stringify(evaluation).length).toBeLessThan(500_000)
  })
})

describe('evaluateRegression', () => {
  const { truth: y, said, absoluteError, inside8 } = fixture.regression

  test("equals numpy's percentiles and scipy's interval of the coverage", () => {
    const evaluation = evaluateRegression(y, said, { intervalHalfWidth: 8, intervalCoverage: 0.9 })
    for (const name of ['p50', 'p90', 'p95'] as const) near(evaluation.absoluteError[name], absoluteError[name])
    near(evaluation.intervalCoverage?.measured, inside8.hits / inside8.total)
    near(evaluation.intervalCoverage?.low, inside8.low)
    expect(evaluation.residuals.counts.reduce((a, b) => a + b)).toBe(400)
    expect(evaluation.predictedVsActual).toHaveLength(20)
    for (const { low, high, meanActual } of evaluation.predictedVsActual) {
      expect(low).toBeLessThan(meanActual)
      expect(high).toBeGreaterThan(meanActual)
    }
  })

  test('of one row, and of rows that are all alike, has no empty bin and no NaN', () => {
    for (const rows of [1, 30]) {
      const same = new Float64Array(rows).fill(7)
      const evaluation = evaluateRegression(same, same, { intervalHalfWidth: null, intervalCoverage: 0.9 })
      expect(evaluation.predictedVsActual).toEqual([{ predicted: 7, meanActual: 7, low: 7, high: 7, count: rows }])
      expect(evaluation.residuals.counts.reduce((a, b) => a + b)).toBe(rows)
      expect(JSON.stringify(evaluation)).not.toContain('null,')
    }
  })
})

test('a thinned ROC curve keeps its area within 0.001, on staircases too', () => {
  const staircase = Array.from({ length: 1000 }, (_, row) => row % 2)
  const area = ({ falsePositiveRate: x, truePositiveRate: y }: ReturnType<typeof rocCurve>) =>
    x.reduce((sum, _, at) => (at === 0 ? 0 : sum + ((x[at]! - x[at - 1]!) * (y[at]! + y[at - 1]!)) / 2), 0)
  const scores = staircase.map((_, row) => -row)
  const curve = rocCurve(staircase, scores)
  expect(curve.thresholds.length).toBeLessThanOrEqual(200)
  near(area(curve), rocAucScore(staircase, scores), 1e-3)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 400, max: 3000 }), (seed, rows) => {
      const rng = createRng(seed)
      const y = Array.from({ length: rows }, (_, row) => (row < 2 ? row : rng.below(2)))
      const p = y.map((each) => rng.next() + 0.2 * each)
      near(area(rocCurve(y, p)), rocAucScore(y, p), 1e-3)
    }),
    { numRuns: 100 },
  )
})

test('bins of equal counts keep equal scores together and lose no row', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 10 }),
      (scores, wanted) => {
        const bins = equalCountBins(scores, wanted)
        expect(bins.length).toBeLessThanOrEqual(wanted)
        expect(bins.flatMap((bin) => [...bin]).sort((a, b) => a - b)).toEqual([...scores.keys()])
        for (let at = 1; at < bins.length; at++) expect(scores[bins[at]![0]!]).toBeGreaterThan(scores[bins[at - 1]!.at(-1)!]!)
      },
    ),
    { seed: 7 },
  )
})
