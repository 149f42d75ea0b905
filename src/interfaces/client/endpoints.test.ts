// Every endpoint of the real server has a method of the client that reaches it with what it takes. A new endpoint fails here
// until its line stands in CALLS, or in EXCEPTIONS with the reason why programs do not need it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../app.ts'
import { defineTandem } from '../../config.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import type { TypedConfig } from '../../tandem.ts'
import { type Client, createClient, TandemError } from './index.ts'

type Call = (client: Client<TypedConfig>, known: Known) => unknown

interface Known {
  readonly jobId: string
  readonly keyId: string
}

const definition = {
  task: 'regression',
  target: 'price',
  features: { type: 'object', properties: { rooms: { type: 'number' } }, required: ['rooms'] },
  algorithm: 'random-forest',
  parameters: { nEstimators: 2 },
} as const
const rows = Array.from({ length: 20 }, (_, index) => ({ rooms: index % 5, price: (index % 5) * 10 + (index % 3) }))
const VERSION = '20261121_093000'
const AT = '2026-11-21T09:30:00.000Z'

/** A tree of one leaf, as exportTreesJson writes it. */
const ONE_LEAF = JSON.stringify({
  ...{ format: 'tandem-trees', version: 1 },
  trees: {
    ...{ kind: 'boosted-trees', task: 'regression', nFeatures: 1, nClasses: 0, nTrees: 1, leafSize: 1 },
    ...{ feature: [-1], threshold: [3], left: [0], missingLeft: [0], leafValues: [], roots: [0], baseScores: [0], importances: [0] },
  },
})

