// A set of words that is asked by a place in a row of letters instead of by a string: open addressing, the letters of all words in one
// pool. Plain data and functions at the top of the file: the engine optimises these once, while closures made for each table would be
// optimised anew for each.

/** Changed only by `addWord`. */
export interface WordTable {
  /** Number of the word in each slot, -1 for none; a power of two long, at least twice as long as there are words. */
  slots: Int32Array<ArrayBuffer>
  hashes: Int32Array<ArrayBuffer>
  /** Where the letters of each word begin in the pool; the next word's beginning is its end. */
  starts: Int32Array<ArrayBuffer>
  /** UTF-16 units. */
  pool: Uint16Array<ArrayBuffer>
  count: number
}

export const FIRST_HASH = 0x811c9dc5 | 0

/** One more UTF-16 unit into a hash (FNV-1a); start with FIRST_HASH. */
export function hashUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193)
}

export function createWordTable(): WordTable {
  return {
    slots: new Int32Array(2048).fill(-1),
    hashes: new Int32Array(1024),
    starts: new Int32Array(1025),
    pool: new Uint16Array(8192),
    count: 0,
  }
}

/** All words; the place of a word is its number. */
export function wordsOf({ pool, starts, count }: WordTable): string[] {
  const letters = stringOf(pool.subarray(0, starts[count]))
  return Array.from({ length: count }, (_, word) => letters.slice(starts[word], starts[word + 1]))
}

/**
 * The number of the word that stands in `letters` from `start` to `end`, or -1.
 *
 * @param hash  of these letters, by `hashUnit`.
 */
export function findWord(
  { slots, hashes, starts, pool }: WordTable,
  letters: Uint16Array,
  start: number,
  end: number,
  hash: number,
): number {
  const length = end - start
  const last = slots.length - 1
  for (let slot = spread(hash) & last; ; slot = (slot + 1) & last) {
    const word = slots[slot]!
    if (word === -1) return -1
    if (hashes[word] !== hash) continue
    const from = starts[word]!
    if (starts[word + 1]! - from !== length) continue
    let at = 0
    while (at < length && pool[from + at] === letters[start + at]) at++
    if (at === length) return word
  }
}

/** Gives the next number to a word that is not in the table; parameters as those of `findWord`. */
export function addWord(table: WordTable, letters: Uint16Array, start: number, end: number, hash: number): number {
  const { count } = table
  const from = table.starts[count]!
  while (from + end - start > table.pool.length) {
    const larger = new Uint16Array(table.pool.length * 2)
    larger.set(table.pool)
    table.pool = larger
  }
  for (let at = start; at < end; at++) table.pool[from + at - start] = letters[at]!
  if (count === table.hashes.length) {
    table.hashes = enlarged(table.hashes, count * 2)
    table.starts = enlarged(table.starts, count * 2 + 1)
  }
  table.hashes[count] = hash
  table.starts[count + 1] = from + end - start
  table.count = count + 1
  if (table.count * 2 > table.slots.length) {
    table.slots = new Int32Array(table.slots.length * 2).fill(-1)
    for (let word = 0; word <= count; word++) occupy(table, word)
  } else occupy(table, count)
  return count
}

/** A table of some words of another, numbered in the order given. */
export function selectWords({ hashes, starts, pool }: WordTable, words: Int32Array): WordTable {
  const count = words.length
  let letters = 0
  for (let at = 0; at < count; at++) letters += starts[words[at]! + 1]! - starts[words[at]!]!
  let slots = 2048
  while (slots < count * 2) slots *= 2
  const table: WordTable = {
    slots: new Int32Array(slots).fill(-1),
    hashes: new Int32Array(Math.max(1024, count)),
    starts: new Int32Array(Math.max(1024, count) + 1),
    pool: new Uint16Array(Math.max(8192, letters)),
    count,
  }
  for (let at = 0, to = 0; at < count; at++) {
    const word = words[at]!
    const end = starts[word + 1]!
    for (let from = starts[word]!; from < end; from++) table.pool[to++] = pool[from]!
    table.starts[at + 1] = to
    table.hashes[at] = hashes[word]!
    occupy(table, at)
  }
  return table
}

function occupy({ slots, hashes }: WordTable, word: number): void {
  const last = slots.length - 1
  let slot = spread(hashes[word]!) & last
  while (slots[slot] !== -1) slot = (slot + 1) & last
  slots[slot] = word
}

/** FNV mixes upwards only; the lower bits choose the slot. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15)
}

function enlarged(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}

function stringOf(units: Uint16Array): string {
  // Arguments of one call are limited. `apply` takes the array as it is; spreading it would go through its iterator.
  const piece = 4096
  let text = ''
  for (let at = 0; at < units.length; at += piece) {
    text += String.fromCharCode.apply(null, units.subarray(at, at + piece) as unknown as number[])
  }
  return text
}
