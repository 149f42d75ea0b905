// The Open Inference Protocol against a real server, on penguins (vega-datasets, CC0).
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../../app.ts'
import { defineTandem } from '../../../config.ts'
import type { Scope } from '../../../endpoint.ts'
import { splitMessage } from '../../../platform/inference/message.ts'
import { decodeTensors } from '../../../platform/inference/tensor.ts'
import { NO_WORKER_PYTHON, pythonWith } from '../../../platform/python/testing/worker-python.ts'
import { createLog } from '../../../platform/telemetry/log.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into.
type Json = any
interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
  readonly bytes: Buffer
}

const penguins: Record<string, Json>[] = JSON.parse(readFileSync('node_modules/vega-datasets/data/penguins.json', 'utf8'))
const known = penguins.filter((row) => row['Beak Length (mm)'] !== null)
const rows = known.map((row) => ({
  island: row.Island,
  beak: row['Beak Length (mm)'],
  depth: row['Beak Depth (mm)'],
  flipper: row['Flipper Length (mm)'],
  mass: row['Body Mass (g)'],
  large: row['Body Mass (g)'] > 4200,
  species: row.Species,
}))
const number = { type: 'number' }
const MODELS = {
  mixed: { target: 'species', properties: { island: { type: 'string' }, beak: number, mass: number }, required: ['island', 'beak'] },
  table: {
    target: 'species',
    properties: { beak: number, depth: number, flipper: number, mass: number },
    required: ['beak', 'depth', 'flipper', 'mass'],
  },
  weight: {
    target: 'mass',
    properties: { beak: number, flipper: number, large: { type: 'boolean' } },
    required: ['beak', 'flipper', 'large'],
  },
}
const ASKED = [rows[0]!, rows[160]!, rows[300]!]
const BODY_LIMIT_BYTES = 1024 * 1024
const CLASSES = ['Adelie', 'Chinstrap', 'Gentoo']

let tandem: Tandem
let url: string
let key: string

beforeAll(async () => {
  const settings = { dataDir: ':memory:', host: '127.0.0.1', port: 0, bodyLimitBytes: BODY_LIMIT_BYTES }
  tandem = await createTandem(defineTandem({}), { settings, log: createLog({ logLevel: 'silent' }) })
  ;({ url } = await tandem.listen())
  key = (await tandem.keys.create({ name: 'test', scopes: ['admin'] })).key
  for (const [name, { target, properties, required }] of Object.entries(MODELS)) {
    const task = target === 'mass' ? 'regression' : 'classification'
    const definition = {
      task,
      target,
      features: { type: 'object', properties, required },
      algorithm: 'random-forest',
      parameters: { nEstimators: 10 },
    }
    await good('PUT', `/v1/models/${name}`, task === 'regression' ? definition : { ...definition, classes: CLASSES })
    const used = rows.map((row) => Object.fromEntries([...Object.keys(properties), target].map((one) => [one, (row as Json)[one]])))
    await good('POST', `/v1/models/${name}/train?wait=60&activate=always`, { rows: used, seed: 7 })
  }
  const fallback = { kind: 'weighted-score', weights: { beak: 1 } }
  const features = { type: 'object', properties: { beak: { ...number, minimum: 0, maximum: 1 } }, required: ['beak'] }
  const untrained = { task: 'classification', target: 'large', classes: ['no', 'yes'], features, algorithm: 'random-forest' }
  await good('PUT', '/v1/models/untrained', untrained)
  await good('PUT', '/v1/models/declared', { ...untrained, fallback })
})
afterAll(() => tandem.close({ drainMs: 0 }))

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const raw = body === undefined || body instanceof Blob ? (body as Blob | undefined) : new Blob([JSON.stringify(body)])
  const all = { authorization: `Bearer ${key}`, ...headers }
  const response = await fetch(url + path, { method, headers: all, ...(raw === undefined ? {} : { body: raw }) })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, bytes, body: isJson ? JSON.parse(bytes.toString()) : undefined }
}

async function good(method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await send(method, path, body, body === undefined ? {} : { 'content-type': 'application/json' })
  expect(answer.status, answer.bytes.toString()).toBeLessThan(300)
  return answer.body
}