/** One call for every endpoint, with every option it takes. */
const CALLS: Readonly<Record<string, Call>> = {
  'GET /health/live': (client) => client.server.live(),
  'GET /health/ready': (client) => client.health(),
  'GET /metrics': (client) => client.server.metrics(),
  'GET /v1/runtimes': (client) => client.runtimes.list(),
  'GET /v1/runtimes/{runtime}': (client) => client.runtimes.get('node'),
  'GET /v1/runtimes/{runtime}/log': (client) => client.runtimes.log('python', { limit: 5 }),
  'POST /v1/runtimes/{runtime}/start': (client) => client.runtimes.start('node'),
  'POST /v1/runtimes/{runtime}/stop': (client) => client.runtimes.stop('node'),
  'POST /v1/runtimes/{runtime}/models/{model}/predict': (client) => client.runtimes.predict('node', 'tabular.demo', [{ size: 1 }]),
  'POST /v1/runtimes/{runtime}/restart': (client) => client.runtimes.restart('node'),

  'GET /v1/algorithms': (client) => client.algorithms(),
  'GET /v1/models': (client) => client.listModels({ limit: 1 }),
  'GET /v1/models/{model}': (client) => client.model('house').get(),
  'PUT /v1/models/{model}': (client) => client.putModel('house', definition),
  'DELETE /v1/models/{model}': (client) => client.deleteModel('absent'),
  'GET /v1/models/{model}/versions': (client) => client.model('house').versions({ limit: 2 }),
  'GET /v1/models/{model}/versions/{version}': (client) => client.model('house').version(VERSION),
  'DELETE /v1/models/{model}/versions/{version}': (client) => client.model('house').deleteVersion(VERSION),
  'GET /v1/models/{model}/comparison': (client) => client.model('house').compare({ versions: [VERSION, 'active'] }),
  'POST /v1/models/{model}/compare': (client) => client.model('house').compareAnswers({ b: { version: VERSION } }),
  'GET /v1/models/{model}/versions/{version}/evaluation': (client) => client.model('house').evaluation(VERSION),
  'POST /v1/models/{model}/versions/{version}/evaluations': (client) =>
    client.model('house').evaluate(VERSION, { rows }, { name: 'June', unknownColumns: 'ignore', raggedRows: 'skip' }),
  'GET /v1/models/{model}/versions/{version}/evaluations': (client) => client.model('house').evaluations(VERSION),
  'GET /v1/models/{model}/versions/{version}/evaluations/{evaluation}': (client) => client.model('house').evaluationOn(VERSION, 'absent'),
  'DELETE /v1/models/{model}/versions/{version}/evaluations/{evaluation}': (client) =>
    client.model('house').deleteEvaluation(VERSION, 'absent'),
  'GET /v1/models/{model}/versions/{version}/profile': (client) => client.model('house').profile(VERSION),
  'GET /v1/models/{model}/versions/{version}/card': (client) => client.model('house').card(VERSION),
  'GET /v1/models/{model}/partial-dependence': (client) =>
    client.model('house').partialDependence('rooms', { with: 'floor', class: 'a', version: VERSION, grid: 5, rows: 3 }),
  'POST /v1/models/{model}/counterfactuals': (client) =>
    client.model('house').counterfactuals(
      { rooms: 3 },
      {
        goal: { low: 4 },
        immutable: ['floor'],
        limits: { rooms: { high: 5, direction: 'up' } },
        maxChanges: 1,
        count: 1,
        version: VERSION,
      },
    ),
  'POST /v1/models/{model}/import': (client) =>
    client.model('house').importVersion(new TextEncoder().encode(ONE_LEAF), {
      format: 'json',
      target: 'price',
      features: ['rooms'],
      classes: ['a'],
      activate: 'never',
    }),
  'GET /v1/models/{model}/versions/{version}/export': (client) => client.model('house').exportVersion(VERSION, { format: 'json' }),
  'POST /v1/models/{model}/versions/{version}/activate': (client) => client.model('house').activate(VERSION, { reason: 'better' }),
  'POST /v1/models/{model}/rollback': (client) => client.model('house').rollback({ reason: 'worse' }),
  'GET /v1/models/{model}/activations': (client) => client.model('house').activations({ limit: 2, at: AT }),
  'PUT /v1/models/{model}/aliases/{alias}': (client) => client.model('house').setAlias('challenger', VERSION),
  'GET /v1/models/{model}/aliases': (client) => client.model('house').aliases(),
  'DELETE /v1/models/{model}/aliases/{alias}': (client) => client.model('house').deleteAlias('challenger'),

  'GET /v1/collections': (client) => client.listCollections(),
  'GET /v1/collections/{collection}': (client) => client.collection('absent').info(),
  'PUT /v1/collections/{collection}': (client) =>
    client.putCollection('notes', {
      ...{ schema: { type: 'object', properties: { id: { type: 'string' }, n: { type: 'number' } } }, text: '{{id}}', language: 'none' },
      ...{ filterable: ['n'], embedder: 'static', description: 'notes' },
    }),
  'DELETE /v1/collections/{collection}': (client) => client.deleteCollection('absent'),
  'POST /v1/collections/{collection}/documents': (client) => client.collection('absent').upsert([{ id: '1' }]),
  'GET /v1/collections/{collection}/documents': (client) => client.collection('absent').list({ limit: 2, cursor: 'YQ' }),
  'GET /v1/collections/{collection}/documents/{id}': (client) => client.collection('absent').get('a/b'),
  'DELETE /v1/collections/{collection}/documents/{id}': (client) => client.collection('absent').delete('a/b'),
  'POST /v1/collections/{collection}/count': (client) => client.collection('absent').count({ id: 'a' }),
  'POST /v1/collections/{collection}/sync': (client) => client.collection('absent').startSync({ full: true }),
  'POST /v1/collections/{collection}/search': (client) =>
    client.collection('absent').search({
      ...{ query: 'a', mode: 'hybrid', filter: { id: { in: ['a'] } }, limit: 2, cursor: 'YQ', facets: ['id'], diversity: 0.5 },
      ...{ weights: { semantic: 1, keyword: 1 }, fusion: 'rank', prefix: true, highlight: true, explain: true },
      ...{ vector: undefined as never, like: undefined as never },
    }),
  'GET /v1/collections/{collection}/saved-queries': (client) => client.collection('absent').savedQueries.list(),
  'POST /v1/collections/{collection}/saved-queries': (client) =>
    client.collection('absent').savedQueries.create({ name: 'n', query: 'q', mode: 'keyword', threshold: 0.5, filter: { id: 'a' } }),
  'DELETE /v1/collections/{collection}/saved-queries/{query}': (client) => client.collection('absent').savedQueries.delete('a'),
  'GET /v1/collections/{collection}/saved-queries/{query}/matches': (client) =>
    client.collection('absent').savedQueries.matches('a', { limit: 2, cursor: 'YQ' }),
  'GET /v1/collections/{collection}/map': (client) => client.collection('absent').map({ color: 'year', limit: 10 }),
  'GET /v1/collections/{collection}/documents/{id}/similar': (client) => client.collection('absent').similar('a', { limit: 2 }),

  'POST /v1/models/{model}/train': (client) =>
    client
      .model('house')
      .startTraining({ rows }, { seed: 1, activate: 'always', algorithm: 'random-forest', parameters: { nEstimators: 2 } }),
  'POST /v1/models/{model}/retrain': (client) =>
    client.model('absent').retrain({ seed: 1, activate: 'never', algorithm: 'random-forest', parameters: { nEstimators: 2 } }),
  'POST /v1/tables': (client) =>
    client.tables.upload('rooms;price', { name: 'houses.csv', format: 'csv', delimiter: ';', encoding: 'utf-8', header: true }),
  'GET /v1/tables': (client) => client.tables.list(),
  'GET /v1/tables/{table}': (client) => client.tables.get('absent', { target: 'price', delimiter: ';', encoding: 'utf-8', header: true }),
  'DELETE /v1/tables/{table}': (client) => client.tables.delete('absent'),
  'POST /v1/tables/inspect': (client) => client.tables.inspect({ rows }, { target: 'price' }),

  'POST /v1/models/{model}/predict': (client) =>
    client.model('house').predictMany([{ rooms: 3 }], { version: VERSION, importances: true, explain: true, coverage: 0.9, log: false }),
  'POST /v1/models/{model}/explain': (client) => client.model('house').explain({ rooms: 3 }, { version: VERSION, class: 'yes' }),
  'POST /v1/models/{model}/outcomes': (client) => client.model('house').recordOutcomes([{ predictionId: 'p1', value: 3, at: AT }]),
  'GET /v1/models/{model}/predictions': (client) =>
    client.model('house').predictions({ limit: 3, version: VERSION, source: 'model', hasOutcome: false, since: AT, until: AT }),
  'GET /v1/models/{model}/performance': (client) => client.model('house').performance({ window: '24h' }),
  'GET /v1/performance': (client) => client.performance({ window: '30d' }),
  'GET /v1/predictions': (client) =>
    client.predictions.list({
      ...{ limit: 3, model: 'house', version: VERSION, source: 'model', hasOutcome: true, correct: false },
      ...{ minConfidence: 0.1, maxConfidence: 0.9, value: '3', since: AT, until: AT },
    }),
  'GET /v1/predictions/count': (client) => client.predictions.count({ model: 'house', correct: true }),
  'GET /v1/predictions/export': async (client) => {
    for await (const _ of client.predictions.export({ model: 'house', format: 'ndjson' })) return
  },
  'GET /v1/predictions/{prediction}': (client) => client.predictions.get('p1'),
  'GET /v1/models/{model}/predictions/{prediction}': (client) => client.model('house').prediction('p1'),

  'POST /v1/embeddings': (client) => client.embeddings.embedBatch(['summer sale', 'winter jackets'], { model: 'hash-384', dimensions: 64 }),
  'POST /v1/embeddings/fine-tune': (client) =>
    client.embeddings.startFineTuning({
      ...{ model: 'intents', base: 'static-en-256', method: 'table', validationShare: 0.1, testShare: 0.2, seed: 1, activate: 'never' },
      labelled: Array.from({ length: 40 }, (_, at) => ({ text: `${at % 2 === 0 ? 'garden' : 'finance'} ${at}`, label: String(at % 2) })),
      parameters: { epochs: 1, batchSize: 8, learningRate: 0.01, temperature: 0.1, hardNegatives: false },
    }),
  'POST /v1/collections/{collection}/fine-tune': (client) => client.collection('absent').startFineTuning({ field: 'n' }),
  'GET /v1/embeddings/models': (client) => client.embeddings.tuned.list(),
  'GET /v1/embeddings/models/{model}': (client) => client.embeddings.tuned.get('absent'),
  'GET /v1/embeddings/models/{model}/versions/{version}': (client) => client.embeddings.tuned.version('absent', VERSION),
  'POST /v1/embeddings/models/{model}/versions/{version}/activate': (client) => client.embeddings.tuned.activate('absent', VERSION),
  'POST /v1/embeddings/models/{model}/rollback': (client) => client.embeddings.tuned.rollback('absent'),
  'DELETE /v1/embeddings/models/{model}': (client) => client.embeddings.tuned.delete('absent'),
  'GET /v1/embeddings': (client) => client.embeddings.status(),
  'GET /v1/language': (client) => client.language.status(),
  'POST /v1/language/sentiment': (client) => client.language.sentiment('a good shop', { model: 'absent', feature: 'text' }),
  'POST /v1/language/entities': (client) =>
    client.language.entitiesMany(['Anna lives in London.'], { types: ['person'], recall: 0.5, minScore: 0.1 }),
  'POST /v1/language/keywords': (client) =>
    client.language.keywords('running shoes', { limit: 3, maxWords: 2, diversity: 0.2, embedder: 'hash-384' }),
  'POST /v1/language/categories': (client) =>
    client.language.categories('a sale', {
      labels: ['event', { name: 'discount', description: 'Lower prices', examples: ['half price'] }],
      limit: 1,
      embedder: 'hash-384',
    }),
  'POST /v1/language/summary': (client) =>
    client.language.summary('One is here. Two is there.', { sentences: 1, query: 'two', kind: 'extracted' }),
  'POST /v1/embeddings/compare': (client) =>
    client.embeddings.compare({ a: { model: 'hash-384' }, b: { model: 'static-en-256' }, input: ['summer sale', 'winter jackets'] }),
  'GET /v1/embeddings/rollouts': (client) => client.embeddings.rollouts.list(),
  'POST /v1/embeddings/rollouts': (client) => client.embeddings.rollouts.start({ model: 'hash-384' }),
  'GET /v1/embeddings/rollouts/{model}': (client) => client.embeddings.rollouts.get('hash-384'),
  'POST /v1/embeddings/rollouts/{model}/abort': (client) => client.embeddings.rollouts.abort('hash-384'),

  'GET /v1/jobs': (client) => client.jobs.list({ limit: 2, status: 'queued', kind: 'train', subject: 'house' }),
  'GET /v1/jobs/counts': (client) => client.jobs.counts(),
  'GET /v1/jobs/{job}/log': (client, { jobId }) => client.jobs.log(jobId),
  'GET /v1/jobs/{job}': (client, { jobId }) => client.jobs.get(jobId),
  'POST /v1/jobs/{job}/cancel': (client, { jobId }) => client.jobs.cancel(jobId),
  'POST /v1/jobs/{job}/retry': (client, { jobId }) => client.jobs.retry(jobId),
  'GET /v1/jobs/{job}/events': async (client, { jobId }) => {
    for await (const _ of client.jobs.watch(jobId)) return
  },

  'GET /v1/attention': (client) => client.server.attention(),
  'GET /v1/doctor': (client) => client.server.doctor(),
  'GET /v1/settings': (client) => client.server.settings(),
  'GET /v1/traffic': (client) => client.server.traffic({ window: '24h' }),
  'GET /v1/session': (client) => client.session.get(),
  'POST /v1/session': (client) => client.session.signIn('tdm_wrong_wrong_wrong_wrong').catch(wrongKey),
  'DELETE /v1/session': (client) => client.session.signOut({ everywhere: true }),
  'POST /v1/session/links': (client) => client.session.createLink(),

  'GET /v1/events': (client) =>
    new Promise<void>((resolve, reject) => {
      client.events.listen({ types: ['job.*'], onState: ({ status }) => status === 'open' && resolve() }, () => {}).done.catch(reject)
    }),

  'GET /v1/keys': (client) => client.keys.list({ limit: 2 }),
  'POST /v1/keys': (client) =>
    client.keys.create({ name: 'shop', scopes: ['predict'], expiresAt: '2999-01-01T00:00:00Z', rateLimitPerMinute: 60 }),
  'GET /v1/keys/{key}': (client, { keyId }) => client.keys.get(keyId),
  'DELETE /v1/keys/{key}': (client) => client.keys.revoke('key_absent'),
}

