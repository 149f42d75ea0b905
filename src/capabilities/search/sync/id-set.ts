// Which ids a source has, in 16 bytes an id at most: a hash of 53 bits each, in an open-addressed table. Two of a million ids share a
// hash once in 10^10 tables; a document that is gone would then stay until its collection is synced under another one.

/** A set of strings that may, next to never, say yes to one that was not added. */
export class IdSet {
  /** 0 marks a free place. */
  #table = new Float64Array(1024)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(id: string): void {
    if (this.#put(this.#table, hashOf(id))) this.#size++
    if (this.#size * 2 <= this.#table.length) return
    const larger = new Float64Array(this.#table.length * 2)
    for (const hash of this.#table) if (hash !== 0) this.#put(larger, hash)
    this.#table = larger
  }

  has(id: string): boolean {
    const hash = hashOf(id)
    const last = this.#table.length - 1
    for (let at = hash % this.#table.length; this.#table[at] !== 0; at = (at + 1) & last) if (this.#table[at] === hash) return true
    return false
  }

  #put(table: Float64Array, hash: number): boolean {
    const last = table.length - 1
    let at = hash % table.length
    for (; table[at] !== 0; at = (at + 1) & last) if (table[at] === hash) return false
    table[at] = hash
    return true
  }
}

/** 1 to 2^53: two multiplicative hashes of 32 bits, mixed (cyrb53, public domain). */
function hashOf(text: string): number {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0) + 1
}
