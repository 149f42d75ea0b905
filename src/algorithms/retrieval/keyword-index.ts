// Keyword search over texts that come and go: an inverted index ranked by BM25.
// Source: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the inverse document frequency that
// is never negative is Lucene's.
import { TandemError } from '../../errors.ts'
import { createDocumentTable, type DocumentTable } from './document-table.ts'
import type { IndexImage } from './index-image.ts'
import { createPostings, type Postings } from './postings.ts'
import { createTermReader, type SearchLanguage, type TermReader } from './search-terms.ts'
import { createTermDictionary, type TermDictionary } from './term-dictionary.ts'
import { topRows } from './top-rows.ts'

export interface KeywordIndexOptions {
  /** How texts are read. Default `english`: stop words left out, stems compared. */
  readonly language?: SearchLanguage
  /** How soon a repeated word counts no more, from 0 (once is enough). Default 1.2. */
  readonly k1?: number
  /** How much a long text is marked down, 0 to 1. Default 0.75. */
  readonly b?: number
}

export interface KeywordQuery {
  /** How many to find, at least 1. Default 10. */
  readonly k?: number
  /** Only rows whose bit is set: bit `row & 31` of word `row >> 5`. */
  readonly allowed?: Uint32Array
  /** Takes the last word as the beginning of one, for a search while typing. Default false. */
  readonly prefix?: boolean
}

/** Best first; of equal scores the smaller row first. */
export interface Ranking {
  readonly rows: Int32Array
  readonly scores: Float64Array
}

export interface TermScore {
  readonly term: string
  readonly score: number
}

export interface KeywordIndex {
  /** Rows that hold a text. */
  readonly size: number
  readonly bytes: number
  readonly reader: TermReader
  /** Sets the text of a row; rows are whole numbers from 0 on, best without gaps. */
  upsert(row: number, text: string): void
  /** Returns whether the row was there. */
  delete(row: number): boolean
  search(query: string, options?: KeywordQuery): Ranking
  /** What each term of the query adds to the score of each row, highest first. Cost: as one search, however many rows. */
  explain(query: string, rows: readonly number[]): TermScore[][]
  /** What it holds, to be kept and given to `createKeywordIndex` with the same options. Valid until the next change. */
  images(): KeywordImages
}

/** The parts of a keyword index. */
export interface KeywordImages {
  readonly table: IndexImage
  readonly terms: IndexImage
  readonly postings: IndexImage
}

const MOST_ROWS = 2 ** 30
/** Lists are written anew once so large a part of them is of documents that are gone. */
const GONE_SHARE = 0.3
const LEAST_GONE = 10_000
/** A beginning of a word stands for at most so many words, the most frequent ones. */
const MOST_COMPLETIONS = 64
const LEAST_STEM = 4
/** Beside a word that was typed in full. */
const COMPLETION_WEIGHT = 0.5

/**
 * An empty index, or the one that was kept as `images`, whose bytes become its own.
 *
 * Every change is seen by the next search. Memory: about 2 bytes for each different word of each text, 12 bytes a row, and the words.
 * Cost of a search: O(entries of the query's words), some nanoseconds each.
 *
 * @throws `invalid_input` for k1 or b out of range.
 * @see    Robertson & Zaragoza 2009, equation 3.15.
 * @example
 * const index = createKeywordIndex()
 * index.upsert(0, 'Spring sale of running shoes')
 * index.search('shoe').rows // Int32Array [0]
 */
export function createKeywordIndex(
  { language = 'english', k1 = 1.2, b = 0.75 }: KeywordIndexOptions = {},
  images?: KeywordImages,
): KeywordIndex {
  if (!(k1 >= 0 && Number.isFinite(k1))) throw new TandemError('invalid_input', `k1 is ${k1}; it is a number from 0 on, usually 1.2.`)
  if (!(b >= 0 && b <= 1)) throw new TandemError('invalid_input', `b is ${b}; it is a number from 0 to 1, usually 0.75.`)
  return new InvertedIndex(createTermReader(language), k1, b, images)
}

