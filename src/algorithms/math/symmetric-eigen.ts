// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations. Source: Golub and Van Loan, Matrix Computations, section 8.5.

export interface SymmetricEigen {
  /** Descending. */
  readonly values: Float64Array
  /** Row i belongs to value i; shape (n, n). */
  readonly vectors: Float64Array
}

const SWEEPS = 60

/** Cost: O(n^3) a sweep, some ten sweeps. */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = matrix.slice()
  const v = new Float64Array(n * n)
  for (let at = 0; at < n; at++) v[at * n + at] = 1
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotated = rotate(a, v, n, p, q) || rotated
    if (!rotated) break
  }
  const order = Array.from({ length: n }, (_, at) => at).sort((i, j) => a[j * n + j]! - a[i * n + i]!)
  const vectors = new Float64Array(n * n)
  for (const [to, from] of order.entries()) vectors.set(v.subarray(from * n, (from + 1) * n), to * n)
  return { values: Float64Array.from(order, (at) => a[at * n + at]!), vectors }
}

/** Makes a[p, q] zero; false when it is, beside its diagonal. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): boolean {
  const off = a[p * n + q]!
  const [first, second] = [a[p * n + p]!, a[q * n + q]!]
  if (Math.abs(off) <= 2 ** -53 * Math.sqrt(Math.abs(first * second)) || Math.abs(off) < 1e-300) return false
  const slope = (second - first) / (2 * off)
  const t = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.sqrt(slope * slope + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < n; k++) {
    const [kp, kq] = [a[k * n + p]!, a[k * n + q]!]
    a[k * n + p] = c * kp - s * kq
    a[k * n + q] = s * kp + c * kq
  }
  for (let k = 0; k < n; k++) {
    const [pk, qk] = [a[p * n + k]!, a[q * n + k]!]
    a[p * n + k] = c * pk - s * qk
    a[q * n + k] = s * pk + c * qk
    const [vp, vq] = [v[p * n + k]!, v[q * n + k]!]
    v[p * n + k] = c * vp - s * vq
    v[q * n + k] = s * vp + c * vq
  }
  return true
}
