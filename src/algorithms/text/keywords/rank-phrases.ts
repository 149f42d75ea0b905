// The phrases that are nearest to what a text means, and no two of them alike. Source: Grootendorst, KeyBERT, 2020; MMR of Carbonell & Goldstein.
import { maximalMarginalRelevance } from '../../retrieval/maximal-marginal-relevance.ts'
import type { Phrase } from './find-phrases.ts'

export interface RankPhrasesOptions {
  readonly k: number
  /** 0 looks at relevance alone, 1 at difference alone. */
  readonly diversity: number
}

export interface RankedPhrase extends Phrase {
  /** Cosine of the phrase and the text. */
  readonly similarity: number
}

/** Of meaning, against how the phrase stands in the text. */
const MEANING = 0.5

/**
 * Cost: O(k x phrases x dimensions).
 *
 * @param vectors  of length 1: one for each phrase, then that of the text.
 */
export function rankPhrases(
  phrases: readonly Phrase[],
  vectors: readonly Float32Array[],
  { k, diversity }: RankPhrasesOptions,
): RankedPhrase[] {
  const text = vectors[phrases.length]!
  const similarities = phrases.map((_, at) => dot(vectors[at]!, text))
  const relevance = phrases.map(({ score }, at) => (1 - MEANING) * score + MEANING * Math.max(0, similarities[at]!))
  const alike = (left: number, right: number): number => Math.max(0, dot(vectors[left]!, vectors[right]!))
  const chosen = maximalMarginalRelevance(relevance, alike, { k, lambda: 1 - diversity })
  return best(chosen.map((at) => ({ ...phrases[at]!, score: relevance[at]!, similarity: similarities[at]! })))
}

/** Without vectors: by words alone, where phrases that share words are alike. */
export function rankPhrasesByWords(phrases: readonly Phrase[], { k, diversity }: RankPhrasesOptions): RankedPhrase[] {
  const sets = phrases.map(({ stems }) => new Set(stems))
  const alike = (left: number, right: number): number => {
    let shared = 0
    for (const stem of sets[left]!) if (sets[right]!.has(stem)) shared++
    return shared / (sets[left]!.size + sets[right]!.size - shared)
  }
  const chosen = maximalMarginalRelevance(
    phrases.map(({ score }) => score),
    alike,
    { k, lambda: 1 - diversity },
  )
  return best(chosen.map((at) => ({ ...phrases[at]!, similarity: 0 })))
}

function best(phrases: readonly RankedPhrase[]): RankedPhrase[] {
  return [...phrases].sort((left, right) => right.score - left.score || left.start - right.start)
}

function dot(left: Float32Array, right: Float32Array): number {
  let sum = 0
  for (let at = 0; at < left.length; at++) sum += left[at]! * right[at]!
  return sum
}
