import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import type { TreeEnsemble } from '../../algorithms/tree/ensemble.ts'
import { memoryEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import { checkDefinition } from '../models/index.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'

const CITIES = ['Aachen', 'Bonn', 'Celle', 'Dresden', 'Essen', 'Fulda']

/** The price rises with the area, and two of the cities, neither first nor last by name, are dear. */
function houses(count: number): Record<string, string | number>[] {
  const rng = createRng(3)
  return Array.from({ length: count }, () => {
    const [area, age, city] = [20 + rng.next() * 150, rng.next() * 80, CITIES[rng.below(6)]!]
    const dear = city === 'Bonn' || city === 'Essen'
    const price = 2 * area - 0.5 * age + (dear ? 150 : 0) + (rng.next() - 0.5) * 60
    return { area, age, city, price, sold: price > 320 ? 'slow' : 'fast' }
  })
}

const features = {
  type: 'object',
  properties: { area: { type: 'number' }, age: { type: 'number' }, city: { type: 'string' } },
  required: ['area', 'age', 'city'],
}
const price = { task: 'regression', target: 'price', features, algorithm: 'boosted-trees' } as const
const sold = { task: 'classification', target: 'sold', features, classes: ['fast', 'slow'], algorithm: 'boosted-trees' } as const
const only = (target: string) => ({
  rows: houses(400).map(({ price: p, sold: s, ...row }) => ({ ...row, [target]: target === 'price' ? p! : s! })),
})

describe('parameters of trees', () => {
  let engine: TestEngine
  let bench: TrainingBench
  beforeAll(async () => {
    engine = (await memoryEngine())!
    bench = await openTrainingBench(await engine.open(), { threads: 2 })
  })
  afterAll(async () => {
    await bench.close()
    await engine.dispose()
  })

  test('reach the learner, stand in the version, and hold when it answers', async () => {
    const parameters = {
      nEstimators: 40,
      loss: 'absolute',
      monotone: { area: 1, age: -1 },
      categories: 'native',
      earlyStopping: { rounds: 5, validationFraction: 0.2 },
    } as const
    await bench.models.create('price', { ...price, parameters } as never)
    const { version } = await bench.training.train('price', only('price'))
    expect(version.parameters).toMatchObject(parameters)
    const live = await bench.models.load('price', version.version)
    const trees = live.fitted as TreeEnsemble
    expect(trees.nTrees).toBeLessThanOrEqual(40)
    expect(trees.categorySets!.length).toBeGreaterThan(0)
    const said = (row: object): number => live.score(row as never)!.value as number
    for (const city of CITIES) {
      for (let area = 20; area < 170; area += 5) {
        expect(said({ area: area + 5, age: 20, city })).toBeGreaterThanOrEqual(said({ area, age: 20, city }))
        expect(said({ area, age: 60, city })).toBeLessThanOrEqual(said({ area, age: 20, city }))
      }
    }
    expect(said({ area: 100, age: 20, city: 'Bonn' })).toBeGreaterThan(said({ area: 100, age: 20, city: 'Celle' }) + 75)
  })

  test('weigh classes by name', async () => {
    await bench.models.create('sold', { ...sold, parameters: { nEstimators: 10, classWeight: { slow: 20 } } } as never)
    const { version: heavy } = await bench.training.train('sold', only('sold'))
    const { version: plain } = await bench.training.train('sold', only('sold'), { parameters: { nEstimators: 10 }, activate: 'always' })
    const row = { area: 100, age: 40, city: 'Celle' }
    const slow = async (version: string): Promise<number> => (await bench.models.load('sold', version)).score(row)!.probabilities!.slow!
    expect(await slow(heavy.version)).toBeGreaterThan((await slow(plain.version)) + 0.02)
  })

  test.each([
    ['a loss of classes', { ...sold, parameters: { loss: 'huber' } }, '/parameters/loss'],
    ['a quantile without its loss', { ...price, parameters: { quantile: 0.9 } }, '/parameters/quantile'],
    ['a limit without its loss', { ...price, parameters: { alpha: 0.9, loss: 'absolute' } }, '/parameters/alpha'],
    ['class weights of a regression', { ...price, parameters: { classWeight: 'balanced' } }, '/parameters/classWeight'],
    ['the weight of no class', { ...sold, parameters: { classWeight: { never: 2 } } }, '/parameters/classWeight/never'],
    ['a rule for no feature', { ...price, parameters: { monotone: { width: 1 } } }, '/parameters/monotone/width'],
    ['a rule for a text', { ...price, parameters: { monotone: { city: 1 } } }, '/parameters/monotone/city'],
    ['a rule for three classes', { ...sold, classes: ['a', 'b', 'c'], parameters: { monotone: { area: 1 } } }, '/parameters/monotone'],
    [
      'early stopping of a forest',
      { ...price, algorithm: 'random-forest', parameters: { earlyStopping: true } },
      '/parameters/earlyStopping',
    ],
    ['an unknown loss', { ...price, parameters: { loss: 'cubic' } }, '/parameters/loss'],
  ])('%s is refused by its name', async (_, definition, path) => {
    const failed = bench.models.create('never', definition as never)
    await expect(failed).rejects.toMatchObject({ code: 'invalid_input', errors: [expect.objectContaining({ path })] })
  })

  test('of one training must fit the model too', async () => {
    const parameters = { monotone: { width: 1 } } as const
    const failed = bench.training.start('price', only('price'), { parameters })
    await expect(failed).rejects.toMatchObject({ code: 'invalid_input', errors: [{ path: '/parameters/monotone/width' }] })
    // The definition's rules are of no use to a forest.
    const forest = bench.training.startAgain('price', { algorithm: 'random-forest' })
    await expect(forest).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('belongs to boosted-trees') })
  })

  test('that nothing reads are refused, and kept in a definition that was stored when they were not', () => {
    const given = { ...sold, algorithm: 'random-forest', parameters: { learningRate: 0.1 } }
    expect(() => checkDefinition('old', given)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(checkDefinition('old', given, { isStored: true }).definition.parameters).toEqual({ learningRate: 0.1 })
  })

  test('an algorithm that predicts numbers says what a target of few whole numbers is', async () => {
    const rows = Array.from({ length: 120 }, (_, row) => ({ age: row % 11, size: row % 7, stars: 1 + (((row % 11) + (row % 3)) % 5) }))
    await bench.training.train('stars', { rows }, { target: 'stars', algorithm: 'ridge' })
    expect((await bench.models.get('stars')).definition).toMatchObject({ task: 'regression', algorithm: 'ridge' })
    const words = rows.map((row) => ({ ...row, stars: row.stars > 2 ? 'many' : 'few' }))
    await expect(bench.training.train('words', { rows: words }, { target: 'stars', algorithm: 'ridge' })).rejects.toThrow(
      'cannot be predicted as a number',
    )
  })
})
