// Where the search for a linear SVM of many classes on sparse rows starts: a few passes of LIBLINEAR's dual coordinate descent, every class at
// once, which come near the answer in about the time of as many gradients. They also penalise the intercept a little, so the answer itself is
// left to the search. Hsieh, Chang, Lin, Keerthi and Sundararajan 2008.
import { createHeap, createHeapLayout, viewsOf } from '../math/heap.ts'
import { kernelsOn } from '../math/kernels.ts'
import { createRng } from '../math/rng.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'

const PASSES = 14
/** Beyond so many bytes of shares, one double a row and class, the search starts from 0 instead. */
const MOST_BYTES = 2 ** 28

/**
 * @param strengths  C times the weight of each row; a row of 0 takes no part.
 * @returns  for each class the coefficients and then the intercept; undefined where the guess would take too much memory.
 */
export function guessByDual(
  x: CsrMatrix,
  y: ArrayLike<number>,
  classes: number,
  strengths: Float64Array,
  onPass?: (pass: number) => void,
): Float64Array[] | undefined {
  const { rows, columns, starts, indices, values } = x
  const lanes = Math.ceil(classes / 4) * 4
  if (rows * lanes * 8 > MOST_BYTES) return undefined
  const layout = createHeapLayout()
  const at = {
    values: layout.take(values.length * 8),
    indices: layout.take(indices.length * 4),
    starts: layout.take((rows + 1) * 4),
    order: layout.take(rows * 4),
    labels: layout.take(rows * 4),
    diagonals: layout.take(rows * 8),
    inverses: layout.take(rows * 8),
    alphas: layout.take(rows * lanes * 8),
    w: layout.take(columns * lanes * 8),
    bias: layout.take(lanes * 8),
  }
  const heap = createHeap(layout.bytes)
  const kernels = kernelsOn(heap)
  const { f64, u32, i32 } = viewsOf(heap)
  f64.set(values, at.values >>> 3)
  u32.set(indices, at.indices >>> 2)
  i32.set(starts, at.starts >>> 2)
  for (let row = 0; row < rows; row++) {
    u32[(at.labels >>> 2) + row] = y[row]!
    let squares = 1
    for (let entry = starts[row]!; entry < starts[row + 1]!; entry++) squares += values[entry]! * values[entry]!
    const diagonal = 1 / (2 * strengths[row]!)
    f64[(at.diagonals >>> 3) + row] = diagonal
    f64[(at.inverses >>> 3) + row] = 1 / (squares + diagonal)
  }
  const taking = Uint32Array.from(starts.subarray(0, rows).keys()).filter((row) => strengths[row]! > 0)
  const rng = createRng(0)
  for (let pass = 0; pass < PASSES; pass++) {
    onPass?.(pass)
    for (let place = taking.length - 1; place > 0; place--) {
      const other = rng.below(place + 1)
      ;[taking[place], taking[other]] = [taking[other]!, taking[place]!]
    }
    u32.set(taking, at.order >>> 2)
    const model = [at.w, lanes, at.bias, at.labels, at.alphas, at.diagonals, at.inverses] as const
    kernels.dualDescent(at.starts, at.indices, at.values, at.order, taking.length, ...model)
  }
  return Array.from({ length: classes }, (_, label) =>
    Float64Array.from(
      { length: columns + 1 },
      (_, column) => f64[((column === columns ? at.bias : at.w + column * lanes * 8) >>> 3) + label]!,
    ),
  )
}