class InvertedIndex implements KeywordIndex {
  readonly reader: TermReader
  readonly #k1: number
  readonly #b: number
  readonly #table: DocumentTable
  #terms: TermDictionary
  #postings: Postings
  readonly #counted = new Map<number, number>()
  /** Where lists are read to, and sums of scores per document, all zero between searches. */
  #documents = new Int32Array(1024)
  #counts = new Int32Array(1024)
  #sums = new Float64Array(1024)

  constructor(reader: TermReader, k1: number, b: number, images: KeywordImages | undefined) {
    this.reader = reader
    this.#k1 = k1
    this.#b = b
    this.#table = createDocumentTable(images?.table)
    this.#terms = createTermDictionary(images?.terms)
    this.#postings = createPostings(images?.postings)
  }

  get size(): number {
    return this.#table.live
  }

  get bytes(): number {
    return this.#postings.bytes + this.#table.bytes + this.#sums.byteLength + this.#documents.byteLength * 2
  }

  upsert(row: number, text: string): void {
    if (!(Number.isInteger(row) && row >= 0 && row < MOST_ROWS)) {
      throw new TandemError('invalid_input', `The row is ${row}; rows are whole numbers from 0 to below 2^30.`)
    }
    const table = this.#table
    table.remove(row)
    if (table.documents - table.live > Math.max(LEAST_GONE, table.documents * GONE_SHARE)) this.#compact()
    const document = table.add(row)
    const counted = this.#counted
    let length = 0
    this.reader.read(text, (term) => {
      const id = this.#terms.add(term)
      length++
      counted.set(id, (counted.get(id) ?? 0) + 1)
    })
    for (const [term, count] of counted) this.#postings.append(term, document, count)
    counted.clear()
    table.setLength(document, length)
  }

