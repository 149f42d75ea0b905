// A set of keys as bits: what a filter allows. It stands on shared memory, so that threads read it without a copy.

import { TandemError } from '../../errors.ts'
import { popcount } from './plain-codes.ts'
import { MOST_KEYS } from './vector-memory.ts'

/**
 * Keys of vectors, whole numbers from 0 to 67,108,863; one bit each up to the largest.
 *
 * @example
 * const open = KeySet.of([3, 17, 99])
 * await index.search({ vector, k: 10, filter: open })
 */
export class KeySet {
  #words: Uint32Array
  #size = 0

  /** Room for keys below `capacity`; it grows when larger ones are added. */
  constructor(capacity = 0) {
    this.#words = new Uint32Array(new SharedArrayBuffer(Math.ceil(capacity / 32) * 4))
  }

  static of(keys: Iterable<number>): KeySet {
    const set = new KeySet()
    for (const key of keys) set.add(key)
    return set
  }

  /** The keys whose bits are set: bit `key & 31` of word `key >> 5`, as filters over columns give them. */
  static ofBits(bits: Uint32Array): KeySet {
    const set = new KeySet(bits.length * 32)
    set.#words.set(bits)
    for (const word of bits) set.#size += popcount(word)
    return set
  }

  /** 32 keys a word, the lowest first. */
  get words(): Uint32Array {
    return this.#words
  }

  get size(): number {
    return this.#size
  }

  /** @throws `invalid_input` for what is no key. */
  add(key: number): this {
    checkKey(key)
    const word = key >>> 5
    if (word >= this.#words.length) this.#grow(word + 1)
    const bit = 1 << (key & 31)
    if ((this.#words[word]! & bit) === 0) {
      this.#words[word]! |= bit
      this.#size++
    }
    return this
  }

  delete(key: number): boolean {
    if (!this.has(key)) return false
    this.#words[key >>> 5]! &= ~(1 << (key & 31))
    this.#size--
    return true
  }

  has(key: number): boolean {
    return Number.isInteger(key) && key >= 0 && ((this.#words[key >>> 5] ?? 0) & (1 << (key & 31))) !== 0
  }

  /** The keys that are in both. */
  intersect(other: KeySet): KeySet {
    return this.#combine(other, Math.min(this.#words.length, other.#words.length), (left, right) => left & right)
  }

  /** The keys that are in either. */
  union(other: KeySet): KeySet {
    return this.#combine(other, Math.max(this.#words.length, other.#words.length), (left, right) => left | right)
  }

  /** The keys that are not in the other. */
  without(other: KeySet): KeySet {
    return this.#combine(other, this.#words.length, (left, right) => left & ~right)
  }

  /** In order. */
  *[Symbol.iterator](): Generator<number> {
    for (let word = 0; word < this.#words.length; word++) {
      for (let bits = this.#words[word]!; bits !== 0; bits &= bits - 1) yield word * 32 + 31 - Math.clz32(bits & -bits)
    }
  }

  #combine(other: KeySet, words: number, join: (left: number, right: number) => number): KeySet {
    const result = new KeySet(words * 32)
    for (let word = 0; word < words; word++) {
      const bits = join(this.#words[word] ?? 0, other.#words[word] ?? 0)
      result.#words[word] = bits
      result.#size += popcount(bits)
    }
    return result
  }

  #grow(words: number): void {
    const grown = new Uint32Array(new SharedArrayBuffer(Math.max(words, 2 * this.#words.length) * 4))
    grown.set(this.#words)
    this.#words = grown
  }
}

export function checkKey(key: number): void {
  if (Number.isInteger(key) && key >= 0 && key < MOST_KEYS) return
  throw new TandemError(
    'invalid_input',
    `A key is a whole number from 0 to ${MOST_KEYS - 1}, not ${key}. Number your rows from 0 and keep the number beside them.`,
    { details: { key, limit: MOST_KEYS - 1 } },
  )
}
