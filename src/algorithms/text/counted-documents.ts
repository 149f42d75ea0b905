// Documents read once, from which the terms and weights of any part of them are learnt: what cross-fitting needs, where reading the texts
// takes several times as long as fitting their weights. What is learnt of a part is what `fitTfidfVectorizer` learns of its documents.
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { chooseTerms, documentLimits, fitCountVectorizer } from './count-vectorizer.ts'
import { learnIdf, type TfidfVectorizerOptions, weigh } from './tfidf-vectorizer.ts'

export interface CountedDocuments {
  /** Shape (documents, terms). */
  readonly counts: CsrMatrix
  /** The term of each column, ascending by code point. */
  readonly terms: readonly string[]
}

/** Terms that a part of the documents knows, with their weights. */
export interface PartTerms {
  /** Their columns among all, ascending. */
  readonly columns: Int32Array
  readonly idf: Float64Array
}

/**
 * Counts the terms of documents that may stand in some part of them.
 *
 * @throws `invalid_input` as `fitCountVectorizer`.
 */
export function countDocuments(documents: readonly string[], options: TfidfVectorizerOptions, onStep?: () => void): CountedDocuments {
  const { minDf = 1, maxDf: _, maxFeatures: __, ...rest } = options
  // What is too rare in all documents is too rare in any part; a share means other numbers there.
  const { vectorizer, matrix } = fitCountVectorizer(documents, { ...rest, minDf: Number.isInteger(minDf) ? minDf : 1 }, onStep)
  return { counts: matrix, terms: vectorizer.vocabulary }
}

/**
 * The terms of a part and its weights by them.
 *
 * Cost: O(entries of the part + terms).
 *
 * @param rows  of the part.
 * @returns  undefined when no term is left.
 */
export function learnPart(
  counts: CsrMatrix,
  rows: Int32Array,
  options: TfidfVectorizerOptions,
): { readonly part: PartTerms; readonly matrix: CsrMatrix } | undefined {
  const columns =
    options.vocabulary === undefined ? termsOf(counts, rows, options) : Int32Array.from({ length: counts.columns }, (_, at) => at)
  if (columns.length === 0) return undefined
  const matrix = selectColumns(counts, rows, columns)
  const idf = new Float64Array(columns.length).fill(1)
  if (options.useIdf !== false) learnIdf(matrix, idf, options.smoothIdf ?? true)
  weigh(matrix, idf, options)
  return { part: { columns, idf }, matrix }
}

/** The weights of other rows by the terms of a part. */
export function weighRows(counts: CsrMatrix, rows: Int32Array, { columns, idf }: PartTerms, options: TfidfVectorizerOptions): CsrMatrix {
  const matrix = selectColumns(counts, rows, columns)
  weigh(matrix, idf, options)
  return matrix
}

function termsOf({ columns, starts, indices, values }: CsrMatrix, rows: Int32Array, options: TfidfVectorizerOptions): Int32Array {
  const inDocuments = new Int32Array(columns)
  const inAll = new Float64Array(columns)
  for (const row of rows) {
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      inDocuments[indices[at]!]!++
      inAll[indices[at]!]! += values[at]!
    }
  }
  const all = Int32Array.from({ length: columns }, (_, column) => column)
  return chooseTerms(all, { inDocuments, inAll }, documentLimits(options, Math.max(1, rows.length)), options.maxFeatures)
}

/** Some rows and, ascending, some columns, which are numbered anew. */
function selectColumns({ columns, starts, indices, values }: CsrMatrix, rows: Int32Array, chosen: Int32Array): CsrMatrix {
  const renamed = new Int32Array(columns).fill(-1)
  for (let at = 0; at < chosen.length; at++) renamed[chosen[at]!] = at
  let most = 0
  for (const row of rows) most += starts[row + 1]! - starts[row]!
  const picked = { starts: new Int32Array(rows.length + 1), indices: new Int32Array(most), values: new Float64Array(most) }
  let count = 0
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const column = renamed[indices[at]!]!
      if (column < 0) continue
      picked.indices[count] = column
      picked.values[count++] = values[at]!
    }
    picked.starts[index + 1] = count
  }
  return {
    ...{ rows: rows.length, columns: chosen.length, starts: picked.starts },
    ...{ indices: picked.indices.subarray(0, count), values: picked.values.subarray(0, count) },
  }
}
