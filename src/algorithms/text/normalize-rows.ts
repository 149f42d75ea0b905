// Rows of a sparse matrix scaled to length 1.
import type { CsrMatrix } from '../sparse/csr-matrix.ts'

export type RowNorm = 'l1' | 'l2'

/** Scales each row in place to length 1; a row of zeros stays as it is. */
export function normalizeRows({ rows, starts, values }: CsrMatrix, norm: RowNorm): void {
  for (let row = 0; row < rows; row++) {
    const end = starts[row + 1]!
    let sum = 0
    for (let at = starts[row]!; at < end; at++) sum += norm === 'l2' ? values[at]! * values[at]! : Math.abs(values[at]!)
    if (sum === 0) continue
    const length = norm === 'l2' ? Math.sqrt(sum) : sum
    for (let at = starts[row]!; at < end; at++) values[at]! /= length
  }
}