/** One tensor for each feature. */
const tensorsOf = (asked: readonly Json[]): Json[] => [
  { name: 'island', datatype: 'BYTES', shape: [asked.length], data: asked.map(({ island }) => island) },
  { name: 'beak', datatype: 'FP64', shape: [asked.length], data: asked.map(({ beak }) => beak) },
  { name: 'mass', datatype: 'INT32', shape: [asked.length, 1], data: asked.map(({ mass }) => [mass]) },
]
const infer = (model: string, body: unknown, headers?: Record<string, string>) => send('POST', `/v2/models/${model}/infer`, body, headers)
const outputOf = ({ body }: Answer, name: string): Json => body.outputs.find((output: Json) => output.name === name)

const api = JSON.parse(readFileSync(new URL('fixtures/open-inference-rest.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ strict: false })
ajv.addSchema(api, 'api')
function expectSchema(name: string, body: unknown): void {
  const check = ajv.getSchema(`api#/components/schemas/${name}`)!
  expect(check(body), JSON.stringify(check.errors)).toBe(true)
}

describe('health and metadata', () => {
  test('need no key for health, and the scope predict for the rest', async () => {
    const none = { authorization: '' }
    const open = async (path: string) => (await fetch(url + path)).status
    expect([await open('/v2/health/live'), await open('/v2/health/ready'), await open('/v2'), await open('/v2/models/mixed')]).toEqual([
      200, 200, 401, 401,
    ])
    expect((await send('GET', '/v2', undefined, none)).body).toEqual({ error: expect.stringContaining('Bearer') })
    const withScope = async (scope: Scope, method: string, path: string, body?: unknown) => {
      const { key: narrow } = await tandem.keys.create({ name: scope, scopes: [scope] })
      return (await send(method, path, body, { authorization: `Bearer ${narrow}` })).status
    }
    expect(await withScope('predict', 'GET', '/v2/models/mixed')).toBe(200)
    expect(await withScope('predict', 'POST', '/v2/models/mixed/infer', { inputs: tensorsOf(ASKED) })).toBe(200)
    expect(await withScope('read', 'POST', '/v2/models/mixed/infer', { inputs: tensorsOf(ASKED) })).toBe(403)
    expect(await withScope('predict', 'POST', '/v2/repository/index')).toBe(403)
    expect(await withScope('read', 'POST', '/v2/repository/index')).toBe(200)
    expect(await withScope('read', 'POST', '/v2/repository/models/mixed/load')).toBe(403)
    expect(await withScope('write', 'POST', '/v2/repository/models/mixed/load')).toBe(200)
  })

  test('say what goes in and out, in the schema of the protocol', async () => {
    for (const path of ['/v2', '/v2/']) expectSchema('metadata_server_response', await good('GET', path))
    const metadata = await good('GET', '/v2/models/mixed')
    expectSchema('metadata_model_response', metadata)
    expect(metadata.inputs).toEqual([
      { name: 'island', datatype: 'BYTES', shape: [-1] },
      { name: 'beak', datatype: 'FP64', shape: [-1] },
      { name: 'mass', datatype: 'FP64', shape: [-1], parameters: { required: false } },
    ])
    expect(metadata.outputs).toEqual([
      { name: 'predict', datatype: 'BYTES', shape: [-1] },
      { name: 'predict_proba', datatype: 'FP64', shape: [-1, 3], parameters: { classes: CLASSES } },
      { name: 'confidence', datatype: 'FP64', shape: [-1] },
      { name: 'prediction_id', datatype: 'BYTES', shape: [-1] },
    ])
    const [version] = metadata.versions
    expect(await good('GET', `/v2/models/mixed/versions/${version}`)).toEqual(metadata)
    const weight = await good('GET', '/v2/models/weight')
    expect(weight.outputs.map(({ name }: Json) => name)).toEqual(['predict', 'confidence', 'interval', 'prediction_id'])
    expect(weight.inputs.at(-1).datatype).toBe('BOOL')
  })

  test('tell which models are ready', async () => {
    expect(await good('GET', '/v2/models/mixed/ready')).toEqual({ name: 'mixed', ready: true })
    expect((await send('GET', '/v2/models/untrained/ready')).status).toBe(503)
    expect((await send('GET', '/v2/models/declared/ready')).status).toBe(200)
    expect((await send('GET', '/v2/models/mixed/versions/20000101_000000/ready')).status).toBe(404)
    const index: Json[] = await good('POST', '/v2/repository/index')
    expect(index.map(({ name, state }) => [name, state]).sort()).toEqual([
      ['declared', 'READY'],
      ['mixed', 'READY'],
      ['table', 'READY'],
      ['untrained', 'UNAVAILABLE'],
      ['weight', 'READY'],
    ])
    expect(await good('POST', '/v2/repository/index', { ready: true })).toHaveLength(4)
  })
})

describe('infer', () => {
  test('answers as /v1 does, JSON without a content type, and echoes the id', async () => {
    const answer = await infer('mixed', { id: 'a7', inputs: tensorsOf(ASKED) })
    expect(answer.status).toBe(200)
    expectSchema('inference_response', answer.body)
    const plain = await good('POST', '/v1/models/mixed/predict', { rows: ASKED.map(({ island, beak, mass }) => ({ island, beak, mass })) })
    expect(answer.body).toMatchObject({ model_name: 'mixed', model_version: plain.version, id: 'a7', parameters: { source: 'model' } })
    expect(outputOf(answer, 'predict').data).toEqual(plain.predictions.map(({ value }: Json) => value))
    expect(outputOf(answer, 'predict_proba')).toMatchObject({
      shape: [3, 3],
      data: plain.predictions.flatMap(({ probabilities }: Json) => CLASSES.map((label) => probabilities[label])),
    })
    expect(outputOf(answer, 'confidence').data).toEqual(plain.predictions.map(({ confidence }: Json) => confidence))
  })

  test('answers as logged predictions, whose outcomes join by prediction_id, unless told not to log', async () => {
    const [predictionId] = outputOf(await infer('mixed', { inputs: tensorsOf(ASKED) }), 'prediction_id').data
    expect(await good('POST', '/v1/models/mixed/outcomes', { outcomes: [{ predictionId, value: 'Adelie' }] })).toMatchObject({
      accepted: 1,
    })
    const silent = await infer('mixed', { inputs: tensorsOf(ASKED), parameters: { log: false } })
    expect(silent.body.outputs.map(({ name }: Json) => name)).toEqual(['predict', 'predict_proba', 'confidence'])
  })

  test('takes one table of all features, as JSON and as the bytes tritonclient wrote, and answers them alike', async () => {
    const recorded = JSON.parse(readFileSync(new URL('../../../platform/inference/fixtures/tritonclient.json', import.meta.url), 'utf8'))
    const { body, headBytes, tensors } = recorded.find(({ name }: Json) => name === 'table, binary')
    const binary = await infer('table', new Blob([Buffer.from(body, 'base64')]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(headBytes),
    })
    expect(binary.status).toBe(200)
    expect(binary.headers.get('content-type')).toBe('application/octet-stream')
    const { head, tail } = splitMessage(binary.bytes, binary.headers.get('inference-header-content-length')!)
    const outputs = decodeTensors(JSON.parse(head.toString()).outputs, tail, 'outputs')
    const [{ shape, datatype, values }] = tensors
    const json = await infer('table', { inputs: [{ name: 'input', shape, datatype, data: values }] })
    for (const { name, data } of outputs) if (name !== 'prediction_id') expect([...data]).toEqual(outputOf(json, name).data)
    expect(outputs.find(({ name }) => name === 'predict')!.data).toEqual(['Adelie', 'Gentoo', 'Chinstrap'])
  })

  test('answers numbers with their interval, from a table with a yes/no column', async () => {
    const inputs = [
      {
        name: 'x',
        datatype: 'FP64',
        shape: [2, 3],
        data: [
          [39.1, 181, 0],
          [50, 230, 1],
        ],
      },
    ]
    const answer = await infer('weight', { inputs })
    expect(answer.status).toBe(200)
    const [low, high] = outputOf(answer, 'interval').data
    expect(outputOf(answer, 'interval').shape).toEqual([2, 2])
    expect(outputOf(answer, 'predict').data[0]).toBeGreaterThan(low)
    expect(outputOf(answer, 'predict').data[0]).toBeLessThan(high)
    inputs[0]!.data[0]![2] = 0.5
    expect((await infer('weight', { inputs })).body.error).toContain('rows[0].large must be')
  })

  test('answers by a version, an alias and the declared fallback, and says by which', async () => {
    const [version] = (await good('GET', '/v2/models/mixed')).versions
    await good('PUT', '/v1/models/mixed/aliases/steady', { version })
    for (const reference of [version, 'steady', 'active']) {
      const answer = await good('POST', `/v2/models/mixed/versions/${reference}/infer`, { inputs: tensorsOf(ASKED) })
      expect(answer.model_version).toBe(version)
    }
    const inputs = [{ name: 'beak', datatype: 'FP32', shape: [1], data: [0.75] }]
    const answer = await infer('declared', { inputs, outputs: [{ name: 'predict_proba' }] })
    expect(answer.body).toMatchObject({ parameters: { source: 'fallback' }, outputs: [{ shape: [1, 2], data: [0.25, 0.75] }] })
    expect(answer.body).not.toHaveProperty('model_version')
    expect(await infer('untrained', { inputs })).toMatchObject({ status: 409, body: { error: expect.stringContaining('no_version') } })
  })

  test('takes a missing value as null or NaN where the feature may be missing, and refuses it elsewhere', async () => {
    const inputs = tensorsOf(ASKED)
    const without = await infer('mixed', { inputs: inputs.slice(0, 2) })
    inputs[2] = { name: 'mass', datatype: 'FP64', shape: [3], data: [null, null, null] }
    const missing = await infer('mixed', { inputs })
    expect(outputOf(missing, 'predict_proba').data).toEqual(outputOf(without, 'predict_proba').data)
    inputs[1].data = [39.1, null, 50]
    const refused = await infer('mixed', { inputs })
    expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('rows[1].beak') } })
  })
})