/** The one refusal that shows that the endpoint was reached. */
function wrongKey(error: unknown): void {
  if (!TandemError.is(error) || error.code !== 'unauthorized') throw error
}

/** Endpoints without a method, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {}

/** What the server says when it does not take what was sent, or knows no such address. */
const REFUSALS = new Set(['invalid_input', 'malformed_body', 'unsupported_media_type', 'method_not_allowed', 'unauthorized'])

let tandem: Tandem
let client: Client<TypedConfig>
let known: Known
let endpoints: readonly string[]
const asked: { readonly method: string; readonly path: string }[] = []

beforeAll(async () => {
  const log = createLog({ logLevel: 'silent' })
  tandem = await createTandem(defineTandem({}), { settings: { dataDir: ':memory:', host: '127.0.0.1', port: 0 }, log })
  const { url } = await tandem.listen()
  const { key, record } = await tandem.keys.create({ name: 'test', scopes: ['admin'] })
  const recorded: typeof fetch = (input, init) => {
    asked.push({ method: init?.method ?? 'GET', path: new URL(String(input)).pathname })
    return fetch(input, init)
  }
  client = createClient({ url, key, fetch: recorded, retries: 0 })
  await client.putModel('house', definition)
  const { id: jobId } = await client.model('house').startTraining({ rows })
  known = { jobId, keyId: record.id }
  const { paths } = (await (await fetch(`${url}/openapi.json`, { headers: { authorization: `Bearer ${key}` } })).json()) as {
    paths: Record<string, Record<string, unknown>>
  }
  endpoints = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
})
afterAll(() => tandem.close({ drainMs: 0 }))

describe('the client', () => {
  test('has a method for every endpoint of the server, and none for an endpoint that is gone', () => {
    expect(endpoints.length).toBeGreaterThan(30)
    expect([...Object.keys(CALLS), ...Object.keys(EXCEPTIONS)].toSorted()).toEqual(endpoints.toSorted())
  })

  test.each(Object.entries(CALLS))('reaches %s with what the endpoint takes', async (endpoint, call) => {
    asked.length = 0
    const failure = await Promise.resolve(call(client, known)).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure !== undefined && !TandemError.is(failure)) throw failure
    expect(failure !== undefined && REFUSALS.has(failure.code) ? failure.message : undefined).toBe(undefined)
    const [method, template = ''] = endpoint.split(' ')
    const path = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    expect(asked[0]?.method).toBe(method)
    expect(asked[0]?.path).toMatch(path)
  })
})
