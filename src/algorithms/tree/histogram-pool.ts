// Histograms of the leaves that may still be split. When there is no room, the leaf that promises least gives up its own.

import type { BoostingPlaces } from './boosting-plan.ts'

interface Holder {
  histogram: number
  readonly gain: number
}

/** Slots begin at a line of the cache: where they begin anywhere, one bin of four lies across two lines, and adding rows takes longer. */
export const SLOT_ALIGNMENT = 64

export interface HistogramPool {
  /** Gives `leaf` room for a histogram; `others` may lose theirs. */
  take(leaf: Holder, others: readonly Holder[]): void
  release(leaf: Holder): void
}

/**
 * @param bytes  of one histogram.
 * @param most  that are held at the same time.
 */
export function createHistogramPool({ histograms, histogramBytes }: BoostingPlaces, bytes: number, most: number): HistogramPool {
  const slotBytes = Math.ceil(bytes / SLOT_ALIGNMENT) * SLOT_ALIGNMENT
  const slots = Math.min(most, Math.floor(histogramBytes / slotBytes))
  const free = Array.from({ length: slots }, (_, i) => histograms + (slots - 1 - i) * slotBytes)
  const release = (leaf: Holder): void => {
    if (leaf.histogram !== 0) free.push(leaf.histogram)
    leaf.histogram = 0
  }
  return {
    release,
    take(leaf, others) {
      if (free.length === 0)
        release(others.filter((other) => other !== leaf && other.histogram !== 0).reduce((a, b) => (b.gain < a.gain ? b : a)))
      leaf.histogram = free.pop()!
    },
  }
}
