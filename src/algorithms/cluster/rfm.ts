// Recency, frequency, monetary value: customers by how lately, how often and for how much they bought.
// Source: Hughes, Strategic Database Marketing, 1994; segments by recency and by the mean of the other two.
import { TandemError } from '../../errors.ts'

export interface RfmInput {
  /** Time since the last purchase, in any unit; less is better. */
  readonly recency: ArrayLike<number>
  readonly frequency: ArrayLike<number>
  readonly monetary: ArrayLike<number>
}

export type RfmSegment = 'champions' | 'loyal' | 'promising' | 'new' | 'needs-attention' | 'at-risk' | 'cannot-lose' | 'hibernating'

export interface RfmScores {
  /** 1 (worst fifth) to 5 (best fifth) of each customer. */
  readonly recency: Uint8Array
  readonly frequency: Uint8Array
  readonly monetary: Uint8Array
  readonly segments: readonly RfmSegment[]
}

const FIFTHS = 5

/**
 * Scores customers in fifths and names their segment. Customers of equal value get equal scores, so fifths may differ in size.
 *
 * | recency | frequency and monetary, mean | segment |
 * |---|---|---|
 * | 4 to 5 | 4 and more / 2.5 and more / below | champions / promising / new |
 * | 3 | 4 and more / 2.5 and more / below | loyal / loyal / needs-attention |
 * | 1 to 2 | 4 and more / 2.5 and more / below | cannot-lose / at-risk / hibernating |
 *
 * Cost: O(customers log customers).
 *
 * @throws   `shape_mismatch` for columns of different length; `too_few_rows` below 5 customers; `invalid_input` for values that are not finite.
 */
export function rfmScores({ recency, frequency, monetary }: RfmInput): RfmScores {
  const customers = recency.length
  if (frequency.length !== customers || monetary.length !== customers) {
    throw new TandemError(
      'shape_mismatch',
      `There are ${customers} recencies, ${frequency.length} frequencies and ${monetary.length} monetary values; give one of each a customer.`,
    )
  }
  if (customers < FIFTHS) throw new TandemError('too_few_rows', `Fifths need at least ${FIFTHS} customers; there are ${customers}.`)
  const scores = {
    recency: fifths('recency', recency).map((score) => FIFTHS + 1 - score),
    frequency: fifths('frequency', frequency),
    monetary: fifths('monetary', monetary),
  }
  const segments = Array.from(scores.recency, (score, at) => segmentOf(score, (scores.frequency[at]! + scores.monetary[at]!) / 2))
  return { ...scores, segments }
}

/** 1 for the lowest fifth to 5, by the middle of the places that equal values share. */
function fifths(name: string, values: ArrayLike<number>): Uint8Array {
  const n = values.length
  const order = Uint32Array.from({ length: n }, (_, at) => at)
  for (let at = 0; at < n; at++) {
    if (!Number.isFinite(values[at])) {
      throw new TandemError('invalid_input', `The ${name} of customer ${at} is ${values[at]}; it must be a finite number.`, {
        details: { row: at },
      })
    }
  }
  order.sort((a, b) => values[a]! - values[b]!)
  const scores = new Uint8Array(n)
  for (let from = 0; from < n; ) {
    let to = from + 1
    while (to < n && values[order[to]!] === values[order[from]!]) to++
    const score = 1 + Math.min(FIFTHS - 1, Math.floor((FIFTHS * (from + to)) / (2 * n)))
    for (; from < to; from++) scores[order[from]!] = score
  }
  return scores
}

function segmentOf(recency: number, value: number): RfmSegment {
  const tier = value >= 4 ? 0 : value >= 2.5 ? 1 : 2
  if (recency >= 4) return (['champions', 'promising', 'new'] as const)[tier]!
  if (recency === 3) return tier === 2 ? 'needs-attention' : 'loyal'
  return (['cannot-lose', 'at-risk', 'hibernating'] as const)[tier]!
}
