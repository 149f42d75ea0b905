// Everything a chart shows of predicted numbers judged on held-out rows, as plain data of bounded size.
import { equalCountBins } from './equal-count-bins.ts'
import { type Histogram, histogram } from './histogram.ts'
import type { Numbers } from './input-checks.ts'
import { wilsonInterval, Z_95 } from './wilson-interval.ts'

export interface RegressionEvaluation {
  /** Histogram of truth minus prediction; the first and last bin hold what lies beyond the outer 0.5 % as well. */
  readonly residuals: Histogram
  /** Rows in bins of their prediction, with the 95 % interval of the mean truth. */
  readonly predictedVsActual: {
    readonly predicted: number
    readonly meanActual: number
    readonly low: number
    readonly high: number
    readonly count: number
  }[]
  /** Half, 90 % and 95 % of the rows are predicted at least this closely. */
  readonly absoluteError: { readonly p50: number; readonly p90: number; readonly p95: number }
  /** Share of rows inside the version's interval, with its own interval; null when the version has none. */
  readonly intervalCoverage: { readonly nominal: number; readonly measured: number; readonly low: number; readonly high: number } | null
}

export interface RegressionEvaluationOptions {
  readonly intervalHalfWidth: number | null
  readonly intervalCoverage: number
}

const RESIDUAL_BINS = 30
const MAX_BINS = 20
const ROWS_A_BIN = 5
const TAIL = 0.005

/** Judges numbers on held-out rows, at least one. */
export function evaluateRegression(
  yTrue: Numbers,
  yPred: Numbers,
  { intervalHalfWidth, intervalCoverage }: RegressionEvaluationOptions,
): RegressionEvaluation {
  const rows = yTrue.length
  const residuals = Float64Array.from({ length: rows }, (_, row) => yTrue[row]! - yPred[row]!)
  const sorted = residuals.slice().sort()
  const distances = residuals.map(Math.abs).sort()
  return {
    residuals: histogram(residuals, quantile(sorted, TAIL), quantile(sorted, 1 - TAIL), RESIDUAL_BINS),
    predictedVsActual: equalCountBins(yPred, Math.min(MAX_BINS, Math.max(1, Math.floor(rows / ROWS_A_BIN)))).map((members) =>
      meanWithInterval(members, yTrue, yPred),
    ),
    absoluteError: { p50: quantile(distances, 0.5), p90: quantile(distances, 0.9), p95: quantile(distances, 0.95) },
    intervalCoverage: coverageOf(distances, intervalHalfWidth, intervalCoverage),
  }
}

function meanWithInterval(members: Uint32Array, yTrue: Numbers, yPred: Numbers): RegressionEvaluation['predictedVsActual'][number] {
  const count = members.length
  const mean = (values: Numbers): number => members.reduce((sum, row) => sum + values[row]!, 0) / count
  const meanActual = mean(yTrue)
  const spread = members.reduce((sum, row) => sum + (yTrue[row]! - meanActual) ** 2, 0)
  const half = count < 2 ? 0 : Z_95 * Math.sqrt(spread / (count - 1) / count)
  return { predicted: mean(yPred), meanActual, low: meanActual - half, high: meanActual + half, count }
}

function coverageOf(distances: Float64Array, half: number | null, nominal: number): RegressionEvaluation['intervalCoverage'] {
  if (half === null) return null
  const inside = distances.reduce((sum, distance) => sum + (distance <= half ? 1 : 0), 0)
  const { value, low, high } = wilsonInterval(inside, distances.length)
  return { nominal, measured: value, low, high }
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const low = Math.floor(place)
  const below = sorted[low]!
  return below + (sorted[Math.min(low + 1, sorted.length - 1)]! - below) * (place - low)
}
