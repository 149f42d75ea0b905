import { describe, expect, test } from 'vitest'
import { logLoss } from '../metrics/probability-scores.ts'
import type { BoostingOptions } from './boosting-options.ts'
import { fitBoostedTrees } from './fit-boosted-trees.ts'
import { predictRows } from './predict.ts'
import { discreteSet, randomSet, rowsOf, sha256 } from './testing/sets.ts'
import type { TrainingSet } from './training-set.ts'

const ROWS = 140_000
const weights = (least: number): Float64Array => Float64Array.from({ length: ROWS }, (_, i) => least + (i % 4))
const held = Int32Array.from({ length: 9000 }, (_, i) => (i * 15_551) % ROWS)

// The hashes are of models that were trained while rows stayed in their order: by commit 60571fa on the same sets.
describe('trees are those of rows in their order', () => {
  const CASES: readonly { name: string; set: TrainingSet; options?: BoostingOptions; hash: string }[] = [
    { name: 'two classes', set: randomSet(ROWS, 6, 2, 1), hash: '2c8a4e11fe68291b' },
    {
      name: 'two classes, without WebAssembly',
      set: randomSet(ROWS, 6, 2, 1),
      options: { engine: 'typescript' },
      hash: '2c8a4e11fe68291b',
    },
    { name: 'three classes', set: randomSet(ROWS, 4, 3, 2), hash: '258160f7da8c506f' },
    { name: 'a number', set: randomSet(ROWS, 5, 0, 3), hash: '4933c83373a65c70' },
    { name: 'weights', set: { ...randomSet(ROWS, 5, 0, 4), weights: weights(1) }, hash: 'e85209520963f6ef' },
    { name: 'weights of three classes', set: { ...randomSet(ROWS, 4, 3, 5), weights: weights(1) }, hash: '614c3389755c0d4b' },
    { name: 'weights, some of them 0', set: { ...randomSet(ROWS, 5, 2, 6), weights: weights(0) }, hash: 'e418dc11eba72370' },
    { name: 'the median', set: randomSet(ROWS, 5, 0, 7), options: { loss: 'absolute' }, hash: 'b34b70afc143be83' },
    { name: 'bundles and categories', set: { ...discreteSet(ROWS, 2, 8), categorical: [25, 30, 32] }, hash: '78b7c805f63d4fbd' },
    {
      name: 'an early stop',
      set: randomSet(ROWS, 5, 2, 9),
      options: { earlyStopping: { rounds: 5, validationRows: held } },
      hash: 'b045e468d94e0be5',
    },
    {
      name: 'an early stop of three classes',
      set: randomSet(ROWS, 4, 3, 9),
      options: { earlyStopping: { rounds: 5 } },
      hash: '117f58df507ab591',
    },
  ]
  test.each(CASES)('$name', ({ set, options, hash }) => {
    expect(sha256(fitBoostedTrees(set, { nEstimators: 6, ...options })).slice(0, 16)).toBe(hash)
  })
})

test.each([2, 3])('the loss that a training of %i classes says is that of its model on the held-out rows', (classes) => {
  const set = randomSet(ROWS, 4, classes, 10)
  const losses: number[] = []
  const given = {
    nEstimators: 6,
    earlyStopping: { rounds: 5, validationRows: held },
    onValidation: (_: number, loss: number) => losses.push(loss),
  }
  const model = fitBoostedTrees(set, given)
  const { x, y } = rowsOf(set, [...held])
  expect(losses[model.nTrees / (classes > 2 ? classes : 1) - 1]).toBeCloseTo(logLoss(y, predictRows(model, x, held.length)), 6)
})
