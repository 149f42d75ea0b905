// How well vectors find what belongs together: each query ranks the candidates by cosine, ties by their order. nDCG with binary gains
// (Järvelin and Kekäläinen 2002); recall, precision, accuracy and reciprocal rank as sentence-transformers' InformationRetrievalEvaluator.
import { TandemError } from '../../errors.ts'
import { createDotProducts } from '../math/dot-products.ts'

export interface RetrievalTask {
  /** Vectors of length 1 of all items, shape (items, dimensions). */
  readonly vectors: Float32Array
  readonly dimensions: number
  readonly queries: Int32Array
  readonly candidates: Int32Array
  isMatch(query: number, item: number): boolean
  /** Cut of recall, precision and nDCG. Default 10. */
  readonly k?: number
  /** Asked between blocks of queries; true ends the work. */
  readonly isCanceled?: () => boolean
}

export interface RetrievalMetrics {
  /** Queries whose first hit is right. */
  readonly accuracyAt1: number
  /** Right ones among the first k. */
  readonly precisionAtK: number
  /** Share of the right ones that are among the first k. */
  readonly recallAtK: number
  /** Mean of 1 / place of the first right one, over the whole ranking. */
  readonly mrr: number
  readonly ndcgAtK: number
}

export interface RetrievalJudgement extends RetrievalMetrics {
  /** Queries that have something to find; the others are left out. */
  readonly queries: Int32Array
  /** One for each query. */
  readonly ndcg: Float64Array
  /** Place of the first right one, from 1. */
  readonly firstPlace: Int32Array
  /** The first k of each query, shape (queries, k); -1 beyond the candidates. */
  readonly top: Int32Array
}

const QUERIES_AT_ONCE = 64
const CANDIDATES_AT_ONCE = 4_096

/**
 * Ranks all candidates for each query; the query itself is passed over where it is one of them.
 *
 * Cost: O(queries x candidates x dimensions).
 *
 * @throws `too_few_rows` when no query has anything to find; `canceled`.
 */
export function judgeRetrieval(task: RetrievalTask): RetrievalJudgement {
  const { vectors, dimensions, candidates, isMatch, k = 10, isCanceled } = task
  const products = createDotProducts()
  const found = rowsOf(vectors, candidates, dimensions)
  const scores = new Float32Array(QUERIES_AT_ONCE * candidates.length)
  const part = new Float32Array(QUERIES_AT_ONCE * CANDIDATES_AT_ONCE)
  const judged: QueryRanking[] = []
  const kept: number[] = []
  for (let from = 0; from < task.queries.length; from += QUERIES_AT_ONCE) {
    if (isCanceled?.() === true) throw new TandemError('canceled', 'The evaluation was canceled.')
    const queries = task.queries.subarray(from, from + QUERIES_AT_ONCE)
    const asked = rowsOf(vectors, queries, dimensions)
    for (let first = 0; first < candidates.length; first += CANDIDATES_AT_ONCE) {
      const m = Math.min(CANDIDATES_AT_ONCE, candidates.length - first)
      products.rowsTimesRows(asked, queries.length, found.subarray(first * dimensions, (first + m) * dimensions), m, dimensions, part)
      for (let query = 0; query < queries.length; query++) {
        scores.set(part.subarray(query * m, (query + 1) * m), query * candidates.length + first)
      }
    }
    for (const [place, query] of queries.entries()) {
      const own = scores.subarray(place * candidates.length, (place + 1) * candidates.length)
      const ranking = judgeQuery(query, own, candidates, isMatch, k)
      if (ranking === undefined) continue
      judged.push(ranking)
      kept.push(query)
    }
  }
  if (judged.length === 0) throw new TandemError('too_few_rows', 'None of the queries has anything to find among the candidates.')
  const mean = (of: (ranking: QueryRanking) => number): number => judged.reduce((sum, ranking) => sum + of(ranking), 0) / judged.length
  const top = new Int32Array(judged.length * k)
  for (const [place, ranking] of judged.entries()) top.set(ranking.top, place * k)
  return {
    accuracyAt1: mean(({ firstPlace }) => (firstPlace === 1 ? 1 : 0)),
    precisionAtK: mean(({ right }) => right / k),
    recallAtK: mean(({ right, matches }) => right / matches),
    mrr: mean(({ firstPlace }) => 1 / firstPlace),
    ndcgAtK: mean(({ ndcg }) => ndcg),
    queries: Int32Array.from(kept),
    ndcg: Float64Array.from(judged, ({ ndcg }) => ndcg),
    firstPlace: Int32Array.from(judged, ({ firstPlace }) => firstPlace),
    top,
  }
}

interface QueryRanking {
  readonly top: Int32Array
  readonly right: number
  readonly matches: number
  readonly firstPlace: number
  readonly ndcg: number
}

function judgeQuery(
  query: number,
  scores: Float32Array,
  candidates: Int32Array,
  isMatch: RetrievalTask['isMatch'],
  k: number,
): QueryRanking | undefined {
  const top = new Int32Array(k).fill(-1)
  const best = new Float32Array(k).fill(Number.NEGATIVE_INFINITY)
  let [matches, bestMatch, placeOfMatch] = [0, Number.NEGATIVE_INFINITY, -1]
  for (let at = 0; at < candidates.length; at++) {
    const item = candidates[at]!
    if (item === query) continue
    const score = scores[at]!
    if (isMatch(query, item)) {
      matches++
      if (score > bestMatch) [bestMatch, placeOfMatch] = [score, at]
    }
    if (!(score > best[k - 1]!)) continue
    let place = k - 1
    for (; place > 0 && score > best[place - 1]!; place--) {
      best[place] = best[place - 1]!
      top[place] = top[place - 1]!
    }
    best[place] = score
    top[place] = item
  }
  if (matches === 0) return undefined
  let firstPlace = 1
  for (let at = 0; at < candidates.length; at++) {
    if (candidates[at] !== query && (scores[at]! > bestMatch || (scores[at] === bestMatch && at < placeOfMatch))) firstPlace++
  }
  let [right, gain, ideal] = [0, 0, 0]
  for (let place = 0; place < k; place++) {
    const discount = 1 / Math.log2(place + 2)
    if (place < matches) ideal += discount
    if (top[place]! < 0 || !isMatch(query, top[place]!)) continue
    right++
    gain += discount
  }
  return { top, right, matches, firstPlace, ndcg: gain / ideal }
}

export function rowsOf(vectors: Float32Array, items: Int32Array, dimensions: number): Float32Array {
  const rows = new Float32Array(items.length * dimensions)
  for (const [place, item] of items.entries()) {
    rows.set(vectors.subarray(item * dimensions, (item + 1) * dimensions), place * dimensions)
  }
  return rows
}
