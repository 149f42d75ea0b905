// Documents to counts of terms. Semantics of scikit-learn's CountVectorizer: same terms, same columns, same counts.
import { TandemError } from '../../errors.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { arrangeColumns, countTerms, learnTerms, type TermCounts } from './term-counter.ts'
import { createStringIndex, createWordIndex, type TermIndex } from './term-index.ts'
import { type AnalyzerOptions, createAnalyzer } from './text-analyzer.ts'

export interface CountVectorizerOptions extends AnalyzerOptions {
  /** Terms in fewer documents are left out: a number of documents from 1, or a share below 1. Default 1. */
  readonly minDf?: number
  /** Terms in more documents are left out: a share up to 1, or a number of documents above 1. Default 1, that is all. */
  readonly maxDf?: number
  /** Keeps the terms with the highest counts over all documents; of equal ones the first by code point. */
  readonly maxFeatures?: number
  /** Counts 1 for a term that is there, however often. Default false. */
  readonly binary?: boolean
  /** Columns to use instead of learning them from the documents. */
  readonly vocabulary?: readonly string[]
}

export interface CountVectorizer {
  /** As given; with `vocabulary` these are all that is needed to make the vectorizer again. */
  readonly options: CountVectorizerOptions
  /** The term of each column, ascending by code point unless a vocabulary was given. */
  readonly vocabulary: readonly string[]
  /** Shape (documents, vocabulary). Unknown terms are passed over; a document without known terms is a row of zeros. */
  transform(documents: readonly string[]): CsrMatrix
}

/**
 * Learns the terms of documents and counts them.
 *
 * Cost: O(characters) time; 12 bytes an entry.
 *
 * @param onStep  called every few milliseconds; what it throws ends the work.
 * @returns  the vectorizer, and `matrix`: the counts of `documents`, shape (documents, terms).
 * @throws   `invalid_input` when no term is left (empty documents, only stop words, or `minDf` and `maxDf` leave none) or an option is out of range.
 * @example
 * const { vectorizer, matrix } = fitCountVectorizer(['red shoes', 'blue shoes'])
 * vectorizer.vocabulary // ['blue', 'red', 'shoes']
 */
export function fitCountVectorizer(
  documents: readonly string[],
  options: CountVectorizerOptions = {},
  onStep?: () => void,
): { readonly vectorizer: CountVectorizer; readonly matrix: CsrMatrix } {
  checkDocuments(documents)
  if (options.vocabulary !== undefined) {
    const vectorizer = createCountVectorizer(options.vocabulary, options)
    return { vectorizer, matrix: vectorizer.transform(documents) }
  }
  const limits = documentLimits(options, Math.max(1, documents.length))
  const index = createTermIndex(options)
  const counts = learnTerms(documents, index, onStep)
  if (index.size === 0) {
    throw new TandemError(
      'invalid_input',
      `None of the ${documents.length} documents holds a term: they are empty, or hold only stop words or words of one character. Add text, or change tokenPattern or stopWords.`,
    )
  }
  const kept = keptColumns(index, counts, limits, options)
  if (kept.length === 0) {
    throw new TandemError(
      'invalid_input',
      `minDf ${options.minDf ?? 1} and maxDf ${options.maxDf ?? 1} leave none of the ${index.size} terms of ${documents.length} documents. Lower minDf or raise maxDf.`,
    )
  }
  const renamed = new Int32Array(index.size).fill(-1)
  for (let column = 0; column < kept.length; column++) renamed[kept[column]!] = column
  const matrix = arrangeColumns(counts, renamed, kept.length)
  if (options.binary === true) matrix.values.fill(1)
  const known = index.select(kept)
  return { vectorizer: vectorizerOf(known, known.terms(), options), matrix }
}

/**
 * The vectorizer of a known vocabulary, such as one read from a file.
 *
 * @throws   `invalid_input` for a vocabulary that is empty or holds a term twice.
 */
export function createCountVectorizer(vocabulary: readonly string[], options: CountVectorizerOptions = {}): CountVectorizer {
  const index = createTermIndex(options, vocabulary)
  if (vocabulary.length === 0 || index.size < vocabulary.length) {
    const twice = vocabulary.find((term, column) => vocabulary.indexOf(term) !== column)
    throw new TandemError(
      'invalid_input',
      vocabulary.length === 0
        ? 'The vocabulary is empty; give at least one term.'
        : `The vocabulary holds "${twice}" twice; each term is one column.`,
    )
  }
  return vectorizerOf(index, vocabulary, options)
}

