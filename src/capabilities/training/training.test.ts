import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import type { Cell } from '../../tandem.ts'
import { createPredictions, type Predictions } from '../predictions/index.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'

const DEFINITION = {
  task: 'classification',
  target: 'churned',
  features: {
    type: 'object',
    properties: { visits: { type: 'number', minimum: 0 }, plan: { type: 'string', enum: ['free', 'pro'] }, age: { type: 'integer' } },
    required: ['visits', 'plan'],
  },
  algorithm: 'random-forest',
  parameters: { nEstimators: 20 },
} as const

type Row = Record<string, Cell>

/** People of the free plan who come seldom leave; one in ten does otherwise. */
function rows(count: number, seed: number): Row[] {
  const rng = createRng(seed)
  return Array.from({ length: count }, () => {
    const visits = Math.round(rng.next() * 200) / 10
    const plan = rng.next() < 0.5 ? 'free' : 'pro'
    const leaves = plan === 'free' && visits < 12
    return { visits, plan, age: 20 + rng.below(50), churned: rng.next() < 0.1 ? !leaves : leaves }
  })
}

const codeOf = (work: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'no error',
      (error: { code: string }) => error.code,
    )

function checkTraining(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`training on ${name}`, () => {
    let engine: TestEngine | undefined
    let bench: TrainingBench
    let predictions: Predictions
    beforeAll(async () => {
      engine = await makeEngine()
      if (engine === undefined) return
      bench = await openTrainingBench(await engine.open())
      const { models, database, training } = bench
      const log = { info() {}, warn() {}, error() {} }
      predictions = createPredictions({
        models,
        database,
        clock: Date.now,
        log,
        settings: { predictionLogMaxRows: 5000 },
        onOutcomes: training.onOutcomes,
      })
    })
    afterAll(async () => {
      await predictions?.close()
      await bench?.close()
      await engine?.dispose()
    })
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    const count = async (table: 'artifacts' | 'datasets' | 'jobs' | 'versions'): Promise<number> =>
      (await bench.database.db.selectFrom(table).selectAll().execute()).length

    check('refuses rows that cannot be trained on before a job exists, and leaves nothing behind', async () => {
      await bench.models.put('churn', DEFINITION as never)
      const good = rows(20, 7)
      const [jobs, datasets, artifacts] = [await count('jobs'), await count('datasets'), await count('artifacts')]
      const train = (data: Row[]) => bench.training.start('churn', { rows: data })
      expect(await codeOf(() => train([]))).toBe('too_few_rows')
      await expect(train(good.slice(0, 9))).rejects.toMatchObject({ code: 'too_few_rows', details: { rows: 9, minimum: 10 } })
      expect(await codeOf(() => train(good.map((row) => ({ ...row, churned: true }))))).toBe('too_few_classes')
      expect(await codeOf(() => train(good.map(({ churned: _, ...row }) => row)))).toBe('target_missing')
      const bad = good.map((row, index) => {
        if (index === 3) return { ...row, plan: 'gold' }
        if (index === 4) return { ...row, visits: '12' }
        if (index === 5) return { ...row, visits: Number.NaN }
        if (index === 6) return { ...row, visits: 1e39 }
        if (index === 7) return { ...row, vists: 1 }
        if (index === 8) return { plan: 'pro', churned: false }
        return row
      })
      await expect(train(bad)).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [
          { path: '/rows/3/plan', message: 'rows[3]: plan must be one of "free", "pro", got string "gold"' },
          { path: '/rows/4/visits' },
          { path: '/rows/5/visits' },
          { path: '/rows/6/visits' },
          { path: '/rows/7/vists', message: expect.stringContaining('did you mean "visits"?') },
          { path: '/rows/8/visits' },
        ],
      })
      await expect(train(Array.from({ length: 50 }, () => ({ ...good[0], visits: -1 })))).rejects.toMatchObject({ errors: { length: 20 } })
      const csv = 'visits,plan,churned\n1,free,true\n2,gold,false\nx,pro,true\n'
      await expect(bench.training.start('churn', { csv })).rejects.toMatchObject({
        errors: [
          { path: '/line/3/plan', message: expect.stringContaining('line 3: plan must be one of') },
          { path: '/line/4/visits', message: 'line 4: visits must be a number of at least 0, got string "x"' },
        ],
      })
      expect(await codeOf(() => bench.training.start('churn', { csv: 'visits,plan\n1,free\n' }))).toBe('target_missing')
      await expect(bench.training.start('empty', { csv: 'visits,plan\n' }, { target: 'plan' })).rejects.toThrow(
        'No row has a value of "plan"',
      )
      expect(await codeOf(() => bench.training.start('nobody', { rows: good }))).toBe('model_not_found')
      expect([await count('jobs'), await count('datasets'), await count('artifacts')]).toEqual([jobs, datasets, artifacts])
    })

    check('trains, judges on held-out rows and puts the first version in service', async () => {
      await bench.models.put('churn', DEFINITION as never)
      const seen: number[] = []
      const { job, version } = await bench.training.train(
        'churn',
        { rows: rows(400, 1) },
        { onProgress: (fraction) => seen.push(fraction) },
      )
      expect(job).toMatchObject({
        kind: 'train',
        status: 'succeeded',
        progress: 1,
        result: { version: version.version, activated: true, rows: 400 },
      })
      expect(version.version).toMatch(/^\d{8}_\d{6}$/)
      expect(version.holdoutRows).toBeGreaterThan(55)
      expect(version.holdoutRows).toBeLessThan(110)
      expect(version.metrics.rocAuc).toBeGreaterThan(0.8)
      expect(version.crossValidation).toMatchObject({ folds: 5 })
      expect(version.crossValidation.mean.accuracy).toBeGreaterThan(0.8)
      expect(Object.values(version.importances).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
      expect(version.permutationImportances.plan!.mean).toBeGreaterThan(version.permutationImportances.age!.mean)
      expect(version).toMatchObject({
        classes: ['false', 'true'],
        active: true,
        parent: null,
        seed: 1,
        parameters: { nEstimators: 20, maxDepth: 10, minSamplesSplit: 5 },
      })
      expect(seen.every((fraction, index) => index === 0 || fraction >= seen[index - 1]!)).toBe(true)
      const answer = await predictions.predict('churn', { visits: 2, plan: 'free' })
      expect(answer).toMatchObject({ value: 'true', source: 'model', version: version.version })
      expect(answer.confidence).toBeGreaterThan(0.75)
      expect(answer.confidence).toBeLessThan(0.99)
    })

    check('gives the same bytes for the same rows and seed, and others for another seed', async () => {
      const options = { activate: 'never' } as const
      const first = await bench.training.train('churn', { rows: rows(120, 3) }, options)
      const again = await bench.training.train('churn', { rows: rows(120, 3) }, options)
      const other = await bench.training.train('churn', { rows: rows(120, 3) }, { ...options, seed: 9 })
      expect(again.version.artifact.sha256).toBe(first.version.artifact.sha256)
      expect(again.version.dataFingerprint).toBe(first.version.dataFingerprint)
      expect(other.version.artifact.sha256).not.toBe(first.version.artifact.sha256)
      expect(new Set([first, again, other].map(({ version }) => version.version)).size).toBe(3)
    })

    check('keeps a worse version out of service and says both numbers', async () => {
      const { version: champion } = await bench.training.train('churn', { rows: rows(400, 1) })
      await bench.models.put('churn', { ...DEFINITION, parameters: { nEstimators: 1, maxDepth: 1 } } as never)
      const { version } = await bench.training.train('churn', { rows: rows(400, 1) })
      await bench.models.put('churn', DEFINITION as never)
      const compared = new RegExp(
        `^Kept out of service: log loss 0\\.\\d+ on ${version.holdoutRows} held-out rows, worse than 0\\.\\d+ of version ${champion.version}`,
      )
      expect(version.gate).toMatchObject({ activated: false, reason: expect.stringMatching(compared) })
      expect(version).toMatchObject({ active: false, parent: champion.version })
      expect(version.metrics.logLoss).toBeGreaterThan(champion.metrics.logLoss!)
      expect((await bench.models.get('churn')).activeVersion).toBe(champion.version)
      // As good as the one in service is good enough.
      expect((await bench.training.train('churn', { rows: rows(400, 1) })).version.gate.activated).toBe(true)
    })

    check('makes a model of a table when its target is named, and leaves none when the rows will not do', async () => {
      const csv = [
        'id,visits,plan,churned',
        ...rows(60, 11).map((row, index) => [index + 1, row.visits, row.plan, row.churned ? 'yes' : 'no'].join(',')),
      ].join('\n')
      const { version } = await bench.training.train('table', { csv }, { target: 'churned' })
      expect(version.classes).toEqual(['no', 'yes'])
      expect(Object.keys((version.features as { properties: object }).properties)).toEqual(['visits', 'plan'])
      expect(await codeOf(() => bench.training.start('few', { csv: csv.split('\n').slice(0, 6).join('\n') }, { target: 'churned' }))).toBe(
        'too_few_rows',
      )
      expect(await codeOf(() => bench.models.get('few'))).toBe('model_not_found')
      expect(await codeOf(() => bench.training.start('table', { csv }, { target: 'plan' }))).toBe('invalid_input')
    })

    check('trains again once so many outcomes came, one job at a time, on held-out rows neither version has seen', async () => {
      await bench.models.put('loop', {
        ...DEFINITION,
        classes: ['false', 'true'],
        retrain: { everyOutcomes: 30 },
        fallback: { kind: 'weighted-score', weights: { visits: 1 } },
      } as never)
      const truth = rows(80, 13)
      const started: string[] = []
      for (let index = 0; index < truth.length; index += 10) {
        const outcomes = await Promise.all(
          truth.slice(index, index + 10).map(async ({ churned, ...features }) => {
            const { predictionId } = await predictions.predict('loop', features)
            return { predictionId, value: churned as boolean }
          }),
        )
        const { accepted, job } = await predictions.recordOutcomes('loop', outcomes)
        expect(accepted).toBe(10)
        if (job !== undefined) {
          started.push(job)
          await bench.jobs.wait(job, { timeoutMs: 60_000 })
        }
      }
      expect(started.length).toBe(2)
      const versions = (await bench.models.listVersions('loop')).items
      expect(versions.map(({ rows: count }) => count)).toEqual([60, 30])
      expect((await bench.models.get('loop')).retrain).toEqual({ outcomesSinceTraining: 20, everyOutcomes: 30 })
      expect((await bench.models.listActivations('loop')).items.at(-1)).toMatchObject({
        action: 'retrain',
        actor: 'retrain',
        previous: null,
      })
      expect(await predictions.predict('loop', { visits: 2, plan: 'free' })).toMatchObject({ source: 'model' })
    })

    check('says why a retraining cannot start', async () => {
      await bench.models.put('empty', DEFINITION as never)
      expect(await codeOf(() => bench.training.startAgain('empty'))).toBe('too_few_rows')
      expect(await codeOf(() => bench.training.startAgain('nobody'))).toBe('model_not_found')
    })

    // bench/learn/cancel.ts measures how soon.
    check('stops when canceled, long before its end, and stores no version', async () => {
      await bench.models.put('long', { ...DEFINITION, parameters: { nEstimators: 2000, maxDepth: 30 } } as never)
      const job = await bench.training.start('long', { rows: rows(5000, 17) })
      for await (const state of bench.jobs.watch(job.id)) if (state.progress > 0.11) break
      await bench.jobs.cancel(job.id)
      const ended = await bench.jobs.wait(job.id, { timeoutMs: 60_000 })
      expect(ended.status).toBe('canceled')
      expect(ended.progress).toBeLessThan(0.5)
      expect((await bench.models.listVersions('long')).items).toEqual([])
    })

    check('holds the contest again when another version comes into service meanwhile', async () => {
      await bench.models.put('race', { ...DEFINITION, parameters: { nEstimators: 100 } } as never)
      const { version: first } = await bench.training.train('race', { rows: rows(100, 1) })
      const { version: second } = await bench.training.train('race', { rows: rows(100, 2) }, { activate: 'always' })
      const job = await bench.training.start('race', { rows: rows(4000, 1) }, { activate: 'always' })
      for await (const state of bench.jobs.watch(job.id)) if (state.progress > 0.15) break
      await bench.models.activate('race', first.version, { actor: 'test' })
      expect((await bench.jobs.get(job.id)).status).toBe('running')
      const ended = await bench.jobs.wait(job.id, { timeoutMs: 60_000 })
      expect(ended.status).toBe('succeeded')
      const history = (await bench.models.listActivations('race')).items
      expect(history.map(({ action, previous }) => [action, previous])).toEqual([
        ['train', first.version],
        ['activate', second.version],
        ['train', first.version],
        ['train', null],
      ])
      expect((await bench.models.getVersion('race', history[0]!.version)).gate.reason).toContain(first.version)
    })

    check('files of a server that died are swept once they are a day old, those in use never', async () => {
      const { db } = bench.database
      const store = async (text: string, hours: number): Promise<string> => {
        const hash = await bench.artifacts.put(new TextEncoder().encode(text))
        await db
          .updateTable('artifacts')
          .set({ created_at: Date.now() - hours * 3_600_000 })
          .where('hash', '=', hash)
          .execute()
        return hash
      }
      await bench.models.put('kept', DEFINITION as never)
      const { version } = await bench.training.train('kept', { rows: rows(50, 1) })
      await db.updateTable('artifacts').set({ created_at: 0 }).execute()
      const inUse = await count('artifacts')
      const old = await Promise.all(Array.from({ length: 25 }, (_, index) => store(`part ${index}`, 25)))
      const young = await store('upload under way', 23)
      expect(await bench.models.sweep()).toBe(25)
      expect(bench.lines.at(-1)).toMatchObject({ level: 'info', message: expect.stringContaining('{"deleted":25}') })
      expect(await bench.artifacts.has(old[0]!)).toBe(false)
      expect(await bench.artifacts.has(young)).toBe(true)
      expect(await bench.artifacts.has(version.artifact.sha256)).toBe(true)
      expect(await count('artifacts')).toBe(inUse + 1)
      expect(await bench.models.sweep()).toBe(0)
      // Its rows are all there.
      expect((await bench.training.retrain('kept')).version.rows).toBe(50)
      await bench.artifacts.delete(young)
    })

    check('refuses more than the limits and keeps nothing of it', async () => {
      const artifacts = await count('artifacts')
      const tight = await openTrainingBench(await memoryEngine().open(), {
        settings: { maxRows: 100, uploadLimitBytes: 3000 },
        runJobs: false,
      })
      try {
        await tight.models.put('churn', DEFINITION as never)
        expect(await codeOf(() => tight.training.start('churn', { rows: rows(101, 1) }))).toBe('too_many_rows')
        const line = `${JSON.stringify(rows(1, 1)[0])}\n`
        expect(await codeOf(() => tight.training.start('churn', { ndjson: line.repeat(90) }))).toBe('payload_too_large')
        async function* endless() {
          for (;;) yield new TextEncoder().encode(line)
        }
        expect(await codeOf(() => tight.training.start('churn', { ndjson: endless() }))).toBe('payload_too_large')
        expect((await tight.database.db.selectFrom('artifacts').selectAll().execute()).length).toBe(0)
      } finally {
        await tight.close()
      }
      const poor = await openTrainingBench(await memoryEngine().open(), { settings: { memoryLimitBytes: 20_000 }, runJobs: false })
      await poor.models.put('churn', DEFINITION as never)
      expect(await codeOf(() => poor.training.start('churn', { rows: rows(1000, 1) }))).toBe('memory_limit')
      await poor.close()
      expect(await count('artifacts')).toBe(artifacts)
    })
  })
}

