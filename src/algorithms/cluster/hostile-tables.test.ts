// What every clusterer and projection does with tables that break formulas: it answers in numbers, or refuses by a code.
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { fitIsolationForest } from '../anomaly/isolation-forest.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { fitLinearRegression } from '../linear/fit-linear-regression.ts'
import { createRng } from '../math/rng.ts'
import { fitGaussianMixture } from './fit-gaussian-mixture.ts'
import { fitHdbscan } from './fit-hdbscan.ts'
import { fitKMeans } from './fit-k-means.ts'
import { fitMiniBatchKMeans } from './fit-mini-batch-k-means.ts'
import { fitPca } from './fit-pca.ts'
import { fitTruncatedSvd } from './fit-truncated-svd.ts'
import { predictGaussianMixtureProba } from './predict-gaussian-mixture.ts'
import { silhouetteScore } from './silhouette.ts'

const rng = createRng(1)

function table(rows: number, columns: number, entry: (row: number, column: number) => number): DenseMatrix {
  return { rows, columns, values: Float64Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns)) }
}

const METHODS: Record<string, (x: DenseMatrix) => unknown> = {
  'k-means': (x) => fitKMeans(x, { nClusters: 3, nInit: 2 }),
  'mini-batch k-means': (x) => fitMiniBatchKMeans(x, { nClusters: 3 }),
  'full mixture': (x) => {
    const model = fitGaussianMixture(x, { nComponents: 3 })
    return [model, predictGaussianMixtureProba(model, x)]
  },
  'tied mixture': (x) => fitGaussianMixture(x, { nComponents: 3, covarianceType: 'tied' }),
  'diagonal mixture': (x) => fitGaussianMixture(x, { nComponents: 3, covarianceType: 'diag' }),
  'spherical mixture': (x) => fitGaussianMixture(x, { nComponents: 3, covarianceType: 'spherical' }),
  HDBSCAN: (x) => fitHdbscan(x, { minClusterSize: 5 }),
  PCA: (x) => fitPca(x),
  'truncated SVD': (x) => fitTruncatedSvd(x, { nComponents: 1 }),
  silhouette: (x) =>
    silhouetteScore(
      x,
      Int32Array.from({ length: x.rows }, (_, row) => row % 2),
    ),
  'exact truncated SVD': (x) => fitTruncatedSvd(x, { nComponents: 1, algorithm: 'exact' }),
}

const ANSWERED: Record<string, DenseMatrix> = {
  'all rows equal': table(30, 3, () => 2.5),
  'three rows, twenty times each': table(60, 3, (row, column) => (row % 3) * (column + 1)),
  'half of the rows equal': table(100, 2, (row) => (row < 50 ? 1 : rng.next())),
  'a column of one value': table(60, 3, (_, column) => (column === 1 ? 7 : rng.next())),
  'one column': table(50, 1, () => rng.next()),
  'columns that are multiples of one': table(50, 4, (row, column) => ((row * 0.37) % 5) * (column + 1)),
  'columns that nearly are': table(50, 3, (row, column) => ((row * 0.37) % 5) * (column + 1) + 1e-9 * rng.next()),
  'zeros and ones': table(80, 5, () => rng.below(2)),
  'zeros of both signs': table(40, 2, (row) => (row % 2 === 0 ? 0 : -0)),
  'values of 1e-200': table(50, 3, () => 1e-200 * rng.next()),
  'the least numbers there are': table(40, 2, () => 5e-324 * rng.below(9)),
  'values of 1e140': table(50, 3, () => 1e140 * rng.next()),
  'values far from 0': table(50, 3, () => 1e9 + rng.next()),
  'columns 24 digits apart': table(50, 3, (_, column) => rng.next() * 10 ** (column * 12 - 12)),
}

const REFUSED: Record<string, [code: string, x: DenseMatrix]> = {
  'an infinite value': ['invalid_input', table(20, 2, (row) => (row === 3 ? Number.NEGATIVE_INFINITY : rng.next()))],
  'a value that is not a number': ['invalid_input', table(20, 2, (row) => (row === 3 ? Number.NaN : rng.next()))],
  'a value whose square is none': ['invalid_input', table(20, 2, (row) => (row === 3 ? 1e200 : rng.next()))],
  'more values than its shape': ['shape_mismatch', { rows: 2, columns: 2, values: new Float64Array(5) }],
}

/** Where an answer holds something that is no finite number. */
function strange(answer: unknown, path = ''): string[] {
  if (typeof answer === 'number') return Number.isFinite(answer) ? [] : [`${path} is ${answer}`]
  if (ArrayBuffer.isView(answer)) return strange([...(answer as Float64Array)], path)
  if (answer === null || typeof answer !== 'object') return []
  return Object.entries(answer).flatMap(([key, value]) => strange(value, `${path}.${key}`))
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

describe.each(Object.entries(METHODS))('%s of a hostile table', (_, method) => {
  test.each(Object.entries(ANSWERED))('answers in finite numbers: %s', (_, x) => {
    expect(strange(method(x))).toEqual([])
  })

  test.each(Object.entries(REFUSED))('refuses by a code: %s', (_, [code, x]) => {
    expect(codeOf(() => method(x))).toBe(code)
  })

  test('refuses a table without rows', () => {
    expect(['too_few_rows', 'invalid_input']).toContain(codeOf(() => method(table(0, 2, () => 0))))
  })
})

describe('what is no matrix', () => {
  const STRANGE: Record<string, unknown> = {
    null: null,
    'rows of rows': [
      [1, 2],
      [3, 4],
    ],
    'no values': { rows: 2, columns: 2 },
    'values in a plain array, where null would be read as 0': {
      rows: 40,
      columns: 2,
      values: Array.from({ length: 80 }, (_, at) => at || null),
    },
  }
  const LEARNERS: Record<string, (x: DenseMatrix) => unknown> = {
    ...METHODS,
    silhouette: (x) => silhouetteScore(x, []),
    'isolation forest': (x) => fitIsolationForest(x),
    'least squares': (x) => fitLinearRegression({ x, y: new Float64Array(40) }),
  }
  test.each(Object.entries(LEARNERS))('is refused by a code: %s', (_, method) => {
    for (const [name, x] of Object.entries(STRANGE))
      expect(
        codeOf(() => method(x as DenseMatrix)),
        name,
      ).toBe('invalid_input')
  })
})

describe('clusters of fewer rows', () => {
  test.each(['k-means', 'mini-batch k-means', 'full mixture', 'diagonal mixture', 'HDBSCAN'])(
    '%s refuses two rows, with both numbers',
    (name) => {
      const two = table(2, 3, (row, column) => row + column)
      expect(() => METHODS[name]!(two)).toThrow(
        expect.objectContaining({ code: 'too_few_rows', details: expect.objectContaining({ rows: 2 }) }),
      )
    },
  )
})
