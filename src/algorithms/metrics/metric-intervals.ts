// 95 % intervals of the metrics a version shows, at a bounded cost: of many rows a part is resampled and the width scaled by the
// square root of the share, as that of a mean is (Bickel, Gotze & van Zwet 1997, m out of n bootstrap).
import { createRng } from '../math/rng.ts'
import { bootstrapMetrics } from './bootstrap-metrics.ts'
import type { Numbers, WeightOption } from './input-checks.ts'
import { predictedClasses } from './reports.ts'
import { classificationMetrics, regressionMetrics, weightedMetrics } from './resampled-metrics.ts'
import { type ShareInterval, wilsonInterval } from './wilson-interval.ts'
import { worthOfWeight } from './worth-of-weight.ts'

export interface MetricIntervalsInput extends WeightOption {
  /** Class codes or numbers, length rows. */
  readonly yTrue: Numbers
  /** Row-major rows x columns probabilities, or one number a row. */
  readonly predictions: Numbers
  /** Classes; 0 for regression. */
  readonly columns: number
  /** The metrics on all rows, as the reports give them. */
  readonly metrics: Readonly<Record<string, number>>
  readonly seed: number
}

/** Rows that are resampled at most, and the values of a resample at most: rows times classes. */
const MAX_ROWS = 2000
const MAX_VALUES = 100_000
/** Draws for few rows, which cost nothing, and for many. */
const RESAMPLES_OF_FEW = 1000
const RESAMPLES_OF_MANY = 400
const FEW_ROWS = 500

/**
 * Interval of each metric that can be resampled on the rows; accuracy, a plain share, gets Wilson's, which is honest for few rows
 * (of weighted rows by as many as they are worth, see `worthOfWeight`).
 *
 * @returns  nothing for fewer than 2 rows.
 */
export function metricIntervals(input: MetricIntervalsInput): Record<string, ShareInterval> {
  const { yTrue, predictions, columns, metrics, seed, sampleWeight } = input
  const rows = yTrue.length
  if (rows < 2) return {}
  const width = Math.max(1, columns)
  const count = Math.min(rows, MAX_ROWS, Math.max(200, Math.floor(MAX_VALUES / width)))
  const sample = Uint32Array.from({ length: count }, (_, index) => Math.floor((index * rows) / count))
  const truth = Float64Array.from(sample, (row) => yTrue[row]!)
  const said = new Float64Array(count * width)
  for (const [index, row] of sample.entries()) for (let k = 0; k < width; k++) said[index * width + k] = predictions[row * width + k]!
  const plain = columns > 0 ? classificationMetrics(truth, said, columns) : regressionMetrics(truth, said)
  const judged =
    sampleWeight === undefined
      ? plain
      : weightedMetrics(
          plain,
          Float64Array.from(sample, (row) => sampleWeight[row]!),
        )
  const resamples = count <= FEW_ROWS ? RESAMPLES_OF_FEW : RESAMPLES_OF_MANY
  const shrink = Math.sqrt(count / rows)
  const intervals: Record<string, ShareInterval> = {}
  for (const [name, drawn] of Object.entries(bootstrapMetrics(count, judged, { rng: createRng(seed), resamples }))) {
    const value = metrics[name]
    if (value === undefined) continue
    const low = value - shrink * (drawn.value - drawn.low)
    const high = value + shrink * (drawn.high - drawn.value)
    const top = columns > 0 && name !== 'logLoss' ? 1 : Number.POSITIVE_INFINITY
    intervals[name] = { value, low: name === 'r2' ? low : Math.max(0, low), high: name === 'r2' ? Math.min(1, high) : Math.min(top, high) }
  }
  if (columns > 0) {
    const said = predictedClasses(predictions, columns)
    const scale = sampleWeight === undefined ? 1 : worthOfWeight(sampleWeight)
    let [hits, total] = [0, 0]
    for (let row = 0; row < rows; row++) {
      const weight = sampleWeight === undefined ? 1 : sampleWeight[row]! * scale
      total += weight
      if (said[row] === yTrue[row]) hits += weight
    }
    intervals.accuracy = wilsonInterval(hits, total)
  }
  return intervals
}
