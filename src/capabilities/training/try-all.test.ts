// `algorithm: "auto"`: what is compared, told while it runs, and kept.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import type { JobContext } from '../../platform/jobs/jobs.ts'
import { memoryEngine, postgresEngine } from '../../platform/storage/testing/test-engines.ts'
import { createThreadPool } from '../../platform/threads/create-thread-pool.ts'
import { algorithmsFor, type Candidate } from '../models/index.ts'
import { CANDIDATES } from './candidates.ts'
import { TRAINING_PROGRAM } from './program.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'
import { type Choosing, chooseRecipe, halfWidth } from './try-all.ts'

interface Reference {
  readonly losses: number[]
  readonly logLoss: number
  readonly rmse: number
}

describe('the interval of a loss', () => {
  // Reference: scipy 1.17.1 norm and sem, fixtures/make.py, seed 0; equal but for rounding.
  const { cases } = JSON.parse(readFileSync(new URL('./fixtures/loss-intervals.json', import.meta.url), 'utf8')) as { cases: Reference[] }
  test.each(cases)('is that of scipy for $losses.length rows', ({ losses, logLoss, rmse }) => {
    const half = Math.ceil(losses.length / 2)
    const folds = [losses.slice(0, half), losses.slice(half)].map((fold) => ({
      rows: fold.length,
      sum: fold.reduce((sum, loss) => sum + loss, 0),
      squares: fold.reduce((sum, loss) => sum + loss * loss, 0),
    }))
    expect(halfWidth(folds, 'logLoss')).toBeCloseTo(logLoss, 10)
    expect(halfWidth(folds, 'rmse')).toBeCloseTo(rmse, 10)
  })

  test('is nothing for one row and for rows without a loss', () => {
    expect(halfWidth([{ rows: 1, sum: 2, squares: 4 }], 'logLoss')).toBe(0)
    expect(halfWidth([{ rows: 5, sum: 0, squares: 0 }], 'rmse')).toBe(0)
  })
})

/** What is tried for so many classes; 0 for numbers. */
function plansFor(classes: number): typeof CANDIDATES {
  const fitting = algorithmsFor(classes === 0 ? 'regression' : 'classification')
  return CANDIDATES.filter(({ algorithm }) => fitting.includes(algorithm))
}

/** A table whose class is a step in one column with one in ten labels wrong. */
function table(rows: number, classes: number): Pick<Choosing, 'table' | 'train' | 'task'> {
  const rng = createRng(5)
  const x = new Float32Array(new SharedArrayBuffer(rows * 3 * 4)).map(() => rng.next())
  const y = new Float64Array(new SharedArrayBuffer(rows * 8))
  for (let row = 0; row < rows; row++) {
    const value = x[row * 3]!
    y[row] = classes === 0 ? 10 * value + rng.next() : rng.next() < 0.1 ? rng.below(classes) : Math.floor(value * classes)
  }
  return {
    table: {
      x,
      y,
      features: 3,
      classes,
      columns: { names: ['a', 'b', 'c'], labels: [], kinds: ['number', 'number', 'number'], codes: [0, 0, 0] },
      documents: [],
    },
    train: Int32Array.from({ length: rows }, (_, row) => row),
    task: classes === 0 ? 'regression' : 'classification',
  }
}

