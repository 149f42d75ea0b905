// Everything wrong that can be sent to the whole server over real sockets: refused with a problem that says what and how
// to fix it, never a 5xx, and nothing left behind. Issue 3, "Bad input and faults".
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matching, matchModel } from '../../apps/matching/index.ts'
import { createTandem, type Tandem } from '../../src/app.ts'
import { ERROR_CODES } from '../../src/error-codes.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { type Answer, type Asker, type AskOptions, createAsker, type Json } from '../testing/ask.ts'
import { oneVisitor, shopCsv, shopDefinition, shopFeatures, shopRows, trainShop } from '../testing/shop.ts'
import { ADMIN_KEY, temporaryFolder } from '../testing/tandem-process.ts'

const folder = temporaryFolder('bad-input')
let tandem: Tandem
let server: Asker
let versions: string[] = []
/** What the server logged at level error: a 5xx or a bug. */
const errors: string[] = []

beforeAll(async () => {
  const settings = { dataDir: folder.path, port: 0, adminKey: ADMIN_KEY, maxEventLoopDelayMs: 60_000, threads: 1 }
  const log = createLog({ logLevel: 'error', destination: { write: (line: string) => errors.push(line) } as never })
  // The app's routes without its samples, which would train in the background.
  const { name, routes } = matching()
  tandem = await createTandem({ models: { match: matchModel }, apps: [{ name, routes }] }, { settings, log })
  server = createAsker((await tandem.listen()).url, ADMIN_KEY)
  versions = await trainShop(server, 2)
})
afterAll(async () => {
  await tandem.close()
  folder.remove()
})

