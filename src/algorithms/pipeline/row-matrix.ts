// Builds a matrix row by row, dense or sparse.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'

/** @param fill  puts the values of a row by column, which rise; what is not put is 0. */
export function rowMatrix(
  rows: number,
  columns: number,
  sparse: boolean,
  fill: (row: number, put: (column: number, value: number) => void) => void,
): DenseMatrix | CsrMatrix {
  if (!sparse) {
    const values = new Float64Array(rows * columns)
    for (let row = 0; row < rows; row++) {
      fill(row, (column, value) => {
        values[row * columns + column] = value
      })
    }
    return { rows, columns, values }
  }
  const starts = new Int32Array(rows + 1)
  const indices: number[] = []
  const values: number[] = []
  for (let row = 0; row < rows; row++) {
    fill(row, (column, value) => {
      if (value === 0) return
      indices.push(column)
      values.push(value)
    })
    starts[row + 1] = indices.length
  }
  return { rows, columns, starts, indices: Int32Array.from(indices), values: Float64Array.from(values) }
}