describe('chooseRecipe', () => {
  const pool = createThreadPool({ size: 1, program: TRAINING_PROGRAM })
  afterAll(() => pool.close())
  const told: { reports: { candidates: Candidate[] }[]; messages: string[] } = { reports: [], messages: [] }
  const context = (signal = new AbortController().signal): JobContext => {
    told.reports = []
    told.messages = []
    return {
      id: 'job',
      attempt: 1,
      signal,
      progress: (_, message) => void (message !== undefined && message !== told.messages.at(-1) && told.messages.push(message)),
      report: async (result) => void told.reports.push(result as { candidates: Candidate[] }),
      finish: async () => {
        throw new Error('not here')
      },
    }
  }
  const choosing = (options: Partial<Choosing> = {}): Choosing => ({
    ...{ pool, clock: Date.now, algorithm: 'auto', parameters: undefined, seed: 3, budgetSeconds: 600 },
    ...table(120, 2),
    ...options,
  })

  test.each([
    ['two classes', 2],
    ['three classes', 3],
    ['numbers', 0],
  ])('tries every candidate on the same folds and takes the best: %s', async (_, classes) => {
    const { recipe, folds, candidates = [] } = await chooseRecipe(choosing(table(120, classes)), context())
    const plans = plansFor(classes)
    expect(candidates.map(({ algorithm }) => algorithm)).toEqual(plans.map(({ algorithm }) => algorithm))
    const best = candidates.reduce((a, b) => (b.mean < a.mean ? b : a))
    expect(candidates.filter(({ chosen }) => chosen)).toEqual([best])
    expect(recipe.algorithm).toBe(best.algorithm)
    const metric = classes === 0 ? 'rmse' : 'logLoss'
    expect(folds.crossValidation.mean[metric]).toBe(best.mean)
    for (const { low, mean, high, metric: name } of candidates) {
      expect(low <= mean && mean <= high).toBe(true)
      expect(name).toBe(metric)
    }
    // What is asked for alone is judged on these very folds.
    const plan = plans[candidates.indexOf(best)]!
    const alone = await chooseRecipe(choosing({ ...table(120, classes), ...plan }), context())
    expect(alone.folds.crossValidation).toEqual(folds.crossValidation)
    expect(alone).not.toHaveProperty('candidates')
  })

  test('tells each candidate as it finishes, with the best so far marked', async () => {
    const { candidates } = await chooseRecipe(choosing(), context())
    expect(told.reports.map((report) => report.candidates.length)).toEqual(plansFor(2).map((_, index) => index + 1))
    for (const report of told.reports) expect(report.candidates.filter(({ chosen }) => chosen)).toHaveLength(1)
    expect(told.reports.at(-1)).toEqual({ candidates })
    expect(told.messages[0]).toBe(`Trying 1 of ${plansFor(2).length}: random forest`)
    expect(told.messages[1]).toMatch(/^Tried 1 of \d: random forest, log loss 0\.\d+ \(\d\.\d+ to \d\.\d+\)$/)
  })

  test('tries the first whatever the budget, and none after it', async () => {
    let now = 0
    const clock = (): number => {
      now += 40_000
      return now
    }
    const { candidates } = await chooseRecipe(choosing({ clock, budgetSeconds: 60 }), context())
    expect(candidates).toHaveLength(1)
    expect(told.messages.at(-1)).toBe(`The budget of 60 s is used: tried 1 of ${plansFor(2).length}`)
  })

  test('breaks a candidate off that the budget does not suffice for', async () => {
    const slow = { algorithm: 'random-forest', parameters: { nEstimators: 2000 } } as const
    const { candidates } = await chooseRecipe(
      choosing({
        ...table(20_000, 2),
        budgetSeconds: 1,
        clock: () => 0,
        plans: [{ algorithm: 'random-forest', parameters: { nEstimators: 1 } }, slow],
      }),
      context(),
    )
    expect(candidates).toHaveLength(1)
  })

  test('takes only candidates that fit the task, and the first when there are too few rows to compare', async () => {
    const plans = [
      { algorithm: 'ridge', parameters: {} },
      { algorithm: 'boosted-trees', parameters: {} },
    ] as const
    expect((await chooseRecipe(choosing({ plans }), context())).candidates).toHaveLength(1)
    const few = { ...table(10, 2), train: Int32Array.of(0) }
    expect(await chooseRecipe(choosing({ ...few, plans }), context())).toMatchObject({
      recipe: { algorithm: 'boosted-trees' },
      candidates: [],
    })
  })

  test('stops when the job is canceled', async () => {
    const controller = new AbortController()
    const running = chooseRecipe(choosing(table(20_000, 2)), context(controller.signal))
    setTimeout(() => controller.abort(), 100)
    await expect(running).rejects.toMatchObject({ code: 'canceled' })
  })
})

for (const [name, makeEngine] of [
  ['SQLite', async () => memoryEngine()],
  ['PostgreSQL', () => postgresEngine('auto')],
] as const) {
  describe(`a training that tries all on ${name}`, () => {
    let bench: TrainingBench | undefined
    let dispose = async (): Promise<void> => {}
    beforeAll(async () => {
      const engine = await makeEngine()
      if (engine === undefined) return
      bench = await openTrainingBench(await engine.open())
      dispose = () => engine.dispose()
    })
    afterAll(async () => {
      await bench?.close()
      await dispose()
    })

    test('shows its candidates while it runs, in its result and with the version', async ({ skip }) => {
      if (bench === undefined) return skip('no PostgreSQL')
      const rng = createRng(9)
      const rows = Array.from({ length: 300 }, () => {
        const visits = rng.below(100)
        return { visits, age: rng.below(60), left: visits + rng.below(30) > 60 ? 'yes' : 'no' }
      })
      const csv = `visits,age,left\n${rows.map((row) => Object.values(row).join(',')).join('\n')}\n`
      const job = await bench.training.start('auto', { csv }, { target: 'left', algorithm: 'auto' })
      const seen = new Set<number>()
      for await (const { status, result } of bench.jobs.watch(job.id)) {
        if (status === 'running' && result !== null) seen.add((result as { candidates: Candidate[] }).candidates.length)
      }
      expect(seen.size).toBeGreaterThan(1)
      const { result } = await bench.jobs.get(job.id)
      const { version, candidates } = result as { version: string; candidates: Candidate[] }
      const made = await bench.models.getVersion('auto', version)
      expect(made.candidates).toEqual(candidates)
      expect(candidates).toHaveLength(plansFor(2).length)
      const chosen = candidates.find((candidate) => candidate.chosen)!
      expect(made).toMatchObject({ algorithm: chosen.algorithm, parameters: chosen.parameters })
      expect(made.crossValidation.mean.logLoss).toBe(chosen.mean)
      expect((await bench.models.get('auto')).definition.algorithm).toBe('auto')
      await expect(bench.training.startAgain('auto', { algorithm: 'auto', parameters: { nEstimators: 5 } })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ path: '/parameters' }],
      })
    })
  })
}
