import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEvents } from '../../platform/events/create-events.ts'
import { createArtifacts } from '../../platform/storage/artifacts-sql.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import { createModels, type Models } from '../models/index.ts'
import { TINY_DEFINITION, tinyVersion } from '../models/testing/tiny-version.ts'
import { createPredictions, type Predictions } from '../predictions/index.ts'
import { judgeHealth } from './health.ts'
import { calibrationError, liveMetric } from './live-metric.ts'
import { createMonitoring, type Monitoring } from './monitoring.ts'
import { ModelPerformanceSchema, PerformanceSchema } from './schema.ts'

const silent = { info() {}, warn() {}, error() {} }
const HOUR = 3_600_000
const NOW = Date.UTC(2026, 10, 26, 9, 30)

function checkMonitoring(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`how models do in service on ${name}`, () => {
    let engine: TestEngine | undefined
    let database: Database
    let models: Models
    let predictions: Predictions
    let monitoring: Monitoring
    let now = NOW
    let version: string
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    /** Predictions an hour, with what came true of the first `judged`, of which `right` were right. */
    const live = async (hoursAgo: number, count: number, judged: number, right: number): Promise<void> => {
      now = NOW - hoursAgo * HOUR
      const { predictions: answers } = await predictions.predictMany(
        'match',
        Array.from({ length: count }, () => ({ a: 9 })),
      )
      const outcomes = answers.slice(0, judged).map(({ predictionId }, at) => ({ predictionId, value: at < right ? 'yes' : 'no' }))
      if (outcomes.length > 0) await predictions.recordOutcomes('match', outcomes)
      await predictions.flush()
      now = NOW
    }

    beforeAll(async () => {
      engine = await makeEngine()
      if (engine === undefined) return
      database = await engine.open()
      const events = await createEvents({ database })
      const clock = (): number => now
      models = createModels({ database, artifacts: createArtifacts({ db: database.db }), events, clock, log: silent })
      await models.start()
      predictions = createPredictions({ models, database, clock, log: silent, settings: { predictionLogMaxRows: 50_000 } })
      monitoring = createMonitoring({ models, database, clock })
      await models.put('idle', { ...TINY_DEFINITION, fallback: { kind: 'weighted-score', weights: { a: 1 } } } as never)
      await models.put('match', TINY_DEFINITION as never)
      now = NOW - 3 * HOUR
      const file = tinyVersion('match', 5, null)
      const details = { ...file.details, holdoutRows: 100, metrics: { accuracy: 0.9 } }
      version = (await models.publish({ ...file, details })).version
      now = NOW
    })
    afterAll(async () => {
      await predictions?.close()
      models?.close()
      await database?.close()
      await engine?.dispose()
    })

    check('a model without predictions has every point of the window and an unknown health', async () => {
      for (const [window, steps] of [
        ['24h', 24],
        ['7d', 28],
        ['30d', 30],
      ] as const) {
        const performance = await monitoring.modelPerformance('idle', window)
        expect(ModelPerformanceSchema.parse(performance)).toEqual(performance)
        expect(performance.points).toHaveLength(steps)
        expect(performance.points.every(({ value, p50Ms, predictions: count }) => value === null && p50Ms === null && count === 0)).toBe(
          true,
        )
        expect(performance.points.every(({ at }) => Date.parse(at) % performance.stepMs === 0)).toBe(true)
        expect(performance).toMatchObject({ health: 'unknown', to: new Date(NOW).toISOString(), total: { heldOut: null } })
        expect(performance.healthReason).toContain('the fallback answers')
      }
      await expect(monitoring.modelPerformance('nobody')).rejects.toMatchObject({ code: 'model_not_found' })
    })

    check('too few outcomes are no health; enough of them are judged against the held-out rows', async () => {
      await live(2, 30, 10, 9)
      const few = await monitoring.modelPerformance('match', '24h')
      expect(few).toMatchObject({ health: 'unknown', total: { predictions: 30, outcomes: 10, value: 0.9 } })
      expect(few.healthReason).toContain('10 outcomes of the last 24h; 20 are needed')
      expect(few.total.heldOut).toMatchObject({ value: 0.9 })

      await live(1, 100, 90, 81)
      const performance = await monitoring.modelPerformance('match', '24h')
      expect(ModelPerformanceSchema.parse(performance)).toEqual(performance)
      expect(performance).toMatchObject({
        health: 'good',
        metric: 'accuracy',
        total: { predictions: 130, fallback: 0, outcomes: 100, value: 0.9 },
      })
      const [before, last, present] = performance.points.slice(-3)
      expect(before).toMatchObject({ predictions: 30, outcomes: 10, value: 0.9 })
      expect(last).toMatchObject({ predictions: 100, outcomes: 90, value: 0.9 })
      expect(present).toMatchObject({ predictions: 0, outcomes: 0, value: null })
      expect(last!.low).toBeGreaterThan(before!.low!)
      expect(last!.p50Ms).toBeGreaterThanOrEqual(0)
      expect(performance.total.p99Ms).toBeGreaterThanOrEqual(performance.total.p50Ms!)
      expect(performance.total.calibrationError).toBeGreaterThan(0)
      expect(performance.versions).toEqual([{ at: new Date(NOW - 3 * HOUR).toISOString(), version, action: 'train' }])
    })

    check('a drop that no chance explains is bad, and what lies before the window is told apart', async () => {
      await live(30, 50, 50, 50)
      await live(0.2, 300, 300, 150)
      const performance = await monitoring.modelPerformance('match', '24h')
      expect(performance.health).toBe('bad')
      expect(performance.healthReason).toMatch(/^Accuracy in service is 0\.6 \(.*, 400 outcomes\), surely worse than 0\.9 /)
      expect(performance.previous).toEqual({ predictions: 50, outcomes: 50, value: 1 })
      expect((await monitoring.modelPerformance('match', '7d')).total.outcomes).toBe(450)
    })

    check('every model stands in one list with its traffic', async () => {
      const list = await monitoring.performance('24h')
      expect(PerformanceSchema.parse(list)).toEqual(list)
      const [idle, match] = list.items
      expect(idle).toMatchObject({
        model: 'idle',
        serving: 'fallback',
        activeVersion: null,
        activeSince: null,
        predictions: 0,
        health: 'unknown',
      })
      expect(match).toMatchObject({
        model: 'match',
        serving: 'model',
        activeVersion: version,
        predictions: 430,
        outcomes: 400,
        health: 'bad',
      })
      expect(match?.activeSince).toBe(new Date(NOW - 3 * HOUR).toISOString())
      expect(match?.spark).toHaveLength(24)
      expect(match?.spark.reduce((a, b) => a + b)).toBe(430)
    })

    check('a fallback that answers for a broken version is bad, and its answers are counted as its own', async () => {
      await predictions.predict('idle', { a: 0.5 })
      await predictions.flush()
      const { total } = await monitoring.modelPerformance('idle', '24h')
      expect(total).toMatchObject({ predictions: 1, fallback: 1, outcomes: 0 })
      const serving = models.serving('match')!
      const broken = { ...serving, live: undefined, problem: 'artifact_damaged: byte 3' }
      const verdict = judgeHealth({
        serving: broken,
        task: 'classification',
        live: liveMetric('classification', []),
        heldOut: null,
        window: '7d',
      })
      expect(verdict).toMatchObject({ health: 'bad', healthReason: expect.stringContaining('artifact_damaged') })
    })
  })
}

