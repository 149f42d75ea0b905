// The life of a model over HTTP, from its definition to its deletion: on SQLite with one server, and on PostgreSQL with two
// servers that share one database, where every second step is asked of the other one.
import { Readable } from 'node:stream'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createClient, TandemError } from '../../src/interfaces/client/index.ts'
import { POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../src/platform/storage/testing/test-engines.ts'
import type { Asker, Json } from '../testing/ask.ts'
import { oneVisitor, shopCsv, shopDefinition, shopFeatures, shopRows } from '../testing/shop.ts'
import { ADMIN_KEY, startTandem, type TandemProcess, temporaryFolder } from '../testing/tandem-process.ts'

// Deadlines of a busy machine: several processes start and train in one test.
vi.setConfig({ testTimeout: 120_000 })

/** Routes of what takes minutes to make. */
const UNMADE = /^\/v1\/embeddings\/(models|rollouts)\/./

const EVERY_OUTCOMES = 20
const definition = { ...shopDefinition, retrain: { everyOutcomes: EVERY_OUTCOMES } }
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const postgres = await postgresEngine('journey')

describe.each<[string, TestEngine | undefined, number]>([
  ['SQLite, one server', undefined, 1],
  ['PostgreSQL, two servers', postgres, 2],
])('%s', (_, engine, servers) => {
  const absent = servers === 2 && engine === undefined
  if (absent) {
    test(`needs PostgreSQL: ${POSTGRES_ABSENT}`, ({ skip }) => skip(POSTGRES_ABSENT))
    return
  }
  const folder = temporaryFolder('journey')
  const url = engine?.options.url
  /** A short lease, so that a test need not wait half a minute for a dead server's job. */
  const start = (dataDir: string): Promise<TandemProcess> =>
    startTandem({
      dataDir: `${folder.path}/${dataDir}`,
      env: { TANDEM_JOB_LEASE_MS: '4000', ...(url === undefined ? {} : { DATABASE_URL: url }) },
    })
  let a: TandemProcess
  /** The other server; the same one on SQLite. */
  let b: TandemProcess
  let first = ''
  let predictions: Json[] = []
  const activeOn = (server: Asker, version: string): Promise<Json> =>
    server.until(
      () => server.good('/v1/models/shop/predict', { json: { features: oneVisitor } }),
      (answer) => answer.version === version,
      `version ${version} in service`,
    )

  beforeAll(async () => {
    // At the same moment, so that both find an empty database.
    ;[a, b] = (await Promise.all(servers === 1 ? [start('a')] : [start('a'), start('b')])) as [TandemProcess, TandemProcess]
    b ??= a
  })
  afterAll(async () => {
    await a?.kill('SIGKILL')
    await b?.kill('SIGKILL')
    await engine?.dispose()
    folder.remove()
  })

  test('a table is looked at, a model defined, and answered by its fallback until it is trained', async () => {
    const looked = await a.good('/v1/tables/inspect?target=buys', { raw: shopCsv(60), type: 'text/csv' })
    expect(looked).toMatchObject({ rows: 60, definition: { task: 'classification', target: 'buys' } })
    expect(looked.columns.map(({ name, kind }: Json) => `${name} ${kind}`)).toEqual([
      'visits number',
      'spend number',
      'plan category',
      'returning boolean',
      'buys category',
    ])
    const put = await a.ask('/v1/models/shop', { method: 'PUT', json: definition })
    expect([put.status, put.headers.location, put.body.activeVersion]).toEqual([201, '/v1/models/shop', null])
    expect((await b.ask('/v1/models/shop', { method: 'PUT', json: definition })).status).toBe(200)
    const answer = await b.good('/v1/models/shop/predict', { json: { features: oneVisitor } })
    expect(answer).toMatchObject({ source: 'fallback', version: null, value: 'yes', reason: expect.stringMatching(/^no_version/) })
  })

  test('training on a CSV stream makes a version with all its figures, in service on every server', async () => {
    const csv = Readable.from(shopCsv(400).match(/[\s\S]{1,1000}/g) as string[], { objectMode: false })
    const { job, version } = await a.good('/v1/models/shop/train?wait=60', { raw: csv, type: 'text/csv' })
    expect(job).toMatchObject({ kind: 'train', status: 'succeeded', progress: 1, attempts: 1 })
    first = version.version
    expect(version).toMatchObject({
      version: expect.stringMatching(/^\d{8}_\d{6}(_\d+)?$/),
      rows: 400,
      active: true,
      parent: null,
      seed: 7,
      algorithm: 'random-forest',
      parameters: { nEstimators: 20, maxDepth: 6 },
      classes: ['no', 'yes'],
      crossValidation: { folds: 5 },
      gate: { activated: true, reason: expect.stringMatching(/^No version was in service/) },
    })
    // Noise leaves about nine of ten labels to be known from the features.
    expect(version.metrics.accuracy).toBeGreaterThan(0.75)
    expect(version.crossValidation.mean.accuracy).toBeGreaterThan(0.75)
    expect(Object.keys(version.importances)).toEqual(['visits', 'spend', 'plan', 'returning'])
    expect(version.importances.visits).toBeGreaterThan(version.importances.spend)
    await activeOn(b, first)
    expect(await b.good(`/v1/models/shop/versions/${first}`)).toEqual(version)
    expect(await b.good(`/v1/models/shop/versions/active`)).toEqual(version)
  })

  test('one row and many rows are answered alike by every server, logged, and found again', async () => {
    const rows = shopRows(30, 50).map(shopFeatures)
    const many = await b.good('/v1/models/shop/predict', { json: { rows } })
    expect(many).toMatchObject({ model: 'shop', version: first })
    predictions = many.predictions
    for (const { probabilities, value, confidence, source } of predictions) {
      expect(probabilities.no + probabilities.yes).toBeCloseTo(1, 12)
      expect(probabilities[value]).toBeGreaterThanOrEqual(0.5)
      expect(confidence).toBeGreaterThan(0)
      expect(source).toBe('model')
    }
    for (const index of [0, 7, 29]) {
      const one = await a.good('/v1/models/shop/predict?importances=true', { json: { features: rows[index] } })
      expect(one.probabilities).toEqual(predictions[index].probabilities)
      expect(one.importances.visits).toBeGreaterThan(0)
    }
    const found = await a.until(
      () => a.ask(`/v1/models/shop/predictions/${predictions[3].predictionId}`),
      ({ status }) => status === 200,
      'the log of the other server',
    )
    expect(found.body).toMatchObject({ features: rows[3], version: first, value: predictions[3].value })
    const ids = new Set<string>()
    let cursor = ''
    do {
      const page = await b.good(`/v1/models/shop/predictions?limit=7&version=${first}${cursor}`)
      for (const { predictionId } of page.items) ids.add(predictionId)
      cursor = page.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`
    } while (cursor !== '')
    expect(predictions.every(({ predictionId }) => ids.has(predictionId))).toBe(true)
  })

  test('outcomes come late, twice, contrary and for nobody; enough of them retrain the model as a job', async () => {
    const truth = shopRows(30, 50).map(({ buys }) => buys)
    const outcome = (index: number): object => ({ predictionId: predictions[index].predictionId, value: truth[index] })
    const tell = (server: Asker, outcomes: object[]): Promise<Json> => server.good('/v1/models/shop/outcomes', { json: { outcomes } })
    const late = { ...outcome(0), at: '2026-01-02T03:04:05Z' }
    expect(await tell(a, [late])).toEqual({ accepted: 1, duplicates: 0, conflicting: [], unknown: [] })
    const contrary = { ...outcome(0), value: truth[0] === 'yes' ? 'no' : 'yes' }
    expect(await tell(b, [outcome(0), contrary, { predictionId: 'nobody', value: 'yes' }])).toEqual({
      accepted: 0,
      duplicates: 1,
      conflicting: [predictions[0].predictionId],
      unknown: ['nobody'],
    })
    const logged = await b.good('/v1/models/shop/predictions?hasOutcome=true')
    expect(logged.items).toMatchObject([{ outcome: { value: truth[0], at: '2026-01-02T03:04:05.000Z' } }])
    expect((await a.good('/v1/models/shop')).retrain).toEqual({ outcomesSinceTraining: 1, everyOutcomes: EVERY_OUTCOMES })
    // 1 + 18 is one too few.
    const before = await tell(
      b,
      Array.from({ length: EVERY_OUTCOMES - 2 }, (_, index) => outcome(index + 1)),
    )
    expect(before).toMatchObject({ accepted: EVERY_OUTCOMES - 2 })
    expect(before.job).toBeUndefined()
    const { accepted, job } = await tell(a, [outcome(EVERY_OUTCOMES - 1), outcome(EVERY_OUTCOMES)])
    expect(accepted).toBe(2)
    const done = await b.finished(job)
    expect(done).toMatchObject({ status: 'succeeded', kind: 'train' })
    const { version, reason, rows } = done.result as Json
    expect(rows).toBe(400 + EVERY_OUTCOMES + 1)
    expect(reason).toMatch(/log loss [\d.e-]+ on \d+ held-out rows, (better than|worse than|equal to) [\d.e-]+ of version/)
    expect(await a.good(`/v1/models/shop/versions/${version}`)).toMatchObject({ rows, parent: first, gate: { reason } })
    expect((await b.good('/v1/models/shop')).retrain.outcomesSinceTraining).toBe(0)
  })

  test('the gate keeps a worse version out with the numbers, and lets it in when told to', async () => {
    const rows = shopRows(400, 1).map((row) => ({ ...row, buys: row.buys === 'yes' ? 'no' : 'yes' }))
    const active = (await a.good('/v1/models/shop')).activeVersion
    // One tree of one split cannot keep up.
    const poor = await a.good('/v1/models/shop', { method: 'PUT', json: { ...definition, parameters: { nEstimators: 1, maxDepth: 1 } } })
    expect(poor.definition.parameters).toEqual({ nEstimators: 1, maxDepth: 1 })
    const { version } = await b.good('/v1/models/shop/train?wait=60', { json: { rows: shopRows(400, 1) } })
    expect(version).toMatchObject({ active: false, gate: { activated: false } })
    expect(version.gate.reason).toMatch(
      new RegExp(`^Kept out of service: log loss [\\d.e-]+ on \\d+ held-out rows, worse than [\\d.e-]+ of version ${active}`),
    )
    expect((await a.good('/v1/models/shop')).activeVersion).toBe(active)
    const kept = await b.good('/v1/models/shop/train?wait=60&activate=never', { json: { rows } })
    expect(kept.version).toMatchObject({ active: false, gate: { activated: false, reason: expect.stringContaining('as asked') } })
    const forced = await b.good('/v1/models/shop/train?wait=60&activate=always', { json: { rows: shopRows(400, 1) } })
    expect(forced.version).toMatchObject({ active: true, parent: active, gate: { activated: true } })
    await activeOn(a, forced.version.version)
    await a.good('/v1/models/shop', { method: 'PUT', json: definition })
  })

  test('activation and rollback reach the other server by an event, and the history knows who was live when', async () => {
    const [newest] = (await a.good('/v1/models/shop/activations?limit=1')).items
    const between = new Date().toISOString()
    await wait(5)
    const events: Json[] = []
    const socket = new WebSocket(`${b.url.replace('http', 'ws')}/v1/events?types=model.activated`, {
      headers: { authorization: `Bearer ${b.key}` },
    })
    socket.on('message', (text) => events.push(JSON.parse(String(text))))
    await b.until(
      async () => events,
      ([hello]) => hello?.type === 'authenticated',
      'the socket',
    )
    const heard = (version: string): Promise<Json> =>
      b.until(
        async () => events.at(-1),
        (event) => event?.type === 'model.activated' && event.data.version === version,
        `the event of ${version}`,
      )
    const switched = await a.good(`/v1/models/shop/versions/${first}/activate`, { json: { reason: 'the first was better' } })
    expect(switched).toEqual({ model: 'shop', version: first, previous: newest.version })
    expect((await a.good('/v1/models/shop/predict', { json: { features: oneVisitor } })).version).toBe(first)
    expect((await heard(first)).data).toEqual({ model: 'shop', ...switched, action: 'activate' })
    await activeOn(b, first)
    const back = await a.good('/v1/models/shop/rollback', { method: 'POST' })
    expect(back).toEqual({ model: 'shop', version: newest.version, previous: first })
    await heard(newest.version)
    await activeOn(b, newest.version)
    socket.close()

    const { items } = await b.good('/v1/models/shop/activations')
    expect(items.slice(0, 2)).toMatchObject([
      { version: newest.version, previous: first, action: 'rollback', actor: 'TANDEM_ADMIN_KEY' },
      { version: first, previous: newest.version, action: 'activate', reason: 'the first was better' },
    ])
    expect(items.at(-1)).toMatchObject({ version: first, previous: null, action: 'train' })
    const at = async (time: string): Promise<string[]> =>
      (await b.good(`/v1/models/shop/activations?at=${encodeURIComponent(time)}`)).items.map(({ version }: Json) => version)
    expect(await at(between)).toEqual([newest.version])
    expect(await at(items[1].at)).toEqual([first])
    expect(await at(items[0].at)).toEqual([newest.version])
    expect(await at('2020-01-01T00:00:00Z')).toEqual([])
  })

  test('aliases name versions; a version goes when nothing names it, with its file', async () => {
    await a.good('/v1/models/shop/aliases/challenger', { method: 'PUT', json: { version: first } })
    expect((await b.good('/v1/models/shop/predict?version=challenger', { json: { features: oneVisitor } })).version).toBe(first)
    expect((await b.good('/v1/models/shop/aliases')).items).toContainEqual({ alias: 'challenger', version: first })
    const kept = await b.ask(`/v1/models/shop/versions/${first}`, { method: 'DELETE' })
    expect([kept.status, kept.body.code]).toEqual([409, 'version_active'])
    await b.good('/v1/models/shop/aliases/challenger', { method: 'DELETE' })
    expect(await b.good(`/v1/models/shop/versions/${first}`, { method: 'DELETE' })).toEqual({ deleted: first })
    for (const server of [a, b]) {
      expect((await server.ask(`/v1/models/shop/versions/${first}`)).status).toBe(404)
      expect((await server.ask(`/v1/models/shop/versions/${first}/activate`, { method: 'POST' })).status).toBe(404)
    }
    expect((await a.good('/v1/models/shop/versions')).items.map(({ version }: Json) => version)).not.toContain(first)
  })

  test('a repeated order with the same Idempotency-Key is carried out once, on whichever server it arrives', async () => {
    const order = { json: { rows: shopRows(40, 3) }, headers: { 'idempotency-key': 'order-1' } }
    const { status, headers, body } = await a.ask('/v1/models/shop/train?activate=never', order)
    expect([status, headers.location]).toEqual([202, `/v1/jobs/${body.job.id}`])
    const again = await b.ask('/v1/models/shop/train?activate=never', order)
    expect([again.status, again.body, again.headers['idempotency-replayed']]).toEqual([202, body, 'true'])
    const other = await a.ask('/v1/models/shop/train?activate=never', { ...order, json: { rows: shopRows(41, 3) } })
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_conflict'])
    const both = await Promise.all(
      [a, b].map((server) =>
        server.ask('/v1/models/shop/train?activate=never', { json: { rows: shopRows(42, 3) }, headers: { 'idempotency-key': 'order-2' } }),
      ),
    )
    const jobs = new Set(both.filter((answer) => answer.status === 202).map((answer) => answer.body.job.id))
    expect(jobs.size).toBe(1)
    for (const answer of both) if (answer.status !== 202) expect(answer.body.code).toBe('idempotency_in_progress')
    for (const id of [body.job.id, ...jobs]) expect(await b.finished(id)).toMatchObject({ status: 'succeeded' })
  })

  test('a key does what its scopes say, until it is revoked, on both servers', async () => {
    const make = (name: string, ...scopes: string[]): Promise<Json> => a.good('/v1/keys', { json: { name, scopes } })
    const [caller, trainer, reader] = [await make('caller', 'predict'), await make('trainer', 'train'), await make('reader', 'read')]
    const predict = { json: { features: oneVisitor } }
    const allowed = async (key: string): Promise<number[]> => [
      (await b.ask('/v1/models/shop/predict', { ...predict, key })).status,
      (await b.ask('/v1/models/shop/train?activate=never', { json: { rows: [] }, key })).status,
      (await b.ask('/v1/models/shop', { key })).status,
      (await b.ask('/v1/models/shop/rollback', { json: { wrong: 1 }, key })).status,
      (await b.ask('/v1/keys', { key })).status,
    ]
    expect(await allowed(caller.key)).toEqual([200, 403, 403, 403, 403])
    expect(await allowed(trainer.key)).toEqual([403, 422, 403, 403, 403])
    expect(await allowed(reader.key)).toEqual([403, 403, 200, 403, 403])
    expect(await allowed(ADMIN_KEY)).toEqual([200, 422, 200, 400, 200])
    await a.good(`/v1/keys/${caller.record.id}`, { method: 'DELETE' })
    const revoked = await b.until(
      () => b.ask('/v1/models/shop/predict', { ...predict, key: caller.key }),
      ({ status }) => status !== 200,
      'the revocation',
    )
    expect([revoked.status, revoked.body.code]).toEqual([401, 'unauthorized'])
    expect((await a.ask('/v1/models/shop/predict', { ...predict, key: caller.key })).status).toBe(401)
    const listed = await b.good('/v1/keys?limit=200')
    expect(JSON.stringify(listed)).not.toContain(caller.key)
    expect(listed.items.find(({ name }: Json) => name === 'caller').revokedAt).not.toBeNull()
  })

  test('the progress of a job is told by Server-Sent Events and by WebSocket, on the other server too', async () => {
    const told: Json[] = []
    const socket = new WebSocket(`${b.url.replace('http', 'ws')}/v1/events`)
    const said = (type: string): Promise<Json[]> =>
      b.until(
        async () => told.filter((message) => message.type === type),
        ([message]) => message !== undefined,
        `the message ${type}`,
      )
    socket.on('message', (text) => told.push(JSON.parse(String(text))))
    await new Promise((resolve) => socket.once('open', resolve))
    // Browsers cannot set a header: the first message says who calls.
    socket.send(JSON.stringify({ type: 'authenticate', key: ADMIN_KEY }))
    await said('authenticated')
    socket.send(JSON.stringify({ type: 'subscribe', types: ['job.*', 'model.trained'] }))
    await said('subscribed')
    await a.good('/v1/models/slow', { method: 'PUT', json: { ...definition, parameters: { nEstimators: 150 } } })
    const { job } = await a.good('/v1/models/slow/train', { json: { rows: shopRows(3000, 4) } })
    const answer = await fetch(`${b.url}/v1/jobs/${job.id}/events`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/event-stream')])
    const states = (await answer.text()).split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []))
    expect(states.at(-1)).toMatchObject({ id: job.id, status: 'succeeded', progress: 1 })
    expect(states.length).toBeGreaterThan(3)
    const progress = states.map((state) => state.progress)
    expect(progress).toEqual([...progress].sort((x, y) => x - y))
    expect(states.some(({ message }) => /Cross-validation/.test(message))).toBe(true)
    expect((await said('model.trained'))[0].data).toMatchObject({ model: 'slow', activated: true })
    const updates = await b.until(
      async () => told.filter((message) => message.type === 'job.updated' && message.data.id === job.id),
      (all) => all.at(-1)?.data.status === 'succeeded',
      'the last event',
    )
    expect(updates.some(({ data }) => data.status === 'running' && data.progress > 0 && data.progress < 1)).toBe(true)
    socket.close()
  })

  test('the client does the same, with errors as TandemError', async () => {
    const client = createClient({ url: a.url, key: ADMIN_KEY })
    const elsewhere = createClient({ url: b.url, key: ADMIN_KEY })
    const model = client.model('typed')
    await client.putModel('typed', structuredClone(definition) as never)
    const fractions: number[] = []
    const csv = (async function* () {
      for (const piece of shopCsv(300).match(/[\s\S]{1,999}/g) as string[]) yield new TextEncoder().encode(piece)
    })()
    const { version } = await model.train({ csv }, { seed: 3, onProgress: (fraction) => fractions.push(fraction) })
    expect(version).toMatchObject({ rows: 300, seed: 3, active: true })
    expect(fractions.at(-1)).toBe(1)
    const rows = shopRows(25, 60)
    const answers = await model.predictMany(rows.map((row) => ({ ...shopFeatures(row) })))
    expect(answers).toHaveLength(25)
    const outcomes = answers.map(({ predictionId }, index) => ({ predictionId, value: rows[index]?.buys as string }))
    const told = await model.recordOutcomes(outcomes)
    expect(told).toMatchObject({ accepted: 25, job: expect.any(String) })
    const states = []
    for await (const state of client.jobs.watch(told.job as string)) states.push(state.status)
    expect(states.at(-1)).toBe('succeeded')
    const again = await elsewhere.model('typed').retrain({ activate: 'always' })
    expect(again.version).toMatchObject({ rows: 325, active: true })
    await model.activate(version.version, { reason: 'by the client' })
    expect(await model.rollback()).toEqual({ version: again.version.version, previous: version.version })
    expect((await elsewhere.model('typed').activations({ limit: 2 })).items.map(({ action }) => action)).toEqual(['rollback', 'activate'])
    await expect(model.deleteVersion(again.version.version)).rejects.toMatchObject({ code: 'version_active' })
    await model.deleteVersion(version.version)
    expect((await model.versions()).items.map((one) => one.version)).not.toContain(version.version)
    const wrong = await model.predict({ visits: 'many' }).catch((error: unknown) => error)
    expect(TandemError.is(wrong) && [wrong.code, wrong.errors?.map(({ path }) => path)]).toEqual([
      'invalid_input',
      ['/features/visits', '/features/plan', '/features/returning'],
    ])
    expect((await client.listModels()).items.map(({ name }) => name)).toEqual(['shop', 'slow', 'typed'])
    await client.deleteModel('typed')
    await expect(elsewhere.model('typed').get()).rejects.toMatchObject({ code: 'model_not_found' })
  })

  test('the reference has no fault, and every route in it answers an empty probe', async () => {
    const document = await a.good('/openapi.json', { key: null })
    const config = await createConfig({ extends: ['recommended', 'spec'] })
    const faults = await lintFromString({ source: JSON.stringify(document), config })
    expect(faults.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([])
    const { items } = await a.good('/v1/models/shop/predictions?limit=1')
    const { record } = await a.good('/v1/keys', { json: { name: 'probed', scopes: ['read'] } })
    const ids: Record<string, string> = {
      model: 'shop',
      version: (await a.good('/v1/models/shop')).activeVersion,
      prediction: items[0].predictionId,
      job: (await a.good('/v1/jobs?limit=1')).items[0].id,
      key: record.id,
      alias: 'probe',
      table: (await a.good('/v1/tables', { raw: shopCsv(20), type: 'text/csv' })).table.id,
      collection: 'probed',
      runtime: 'node',
      id: 'one',
    }
    const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
    await a.good('/v1/collections/probed', { method: 'PUT', json: { schema, text: '{{id}}' } })
    await a.good('/v1/collections/probed/documents', { json: { documents: [{ id: 'one' }] } })
    ids.query = (await a.good('/v1/collections/probed/saved-queries', { json: { name: 'Ones', query: 'one', mode: 'keyword' } })).id
    const evaluations = `/v1/models/shop/versions/${ids.version}/evaluations`
    ids.evaluation = (await a.good(evaluations, { json: { rows: shopRows(20, 9) } })).id
    await a.good('/v1/models/shop/aliases/probe', { method: 'PUT', json: { version: ids.version } })
    const operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name)]),
    ) as [string, string][]
    // Deletions last, those of whole models last of all.
    operations.sort(([x, p], [y, q]) => Number(x === 'DELETE') - Number(y === 'DELETE') || q.length - p.length)
    expect(operations.length).toBeGreaterThan(30)
    const answers: string[] = []
    for (const [method, path] of operations) {
      const stop = new AbortController()
      const answer = await fetch(`${b.url}${path}`, { method, headers: { authorization: `Bearer ${ADMIN_KEY}` }, signal: stop.signal })
      const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
      const text = isStream ? '' : await answer.text()
      // Streams of events have no end of their own.
      stop.abort()
      // Nothing was fine-tuned or moved here: that is said by the route itself, and not by the lack of one.
      const isUnmade = UNMADE.test(path) && answer.status === 404 && !text.includes('There is nothing at')
      if (!isUnmade) answers.push(`${method} ${path} ${answer.status}`)
    }
    expect(answers.filter((line) => / (404|5\d\d)$/.test(line))).toEqual([])
  })

  test('what one server left is finished: by the other, or by the next start', async () => {
    await a.good('/v1/models/shop', { method: 'PUT', json: definition })
    await a.good('/v1/models/late', { method: 'PUT', json: { ...definition, parameters: { nEstimators: 350, maxDepth: 10 } } })
    await b.until(
      () => b.ask('/v1/models/late'),
      ({ status }) => status === 200,
      'the model',
    )
    // One for each server: a server trains one at a time.
    const started = [
      await a.good('/v1/models/late/train?activate=always', { json: { rows: shopRows(3000, 5) } }),
      await b.good('/v1/models/late/train?activate=always', { json: { rows: shopRows(3000, 6) } }),
    ]
    await a.until(
      async () => (await a.good('/v1/jobs?status=running&kind=train')).items,
      (running) => running.length === servers && running.every(({ progress }: Json) => progress > 0),
      'training',
    )
    await a.kill('SIGKILL')
    if (servers === 1) {
      a = await start('a')
      b = a
    }
    const done = []
    for (const { job } of started) done.push(await b.finished(job.id))
    expect(done.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
    // Exactly one of them was under way on the server that died.
    expect(done.map(({ attempts }) => attempts).sort()).toEqual([1, 2])
    const { items } = await b.good('/v1/models/late/versions')
    expect(items.map(({ version }: Json) => version).sort()).toEqual(done.map(({ result }) => (result as Json).version).sort())
    expect(items.filter(({ active }: Json) => active)).toHaveLength(1)
    expect(await b.good('/v1/models/late/predict', { json: { features: oneVisitor } })).toMatchObject({ source: 'model' })
    expect((await b.ask('/health/ready')).status).toBe(200)
  })
})
