// Models that a real Python worker fits or serves, over HTTP: the match predictor by both runtimes, rows asked of a worker's model, and
// both compared.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matchModel } from '../../apps/matching/features.ts'
import { matching } from '../../apps/matching/matching.ts'
import { simulate } from '../../apps/matching/simulate.ts'
import { createTandem, type Tandem } from '../../src/app.ts'
import { defineTandem } from '../../src/index.ts'
import { createClient } from '../../src/interfaces/client/index.ts'
import { NO_WORKER_PYTHON, pythonWith } from '../../src/platform/python/testing/worker-python.ts'

const PYTHON = pythonWith('fastapi', 'uvicorn', 'httptools', 'numpy', 'sklearn')
const key = `tdm_${'w'.repeat(43)}`
const FEATURES = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)']
/** Penguins of vega-datasets (CC0). */
const penguins = (
  JSON.parse(readFileSync('node_modules/vega-datasets/data/penguins.json', 'utf8')) as Record<string, string | number | null>[]
)
  .filter((row) => row['Beak Length (mm)'] !== null)
  .map((row) => Object.fromEntries([...FEATURES, 'Species'].map((name) => [name, row[name]!])))
const rows = penguins.map(({ Species: _, ...row }) => row) as Record<string, number>[]

describe.skipIf(PYTHON === undefined)(`a Python worker behind the server (${PYTHON ?? NO_WORKER_PYTHON})`, () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'twm-'))
  let tandem: Tandem
  let url: string
  beforeAll(async () => {
    const python = { python: 'on', pythonExecutable: PYTHON, pythonDir: join(dataDir, 'p'), pythonWorkers: 1 } as const
    const settings = {
      dataDir,
      databaseUrl: undefined,
      redisUrl: undefined,
      port: 0,
      adminKey: key,
      logLevel: 'silent',
      ...python,
    } as const
    tandem = await createTandem(defineTandem({ models: { match: matchModel }, apps: [{ ...matching(), seed: async () => {} }], settings }))
    url = (await tandem.listen()).url
  })
  afterAll(async () => {
    await tandem.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const client = () => createClient({ url, key })
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(url + path, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    })
    // biome-ignore lint/suspicious/noExplicitAny: each test reads its own fields.
    return (await answer.json()) as any
  }

  test('trains the match predictor to the same shape by both runtimes, on the same rows', async () => {
    const matches = simulate({ rows: 200, seed: 12 })
    const body = { features: matches.map(({ features }) => features), outcomes: matches.map(({ success }) => success) }
    for (const [algorithm, parameters] of [
      ['random_forest', { nEstimators: 100, maxDepth: 10, minSamplesSplit: 5 }],
      ['gradient_boosting', { nEstimators: 100, maxDepth: 5, learningRate: 0.1 }],
    ] as const) {
      const [byNode, byPython] = [
        await post('/matching/train', { ...body, algorithm, activate: 'always' }),
        await post('/matching/train', { ...body, algorithm, runtime: 'python', activate: 'always' }),
      ]
      expect(Object.keys(byPython)).toEqual(Object.keys(byNode))
      expect(Object.keys(byPython.metrics)).toEqual(['accuracy', 'precision', 'recall', 'f1_score', 'cv_score', 'cv_std'])
      expect([byPython.status, byPython.samples, byPython.activated]).toEqual(['success', 200, true])
      const [node, python] = await Promise.all([byNode, byPython].map(({ modelVersion }) => client().model('match').version(modelVersion)))
      expect(python!.runtime).toMatchObject({ name: 'python', fallback: null })
      expect(node!.runtime).toBeUndefined()
      expect(python!.parameters).toMatchObject(parameters)
      expect([python!.dataFingerprint, python!.rows, python!.holdoutRows]).toEqual([node!.dataFingerprint, node!.rows, node!.holdoutRows])
      expect(python!.crossValidation.folds).toBe(5)
      expect(Object.keys(python!.metrics)).toEqual(Object.keys(node!.metrics))
      expect(Object.keys(python!.importances)).toEqual(Object.keys(node!.importances))
      // Both learn the same from the same folds: their cross-validated accuracies lie within what folds of 32 rows vary.
      expect(Math.abs(byPython.metrics.cv_score - byNode.metrics.cv_score)).toBeLessThan(0.08)
      const answer = await post('/matching/predict', body.features[0])
      expect(answer).toMatchObject({ modelVersion: byPython.modelVersion, source: 'model' })
    }
  })

  test('asks a worker’s model the rows of many callers together, and says what is wrong with rows', async () => {
    const columns = Object.fromEntries(FEATURES.map((name) => [name, rows.map((row) => row[name])]))
    const order = { name: 'penguins', columns, target: penguins.map(({ Species }) => Species), parameters: { nEstimators: 20 }, folds: 2 }
    const lines = tandem.runtimes.python.stream('/tandem/v1/train', JSON.stringify(order), {
      ...{ contentType: 'application/json', signal: new AbortController().signal },
    })
    for await (const { type } of lines) expect(type).not.toBe('error')
    const { predict } = client().runtimes
    const together = await predict('python', 'tabular.penguins', rows)
    expect(together.predictions).toHaveLength(rows.length)
    const alone = await Promise.all(rows.map(async (row) => (await predict('python', 'tabular.penguins', [row])).predictions[0]))
    expect(alone).toEqual(together.predictions)
    const right = together.predictions.filter(({ value }, at) => value === penguins[at]!.Species).length
    expect(right / rows.length).toBeGreaterThan(0.95)
    // The numbers in the model's own order, too.
    const matrix = rows.map((row) => FEATURES.map((name) => row[name]!))
    expect(await predict('python', 'tabular.penguins', matrix)).toEqual(together)
    const path = tandem.runtimes.get('python').paths.find(({ path: name }) => name === 'predict')!
    expect(path.items).toBe(rows.length * 3)
    expect(path.calls).toBeLessThan(rows.length)

    const refused = (bad: readonly (Record<string, never> | number[])[]) => predict('python', 'tabular.penguins', bad)
    await expect(refused([{ weight: 3 as never }])).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/Beak/) })
    await expect(refused([[1, 2, 3, 4], [1]])).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/Row 1 .* 1 against 4/),
    })
    await expect(refused([])).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(predict('python', 'tabular.absent', rows)).rejects.toMatchObject({ code: expect.stringMatching(/unavailable|not_found/) })
    await expect(predict('node', 'penguins', rows)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('compares a version with a worker’s model, and two versions, on the same rows', async () => {
    const model = client().model('penguins')
    await model.train({ rows: penguins }, { target: 'Species', parameters: { nEstimators: 20 } })
    const { version: other } = await model.train({ rows: penguins }, { parameters: { nEstimators: 1, maxDepth: 1 }, activate: 'never' })
    const withWorker = await model.compareAnswers({ b: { worker: 'tabular.penguins', usdPerHour: 0.9 }, a: { usdPerHour: 0.05 } })
    expect(withWorker).toMatchObject({
      a: { runtime: 'node', worker: null, fittedBy: 'node' },
      b: { runtime: 'python', worker: 'tabular.penguins', sizeBytes: null },
    })
    expect(withWorker.sameLabel).toBeGreaterThan(0.95)
    expect(withWorker.b.usdPerMillionRows! * withWorker.b.rowsPerSecond).toBeCloseTo((0.9 / 3600) * 1e6, 6)
    for (const { single } of [withWorker.a, withWorker.b]) expect(single.p50Ms).toBeLessThanOrEqual(single.p99Ms)
    const matrix = await model.compareAnswers({ b: { worker: 'tabular.penguins', layout: 'matrix' }, rows: rows.slice(0, 40) })
    expect([matrix.rows, matrix.sameLabel]).toEqual([40, expect.any(Number)])
    const versions = await model.compareAnswers({ b: { version: other.version } })
    expect([versions.parity, versions.probabilityDifference!.largest > 0.1]).toEqual([false, true])
    const same = await model.compareAnswers({ b: {} })
    expect(same).toMatchObject({ parity: true, sameLabel: 1, probabilityDifference: { largest: 0, mean: 0 } })
    await expect(model.compareAnswers({ b: { version: other.version, worker: 'x' } })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(model.compareAnswers({ b: {}, rows: [{ [FEATURES[0]!]: 'wide' }] })).rejects.toMatchObject({ code: 'invalid_input' })
  })
})
