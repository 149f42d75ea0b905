import { expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import { fitRandomForest } from '../../algorithms/tree/fit-random-forest.ts'
import { permutations } from './permutations.ts'

const control = { isCanceled: () => false, onProgress: () => {} }

test('what a version leans on is measured on rows of all of the table, also where it stands in the order of its classes', () => {
  const rng = createRng(1)
  const rows = 9000
  const y = Float64Array.from({ length: rows }, (_, row) => (row < rows / 2 ? 0 : 1))
  const x = Float32Array.from({ length: rows * 2 }, (_, at) => (at % 2 === 0 ? y[at >> 1]! + rng.next() / 2 : rng.next()))
  const forest = fitRandomForest({ x, y, rows, features: 2, classes: 2 }, { nEstimators: 5 })
  const before = x.slice()
  const { mean } = permutations({ features: 2, classes: 2, documents: [] }, forest, { x, y }, 7, control)
  // Half of the shuffled rows get a value of the other class, of which the forest is all but sure.
  expect(mean[0]).toBeGreaterThan(0.5)
  expect(mean[0]).toBeGreaterThan(20 * Math.abs(mean[1]!))
  expect(x).toEqual(before)
  expect(permutations({ features: 2, classes: 2, documents: [] }, forest, { x, y }, 7, control).mean).toEqual(mean)
})
