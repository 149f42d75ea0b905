// What a comparison of two versions decides, as a sentence.
import type { Comparison } from '../../../../../src/capabilities/training/comparison/schema.ts'
import { versionsText } from '../../../text/models.ts'
import type { Metric } from '../metrics.ts'
import type { NameOf } from '../version-names.ts'

export type Compared = Comparison['metrics'][number]['versions'][number]

/**
 * One sentence about a version against the one in service, with the interval and, when nothing is decided, what would.
 * Differences come signed as the metric is; the sentence speaks of better and worse.
 */
export function verdictOf(
  { version, low, high, decided, moreRowsNeeded }: Compared,
  { difference, higherIsBetter }: Metric,
  nameOf: NameOf,
): string {
  const name = nameOf(version)
  const size = (value: number): string => difference.format(Math.abs(value)).replace('+', '')
  const [worst, best] = higherIsBetter ? [low, high] : [-high, -low]
  if (decided === 'better') return versionsText.decidedBetter(name, size(worst), size(best))
  if (decided === 'worse') return versionsText.decidedWorse(name, size(best), size(worst))
  const sentence = versionsText.notDecided(name, size(Math.min(worst, 0)), size(Math.max(best, 0)))
  return moreRowsNeeded === null ? sentence : sentence + versionsText.moreRows(moreRowsNeeded)
}
