// Linear-chain conditional random fields over labels of words: the best sequence, and how sure a span of it is.
// Source: Lafferty, McCallum & Pereira 2001; forward-backward and Viterbi as in Sutton & McCallum, "An Introduction to Conditional Random
// Fields", 2012, section 3. E = emission scores, shape (words, labels); T = transition scores, shape (labels, labels), from row to column.
import { exp, LEAST_EXPONENT, log } from '../../math/exponential.ts'

/** Labels of spans in BIO: 0 is outside; then B and I of each type. */
export interface SpanLabels {
  readonly types: readonly string[]
  /** 1 + 2 x types. */
  readonly count: number
}

export interface Span {
  /** First word. */
  readonly start: number
  /** After the last word. */
  readonly end: number
  /** Place of its type. */
  readonly type: number
}

export const OUTSIDE = 0
const NEVER = -1e9

export function spanLabels(types: readonly string[]): SpanLabels {
  return { types, count: 1 + 2 * types.length }
}

export function beginOf(type: number): number {
  return 1 + 2 * type
}

export function insideOf(type: number): number {
  return 2 + 2 * type
}

/** Whether `to` may follow `from`: the inside of a span only its beginning or its inside. `from` -1: the start of a sentence. */
export function mayFollow(from: number, to: number): boolean {
  const isInside = to !== OUTSIDE && to % 2 === 0
  return !isInside || from === to || from === to - 1
}

/**
 * The sequence with the highest score among those that BIO allows.
 *
 * Cost: O(words x labels^2).
 *
 * @returns  a label for each of the `length` words.
 */
export function bestSequence(E: Float64Array, T: Float64Array, length: number, labels: number): Uint8Array {
  const best = new Float64Array(length * labels)
  const from = new Uint8Array(length * labels)
  for (let label = 0; label < labels; label++) best[label] = mayFollow(-1, label) ? E[label]! : NEVER
  for (let word = 1; word < length; word++) {
    const before = (word - 1) * labels
    for (let label = 0; label < labels; label++) {
      let most = Number.NEGATIVE_INFINITY
      let chosen = 0
      for (let previous = 0; previous < labels; previous++) {
        if (!mayFollow(previous, label)) continue
        const score = best[before + previous]! + T[previous * labels + label]!
        if (score > most) {
          most = score
          chosen = previous
        }
      }
      best[word * labels + label] = most + E[word * labels + label]!
      from[word * labels + label] = chosen
    }
  }
  const sequence = new Uint8Array(length)
  let last = 0
  for (let label = 1; label < labels; label++) {
    if (best[(length - 1) * labels + label]! > best[(length - 1) * labels + last]!) last = label
  }
  for (let word = length - 1; word >= 0; word--) {
    sequence[word] = last
    last = from[word * labels + last]!
  }
  return sequence
}

/** The spans of a sequence; an inside without its beginning begins one. */
export function spansOf(sequence: ArrayLike<number>): Span[] {
  const spans: Span[] = []
  let start = -1
  for (let word = 0; word <= sequence.length; word++) {
    const label = word < sequence.length ? sequence[word]! : OUTSIDE
    const open = start < 0 ? OUTSIDE : sequence[start]! - ((sequence[start]! + 1) % 2)
    const goesOn = start >= 0 && label === open + 1
    if (goesOn) continue
    if (start >= 0) spans.push({ start, end: word, type: (open - 1) / 2 })
    start = label === OUTSIDE ? -1 : word
  }
  return spans
}

/** Log sums over all sequences, reused from one sentence to the next. */
export interface Lattice {
  /** Of the sequences up to a word and label, shape (words, labels). */
  forward: Float64Array
  /** Of those after a word and label. */
  backward: Float64Array
  /** Of all. */
  total: number
  words: number
}

export function createLattice(): Lattice {
  return { forward: new Float64Array(0), backward: new Float64Array(0), total: 0, words: 0 }
}

/** Fills the lattice of a sentence. Cost: O(words x labels^2) exponentials. */
export function sumSequences(lattice: Lattice, E: Float64Array, T: Float64Array, length: number, labels: number): void {
  if (lattice.forward.length < length * labels) {
    lattice.forward = new Float64Array(length * labels * 2)
    lattice.backward = new Float64Array(length * labels * 2)
  }
  const { forward, backward } = lattice
  const terms = new Float64Array(labels)
  for (let label = 0; label < labels; label++) forward[label] = mayFollow(-1, label) ? E[label]! : NEVER
  for (let word = 1; word < length; word++) {
    const before = (word - 1) * labels
    for (let label = 0; label < labels; label++) {
      for (let previous = 0; previous < labels; previous++) {
        terms[previous] = mayFollow(previous, label) ? forward[before + previous]! + T[previous * labels + label]! : NEVER
      }
      forward[word * labels + label] = logSum(terms, labels) + E[word * labels + label]!
    }
  }
  for (let label = 0; label < labels; label++) backward[(length - 1) * labels + label] = 0
  for (let word = length - 2; word >= 0; word--) {
    const after = (word + 1) * labels
    for (let label = 0; label < labels; label++) {
      for (let next = 0; next < labels; next++) {
        terms[next] = mayFollow(label, next) ? backward[after + next]! + T[label * labels + next]! + E[after + next]! : NEVER
      }
      backward[word * labels + label] = logSum(terms, labels)
    }
  }
  for (let label = 0; label < labels; label++) terms[label] = forward[(length - 1) * labels + label]!
  lattice.total = logSum(terms, labels)
  lattice.words = length
}

/** Probability, 0 to 1, that exactly these words are a span of that type. */
export function spanProbability(lattice: Lattice, E: Float64Array, T: Float64Array, { start, end, type }: Span, labels: number): number {
  const { forward, backward, words } = lattice
  const [begin, inside] = [beginOf(type), insideOf(type)]
  let score = forward[start * labels + begin]!
  let label = begin
  for (let word = start + 1; word < end; word++) {
    score += T[label * labels + inside]! + E[word * labels + inside]!
    label = inside
  }
  if (end < words) {
    const terms = new Float64Array(labels)
    for (let next = 0; next < labels; next++) {
      const goesOn = next === inside || !mayFollow(label, next)
      terms[next] = goesOn ? NEVER : T[label * labels + next]! + E[end * labels + next]! + backward[end * labels + next]!
    }
    score += logSum(terms, labels)
  }
  return Math.min(1, exp(score - lattice.total))
}

function logSum(terms: Float64Array, count: number): number {
  let most = Number.NEGATIVE_INFINITY
  for (let at = 0; at < count; at++) most = Math.max(most, terms[at]!)
  let sum = 0
  for (let at = 0; at < count; at++) sum += exp(Math.max(LEAST_EXPONENT, terms[at]! - most))
  return most + log(sum)
}
