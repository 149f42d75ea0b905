// How far two models say the same of the same texts: the angle between their vectors, and whether they put the same ones near.
import { TandemError } from '../../errors.ts'

export interface VectorAgreement {
  readonly rows: number
  /** Of each row's two vectors; null where their widths differ, for then the numbers mean different things. */
  readonly cosine: { readonly mean: number; readonly least: number; readonly p05: number } | null
  /**
   * Share of a row's nearest rows that both name, 0 to 1, over the first 64 rows. It needs no common space, so it also judges models of
   * different widths. Null below 4 rows.
   */
  readonly sameNeighbours: number | null
  /** How many nearest rows were looked at. */
  readonly neighbours: number
}

/** Quadratic in it, and the caller may be an event loop: 64 rows of 384 numbers take 3 ms. */
const MOST_ROWS = 64
const FEWEST_ROWS = 4

/**
 * Compares row by row; a row without direction agrees with nothing.
 *
 * @param a  n vectors of one width
 * @param b  n vectors of one width, of the same texts
 * @throws `invalid_input` when the numbers of rows differ or are 0
 */
export function vectorAgreement(a: readonly Float32Array[], b: readonly Float32Array[]): VectorAgreement {
  if (a.length === 0 || a.length !== b.length) {
    throw new TandemError('invalid_input', `Vectors of the same texts are compared: got ${a.length} and ${b.length}.`)
  }
  const cosines = a[0]!.length === b[0]!.length ? Float64Array.from(a, (row, at) => cosine(row, b[at]!)).sort() : undefined
  const rows = Math.min(MOST_ROWS, a.length)
  const neighbours = Math.min(10, Math.ceil((rows - 1) / 2))
  return {
    rows: a.length,
    cosine: cosines === undefined ? null : spread(cosines),
    sameNeighbours: rows < FEWEST_ROWS ? null : sharedNeighbours(a, b, rows, neighbours),
    neighbours: rows < FEWEST_ROWS ? 0 : neighbours,
  }
}

function spread(sorted: Float64Array): { readonly mean: number; readonly least: number; readonly p05: number } {
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { mean, least: sorted[0]!, p05: sorted[Math.floor(0.05 * (sorted.length - 1))]! }
}

function sharedNeighbours(a: readonly Float32Array[], b: readonly Float32Array[], rows: number, k: number): number {
  let shared = 0
  for (let row = 0; row < rows; row++) {
    const [first, second] = [nearest(a, row, rows, k), new Set(nearest(b, row, rows, k))]
    shared += first.filter((at) => second.has(at)).length
  }
  return shared / (rows * k)
}

function nearest(vectors: readonly Float32Array[], row: number, rows: number, k: number): number[] {
  const near = Array.from({ length: rows }, (_, at) => ({ at, cosine: at === row ? -2 : cosine(vectors[row]!, vectors[at]!) }))
  // Equal ones in their order, so that the same vectors have the same neighbours.
  near.sort((x, y) => y.cosine - x.cosine || x.at - y.at)
  return near.slice(0, k).map(({ at }) => at)
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, ofA, ofB] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    dot += a[at]! * b[at]!
    ofA += a[at]! * a[at]!
    ofB += b[at]! * b[at]!
  }
  return ofA === 0 || ofB === 0 ? 0 : dot / Math.sqrt(ofA * ofB)
}
