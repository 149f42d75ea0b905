// The words of a table in the order of their code points, without making a string of any: native sorting of numbers that hold the first
// four letters and the word, then of the few words that begin alike by the letters that follow.
import { type WordTable, wordsOf } from './word-table.ts'

const LETTERS = 4
/** Four letters of seven bits and a word of 24 make 52: a whole number that a double holds exactly. */
const LETTER = 2 ** 7
const WORDS = 2 ** 24
/** Stands for every letter beyond ASCII; what comes behind it is compared as it is. */
const BEYOND_ASCII = 127
const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff
/** Beyond so many words that begin alike, sorting by insertion takes longer than a call of the engine. */
const MOST_INSERTED = 48

/** Numbers of all words, ascending by code point. Cost: O(words log words) time, 12 bytes a word. */
export function sortWords(table: WordTable): Int32Array {
  const { count } = table
  if (count > WORDS || hasSurrogates(table)) return sortStrings(table)
  const keys = beginnings(table).sort()
  const order = new Int32Array(count)
  for (let at = 0; at < count; at++) order[at] = keys[at]! % WORDS
  for (let from = 0; from < count; ) {
    const beginning = Math.floor(keys[from]! / WORDS)
    let end = from + 1
    while (end < count && Math.floor(keys[end]! / WORDS) === beginning) end++
    if (end - from > 1) sortAlike(table, order, from, end)
    from = end
  }
  return order
}

/** Such characters are beyond U+FFFF, but their halves sort before U+E000. */
function hasSurrogates({ pool, starts, count }: WordTable): boolean {
  const end = starts[count]!
  for (let at = 0; at < end; at++) if (pool[at]! >= FIRST_SURROGATE && pool[at]! <= LAST_SURROGATE) return true
  return false
}

function beginnings({ pool, starts, count }: WordTable): Float64Array {
  const keys = new Float64Array(count)
  for (let word = 0; word < count; word++) {
    const [start, end] = [starts[word]!, starts[word + 1]!]
    let key = 0
    let known = true
    for (let letter = 0; letter < LETTERS; letter++) {
      const unit: number = known && start + letter < end ? pool[start + letter]! : 0
      known &&= unit < BEYOND_ASCII
      key = key * LETTER + Math.min(unit, BEYOND_ASCII)
    }
    keys[word] = key * WORDS + word
  }
  return keys
}

function sortAlike(table: WordTable, order: Int32Array, from: number, end: number): void {
  if (end - from > MOST_INSERTED) {
    order.subarray(from, end).sort((left, right) => compareWords(table, left, right))
    return
  }
  for (let at = from + 1; at < end; at++) {
    const word = order[at]!
    let to = at
    while (to > from && compareWords(table, order[to - 1]!, word) > 0) {
      order[to] = order[to - 1]!
      to--
    }
    order[to] = word
  }
}

function compareWords({ pool, starts }: WordTable, left: number, right: number): number {
  const [l, r] = [starts[left]!, starts[right]!]
  const [leftLength, rightLength] = [starts[left + 1]! - l, starts[right + 1]! - r]
  const shorter = Math.min(leftLength, rightLength)
  for (let at = 0; at < shorter; at++) {
    const difference = pool[l + at]! - pool[r + at]!
    if (difference !== 0) return difference
  }
  return leftLength - rightLength
}

function sortStrings(table: WordTable): Int32Array {
  const words = wordsOf(table)
  return Int32Array.from(words.keys()).sort((left, right) => compareCodePoints(words[left]!, words[right]!))
}

/** The order of Python's strings. JavaScript's own `<` puts characters beyond U+FFFF before U+E000. */
export function compareCodePoints(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length)
  for (let at = 0; at < shorter; at++) {
    const difference = left.charCodeAt(at) - right.charCodeAt(at)
    if (difference !== 0) return left.codePointAt(at)! - right.codePointAt(at)! || difference
  }
  return left.length - right.length
}
