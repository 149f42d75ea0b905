// Which sentences of a text say most of it: LexRank over the graph of sentences that share words, as centrality of a random walk.
// Source: Erkan & Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization", 2004; with the binary threshold of 0.1.

/** Terms of one sentence and how often each stands there. */
export type TermCounts = ReadonlyMap<string, number>

export interface SentenceGraph {
  readonly count: number
  /** Cosine of two sentences, by their places. */
  similarity(left: number, right: number): number
}

const THRESHOLD = 0.1
const MOST_STEPS = 100
const NEAR_ENOUGH = 1e-4

/** Sentences as TF-IDF vectors: counts over the most frequent term's, times the logarithm of how rare a term is among the sentences. */
export function sentenceGraph(sentences: readonly TermCounts[]): SentenceGraph {
  const inSentences = new Map<string, number>()
  for (const terms of sentences) for (const term of terms.keys()) inSentences.set(term, (inSentences.get(term) ?? 0) + 1)
  const vectors = sentences.map((terms) => {
    let most = 1
    for (const count of terms.values()) most = Math.max(most, count)
    const vector = new Map<string, number>()
    let squares = 0
    for (const [term, count] of terms) {
      const weight = (count / most) * Math.log(sentences.length / (1 + inSentences.get(term)!))
      vector.set(term, weight)
      squares += weight * weight
    }
    return { vector, length: Math.sqrt(squares) }
  })
  return {
    count: sentences.length,
    similarity(left, right) {
      const [a, b] = [vectors[left]!, vectors[right]!]
      if (a.length === 0 || b.length === 0) return 0
      const [small, large] = a.vector.size <= b.vector.size ? [a, b] : [b, a]
      let dot = 0
      for (const [term, weight] of small.vector) {
        const other = large.vector.get(term)
        if (other !== undefined) dot += weight * other
      }
      return dot / (a.length * b.length)
    },
  }
}

/**
 * Centrality of each sentence; the sum is 1.
 *
 * Cost: O(sentences^2) similarities and steps of as many additions.
 *
 * @param options.threshold  similarity above which two sentences are linked.
 */
export function lexRank(graph: SentenceGraph, { threshold = THRESHOLD }: { readonly threshold?: number } = {}): Float64Array {
  const n = graph.count
  const links: number[][] = Array.from({ length: n }, (_, at) => [at])
  for (let left = 0; left < n; left++) {
    for (let right = left + 1; right < n; right++) {
      if (graph.similarity(left, right) <= threshold) continue
      links[left]!.push(right)
      links[right]!.push(left)
    }
  }
  let rank = new Float64Array(n).fill(1 / n)
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = new Float64Array(n)
    for (let at = 0; at < n; at++) {
      const share = rank[at]! / links[at]!.length
      for (const to of links[at]!) next[to]! += share
    }
    let change = 0
    for (let at = 0; at < n; at++) change += Math.abs(next[at]! - rank[at]!)
    rank = next
    if (change < NEAR_ENOUGH) break
  }
  return rank
}
