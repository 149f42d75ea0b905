// Vectors without any model: words and their trigrams hashed to signed columns. Two texts are near when they share words or parts of words.
// Source: Weinberger et al. 2009 (signed hashing); Bojanowski et al. 2017 (character n-grams against spelling).
import { ENGLISH_STOP_WORDS } from '../english-stop-words.ts'
import { murmurHash3 } from '../murmur-hash3.ts'

/** Columns that a feature writes to: with several, no two features fall on each other whole. */
const COLUMNS_A_FEATURE = 4
const STOP_WORD_WEIGHT = 0.1
/** Of all trigrams of a word together, beside the word itself. */
const TRIGRAM_WEIGHT = 1
/** A megabyte of one word has no more to say. */
const MOST_WORDS = 20_000

const stopWords: ReadonlySet<string> = new Set(ENGLISH_STOP_WORDS)

/**
 * Writes the vector of a text at `from`, of length 1; a text without letters and digits gets that of its characters.
 *
 * Cost: O(characters), not of `dimensions`.
 *
 * @returns the number of words.
 */
export function hashEmbedding(text: string, dimensions: number, vectors: Float32Array, from: number): number {
  const vector = vectors.subarray(from, from + dimensions)
  vector.fill(0)
  const words =
    text
      .toLowerCase()
      .normalize('NFKC')
      .match(/[\p{L}\p{N}]+/gu) ?? [...text].slice(0, 1000)
  const count = Math.min(words.length, MOST_WORDS)
  for (let at = 0; at < count; at++) {
    const word = words[at]!
    addFeature(vector, word, stopWords.has(word) ? STOP_WORD_WEIGHT : 1)
    if (stopWords.has(word)) continue
    const marked = `<${word.slice(0, 40)}>`
    const weight = TRIGRAM_WEIGHT / Math.sqrt(Math.max(1, marked.length - 2))
    for (let start = 0; start + 3 <= marked.length; start++) addFeature(vector, marked.slice(start, start + 3), weight)
  }
  let squares = 0
  for (const value of vector) squares += value * value
  if (!(squares > 0)) {
    // Signs may cancel each other, or there may be nothing at all: a direction all the same.
    vector[0] = 1
    return count
  }
  const scale = 1 / Math.sqrt(squares)
  for (let at = 0; at < dimensions; at++) vector[at]! *= scale
  return count
}

function addFeature(vector: Float32Array, feature: string, weight: number): void {
  for (let seed = 0; seed < COLUMNS_A_FEATURE; seed++) {
    const hash = murmurHash3(feature, seed) >>> 0
    vector[(hash >>> 1) % vector.length]! += (hash & 1) === 1 ? weight : -weight
  }
}
