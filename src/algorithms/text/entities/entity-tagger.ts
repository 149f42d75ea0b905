// Finds persons, places and organisations: a linear chain over hashed features of words, with a knob between precision and recall.
import {
  bestSequence,
  createLattice,
  type Span,
  type SpanLabels,
  spanLabels,
  spanProbability,
  spansOf,
  sumSequences,
} from '../sequence/chain.ts'
import { createGazetteer } from './gazetteer.ts'
import { createWordFeatures, type WordClusters } from './word-features.ts'

export interface TaggerModel {
  readonly types: readonly string[]
  /** Rows are 2^bits. */
  readonly bits: number
  /** Shape (rows, labels). */
  readonly emissions: Int8Array
  /** What 1 of a weight stands for. */
  readonly scale: number
  /** Shape (labels, labels). */
  readonly transitions: Float64Array
  /** Taken off the score of "no name", which finds more of them. */
  readonly outsideBias: number
  readonly phrases: readonly (readonly [phrase: string, lists: number])[]
  readonly clusters: WordClusters
}

export interface TaggedSpan extends Span {
  /** Probability, 0 to 1, that exactly these words are of this type. */
  readonly probability: number
}

export interface EntityTagger {
  readonly labels: SpanLabels
  /**
   * The names in a sentence.
   *
   * Cost: about 100 table look-ups a word.
   *
   * @param bias  added to the model's own: above 0 finds more, below 0 is surer.
   */
  tag(words: readonly string[], bias?: number): TaggedSpan[]
}

/** Longer sentences are tagged in pieces: a list of ten thousand words is no sentence. */
const MOST_WORDS = 400

export function createEntityTagger(model: TaggerModel): EntityTagger {
  const { emissions, scale, transitions, outsideBias } = model
  const labels = spanLabels(model.types)
  const { count } = labels
  const features = createWordFeatures(model.bits, createGazetteer(model.phrases), model.clusters)
  const lattice = createLattice()
  const E = new Float64Array(MOST_WORDS * count)
  const tagPiece = (words: readonly string[], bias: number): TaggedSpan[] => {
    const rows = features.rowsOf(words)
    for (let word = 0; word < rows.length; word++) {
      const out = word * count
      for (let label = 0; label < count; label++) E[out + label] = 0
      for (const row of rows[word]!) for (let label = 0; label < count; label++) E[out + label]! += emissions[row * count + label]!
      for (let label = 0; label < count; label++) E[out + label]! *= scale
      E[out]! -= outsideBias + bias
    }
    const spans = spansOf(bestSequence(E, transitions, words.length, count))
    if (spans.length === 0) return []
    sumSequences(lattice, E, transitions, words.length, count)
    return spans.map((span) => ({ ...span, probability: spanProbability(lattice, E, transitions, span, count) }))
  }
  return {
    labels,
    tag(words, bias = 0) {
      const found: TaggedSpan[] = []
      for (let start = 0; start < words.length; start += MOST_WORDS) {
        for (const span of tagPiece(words.slice(start, start + MOST_WORDS), bias)) {
          found.push({ ...span, start: span.start + start, end: span.end + start })
        }
      }
      return found
    },
  }
}