/** The problem of an answer, checked for form; [status, code, detail and messages]. */
function problem(answer: Answer): [number, string, string] {
  const { status, headers, body } = answer
  expect(headers['content-type'], answer.text).toMatch(/^application\/problem\+json/)
  expect(body).toMatchObject({
    status,
    type: `/docs/errors#${body.code}`,
    title: expect.any(String),
    instance: expect.stringMatching(/^\//),
  })
  expect(Object.keys(ERROR_CODES)).toContain(body.code)
  expect(body.detail.length).toBeGreaterThan(10)
  expect(body.detail).not.toMatch(/node_modules|\.ts:\d|at async|undefined/)
  return [status, body.code, [body.detail, ...(body.errors ?? []).map(({ path, message }: Json) => `${path}: ${message}`)].join('\n')]
}

const refused = async (path: string, options?: AskOptions): Promise<[number, string, string]> => problem(await server.ask(path, options))

/** Rows stored and files kept: what a refused training must not add to. */
async function stored(): Promise<Json> {
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(`${folder.path}/tandem.db`, { readOnly: true })
  try {
    const count = (table: string): unknown => db.prepare(`select count(*) as n from ${table}`).get()?.n
    return Object.fromEntries(['models', 'versions', 'datasets', 'artifacts', 'jobs'].map((table) => [table, count(table)]))
  } finally {
    db.close()
  }
}

const PREDICT = '/v1/models/shop/predict'
const TRAIN = '/v1/models/shop/train'
const { visits: _, ...withoutVisits } = oneVisitor

describe('features that do not fit', () => {
  test.each<[string, unknown, RegExp]>([
    ['an unknown feature', { ...oneVisitor, visist: 1 }, /visist.*did you mean "visits"/],
    ['a missing feature', withoutVisits, /\/features\/visits: features\.visits is required/],
    ['a string for a number', { ...oneVisitor, visits: '0.9' }, /visits must be a number between 0 and 1, got string "0\.9"/],
    ['a number for a category', { ...oneVisitor, plan: 1 }, /plan must be one of .*got number 1/],
    ['an unknown category', { ...oneVisitor, plan: 'gold' }, /plan must be one of .*"free".*"pro".*got string "gold"/],
    ['a number for a boolean', { ...oneVisitor, returning: 1 }, /returning must be (a boolean|true or false), got number 1/],
    ['null where nothing may be missing', { ...oneVisitor, visits: null }, /visits must be .*got null/],
    ['a number out of range', { ...oneVisitor, visits: 1.5 }, /visits must be a number between 0 and 1, got number 1\.5/],
    ['a number beyond float32', { ...oneVisitor, spend: 1e39 }, /spend must lie between .*float32.*got 1e\+39/],
    ['an object for a number', { ...oneVisitor, visits: {} }, /visits/],
    ['a list for a number', { ...oneVisitor, visits: [0.5] }, /visits/],
    ['a list of features', [0.9, 20, 'pro', true], /features must be an object/],
    ['no features', null, /features/],
    ['an empty object', {}, /visits is required/],
    ['names of what every object inherits', { ...oneVisitor, toString: 1, hasOwnProperty: 2 }, /toString.*not a known feature/],
  ])('%s is named', async (_, features, message) => {
    const [status, code, text] = await refused(PREDICT, { json: { features } })
    expect([status, code]).toEqual([400, 'invalid_input'])
    expect(text).toMatch(message)
  })

  test('every wrong row of many is named by its place, and none is answered', async () => {
    const rows = [oneVisitor, { ...oneVisitor, visits: 'x' }, oneVisitor, withoutVisits]
    const [status, code, text] = await refused(PREDICT, { json: { rows } })
    expect([status, code]).toEqual([400, 'invalid_input'])
    expect(text).toMatch(/\/rows\/1\/visits: rows\[1\]\.visits must be/)
    expect(text).toMatch(/\/rows\/3\/visits: rows\[3\]\.visits is required/)
  })

  test('no rows, too many rows, both forms and neither are refused', async () => {
    const many = Array.from({ length: 10_001 }, () => ({ visits: 0.1 }))
    for (const json of [{ rows: [] }, { rows: many }, { features: oneVisitor, rows: [oneVisitor] }, {}, { row: oneVisitor }, [], 'x', 5]) {
      expect((await refused(PREDICT, { json })).slice(0, 2), JSON.stringify(json).slice(0, 60)).toEqual([400, 'invalid_input'])
    }
  })

  test('infinity and NaN in the text of JSON are refused, by value or by grammar', async () => {
    const text = (value: string): string => JSON.stringify({ features: oneVisitor }).replace('0.9', value)
    for (const value of ['1e999', '-1e999']) {
      expect((await refused(PREDICT, { raw: text(value) })).slice(0, 2)).toEqual([400, 'invalid_input'])
    }
    for (const value of ['NaN', 'Infinity', '-Infinity', '0x10', '1.', '+1']) {
      const [status, code, message] = await refused(PREDICT, { raw: text(value) })
      expect([status, code]).toEqual([400, 'malformed_body'])
      expect(message).toMatch(/position \d+ \(line 1, column \d+\)/)
    }
    expect((await server.ask(PREDICT, { raw: text('1e-999') })).status).toBe(200)
  })
})

describe('training rows that do not do', () => {
  const rows = shopRows(30)
  const csv = shopCsv(30)
  const change = (at: number, changed: object): object[] => rows.map((row, index) => (index === at ? { ...row, ...changed } : row))
  const noTarget = rows.map(shopFeatures)
  const type = 'text/csv'
  const ndjson = 'application/x-ndjson'

  test.each<[string, AskOptions, number, string, RegExp]>([
    ['no rows', { json: { rows: [] } }, 422, 'too_few_rows', /0 rows.*at least 10/],
    ['nine rows', { json: { rows: rows.slice(0, 9) } }, 422, 'too_few_rows', /9 rows.*at least 10/],
    ['one class', { json: { rows: rows.map((row) => ({ ...row, buys: 'yes' })) } }, 422, 'too_few_classes', /same buys \("yes"\)/],
    ['no target', { json: { rows: noTarget } }, 422, 'target_missing', /buys/],
    ['an unknown class', { json: { rows: change(7, { buys: 'maybe' }) } }, 400, 'invalid_input', /rows\[7\].*buys.*maybe/s],
    [
      'an unknown column',
      { json: { rows: change(3, { age: 4 }) } },
      400,
      'invalid_input',
      /\/rows\/3\/age: rows\[3\]: "age" is no feature/,
    ],
    [
      'a string for a number',
      { json: { rows: change(3, { visits: '0.5' }) } },
      400,
      'invalid_input',
      /rows\[3\]: visits must be a number between 0 and 1, got string/,
    ],
    [
      'a number beyond float32',
      { json: { rows: change(3, { spend: -1e39 }) } },
      400,
      'invalid_input',
      /rows\[3\]: spend must lie .*float32/,
    ],
    ['infinity', { raw: JSON.stringify({ rows }).replace(/"spend":[\d.]+/, '"spend":1e999') }, 400, 'invalid_input', /spend/],
    ['rows that are no objects', { json: { rows: [1, 2] } }, 400, 'invalid_input', /rows/],
    ['a seed that is none', { json: { rows, seed: 1.5 } }, 400, 'invalid_input', /seed/],
    ['a CSV without the target', { raw: csv.replace('buys', 'bought'), type }, 422, 'target_missing', /buys/],
    ['a CSV with an unknown column', { raw: csv.replace('spend', 'cost'), type }, 400, 'invalid_input', /cost/],
    ['a CSV with text for a number', { raw: `${csv}many,1,pro,true,yes\n`, type }, 400, 'invalid_input', /visits.*many/s],
    ['a CSV with infinity', { raw: `${csv}0.5,1e999,pro,true,yes\n`, type }, 400, 'invalid_input', /spend/],
    ['a CSV with a row too short', { raw: `${csv}0.5,1\n`, type }, 400, 'invalid_input', /line 32 has 2 cells/],
    ['a CSV with an open quote', { raw: `${csv}"0.5,1,pro,true,yes\n`, type }, 400, 'malformed_body', /line 32.*quote/s],
    ['an empty CSV', { raw: Buffer.alloc(0), type }, 400, 'malformed_body', /empty/],
    ['a CSV of a header', { raw: 'visits,spend,plan,returning,buys\n', type }, 422, 'too_few_rows', /0 rows/],
    ['a CSV with a column twice', { raw: `visits,visits\n1,2\n`, type }, 400, 'malformed_body', /twice/],
    ['a CSV that is not UTF-8', { raw: Buffer.from([0x76, 0xff, 0xfe, 0x0a]), type }, 400, 'malformed_body', /UTF-8/],
    [
      'a picture as CSV',
      { raw: Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256)), type },
      400,
      'malformed_body',
      /./,
    ],
    ['broken NDJSON', { raw: `{"visits":1}\n{"visits":\n`, type: ndjson }, 400, 'malformed_body', /line 2/],
    ['NDJSON of numbers', { raw: '1\n2\n3\n', type: ndjson }, 400, 'invalid_input', /./],
  ])('%s', async (_, options, status, code, message) => {
    const before = await stored()
    const answer = await refused(TRAIN, options)
    expect(answer.slice(0, 2), answer[2]).toEqual([status, code])
    expect(answer[2]).toMatch(message)
    expect(await stored()).toEqual(before)
  })

  test('a table that makes no model leaves no model, nor a file', async () => {
    const before = await stored()
    const answers = [
      await refused('/v1/models/fresh/train?target=nothing', { raw: csv, type }),
      await refused('/v1/models/fresh/train?target=buys', { raw: shopCsv(5), type }),
      await refused('/v1/models/fresh/train?target=buys', { raw: csv.replaceAll(/,(yes|no)\n/g, ',no\n'), type }),
      await refused('/v1/models/fresh/train', { raw: csv, type }),
      await refused('/v1/models/fresh/train?target=buys', { raw: `${csv}"`, type }),
    ]
    expect(answers.map(([, code]) => code)).toEqual([
      'target_missing',
      'too_few_rows',
      'too_few_classes',
      'model_not_found',
      'malformed_body',
    ])
    expect(await stored()).toEqual(before)
  })

  test('two million rows are refused while they come, and nothing of them is kept', async () => {
    const before = await stored()
    let sent = 0
    const endless = (): Readable =>
      Readable.from(
        (function* () {
          sent = 0
          yield 'visits,spend,plan,returning,buys\n'
          const block = shopRows(2000).map((row) => `${row.visits},1,${row.plan},${row.returning},${row.buys}`)
          const text = `${block.join('\n')}\n`
          for (; sent < 2_000_000; sent += block.length) yield text
        })(),
        { objectMode: false },
      )
    const known = await refused(TRAIN, { raw: endless(), type })
    expect(known.slice(0, 2)).toEqual([413, 'too_many_rows'])
    expect(known[2]).toMatch(/more than 1000000 rows.*TANDEM_MAX_ROWS/s)
    expect(await stored()).toEqual(before)
    expect((await refused('/v1/models/fresh/train?target=buys', { raw: endless(), type })).slice(0, 2)).toEqual([413, 'too_many_rows'])
    expect(await stored()).toEqual(before)
  })

  test('an upload that breaks off leaves nothing', async () => {
    const before = await stored()
    const { hostname, port } = new URL(server.url)
    for (const path of [TRAIN, '/v1/models/fresh/train?target=buys']) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname)
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_KEY}\r\ncontent-type: text/csv\r\ncontent-length: 999999\r\n\r\n${shopCsv(500)}`,
        )
        setTimeout(() => socket.destroy(), 150)
        socket.once('close', () => resolve())
      })
    }
    const same = await server.until(stored, (now) => JSON.stringify(now) === JSON.stringify(before), 'the end of both uploads')
    expect(same).toEqual(before)
  })
})

describe('bodies that cannot be read', () => {
  test('truncated, empty and foreign bodies are told apart', async () => {
    const whole = JSON.stringify({ features: oneVisitor })
    for (const length of [1, 5, whole.length - 1]) {
      expect((await refused(PREDICT, { raw: whole.slice(0, length) })).slice(0, 2)).toEqual([400, 'malformed_body'])
    }
    expect((await refused(PREDICT, { raw: '' })).slice(0, 2)).toEqual([400, 'invalid_input'])
    expect((await refused(PREDICT, { raw: Buffer.from([0x22, 0xff, 0x22]) })).slice(0, 2)).toEqual([400, 'malformed_body'])
    for (const type of [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'text/csv',
      'nonsense',
      'application/json; charset=latin1',
    ]) {
      const [status, code, text] = await refused(PREDICT, { raw: whole, type })
      expect([status, code], type).toEqual([415, 'unsupported_media_type'])
      expect(text).toMatch(/application\/json/)
    }
    expect((await server.ask(PREDICT, { raw: whole, type: 'application/json; charset=UTF-8' })).status).toBe(200)
  })

  test('large, deep and poisoned bodies are refused before they are looked at', async () => {
    const large = JSON.stringify({ features: { ...oneVisitor, plan: 'x'.repeat(2 ** 20) } })
    expect((await refused(PREDICT, { raw: large })).slice(0, 2)).toEqual([413, 'payload_too_large'])
    const deep = `${'{"features":'.repeat(500)}1${'}'.repeat(500)}`
    expect((await refused(PREDICT, { raw: deep })).slice(0, 2)).toEqual([400, 'invalid_input'])
    expect((await refused(PREDICT, { raw: '['.repeat(100_000) })).slice(0, 2)).toEqual([400, 'malformed_body'])
    for (const key of ['"__proto__":{"visits":1}', '"constructor":{"prototype":{"visits":1}}']) {
      expect((await refused(PREDICT, { raw: `{"features":{${key}}}` })).slice(0, 2)).toEqual([400, 'invalid_input'])
      expect((await refused(TRAIN, { raw: `{"rows":[{${key}}]}` })).slice(0, 2)).toEqual([400, 'invalid_input'])
    }
    expect(({} as Json).visits).toBeUndefined()
  })
})

describe('names that do not exist or may not be', () => {
  test('an unknown model, version, prediction, job, key and address are each named', async () => {
    const answers = [
      await refused('/v1/models/nobody/predict', { json: { features: oneVisitor } }),
      await refused(`${PREDICT}?version=20200101_000000`, { json: { features: oneVisitor } }),
      await refused('/v1/models/shop/versions/20200101_000000/activate', { method: 'POST' }),
      await refused('/v1/models/shop/versions/20200101_000000'),
      await refused('/v1/models/shop/versions/20200101_000000', { method: 'DELETE' }),
      await refused('/v1/models/shop/predictions/none'),
      await refused('/v1/jobs/none'),
      await refused('/v1/keys/none', { method: 'DELETE' }),
      await refused('/v1/nowhere'),
      await refused(PREDICT, { method: 'DELETE' }),
      await refused(PREDICT, { json: { features: oneVisitor }, key: null }),
      await refused(PREDICT, { json: { features: oneVisitor }, key: 'tdm_wrong' }),
    ]
    expect(answers.map(([status, code]) => `${status} ${code}`)).toEqual([
      '404 model_not_found',
      '404 version_not_found',
      '404 version_not_found',
      '404 version_not_found',
      '404 version_not_found',
      '404 prediction_not_found',
      '404 job_not_found',
      '404 key_not_found',
      '404 not_found',
      '405 method_not_allowed',
      '401 unauthorized',
      '401 unauthorized',
    ])
  })

  test('models cannot be called what an object inherits, nor anything a path or a log misreads', async () => {
    for (const name of ['__proto__', '..', 'Shop', '1shop', 'a b', 'a/b', '%00', 'x'.repeat(65), 'ключ']) {
      const [status] = await refused(`/v1/models/${encodeURIComponent(name)}`, { method: 'PUT', json: shopDefinition })
      expect([400, 404], name).toContain(status)
    }
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
      expect((await refused(`/v1/models/${name}`))[1]).toBe('model_not_found')
      expect((await refused(`/v1/models/${name}/predict`, { json: { features: {} } }))[1]).toBe('model_not_found')
    }
    expect((await refused('/v1/models/%E0%A4%A'))[0]).toBe(400)
  })

  test('definitions that cannot be trained are refused with the place', async () => {
    const put = (changed: object): Promise<[number, string, string]> =>
      refused('/v1/models/wrong', { method: 'PUT', json: { ...shopDefinition, ...changed } })
    const features = (property: object): object => ({ features: { type: 'object', properties: { visits: property } }, fallback: undefined })
    const texts = [
      await put({ features: {} }),
      await put({ features: { type: 'object', properties: {} } }),
      await put(features({ type: 'array' })),
      await put(features({ type: 'number', minimum: 'a' })),
      await put(features({ type: 'number', minimum: 2, maximum: 1 })),
      await put(features({ $ref: '#/x' })),
      await put({ classes: ['yes'] }),
      await put({ classes: ['yes', 'yes'] }),
      await put({ target: 'visits' }),
      await put({ target: '' }),
      await put({ algorithm: 'magic' }),
      await put({ parameters: { nEstimators: 0 } }),
      await put({ parameters: { trees: 5 } }),
      await put({ fallback: { kind: 'weighted-score', weights: { nothing: 1 } } }),
      await put({ fallback: { kind: 'weighted-score', weights: {} } }),
      await put({ task: 'regression' }),
      await put({ seed: -1 }),
      await put({ retrain: { everyOutcomes: 0 } }),
    ]
    expect(texts.map(([status, code]) => `${status} ${code}`)).toEqual(texts.map(() => '400 invalid_input'))
    expect((await refused('/v1/models/wrong'))[1]).toBe('model_not_found')
    expect((await refused('/v1/models/match', { method: 'PUT', json: shopDefinition })).slice(0, 2)).toEqual([409, 'conflict'])
  })
})

describe('orders that come at the wrong time', () => {
  test('activating during a training takes effect at once, and the training is judged against it', async () => {
    await server.good('/v1/models/busy', { method: 'PUT', json: { ...shopDefinition, parameters: { nEstimators: 300 } } })
    const first = (await server.good('/v1/models/busy/train?wait=60', { json: { rows: shopRows(60, 1) } })).version.version
    const second = (await server.good('/v1/models/busy/train?wait=60&activate=always', { json: { rows: shopRows(60, 2) } })).version.version
    const { job } = await server.good('/v1/models/busy/train', { json: { rows: shopRows(3000, 3) } })
    await server.until(
      () => server.good(`/v1/jobs/${job.id}`),
      ({ progress }) => progress > 0.1,
      'training',
    )
    expect(await server.good(`/v1/models/busy/versions/${first}/activate`, { json: { reason: 'a test' } })).toEqual({
      model: 'busy',
      version: first,
      previous: second,
    })
    expect((await server.good('/v1/models/busy/predict', { json: { features: oneVisitor } })).version).toBe(first)
    const { result, status } = await server.finished(job.id)
    expect(status).toBe('succeeded')
    expect((result as Json).reason).toContain(`of version ${first} on the same rows`)
  })

  test('a training that is canceled, or whose model is deleted, leaves no version, and the next one runs', async () => {
    const slow = { ...shopDefinition, parameters: { nEstimators: 400 } }
    const started = async (): Promise<string> => {
      await server.good('/v1/models/fleeting', { method: 'PUT', json: slow })
      const { job } = await server.good('/v1/models/fleeting/train', { json: { rows: shopRows(2000, 4) } })
      await server.until(
        () => server.good(`/v1/jobs/${job.id}`),
        ({ progress }) => progress > 0.05,
        'training',
      )
      return job.id
    }
    const before = await stored()
    const canceled = await started()
    await server.good(`/v1/jobs/${canceled}/cancel`, { method: 'POST' })
    expect(await server.finished(canceled)).toMatchObject({ status: 'canceled' })
    expect((await refused(`/v1/jobs/${canceled}/cancel`, { method: 'POST' })).slice(0, 2)).toEqual([409, 'conflict'])
    expect((await server.good('/v1/models/fleeting/versions')).items).toEqual([])
    const orphan = await started()
    await server.good('/v1/models/fleeting', { method: 'DELETE' })
    expect(await server.finished(orphan)).toMatchObject({ status: 'canceled' })
    expect(await stored()).toEqual({ ...before, jobs: before.jobs + 2 })
    await server.good('/v1/models/fleeting', { method: 'PUT', json: shopDefinition })
    expect((await server.good('/v1/models/fleeting/train?wait=60', { json: { rows: shopRows(30) } })).version.active).toBe(true)
  })

  test('the version in service cannot be deleted, nor gone back from when it was the first', async () => {
    const [older, active] = versions
    const [status, code, text] = await refused(`/v1/models/shop/versions/${active}`, { method: 'DELETE' })
    expect([status, code]).toEqual([409, 'version_active'])
    expect(text).toMatch(/Activate another version first/)
    expect((await refused('/v1/models/shop/aliases/active', { method: 'PUT', json: { version: older } })).slice(0, 2)).toEqual([
      409,
      'conflict',
    ])
    await server.good('/v1/models/single', { method: 'PUT', json: shopDefinition })
    expect((await refused('/v1/models/single/rollback', { method: 'POST' })).slice(0, 2)).toEqual([409, 'conflict'])
    await server.good('/v1/models/single/train?wait=60', { json: { rows: shopRows(30) } })
    expect((await refused('/v1/models/single/rollback', { method: 'POST' })).slice(0, 2)).toEqual([409, 'conflict'])
    expect((await refused('/v1/models/match/predict', { json: { features: {} } }))[1]).toBe('invalid_input')
  })

  test('outcomes: the first of a prediction counts; repeated, contrary, unknown and wrong ones are told', async () => {
    const { predictions } = await server.good(PREDICT, { json: { rows: [oneVisitor, oneVisitor, oneVisitor] } })
    const [a, b, c] = predictions.map(({ predictionId }: Json) => predictionId)
    const tell = (...outcomes: object[]): Promise<Json> => server.good('/v1/models/shop/outcomes', { json: { outcomes } })
    const yes = { predictionId: a, value: 'yes' }
    expect(await tell(yes, { predictionId: b, value: 'no' })).toEqual({ accepted: 2, duplicates: 0, conflicting: [], unknown: [] })
    expect(await tell(yes, yes, { predictionId: b, value: 'yes' }, { predictionId: 'nobody', value: 'no' })).toEqual({
      accepted: 0,
      duplicates: 2,
      conflicting: [b],
      unknown: ['nobody'],
    })
    expect(await tell({ predictionId: c, value: 'yes' }, { predictionId: c, value: 'yes' }, { predictionId: c, value: 'no' })).toEqual({
      accepted: 1,
      duplicates: 1,
      conflicting: [c],
      unknown: [],
    })
    // Of another model: unknown there.
    const elsewhere = await server.good('/v1/models/match/outcomes', { json: { outcomes: [{ predictionId: a, value: 'yes' }] } })
    expect(elsewhere).toMatchObject({ accepted: 0, unknown: [a] })
    expect((await server.good(`/v1/models/shop/predictions/${b}`)).outcome).toMatchObject({ value: 'no' })
    const far = new Date(Date.now() + 10 * 86_400_000).toISOString()
    for (const outcome of [
      { predictionId: c, value: 'maybe' },
      { predictionId: c, value: 1 },
      { predictionId: c },
      { value: 'yes' },
      { predictionId: c, value: 'yes', at: 'yesterday' },
      { predictionId: c, value: 'yes', at: far },
      { predictionId: 5, value: 'yes' },
    ]) {
      expect((await refused('/v1/models/shop/outcomes', { json: { outcomes: [outcome] } })).slice(0, 2)).toEqual([400, 'invalid_input'])
    }
    expect((await refused('/v1/models/shop/outcomes', { json: { outcomes: [] } }))[1]).toBe('invalid_input')
  })
})

describe('random requests', () => {
  // Fixed, so that a failure is seen again; other seeds were run when this was written.
  const seed = Number(process.env.FUZZ_SEED ?? 20_261_121)
  const runs = Number(process.env.FUZZ_RUNS ?? 40)

  /** Bodies that are nearly right reach further than noise: one part of a good one is replaced. */
  const nearly = (good: Json): fc.Arbitrary<Json> => {
    const places: (string | number)[][] = []
    const collect = (value: Json, path: (string | number)[]): void => {
      places.push(path)
      if (typeof value === 'object' && value !== null) for (const key of Object.keys(value)) collect(value[key], [...path, key])
    }
    collect(good, [])
    return fc.tuple(fc.constantFrom(...places), odd).map(([path, value]) => {
      const copy = structuredClone({ body: good })
      let at: Json = copy
      for (const key of ['body', ...path].slice(0, -1)) at = at[key]
      at[['body', ...path].at(-1) as string] = value
      return copy.body
    })
  }
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<Json>(
      '',
      ' ',
      'constructor',
      '__proto__',
      1e308,
      -1e308,
      5e-324,
      -0,
      2 ** 53,
      -1,
      [],
      {},
      null,
      true,
      '\u0000',
      '\ud83d',
    ),
    fc.string({ unit: 'binary', maxLength: 300 }),
  )
  const GOOD: Record<string, Json> = {
    'PUT /v1/models/{model}': shopDefinition,
    'POST /v1/models/{model}/train': { rows: shopRows(12), seed: 1 },
    'POST /v1/models/{model}/predict': { rows: shopRows(2).map(shopFeatures) },
    'POST /v1/models/{model}/outcomes': { outcomes: [{ predictionId: 'x', value: 'yes', at: '2026-11-21T00:00:00Z' }] },
    'POST /v1/keys': { name: 'fuzz', scopes: ['read'], expiresAt: '2030-01-01T00:00:00Z', rateLimitPerMinute: 5 },
    'PUT /v1/models/{model}/aliases/{alias}': { version: 'x' },
    'POST /v1/models/{model}/versions/{version}/activate': { reason: 'x' },
    'POST /v1/models/{model}/rollback': { reason: 'x' },
    'POST /matching/feedback': { predictionId: 'x', outcome: true },
  }

  /** How often each answer came: noise that is refused at the door would prove little. */
  const seen = new Map<string, number>()

  function sane(answer: Answer, what: string): void {
    const kind = `${answer.status} ${answer.body?.code ?? ''}`.trim()
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    if (answer.status < 400) return
    expect(answer.status, `${what} answered ${answer.text}`).toBeLessThan(500)
    problem(answer)
  }

  /** Every operation but those that stream, with ids that exist. */
  async function operations(): Promise<{ id: string; method: string; path: string; takesBody: boolean; query: string[] }[]> {
    const { paths } = await server.good('/openapi.json', { key: null })
    const ids: Record<string, string> = { model: 'fuzzed', version: versions[0] as string }
    return Object.entries<Json>(paths).flatMap(([path, methods]) =>
      Object.entries<Json>(methods)
        .filter(
          ([method, one]) =>
            ['get', 'put', 'post', 'delete'].includes(method) && !JSON.stringify(one.responses['200'] ?? '').includes('text/event-stream'),
        )
        .map(([method, one]) => ({
          id: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'x'),
          takesBody: one.requestBody?.content['application/json'] !== undefined,
          query: (one.parameters as Json[]).filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name),
        })),
    )
  }

  test('with any body at any route are answered below 500, and every refusal is a problem with a code', async () => {
    await trainShop(server, 1, 'fuzzed')
    const all = (await operations()).filter(({ takesBody }) => takesBody)
    expect(all.length).toBeGreaterThan(8)
    expect(Object.keys(GOOD).filter((id) => !all.some((one) => one.id === id))).toEqual([])
    for (const { id, method, path } of all) {
      const body = GOOD[id] === undefined ? odd : fc.oneof({ weight: 3, arbitrary: nearly(GOOD[id]) }, { weight: 1, arbitrary: odd })
      await fc.assert(
        fc.asyncProperty(body, async (json) => sane(await server.ask(path, { method, json }), `${id} ${JSON.stringify(json)}`)),
        { seed, numRuns: runs, endOnFailure: true },
      )
    }
  })

  test('with any path, query, text or header are answered below 500', async () => {
    const all = await operations()
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom('%', '%zz', '../..', '__proto__', '\u0000', '-1', '1e9', 'true', 'null'),
    )
    const types = fc.constantFrom('text/csv', 'application/x-ndjson', 'application/json')
    const line = fc.array(fc.oneof(text, fc.constantFrom('visits', 'buys', '1', '', '"', 'yes')), { maxLength: 6 })
    const table = fc.array(line, { maxLength: 14 }).map((lines) => lines.map((cells) => cells.join(',')).join('\n'))
    const header = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -_=;,"/.'), maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), text, text, async ({ method, path, query, id }, name, value) => {
        const place = path.replace('fuzzed', encodeURIComponent(name) || 'x')
        const asked = `${place}?${encodeURIComponent(query[name.length % Math.max(1, query.length)] ?? 'q')}=${encodeURIComponent(value)}`
        // The one route whose success would end the test's own key; ids never fit by chance.
        sane(await server.ask(asked, { method, ...(method === 'POST' || method === 'PUT' ? { json: {} } : {}) }), `${id} ${asked}`)
      }),
      { seed, numRuns: runs * 8, endOnFailure: true },
    )
    const tables = ['/v1/tables/inspect', '/v1/tables/inspect?target=buys', TRAIN, '/v1/models/fuzz-table/train?target=buys']
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tables), types, table, header, async (path, type, raw, extra) => {
        const headers = { 'idempotency-key': extra.trim() || 'x', 'x-request-id': extra.trim(), 'if-none-match': extra }
        sane(await server.ask(path, { type, raw, headers }), `${path} ${type} ${JSON.stringify(raw)}`)
      }),
      { seed, numRuns: runs * 4, endOnFailure: true },
    )
    expect((await server.ask('/health/ready')).status).toBe(200)
    expect((await server.ask(PREDICT, { json: { features: oneVisitor } })).body.source).toBe('model')
  })

  test('reached past the door, and left no error in the log', () => {
    const reached = ['200', '201', '400 invalid_input', '400 malformed_body', '404 version_not_found', '422 target_missing']
    expect([...seen.keys()]).toEqual(expect.arrayContaining(reached))
    expect(errors).toEqual([])
  })
})
