// Documents to TF-IDF weights. Semantics of scikit-learn's TfidfVectorizer (Salton and Buckley 1988; smoothed idf ln((1+n)/(1+df)) + 1).
import { TandemError } from '../../errors.ts'
import { log } from '../math/exponential.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { type CountVectorizer, type CountVectorizerOptions, createCountVectorizer, fitCountVectorizer } from './count-vectorizer.ts'
import { normalizeRows, type RowNorm } from './normalize-rows.ts'

export interface TfidfVectorizerOptions extends CountVectorizerOptions {
  /** Length each row is scaled to: `l2`, `l1`, or none for null. Default `l2`. */
  readonly norm?: RowNorm | null
  /** Weighs rare terms more. Default true. */
  readonly useIdf?: boolean
  /** Counts every term in one document more, so that none divides by zero. Default true. */
  readonly smoothIdf?: boolean
  /** 1 + ln(count) instead of the count. Default false. */
  readonly sublinearTf?: boolean
}

export interface TfidfVectorizer {
  readonly options: TfidfVectorizerOptions
  readonly vocabulary: readonly string[]
  /** Weight of each column; all 1 without `useIdf`. */
  readonly idf: Float64Array
  /** Shape (documents, vocabulary). */
  transform(documents: readonly string[]): CsrMatrix
}

/**
 * Learns terms and their weights from documents.
 *
 * Cost: O(characters) time; 12 bytes an entry.
 *
 * @param onStep  as of `fitCountVectorizer`.
 * @returns  the vectorizer, and `matrix`: the weights of `documents`, shape (documents, terms).
 * @throws   `invalid_input` as `fitCountVectorizer` does.
 * @example
 * const { vectorizer, matrix } = fitTfidfVectorizer(['red shoes', 'blue shoes'], { sublinearTf: true })
 * vectorizer.transform(['green shoes'])
 */
export function fitTfidfVectorizer(
  documents: readonly string[],
  options: TfidfVectorizerOptions = {},
  onStep?: () => void,
): { readonly vectorizer: TfidfVectorizer; readonly matrix: CsrMatrix } {
  const { vectorizer: counter, matrix } = fitCountVectorizer(documents, options, onStep)
  const idf = new Float64Array(counter.vocabulary.length).fill(1)
  if (options.useIdf !== false) learnIdf(matrix, idf, options.smoothIdf ?? true)
  weigh(matrix, idf, options)
  return { vectorizer: weighing(counter, idf, options), matrix }
}

/**
 * The vectorizer of a known vocabulary and its weights, such as one read from a file.
 *
 * @param idf  a weight above 0 for each term.
 * @throws   `shape_mismatch` when there is not one weight a term; `invalid_input` for a weight that is not finite.
 */
export function createTfidfVectorizer(
  vocabulary: readonly string[],
  idf: ArrayLike<number>,
  options: TfidfVectorizerOptions = {},
): TfidfVectorizer {
  if (idf.length !== vocabulary.length) {
    throw new TandemError('shape_mismatch', `There are ${idf.length} idf weights for ${vocabulary.length} terms. Pass one for each term.`)
  }
  const weights = Float64Array.from(idf)
  const wrong = weights.findIndex((weight) => !(weight > 0 && weight < Number.POSITIVE_INFINITY))
  if (wrong !== -1)
    throw new TandemError('invalid_input', `The idf of "${vocabulary[wrong]}" is ${weights[wrong]}; it is a finite number above 0.`)
  return weighing(createCountVectorizer(vocabulary, options), weights, options)
}

function weighing(counter: CountVectorizer, idf: Float64Array, options: TfidfVectorizerOptions): TfidfVectorizer {
  return {
    options,
    vocabulary: counter.vocabulary,
    idf,
    transform(documents) {
      const matrix = counter.transform(documents)
      weigh(matrix, idf, options)
      return matrix
    },
  }
}

/** Writes what each column weighs by the documents it is in. */
export function learnIdf({ rows, indices }: CsrMatrix, idf: Float64Array, smooth: boolean): void {
  const inDocuments = new Float64Array(idf.length)
  for (let at = 0; at < indices.length; at++) inDocuments[indices[at]!]!++
  const extra = smooth ? 1 : 0
  for (let column = 0; column < idf.length; column++) {
    // A term of a given vocabulary may be in no document; without smoothing its weight would be infinite.
    idf[column] = log((rows + extra) / Math.max(inDocuments[column]! + extra, extra === 0 ? 1 : 0)) + 1
  }
}

/** Turns counts into weights in place. */
export function weigh(matrix: CsrMatrix, idf: Float64Array, { sublinearTf = false, norm = 'l2' }: TfidfVectorizerOptions): void {
  const { indices, values } = matrix
  if (sublinearTf) for (let at = 0; at < values.length; at++) if (values[at] !== 1) values[at] = 1 + log(values[at]!)
  for (let at = 0; at < values.length; at++) values[at]! *= idf[indices[at]!]!
  if (norm !== null) normalizeRows(matrix, norm)
}
