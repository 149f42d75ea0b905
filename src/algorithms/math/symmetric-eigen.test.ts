import { describe, expect, test } from 'vitest'
import reference from './fixtures/eigen.json' with { type: 'json' }
import { createRng } from './rng.ts'
import { type SymmetricEigen, symmetricEigen } from './symmetric-eigen.ts'

// Reference: scipy 1.17.1, eigh of LAPACK, fixtures/make_eigen.py, seed 11.
const cases = reference.cases.map(({ lower, ...each }) => ({
  ...each,
  matrix: symmetric(each.n, (row, column) => lower[(row * (row + 1)) / 2 + column]!),
}))

/** From the entries at and below the diagonal. */
function symmetric(n: number, entry: (row: number, column: number) => number): Float64Array {
  const matrix = new Float64Array(n * n)
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      matrix[row * n + column] = entry(row, column)
      matrix[column * n + row] = matrix[row * n + column]!
    }
  }
  return matrix
}

/** What is left of A v - value v beside the largest value, and of the products of vectors beside 0 and 1. */
function errorsOf(matrix: Float64Array, n: number, { values, vectors }: SymmetricEigen): { residual: number; angle: number } {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1
  const count = vectors.length / n
  let [residual, angle] = [0, 0]
  for (let at = 0; at < count; at++) {
    const vector = vectors.subarray(at * n, (at + 1) * n)
    for (let row = 0; row < n; row++) {
      const product = vector.reduce((sum, value, column) => sum + (value * matrix[row * n + column]!) / largest, 0)
      residual = Math.max(residual, Math.abs(product - (values[at]! / largest) * vector[row]!))
    }
    for (let other = 0; other <= at; other++) {
      const product = vector.reduce((sum, value, column) => sum + value * vectors[other * n + column]!, 0)
      angle = Math.max(angle, Math.abs(product - (other === at ? 1 : 0)))
    }
  }
  return { residual, angle }
}

/** 100 units in the last place: rounding adds up over the rows. */
const ROUNDING = 100 * 2 ** -52

describe('symmetricEigen', () => {
  test.each(cases)('has the values and vectors of LAPACK: $name', ({ n, matrix, values, vectors }) => {
    const ours = symmetricEigen(matrix, n)
    const largest = Math.max(...values.map(Math.abs))
    for (const [at, value] of values.entries()) expect(Math.abs(ours.values[at]! - value) / largest).toBeLessThan(ROUNDING)
    for (const { at, entries } of vectors) {
      const own = ours.vectors.subarray(at * n, (at + 1) * n)
      const sign = Math.sign(entries.reduce((sum, value, place) => sum + value * own[place]!, 0))
      // A thousandth from the next value costs three digits.
      for (const [place, value] of entries.entries()) expect(Math.abs(sign * own[place]! - value)).toBeLessThan(1e-11)
    }
    const { residual, angle } = errorsOf(matrix, n, ours)
    expect(residual).toBeLessThan(ROUNDING)
    expect(angle).toBeLessThan(ROUNDING)
  })

  const rng = createRng(5)
  const drawn = symmetric(90, () => rng.next() - 0.5)
  const hostile: Record<string, [n: number, entry: (row: number, column: number) => number]> = {
    zeros: [60, () => 0],
    'the identity': [60, (row, column) => (row === column ? 1 : 0)],
    'a diagonal of four values': [67, (row, column) => (row === column ? row % 4 : 0)],
    'equal but for the last digits': [75, () => 1 + 1e-15 * rng.next()],
    'from 1 down to 1e-40': [80, (row, column) => 10 ** (-(row + column) / 4) * (0.1 + rng.next())],
    'glued of equal blocks': [
      100,
      (row, column) => (row === column ? Math.abs((row % 10) - 4.5) : row - column === 1 ? (row % 10 === 0 ? 1e-8 : 1) : 0),
    ],
    'near the least numbers': [50, () => 1e-300 * (rng.next() - 0.5)],
    'near the largest numbers': [50, () => 1e300 * (rng.next() - 0.5)],
    'all below 0': [50, (row, column) => -1 / (1 + row - column)],
  }
  test.each(Object.entries(hostile))('keeps vectors orthogonal to the last digits: %s', (_, [n, entry]) => {
    const matrix = symmetric(n, entry)
    const found = symmetricEigen(matrix, n)
    const { residual, angle } = errorsOf(matrix, n, found)
    expect(residual).toBeLessThan(ROUNDING)
    expect(angle).toBeLessThan(ROUNDING)
    expect(found.values.every((value, at) => at === 0 || value <= found.values[at - 1]!)).toBe(true)
  })

  test('leaves the same bytes without WebAssembly, and reads the lower half alone', () => {
    const upper = drawn.slice()
    for (let row = 0; row < 90; row++) upper.fill(Number.NaN, row * 90 + row + 1, (row + 1) * 90)
    const [wasm, plain] = [symmetricEigen(drawn, 90, { engine: 'auto' }), symmetricEigen(upper, 90, { engine: 'typescript' })]
    expect(plain).toEqual(wasm)
  })

  test.each([1, 5, 32, 90])('finds the first %i vectors as it finds them among all', (count) => {
    const [all, some] = [symmetricEigen(drawn, 90), symmetricEigen(drawn, 90, { count })]
    expect(some.values).toEqual(all.values)
    expect(some.vectors).toEqual(all.vectors.slice(0, count * 90))
  })
})
