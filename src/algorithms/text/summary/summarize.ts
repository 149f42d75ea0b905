// A text in few of its own sentences: the central ones, the early ones a little before the later ones, none that repeats another (MMR), in the
// order of the text. With a question, those that are about it.
import { TandemError } from '../../../errors.ts'
import { maximalMarginalRelevance } from '../../retrieval/maximal-marginal-relevance.ts'
import { ENGLISH_STOP_WORDS } from '../english-stop-words.ts'
import { type Sentence, splitSentences } from '../sentences/split-sentences.ts'
import { stemEnglish } from '../stem-english.ts'
import { lexRank, sentenceGraph, type TermCounts } from './rank-sentences.ts'

export interface SummaryOptions {
  /** 1 to 50. Default 3. */
  readonly sentences?: number
  /** What the summary shall be about. */
  readonly query?: string
  /** How near each sentence, in the order of `splitSentences`, is to the query in meaning, -1 to 1. Default: by its words alone. */
  readonly nearness?: ArrayLike<number>
}

export interface SummarySentence extends Sentence {
  readonly text: string
  /** 0 to 1, of the sentence that says most. */
  readonly score: number
}

export interface ExtractedSummary {
  /** Sentences joined by spaces. */
  readonly text: string
  /** In the order of the text. */
  readonly sentences: readonly SummarySentence[]
  /** Of the whole text. */
  readonly sentenceCount: number
}

interface Asked {
  readonly terms: TermCounts
  readonly nearness: ArrayLike<number> | undefined
}

/** The graph grows with the square: beyond this the best of each part are compared. */
const MOST_AT_ONCE = 400
/** Weight of standing first, of that of being central. */
const POSITION = 0.3
/** Of relevance against sameness. */
const LAMBDA = 0.8
/** Of the words of the question against centrality. */
const QUERY = 0.7
const STOP_WORDS: ReadonlySet<string> = new Set(ENGLISH_STOP_WORDS)

/**
 * Cost: O(length + sentences^2), and linear above 400 sentences.
 *
 * @throws `invalid_input` for a count of sentences out of 1 to 50.
 */
export function summarize(text: string, { sentences = 3, query, nearness }: SummaryOptions = {}): ExtractedSummary {
  if (!Number.isInteger(sentences) || sentences < 1 || sentences > 50) {
    throw new TandemError('invalid_input', `A summary of ${sentences} sentences was asked; 1 to 50 are possible.`)
  }
  const places = splitSentences(text)
  const terms = places.map(({ start, end }) => termsOf(text.slice(start, end)))
  const asked = query === undefined ? undefined : { terms: termsOf(query), nearness }
  let kept = different(terms)
  while (kept.length > MOST_AT_ONCE) kept = bestOfParts(kept, terms, asked)
  const chosen = choose(kept, terms, sentences, asked)
  const most = Math.max(...chosen.map(({ score }) => score), Number.MIN_VALUE)
  const found = chosen
    .sort((left, right) => left.at - right.at)
    .map(({ at, score }) => ({ ...places[at]!, text: flat(text.slice(places[at]!.start, places[at]!.end)), score: score / most }))
  return { text: found.map(({ text: sentence }) => sentence).join(' '), sentences: found, sentenceCount: places.length }
}

/** Without those that say the same words as one before. */
function different(terms: readonly TermCounts[]): number[] {
  const seen = new Set<string>()
  return terms.flatMap((counts, at) => {
    const key = [...counts.keys()].sort().join(' ')
    if (key !== '' && seen.has(key)) return []
    seen.add(key)
    return [at]
  })
}

/** Half of the sentences of each part. */
function bestOfParts(kept: readonly number[], terms: readonly TermCounts[], asked: Asked | undefined): number[] {
  const best: number[] = []
  for (let start = 0; start < kept.length; start += MOST_AT_ONCE) {
    const part = kept.slice(start, start + MOST_AT_ONCE)
    const scores = relevanceOf(part, terms, asked).scores
    const order = part.map((_, at) => at).sort((left, right) => scores[right]! - scores[left]! || left - right)
    const half = new Set(order.slice(0, Math.ceil(part.length / 2)))
    best.push(...part.filter((_, at) => half.has(at)))
  }
  return best
}

function choose(
  kept: readonly number[],
  terms: readonly TermCounts[],
  count: number,
  asked: Asked | undefined,
): { readonly at: number; readonly score: number }[] {
  if (kept.length === 0) return []
  const { scores, graph } = relevanceOf(kept, terms, asked)
  const chosen = maximalMarginalRelevance(scores, graph.similarity, { k: Math.min(count, kept.length), lambda: LAMBDA })
  return chosen.map((place) => ({ at: kept[place]!, score: scores[place]! }))
}

/** 0 to 1. */
function relevanceOf(kept: readonly number[], terms: readonly TermCounts[], asked: Asked | undefined) {
  const graph = sentenceGraph(kept.map((at) => terms[at]!))
  const central = lexRank(graph)
  const most = central.reduce((high, each) => Math.max(high, each), Number.MIN_VALUE)
  const scores = Float64Array.from(kept, (_, place) => {
    const score = (central[place]! / most + POSITION / (1 + place)) / (1 + POSITION)
    return asked === undefined ? score : (1 - QUERY) * score + QUERY * aboutness(kept[place]!, terms, asked)
  })
  return { scores, graph }
}

/** Its words count as much as its meaning, where that is known. */
function aboutness(at: number, terms: readonly TermCounts[], { terms: wanted, nearness }: Asked): number {
  const shared = sharedWith(terms[at]!, wanted)
  return nearness === undefined ? shared : (shared + Math.max(0, nearness[at]!)) / 2
}

/** Share of the asked terms that a sentence has, less for a long sentence. */
function sharedWith(terms: TermCounts, asked: TermCounts): number {
  if (asked.size === 0) return 0
  let shared = 0
  for (const term of asked.keys()) if (terms.has(term)) shared++
  return shared / asked.size / (1 + Math.log(1 + terms.size) / 10)
}

function termsOf(sentence: string): TermCounts {
  const counts = new Map<string, number>()
  for (const word of sentence.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? []) {
    if (STOP_WORDS.has(word)) continue
    const stem = stemEnglish(word)
    counts.set(stem, (counts.get(stem) ?? 0) + 1)
  }
  return counts
}

function flat(sentence: string): string {
  return sentence.replace(/\s+/g, ' ')
}
