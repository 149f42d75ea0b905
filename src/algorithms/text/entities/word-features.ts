// What a tagger looks at in a word and around it, as rows of a table of weights: the word, its shape, beginnings and ends, its neighbours, the
// cluster of its meaning, the lists of names it is in. Features are hashed (Weinberger et al. 2009), so no dictionary is kept.
import { type Gazetteer, LISTS, matchPhrases, PLACES } from './gazetteer.ts'

export interface WordClusters {
  /** Clusters of each known lower-case word, from few large ones to many small ones. */
  get(word: string): readonly number[] | undefined
}

export interface WordFeatures {
  /** Rows below 2^bits for each word of a sentence. */
  rowsOf(words: readonly string[]): Int32Array[]
}

interface Word {
  readonly lower: string
  readonly isCapital: boolean
  readonly isLetters: boolean
  readonly exactHash: number
  readonly lowerHash: number
  readonly shapeHash: number
  readonly shortShapeHash: number
  readonly endHash: number
  /** Of beginnings, ends and marks inside. */
  readonly own: readonly number[]
  readonly clusters: readonly number[]
}

/** Words whose parts are remembered; about 600 bytes each. */
const MOST_KNOWN = 20_000
const NONE: readonly number[] = [-1, -1, -1]

export function createWordFeatures(bits: number, gazetteer: Gazetteer, clusters: WordClusters): WordFeatures {
  const mask = 2 ** bits - 1
  let known = new Map<string, Word>()
  const wordOf = (text: string): Word => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size >= MOST_KNOWN) known = new Map()
    const word = describe(text, clusters)
    known.set(text, word)
    return word
  }
  const before = [describe('\u0002', clusters), describe('\u0001', clusters)]
  const after = [describe('\u0003', clusters), describe('\u0004', clusters)]
  return {
    rowsOf(texts) {
      const words = texts.map(wordOf)
      const lists = matchPhrases(
        gazetteer,
        words.map(({ lower }) => lower),
        words.map(({ isCapital }) => isCapital),
      )
      const style = styleOf(words)
      const at = (place: number): Word => {
        if (place < 0) return before[place + 2] ?? before[0]!
        return words[place] ?? after[place - words.length] ?? after[1]!
      }
      return words.map((_, place) => rowsOfWord(at, lists, place, style, mask))
    },
  }
}

function rowsOfWord(at: (place: number) => Word, lists: Int32Array, place: number, style: number, mask: number): Int32Array {
  const rows: number[] = []
  let template = 0
  const add = (a: number, b = 0, c = 0): void => {
    template++
    rows.push(mix(template, a, b, c) & mask)
  }
  const [l2, l1, word, r1, r2] = [at(place - 2), at(place - 1), at(place), at(place + 1), at(place + 2)]
  add(0)
  add(word.exactHash)
  add(word.lowerHash)
  add(word.shapeHash)
  add(word.shortShapeHash, style, place === 0 ? 1 : 0)
  add(l1.lowerHash)
  add(r1.lowerHash)
  add(l2.lowerHash)
  add(r2.lowerHash)
  add(l1.lowerHash, word.lowerHash)
  add(word.lowerHash, r1.lowerHash)
  add(l1.lowerHash, r1.lowerHash)
  add(l2.lowerHash, l1.lowerHash)
  add(r1.lowerHash, r2.lowerHash)
  add(l1.shortShapeHash)
  add(r1.shortShapeHash)
  add(l1.shortShapeHash, word.shortShapeHash, r1.shortShapeHash)
  add(l2.shortShapeHash, l1.shortShapeHash, word.shortShapeHash)
  add(word.shortShapeHash, l1.lowerHash)
  add(word.shortShapeHash, r1.lowerHash)
  add(l1.endHash)
  add(r1.endHash)
  for (let level = 0; level < 3; level++) {
    add(word.clusters[level]!)
    add(l1.clusters[level]!)
    add(r1.clusters[level]!)
  }
  add(l1.clusters[1]!, word.clusters[1])
  add(word.clusters[1]!, r1.clusters[1])
  add(word.shortShapeHash, word.clusters[0])
  add(word.shortShapeHash, word.clusters[2])
  add(lists[place]!, 1)
  add(lists[place]!, style, 2)
  for (const hash of word.own) rows.push(mix(100, hash, 0, 0) & mask)
  addLists(rows, lists[place]!, 101, mask)
  if (place > 0) addLists(rows, lists[place - 1]!, 102, mask)
  if (place + 1 < lists.length) addLists(rows, lists[place + 1]!, 103, mask)
  return Int32Array.from(rows)
}

function addLists(rows: number[], lists: number, template: number, mask: number): void {
  if (lists === 0) return
  for (let bit = 0; bit < LISTS.length * PLACES; bit++) if ((lists >> bit) & 1) rows.push(mix(template, bit, 0, 0) & mask)
}

function describe(text: string, clusters: WordClusters): Word {
  const lower = text.toLowerCase().replace(/\d/g, '0')
  const shape = shapeOf(text)
  const short = shape.replace(/(.)\1+/g, '$1')
  const own: number[] = []
  for (let size = 1; size <= 4 && size <= lower.length; size++) {
    own.push(mix(size, hashOf(text.slice(0, size)), 1, 0), mix(size, hashOf(lower.slice(-size)), 2, 0))
  }
  if (text.includes('-')) own.push(3)
  if (text.includes('.')) own.push(4)
  return {
    lower: text.toLowerCase(),
    isCapital: /^\p{Lu}/u.test(text),
    isLetters: /\p{L}/u.test(text),
    exactHash: hashOf(text),
    lowerHash: hashOf(lower),
    shapeHash: hashOf(shape),
    shortShapeHash: hashOf(short),
    endHash: hashOf(lower.slice(-3)),
    own,
    clusters: clusters.get(text.toLowerCase().replace(/^[#@]/, '')) ?? NONE,
  }
}

/** X for a capital, x for a small letter, d for a digit, other characters as they are. */
function shapeOf(text: string): string {
  return text
    .replace(/\p{Lu}/gu, 'X')
    .replace(/\p{Ll}/gu, 'x')
    .replace(/\p{N}/gu, 'd')
}

/** Nearly all words with a capital (1: a headline, shouting), none (2: a message), or as in a book (0). */
function styleOf(words: readonly Word[]): number {
  let [letters, capitals] = [0, 0]
  for (const word of words) {
    if (word.isLetters) letters++
    if (word.isCapital) capitals++
  }
  if (letters > 2 && capitals / letters > 0.8) return 1
  return capitals === 0 ? 2 : 0
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

function mix(template: number, a: number, b: number, c: number): number {
  let hash = Math.imul(template, 0x85ebca6b) ^ a
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ Math.imul(b + 0x632be5ab, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39) ^ Math.imul(c + 0x7f4a7c15, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
