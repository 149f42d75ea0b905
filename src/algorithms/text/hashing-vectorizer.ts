// Documents to counts in a fixed number of columns, each term's chosen by its hash: nothing is learned, so it works on a stream.
// Weinberger et al. 2009, "Feature hashing for large scale multitask learning"; columns and signs equal scikit-learn's HashingVectorizer.
import { TandemError } from '../../errors.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { checkDocuments } from './count-vectorizer.ts'
import { murmurHash3 } from './murmur-hash3.ts'
import { normalizeRows, type RowNorm } from './normalize-rows.ts'
import { countTerms } from './term-counter.ts'
import { appendColumn } from './term-index.ts'
import { type AnalyzerOptions, createAnalyzer } from './text-analyzer.ts'
import type { ColumnList } from './word-reader.ts'

export interface HashingVectorizerOptions extends AnalyzerOptions {
  /** Columns, 1 to 2^30. Default 2^20. */
  readonly nFeatures?: number
  /** Lets half of the terms count -1, so that terms that share a column cancel out on average. Default true. */
  readonly alternateSign?: boolean
  /** Default `l2`. */
  readonly norm?: RowNorm | null
  readonly binary?: boolean
}

export interface HashingVectorizer {
  readonly options: HashingVectorizerOptions
  /** Shape (documents, nFeatures). */
  transform(documents: readonly string[]): CsrMatrix
}

const MOST_COLUMNS = 2 ** 30

/** @throws `invalid_input` for a number of columns out of range. */
export function createHashingVectorizer(options: HashingVectorizerOptions = {}): HashingVectorizer {
  const { nFeatures = 2 ** 20, alternateSign = true, norm = 'l2', binary = false } = options
  if (!(Number.isInteger(nFeatures) && nFeatures >= 1 && nFeatures <= MOST_COLUMNS)) {
    throw new TandemError('invalid_input', `nFeatures is ${nFeatures}; it is a whole number from 1 to 2^30.`)
  }
  const analyze = createAnalyzer(options)
  // Column and sign in one number: counting then keeps both apart, and opposite signs meet afterwards.
  const codeOf = (term: string): number => {
    const hash = murmurHash3(term)
    return (Math.abs(hash) % nFeatures) * 2 + (alternateSign && hash < 0 ? 1 : 0)
  }
  const read = (text: string, list: ColumnList): void => {
    list.count = 0
    for (const term of analyze(text)) appendColumn(list, codeOf(term))
  }
  return {
    options,
    transform(documents) {
      checkDocuments(documents)
      const matrix = joinSigns(countTerms(documents, read, nFeatures * 2), nFeatures)
      if (binary) matrix.values.fill(1)
      if (norm !== null) normalizeRows(matrix, norm)
      return matrix
    },
  }
}

/** Entries of column 2c count for column c, those of 2c + 1 against it. What cancels stays as a zero, as scikit-learn keeps it. */
function joinSigns({ rows, starts, indices, values }: CsrMatrix, columns: number): CsrMatrix {
  const joinedStarts = new Int32Array(rows + 1)
  let entries = 0
  for (let row = 0; row < rows; row++) {
    const first = entries
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const column = indices[at]! >> 1
      const value = (indices[at]! & 1) === 1 ? -values[at]! : values[at]!
      // Reading stays ahead of writing, so the arrays serve as their own result.
      if (entries > first && indices[entries - 1] === column) values[entries - 1]! += value
      else {
        indices[entries] = column
        values[entries++] = value
      }
    }
    joinedStarts[row + 1] = entries
  }
  return { rows, columns, starts: joinedStarts, indices: indices.slice(0, entries), values: values.slice(0, entries) }
}