  images(): KeywordImages {
    return { table: this.#table.image(), terms: this.#terms.image(), postings: this.#postings.image() }
  }

  delete(row: number): boolean {
    return this.#table.remove(row)
  }

  search(query: string, { k = 10, allowed, prefix = false }: KeywordQuery = {}): Ranking {
    if (!(Number.isInteger(k) && k >= 1)) throw new TandemError('invalid_input', `k is ${k}; it is a whole number from 1 on.`)
    const { documents, rows } = this.#table
    if (documents > this.#sums.length) this.#sums = new Float64Array(Math.max(documents, this.#sums.length * 2))
    const sums = this.#sums
    const wanted = [...this.#wanted(query, prefix)]
    const touched = new Int32Array(
      Math.min(
        documents,
        wanted.reduce((sum, [term]) => sum + this.#postings.count(term), 0),
      ),
    )
    let touchedCount = 0
    for (const [term, weight] of wanted) touchedCount = this.#addScores(term, weight * this.#idf(term), allowed, touched, touchedCount)
    const ranking = topRows(
      touchedCount,
      k,
      (at) => rows[touched[at]!]!,
      (at) => sums[touched[at]!]!,
    )
    for (let at = 0; at < touchedCount; at++) sums[touched[at]!] = 0
    return ranking
  }

  explain(query: string, rows: readonly number[]): TermScore[][] {
    const parts: TermScore[][] = rows.map(() => [])
    const placeOf = new Map(rows.map((row, place) => [this.#table.documentOf(row), place]))
    placeOf.delete(-1)
    const names = new Map(this.reader.terms(query).map(({ term }) => [this.#terms.idOf(term), term]))
    const { flat, steep } = this.#lengthNorm()
    for (const [term, weight] of this.#wanted(query, false)) {
      const factor = weight * this.#idf(term) * (this.#k1 + 1)
      const entries = this.#read(term)
      for (let at = 0; at < entries; at++) {
        const document = this.#documents[at]!
        const place = placeOf.get(document)
        if (place === undefined) continue
        const count = this.#counts[at]!
        const score = (factor * count) / (count + flat + steep * this.#table.lengths[document]!)
        parts[place]!.push({ term: names.get(term)!, score })
      }
    }
    for (const each of parts) each.sort((left, right) => right.score - left.score)
    return parts
  }

  /** Adds what one term gives to the sums; documents met for the first time are written to `touched`. Returns how many are there. */
  #addScores(term: number, weight: number, allowed: Uint32Array | undefined, touched: Int32Array, from: number): number {
    const entries = this.#read(term)
    const [documents, counts, sums] = [this.#documents, this.#counts, this.#sums]
    const { rows, lengths } = this.#table
    const { flat, steep } = this.#lengthNorm()
    const factor = weight * (this.#k1 + 1)
    let touchedCount = from
    for (let at = 0; at < entries; at++) {
      const document = documents[at]!
      const row = rows[document]!
      if (row < 0 || (allowed !== undefined && ((allowed[row >> 5] ?? 0) & (1 << (row & 31))) === 0)) continue
      const count = counts[at]!
      if (sums[document] === 0) touched[touchedCount++] = document
      sums[document]! += (factor * count) / (count + flat + steep * lengths[document]!)
    }
    return touchedCount
  }

  /** The terms to look up, each with how often the query names it. */
  #wanted(query: string, prefix: boolean): Map<number, number> {
    const wanted = new Map<number, number>()
    const begun = prefix ? /[\p{L}\p{N}_]+$/u.exec(query)?.[0].toLowerCase() : undefined
    for (const { term, end } of this.reader.terms(query)) {
      const id = this.#terms.idOf(term)
      if (id !== undefined) wanted.set(id, (wanted.get(id) ?? 0) + 1)
      if (begun !== undefined && end === query.length) this.#addCompletions(term, wanted)
    }
    // A word that is only begun may read as a stop word or have another stem: "ther" of "thermal".
    if (begun !== undefined) this.#addCompletions(begun, wanted)
    return wanted
  }

  #addCompletions(beginning: string, wanted: Map<number, number>): void {
    const found = this.#terms.beginningWith(beginning, MOST_COMPLETIONS, (other) => this.#postings.count(other))
    // They stand for one word: that one of them is rare says nothing about the query, and the word as it is counts more.
    const together = this.#idfOf(found.reduce((sum, id) => sum + this.#postings.count(id), 0))
    for (const id of found) if (!wanted.has(id)) wanted.set(id, (COMPLETION_WEIGHT * together) / this.#idf(id))
    // Nearly typed out, a word is longer than its stem: "universit" of "university", which stands here as "univers".
    for (let length = beginning.length - 1; found.length === 0 && length >= Math.max(LEAST_STEM, beginning.length - 4); length--) {
      const id = this.#terms.idOf(beginning.slice(0, length))
      if (id === undefined) continue
      if (!wanted.has(id)) wanted.set(id, 1)
      break
    }
  }

  /** How rare a term is. Counts documents that are gone too, until the lists are written anew. */
  #idf(term: number): number {
    return this.#idfOf(this.#postings.count(term))
  }

  #idfOf(documents: number): number {
    const { live } = this.#table
    const count = Math.min(documents, live)
    return Math.log(1 + (live - count + 0.5) / (count + 0.5))
  }

  /** A count is divided by itself plus `flat + steep * length`. */
  #lengthNorm(): { readonly flat: number; readonly steep: number } {
    return { flat: this.#k1 * (1 - this.#b), steep: (this.#k1 * this.#b) / this.#table.averageLength }
  }

  #read(term: number): number {
    const count = this.#postings.count(term)
    if (count > this.#documents.length) {
      const size = Math.max(count, this.#documents.length * 2)
      this.#documents = new Int32Array(size)
      this.#counts = new Int32Array(size)
    }
    return this.#postings.read(term, this.#documents, this.#counts)
  }

  /** Writes the lists anew without the documents that are gone. */
  #compact(): void {
    const renumbered = this.#table.compact()
    const terms = createTermDictionary()
    const postings = createPostings()
    for (const [term, id] of this.#terms.entries()) {
      const entries = this.#read(id)
      for (let at = 0; at < entries; at++) {
        const document = renumbered[this.#documents[at]!]!
        if (document >= 0) postings.append(terms.add(term), document, this.#counts[at]!)
      }
    }
    this.#terms = terms
    this.#postings = postings
  }
}
