// Bootstrap intervals of a metric and of the difference of two models on the same rows (Efron & Tibshirani 1993, ch. 13).
// A resample is a count for each row, handed to the metric as its sample weight: nothing is copied or sorted again.
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'
import type { Numbers } from './input-checks.ts'

/** A metric of fixed rows under given row weights. */
export type WeightedMetric = (sampleWeight: Float64Array) => number

export interface BootstrapOptions {
  readonly rng: Pick<Rng, 'next'>
  readonly resamples?: number
  /** Share of resamples inside the interval. */
  readonly confidence?: number
}

export interface BootstrapInterval {
  /** The metric on the rows as they are. */
  readonly value: number
  readonly low: number
  readonly high: number
  readonly standardError: number
  /** Resamples used; less than asked when some held one class only. */
  readonly resamples: number
}

export interface PairedDifference extends BootstrapInterval {
  /** Share of resamples in which the challenger is ahead; ties count half. */
  readonly shareAhead: number
}

/**
 * Percentile interval of a metric.
 *
 * @param rows    number of rows the metric judges.
 * @param metric  called with one weight a row; may throw `too_few_classes` for a resample of one class, which is left out.
 * @throws   `too_few_rows` for fewer than 2 rows; `too_few_classes` when more than half of the resamples cannot be judged.
 * @example
 * const order = descendingOrder(scores)
 * bootstrapInterval(rows, (sampleWeight) => rocAucScore(yTrue, scores, { sampleWeight, order }), { rng: createRng(7) })
 */
export function bootstrapInterval(rows: number, metric: WeightedMetric, options: BootstrapOptions): BootstrapInterval {
  const values = resampled(rows, metric, options)
  return bootstrapSummary(metric(new Float64Array(rows).fill(1)), values, options.confidence)
}

/**
 * Interval of `challenger - champion` with both judged on the same resampled rows, so that what makes rows hard cancels out.
 *
 * @throws   as `bootstrapInterval`.
 * @see      Koehn 2004, Statistical Significance Tests for Machine Translation Evaluation (paired bootstrap).
 */
export function pairedDifference(
  rows: number,
  champion: WeightedMetric,
  challenger: WeightedMetric,
  options: BootstrapOptions,
): PairedDifference {
  const difference: WeightedMetric = (sampleWeight) => challenger(sampleWeight) - champion(sampleWeight)
  const values = resampled(rows, difference, options)
  let ahead = 0
  for (const value of values) ahead += value > 0 ? 1 : value === 0 ? 0.5 : 0
  return { ...bootstrapSummary(difference(new Float64Array(rows).fill(1)), values, options.confidence), shareAhead: ahead / values.length }
}

/** The metric that is the weighted mean of one value a row, such as the negated log loss of each. */
export function meanOf(perRow: Numbers): WeightedMetric {
  return (sampleWeight) => {
    let total = 0
    let sum = 0
    for (let row = 0; row < sampleWeight.length; row++) {
      total += sampleWeight[row]!
      sum += sampleWeight[row]! * perRow[row]!
    }
    return sum / total
  }
}

/** Draws of rows with replacement as counts, in one array that is written anew each time. @throws as `bootstrapInterval`. */
export function* drawCounts(rows: number, { rng, resamples = 1000 }: BootstrapOptions): Generator<Float64Array> {
  if (!Number.isInteger(rows) || rows < 2) {
    throw new TandemError(
      'too_few_rows',
      `A bootstrap of ${rows} rows says nothing. It draws rows again and again. Judge on at least 2 rows.`,
    )
  }
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new TandemError('invalid_input', `resamples is ${resamples}. At least one resample is needed. Pass a whole number, such as 1000.`)
  }
  const counts = new Float64Array(rows)
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0)
    for (let draw = 0; draw < rows; draw++) counts[Math.floor(rng.next() * rows)]! += 1
    yield counts
  }
}

function resampled(rows: number, metric: WeightedMetric, options: BootstrapOptions): Float64Array {
  const values: number[] = []
  let resamples = 0
  for (const counts of drawCounts(rows, options)) {
    resamples++
    const value = valueOrNothing(metric, counts)
    if (value !== undefined) values.push(value)
  }
  if (values.length * 2 < resamples) {
    throw new TandemError(
      'too_few_classes',
      `Only ${values.length} of ${resamples} resamples held two classes. One class has too few of the ${rows} rows. Judge on more rows of it.`,
      { details: { rows, resamples } },
    )
  }
  return Float64Array.from(values).sort()
}

function valueOrNothing(metric: WeightedMetric, counts: Float64Array): number | undefined {
  try {
    return metric(counts)
  } catch (error) {
    if (TandemError.is(error) && error.code === 'too_few_classes') return undefined
    throw error
  }
}

/** The interval of a metric from its resampled values, rising. */
export function bootstrapSummary(value: number, sorted: Float64Array, confidence = 0.95): BootstrapInterval {
  if (!(confidence > 0 && confidence < 1)) {
    throw new TandemError('invalid_input', `confidence is ${confidence}. It is a share between 0 and 1, such as 0.95.`)
  }
  let mean = 0
  for (const each of sorted) mean += each / sorted.length
  let spread = 0
  for (const each of sorted) spread += (each - mean) ** 2
  const tail = (1 - confidence) / 2
  return {
    value,
    low: quantile(sorted, tail),
    high: quantile(sorted, 1 - tail),
    standardError: Math.sqrt(spread / Math.max(1, sorted.length - 1)),
    resamples: sorted.length,
  }
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const low = Math.floor(place)
  const below = sorted[low]!
  return below + (sorted[Math.min(low + 1, sorted.length - 1)]! - below) * (place - low)
}
