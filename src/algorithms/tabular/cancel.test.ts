import { describe, expect, test } from 'vitest'
import type { TabularSet } from '../columns/table.ts'
import { createRng } from '../math/rng.ts'
import { fitBoostedTrees } from '../tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import { type AdditiveAlgorithm, fitAdditive } from './fit-additive.ts'
import { fitPreparedTrees } from './fit-prepared-trees.ts'

const ROWS = 6000
const FEATURES = 12

/** Numbers that decide the target, and, when asked for, a text that does too. */
function setOf(classes: number, text: boolean): TabularSet & { readonly x: Float32Array } {
  const rng = createRng(3)
  const width = FEATURES + (text ? 1 : 0)
  const x = Float32Array.from({ length: ROWS * width }, (_, at) => (text && at % width === FEATURES ? Math.floor(at / width) : rng.next()))
  const signal = (row: number): number => x[row * width]! + x[row * width + 1]! + rng.next()
  const y = Float64Array.from({ length: ROWS }, (_, row) => (classes === 0 ? signal(row) : Math.floor((signal(row) / 3) * classes)))
  const words = Array.from({ length: ROWS }, (_, row) => `${y[row]! > 1 ? 'good' : 'poor'} word${rng.below(500)} word${rng.below(500)}`)
  const kinds = Array.from({ length: width }, (_, f) => (f < FEATURES ? ('number' as const) : ('text' as const)))
  return {
    x,
    y,
    rows: ROWS,
    classes,
    kinds,
    codes: kinds.map(() => 0),
    ...(text ? { readDocument: (_: number, row: number) => words[row]! } : {}),
  }
}

type Learn = (isCanceled: () => boolean) => unknown
const additive =
  (algorithm: AdditiveAlgorithm, classes: number, text: boolean): Learn =>
  (isCanceled) =>
    fitAdditive(setOf(classes, text), algorithm, { isCanceled })
const trees = { ...setOf(3, false), features: FEATURES }

const LEARNERS: Readonly<Record<string, Learn>> = {
  'random forest': (isCanceled) => fitRandomForest(trees, { nEstimators: 40, isCanceled }),
  'boosted trees': (isCanceled) => fitBoostedTrees(trees, { nEstimators: 100, isCanceled }),
  'trees on texts': (isCanceled) =>
    fitPreparedTrees(setOf(2, true), (wide) => fitRandomForest(wide, { nEstimators: 10, isCanceled }), { isCanceled }),
  'logistic regression': additive('logistic-regression', 3, false),
  'logistic regression on texts': additive('logistic-regression', 2, true),
  'linear SVM': additive('linear-svm', 3, false),
  'naive Bayes': additive('naive-bayes', 3, false),
  'naive Bayes on texts': additive('naive-bayes', 2, true),
  'linear regression': additive('linear-regression', 0, false),
  ridge: additive('ridge', 0, false),
  'ridge on texts': additive('ridge', 0, true),
  'elastic net': additive('elastic-net', 0, false),
}

describe('a canceled training', () => {
  test.each(Object.entries(LEARNERS))('of %s stops at its next step, wherever it is', (_, learn) => {
    let steps = 0
    learn(() => {
      steps++
      return false
    })
    // Steps that a whole training takes: it asks often enough to be stopped.
    expect(steps).toBeGreaterThanOrEqual(8)
    for (const share of [0.1, 0.5, 0.9]) {
      const last = Math.max(1, Math.floor(steps * share))
      let [asked, after] = [0, 0]
      const canceled = (): boolean => {
        if (asked >= last) after++
        return ++asked > last
      }
      expect(() => learn(canceled)).toThrow(expect.objectContaining({ code: 'canceled' }))
      // The one that told it: nothing was done after.
      expect(after).toBe(1)
    }
  })
})
