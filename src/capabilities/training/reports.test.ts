import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import type { Cell } from '../../tandem.ts'
import { EvaluationSchema, ProfileSchema } from '../models/reports/schema.ts'
import { ComparisonSchema } from './comparison/schema.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'

const FEATURES = {
  type: 'object',
  properties: {
    visits: { type: 'number', minimum: 0 },
    plan: { type: 'string', enum: ['free', 'pro'] },
    age: { type: ['integer', 'null'] },
    loyal: { type: 'boolean' },
  },
  required: ['visits', 'plan'],
} as const
const CHURN = { task: 'classification', target: 'churned', features: FEATURES, algorithm: 'random-forest', parameters: { nEstimators: 20 } }
const SPEND = { ...CHURN, task: 'regression', target: 'spend', algorithm: 'boosted-trees' }

type Row = Record<string, Cell>

function people(count: number, seed: number, noise = 0.1): Row[] {
  const rng = createRng(seed)
  return Array.from({ length: count }, (_, index) => {
    const visits = Math.round(rng.next() * 200) / 10
    const plan = rng.next() < 0.3 ? 'free' : 'pro'
    const leaves = plan === 'free' ? visits < 15 : visits < 3
    const churned = rng.next() < noise ? !leaves : leaves
    return { visits, plan, age: index % 4 === 0 ? null : 20 + rng.below(50), loyal: visits > 10, churned, spend: visits * 3 + rng.next() }
  })
}

const without = (rows: Row[], name: string): Row[] => rows.map(({ [name]: _, ...row }) => row)

