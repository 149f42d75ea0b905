// Fewer near copies among the first hits.
// Source: Carbonell & Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries", 1998.
import { TandemError } from '../../errors.ts'

export interface RelevanceOptions {
  /** How many to choose. Default all. */
  readonly k?: number
  /** 1 keeps the order of relevance, 0 looks at difference alone. Default 0.7. */
  readonly lambda?: number
}

/**
 * Chooses one candidate after another: the most relevant that is least like those chosen before it.
 *
 * Cost: O(k x candidates) calls of `similarity`.
 *
 * @param relevance   of each candidate; scale it like the similarities, for example 0 to 1.
 * @param similarity  of two candidates by their place, the same scale.
 * @returns           places of the chosen candidates in the order chosen.
 * @throws            `invalid_input` for lambda out of 0 to 1.
 */
export function maximalMarginalRelevance(
  relevance: ArrayLike<number>,
  similarity: (left: number, right: number) => number,
  { k = relevance.length, lambda = 0.7 }: RelevanceOptions = {},
): number[] {
  if (!(lambda >= 0 && lambda <= 1)) throw new TandemError('invalid_input', `lambda is ${lambda}; it is a number from 0 to 1.`)
  const rest = Array.from({ length: relevance.length }, (_, place) => place)
  const closest = new Float64Array(relevance.length).fill(Number.NEGATIVE_INFINITY)
  const chosen: number[] = []
  while (chosen.length < k && rest.length > 0) {
    const value = (place: number): number => lambda * relevance[place]! - (chosen.length === 0 ? 0 : (1 - lambda) * closest[place]!)
    let best = 0
    for (let at = 1; at < rest.length; at++) if (value(rest[at]!) > value(rest[best]!)) best = at
    const place = rest.splice(best, 1)[0]!
    chosen.push(place)
    for (const other of rest) closest[other] = Math.max(closest[other]!, similarity(place, other))
  }
  return chosen
}
