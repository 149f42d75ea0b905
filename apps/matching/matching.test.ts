import { type AppHost, createTandem, defineTandem, type Route, TandemError } from 'tandem-ml'
import { afterEach, describe, expect, test } from 'vitest'
import { FALLBACK_WEIGHTS, FEATURE_NAMES, type MatchRow, matchModel } from './features.ts'
import { matching } from './matching.ts'
import { simulate } from './simulate.ts'

// biome-ignore lint/suspicious/noExplicitAny: each test reads its own fields; the endpoint's schema has checked them.
type Answer = Record<string, any>

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const tandem of open.splice(0)) await tandem.close()
})

/** The app on a Tandem in memory. `send` checks input and answer against the endpoint, as the server does. */
async function start({ seeded = false }: { readonly seeded?: boolean } = {}): Promise<{
  readonly host: AppHost
  send(method: string, path: string, input?: unknown): Promise<Answer>
}> {
  const config = defineTandem({
    models: { match: matchModel },
    settings: { dataDir: ':memory:', databaseUrl: undefined, logLevel: 'silent' },
  })
  const tandem = await createTandem(config)
  open.push(tandem)
  const host = { ...tandem, log: { info() {}, warn() {} } } as unknown as AppHost
  const app = matching()
  if (seeded) await app.seed?.(host)
  const routes = app.routes(host)
  return { host, send: (method, path, input) => answer(routes, method, path, input) }
}

async function answer(routes: readonly Route[], method: string, target: string, input: unknown): Promise<Answer> {
  const url = new URL(target, 'http://localhost')
  const parts = url.pathname.split('/')
  for (const { endpoint, handler } of routes) {
    const names = endpoint.path.split('/')
    if (endpoint.method !== method || names.length !== parts.length) continue
    if (!names.every((name, index) => name.startsWith(':') || name === parts[index])) continue
    const params = Object.fromEntries(names.flatMap((name, index) => (name.startsWith(':') ? [[name.slice(1), parts[index]]] : [])))
    const query = endpoint.query?.parse(Object.fromEntries([...url.searchParams].map(([name, value]) => [name, Number(value)])))
    const call = {
      params,
      query,
      input: endpoint.input?.parse(input),
      stream: undefined,
      principal: { keyId: undefined, name: 'test', scopes: [] },
      requestId: 'test',
      contentType: 'application/json',
      signal: new AbortController().signal,
    }
    return endpoint.output.parse(await handler(call)) as Answer
  }
  throw new Error(`No route for ${method} ${target}`)
}

const [sample] = simulate({ rows: 1, seed: 5 })
const features: MatchRow = sample!.features

function trainingBody(rows: number, seed: number, algorithm?: string): Record<string, unknown> {
  const matches = simulate({ rows, seed })
  return {
    features: matches.map((match) => match.features),
    outcomes: matches.map(({ success }) => success),
    ...(algorithm && { algorithm }),
  }
}

describe('before anything is trained', () => {
  test('the fallback predicts its weighted mean and says so', async () => {
    const { send } = await start()
    const prediction = await send('POST', '/matching/predict', features)
    const expected = FEATURE_NAMES.reduce((sum, name) => sum + FALLBACK_WEIGHTS[name] * features[name], 0)
    expect(prediction.score).toBeCloseTo(expected * 100, 1)
    expect(prediction).toMatchObject({ successProbability: prediction.score, source: 'fallback', modelVersion: null })
    expect(prediction.featureImportance.nicheAlignment).toBeCloseTo(0.15, 9)
    expect(await send('GET', '/matching/health')).toMatchObject({ status: 'healthy', service: 'ml-matching', modelLoaded: false })
    const status = await send('GET', '/matching/api/ai-matching/ml-status')
    expect(status).toMatchObject({
      available: false,
      source: 'fallback',
      version: null,
      metrics: null,
      outcomesUntilRetraining: 50,
      lastError: null,
    })
    expect(status.reason).toMatch(/\w/)
    expect(await send('GET', '/matching/models')).toEqual([])
  })
})