checkTraining('SQLite', async () => memoryEngine())
checkTraining('PostgreSQL', () => postgresEngine('training'))

describe('classes and tiny sets', () => {
  let bench: TrainingBench
  beforeAll(async () => {
    bench = await openTrainingBench(await memoryEngine().open())
  })
  afterAll(() => bench.close())

  test.each([
    ['ten rows, nine of one class', [1, ...Array(9).fill(0)], 'random-forest'],
    ['ten rows, two classes', [0, 1, 0, 1, 0, 1, 0, 1, 0, 1], 'boosted-trees'],
    ['three classes, one of one row', [2, ...Array(6).fill(0), ...Array(6).fill(1)], 'random-forest'],
    ['three classes, one of one row', [2, ...Array(6).fill(0), ...Array(6).fill(1)], 'boosted-trees'],
  ] as const)('trains on %s (%s) by %s', async (_, labels, algorithm) => {
    const name = `tiny_${labels.length}_${labels[0]}_${algorithm}`
    await bench.models.put(name, {
      task: 'classification',
      target: 'y',
      features: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
      algorithm,
    })
    const data = labels.map((label, index) => ({ a: label * 10 + index / 10, y: label }))
    const { version } = await bench.training.train(name, { rows: data })
    expect(version.classes).toEqual([...new Set(labels)].sort().map(String))
    expect(version.gate.activated).toBe(true)
    expect(version.holdoutRows).toBeGreaterThanOrEqual(2)
  })

  test('trains a declared class that no row has', async () => {
    for (const algorithm of ['random-forest', 'boosted-trees'] as const) {
      const features = { type: 'object', properties: { x: { type: 'number' } } }
      await bench.models.put(`absent_${algorithm}`, { task: 'classification', target: 'y', classes: ['a', 'b', 'c'], features, algorithm })
      const data = Array.from({ length: 60 }, (_, index) => ({ x: index, y: index < 30 ? 'a' : 'c' }))
      const { version } = await bench.training.train(`absent_${algorithm}`, { rows: data })
      expect(version.classes).toEqual(['a', 'b', 'c'])
      expect(bench.models.serving(`absent_${algorithm}`)!.live!.score({ x: 59 })!.value).toBe('c')
    }
  })

  test('a regression tells an interval that holds its truths', async () => {
    const rng = createRng(4)
    await bench.models.put('price', {
      task: 'regression',
      target: 'y',
      features: { type: 'object', properties: { x: { type: 'number' } } },
      algorithm: 'boosted-trees',
    })
    const make = (count: number) =>
      Array.from({ length: count }, () => ({ x: rng.next() * 10 })).map(({ x }) => ({ x, y: 3 * x + rng.next() * 4 }))
    const { version } = await bench.training.train('price', { rows: make(600) })
    expect(version.metrics.r2).toBeGreaterThan(0.95)
    const live = bench.models.serving('price')!.live!
    const fresh = make(500)
    const held = fresh.filter(({ x, y }) => {
      const { interval, confidence } = live.score({ x })!
      expect(confidence).toBe(0.9)
      return y >= interval![0] && y <= interval![1]
    })
    expect(held.length / fresh.length).toBeGreaterThan(0.86)
    expect(held.length / fresh.length).toBeLessThan(0.97)
  })
})
