import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEvents } from '../../platform/events/create-events.ts'
import { createArtifacts } from '../../platform/storage/artifacts-sql.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import type { PredictionConditions } from '../../predictions.ts'
import { createModels, type Models } from '../models/index.ts'
import { TINY_DEFINITION, tinyVersion } from '../models/testing/tiny-version.ts'
import { hourOf } from './hour-sums.ts'
import { latencyBucket, latencyQuantile } from './latency-buckets.ts'
import { BATCH_BYTES, PredictionBatch, packRow } from './prediction-batch.ts'
import { createPredictions, type Predictions } from './predictions.ts'
import { LoggedPredictionSchema } from './schema.ts'
import { createPredictionStore } from './store-sql.ts'

const silent = { info() {}, warn() {}, error() {} }
const START = Date.UTC(2026, 10, 20, 9, 30)
const REGRESSION = { ...TINY_DEFINITION, task: 'regression', target: 'price', classes: undefined }

function checkBook(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`predictions of all models on ${name}`, () => {
    let engine: TestEngine | undefined
    let database: Database
    let models: Models
    let predictions: Predictions
    let now = START
    const ids: string[] = []
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    const at = (minute: number): string => new Date(START + minute * 60_000).toISOString()
    /** Which of the six predictions match, by their number. */
    const found = async (conditions: PredictionConditions): Promise<number[]> => {
      const { items } = await predictions.listAll(conditions)
      for (const item of items) expect(LoggedPredictionSchema.parse(item)).toEqual(item)
      const { count, capped } = await predictions.count(conditions)
      expect([count, capped]).toEqual([items.length, false])
      return items.map(({ predictionId }) => ids.indexOf(predictionId))
    }

    beforeAll(async () => {
      engine = await makeEngine()
      if (engine === undefined) return
      database = await engine.open()
      const events = await createEvents({ database })
      models = createModels({ database, artifacts: createArtifacts({ db: database.db }), events, clock: () => now, log: silent })
      await models.start()
      predictions = createPredictions({ models, database, clock: () => now, log: silent, settings: { predictionLogMaxRows: 5000 } })
      for (const model of ['first', 'second']) {
        await models.put(model, TINY_DEFINITION as never)
        await models.publish(tinyVersion(model, 5, null))
      }
      // Every 10 minutes one: yes, no, yes, no of the first model, then yes and no of the second.
      for (const [index, [model, a]] of (
        [
          ['first', 9],
          ['first', 1],
          ['first', 8],
          ['first', 2],
          ['second', 9],
          ['second', 1],
        ] as const
      ).entries()) {
        now = START + index * 600_000
        ids.push((await predictions.predict(model, { a })).predictionId)
      }
      now = START + 3_600_000
      await predictions.recordOutcomes('first', [
        { predictionId: ids[0]!, value: 'yes' },
        { predictionId: ids[1]!, value: 'yes' },
        { predictionId: ids[2]!, value: 'no' },
      ])
      await predictions.recordOutcomes('second', [{ predictionId: ids[5]!, value: 'no' }])
    })
    afterAll(async () => {
      await predictions?.close()
      models?.close()
      await database?.close()
      await engine?.dispose()
    })

    check('are listed newest first and told apart by every filter', async () => {
      expect(await found({})).toEqual([5, 4, 3, 2, 1, 0])
      expect(await found({ model: 'first' })).toEqual([3, 2, 1, 0])
      expect(await found({ value: 'yes' })).toEqual([4, 2, 0])
      expect(await found({ hasOutcome: true })).toEqual([5, 2, 1, 0])
      expect(await found({ hasOutcome: false })).toEqual([4, 3])
      expect(await found({ correct: true })).toEqual([5, 0])
      expect(await found({ correct: false, model: 'first' })).toEqual([2, 1])
      expect(await found({ correct: true, hasOutcome: true, value: 'yes' })).toEqual([0])
      expect(await found({ since: at(10), until: at(30) })).toEqual([2, 1])
      expect(await found({ hasOutcome: true, since: at(10), until: at(30) })).toEqual([2, 1])
      expect(await found({ source: 'fallback' })).toEqual([])
      const { items } = await predictions.listAll({ model: 'second' })
      expect(await found({ version: items[0]!.version!, model: 'second' })).toEqual([5, 4])
      const lowest = Math.min(...(await predictions.listAll()).items.map(({ confidence }) => confidence))
      expect(await found({ minConfidence: lowest })).toHaveLength(6)
      expect(await found({ maxConfidence: lowest / 2 })).toEqual([])
      await expect(predictions.listAll({ model: 'third' })).rejects.toMatchObject({ code: 'model_not_found' })
    })

    check('say whether they came true', async () => {
      const { items } = await predictions.listAll()
      expect(items.map(({ correct }) => correct)).toEqual([true, null, null, false, false, true])
      expect(await predictions.find(ids[2]!)).toMatchObject({ model: 'first', correct: false, outcome: { value: 'no' } })
      await expect(predictions.find('nothing')).rejects.toMatchObject({ code: 'prediction_not_found' })
      await expect(predictions.get('second', ids[2]!)).rejects.toMatchObject({ code: 'prediction_not_found' })
    })

    check('come in pages that miss and repeat nothing, whatever the filter', async () => {
      for (const conditions of [{}, { hasOutcome: true }, { correct: true }, { model: 'first', correct: false }, { hasOutcome: false }]) {
        const whole = (await predictions.listAll(conditions)).items
        const paged = []
        let cursor: string | undefined
        do {
          const page = await predictions.listAll({ ...conditions, limit: 1, ...(cursor === undefined ? {} : { cursor }) })
          paged.push(...page.items)
          cursor = page.nextCursor
        } while (cursor !== undefined)
        expect(paged).toEqual(whole)
      }
    })

    check('are exported whole as CSV and NDJSON', async () => {
      const text = async (conditions: PredictionConditions, format: 'csv' | 'ndjson'): Promise<string[]> => {
        let all = ''
        for await (const piece of predictions.exportAll(conditions, format)) all += piece
        return all.split(/\r?\n/).filter((line) => line !== '')
      }
      const [header, ...lines] = await text({ model: 'first' }, 'csv')
      expect(header).toBe(
        'predictionId,model,version,at,source,value,confidence,latencyMs,requestId,outcome,outcomeAt,correct,error,features.a',
      )
      expect(lines.map((line) => line.split(',')[0])).toEqual([ids[3], ids[2], ids[1], ids[0]])
      expect(lines[3]).toMatch(/,yes,[^,]+,true,,9$/)
      expect((await text({}, 'csv'))[6]).toContain('"{""a"":9}"')
      expect((await text({ correct: true }, 'ndjson')).map((line) => JSON.parse(line).predictionId)).toEqual([ids[5], ids[0]])
      expect(await text({ value: 'never' }, 'ndjson')).toEqual([])
    })

    check('are stored from bytes as they were told, with their sums, once, however often they are sent', async () => {
      const store = createPredictionStore(database)
      const at = START + 172_800_000
      const features = { text: 'é 雪 "\\" \u2028 \ud83d \u0000', small: 1e-7, large: 2 ** 60, whole: 3, none: null, yes: true }
      const calls = [1, 2, 3].map((n) => ({
        prediction: {
          ...{ model: 'first', predictionId: `bytes-${n}`, version: n === 3 ? null : 'v', value: 'yes "quoted"', confidence: 1 },
          ...{ probabilities: { no: 0.1, 'yes "quoted"': 0.9 }, source: 'model' as const, reason: n === 3 ? 'no_version: é' : undefined },
        },
        ...{ features, at, latencyUs: n * 1000, requestId: n === 1 ? 'trace' : null },
      }))
      const batchOf = (some: typeof calls): PredictionBatch => {
        const batch = new PredictionBatch(Buffer.alloc(BATCH_BYTES))
        for (const call of some) expect(batch.add(packRow(call as never), { ...call, ...call.prediction })).toBe(true)
        return batch
      }
      await store.insertBatch(batchOf(calls.slice(0, 2)))
      await store.insertBatch(batchOf(calls))
      await store.insertBatch(batchOf(calls))
      const stored = await database.db.selectFrom('predictions').selectAll().where('id', 'like', 'bytes-%').orderBy('id').execute()
      expect(stored).toEqual(
        calls.map(({ prediction }, i) => ({
          ...{ id: `bytes-${i + 1}`, model: 'first', version: prediction.version, created_at: at, features: JSON.stringify(features) },
          ...{ value: '"yes \\"quoted\\""', probabilities: JSON.stringify(prediction.probabilities), confidence: 1, source: 'model' },
          ...{ reason: prediction.reason ?? null, latency_us: (i + 1) * 1000, request_id: i === 0 ? 'trace' : null, promised: null },
        })),
      )
      const sums = await database.db.selectFrom('prediction_hours').selectAll().where('hour', '=', hourOf(at)).execute()
      expect(sums.map(({ version, predictions: count }) => [version, count]).sort()).toEqual([
        ['', 1],
        ['v', 1],
        ['v', 1],
      ])
      await database.db.deleteFrom('predictions').where('id', 'like', 'bytes-%').execute()
      await database.db.deleteFrom('prediction_hours').where('hour', '=', hourOf(at)).execute()
    })

    check('are counted by hour with what came true, once, however often a batch is sent', async () => {
      const store = createPredictionStore(database)
      const row = { model: 'first', version: 'v', features: '{}', source: 'model' as const, reason: null, request_id: null }
      const rows = [1, 2, 3].map((n) => ({
        ...{
          ...row,
          id: `batch-${n}`,
          created_at: START + 86_400_000,
          value: '12.5',
          probabilities: null,
          confidence: 0.9,
          latency_us: n * 1000,
        },
      }))
      await store.insertPredictions(rows.slice(0, 2))
      await store.insertPredictions(rows)
      await store.insertPredictions(rows)
      const hour = hourOf(START + 86_400_000)
      const counted = await database.db.selectFrom('prediction_hours').selectAll().where('hour', '=', hour).orderBy('bucket').execute()
      expect(counted).toEqual(
        rows.map((each) => ({ model: 'first', hour, version: 'v', bucket: latencyBucket(each.latency_us), predictions: 1 })),
      )
      const first = await database.db
        .selectFrom('prediction_hours')
        .selectAll()
        .where('model', '=', 'first')
        .where('hour', '<', hour)
        .execute()
      expect(first.reduce((sum, { predictions: count }) => sum + count, 0)).toBe(4)

      await models.put('first', REGRESSION as never)
      const outcomes = [
        { predictionId: 'batch-1', value: 10 },
        { predictionId: 'batch-2', value: 13 },
      ]
      expect(await predictions.recordOutcomes('first', outcomes)).toMatchObject({ accepted: 2 })
      expect(await predictions.recordOutcomes('first', outcomes)).toMatchObject({ accepted: 0, duplicates: 2 })
      expect((await predictions.list('first', { limit: 3 })).items.map(({ error, correct }) => [error, correct])).toEqual([
        [undefined, null],
        [0.5, null],
        [2.5, null],
      ])
      const sums = await database.db.selectFrom('outcome_hours').selectAll().orderBy('hour').orderBy('model').orderBy('hits').execute()
      expect(sums.at(-1)).toEqual({
        ...{ model: 'first', hour, version: 'v', bin: 9, outcomes: 2, hits: 0, confidence: 1.8, error: 3, error_squares: 6.5 },
      })
      const ofFirst = sums.filter((sum) => sum.model === 'first' && sum.hour < hour)
      expect(ofFirst.reduce((total, sum) => total + sum.outcomes, 0)).toBe(3)
      expect(ofFirst.reduce((total, sum) => total + sum.hits, 0)).toBe(1)
    })

    check('go with their model, and so do the sums', async () => {
      await models.delete('first')
      expect((await predictions.listAll()).items.every(({ model }) => model === 'second')).toBe(true)
      for (const table of ['prediction_hours', 'outcome_hours'] as const) {
        const rows = await database.db.selectFrom(table).select('model').where('model', '=', 'first').execute()
        expect(rows).toEqual([])
      }
    })
  })
}

checkBook('SQLite', async () => memoryEngine())
checkBook('PostgreSQL', () => postgresEngine('book'))

test('latency quantiles come within a tenth of the exact ones from 50 us on', () => {
  const latencies = Array.from({ length: 1000 }, (_, index) => Math.round(50 * 1.01 ** index))
  const counts = new Map<number, number>()
  for (const us of latencies) counts.set(latencyBucket(us), (counts.get(latencyBucket(us)) ?? 0) + 1)
  for (const share of [0.01, 0.5, 0.95, 0.99]) {
    const exact = latencies[Math.floor(share * 999)]!
    expect(Math.abs(latencyQuantile(counts, share)! - exact) / exact).toBeLessThan(0.1)
  }
  expect(latencyQuantile(new Map(), 0.5)).toBeNull()
})
