// Reference values: scikit-learn 1.9.1, fixtures/make.py, seed 0. Tolerance 1e-12 relative: both sum doubles, in another order.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { bootstrapInterval, meanOf, pairedDifference } from './bootstrap.ts'
import { type Average, accuracyScore, f1Score, precisionRecallF1, precisionScore, recallScore } from './classification-scores.ts'
import { confusionMatrix } from './confusion-matrix.ts'
import { precisionRecallCurve, rocCurve } from './curves.ts'
import binary from './fixtures/binary.json' with { type: 'json' }
import multiclass from './fixtures/multiclass.json' with { type: 'json' }
import regression from './fixtures/regression.json' with { type: 'json' }
import { brierLoss, expectedCalibrationError, logLoss, logLossPerRow, reliabilityCurve } from './probability-scores.ts'
import { averagePrecisionScore, descendingOrder, rocAucScore } from './ranking-scores.ts'
import { meanAbsoluteError, r2Score, rootMeanSquaredError } from './regression-scores.ts'
import { classificationReport, predictedClasses, regressionReport } from './reports.ts'

function near(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)))
}

function allNear(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  for (let at = 0; at < expected.length; at++) near(actual[at]!, expected[at]!)
}

function pairs(score: number[]): number[] {
  return score.flatMap((p) => [1 - p, p])
}

describe('binary metrics', () => {
  test.each(binary.cases)('equal scikit-learn on $name', (c) => {
    const sampleWeight = c.sampleWeight ?? undefined
    near(accuracyScore(c.yTrue, c.yPred, { sampleWeight }), c.scores.accuracy)
    for (const average of ['binary', 'macro', 'weighted', 'micro'] as const) {
      near(precisionScore(c.yTrue, c.yPred, { average, sampleWeight }), c.scores[average].precision)
      near(recallScore(c.yTrue, c.yPred, { average, sampleWeight }), c.scores[average].recall)
      near(f1Score(c.yTrue, c.yPred, { average, sampleWeight }), c.scores[average].f1)
    }
    allNear(confusionMatrix(c.yTrue, c.yPred, { sampleWeight }).counts, c.confusion)
    near(rocAucScore(c.yTrue, c.score, { sampleWeight }), c.rocAuc)
    near(averagePrecisionScore(c.yTrue, c.score, { sampleWeight }), c.averagePrecision)
    near(logLoss(c.yTrue, c.score, { sampleWeight }), c.logLoss)
    near(logLoss(c.yTrue, pairs(c.score), { sampleWeight }), c.logLoss)
    near(brierLoss(c.yTrue, c.score, { sampleWeight }), c.brier)
    near(expectedCalibrationError(c.yTrue, c.score, { sampleWeight }), c.ece)
  })

  test.each(binary.cases)('curves equal scikit-learn on $name', (c) => {
    const options = { sampleWeight: c.sampleWeight ?? undefined, maxPoints: Number.POSITIVE_INFINITY }
    const roc = rocCurve(c.yTrue, c.score, options)
    allNear(roc.falsePositiveRate, c.roc.fpr)
    allNear(roc.truePositiveRate, c.roc.tpr)
    allNear(roc.thresholds.subarray(1), c.roc.thresholds)
    const curve = precisionRecallCurve(c.yTrue, c.score, options)
    allNear(curve.precision, c.precisionRecall.precision)
    allNear(curve.recall, c.precisionRecall.recall)
    if (c.reliability === null) return
    for (const strategy of ['uniform', 'quantile'] as const) {
      const reliability = reliabilityCurve(c.yTrue, c.score, { strategy })
      allNear(reliability.observed, c.reliability[strategy].observed)
      allNear(reliability.predicted, c.reliability[strategy].predicted)
    }
  })

  // numpy 2.4.6: linspace(0, 1, 11)[3] is 0.30000000000000004.
  test('a score on the edge of a bin falls where numpy rounds the edge', () => {
    expect(reliabilityCurve([1, 0, 0], [0.2, 0.3, 0.1 + 0.2]).weight).toEqual(Float64Array.of(1, 2))
  })

  test('a tie counts half a win', () => {
    expect(rocAucScore([0, 1], [0.5, 0.5])).toBe(0.5)
    expect(rocAucScore([0, 1, 0], [0.5, 0.5, 0.1])).toBe(0.75)
  })

  test('a class that is never predicted or never occurs scores 0, not NaN', () => {
    expect(precisionRecallF1([1, 1], [0, 0])).toEqual({ precision: 0, recall: 0, f1: 0 })
    expect(precisionRecallF1([0, 0], [0, 0])).toEqual({ precision: 0, recall: 0, f1: 0 })
  })
})