describe('what does not fit is refused by name, never with a 5xx', () => {
  const inputs = () => tensorsOf(ASKED)
  test.each<[string, () => unknown, string]>([
    ['no body', () => undefined, 'body is missing'],
    ['no tensors', () => ({}), 'inputs must be an array'],
    ['another body', () => [1], 'body must be an object'],
    ['an unknown field', () => ({ input: inputs() }), 'body.input is not known'],
    ['an id that is no text', () => ({ id: 7, inputs: inputs() }), 'body.id'],
    ['parameters that are no object', () => ({ parameters: [], inputs: inputs() }), 'body.parameters'],
    ['an unknown feature', () => ({ inputs: [{ ...inputs()[1], name: 'beek' }] }), 'did you mean "beak"?'],
    ['a missing feature', () => ({ inputs: inputs().slice(0, 1) }), 'beak is required'],
    ['a wrong shape', () => ({ inputs: [{ ...inputs()[1], shape: [3, 3], data: Array(9).fill(1) }] }), 'shape [rows]'],
    ['a shape that the data lacks', () => ({ inputs: [{ ...inputs()[1], shape: [4] }] }), '4 elements'],
    ['tensors of different rows', () => ({ inputs: [inputs()[0], { ...inputs()[1], shape: [2], data: [1, 2] }] }), 'has 2 rows'],
    ['no rows', () => ({ inputs: [{ ...inputs()[1], shape: [0], data: [] }] }), '0 rows'],
    ['too many rows', () => ({ inputs: [{ ...inputs()[1], shape: [10_001], data: Array(10_001).fill(1) }] }), '1 to 10000'],
    ['numbers as texts', () => ({ inputs: [{ ...inputs()[1], datatype: 'BYTES', data: ['1', '2', '3'] }] }), 'got BYTES'],
    ['a table for texts', () => ({ inputs: [{ name: 'x', datatype: 'FP64', shape: [1, 3], data: [1, 2, 3] }] }), '"island" is not'],
    ['an unknown datatype', () => ({ inputs: [{ ...inputs()[1], datatype: 'FLOAT' }] }), 'must be one of BOOL'],
    ['an unknown output', () => ({ inputs: inputs(), outputs: [{ name: 'proba' }] }), 'predict_proba'],
    ['an output twice', () => ({ inputs: inputs(), outputs: [{ name: 'predict' }, { name: 'predict' }] }), 'second time'],
    [
      'shared memory',
      () => ({ inputs: inputs(), outputs: [{ name: 'predict', parameters: { shared_memory_region: 'a' } }] }),
      'not supported',
    ],
  ])('%s', async (_, body, words) => {
    const answer = await infer('mixed', body())
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(words) } })
    expectSchema('inference_error_response', answer.body)
    expect(Object.keys(answer.body)).toEqual(['error'])
  })

  test('a table of another width', async () => {
    const answer = await infer('table', { inputs: [{ name: 'x', datatype: 'FP64', shape: [1, 3], data: [1, 2, 3] }] })
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('[rows, 4]') } })
  })

  test('NaN and infinity, as JSON and in bytes', async () => {
    const raw = '{"inputs":[{"name":"x","datatype":"FP64","shape":[1,4],"data":[NaN,1,2,3]}]}'
    expect(await infer('table', new Blob([raw]))).toMatchObject({ status: 400, body: { error: expect.stringContaining('not valid JSON') } })
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      const head = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP64', shape: [1, 4], parameters: { binary_data_size: 32 } }] })
      const body = new Blob([head, Float64Array.of(1, value, 2, 3)])
      const answer = await infer('table', body, { 'inference-header-content-length': String(head.length) })
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('rows[0].depth') } })
    }
  })

  test('a binary tail that was cut, and a header length that is wrong', async () => {
    const head = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP64', shape: [1, 4], parameters: { binary_data_size: 32 } }] })
    const ask = (tail: number, length: string) =>
      infer('table', new Blob([head, new Uint8Array(tail)]), { 'inference-header-content-length': length })
    expect((await ask(32, String(head.length))).status).toBe(200)
    for (const [tail, length] of [
      [20, head.length],
      [40, head.length],
      [32, head.length - 1],
      [32, head.length + 1],
      [32, 1e6],
    ] as const) {
      expect(await ask(tail, String(length))).toMatchObject({ status: 400, body: { error: expect.any(String) } })
    }
    for (const length of ['-1', 'x', '1e2', '']) expect((await ask(32, length)).status).toBe(400)
  })

  test('a body larger than the limit, compressed, or of another type', async () => {
    const large = await infer('table', new Blob([new Uint8Array(BODY_LIMIT_BYTES + 1)]), { 'content-type': 'application/octet-stream' })
    expect(large).toMatchObject({ status: 413, body: { error: expect.stringContaining(String(BODY_LIMIT_BYTES)) } })
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect((await infer('table', { inputs: [] }, headers)).status).toBe(415)
    expect((await infer('table', { inputs: [] }, { 'content-type': 'text/csv' })).status).toBe(415)
  })

  test('unknown models, versions, names with slashes, addresses and methods', async () => {
    for (const path of [
      '/v2/models/absent',
      '/v2/models/absent/infer',
      '/v2/models/a%2Fb/infer',
      '/v2/models/a/b/infer',
      '/v2/models/..%2F/infer',
    ]) {
      const answer = await send(
        path.endsWith('infer') ? 'POST' : 'GET',
        path,
        path.endsWith('infer') ? { inputs: tensorsOf(ASKED) } : undefined,
      )
      expect(answer).toMatchObject({ status: 404, body: { error: expect.any(String) } })
    }
    expect(await send('POST', '/v2/models/mixed/versions/20000101_000000/infer', { inputs: tensorsOf(ASKED) })).toMatchObject({
      status: 404,
    })
    const method = await send('GET', '/v2/models/mixed/infer')
    expect(method).toMatchObject({ status: 405, body: { error: expect.stringContaining('POST') } })
    expect(method.headers.get('allow')).toBe('POST')
    expect(await send('GET', '/v2/models/%zz')).toMatchObject({ status: 400, body: { error: expect.any(String) } })
  })
})

