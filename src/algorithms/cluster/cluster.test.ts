import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { csrFromDense } from '../sparse/csr-matrix.ts'
import { fitKMeans } from './fit-k-means.ts'
import { fitMiniBatchKMeans } from './fit-mini-batch-k-means.ts'
import { fitPca, transformPca } from './fit-pca.ts'
import reference from './fixtures/scikit-learn.json' with { type: 'json' }
import { predictKMeans } from './predict-k-means.ts'
import { rfmScores } from './rfm.ts'
import { silhouetteSamples, silhouetteScore } from './silhouette.ts'

// Reference: scikit-learn 1.9.1 by fixtures/make.py, on iris, wine and 150 drawn rows, rounded to 6 digits.
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

describe('fitKMeans', () => {
  test.each(cases)('takes the steps of scikit-learn from given centers on $name', ({ x, columns, fromRows }) => {
    const init = Float64Array.from(fromRows.rows.flatMap((row) => [...x.values.subarray(row * columns, (row + 1) * columns)]))
    const model = fitKMeans(x, { nClusters: 3, init, tol: 0 })
    expect([...model.labels]).toEqual(fromRows.labels)
    expect(model.inertia).toBeCloseTo(fromRows.inertia, 8)
    for (const [at, value] of fromRows.centers.entries()) expect(model.centers[at]).toBeCloseTo(value, 8)
    expect(predictKMeans(model, x)).toEqual(model.labels)
  })

  test.each(cases)('finds the best inertia of 50 starts of scikit-learn on $name', ({ x, kMeans }) => {
    for (const { k, inertia, silhouette } of kMeans) {
      const model = fitKMeans(x, { nClusters: k, nInit: 50, tol: 0 })
      expect(model.inertia).toBeLessThan(inertia * (1 + 1e-6))
      if (model.inertia > inertia * (1 - 1e-9)) expect(silhouetteScore(x, model.labels)).toBeCloseTo(silhouette, 8)
    }
  })

  test('spares distances without changing the answer: each row ends at its nearest center, each center at the mean of its rows', () => {
    const rng = createRng(5)
    const [rows, columns, nClusters] = [3000, 5, 20]
    const x = { rows, columns, values: Float64Array.from({ length: rows * columns }, () => rng.next()) }
    const model = fitKMeans(x, { nClusters, tol: 0, randomState: 3 })
    expect(model.converged).toBe(true)
    expect(predictKMeans(model, x)).toEqual(model.labels)
    const sums = new Float64Array(nClusters * columns)
    const counts = new Float64Array(nClusters)
    model.labels.forEach((label, row) => {
      counts[label]!++
      for (let column = 0; column < columns; column++) sums[label * columns + column]! += x.values[row * columns + column]!
    })
    for (const [at, sum] of sums.entries()) expect(model.centers[at]).toBeCloseTo(sum / counts[Math.floor(at / columns)]!, 10)
    expect(fitKMeans(x, { nClusters, tol: 0, randomState: 3 })).toEqual(model)
    expect(fitKMeans(x, { nClusters, tol: 0, randomState: 3, engine: 'typescript' })).toEqual(model)
  })

  test('fills an empty cluster, and keeps a center where fewer rows differ than clusters are asked for', () => {
    const x = { rows: 6, columns: 1, values: Float64Array.of(0, 1, 2, 10, 11, 50) }
    const model = fitKMeans(x, { nClusters: 3, init: Float64Array.of(1, 1000, 2000), tol: 0 })
    expect([...model.centers].sort((a, b) => a - b)).toEqual([1, 10.5, 50])
    const equal = fitKMeans({ rows: 4, columns: 1, values: Float64Array.of(3, 3, 3, 3) }, { nClusters: 2 })
    expect([...equal.centers, equal.inertia]).toEqual([3, 3, 0])
  })

  test('loses nothing of rows far from the origin, beside a column of one value', () => {
    const offsets = [0, 1, 2, 100, 101, 102]
    const x = { rows: 6, columns: 2, values: Float64Array.from(offsets.flatMap((offset) => [1.7e15 + offset, 5])) }
    const model = fitKMeans(x, { nClusters: 2 })
    expect(model.inertia).toBe(4)
    expect([...model.centers].sort((a, b) => a - b)).toEqual([5, 5, 1.7e15 + 1, 1.7e15 + 101])
  })

  test('clusters single numbers, and every row by itself', () => {
    const x = { rows: 5, columns: 1, values: Float32Array.of(4, 1, 3, 2, 0) }
    const each = fitKMeans(x, { nClusters: 5 })
    expect(each.inertia).toBe(0)
    expect(new Set(each.labels).size).toBe(5)
    expect([...fitKMeans(x, { nClusters: 1 }).centers]).toEqual([2])
  })

  test('refuses what it cannot cluster, by a code', () => {
    const x = { rows: 2, columns: 2, values: Float64Array.of(1, 2, 3, 4) }
    expect(codeOf(() => fitKMeans(x, { nClusters: 3 }))).toBe('too_few_rows')
    expect(codeOf(() => fitKMeans(x, { nClusters: 0 }))).toBe('invalid_input')
    expect(codeOf(() => fitKMeans({ ...x, rows: 3 }, { nClusters: 2 }))).toBe('shape_mismatch')
    expect(codeOf(() => fitKMeans({ ...x, values: Float64Array.of(1, Number.NaN, 3, 4) }, { nClusters: 2 }))).toBe('invalid_input')
    expect(codeOf(() => fitKMeans({ ...x, values: Float64Array.of(1, 1e200, 3, 4) }, { nClusters: 2 }))).toBe('invalid_input')
    const model = fitKMeans(x, { nClusters: 2 })
    expect(codeOf(() => predictKMeans(model, { rows: 1, columns: 1, values: Float64Array.of(1) }))).toBe('shape_mismatch')
  })
})

