// From a text to its terms: accents, case, words or characters, stop words, n-grams. Every choice equals scikit-learn's
// CountVectorizer (sklearn/feature_extraction/text.py, Pedregosa et al. 2011), so vocabularies are the same.
import { TandemError } from '../../errors.ts'
import { pythonPattern } from './python-pattern.ts'
import { SCIKIT_LEARN_STOP_WORDS } from './scikit-learn-stop-words.ts'
import { splitWords } from './split-words.ts'

export interface AnalyzerOptions {
  /** What a term is made of: words; characters; or characters within words, padded by a space. Default `word`. */
  readonly analyzer?: 'word' | 'char' | 'char-wb'
  /** Shortest and longest n-gram. Default [1, 1]. */
  readonly ngramRange?: readonly [number, number]
  /** Default true. */
  readonly lowercase?: boolean
  /** Removes accents: `unicode` drops combining marks, `ascii` everything that has no ASCII form. Default: kept. */
  readonly stripAccents?: 'unicode' | 'ascii'
  /** Words left out before n-grams are made; `english` is scikit-learn's list of 318, which holds "not" and "never" too; `ENGLISH_STOP_WORDS` leaves those in. Default: none. */
  readonly stopWords?: 'english' | readonly string[]
  /** A regular expression for words as Python reads it, so `\w` and `\b` know all letters of Unicode; with one group the group is the word. Default: two word characters or more. */
  readonly tokenPattern?: string
}

export type Analyzer = (text: string) => string[]

const MARKS = /\p{M}/gu
const NOT_ASCII = /[^\p{ASCII}]/gu
/** What Python's `\s` and `str.split` take for white space. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const SPACES = new RegExp(`${SPACE}+`, 'g')
const TWO_SPACES = new RegExp(`${SPACE}{2,}`, 'g')
const LONGEST_NGRAM = 20

/**
 * Makes the function that turns a text into its terms, repeated ones included.
 *
 * @throws   `invalid_input` for an n-gram range that is no range of 1 to 20 and for a pattern that is no regular expression.
 */
export function createAnalyzer(options: AnalyzerOptions = {}): Analyzer {
  const { analyzer = 'word', ngramRange: [shortest, longest] = [1, 1], lowercase = true, stripAccents } = options
  if (!(Number.isInteger(shortest) && Number.isInteger(longest) && shortest >= 1 && shortest <= longest && longest <= LONGEST_NGRAM)) {
    throw new TandemError(
      'invalid_input',
      `ngramRange is [${shortest}, ${longest}]; it is two whole numbers from 1 to ${LONGEST_NGRAM}, the smaller first.`,
    )
  }
  const prepare = (text: string): string => withoutAccents(lowercase ? text.toLowerCase() : text, stripAccents)
  if (analyzer === 'char') return (text) => characterNgrams(prepare(text), shortest, longest)
  if (analyzer === 'char-wb') return (text) => paddedNgrams(prepare(text), shortest, longest)
  const split = options.tokenPattern === undefined ? splitWords : splitBy(options.tokenPattern)
  const stopWords = options.stopWords === 'english' ? SCIKIT_LEARN_STOP_WORDS : options.stopWords
  const stopped = stopWords === undefined ? undefined : new Set(stopWords)
  return (text) => {
    const words = split(prepare(text))
    const kept = stopped === undefined ? words : words.filter((word) => !stopped.has(word))
    return longest === 1 ? kept : wordNgrams(kept, shortest, longest)
  }
}

function withoutAccents(text: string, how: AnalyzerOptions['stripAccents']): string {
  if (how === undefined) return text
  const apart = text.normalize('NFKD')
  return how === 'ascii' ? apart.replace(NOT_ASCII, '') : apart.replace(MARKS, (mark) => (isCombining(mark) ? '' : mark))
}

const combining = new Map<string, boolean>()

/**
 * Whether a mark has a combining class other than 0, as Python's `unicodedata.combining` tells. JavaScript has no such table, but
 * normalising sorts marks by their class: one of class 0 never moves past the mark of the lowest class (U+0334) nor of the highest (U+0345).
 */
function isCombining(mark: string): boolean {
  const known = combining.get(mark)
  if (known !== undefined) return known
  const moves = `a\u0345${mark}`.normalize('NFD') !== `a\u0345${mark}` || `a${mark}\u0334`.normalize('NFD') !== `a${mark}\u0334`
  combining.set(mark, moves)
  return moves
}

function splitBy(source: string): (text: string) => string[] {
  let pattern: RegExp
  try {
    pattern = pythonPattern(source)
  } catch (cause) {
    throw new TandemError('invalid_input', `tokenPattern "${source}" is no regular expression: ${(cause as Error).message}.`, { cause })
  }
  const groups = new RegExp(`${pattern.source}|`, pattern.flags).exec('')!.length - 1
  if (groups > 1) {
    throw new TandemError(
      'invalid_input',
      `tokenPattern "${source}" has ${groups} groups; at most one says what the word is. Write (?:...) for the others.`,
    )
  }
  return (text) => Array.from(text.matchAll(pattern), (match) => match[1] ?? match[0])
}

function wordNgrams(words: readonly string[], shortest: number, longest: number): string[] {
  const terms = shortest === 1 ? [...words] : []
  for (let size = Math.max(2, shortest); size <= Math.min(longest, words.length); size++) {
    for (let at = 0; at + size <= words.length; at++) {
      let term = words[at]!
      for (let next = at + 1; next < at + size; next++) term += ` ${words[next]}`
      terms.push(term)
    }
  }
  return terms
}

function characterNgrams(text: string, shortest: number, longest: number): string[] {
  const characters = Array.from(text.replace(TWO_SPACES, ' '))
  const terms: string[] = []
  for (let size = shortest; size <= Math.min(longest, characters.length); size++) {
    for (let at = 0; at + size <= characters.length; at++) terms.push(characters.slice(at, at + size).join(''))
  }
  return terms
}

function paddedNgrams(text: string, shortest: number, longest: number): string[] {
  const terms: string[] = []
  for (const word of text.split(SPACES)) {
    if (word === '') continue
    const characters = Array.from(` ${word} `)
    for (let size = shortest; size <= longest; size++) {
      const last = Math.max(0, characters.length - size)
      for (let at = 0; at <= last; at++) terms.push(characters.slice(at, at + size).join(''))
      // A word shorter than the n-gram counts once.
      if (last === 0) break
    }
  }
  return terms
}
