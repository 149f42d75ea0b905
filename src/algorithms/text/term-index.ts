// Which column a term has: what the vectorizers look up for every word of every text.
import { compareCodePoints, sortWords } from './sort-words.ts'
import type { Analyzer } from './text-analyzer.ts'
import { type ColumnList, learnWord, readWords } from './word-reader.ts'
import { createWordTable, selectWords, type WordTable, wordsOf } from './word-table.ts'

export interface TermIndex {
  readonly size: number
  /** All terms; the place of a term is its column. */
  terms(): string[]
  /** The columns of all terms, ascending by the terms' code points. */
  sorted(): Int32Array
  /** An index of some of the terms, which get their columns in the order given. */
  select(columns: Int32Array): TermIndex
  /** Writes the column of each term of a text. Unknown terms are added with `learn`, else passed over. */
  read(text: string, list: ColumnList, learn: boolean): void
}

export function createColumnList(): ColumnList {
  return { columns: new Int32Array(64), count: 0 }
}

export function appendColumn(list: ColumnList, column: number): void {
  if (list.count === list.columns.length) {
    const larger = new Int32Array(list.count * 2)
    larger.set(list.columns)
    list.columns = larger
  }
  list.columns[list.count++] = column
}

/** Terms of any analyzer, as strings in a map. */
export function createStringIndex(analyze: Analyzer, vocabulary: readonly string[] = []): TermIndex {
  const columns = new Map(vocabulary.map((term, column) => [term, column]))
  return {
    get size() {
      return columns.size
    },
    terms: () => [...columns.keys()],
    sorted() {
      const terms = [...columns.keys()]
      return Int32Array.from([...terms.keys()].sort((left, right) => compareCodePoints(terms[left]!, terms[right]!)))
    },
    select(chosen) {
      const terms = [...columns.keys()]
      return createStringIndex(
        analyze,
        Array.from(chosen, (column) => terms[column]!),
      )
    },
    read(text, list, learn) {
      list.count = 0
      for (const term of analyze(text)) {
        let column = columns.get(term)
        if (column === undefined) {
          if (!learn) continue
          column = columns.size
          columns.set(term, column)
        }
        appendColumn(list, column)
      }
    },
  }
}

/** Plain words, found in the text where they stand: no string is made for a word that is known. The same result as `createStringIndex` with `splitWords`. */
export function createWordIndex(lowercase: boolean, vocabulary: readonly string[] = []): TermIndex {
  const table = createWordTable()
  for (const term of vocabulary) learnWord(table, term)
  return indexOf(table, lowercase)
}

function indexOf(table: WordTable, lowercase: boolean): TermIndex {
  return {
    get size() {
      return table.count
    },
    terms: () => wordsOf(table),
    sorted: () => sortWords(table),
    select: (columns) => indexOf(selectWords(table, columns), lowercase),
    read: (text, list, learn) => readWords(table, text, lowercase, list, learn),
  }
}