describe('fitKMeans of sparse rows', () => {
  test.each(cases)('finds the clusters of dense rows from the same centers on $name', ({ x, columns, fromRows }) => {
    const init = Float64Array.from(fromRows.rows.flatMap((row) => [...x.values.subarray(row * columns, (row + 1) * columns)]))
    const sparse = csrFromDense(x.values, x.rows, columns)
    const model = fitKMeans(sparse, { nClusters: 3, init, tol: 0 })
    expect([...model.labels]).toEqual(fromRows.labels)
    expect(model.inertia).toBeCloseTo(fromRows.inertia, 8)
    for (const [at, value] of fromRows.centers.entries()) expect(model.centers[at]).toBeCloseTo(value, 8)
    expect(predictKMeans(model, sparse)).toEqual(model.labels)
    expect(fitKMeans(sparse, { nClusters: 3, init, tol: 0, engine: 'typescript' })).toEqual(model)
  })

  test('seeds and spares distances as of dense rows, and keeps rows of zeros together', () => {
    const rng = createRng(6)
    const [rows, columns] = [900, 40]
    const values = Float64Array.from({ length: rows * columns }, (_, at) => (at < 4000 ? 0 : rng.below(4) === 0 ? rng.below(5) : 0))
    const sparse = csrFromDense(values, rows, columns)
    const model = fitKMeans(sparse, { nClusters: 9, tol: 0, nInit: 3 })
    expect(model.converged).toBe(true)
    expect(new Set(model.labels.subarray(0, 100)).size).toBe(1)
    const again = fitKMeans({ rows, columns, values }, { nClusters: 9, init: model.centers, maxIter: 1, tol: 0 })
    expect(again.labels).toEqual(model.labels)
    expect(again.inertia / model.inertia).toBeCloseTo(1, 9)
    const equal = fitKMeans(csrFromDense(Float64Array.of(3, 0, 3, 0, 3, 0), 3, 2), { nClusters: 2 })
    expect([...equal.centers, equal.inertia]).toEqual([3, 0, 3, 0, 0])
    expect(codeOf(() => fitKMeans(sparse, { nClusters: 901 }))).toBe('too_few_rows')
    expect(codeOf(() => fitKMeans({ ...sparse, columns: 3 }, { nClusters: 2 }))).toBe('shape_mismatch')
    expect(codeOf(() => fitKMeans({ ...sparse, values: sparse.values.map(() => 1e200) }, { nClusters: 2 }))).toBe('invalid_input')
  })
})

describe('fitMiniBatchKMeans', () => {
  test.each(cases)('comes within 5 percent of the inertia of all rows on $name', ({ x, kMeans }) => {
    const { k, inertia } = kMeans[1]!
    const model = fitMiniBatchKMeans(x, { nClusters: k, batchSize: 40, nInit: 10, randomState: 1 })
    expect(model.inertia).toBeLessThan(inertia * 1.05)
    expect(model.labels.length).toBe(x.rows)
  })
})

