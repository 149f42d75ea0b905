// Counts of values in bins of one width.
import type { Numbers } from './input-checks.ts'

export interface Histogram {
  /** Rising, one more than counts. */
  readonly edges: number[]
  readonly counts: number[]
}

/**
 * @param low, high  the range; values outside count in the first or last bin. Equal: one bin around them.
 * @param bins       whole number, at least 1.
 */
export function histogram(values: Numbers, low: number, high: number, bins: number): Histogram {
  const [from, to] = high > low ? [low, high] : [low - 0.5, low + 0.5]
  const counts = new Array<number>(bins).fill(0)
  for (let row = 0; row < values.length; row++) {
    const bin = Math.floor(((values[row]! - from) / (to - from)) * bins)
    counts[Math.min(bins - 1, Math.max(0, bin))]!++
  }
  return { edges: Array.from({ length: bins + 1 }, (_, edge) => from + ((to - from) * edge) / bins), counts }
}
