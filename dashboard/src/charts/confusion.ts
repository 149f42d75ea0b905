// What can be read from a confusion matrix: rows are the true classes, columns what the model said.
import { type Interval, wilsonInterval } from './wilson-interval.ts'

/** `counts[true][said]`. */
export type Confusion = readonly (readonly number[])[]

export interface BinaryRates {
  readonly accuracy: Interval | undefined
  /** Of those called positive, the share that was. */
  readonly precision: Interval | undefined
  /** Of those positive, the share that was found. */
  readonly recall: Interval | undefined
  readonly falsePositiveRate: Interval | undefined
}

/** Rates of the second class of a two-class matrix with 95 % intervals; undefined where nothing was counted. */
export function binaryRates(counts: Confusion): BinaryRates {
  const [[trueNegatives = 0, falsePositives = 0] = [], [falseNegatives = 0, truePositives = 0] = []] = counts
  return {
    accuracy: wilsonInterval(trueNegatives + truePositives, trueNegatives + falsePositives + falseNegatives + truePositives),
    precision: wilsonInterval(truePositives, truePositives + falsePositives),
    recall: wilsonInterval(truePositives, truePositives + falseNegatives),
    falsePositiveRate: wilsonInterval(falsePositives, falsePositives + trueNegatives),
  }
}

/** Step 1 to 7 of the sequential ramp for a share of the true class. */
export function rampStep(share: number): number {
  return Math.min(7, Math.max(1, Math.floor(share * 7) + 1))
}

export interface ConfusedPair {
  readonly truth: string
  readonly said: string
  readonly count: number
  /** Of the rows of the true class. */
  readonly share: number
}

/** The mistakes that were made most often, for matrices too large to look at. */
export function worstPairs(classes: readonly string[], counts: Confusion, limit = 12): ConfusedPair[] {
  const pairs: ConfusedPair[] = []
  counts.forEach((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    row.forEach((count, said) => {
      if (truth !== said && count > 0) pairs.push({ truth: classes[truth]!, said: classes[said]!, count, share: count / total })
    })
  })
  return pairs.sort((a, b) => b.count - a.count || b.share - a.share).slice(0, limit)
}
