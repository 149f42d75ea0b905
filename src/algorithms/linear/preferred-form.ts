// Whether rows of features are quicker to learn from in full or sparse.
import { type CsrMatrix, denseFromCsr } from '../sparse/csr-matrix.ts'
import type { FeatureMatrix } from './feature-matrix.ts'

/** Beyond so many columns rows are kept sparse; denser ones that are mostly filled are quicker to read in full. */
const MOST_DENSE_COLUMNS = 1000
const DENSE_SHARE = 0.25

export function preferredForm(matrix: CsrMatrix): FeatureMatrix {
  const { rows, columns, indices } = matrix
  return columns <= MOST_DENSE_COLUMNS && indices.length >= DENSE_SHARE * rows * columns
    ? { rows, columns, values: denseFromCsr(matrix) }
    : matrix
}