describe('after the first start', () => {
  test('the seed trains one version, and only once', async () => {
    const { host, send } = await start({ seeded: true })
    await matching().seed?.(host)
    const models = await send('GET', '/matching/models')
    expect(models).toHaveLength(1)
    expect(models[0].path).toBe(`/v1/models/match/versions/${models[0].version}`)
    expect(await send('GET', '/matching/health')).toMatchObject({ modelLoaded: true })
  })

  test('a prediction holds percents, the importance of all 19 features, its version and its id', async () => {
    const { send } = await start({ seeded: true })
    const prediction = await send('POST', '/matching/predict', features)
    expect(Object.keys(prediction.featureImportance).sort()).toEqual([...FEATURE_NAMES].sort())
    expect(Object.values<number>(prediction.featureImportance).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
    expect(prediction).toMatchObject({ source: 'model', successProbability: prediction.score })
    expect(prediction.modelVersion).toMatch(/^\d{8}_\d{6}/)
    expect(prediction.confidence).toBeGreaterThanOrEqual(0)
    expect(prediction.predictionId).not.toBe('')
  })

  // The best possible accuracy of the simulator is 0.889; the fallback reaches 0.758.
  test('the seeded version is right on at least 79 % of fresh matches', async () => {
    const { host } = await start({ seeded: true })
    const fresh = simulate({ rows: 2000, seed: 77 })
    const predictions = await host.model('match').predictMany(fresh.map((match) => match.features))
    const right = fresh.filter(({ success }, index) => predictions[index]!.value === (success ? 'yes' : 'no')).length
    expect(right / fresh.length).toBeGreaterThan(0.79)
  })

  test('matches are simulated candidates, best first', async () => {
    const { send } = await start({ seeded: true })
    const { matches, simulated, source } = await send('GET', '/matching/api/ai-matching/matches?limit=7')
    expect({ simulated, source, length: matches.length }).toEqual({ simulated: true, source: 'model', length: 7 })
    const scores = matches.map(({ score }: { score: number }) => score)
    expect(scores).toEqual([...scores].sort((left, right) => right - left))
    expect(scores[0]).toBeGreaterThan(60)
  })
})

describe('train', () => {
  test.each(['random_forest', 'gradient_boosting'])('%s answers with metrics of 100 samples and lists its version', async (algorithm) => {
    const { host, send } = await start()
    const trained = await send('POST', '/matching/train', trainingBody(100, 12, algorithm))
    expect(trained).toMatchObject({ status: 'success', samples: 100, activated: true })
    for (const name of ['accuracy', 'precision', 'recall', 'f1_score', 'cv_score']) {
      expect(trained.metrics[name], name).toBeGreaterThan(0.4)
      expect(trained.metrics[name], name).toBeLessThanOrEqual(1)
    }
    expect(trained.metrics.cv_std).toBeGreaterThanOrEqual(0)
    const models = await send('GET', '/matching/models')
    expect(models).toMatchObject([{ version: trained.modelVersion, metrics: trained.metrics }])
    const { algorithm: used } = await host.model('match').version(trained.modelVersion)
    expect(used).toBe(algorithm === 'random_forest' ? 'random-forest' : 'boosted-trees')
  })

  test('random_forest trains 100 trees of depth 10 that split 5 rows or more', async () => {
    const { host, send } = await start()
    const { modelVersion } = await send('POST', '/matching/train', trainingBody(100, 12, 'random_forest'))
    const { parameters } = await host.model('match').version(modelVersion)
    expect(parameters).toMatchObject({ nEstimators: 100, maxDepth: 10, minSamplesSplit: 5 })
  })

  test('gradient_boosting trains 100 trees of depth 5 with a learning rate of 0.1', async () => {
    const { host, send } = await start()
    const { modelVersion } = await send('POST', '/matching/train', trainingBody(100, 12, 'gradient_boosting'))
    const { parameters } = await host.model('match').version(modelVersion)
    expect(parameters).toMatchObject({ nEstimators: 100, learningRate: 0.1, maxDepth: 5 })
    // The definition is as it was: outcomes still train the forest.
    expect((await host.model('match').get()).definition).toMatchObject({ algorithm: 'random-forest', parameters: { maxDepth: 10 } })
  })

  test('refuses lengths that differ, with both numbers', async () => {
    const { send } = await start()
    const { features: rows, outcomes } = trainingBody(20, 12) as { features: MatchRow[]; outcomes: boolean[] }
    const refused = send('POST', '/matching/train', { features: rows, outcomes: outcomes.slice(1) })
    await expect(refused).rejects.toSatisfy(
      (error) => TandemError.is(error) && error.code === 'shape_mismatch' && /20.*19/.test(error.message),
    )
  })

  test('activate decides whether a version trained on noise replaces a good one', async () => {
    const { send } = await start({ seeded: true })
    const { outcomes, ...rest } = trainingBody(200, 12) as { outcomes: boolean[] }
    const noise = { ...rest, outcomes: outcomes.map((_, index) => index % 2 === 0) }
    const never = await send('POST', '/matching/train', { ...trainingBody(200, 12), activate: 'never' })
    const always = await send('POST', '/matching/train', { ...noise, activate: 'always' })
    expect([never.activated, always.activated]).toEqual([false, true])
    expect(await send('GET', '/matching/api/ai-matching/ml-status')).toMatchObject({ version: always.modelVersion })
    const gated = await send('POST', '/matching/train', trainingBody(400, 12))
    expect(gated).toMatchObject({ activated: true, reason: expect.stringMatching(/held-out rows/) })
  })

  test('load puts an older version back in service and refuses an unknown one', async () => {
    const { send } = await start()
    const first = await send('POST', '/matching/train', trainingBody(100, 12))
    const second = await send('POST', '/matching/train', trainingBody(100, 13))
    for (const version of [second.modelVersion, first.modelVersion]) {
      expect(await send('POST', `/matching/models/${version}/load`)).toEqual({ status: 'success', version })
      expect((await send('POST', '/matching/predict', features)).modelVersion).toBe(version)
    }
    await expect(send('POST', '/matching/models/20000101_000000/load')).rejects.toMatchObject({ code: 'version_not_found' })
  })
})

describe('feedback', () => {
  test('counts down to the retraining, once for each prediction', async () => {
    const { send } = await start()
    const { predictionId } = await send('POST', '/matching/predict', features)
    const feedback = { predictionId, outcome: true }
    expect(await send('POST', '/matching/feedback', feedback)).toMatchObject({
      status: 'recorded',
      predictionId,
      outcomesUntilRetraining: 49,
    })
    expect(await send('POST', '/matching/feedback', feedback)).toMatchObject({ status: 'duplicate', outcomesUntilRetraining: 49 })
    await expect(send('POST', '/matching/feedback', { predictionId, outcome: false })).rejects.toMatchObject({ code: 'conflict' })
    await expect(send('POST', '/matching/feedback', { ...feedback, predictionId: 'unknown' })).rejects.toMatchObject({
      code: 'prediction_not_found',
    })
    await expect(send('POST', '/matching/feedback', { outcome: true })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(send('POST', '/matching/feedback', { ...feedback, features })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('50 outcomes with their features start a training, whose version then answers', async () => {
    const { host, send } = await start()
    let last: Answer = {}
    for (const match of simulate({ rows: 50, seed: 31 })) {
      last = await send('POST', '/matching/feedback', { features: match.features, outcome: match.success })
    }
    expect(last.retraining).toBeDefined()
    for await (const job of host.jobs.watch(last.retraining.job)) if (job.status === 'failed') throw new Error(job.error?.message)
    // The job has succeeded a moment before the version is in service.
    await expect.poll(async () => (await send('GET', '/matching/health')).modelLoaded).toBe(true)
    expect(await send('GET', '/matching/api/ai-matching/ml-status')).toMatchObject({ source: 'model', outcomesUntilRetraining: 50 })
    expect((await send('POST', '/matching/predict', features)).source).toBe('model')
  })
})

describe('input', () => {
  test.each([
    ['a missing feature', { ...features, brandFit: undefined }],
    ['an unknown feature', { ...features, brandfit: 0.5 }],
    ['a value above 1', { ...features, brandFit: 1.01 }],
    ['a value below 0', { ...features, brandFit: -0.01 }],
    ['a string', { ...features, brandFit: '0.5' }],
    ['null', { ...features, brandFit: null }],
    ['NaN', { ...features, brandFit: Number.NaN }],
  ])('predict refuses %s', async (_, input) => {
    const { send } = await start()
    await expect(send('POST', '/matching/predict', input)).rejects.toThrow(/brand[fF]it/)
  })
})
