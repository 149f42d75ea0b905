// Intervals of many metrics from the same bootstrap draws (Efron & Tibshirani 1993, ch. 13).
import type { BootstrapInterval, BootstrapOptions } from './bootstrap.ts'
import { bootstrapSummary, drawCounts } from './bootstrap.ts'
import type { ResampledMetrics } from './resampled-metrics.ts'

/**
 * Percentile interval of each metric that has a meaning on the rows and in at least half of the resamples.
 *
 * @param rows  number of rows the metrics judge, at least 2.
 * @throws   `too_few_rows` for fewer than 2 rows; `invalid_input` for options outside their limits.
 * @example
 * bootstrapMetrics(rows, classificationMetrics(yTrue, proba, 2), { rng: createRng(7) }).rocAuc // { value, low, high ... }
 */
export function bootstrapMetrics(rows: number, metrics: ResampledMetrics, options: BootstrapOptions): Record<string, BootstrapInterval> {
  const { names } = metrics
  const values = names.map((): number[] => [])
  const out = new Float64Array(names.length)
  let draws = 0
  for (const counts of drawCounts(rows, options)) {
    metrics.judge(counts, out)
    draws++
    for (const [index, list] of values.entries()) if (!Number.isNaN(out[index]!)) list.push(out[index]!)
  }
  metrics.judge(new Float64Array(rows).fill(1), out)
  const intervals: Record<string, BootstrapInterval> = {}
  for (const [index, name] of names.entries()) {
    const list = values[index]!
    if (Number.isNaN(out[index]!) || list.length * 2 < draws) continue
    intervals[name] = bootstrapSummary(out[index]!, Float64Array.from(list).sort(), options.confidence)
  }
  return intervals
}
