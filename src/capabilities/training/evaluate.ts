// Runs in a thread: what charts show of a version, from its predictions of the held-out rows.
import { hashSeed } from '../../algorithms/math/rng.ts'
import { evaluateClassification } from '../../algorithms/metrics/evaluate-classification.ts'
import { evaluateRegression } from '../../algorithms/metrics/evaluate-regression.ts'
import { metricIntervals } from '../../algorithms/metrics/metric-intervals.ts'
import type { VersionReports } from '../models/index.ts'
import type { Coverage } from './coverage.ts'

export interface EvaluateInput {
  readonly yTrue: Float64Array
  readonly predictions: Float64Array
  /** Empty for regression. */
  readonly labels: readonly string[]
  readonly metrics: Readonly<Record<string, number>>
  /** What the version promises; null: nothing. */
  readonly coverage: Coverage | null
  readonly intervalCoverage: number
  readonly seed: number
  /** Absent: all rows weigh alike. */
  readonly sampleWeight?: Float64Array | undefined
}

/** Everything but the training's log, which is written outside. */
export type Measured = Omit<VersionReports['evaluation'], 'log'>

const LEVEL = 0.95
const BOOTSTRAP = 0x626f6f74

export function evaluate(input: EvaluateInput): Measured {
  const { yTrue, predictions, labels, metrics, seed, coverage, intervalCoverage, sampleWeight } = input
  const judged = { yTrue, predictions, columns: labels.length, metrics, sampleWeight }
  const intervals = metricIntervals({ ...judged, seed: hashSeed(seed, BOOTSTRAP) })
  const shared = { rows: yTrue.length, level: LEVEL, intervals, coverage }
  if (labels.length === 0) {
    const promised = coverage?.levels.find((level) => level.coverage === intervalCoverage)
    const kept = promised && { nominal: intervalCoverage, measured: promised.value, low: promised.low, high: promised.high }
    return {
      task: 'regression',
      ...shared,
      regression: {
        ...evaluateRegression(yTrue, predictions, { intervalHalfWidth: null, intervalCoverage }),
        intervalCoverage: kept ?? null,
      },
    }
  }
  return { task: 'classification', ...shared, classification: evaluateClassification(yTrue, predictions, labels, { sampleWeight }) }
}
