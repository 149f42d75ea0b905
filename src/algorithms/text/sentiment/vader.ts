// Sentiment of English by a lexicon and rules: negation, degree words, capitals, punctuation, "but", emoticons and emoji.
// Source: Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", 2014, as vaderSentiment
// 3.3.2 does it.
import { DEGREES, IDIOMS, NEGATIONS } from './vader-words.ts'

export interface SentimentLexicon {
  /** Of a lower-case word, -4 to 4. */
  readonly words: ReadonlyMap<string, number>
  /** Each emoji in words. */
  readonly emoji: ReadonlyMap<string, string>
}

export interface Polarity {
  /** -1 to 1, of the whole. */
  readonly compound: number
  /** Shares of the text that are positive, neutral and negative; their sum is 1, or 0 for a text without words. */
  readonly positive: number
  readonly neutral: number
  readonly negative: number
}

const CAPITALS = 0.733
const NEGATED = -0.74
/** Of the sum of a text so strong that nothing stronger is expected. */
const ALPHA = 15
const NOTHING: Polarity = { compound: 0, positive: 0, neutral: 0, negative: 0 }
const PUNCTUATION = /^[!-/:-@[-`{-~]+|[!-/:-@[-`{-~]+$/g

/** How positive a text is. Cost: O(words). */
export function scorePolarity(given: string, lexicon: SentimentLexicon): Polarity {
  const text = withoutEmoji(given, lexicon.emoji).trim()
  if (text === '') return NOTHING
  const words = text.split(/\s+/).map(withoutPunctuation)
  const lower = words.map((word) => word.toLowerCase())
  const capitals = words.filter(isCapitals).length
  const sentence: Sentence = { words, lower, isMixed: capitals > 0 && capitals < words.length, lexicon: lexicon.words }
  const valences = words.map((_, at) => valenceOf(sentence, at))
  weighAroundBut(lower, valences)
  return summarize(valences, emphasisOf(text))
}

interface Sentence {
  readonly words: readonly string[]
  readonly lower: readonly string[]
  /** Whether some words are in capitals and others are not. */
  readonly isMixed: boolean
  readonly lexicon: ReadonlyMap<string, number>
}

function valenceOf(sentence: Sentence, at: number): number {
  const { words, lower, isMixed, lexicon } = sentence
  const word = lower[at]!
  if (DEGREES.has(word) || (word === 'kind' && lower[at + 1] === 'of')) return 0
  const known = lexicon.get(word)
  if (known === undefined) return 0
  let valence = known
  // "no" before a word of feeling is a negation and no feeling itself.
  if (word === 'no' && lower[at + 1] !== undefined && lexicon.has(lower[at + 1]!)) valence = 0
  const isAlternative = lower[at - 1] === 'or' || lower[at - 1] === 'nor'
  if (lower[at - 1] === 'no' || lower[at - 2] === 'no' || (lower[at - 3] === 'no' && isAlternative)) valence = known * NEGATED
  if (isMixed && isCapitals(words[at]!)) valence += valence > 0 ? CAPITALS : -CAPITALS
  for (let distance = 1; distance <= 3 && distance <= at; distance++) {
    if (lexicon.has(lower[at - distance]!)) continue
    valence += degreeOf(sentence, at - distance, valence) * (1 - 0.05 * (distance - 1))
    valence = negate(lower, at, distance, valence)
    if (distance === 3) valence = withIdioms(lower, at, valence)
  }
  return negateByLeast(lower, at, valence, lexicon)
}

function degreeOf({ words, lower, isMixed }: Sentence, at: number, valence: number): number {
  const degree = DEGREES.get(lower[at]!)
  if (degree === undefined) return 0
  const scalar = valence < 0 ? -degree : degree
  if (!isMixed || !isCapitals(words[at]!)) return scalar
  return valence > 0 ? scalar + CAPITALS : scalar - CAPITALS
}

function negate(lower: readonly string[], at: number, distance: number, valence: number): number {
  const isSo = (place: number): boolean => lower[place] === 'so' || lower[place] === 'this'
  const word = lower[at - distance]!
  if (distance === 2) {
    if (word === 'never' && isSo(at - 1)) return valence * 1.25
    if (word === 'without' && lower[at - 1] === 'doubt') return valence
  } else if (distance === 3) {
    if ((word === 'never' && isSo(at - 2)) || isSo(at - 1)) return valence * 1.25
    if (word === 'without' && (lower[at - 2] === 'doubt' || lower[at - 1] === 'doubt')) return valence
  }
  return NEGATIONS.has(word) || word.includes("n't") ? valence * NEGATED : valence
}

function withIdioms(lower: readonly string[], at: number, given: number): number {
  const phrase = (from: number, to: number): string => lower.slice(at + from, at + to + 1).join(' ')
  const [before, three, pair] = [phrase(-3, -1), phrase(-3, -2), phrase(-2, -1)]
  let valence = given
  for (const words of [phrase(-1, 0), phrase(-2, 0), pair, before, three]) {
    const idiom = IDIOMS.get(words)
    if (idiom === undefined) continue
    valence = idiom
    break
  }
  if (at + 1 < lower.length) valence = IDIOMS.get(phrase(0, 1)) ?? valence
  if (at + 2 < lower.length) valence = IDIOMS.get(phrase(0, 2)) ?? valence
  for (const words of [before, three, pair]) valence += DEGREES.get(words) ?? 0
  return valence
}

function negateByLeast(lower: readonly string[], at: number, valence: number, lexicon: ReadonlyMap<string, number>): number {
  if (lower[at - 1] !== 'least' || lexicon.has('least')) return valence
  return at > 1 && (lower[at - 2] === 'at' || lower[at - 2] === 'very') ? valence : valence * NEGATED
}

/** What comes after "but" counts more than what was before. */
function weighAroundBut(lower: readonly string[], valences: number[]): void {
  const but = lower.indexOf('but')
  if (but < 0) return
  for (let at = 0; at < valences.length; at++) if (at !== but) valences[at]! *= at < but ? 0.5 : 1.5
}

function summarize(valences: readonly number[], emphasis: number): Polarity {
  let [sum, positive, negative, neutral] = [0, 0, 0, 0]
  for (const valence of valences) {
    sum += valence
    // Neutral words count as 1, so the others get 1 more.
    if (valence > 0) positive += valence + 1
    else if (valence < 0) negative += 1 - valence
    else neutral++
  }
  if (sum > 0) sum += emphasis
  else if (sum < 0) sum -= emphasis
  if (positive > negative) positive += emphasis
  else if (positive < negative) negative += emphasis
  const total = positive + negative + neutral
  const compound = Math.max(-1, Math.min(1, sum / Math.sqrt(sum * sum + ALPHA)))
  return { compound, positive: positive / total, neutral: neutral / total, negative: negative / total }
}

/** Of up to four exclamation marks, and of more than one question mark. */
function emphasisOf(text: string): number {
  let [exclamations, questions] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 33) exclamations++
    else if (unit === 63) questions++
  }
  const asked = questions < 2 ? 0 : questions <= 3 ? questions * 0.18 : 0.96
  return Math.min(exclamations, 4) * 0.292 + asked
}

function withoutEmoji(text: string, emoji: ReadonlyMap<string, string>): string {
  // Most texts have none.
  if (!/[\u0080-\uffff]/.test(text)) return text
  let plain = ''
  let isAfterSpace = true
  for (const character of text) {
    const description = emoji.get(character)
    if (description === undefined) {
      plain += character
      isAfterSpace = character === ' '
    } else {
      plain += isAfterSpace ? description : ` ${description}`
      isAfterSpace = false
    }
  }
  return plain
}

/** An emoticon has nothing but punctuation, and keeps it. */
function withoutPunctuation(token: string): string {
  const word = token.replace(PUNCTUATION, '')
  return [...word].length <= 2 ? token : word
}

function isCapitals(word: string): boolean {
  return /\p{Lu}/u.test(word) && !/[\p{Ll}\p{Lt}]/u.test(word)
}