describe('the repository', () => {
  test('loads what is there, and keeps what is in service', async () => {
    await good('POST', '/v2/repository/models/mixed/load')
    const [version] = (await good('GET', '/v2/models/mixed')).versions
    await good('POST', '/v2/repository/models/mixed/load', { parameters: { version } })
    expect((await send('POST', '/v2/repository/models/mixed/load', { parameters: { config: '{}' } })).status).toBe(400)
    expect((await send('POST', '/v2/repository/models/untrained/load')).body.error).toContain('no trained version')
    expect((await send('POST', '/v2/repository/models/absent/load')).status).toBe(404)
    for (const body of [undefined, { parameters: { version } }, { parameters: { unload_dependents: false } }]) {
      const kept = await send('POST', '/v2/repository/models/mixed/unload', body)
      expect(kept).toMatchObject({ status: 409, body: { error: expect.stringContaining('in service') } })
    }
    await good('POST', '/v2/repository/models/untrained/unload')
  })

  test('drops a version that is not in service from memory, which is read again when it is asked', async () => {
    const [first] = (await good('GET', '/v2/models/weight')).versions
    const used = rows.map(({ beak, flipper, large, mass }) => ({ beak, flipper, large, mass }))
    await good('POST', '/v1/models/weight/train?wait=60&activate=always', { rows: used, seed: 8 })
    await good('POST', '/v2/repository/models/weight/load', { parameters: { version: first } })
    await good('POST', '/v2/repository/models/weight/unload', { parameters: { version: first } })
    const inputs = [{ name: 'x', datatype: 'FP64', shape: [1, 3], data: [39.1, 181, 0] }]
    expect(await good('POST', `/v2/models/weight/versions/${first}/infer`, { inputs })).toMatchObject({ model_version: first })
  })
})