function checkReports(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`reports of versions on ${name}`, () => {
    let engine: TestEngine | undefined
    let bench: TrainingBench
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    beforeAll(async () => {
      engine = await makeEngine()
      if (engine === undefined) return
      bench = await openTrainingBench(await engine.open())
      await bench.models.put('churn', CHURN as never)
      await bench.models.put('spend', SPEND as never)
    })
    afterAll(async () => {
      await bench?.close()
      await engine?.dispose()
    })

    check('a trained classifier tells how good it is, with intervals and the log of its training', async () => {
      const { version } = await bench.training.train('churn', { rows: without(people(600, 1), 'spend') })
      const evaluation = await bench.models.evaluation('churn', 'active')
      expect(EvaluationSchema.parse(evaluation)).toEqual(evaluation)
      expect(evaluation).toMatchObject({
        model: 'churn',
        version: version.version,
        task: 'classification',
        rows: version.holdoutRows,
        level: 0.95,
      })
      expect(Object.keys(evaluation.intervals).sort()).toEqual(Object.keys(version.metrics).sort())
      for (const [metric, { value, low, high }] of Object.entries(evaluation.intervals)) {
        expect(value).toBeCloseTo(version.metrics[metric]!, 12)
        expect(low).toBeLessThanOrEqual(value)
        expect(high).toBeGreaterThanOrEqual(value)
      }
      const { classification, log } = evaluation
      expect(classification?.confusion.flat().reduce((a, b) => a + b)).toBe(version.holdoutRows)
      expect(classification?.curves[0]?.auc).toBeCloseTo(version.metrics.rocAuc!, 12)
      expect(log[0]).toMatchObject({ message: 'Reading the rows' })
      expect(log.map(({ message }) => message)).toContain(`Judging on ${version.holdoutRows} held-out rows`)
      expect(JSON.stringify(evaluation).length).toBeLessThan(100_000)
      const again = await bench.training.train('churn', { rows: without(people(600, 1), 'spend') })
      const { log: _, version: __, ...same } = await bench.models.evaluation('churn', again.version.version)
      expect(evaluation).toMatchObject(same)
    })

    check('a trained regressor tells its residuals and how often its interval holds', async () => {
      const { version } = await bench.training.train('spend', { rows: without(people(500, 2), 'churned') })
      const evaluation = await bench.models.evaluation('spend', version.version)
      expect(EvaluationSchema.parse(evaluation)).toEqual(evaluation)
      expect(evaluation.regression?.intervalCoverage).toMatchObject({ nominal: 0.9 })
      expect(evaluation.regression?.residuals.counts.reduce((a, b) => a + b)).toBe(version.holdoutRows)
      expect(evaluation.intervals.rmse?.value).toBeCloseTo(version.metrics.rmse!, 12)
    })

    check('a profile shows typical values, ranges and what is missing of the training rows', async () => {
      const profile = await bench.models.profile('churn', 'active')
      expect(ProfileSchema.parse(profile)).toEqual(profile)
      const [visits, plan, age, loyal] = profile.features
      const known = people(600, 1)
      expect(profile.rows).toBe(600 - (await bench.models.getVersion('churn', 'active')).holdoutRows)
      expect(visits).toMatchObject({ name: 'visits', kind: 'number', required: true, missing: 0 })
      expect(known.map((row) => row.visits)).toContain(visits?.typical)
      expect(visits?.minimum).toBeLessThan(visits!.quantiles!.p5)
      expect(visits?.maximum).toBeGreaterThan(visits!.quantiles!.p95)
      expect(plan).toMatchObject({ name: 'plan', kind: 'category', typical: 'pro', distinct: 2 })
      expect(plan?.categories?.map(({ value }) => value)).toEqual(['pro', 'free'])
      expect(plan?.categories?.reduce((sum, { count }) => sum + count, 0)).toBe(profile.rows)
      expect(age).toMatchObject({ name: 'age', kind: 'integer', required: false, nullable: true })
      expect(Number.isInteger(age?.typical)).toBe(true)
      expect(age?.missing).toBeGreaterThan(0.15)
      expect(loyal).toMatchObject({ name: 'loyal', kind: 'boolean', categories: expect.any(Array) })
      expect(typeof loyal?.typical).toBe('boolean')
    })

    check('a feature that no row has is typical of nothing, and one class held out is no obstacle', async () => {
      const rows = ['age', 'loyal', 'spend'].reduce(without, people(12, 3))
      const { version } = await bench.training.train('churn', { rows }, { activate: 'always' })
      const { features } = await bench.models.profile('churn', version.version)
      expect(features[2]).toMatchObject({ name: 'age', typical: null, missing: 1 })
      expect(features[3]).toMatchObject({ name: 'loyal', typical: null, missing: 1 })
      const evaluation = await bench.models.evaluation('churn', version.version)
      expect(EvaluationSchema.parse(evaluation)).toEqual(evaluation)
    })

    check('versions are compared on the rows held out for all, and a difference is decided only by enough of them', async () => {
      const spread = without(people(1500, 7, 0.05), 'spend')
      await bench.models.put('rivals', CHURN as never)
      const train = async (rows: Row[], parameters: object): Promise<string> =>
        (await bench.training.train('rivals', { rows }, { activate: 'always', parameters })).version.version
      const good = await train(spread, { nEstimators: 30 })
      const twin = await train(spread, { nEstimators: 30 })
      const poor = await train(spread, { nEstimators: 1, maxDepth: 20 })
      const other = await train(without(people(300, 8), 'spend'), { nEstimators: 5 })
      await bench.models.activate('rivals', good)
      const comparison = await bench.training.compare('rivals', { versions: [poor, twin, 'active', other] })
      expect(ComparisonSchema.parse(comparison)).toEqual(comparison)
      const { holdoutRows, metrics } = await bench.models.getVersion('rivals', good)
      expect(comparison).toMatchObject({ model: 'rivals', reference: good, rows: holdoutRows, level: 0.95 })
      expect(comparison.incomparable).toMatchObject([
        { version: other, reason: expect.stringMatching(/^Only \d+ of the \d+ compared rows/) },
      ])
      const [logLoss, accuracy] = comparison.metrics
      expect([logLoss?.metric, logLoss?.higherIsBetter, accuracy?.metric, accuracy?.higherIsBetter]).toEqual([
        'logLoss',
        false,
        'accuracy',
        true,
      ])
      expect(logLoss?.versions[0]).toMatchObject({ version: good, difference: 0, decided: 'undecided' })
      expect(logLoss?.versions[0]?.value).toBeCloseTo(metrics.logLoss!, 5)
      const of = (version: string) => logLoss?.versions.find((each) => each.version === version)
      expect(of(twin)).toMatchObject({ difference: 0, low: 0, high: 0, decided: 'undecided', moreRowsNeeded: null })
      expect(of(poor)).toMatchObject({ decided: 'worse', moreRowsNeeded: null })
      expect(of(poor)!.low).toBeGreaterThan(0)
      // Turned round, the same difference.
      await bench.models.activate('rivals', poor)
      const turned = await bench.training.compare('rivals', { versions: [good, poor] })
      const better = turned.metrics[0]?.versions.find((each) => each.version === good)
      expect(better).toMatchObject({ decided: 'better' })
      expect(better?.difference).toBeCloseTo(-of(poor)!.difference, 12)
      expect((await bench.training.compare('rivals')).metrics[0]?.versions).toHaveLength(3)
    })

    check('a small difference says how many rows it would take, and what cannot be compared why', async () => {
      const rows = without(people(120, 9), 'spend')
      const train = async (parameters: object): Promise<string> =>
        (await bench.training.train('churn', { rows }, { activate: 'never', parameters })).version.version
      const [a, b] = [await train({ nEstimators: 20 }), await train({ nEstimators: 21 })]
      const { metrics } = await bench.training.compare('churn', { versions: [a, b] })
      const undecided = metrics.flatMap(({ versions }) => versions.slice(1)).filter(({ decided }) => decided === 'undecided')
      expect(undecided.length).toBeGreaterThan(0)
      for (const { difference, moreRowsNeeded } of undecided) {
        if (difference === 0) expect(moreRowsNeeded).toBeNull()
        else if (moreRowsNeeded !== null) expect(moreRowsNeeded).toBeGreaterThan(0)
      }
      await bench.database.db.deleteFrom('version_reports').where('version', '=', b).execute()
      expect((await bench.training.compare('churn', { versions: [a, b] })).incomparable).toMatchObject([
        { version: b, reason: expect.stringContaining('Train again') },
      ])
      const none = await bench.training.compare('churn', { versions: [b, a] })
      expect(none).toMatchObject({ reference: b, rows: 0, metrics: [], incomparable: { length: 2 } })
      await expect(bench.training.compare('churn', { versions: ['never'] })).rejects.toMatchObject({ code: 'version_not_found' })
      await expect(bench.training.compare('churn', { versions: Array(11).fill(a) })).rejects.toMatchObject({ code: 'invalid_input' })
      await bench.models.put('empty', CHURN as never)
      await expect(bench.training.compare('empty')).rejects.toMatchObject({ code: 'no_version' })
      const numbers = await bench.training.compare('spend')
      expect(numbers.metrics.map(({ metric }) => metric)).toEqual(['rmse', 'mae', 'r2'])
    })

    check('a version from before reports were kept says so, and a deleted one leaves none behind', async () => {
      const { version } = await bench.training.train('churn', { rows: without(people(100, 4), 'spend') }, { activate: 'never' })
      // Versions of two models may be made in one second and then have one name.
      const reports = (): Promise<{ model: string; version: string }[]> =>
        bench.database.db.selectFrom('version_reports').select(['model', 'version']).execute()
      const reportsOf = async (name: string): Promise<unknown[]> =>
        (await reports()).filter((row) => row.model === 'churn' && row.version === name)
      expect(await reportsOf(version.version)).toHaveLength(5)
      await bench.database.db.deleteFrom('version_reports').where('model', '=', 'churn').where('version', '=', version.version).execute()
      for (const ask of [bench.models.evaluation, bench.models.profile, bench.models.card]) {
        await expect(ask('churn', version.version)).rejects.toMatchObject({
          code: 'not_found',
          message: expect.stringContaining('Train again'),
        })
        await expect(ask('churn', '20000101_000000')).rejects.toMatchObject({ code: 'version_not_found' })
        await expect(ask('nobody', 'active')).rejects.toMatchObject({ code: 'model_not_found' })
      }
      const other = await bench.training.train('churn', { rows: without(people(100, 5), 'spend') }, { activate: 'never' })
      await bench.models.deleteVersion('churn', other.version.version)
      expect(await reportsOf(other.version.version)).toEqual([])
      await bench.models.delete('churn')
      for (const model of ['spend', 'rivals', 'empty']) await bench.models.delete(model)
      expect(await reports()).toEqual([])
    })
  })
}

checkReports('SQLite', async () => memoryEngine())
checkReports('PostgreSQL', () => postgresEngine('reports'))