checkMonitoring('SQLite', async () => memoryEngine())
checkMonitoring('PostgreSQL', () => postgresEngine('monitoring'))

describe('live metrics', () => {
  test('of numbers have the interval of a mean', () => {
    // 1, 2, 3, 4: mean 2.5, standard deviation 1.2910, standard error 0.6455.
    const metric = liveMetric('regression', [{ outcomes: 4, hits: 0, error: 10, errorSquares: 30 }])
    expect(metric.value).toBe(2.5)
    expect(metric.low).toBeCloseTo(2.5 - 1.959964 * 0.6454972, 5)
    expect(metric.high).toBeCloseTo(2.5 + 1.959964 * 0.6454972, 5)
    expect(liveMetric('regression', [{ outcomes: 1, hits: 0, error: 3, errorSquares: 9 }])).toEqual({
      outcomes: 1,
      value: 3,
      low: null,
      high: null,
    })
    const equal = liveMetric('regression', [{ outcomes: 3, hits: 0, error: 0.3, errorSquares: 3 * 0.1 ** 2 }])
    expect(equal.high).toBeCloseTo(0.1, 6)
  })

  test('calibration compares the confidence with what came true, bin by bin', () => {
    expect(calibrationError([])).toBeNull()
    const bins = [
      { outcomes: 10, hits: 9, confidence: 9.5 },
      { outcomes: 10, hits: 6, confidence: 5 },
    ]
    expect(calibrationError(bins)).toBeCloseTo(0.075, 12)
  })
})
