// How each feature of a table becomes columns of a linear model, learned from the training rows alone. Numbers: missing ones get the
// median and a column that says so; scaled. Categories: one column for each frequent value, one for the rare ones together, one for
// missing. Texts: TF-IDF of words and pairs of words.
import { TandemError } from '../../errors.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { fitTfidfVectorizer, type TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'
import type { TabularColumns, TabularRows } from './tabular-set.ts'

export interface NumberColumns {
  readonly kind: 'number'
  /** Place of the first of its columns. */
  readonly first: number
  /** Stands in for what is missing. */
  readonly fill: number
  /** value * factor is what the model sees of `value + center`. */
  readonly center: number
  readonly factor: number
  /** Whether the next column is 1 where the value was missing. */
  readonly indicator: boolean
}

export interface CategoryColumns {
  readonly kind: 'category'
  readonly first: number
  /** Code of each value that has a column of its own, in their order. */
  readonly frequent: Int32Array
  /** Whether there is a column of the values that are rare or were never seen, and one of missing values; in this order. */
  readonly rare: boolean
  readonly missing: boolean
}

export interface TextColumns {
  readonly kind: 'text'
  readonly first: number
  readonly vocabulary: readonly string[]
  readonly idf: Float64Array
}

export type FeatureColumns = NumberColumns | CategoryColumns | TextColumns

export interface FittedFeatures {
  readonly features: readonly FeatureColumns[]
  readonly nColumns: number
  /** Whether scaled numbers stop at 0 and 1: naive Bayes of counts knows no negative ones. */
  readonly clamped: boolean
}

export interface FitFeaturesOptions {
  /** `standard`: mean 0, deviation 1. `range`: 0 to 1. */
  readonly scale: 'standard' | 'range'
  readonly text?: TextOptions
  /** Called every few milliseconds; what it throws ends the work. */
  readonly onStep?: () => void
}

export interface TextOptions {
  /** Longest run of words that is a term. Default 2. */
  readonly maxNgram?: number
  /** Most terms of a text feature; the most frequent stay. Default 100,000. */
  readonly maxTerms?: number
}

/** Categories with fewer rows share one column. */
const FREQUENT_ROWS = 5
/** Columns of one category; the most frequent values have them. */
const MOST_FREQUENT = 256
/** Terms of fewer documents are left out, unless there are few documents. */
const TERM_DOCUMENTS = 2
const FEW_DOCUMENTS = 200

export const textOptions = ({ maxNgram = 2 }: TextOptions): TfidfVectorizerOptions => ({ ngramRange: [1, maxNgram], sublinearTf: true })

/**
 * Learns the columns, and returns the TF-IDF of the texts of these rows by feature, so that none is read twice.
 *
 * A feature that says nothing (constant, all missing, texts without a word) keeps columns that are 0, or has none.
 */
export function fitFeatures(
  rows: TabularRows,
  { kinds, codes }: TabularColumns,
  { scale, text = {}, onStep }: FitFeaturesOptions,
): { readonly fitted: FittedFeatures; readonly matrices: readonly (CsrMatrix | undefined)[] } {
  const matrices: (CsrMatrix | undefined)[] = []
  let nColumns = 0
  const features = kinds.map((kind, feature): FeatureColumns => {
    onStep?.()
    const column = columnOf(rows, kinds.length, feature)
    const first = nColumns
    if (kind === 'number') {
      const fitted = fitNumber(column, scale, first)
      nColumns += fitted.indicator ? 2 : 1
      return fitted
    }
    if (kind === 'category') {
      const fitted = fitCategory(column, codes[feature]!, first)
      nColumns += fitted.frequent.length + Number(fitted.rare) + Number(fitted.missing)
      return fitted
    }
    const documents = documentsOf(column, feature, rows, onStep)
    const fitted = fitText(documents, text, onStep)
    matrices[feature] = fitted?.matrix
    nColumns += fitted?.vectorizer.vocabulary.length ?? 0
    return { kind, first, vocabulary: fitted?.vectorizer.vocabulary ?? [], idf: Float64Array.from(fitted?.vectorizer.idf ?? []) }
  })
  return { fitted: { features, nColumns, clamped: scale === 'range' }, matrices }
}

const DOCUMENTS_PER_STEP = 1024

/** Missing texts are empty ones. */
export function documentsOf(
  column: ArrayLike<number>,
  feature: number,
  { readDocument }: Pick<TabularRows, 'readDocument'>,
  onStep?: () => void,
): string[] {
  return Array.from(column, (code, row) => {
    if (row % DOCUMENTS_PER_STEP === 0) onStep?.()
    return Number.isNaN(code) || readDocument === undefined ? '' : readDocument(feature, code)
  })
}

export function columnOf({ x, rows }: TabularRows, width: number, feature: number): Float32Array {
  const column = new Float32Array(rows)
  for (let row = 0, at = feature; row < rows; row++, at += width) column[row] = x[at]!
  return column
}

function fitNumber(column: Float32Array, scale: FitFeaturesOptions['scale'], first: number): NumberColumns {
  const present = column.filter((value) => !Number.isNaN(value)).sort()
  const indicator = present.length < column.length
  if (present.length === 0) return { kind: 'number', first, fill: 0, center: 0, factor: 1, indicator }
  const [below, above] = [present[(present.length - 1) >> 1]!, present[present.length >> 1]!]
  const fill = below + (above - below) / 2
  if (scale === 'range') {
    const [lowest, highest] = [present[0]!, present.at(-1)!]
    return { kind: 'number', first, fill, center: -lowest, factor: highest > lowest ? 1 / (highest - lowest) : 0, indicator }
  }
  let sum = (column.length - present.length) * fill
  for (const value of present) sum += value
  const mean = sum / column.length
  let squares = (column.length - present.length) * (fill - mean) ** 2
  for (const value of present) squares += (value - mean) ** 2
  const deviation = Math.sqrt(squares / column.length)
  // Rounding leaves a constant column a deviation of almost 0, which would make any other value enormous.
  const factor = present[0] === present.at(-1) ? 0 : 1 / deviation
  return { kind: 'number', first, fill, center: -mean, factor, indicator }
}

function fitCategory(column: Float32Array, codes: number, first: number): CategoryColumns {
  const counts = new Uint32Array(codes)
  let missing = 0
  for (const code of column) {
    if (Number.isNaN(code)) missing++
    else counts[code]!++
  }
  const order = [...counts.keys()].filter((code) => counts[code]! >= FREQUENT_ROWS).sort((a, b) => counts[b]! - counts[a]! || a - b)
  const frequent = Int32Array.from(order.slice(0, MOST_FREQUENT)).sort()
  const inFrequent = frequent.reduce((sum, code) => sum + counts[code]!, 0)
  return { kind: 'category', first, frequent, rare: inFrequent + missing < column.length, missing: missing > 0 }
}

/** Undefined where no document holds a term that is frequent enough. */
function fitText(
  documents: readonly string[],
  { maxNgram, maxTerms = 100_000 }: TextOptions,
  onStep: (() => void) | undefined,
): ReturnType<typeof fitTfidfVectorizer> | undefined {
  const minDf = documents.length < FEW_DOCUMENTS ? 1 : TERM_DOCUMENTS
  try {
    return fitTfidfVectorizer(documents, { ...textOptions({ maxNgram }), minDf, maxFeatures: maxTerms }, onStep)
  } catch (error) {
    // Empty documents are no fault of the table: such a feature says nothing, and the others still do.
    if (TandemError.is(error) && error.code === 'invalid_input') return undefined
    throw error
  }
}
