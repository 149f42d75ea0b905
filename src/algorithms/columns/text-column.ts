// A text as the TF-IDF weights of its terms: a column for each term of the vocabulary (scikit-learn's TfidfVectorizer).
import { TandemError } from '../../errors.ts'
import type { Json } from '../format/canonical-json.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { createTfidfVectorizer, fitTfidfVectorizer, type TfidfVectorizer, type TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'
import type { ColumnKind, PackColumns, UnpackColumns } from './column-kind.ts'
import type { LearnContext, LearntColumn, RawColumn } from './column-learner.ts'
import type { FittedText, TextSpec } from './column-spec.ts'

/** @throws `invalid_input` for texts without a term, unless the context is lenient. */
export function fitText(
  { documents }: Pick<RawColumn, 'documents'>,
  { options = {} }: TextSpec,
  context: LearnContext,
): LearntColumn<FittedText> {
  const { terms, matrix } = learnTerms(documents(), options, context)
  return { fitted: { kind: 'text', ...terms }, ...(matrix === undefined ? {} : { training: matrix }) }
}

export type Terms = Omit<FittedText, 'kind'>

/** A vocabulary, its weights, and the texts by them; no terms where there are none and that is no error. */
export function learnTerms(
  documents: readonly string[],
  options: TfidfVectorizerOptions,
  { lenient, onStep }: Pick<LearnContext, 'lenient' | 'onStep'>,
): { readonly terms: Terms; readonly matrix: CsrMatrix | undefined } {
  try {
    const { vectorizer, matrix } = fitTfidfVectorizer(documents, options, onStep)
    const { vocabulary, idf } = vectorizer
    return { terms: { options: forReading(options, vocabulary), vocabulary, idf: Array.from(idf) }, matrix }
  } catch (error) {
    // Empty documents are no fault of the table: such a feature says nothing, and the others still do.
    const isEmpty = TandemError.is(error) && error.code === 'invalid_input'
    if (lenient && isEmpty) return { terms: { options: forReading(options, []), vocabulary: [], idf: [] }, matrix: undefined }
    throw error
  }
}

export function termReader({ vocabulary, idf, options }: Terms): TfidfVectorizer | undefined {
  return vocabulary.length === 0 ? undefined : createTfidfVectorizer(vocabulary, idf, options)
}

export const textColumn: ColumnKind<FittedText> = {
  width: ({ vocabulary }) => vocabulary.length,
  names: ({ vocabulary }, name) => vocabulary.map((term) => `${name}: ${term}`),
  vectorizer: termReader,
  writer: (_fitted, first) => (_code, take, terms, row) => {
    if (terms === undefined) return
    const { starts, indices, values } = terms
    for (let at = starts[row]!; at < starts[row + 1]!; at++) take(first + indices[at]!, values[at]!)
  },
  pack: (fitted, to) => packTerms(fitted, to),
  unpack: (about, from) => ({ kind: 'text', ...unpackTerms(about, from) }),
}

export function packTerms({ options, vocabulary, idf }: Terms, to: PackColumns): { readonly [name: string]: Json } {
  to.numbers(idf)
  return { terms: to.terms(vocabulary), options: JSON.parse(JSON.stringify(options)) as Json }
}

export function unpackTerms({ terms, options }: Readonly<Record<string, Json>>, from: UnpackColumns): Terms {
  const idf = from.numbers(terms)
  const vocabulary = from.terms(terms)
  if (idf.some((weight) => !(weight > 0))) from.fail('has a term whose weight is not above 0')
  // Files from before options were kept: words and runs of them.
  const known = typeof options === 'object' && options !== null && !Array.isArray(options)
  return {
    options: known ? (options as TfidfVectorizerOptions) : { ngramRange: [1, longestOf(vocabulary)], sublinearTf: true },
    vocabulary,
    idf,
  }
}

/** Without what only learning needs; a vocabulary without pairs needs none to be made. */
export function forReading(options: TfidfVectorizerOptions, vocabulary: readonly string[]): TfidfVectorizerOptions {
  const {
    minDf: _,
    maxDf: __,
    maxFeatures: ___,
    vocabulary: ____,
    ...rest
  } = options as TfidfVectorizerOptions & { readonly vocabulary?: unknown }
  const [shortest, longest] = rest.ngramRange ?? [1, 1]
  if (shortest !== 1 || longest === 1 || (rest.analyzer ?? 'word') !== 'word') return rest
  return { ...rest, ngramRange: [1, Math.min(longest, longestOf(vocabulary))] }
}

/** Words of the longest term. */
function longestOf(vocabulary: readonly string[]): number {
  let spaces = 0
  for (const term of vocabulary) {
    let count = 0
    for (let at = term.indexOf(' '); at >= 0; at = term.indexOf(' ', at + 1)) count++
    if (count > spaces) spaces = count
  }
  return spaces + 1
}