describe('silhouetteSamples', () => {
  test('equals the mean distances themselves: far from 0, with equal rows, and with more clusters than sums have room for', () => {
    const rng = createRng(8)
    const [rows, columns] = [4100, 2]
    // Two of each, so that a distance in a cluster is 0, which products of rows would make 1e-8.
    const values = new Float64Array(rows * columns)
    for (let at = 0; at < values.length; at++) values[at] = at % 4 < 2 ? 1e6 + rng.next() : values[at - 2]!
    const mean = (row: number, others: readonly number[]): number =>
      others.reduce(
        (sum, other) => sum + Math.hypot(values[2 * row]! - values[2 * other]!, values[2 * row + 1]! - values[2 * other + 1]!),
        0,
      ) / others.length
    for (const k of [3, 2050]) {
      const labels = Int32Array.from({ length: rows }, (_, row) => (row >> 1) % k)
      const members = Array.from({ length: k }, (_, cluster) => [...labels.keys()].filter((row) => labels[row] === cluster))
      const ours = silhouetteSamples({ rows, columns, values }, labels)
      for (const row of [0, 2049, 4099]) {
        const inside = mean(
          row,
          members[labels[row]!]!.filter((other) => other !== row),
        )
        const outside = Math.min(...members.filter((_, cluster) => cluster !== labels[row]).map((others) => mean(row, others)))
        expect(ours[row]).toBeCloseTo((outside - inside) / Math.max(inside, outside), 8)
      }
      if (k === 2050) expect(ours[7]).toBe(1)
    }
  })

  test.each(cases)('equals scikit-learn on $name', ({ x, fromRows, silhouettes }) => {
    const ours = silhouetteSamples(x, fromRows.labels)
    for (const [row, value] of silhouettes.entries()) expect(ours[row]).toBeCloseTo(value, 8)
  })

  test('comes near the score of all rows on a sample, and gives it on a sample of all', () => {
    const { x } = cases[2]!
    const { labels } = fitKMeans(x, { nClusters: 4, nInit: 10 })
    const all = silhouetteScore(x, labels)
    expect(silhouetteScore(x, labels, { sampleSize: x.rows, randomState: 4 })).toBeCloseTo(all, 10)
    expect(Math.abs(silhouetteScore(x, labels, { sampleSize: 60, randomState: 4 }) - all)).toBeLessThan(0.05)
    const apart = labels.map((label) => label * 40)
    expect(silhouetteScore(x, apart, { sampleSize: 30 })).toBe(silhouetteScore(x, labels, { sampleSize: 30 }))
    for (const sampleSize of [1, 151, 2.5]) expect(codeOf(() => silhouetteScore(x, labels, { sampleSize }))).toBe('invalid_input')
    expect(codeOf(() => silhouetteScore(x, labels.fill(0), { sampleSize: 9 }))).toBe('too_few_classes')
  })

  test('is 0 for a row alone and for equal rows, and refuses a single cluster', () => {
    const x = { rows: 3, columns: 1, values: Float64Array.of(1, 1, 1) }
    expect([...silhouetteSamples(x, [0, 0, 1])]).toEqual([0, 0, 0])
    expect(codeOf(() => silhouetteScore(x, [2, 2, 2]))).toBe('too_few_classes')
    expect(codeOf(() => silhouetteScore(x, [0, 1]))).toBe('shape_mismatch')
    expect(codeOf(() => silhouetteScore(x, [0, 1, -1]))).toBe('invalid_input')
  })
})

describe('fitPca', () => {
  test.each(cases)('equals scikit-learn with its signs on $name', ({ x, pca }) => {
    const ours = fitPca(x)
    const pairs = [
      [ours.explainedVariance, pca.variance],
      [ours.explainedVarianceRatio, pca.ratio],
      [ours.components, pca.components],
      [transformPca(ours, x).slice(0, x.columns), pca.first],
    ] as const
    for (const [values, expected] of pairs) for (const [at, value] of expected.entries()) expect(values[at]).toBeCloseTo(value, 10)
    for (const [share, kept] of Object.entries(pca.kept)) expect(fitPca(x, { nComponents: Number(share) }).nComponents).toBe(kept)
  })

  test('leaves nothing to explain of equal rows, and refuses what it cannot do, by a code', () => {
    const equal = { rows: 3, columns: 2, values: Float64Array.of(1, 2, 1, 2, 1, 2) }
    expect([...fitPca(equal).explainedVarianceRatio, ...transformPca(fitPca(equal), equal)]).toEqual(Array(8).fill(0))
    expect(codeOf(() => fitPca(equal, { nComponents: 3 }))).toBe('invalid_input')
    expect(codeOf(() => fitPca({ rows: 1, columns: 1, values: Float64Array.of(1) }))).toBe('too_few_rows')
    expect(codeOf(() => fitPca({ rows: 2049, columns: 2049, values: new Float64Array(2049 ** 2) }))).toBe('memory_limit')
    expect(codeOf(() => transformPca(fitPca(equal), { rows: 1, columns: 1, values: Float64Array.of(1) }))).toBe('shape_mismatch')
  })
})

describe('rfmScores', () => {
  test('scores in fifths, equal values equally, and names segments', () => {
    const scores = rfmScores({
      recency: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      frequency: [10, 9, 8, 1, 1, 1, 1, 4, 2, 9],
      monetary: [100, 90, 20, 5, 60, 10, 5, 70, 30, 95],
    })
    expect([...scores.recency]).toEqual([5, 5, 4, 4, 3, 3, 2, 2, 1, 1])
    expect(scores.frequency[3]).toBe(scores.frequency[6])
    expect(scores.frequency[0]).toBe(5)
    expect(scores.segments[0]).toBe('champions')
    expect(scores.segments[3]).toBe('new')
    expect(scores.segments[6]).toBe('hibernating')
    expect(scores.segments[9]).toBe('cannot-lose')
  })

  test('refuses columns of different length, too few customers and missing values', () => {
    const five = [1, 2, 3, 4, 5]
    expect(codeOf(() => rfmScores({ recency: five, frequency: [1], monetary: five }))).toBe('shape_mismatch')
    expect(codeOf(() => rfmScores({ recency: [1], frequency: [1], monetary: [1] }))).toBe('too_few_rows')
    expect(codeOf(() => rfmScores({ recency: five, frequency: [1, 2, Number.NaN, 4, 5], monetary: five }))).toBe('invalid_input')
  })
})