describe('multiclass metrics', () => {
  test.each(multiclass.cases)('equal scikit-learn on $name', (c) => {
    const sampleWeight = c.sampleWeight ?? undefined
    const yPred = predictedClasses(c.proba, c.classes)
    expect([...yPred]).toEqual(c.yPred)
    for (const average of ['macro', 'weighted', 'micro'] as const satisfies Average[]) {
      const { precision, recall, f1 } = precisionRecallF1(c.yTrue, yPred, { average, sampleWeight })
      near(precision, c.scores[average].precision)
      near(recall, c.scores[average].recall)
      near(f1, c.scores[average].f1)
    }
    allNear(confusionMatrix(c.yTrue, yPred, { sampleWeight }).counts, c.confusion)
    near(averagePrecisionScore(c.yTrue, c.proba, { sampleWeight }), c.averagePrecision)
    near(rocAucScore(c.yTrue, c.proba, { sampleWeight }), c.rocAuc)
    const report = classificationReport(c.yTrue, c.proba, c.classes, { sampleWeight })
    near(report.accuracy, c.scores.accuracy)
    near(report.f1, c.scores.macro.f1)
    near(report.rocAuc ?? Number.NaN, c.rocAuc)
    near(report.logLoss, c.logLoss)
    near(report.ece, c.ece)
    expect(report).not.toHaveProperty('brier')
  })

  test('average "binary" refuses three classes', () => {
    expect(() => precisionScore([0, 1, 2], [0, 1, 2])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })
})

describe('regression metrics', () => {
  test.each(regression.cases)('equal scikit-learn on $name', (c) => {
    const sampleWeight = c.sampleWeight ?? undefined
    near(rootMeanSquaredError(c.yTrue, c.yPred, { sampleWeight }), c.rmse)
    near(meanAbsoluteError(c.yTrue, c.yPred, { sampleWeight }), c.mae)
    near(r2Score(c.yTrue, c.yPred, { sampleWeight }), c.r2)
  })

  test('R2 of one row has no meaning and becomes null in the report', () => {
    expect(r2Score([1], [2])).toBeNaN()
    expect(regressionReport([1], [2])).toEqual({ rmse: 1, mae: 1, r2: null })
  })
})

describe('reports', () => {
  test('two classes give every metric', () => {
    const c = binary.cases[0]!
    const report = classificationReport(c.yTrue, pairs(c.score), ['no', 'yes'])
    expect(Object.keys(report)).toEqual(['accuracy', 'precision', 'recall', 'f1', 'rocAuc', 'logLoss', 'brier', 'ece'])
    near(report.brier!, c.brier)
    near(report.precision, c.scores.binary.precision)
  })

  test('ROC AUC is null when all rows are of one class, and means over the classes present otherwise', () => {
    expect(classificationReport([1, 1], [0.4, 0.6, 0.1, 0.9], 2).rocAuc).toBeNull()
    const proba = [0.8, 0.1, 0.1, 0.1, 0.8, 0.1]
    expect(classificationReport([0, 1], proba, ['a', 'b', 'c']).rocAuc).toBe(1)
  })
})

describe('input', () => {
  const refused: [string, () => unknown, string][] = [
    ['lengths that differ', () => accuracyScore([0, 1], [0]), 'shape_mismatch'],
    ['lengths that differ', () => rocAucScore([0, 1, 1], [0.1, 0.2]), 'shape_mismatch'],
    ['lengths that differ', () => rootMeanSquaredError([0, 1], [0]), 'shape_mismatch'],
    ['weights of another length', () => accuracyScore([0, 1], [0, 1], { sampleWeight: [1] }), 'shape_mismatch'],
    ['a negative weight', () => accuracyScore([0, 1], [0, 1], { sampleWeight: [1, -1] }), 'invalid_input'],
    ['weights that are all 0', () => accuracyScore([0, 1], [0, 1], { sampleWeight: [0, 0] }), 'too_few_rows'],
    ['no rows', () => accuracyScore([], []), 'too_few_rows'],
    ['no rows', () => classificationReport([], [], 2), 'too_few_rows'],
    ['one class', () => rocAucScore([1, 1], [0.1, 0.2]), 'too_few_classes'],
    ['one class', () => rocCurve([0, 0], [0.1, 0.2]), 'too_few_classes'],
    ['no positive row', () => averagePrecisionScore([0, 0], [0.1, 0.2]), 'too_few_classes'],
    ['a code without a column', () => logLoss([0, 2], [0.5, 0.5, 0.5, 0.5]), 'shape_mismatch'],
    ['columns that are not the classes', () => classificationReport([0, 1], [0.5, 0.5, 0.5, 0.5], 3), 'shape_mismatch'],
    ['a probability above 1', () => brierLoss([0, 1], [0.5, 1.5]), 'invalid_input'],
    ['a NaN probability', () => logLoss([0, 1], [0.5, Number.NaN]), 'invalid_input'],
    ['a NaN score', () => rocAucScore([0, 1], [0.5, Number.NaN]), 'invalid_input'],
    ['a NaN prediction', () => r2Score([0, 1], [0.5, Number.NaN]), 'invalid_input'],
    ['no bins', () => reliabilityCurve([0, 1], [0.5, 0.5], { bins: 0 }), 'invalid_input'],
  ]
  test.each(refused)('%s is refused (case %#)', (_name, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})

describe('curves', () => {
  test('keep at most 200 points, both ends and the area', () => {
    const rng = createRng(3)
    const yTrue = Array.from({ length: 20_000 }, () => (rng.next() < 0.2 ? 1 : 0))
    const score = yTrue.map((y) => rng.next() * 0.8 + y * 0.2)
    const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(yTrue, score)
    expect(x.length).toBeLessThanOrEqual(200)
    expect(x.length).toBeGreaterThan(150)
    expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1])
    let area = 0
    for (let at = 1; at < x.length; at++) area += ((x[at]! - x[at - 1]!) * (y[at]! + y[at - 1]!)) / 2
    expect(area).toBeCloseTo(rocAucScore(yTrue, score), 3)
    const curve = precisionRecallCurve(yTrue, score)
    expect(curve.recall.length).toBeLessThanOrEqual(200)
    expect([curve.recall[0], curve.recall.at(-1)]).toEqual([0, 1])
  })
})

describe('bootstrap', () => {
  const rng = createRng(11)
  const yTrue = Array.from({ length: 400 }, () => (rng.next() < 0.5 ? 1 : 0))
  const good = yTrue.map((y) => 0.45 * rng.next() + 0.45 * y * rng.next() + 0.05)
  const poor = good.map((p) => Math.min(1, 0.3 * p + 0.7 * rng.next()))

  test('the interval holds the value, is the same for the same seed and has the width of theory', () => {
    const correct = Uint8Array.from(yTrue, (y, row) => (good[row]! > 0.5 === (y === 1) ? 1 : 0))
    const interval = bootstrapInterval(400, meanOf(correct), { rng: createRng(1) })
    expect(interval).toEqual(bootstrapInterval(400, meanOf(correct), { rng: createRng(1) }))
    expect(interval.low).toBeLessThan(interval.value)
    expect(interval.high).toBeGreaterThan(interval.value)
    // Standard error of a share: sqrt(p (1 - p) / n).
    const theory = Math.sqrt((interval.value * (1 - interval.value)) / 400)
    expect(interval.standardError / theory).toBeGreaterThan(0.9)
    expect(interval.standardError / theory).toBeLessThan(1.1)
  })

  test('row counts as weights give the AUC of the resampled rows, and a ranking made once serves all', () => {
    const counts = Float64Array.from(yTrue, () => Math.floor(rng.next() * 4))
    const rows = [...counts].flatMap((count, row) => Array<number>(count).fill(row))
    const expected = rocAucScore(
      rows.map((row) => yTrue[row]!),
      rows.map((row) => good[row]!),
    )
    near(rocAucScore(yTrue, good, { sampleWeight: counts, order: descendingOrder(good) }), expected)
  })

  test('a paired difference sees the better of two models and calls equal ones equal', () => {
    const loss = (score: number[]) => meanOf(logLossPerRow(yTrue, score).map((value) => -value))
    const better = pairedDifference(400, loss(poor), loss(good), { rng: createRng(2) })
    expect(better.low).toBeGreaterThan(0)
    expect(better.shareAhead).toBe(1)
    const same = pairedDifference(400, loss(good), loss(good), { rng: createRng(2) })
    expect(same).toMatchObject({ value: 0, low: 0, high: 0, shareAhead: 0.5 })
  })

  test('resamples of one class are left out, and too many of them are an error', () => {
    const auc = (labels: number[]) => (sampleWeight: Float64Array) => rocAucScore(labels, [0.1, 0.2, 0.3, 0.4], { sampleWeight })
    const interval = bootstrapInterval(4, auc([0, 1, 0, 1]), { rng: createRng(5), resamples: 500 })
    expect(interval.resamples).toBeLessThan(500)
    expect(() => bootstrapInterval(4, auc([1, 1, 1, 1]), { rng: createRng(5) })).toThrow(
      expect.objectContaining({ code: 'too_few_classes' }),
    )
    expect(() => bootstrapInterval(1, meanOf([1]), { rng: createRng(5) })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
  })
})

test('metrics stay in their range on any input', () => {
  const row = fc.record({ y: fc.integer({ min: 0, max: 1 }), p: fc.double({ min: 0, max: 1, noNaN: true }) })
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
      const yTrue = rows.map(({ y }) => y)
      const report = classificationReport(yTrue, pairs(rows.map(({ p }) => p)), 2)
      for (const key of ['accuracy', 'precision', 'recall', 'f1', 'brier', 'ece'] as const) {
        expect(report[key]).toBeGreaterThanOrEqual(0)
        expect(report[key]).toBeLessThanOrEqual(1 + 1e-12)
      }
      expect(report.logLoss).toBeGreaterThanOrEqual(0)
      if (report.rocAuc !== null) expect(Math.abs(report.rocAuc - 0.5)).toBeLessThanOrEqual(0.5 + 1e-12)
    }),
    { seed: 7 },
  )
})
