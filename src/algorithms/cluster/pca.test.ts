import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { createRng } from '../math/rng.ts'
import { fitPca, type Pca, transformPca } from './fit-pca.ts'
import reference from './fixtures/pca.json' with { type: 'json' }

// Reference: scikit-learn 1.9.1, PCA(svd_solver="full"), fixtures/make_pca.py, seed 8.
const cases = reference.cases.map((each) => ({ ...each, x: { ...each, values: Float64Array.from(each.values) } }))

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

/** How far the directions are from being of length 1 and at right angles. */
function angleOf({ components, nComponents, nFeatures }: Pca): number {
  let most = 0
  for (let one = 0; one < nComponents; one++) {
    for (let other = 0; other <= one; other++) {
      let sum = 0
      for (let at = 0; at < nFeatures; at++) sum += components[one * nFeatures + at]! * components[other * nFeatures + at]!
      most = Math.max(most, Math.abs(sum - (one === other ? 1 : 0)))
    }
  }
  return most
}

function drawn(rows: number, columns: number, seed: number): DenseMatrix & { readonly values: Float64Array } {
  const rng = createRng(seed)
  return { rows, columns, values: Float64Array.from({ length: rows * columns }, () => rng.next() - 0.5) }
}

describe('fitPca', () => {
  test.each(cases)('equals scikit-learn with its signs: $name', ({ x, means, variance, ratio, directions, kept }) => {
    const ours = fitPca(x)
    const largest = variance[0]!
    expect(ours.explainedVariance.length).toBe(variance.length)
    for (const [at, value] of means.entries()) expect(Math.abs(ours.means[at]! - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value))
    // Six digits are lost on either side where rows are a million from 0.
    for (const [at, value] of variance.entries()) expect(Math.abs(ours.explainedVariance[at]! - value) / largest).toBeLessThan(1e-12)
    for (const [at, value] of ratio.entries()) expect(ours.explainedVarianceRatio[at]).toBeCloseTo(value, 12)
    const projected = transformPca(ours, x)
    for (const { at, entries, first } of directions) {
      for (const [place, value] of entries.entries()) expect(ours.components[at * x.columns + place]).toBeCloseTo(value, 9)
      expect(Math.abs(projected[at]! - first) / Math.sqrt(largest)).toBeLessThan(1e-8)
    }
    expect(angleOf(ours)).toBeLessThan(1e-13)
    for (const [share, count] of Object.entries(kept)) expect(fitPca(x, { nComponents: Number(share) }).nComponents).toBe(count)
  })

  test.each([
    ['tall', 300, 30],
    ['wide', 30, 300],
  ])('finds the first directions alone as it finds them among all: %s', (_, rows, columns) => {
    const x = drawn(rows, columns, 3)
    const [all, some] = [fitPca(x), fitPca(x, { nComponents: 4 })]
    expect(some.explainedVarianceRatio).toEqual(all.explainedVarianceRatio.slice(0, 4))
    for (let at = 0; at < 4 * columns; at++) expect(some.components[at]).toBeCloseTo(all.components[at]!, 12)
  })

  test.each([
    ['tall', 40, 6],
    ['wide', 6, 40],
  ])('has the same directions of tiny and of huge values: %s', (_, rows, columns) => {
    const x = drawn(rows, columns, 4)
    const own = fitPca(x)
    // Squares of the first are no numbers: their variance is 0, their shares are not.
    for (const factor of [2 ** -600, 2 ** -300, 2 ** 300, 2 ** 490]) {
      const scaled = fitPca({ ...x, values: x.values.map((value) => value * factor) })
      for (const [at, value] of own.explainedVarianceRatio.entries()) expect(scaled.explainedVarianceRatio[at]).toBeCloseTo(value, 12)
      for (const [at, value] of own.components.entries()) expect(scaled.components[at]).toBeCloseTo(value, 9)
      const variance = own.explainedVariance[0]! * factor * factor
      expect(Math.abs(scaled.explainedVariance[0]! - variance)).toBeLessThanOrEqual(1e-12 * variance)
    }
  })

  test('keeps its digits where the first rows look nothing like the rest', () => {
    // Every 64th row, where the means are guessed from, is far from all others.
    const x = drawn(64 * 64, 3, 5)
    for (let row = 0; row < x.rows; row += 64) for (let column = 0; column < 3; column++) x.values[row * 3 + column]! += 1e7
    const near = { ...x, values: x.values.map((value) => value - 1e7 / 64) }
    const [far, ours] = [fitPca(near), fitPca(x)]
    for (const [at, value] of far.explainedVariance.entries()) expect(ours.explainedVariance[at]! / value).toBeCloseTo(1, 2)
    expect(far.explainedVarianceRatio[0]).toBeCloseTo(1, 10)
  })

  test('projects one row as it projects it among many, with and without WebAssembly', () => {
    const x = drawn(1000, 40, 6)
    const pca = fitPca(x, { nComponents: 7 })
    const all = transformPca(pca, x)
    for (const row of [0, 501, 999]) {
      const one = transformPca(pca, { rows: 1, columns: 40, values: x.values.slice(row * 40, (row + 1) * 40) })
      expect(one).toEqual(all.slice(row * 7, (row + 1) * 7))
    }
  })

  test('leaves nothing to explain of equal rows, and takes single precision', () => {
    for (const columns of [2, 5]) {
      const values = Float64Array.from({ length: 3 * columns }, (_, at) => 0.1 * ((at % columns) + 1))
      const equal = fitPca({ rows: 3, columns, values })
      expect([...equal.explainedVarianceRatio, ...equal.explainedVariance].every((value) => value === 0)).toBe(true)
      expect(angleOf(equal)).toBeLessThan(1e-13)
      expect([...transformPca(equal, { rows: 3, columns, values })].every((value) => value === 0)).toBe(true)
    }
    const x = drawn(50, 7, 7)
    const single = Float32Array.from(x.values)
    expect(fitPca({ ...x, values: single })).toEqual(fitPca({ ...x, values: Float64Array.from(single) }))
  })

  test('refuses what it cannot do, by a code', () => {
    const x = drawn(4, 3, 8)
    const wide = drawn(3, 4, 8)
    for (const each of [x, wide]) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e200]) {
        expect(codeOf(() => fitPca({ ...each, values: each.values.with(7, value) }))).toBe('invalid_input')
      }
      expect(codeOf(() => fitPca({ ...each, rows: 5 }))).toBe('shape_mismatch')
      for (const nComponents of [0, -1, 1.5, 4, Number.NaN]) expect(codeOf(() => fitPca(each, { nComponents }))).toBe('invalid_input')
    }
    expect(codeOf(() => fitPca({ rows: 1, columns: 1, values: Float64Array.of(1) }))).toBe('too_few_rows')
    expect(codeOf(() => fitPca({ rows: 2049, columns: 2049, values: new Float64Array(2049 ** 2) }))).toBe('memory_limit')
    expect(codeOf(() => transformPca(fitPca(x), wide))).toBe('shape_mismatch')
    expect(codeOf(() => transformPca(fitPca(x), { ...x, values: x.values.with(0, Number.NaN) }))).toBe('invalid_input')
  })
})
