import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import { memoryEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import { largestOf, spaceOf } from './search-space.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'

/** Two of eight numbers say everything, in a straight line: weak penalties overfit, strong ones say nothing. */
function table(count: number) {
  const rng = createRng(11)
  return Array.from({ length: count }, () => {
    const row = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`x${at}`, rng.next() * 2 - 1]))
    return { ...row, sold: row.x0! + row.x1! + (rng.next() - 0.5) > 0 ? 'yes' : 'no' }
  })
}

describe('a training that searches settings', () => {
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
  const rows = table(700)

  test('keeps the best of what was asked for and what saw whole folds, the same for the same seed', async () => {
    const asked = {
      target: 'sold',
      algorithm: 'boosted-trees',
      parameters: { nEstimators: 20 },
      tune: 9,
      budgetSeconds: 600,
      seed: 5,
    } as const
    const [one, two] = [await bench.training.train('one', { rows }, asked), await bench.training.train('two', { rows }, asked)]
    const { candidates = [], parameters, crossValidation } = one.version
    expect(candidates.length).toBeGreaterThanOrEqual(2)
    const chosen = candidates.filter((each) => each.chosen)
    expect(chosen).toHaveLength(1)
    expect(chosen[0]!.mean).toBe(Math.min(...candidates.map(({ mean }) => mean)))
    expect(crossValidation.mean.logLoss).toBe(chosen[0]!.mean)
    // What was set stays in every draw; what was not moves.
    expect(candidates.every((each) => each.parameters.nEstimators === 20)).toBe(true)
    expect(new Set(candidates.map((each) => each.parameters.learningRate)).size).toBe(candidates.length)
    expect(two.version.parameters).toEqual(parameters)
  })

  test('of auto searches the algorithm that was best', async () => {
    const { version } = await bench.training.train(
      'auto',
      { rows: table(150) },
      { target: 'sold', algorithm: 'auto', tune: 4, budgetSeconds: 600 },
    )
    const algorithms = version.candidates!.map(({ algorithm }) => algorithm)
    expect(algorithms.filter((name) => name === version.algorithm).length).toBeGreaterThan(1)
  })

  test('ends with what was asked for when the budget is used at once', async () => {
    const { version } = await bench.training.train(
      'hasty',
      { rows: table(2000) },
      { target: 'sold', algorithm: 'boosted-trees', tune: 200, budgetSeconds: 1 },
    )
    expect(version.candidates!.length).toBeGreaterThanOrEqual(1)
    expect(version.candidates!.some(({ chosen }) => chosen)).toBe(true)
  })

  test.each([
    [{ algorithm: 'naive-bayes', tune: 5 }, 'no setting to search'],
    [{ algorithm: 'logistic-regression', parameters: { C: 1 }, tune: 5 }, 'no setting to search'],
    [{ algorithm: 'random-forest', runtime: 'python', tune: 5 }, 'by Node alone'],
    [{ tune: 1 }, 'from 2 to 200'],
  ] as const)('is refused by what is wrong with it: %j', async (asked, message) => {
    const bad = expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(message) })
    await expect(bench.training.start('bad', { rows }, { target: 'sold', ...asked })).rejects.toThrow(bad)
  })

  test('is refused for memory by its largest settings', () => {
    expect(largestOf(spaceOf('boosted-trees', { maxLeaves: 7 }))).toEqual({ nEstimators: 400, learningRate: 0.3, minSamplesLeaf: 3 })
  })
})
