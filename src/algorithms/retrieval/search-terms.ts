// Text to the terms that a keyword index looks up: words in small letters without accents, English ones by their stem, without
// stop words; runs of Chinese, Japanese and Korean as pairs of neighbouring characters, which needs no dictionary.
import { ENGLISH_STOP_WORDS } from '../text/english-stop-words.ts'
import { stemEnglish } from '../text/stem-english.ts'

export type SearchLanguage = 'english' | 'none'

export interface SearchTerm {
  readonly term: string
  /** Where it stands in the text, in UTF-16 units: [start, end). */
  readonly start: number
  readonly end: number
}

export interface TermReader {
  readonly language: SearchLanguage
  /** Calls back for every term in the order of the text. */
  read(text: string, onTerm: (term: string, start: number, end: number) => void): void
  terms(text: string): SearchTerm[]
  /** The term of one word; undefined for a stop word. */
  termOf(word: string): string | undefined
}

/** Kinds of UTF-16 units. */
const UNKNOWN = 0
const OTHER = 1
const WORD = 2
/** Apostrophes belong to a word that they stand inside: "don't". */
const APOSTROPHE = 3
/** Scripts written without spaces, or where parts of words are searched for. */
const IDEOGRAPH = 4

const WORD_CHARACTER = /[\p{L}\p{N}\p{M}_]/u
const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]/u
const BASIC_LETTERS = /^[\0-\x7f]*$/
const MARKS = /\p{M}+/gu
const kinds = new Uint8Array(0x10000)
/** A word of text is remembered with its term, until there are so many different ones. */
const MOST_REMEMBERED = 200_000
/** Longer runs are no words (a base64 image, a hash list): their first part serves as the term. */
export const LONGEST_TERM = 64

/**
 * Reads terms of documents and queries alike; both must be read by readers of the same language.
 *
 * Cost: O(characters); a word met before costs one look-up.
 */
export function createTermReader(language: SearchLanguage = 'english'): TermReader {
  const remembered = new Map<string, string | undefined>()
  const stopWords = language === 'english' ? new Set(ENGLISH_STOP_WORDS) : undefined

  const termOf = (word: string): string | undefined => {
    if (remembered.has(word)) return remembered.get(word)
    const term = newTerm(word)
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(word, term)
    return term
  }
  const newTerm = (word: string): string | undefined => {
    const plain = plainForm(word)
    if (stopWords === undefined) return plain === '' ? undefined : plain
    // "don't" has no entry of its own among the stop words; "don" and "t" would be noise.
    if (stopWords.has(plain) || stopWords.has(plain.replace(/'\w+$/, ''))) return undefined
    const stem = BASIC_LETTERS.test(plain) ? stemEnglish(plain) : plain
    return stem === '' ? undefined : stem
  }
  const read: TermReader['read'] = (text, onTerm) => {
    eachRun(text, (start, end, ideographs) => {
      if (ideographs) return eachPair(text, start, end, onTerm)
      const term = termOf(text.slice(start, Math.min(end, start + LONGEST_TERM)))
      if (term !== undefined) onTerm(term, start, end)
    })
  }
  return {
    language,
    read,
    termOf,
    terms(text) {
      const terms: SearchTerm[] = []
      read(text, (term, start, end) => terms.push({ term, start, end }))
      return terms
    },
  }
}

function plainForm(word: string): string {
  const small = word.toLowerCase()
  if (BASIC_LETTERS.test(small)) return small
  // Compatibility forms (full width letters, ligatures) and accents: "Café" and "cafe" are the same word to a searcher.
  return small.normalize('NFKD').replace(MARKS, '').toLowerCase().replaceAll('’', "'")
}

/** Runs of word characters, and runs of ideographs, by their place in the text. */
function eachRun(text: string, onRun: (start: number, end: number, ideographs: boolean) => void): void {
  const { length } = text
  let start = -1
  let running = OTHER
  for (let at = 0; at < length; ) {
    const wide = isPair(text, at)
    let kind = wide ? kindOf(String.fromCodePoint(text.codePointAt(at)!)) : unitKind(text.charCodeAt(at))
    const width = wide ? 2 : 1
    if (kind === APOSTROPHE) kind = running === WORD && at + 1 < length && unitKind(text.charCodeAt(at + 1)) === WORD ? WORD : OTHER
    if (kind !== running) {
      if (start >= 0) onRun(start, at, running === IDEOGRAPH)
      start = kind === OTHER ? -1 : at
      running = kind
    }
    at += width
  }
  if (start >= 0) onRun(start, length, running === IDEOGRAPH)
}

/** Each two neighbours of a run; a run of one is a term of its own. Korean and kana too, as Lucene's CJK analyzer does. */
function eachPair(text: string, start: number, end: number, onTerm: (term: string, start: number, end: number) => void): void {
  let before = -1
  let single = true
  for (let at = start; at < end; ) {
    const width = isPair(text, at) ? 2 : 1
    if (before >= 0) {
      onTerm(text.slice(before, at + width), before, at + width)
      single = false
    }
    before = at
    at += width
  }
  if (single) onTerm(text.slice(start, end), start, end)
}

function isPair(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (unit < 0xd800 || unit > 0xdbff) return false
  const next = text.charCodeAt(at + 1)
  return next >= 0xdc00 && next <= 0xdfff
}

function unitKind(unit: number): number {
  const known = kinds[unit]!
  if (known !== UNKNOWN) return known
  const kind = kindOf(String.fromCharCode(unit))
  kinds[unit] = kind
  return kind
}

function kindOf(character: string): number {
  if (character === "'" || character === '’') return APOSTROPHE
  if (IDEOGRAPHS.test(character)) return IDEOGRAPH
  return WORD_CHARACTER.test(character) ? WORD : OTHER
}
