// How good the answers of a span were, from sums: the share that came true, or the mean absolute error, each with a 95 % interval.
import { wilsonInterval, Z_95 } from '../../algorithms/metrics/wilson-interval.ts'
import type { OutcomeSums } from './store.ts'

export type Task = 'classification' | 'regression'

export interface LiveMetric {
  readonly outcomes: number
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

export function liveMetric(task: Task, sums: readonly Omit<OutcomeSums, 'model' | 'at' | 'version'>[]): LiveMetric {
  const add = (of: (sum: (typeof sums)[number]) => number): number => sums.reduce((total, sum) => total + of(sum), 0)
  const outcomes = add((sum) => sum.outcomes)
  if (outcomes === 0) return { outcomes, value: null, low: null, high: null }
  if (task === 'classification')
    return {
      outcomes,
      ...wilsonInterval(
        add((sum) => sum.hits),
        outcomes,
      ),
    }
  const value = add((sum) => sum.error) / outcomes
  if (outcomes < 2) return { outcomes, value, low: null, high: null }
  // Rounding may bring the variance of equal errors below 0.
  const variance = Math.max(0, (add((sum) => sum.errorSquares) - outcomes * value * value) / (outcomes - 1))
  const half = Z_95 * Math.sqrt(variance / outcomes)
  return { outcomes, value, low: Math.max(0, value - half), high: value + half }
}

/** Mean distance of the confidence from the share that came true, by the outcomes of each tenth. Null without outcomes. */
export function calibrationError(bins: readonly { outcomes: number; hits: number; confidence: number }[]): number | null {
  const outcomes = bins.reduce((total, bin) => total + bin.outcomes, 0)
  if (outcomes === 0) return null
  return bins.reduce((total, bin) => total + Math.abs(bin.hits - bin.confidence), 0) / outcomes
}
