// Symmetric positive definite systems by Cholesky factors, with the diagonal brought to 1 first so that columns of any size count alike.

/** A pivot this small beside its diagonal means that a column depends on those before it. */
const DEPENDENT = 1e-10

/**
 * Solves G x = b in place of a copy.
 *
 * @param gram  symmetric, shape (n, n), row-major; only the lower half is read.
 * @returns  x, or undefined when G is singular to within rounding.
 */
export function solveCholesky(gram: Float64Array, right: Float64Array): Float64Array | undefined {
  const n = right.length
  const factor = gram.slice()
  const scale = new Float64Array(n)
  for (let row = 0; row < n; row++) {
    const diagonal = gram[row * n + row]!
    if (!(diagonal > 0)) return undefined
    scale[row] = 1 / Math.sqrt(diagonal)
  }
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = factor[row * n + column]! * scale[row]! * scale[column]!
      for (let at = 0; at < column; at++) sum -= factor[row * n + at]! * factor[column * n + at]!
      if (row !== column) factor[row * n + column] = sum / factor[column * n + column]!
      else if (sum > DEPENDENT) factor[row * n + row] = Math.sqrt(sum)
      else return undefined
    }
  }
  const solution = right.map((value, row) => value * scale[row]!)
  for (let row = 0; row < n; row++) {
    let sum = solution[row]!
    for (let at = 0; at < row; at++) sum -= factor[row * n + at]! * solution[at]!
    solution[row] = sum / factor[row * n + row]!
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = solution[row]!
    for (let at = row + 1; at < n; at++) sum -= factor[at * n + row]! * solution[at]!
    solution[row] = sum / factor[row * n + row]!
  }
  for (let row = 0; row < n; row++) solution[row]! *= scale[row]!
  return solution
}
