// Several rankings of the same rows to one.
// Source: Cormack, Clarke & Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", 2009.
import { TandemError } from '../../errors.ts'
import type { Ranking } from './keyword-index.ts'
import { topRows } from './top-rows.ts'

export interface FusionOptions {
  /** How many to keep. Default all. */
  readonly k?: number
  /** What each ranking counts, from 0 on; default 1 each. */
  readonly weights?: readonly number[]
}

export interface ReciprocalRankOptions extends FusionOptions {
  /** Added to each rank: the larger, the less the first places count. Default 60, as in the paper. */
  readonly rankConstant?: number
}

/**
 * Fuses by places: a row gets `weight / (rankConstant + place)` of each ranking that holds it, places from 1.
 *
 * Needs no comparable scores, so it suits keyword beside vector search.
 *
 * @throws `invalid_input` for weights that are negative, not finite or of another number than the rankings.
 */
export function reciprocalRankFusion(rankings: readonly Ranking[], { k, weights, rankConstant = 60 }: ReciprocalRankOptions = {}): Ranking {
  if (!(rankConstant >= 0 && Number.isFinite(rankConstant))) {
    throw new TandemError('invalid_input', `rankConstant is ${rankConstant}; it is a number from 0 on, usually 60.`)
  }
  return sumOf(rankings, checkedWeights(rankings, weights), k, (_, place) => 1 / (rankConstant + place + 1))
}

/**
 * Fuses by scores, each ranking's scaled to 0 for its last and 1 for its first row; a row that a ranking lacks gets nothing of it.
 *
 * Keeps how far apart scores are, which places forget, but depends on how many rows each ranking holds.
 *
 * @throws `invalid_input` as `reciprocalRankFusion`.
 */
export function weightedScoreFusion(rankings: readonly Ranking[], { k, weights }: FusionOptions = {}): Ranking {
  return sumOf(rankings, checkedWeights(rankings, weights), k, ({ scores }, place) => {
    const highest = scores[0]!
    const lowest = scores[scores.length - 1]!
    return highest === lowest ? 1 : (scores[place]! - lowest) / (highest - lowest)
  })
}

function checkedWeights(rankings: readonly Ranking[], weights: readonly number[] = rankings.map(() => 1)): readonly number[] {
  if (weights.length !== rankings.length) {
    throw new TandemError('invalid_input', `There are ${weights.length} weights for ${rankings.length} rankings; give one for each.`)
  }
  const wrong = weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)))
  if (wrong >= 0) throw new TandemError('invalid_input', `Weight ${wrong} is ${weights[wrong]}; weights are numbers from 0 on.`)
  return weights
}

function sumOf(
  rankings: readonly Ranking[],
  weights: readonly number[],
  k: number | undefined,
  worth: (ranking: Ranking, place: number) => number,
): Ranking {
  const sums = new Map<number, number>()
  rankings.forEach((ranking, which) => {
    if (weights[which] === 0) return
    for (let place = 0; place < ranking.rows.length; place++) {
      const row = ranking.rows[place]!
      sums.set(row, (sums.get(row) ?? 0) + weights[which]! * worth(ranking, place))
    }
  })
  const rows = Int32Array.from(sums.keys())
  const scores = Float64Array.from(sums.values())
  return topRows(
    rows.length,
    k ?? rows.length,
    (at) => rows[at]!,
    (at) => scores[at]!,
  )
}
