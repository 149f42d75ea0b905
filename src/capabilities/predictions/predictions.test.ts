import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fitRandomForest, predictRow } from '../../algorithms/index.ts'
import { TandemError } from '../../errors.ts'
import { createEvents } from '../../platform/events/create-events.ts'
import { createArtifacts } from '../../platform/storage/artifacts-sql.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import { createModels, encodeModelFile, type ModelHeader, type Models, openModelFile } from '../models/index.ts'
import { createOutcomeNews } from './outcome-news.ts'
import { rowsOf } from './prediction-batch.ts'
import { createPredictionFeed } from './prediction-feed.ts'
import { createPredictionLog, type PredictionLogParts } from './prediction-log.ts'
import { createPredictions, type Predictions } from './predictions.ts'

const DEFINITION = {
  task: 'classification',
  target: 'churned',
  classes: ['no', 'yes'],
  features: {
    type: 'object',
    properties: { visits: { type: 'number', minimum: 0 }, plan: { type: 'string', enum: ['free', 'pro'] } },
    required: ['visits', 'plan'],
  },
  algorithm: 'random-forest',
  fallback: { kind: 'weighted-score', weights: { visits: 1 } },
} as const

/** Churn is certain below ten visits on the free plan; learned from 200 rows. */
function churnFile(calibration: ModelHeader['calibration'] = null): Uint8Array {
  const rows = 200
  const x = new Float32Array(rows * 2)
  const y = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    x[i * 2] = i % 20
    x[i * 2 + 1] = i % 2
    y[i] = i % 20 < 10 && i % 2 === 0 ? 1 : 0
  }
  const ensemble = fitRandomForest({ x, y, rows, features: 2, classes: 2 }, { nEstimators: 10, randomState: 1 })
  const expected = new Float64Array(2)
  predictRow(ensemble, x, 0, expected)
  return encodeModelFile(ensemble, {
    kind: 'tandem-model',
    model: 'churn',
    task: 'classification',
    target: 'churned',
    classes: ['no', 'yes'],
    features: [
      { kind: 'number', name: 'visits', integer: false, required: true, nullable: false, minimum: 0 },
      { kind: 'category', name: 'plan', values: ['free', 'pro'], required: true, nullable: false },
    ] as never,
    categories: [null, ['free', 'pro']],
    algorithm: 'random-forest',
    parameters: {},
    seed: 1,
    libraryVersion: '0',
    dataFingerprint: '0',
    calibration,
    intervalHalfWidth: null,
    intervalCoverage: 0.9,
    canary: { row: [...x.subarray(0, 2)], expected: [...expected] },
  })
}

interface Bench {
  readonly database: Database
  readonly models: Models
  readonly predictions: Predictions
  readonly told: string[]
  publish(): Promise<string>
  close(): Promise<void>
}

const silent = { info() {}, warn() {}, error() {} }

async function open(engine: TestEngine, { maxRows = 5000 } = {}): Promise<Bench> {
  const database = await engine.open()
  const events = await createEvents({ database })
  const models = createModels({ database, artifacts: createArtifacts({ db: database.db }), events, clock: Date.now, log: silent })
  await models.start()
  const told: string[] = []
  const predictions = createPredictions({
    ...{ models, database, clock: Date.now, log: silent, settings: { predictionLogMaxRows: maxRows } },
    onOutcomes: async (model) => {
      told.push(model)
      return 'job-1'
    },
  })
  return {
    ...{ database, models, predictions, told },
    async publish() {
      const { version } = await models.publish({
        model: 'churn',
        file: churnFile(),
        algorithm: 'random-forest',
        details: {
          parameters: {},
          seed: 1,
          rows: 200,
          holdoutRows: 40,
          metrics: {},
          crossValidation: { folds: 5, mean: {}, std: {} },
          importances: { visits: 0.5, plan: 0.5 },
          permutationImportances: {},
          features: {},
          dataFingerprint: '0',
          libraryVersion: '0',
          gate: { activated: true, reason: 'first version' },
          durationMs: 1,
          dataUntil: 0,
          target: 'churned',
          task: 'classification',
        },
        judgedAgainst: models.serving('churn')?.activeVersion ?? null,
        actor: 'test',
        action: 'train',
      })
      return version
    },
    async close() {
      await predictions.close()
      models.close()
      await events.close()
      await database.close()
    },
  }
}

