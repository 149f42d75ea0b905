// Finds the plain words of a text where they stand, without making a string of any: the text becomes a row of small letters with 0
// between words, and a table tells the number of each word.
// Most texts are ASCII: these are copied out of the engine's string in one call and translated by a table of 128 bytes.
import { isWordUnit, SHORTEST_WORD, splitWords } from './split-words.ts'
import { addWord, FIRST_HASH, findWord, hashUnit, type WordTable } from './word-table.ts'

/** The columns of the terms of one text, in the order they come; grows as needed and is used again for the next text. */
export interface ColumnList {
  columns: Int32Array
  count: number
}

const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff
const ASCII = 0x80
/** Longer texts get letters of their own, so that a rare large one does not hold its memory. */
const KEPT_LENGTH = 1 << 16

const encoder = new TextEncoder()
const kept = createLetters(1 << 10)
/** What becomes of each ASCII character: its letter, or 0 where it parts words. */
const AS_IT_IS = asciiLetters((character) => character)
const SMALL = asciiLetters((character) => character.toLowerCase())

interface Letters {
  bytes: Uint8Array<ArrayBuffer>
  units: Uint16Array<ArrayBuffer>
}

/** Lists the number of each word of two characters or more. Words that are not in the table are added with `learn`, else passed over. */
export function readWords(table: WordTable, text: string, lowercase: boolean, list: ColumnList, learn: boolean): void {
  const letters = lettersFor(text.length)
  if (encoder.encodeInto(text, letters.bytes).written === text.length) {
    translate(letters, text.length, lowercase ? SMALL : AS_IT_IS)
    listWords(table, letters.units, text.length, list, learn)
    return
  }
  const read = lowercase ? text.toLowerCase() : text
  const { units } = lettersFor(read.length)
  if (copyUnits(read, units)) listWords(table, units, read.length, list, learn)
  else listSplitWords(table, splitWords(read), list, learn)
}

/** Adds a word unless it is in the table. */
export function learnWord(table: WordTable, word: string): void {
  const { units } = lettersFor(word.length)
  let hash = FIRST_HASH
  for (let at = 0; at < word.length; at++) {
    units[at] = word.charCodeAt(at)
    hash = hashUnit(hash, units[at]!)
  }
  if (findWord(table, units, 0, word.length, hash) === -1) addWord(table, units, 0, word.length, hash)
}

/** Letters for a text of so many UTF-16 units and one more; each may take three bytes. */
function lettersFor(length: number): Letters {
  if (length < kept.units.length) return kept
  if (length >= KEPT_LENGTH) return createLetters(length + 1)
  return Object.assign(kept, createLetters(Math.max(length + 1, kept.units.length * 2)))
}

function createLetters(length: number): Letters {
  return { bytes: new Uint8Array(length * 3), units: new Uint16Array(length) }
}

function asciiLetters(letterOf: (character: string) => string): Uint8Array {
  return Uint8Array.from({ length: ASCII }, (_, code) => (isWordUnit(code) ? letterOf(String.fromCharCode(code)).charCodeAt(0) : 0))
}

function translate({ bytes, units }: Letters, length: number, letters: Uint8Array): void {
  for (let at = 0; at < length; at++) units[at] = letters[bytes[at]!]!
}

/** False where there are characters of two units, which are for the regular expression to judge. */
function copyUnits(text: string, units: Uint16Array): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE) return false
    units[at] = isWordUnit(unit) ? unit : 0
  }
  return true
}

function listWords(table: WordTable, letters: Uint16Array, length: number, list: ColumnList, learn: boolean): void {
  makeRoom(list, length)
  const { columns } = list
  let count = 0
  let start = 0
  let hash = FIRST_HASH
  letters[length] = 0
  for (let at = 0; at <= length; at++) {
    const unit = letters[at]!
    if (unit !== 0) {
      hash = hashUnit(hash, unit)
      continue
    }
    if (at - start >= SHORTEST_WORD) {
      let word = findWord(table, letters, start, at, hash)
      if (word === -1 && learn) word = addWord(table, letters, start, at, hash)
      if (word !== -1) columns[count++] = word
    }
    start = at + 1
    hash = FIRST_HASH
  }
  list.count = count
}

function listSplitWords(table: WordTable, words: readonly string[], list: ColumnList, learn: boolean): void {
  makeRoom(list, words.length * (SHORTEST_WORD + 1))
  list.count = 0
  for (const word of words) {
    const { units } = lettersFor(word.length)
    let hash = FIRST_HASH
    for (let at = 0; at < word.length; at++) {
      units[at] = word.charCodeAt(at)
      hash = hashUnit(hash, units[at]!)
    }
    let found = findWord(table, units, 0, word.length, hash)
    if (found === -1 && learn) found = addWord(table, units, 0, word.length, hash)
    if (found !== -1) list.columns[list.count++] = found
  }
}

/** A word takes two characters and one that parts it from the next. */
function makeRoom(list: ColumnList, length: number): void {
  const most = Math.ceil((length + 1) / (SHORTEST_WORD + 1))
  if (list.columns.length < most) list.columns = new Int32Array(Math.max(most, list.columns.length * 2))
}