function vectorizerOf(index: TermIndex, vocabulary: readonly string[], options: CountVectorizerOptions): CountVectorizer {
  return {
    options,
    vocabulary,
    transform(documents) {
      checkDocuments(documents)
      const matrix = countTerms(documents, (text, list) => index.read(text, list, false), vocabulary.length)
      if (options.binary === true) matrix.values.fill(1)
      return matrix
    },
  }
}

function createTermIndex(options: CountVectorizerOptions, vocabulary: readonly string[] = []): TermIndex {
  const { analyzer = 'word', ngramRange: [, longest] = [1, 1], stopWords, stripAccents, tokenPattern, lowercase = true } = options
  const analyze = createAnalyzer(options)
  const plain = analyzer === 'word' && longest === 1 && stopWords === undefined && stripAccents === undefined && tokenPattern === undefined
  return plain ? createWordIndex(lowercase, vocabulary) : createStringIndex(analyze, vocabulary)
}

/** Refuses what is no list of texts; a single string would be read as a list of characters. */
export function checkDocuments(documents: unknown): asserts documents is readonly string[] {
  if (!Array.isArray(documents)) {
    throw new TandemError('invalid_input', `Documents are an array of strings, not ${typeof documents}. Wrap a single text in [ ].`)
  }
  const wrong = documents.findIndex((document) => typeof document !== 'string')
  if (wrong === -1) return
  throw new TandemError(
    'invalid_input',
    `Document ${wrong} is ${documents[wrong] === null ? 'null' : `a ${typeof documents[wrong]}`}, not a string.`,
    {
      details: { document: wrong },
    },
  )
}

/** Documents that a term is in, at least and at most. */
export interface DocumentLimits {
  readonly fewest: number
  readonly most: number
}

/** @throws `invalid_input` for limits out of range. */
export function documentLimits({ minDf = 1, maxDf = 1, maxFeatures }: CountVectorizerOptions, documents: number): DocumentLimits {
  if (!(minDf >= 0 && (minDf < 1 || Number.isInteger(minDf))) || !(maxDf > 0 && (maxDf <= 1 || Number.isInteger(maxDf)))) {
    throw new TandemError(
      'invalid_input',
      `minDf is ${minDf} and maxDf ${maxDf}. minDf is a share below 1 or a whole number of documents; maxDf a share up to 1 or a whole number above 1.`,
    )
  }
  if (maxFeatures !== undefined && !(Number.isInteger(maxFeatures) && maxFeatures >= 1)) {
    throw new TandemError('invalid_input', `maxFeatures is ${maxFeatures}; it is a whole number from 1.`)
  }
  const fewest = minDf < 1 ? minDf * documents : minDf
  const most = maxDf <= 1 ? maxDf * documents : maxDf
  if (fewest > most) {
    throw new TandemError(
      'invalid_input',
      `minDf asks for at least ${fewest} documents and maxDf for at most ${most}: no term can have both.`,
    )
  }
  return { fewest, most }
}

/** Columns of the terms that stay, ascending by the terms' code points. */
function keptColumns(
  index: TermIndex,
  counts: TermCounts,
  limits: DocumentLimits,
  { maxFeatures, binary }: CountVectorizerOptions,
): Int32Array {
  const inDocuments = new Int32Array(index.size)
  const inAll = new Float64Array(index.size)
  for (let at = 0; at < counts.indices.length; at++) {
    const column = counts.indices[at]!
    inDocuments[column]!++
    inAll[column]! += binary === true ? 1 : counts.counts[at]!
  }
  return chooseTerms(index.sorted(), { inDocuments, inAll }, limits, maxFeatures)
}

/** How often each term is there, by column. */
export interface TermFrequencies {
  readonly inDocuments: Int32Array
  readonly inAll: Float64Array
}

/** @param sorted  columns ascending by the terms' code points, as those that stay are. */
export function chooseTerms(
  sorted: Int32Array,
  { inDocuments, inAll }: TermFrequencies,
  { fewest, most }: DocumentLimits,
  maxFeatures: number | undefined,
): Int32Array {
  const kept = sorted.filter((column) => inDocuments[column]! >= fewest && inDocuments[column]! <= most)
  if (maxFeatures === undefined || kept.length <= maxFeatures) return kept
  const places = Int32Array.from(kept.keys())
  // Sorting is stable: of equally frequent terms the first by code point stays.
  const first = places.sort((left, right) => inAll[kept[right]!]! - inAll[kept[left]!]!).subarray(0, maxFeatures)
  return first.sort().map((place) => kept[place]!)
}