const codeOf = (work: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'no error',
      (error: { code: string }) => error.code,
    )

function checkPredictions(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`predictions on ${name}`, () => {
    let engine: TestEngine | undefined
    let bench: Bench
    beforeAll(async () => {
      engine = await makeEngine()
      if (engine === undefined) return
      bench = await open(engine)
      await bench.models.put('churn', DEFINITION as never)
    })
    afterAll(async () => {
      await bench?.close()
      await engine?.dispose()
    })
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })

    check('answers by the fallback and says why before the first training', async () => {
      const answer = await bench.predictions.predict('churn', { visits: 0.8, plan: 'free' })
      expect(answer).toMatchObject({ version: null, source: 'fallback', value: 'yes', confidence: 0.8, probabilities: { yes: 0.8 } })
      expect(answer.reason).toMatch(/^no_version/)
    })

    check('answers by the version in service with probabilities that sum to 1', async () => {
      const version = await bench.publish()
      const answer = await bench.predictions.predict('churn', { visits: 3, plan: 'free' }, { importances: true })
      expect(answer).toMatchObject({ model: 'churn', version, source: 'model', value: 'yes' })
      expect(answer.probabilities!.yes! + answer.probabilities!.no!).toBeCloseTo(1, 12)
      expect(Object.keys(answer.importances!)).toEqual(['visits', 'plan'])
      expect(answer.predictionId).toMatch(/^[0-9a-f]{32}$/)
    })

    check('gives many rows the answers of single rows, in order', async () => {
      const rows = Array.from({ length: 700 }, (_, i) => ({ visits: i % 20, plan: i % 3 === 0 ? 'free' : 'pro' }))
      const { predictions = [] } = await bench.predictions.predictMany('churn', rows)
      const single = await Promise.all(rows.map((row) => bench.predictions.predict('churn', row)))
      expect(predictions.map((one) => one.probabilities)).toEqual(single.map((one) => one.probabilities))
      expect(new Set(predictions.map((one) => one.predictionId)).size).toBe(700)
    })

    check('names every wrong place of a row and of many rows, and logs none of them', async () => {
      const before = (await bench.predictions.list('churn', { limit: 1 })).items[0]?.predictionId
      await expect(async () => bench.predictions.predict('churn', { visits: '3', plan: 'gold', extra: 1 })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ path: '/features/visits' }, { path: '/features/plan' }, { path: '/features/extra' }],
      })
      const rows = [{ visits: 1, plan: 'free' }, { visits: Number.NaN, plan: 'free' }, { plan: 'pro' }]
      await expect(bench.predictions.predictMany('churn', rows)).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ path: '/rows/1/visits' }, { path: '/rows/2/visits' }],
      })
      expect((await bench.predictions.list('churn', { limit: 1 })).items[0]?.predictionId).toBe(before)
    })

    check('refuses numbers that float32 cannot hold', async () => {
      expect(await codeOf(() => bench.predictions.predict('churn', { visits: 1e39, plan: 'free' }))).toBe('invalid_input')
    })

    check('says when a model or a version is unknown', async () => {
      expect(await codeOf(() => bench.predictions.predict('nobody', {}))).toBe('model_not_found')
      expect(await codeOf(() => bench.predictions.predict('churn', { visits: 1, plan: 'free' }, { version: '1' }))).toBe(
        'version_not_found',
      )
    })

    check('keeps what was sent even when the caller changes its object', async () => {
      const row = { visits: 7, plan: 'pro' }
      const { predictionId } = await bench.predictions.predict('churn', row)
      row.visits = 99
      expect((await bench.predictions.get('churn', predictionId!)).features).toEqual({ visits: 7, plan: 'pro' })
    })

    check('joins an outcome to a prediction that is not written yet, and tells of it', async () => {
      const { predictionId } = await bench.predictions.predict('churn', { visits: 1, plan: 'free' })
      const at = '2026-01-02T03:04:05.000Z'
      const answer = await bench.predictions.recordOutcomes('churn', [{ predictionId: predictionId!, value: 'yes', at }])
      expect(answer).toEqual({ accepted: 1, duplicates: 0, conflicting: [], unknown: [], job: 'job-1' })
      expect((await bench.predictions.get('churn', predictionId!)).outcome).toEqual({ value: 'yes', at })
      expect(bench.told).toContain('churn')
    })

    check('counts a repeated outcome, keeps the first of two that differ, and names unknown predictions', async () => {
      const one = (await bench.predictions.predict('churn', { visits: 1, plan: 'free' })).predictionId!
      const two = (await bench.predictions.predict('churn', { visits: 2, plan: 'free' })).predictionId!
      await bench.predictions.recordOutcomes('churn', [{ predictionId: one, value: 'yes' }])
      const answer = await bench.predictions.recordOutcomes('churn', [
        { predictionId: one, value: 'yes' },
        { predictionId: one, value: 'no' },
        { predictionId: two, value: 'no' },
        { predictionId: two, value: 'no' },
        { predictionId: 'f'.repeat(32), value: 'no' },
      ])
      expect(answer).toMatchObject({ accepted: 1, duplicates: 2, conflicting: [one], unknown: ['f'.repeat(32)] })
      expect((await bench.predictions.get('churn', one)).outcome?.value).toBe('yes')
    })

    check('stores one outcome when two requests bring it at once', async () => {
      const { predictionId } = await bench.predictions.predict('churn', { visits: 5, plan: 'pro' })
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => bench.predictions.recordOutcomes('churn', [{ predictionId: predictionId!, value: 'no' }])),
      )
      expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1)
      expect(answers.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(7)
    })

    check('refuses an outcome that is no class of the model, and stores none of the request', async () => {
      const { predictionId } = await bench.predictions.predict('churn', { visits: 5, plan: 'pro' })
      const outcomes = [
        { predictionId: predictionId!, value: 'no' },
        { predictionId: predictionId!, value: 'maybe' },
      ]
      await expect(bench.predictions.recordOutcomes('churn', outcomes)).rejects.toMatchObject({ errors: [{ path: '/outcomes/1/value' }] })
      expect((await bench.predictions.get('churn', predictionId!)).outcome).toBeUndefined()
    })

    check('leaves nothing of a model that is deleted while its predictions wait to be written', async () => {
      await bench.models.put('gone', { ...DEFINITION } as never)
      await bench.predictions.predictMany(
        'gone',
        Array.from({ length: 2000 }, () => ({ visits: 1, plan: 'free' })),
      )
      await bench.models.delete('gone')
      await bench.predictions.flush()
      await bench.models.put('gone', { ...DEFINITION } as never)
      expect((await bench.predictions.list('gone')).items).toEqual([])
    })

    check('pages through the log newest first without a gap or a repetition, by filter', async () => {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await bench.predictions.list('churn', { limit: 100, cursor, source: 'model' })
        seen.push(...page.items.map((item) => item.predictionId))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.length).toBeGreaterThan(1400)
      const judged = await bench.predictions.list('churn', { hasOutcome: true, limit: 200 })
      expect(judged.items.every((item) => item.outcome !== undefined)).toBe(true)
      expect(judged.items.length).toBe(4)
      expect(await codeOf(() => bench.predictions.list('churn', { cursor: 'x' }))).toBe('invalid_input')
    })
  })
}

