// A set of words that is asked by a place in a text instead of by a string: open addressing, the letters of all words in one pool.

export interface WordTable {
  size(): number
  /** All words; the place of a word is its number. */
  terms(): string[]
  /**
   * The number of the word that stands in `text` from `start` to `end`; -1 for an unknown one, which `add` gives the next number.
   *
   * @param hash  `hashUnits` of the same letters.
   */
  find(text: string, start: number, end: number, hash: number, add: boolean): number
}

export const FIRST_HASH = 0x811c9dc5 | 0

/** One more UTF-16 unit into a hash (FNV-1a); start with FIRST_HASH. */
export function hashUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193)
}

export function createWordTable(): WordTable {
  let slots = new Int32Array(2048).fill(-1)
  let hashes = new Int32Array(1024)
  /** Where the letters of each word begin in the pool; the next word's beginning is its end. */
  let starts = new Int32Array(1025)
  let pool = new Uint16Array(8192)
  let count = 0
  const spread = (hash: number): number => (hash ^ (hash >>> 15)) & (slots.length - 1)
  const put = (text: string, start: number, end: number, hash: number): number => {
    const length = end - start
    const from = starts[count]!
    while (from + length > pool.length) {
      const larger = new Uint16Array(pool.length * 2)
      larger.set(pool)
      pool = larger
    }
    for (let at = 0; at < length; at++) pool[from + at] = text.charCodeAt(start + at)
    if (count === hashes.length) {
      hashes = enlarged(hashes, count * 2)
      starts = enlarged(starts, count * 2 + 1)
    }
    hashes[count] = hash
    starts[count + 1] = from + length
    count++
    if (count * 2 > slots.length) {
      slots = new Int32Array(slots.length * 2).fill(-1)
      for (let word = 0; word < count; word++) occupy(word)
    } else occupy(count - 1)
    return count - 1
  }
  const occupy = (word: number): void => {
    let slot = spread(hashes[word]!)
    while (slots[slot] !== -1) slot = (slot + 1) & (slots.length - 1)
    slots[slot] = word
  }
  return {
    size: () => count,
    terms() {
      const letters = stringOf(pool.subarray(0, starts[count]))
      return Array.from({ length: count }, (_, word) => letters.slice(starts[word], starts[word + 1]))
    },
    find(text, start, end, hash, add) {
      const length = end - start
      for (let slot = spread(hash); ; slot = (slot + 1) & (slots.length - 1)) {
        const word = slots[slot]!
        if (word === -1) return add ? put(text, start, end, hash) : -1
        if (hashes[word] !== hash) continue
        const from = starts[word]!
        if (starts[word + 1]! - from !== length) continue
        let at = 0
        while (at < length && pool[from + at] === text.charCodeAt(start + at)) at++
        if (at === length) return word
      }
    },
  }
}

function enlarged(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(array)
  return larger
}

function stringOf(units: Uint16Array): string {
  // Arguments of one call are limited.
  const piece = 4096
  let text = ''
  for (let at = 0; at < units.length; at += piece) text += String.fromCharCode(...units.subarray(at, at + piece))
  return text
}