describe('metrics', () => {
  test('count inference by route and predictions by model', async () => {
    const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text()
    expect(text).toMatch(/route="\/v2\/models\/:model\/infer"/)
    expect(text).toMatch(/tandem_predictions_total\{[^}]*model="mixed"/)
  })
})

const PYTHON = pythonWith('tritonclient.http')

describe('tritonclient[http]', () => {
  // The bytes it sends are tested without it, above and in platform/inference.
  test.skipIf(PYTHON === undefined)(`accepts the server (${PYTHON ?? NO_WORKER_PYTHON})`, async () => {
    const script = fileURLToPath(new URL('fixtures/tritonclient_check.py', import.meta.url))
    const child = spawn(PYTHON!, [script, new URL(url).host, key, JSON.stringify(ASKED)])
    const output = { text: '', errors: '' }
    child.stdout.on('data', (chunk) => {
      output.text += chunk
    })
    child.stderr.on('data', (chunk) => {
      output.errors += chunk
    })
    const status = await new Promise((resolve) => child.once('close', resolve))
    expect({ status, errors: output.errors }).toEqual({ status: 0, errors: '' })
    const found = JSON.parse(output.text)
    expect(found).toMatchObject({ live: true, ready: true, server: 'tandem', modelReady: true, unknownReady: false })
    expect(found.metadata.inputs).toHaveLength(3)
    expect(found.all).toEqual(['predict', 'predict_proba', 'confidence', 'prediction_id'])
    const plain = await good('POST', '/v1/models/mixed/predict', {
      rows: ASKED.map(({ island, beak, mass }) => ({ island, beak, mass })),
    })
    const expected = {
      id: 'r1',
      predict: plain.predictions.map(({ value }: Json) => value),
      probabilities: plain.predictions.map(({ probabilities }: Json) => CLASSES.map((label) => probabilities[label])),
    }
    expect(found.json).toEqual(expected)
    expect(found.binary).toEqual(expected)
    expect(found.errors).toEqual([
      ['409', expect.stringContaining('in service')],
      ['400', expect.stringContaining('beak is required')],
      ['404', expect.stringContaining('no model "absent"')],
    ])
  })
})