checkPredictions('SQLite', async () => memoryEngine())
checkPredictions('PostgreSQL', () => postgresEngine('predictions'))

describe('the prediction log', () => {
  const call = (predictionId: string, features: Record<string, unknown> = {}) => ({
    ...{ at: 1, features, latencyUs: 1, requestId: null },
    prediction: { predictionId, model: 'm', version: '1', value: 1, confidence: 1, source: 'model' as const },
  })

  const storeOf = (insertPredictions: PredictionLogParts['store']['insertPredictions']): PredictionLogParts['store'] => ({
    insertPredictions,
    insertBatch: async ({ bytes }) => insertPredictions(rowsOf(bytes)),
  })

  test('writes batches of at most 250 rows, each in a turn of its own, and what was true when they were added', async () => {
    let turn = 0
    const next = (): void => {
      turn++
      immediate = setImmediate(next)
    }
    let immediate = setImmediate(next)
    const turns: number[] = []
    const sizes: number[] = []
    const texts: string[] = []
    const log = createPredictionLog({
      store: storeOf(async (rows) => {
        turns.push(turn)
        sizes.push(rows.length)
        texts.push(rows[0]!.features)
      }),
      log: silent,
      metrics: undefined,
      maxRows: 5000,
    })
    const features = { visits: 1 }
    for (let i = 0; i < 1100; i++) log.add(call(`p${i}`, features))
    features.visits = 2
    expect(sizes).toEqual([])
    await log.flush()
    clearImmediate(immediate)
    expect(sizes).toEqual([250, 250, 250, 250, 100])
    expect(new Set(turns).size).toBe(5)
    expect(new Set(texts)).toEqual(new Set(['{"visits":1}']))
    await log.close()
  })

  test('sheds and counts beyond its limit, and writes the rest once the database answers again', async () => {
    const written: string[] = []
    let broken = true
    let dropped = 0
    const log = createPredictionLog({
      store: storeOf(async (rows) => {
        if (broken) throw new Error('disk full')
        written.push(...rows.map((row) => row.id))
      }),
      log: silent,
      metrics: {
        countPredictionLogDropped(rows) {
          dropped += rows
        },
      },
      maxRows: 600,
    })
    for (let i = 0; i < 1000; i++) log.add(call(`p${i}`))
    expect(log.size()).toBe(600)
    expect(dropped).toBe(400)
    await expect(log.flush()).rejects.toThrow('disk full')
    broken = false
    await log.flush()
    expect(written).toEqual(Array.from({ length: 600 }, (_, i) => `p${i}`))
    await log.close()
  })

  test('leaves out and counts a row that the database refuses, and writes those around it', async () => {
    const written: string[] = []
    let dropped = 0
    const log = createPredictionLog({
      store: storeOf(async (rows) => {
        if (rows.some((row) => row.id === 'bad')) throw new TandemError('invalid_input', 'NaN cannot be stored')
        written.push(...rows.map((row) => row.id))
      }),
      log: silent,
      metrics: {
        countPredictionLogDropped(rows) {
          dropped += rows
        },
      },
      maxRows: 10,
    })
    for (const id of ['a', 'bad', 'b']) log.add(call(id))
    await log.flush()
    expect(written).toEqual(['a', 'b'])
    expect(dropped).toBe(1)
    await log.close()
  })

  test('leaves out what has no number for a confidence, and takes rows of any size', async () => {
    const written: string[] = []
    let dropped = 0
    const log = createPredictionLog({
      store: storeOf(async (rows) => void written.push(...rows.map(({ id, features }) => `${id} ${features.length}`))),
      log: silent,
      metrics: {
        countPredictionLogDropped(rows) {
          dropped += rows
        },
      },
      maxRows: 10,
    })
    log.add({ ...call('nan'), prediction: { ...call('nan').prediction, confidence: Number.NaN } })
    for (const size of [1, 1_000_000, 2]) log.add(call(`of-${size}`, { text: 'é'.repeat(size) }))
    await log.flush()
    expect(written).toEqual(['of-1 12', 'of-1000000 1000011', 'of-2 13'])
    expect(dropped).toBe(1)
    await log.close()
  })

  test('forgets what waits of a deleted model and writes the rest as it was', async () => {
    const written: string[] = []
    const log = createPredictionLog({
      store: storeOf(async (rows) => void written.push(...rows.map(({ id, model, features }) => `${id} ${model} ${features}`))),
      log: silent,
      metrics: undefined,
      maxRows: 1000,
    })
    for (let i = 0; i < 200; i++) {
      const { prediction, ...rest } = call(`p${i}`, { n: i })
      log.add({ ...rest, prediction: { ...prediction, model: i % 2 === 0 ? 'kept' : 'gone' } })
    }
    await log.forget('gone')
    expect(log.size()).toBe(100)
    await log.flush()
    expect(written).toEqual(Array.from({ length: 100 }, (_, i) => `p${2 * i} kept {"n":${2 * i}}`))
    await log.close()
  })

  test('writes what waits when it is closed, and counts what it cannot', async () => {
    let dropped = 0
    const written: string[] = []
    const make = (fails: boolean) =>
      createPredictionLog({
        store: storeOf(async (rows) => {
          if (fails) throw new Error('gone')
          written.push(...rows.map((row) => row.id))
        }),
        log: silent,
        metrics: {
          countPredictionLogDropped(rows) {
            dropped += rows
          },
        },
        maxRows: 10,
      })
    const good = make(false)
    good.add(call('a'))
    await good.close()
    const bad = make(true)
    bad.add(call('b'))
    await bad.close(300)
    expect(written).toEqual(['a'])
    expect(dropped).toBe(1)
  })
})

