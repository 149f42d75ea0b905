// Sums of products of differences from the column means, for rows by the million: they are read once, less a guess of the means, and taken
// again only where the guess was too far off to keep the digits.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { gramBlocks, sampleMeans } from '../linear/gram-blocks.ts'
import type { Spend } from '../tree/training-control.ts'

export interface ColumnScatter {
  readonly means: Float64Array
  /** Shape (columns, columns), the lower half; not finite where the values are not, or are beyond 1e150. */
  readonly scatter: Float64Array
}

/** Squares of the distance from the guess to the mean beside those of the values from the mean: beyond, two digits would be lost. */
const FAR = 100

/** Cost: O(rows x columns^2) time; a block of rows and columns^2 doubles. What `spend` throws ends the work. */
export function columnScatter(x: DenseMatrix, spend: Spend): ColumnScatter {
  const first = scatterAround(x, sampleMeans(x.values, x.rows, x.columns), spend)
  if (!first.isFar) return first
  // From the mean itself nothing is far but the rounding of the mean.
  return scatterAround(x, first.means, spend)
}

function scatterAround(x: DenseMatrix, shift: Float64Array, spend: Spend): ColumnScatter & { readonly isFar: boolean } {
  const { rows, columns } = x
  const { totals, products, width } = gramBlocks(x, shift, {
    // Two products of doubles are taken at a time, of one half of the pairs.
    fill: (_, __, count) => spend((count * columns * columns) / 4),
  })
  const scatter = new Float64Array(columns * columns)
  const offsets = totals.map((sum) => sum / rows)
  let isFar = false
  for (let column = 0; column < columns; column++) {
    for (let other = 0; other <= column; other++) {
      const sum = products[column * width + other]!
      scatter[column * columns + other] = sum - rows * offsets[column]! * offsets[other]!
    }
    const own = Math.max(0, scatter[column * columns + column]!)
    scatter[column * columns + column] = own
    isFar ||= rows * offsets[column]! ** 2 > FAR * own
  }
  return { means: shift.map((value, column) => value + offsets[column]!), scatter, isFar }
}
