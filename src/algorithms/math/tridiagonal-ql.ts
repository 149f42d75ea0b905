// Eigenvalues and eigenvectors of a small tridiagonal matrix by implicit QL steps.
// Source: Bowdler, Martin, Reinsch and Wilkinson, "The QR and QL algorithms for symmetric matrices", Numerische Mathematik 11, 1968 (tql2).

const EPSILON = 2 ** -53
/** Two steps an eigenvalue are usual. */
const MOST_STEPS = 60

/**
 * @param d  diagonal, entries from..to-1; becomes the eigenvalues, in no order.
 * @param e  `e[i]` couples i and i + 1; its entries from..to-2 are used up.
 * @param q  rows from..to-1 of `stride` numbers from `at` on, of which those from..to-1 become the eigenvector of the row's value.
 */
export function solveTridiagonalQl(
  d: Float64Array,
  e: Float64Array,
  from: number,
  to: number,
  q: Float64Array,
  at: number,
  stride: number,
): void {
  for (let row = from; row < to; row++) {
    q.fill(0, at + row * stride + from, at + row * stride + to)
    q[at + row * stride + row] = 1
  }
  const last = to - 1
  const coupling = e[last]!
  e[last] = 0
  // Couplings of no more than rounding of the largest entry count as none.
  let most = 0
  for (let i = from; i < to; i++) most = Math.max(most, Math.abs(d[i]!) + Math.abs(e[i]!))
  const nothing = EPSILON * most
  for (let l = from; l < to; l++) {
    for (let steps = 0; ; steps++) {
      let m = l
      while (m < last && Math.abs(e[m]!) > nothing) m++
      if (m === l || steps === MOST_STEPS) break
      step(d, e, l, m, { q, at: at + from, stride, n: to - from })
    }
  }
  e[last] = coupling
}

interface Vectors {
  readonly q: Float64Array
  readonly at: number
  readonly stride: number
  readonly n: number
}

/** One step on the part l..m, which nothing couples to the rest. */
function step(d: Float64Array, e: Float64Array, l: number, m: number, vectors: Vectors): void {
  const slope = (d[l + 1]! - d[l]!) / (2 * e[l]!)
  const length = Math.sqrt(slope * slope + 1)
  let g = d[m]! - d[l]! + e[l]! / (slope + (slope < 0 ? -length : length))
  let [s, c, p] = [1, 1, 0]
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!
    const b = c * e[i]!
    const r = Math.sqrt(f * f + g * g)
    e[i + 1] = r
    if (r === 0) {
      // Splits before its end.
      d[i + 1]! -= p
      e[m] = 0
      return
    }
    s = f / r
    c = g / r
    g = d[i + 1]! - p
    const turned = (d[i]! - g) * s + 2 * c * b
    p = s * turned
    d[i + 1] = g + p
    g = c * turned - b
    rotateRows(vectors, i, c, s)
  }
  d[l]! -= p
  e[l] = g
  e[m] = 0
}

function rotateRows({ q, at, stride, n }: Vectors, i: number, c: number, s: number): void {
  const one = at + i * stride
  const two = one + stride
  for (let k = 0; k < n; k++) {
    const [x, y] = [q[one + k]!, q[two + k]!]
    q[two + k] = s * x + c * y
    q[one + k] = c * x - s * y
  }
}