test('confidence never claims more than the rows it was measured on can tell', () => {
  const steep = { kind: 'sigmoid', input: 'logit', a: -50, b: -50 } as const
  const confidence = (rows: number) =>
    openModelFile(churnFile({ ...steep, rows }), { name: 'churn', version: '1', artifact: '' }).score({ visits: 3, plan: 'free' })!
      .confidence
  expect(confidence(8)).toBe(0.9)
  expect(confidence(98)).toBe(0.99)
})

describe('live events', () => {
  const call = (at: number, id: string) => ({
    prediction: { model: 'churn', version: 'v1', predictionId: id, value: 'yes', confidence: 0.75, source: 'model' as const },
    features: { secret: 'never told' },
    at,
    latencyUs: 1500,
    requestId: null,
  })

  test('a prediction is told while somebody asks, and made for nobody else', async () => {
    const events = await createEvents({ database: { notifications: undefined } })
    const heard: unknown[] = []
    events.on('prediction.logged', (data) => heard.push(data))
    const feed = createPredictionFeed(events)
    feed.add(call(1000, 'before'))
    const release = events.want('prediction.logged')
    feed.add(call(1000, 'p1'))
    release()
    feed.add(call(1000, 'after'))
    expect(heard).toEqual([
      {
        id: 'p1',
        model: 'churn',
        version: 'v1',
        value: 'yes',
        confidence: 0.75,
        source: 'model',
        latencyMs: 1.5,
        at: '1970-01-01T00:00:01.000Z',
      },
    ])
  })

  test('at most 200 predictions a second are told; those passed over are counted, and the last ends the burst', async () => {
    const events = await createEvents({ database: { notifications: undefined } })
    const heard: { id: string; skipped?: number }[] = []
    events.on('prediction.logged', (data) => heard.push(data))
    events.want('prediction.logged')
    const feed = createPredictionFeed(events)
    for (let n = 0; n < 500; n++) feed.add(call(1000, `p${n}`))
    expect(heard).toHaveLength(200)
    feed.add(call(2000, 'next second'))
    expect(heard.at(-1)).toMatchObject({ id: 'next second', skipped: 300 })
    for (let n = 0; n < 300; n++) feed.add(call(2001, `q${n}`))
    await expect.poll(() => heard.at(-1)).toMatchObject({ id: 'q299', skipped: 100 })
    expect(heard.reduce((sum, { skipped = 0 }) => sum + 1 + skipped, 0)).toBe(801)
    feed.close()
  })

  test('outcomes are told together, and at the latest when the capability is closed', async () => {
    const events = await createEvents({ database: { notifications: undefined } })
    const heard: unknown[] = []
    events.on('outcome.recorded', (data) => heard.push(data))
    const news = createOutcomeNews(events)
    for (let n = 0; n < 5; n++) news.add('churn', 2)
    news.add('churn', 0)
    news.add('price', 1)
    expect(heard).toEqual([])
    await expect
      .poll(() => heard)
      .toEqual([
        { model: 'churn', count: 10 },
        { model: 'price', count: 1 },
      ])
    news.add('churn', 1)
    news.close()
    expect(heard).toHaveLength(3)
  })
})
