// The Python worker's own tests, and its trained models in Node: equal predictions from the same file on both sides.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importLightGbm, importSklearn, predictRows, type TreeEnsemble } from '../../src/algorithms/index.ts'
import { NO_WORKER_PYTHON, pythonWith } from '../../src/platform/python/testing/worker-python.ts'

const TESTING = pythonWith('fastapi', 'uvicorn', 'httptools', 'numpy', 'pytest', 'httpx', 'jsonschema', 'tritonclient.http')
const TRAINING = pythonWith('fastapi', 'uvicorn', 'httptools', 'numpy', 'sklearn', 'lightgbm')

describe("the worker's own tests", () => {
  // Those marked slow load torch; `pytest` in worker/ runs them as well.
  test.skipIf(TESTING === undefined)(`pass (${TESTING ?? NO_WORKER_PYTHON})`, { timeout: 1_200_000 }, async () => {
    const child = spawn(TESTING!, ['-m', 'pytest', '-m', 'not slow'], { cwd: 'worker', stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    const status = await new Promise((done, fail) => child.once('error', fail).once('close', done))
    expect(status, output.slice(-6_000)).toBe(0)
  })
})

interface Trained {
  readonly version: string
  readonly classes: readonly string[]
  readonly artifact: { readonly format: string; readonly text: string }
}

// Penguins of vega-datasets (CC0), as numbers that float32 holds exactly on both sides.
const penguins: Record<string, unknown>[] = JSON.parse(readFileSync('node_modules/vega-datasets/data/penguins.json', 'utf8'))
const rows = penguins.filter((row) => row['Beak Length (mm)'] !== null)
const FEATURES = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)']
const columns = Object.fromEntries(FEATURES.map((name) => [name, rows.map((row) => Math.fround(row[name] as number))]))
const table = Float32Array.from(rows.flatMap((row) => FEATURES.map((name) => row[name] as number)))
const token = 'b'.repeat(32)

describe.skipIf(TRAINING === undefined)(`a model trained by the worker (${TRAINING ?? NO_WORKER_PYTHON})`, () => {
  const root = mkdtempSync(join(tmpdir(), 'tandem-worker-'))
  let worker: ChildProcess
  let url: string
  beforeAll(async () => {
    const settings = { TANDEM_WORKER_TOKEN: token, TANDEM_WORKER_ROOT: root, TANDEM_WORKER_MODELS: '{"embed":{"hash-384":"hash"}}' }
    worker = spawn(TRAINING!, ['-m', 'tandem_worker'], {
      env: { ...process.env, ...settings, PYTHONPATH: 'worker' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: worker.stdout! })) {
      url = `http://127.0.0.1:${JSON.parse(line).port}`
      break
    }
  })
  afterAll(() => {
    worker.kill('SIGKILL')
    rmSync(root, { recursive: true, force: true })
  })

  const post = async (path: string, body: unknown): Promise<string> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await response.text()
    expect(response.status, text.slice(0, 500)).toBe(200)
    return text
  }

  test.each(['random-forest', 'gradient-boosting', 'hist-gradient-boosting', 'lightgbm'])(
    'predicts the same in Node: %s',
    async (algorithm) => {
      const target = rows.map((row) => row.Species)
      const lines = await post('/tandem/v1/train', {
        name: algorithm,
        algorithm,
        columns,
        target,
        folds: 2,
        parameters: { nEstimators: 12 },
      })
      const trained: Trained = JSON.parse(lines.trimEnd().split('\n').at(-1)!)
      expect(trained.classes).toEqual(['Adelie', 'Chinstrap', 'Gentoo'])
      const inputs = [{ name: 'features', datatype: 'FP64', shape: [rows.length, FEATURES.length], data: [...table] }]
      const answer = JSON.parse(await post(`/v2/models/tabular.${algorithm}/infer`, { inputs }))
      const expected: number[] = answer.outputs.find((output: { name: string }) => output.name === 'predict_proba').data
      const found = predictRows(ensembleOf(trained), table, rows.length)
      expect(found.length).toBe(expected.length)
      // Node keeps leaves as float32.
      expect(Math.max(...found.map((value, at) => Math.abs(value - expected[at]!)))).toBeLessThan(1e-7)
    },
  )
})

function ensembleOf({ artifact }: Trained): TreeEnsemble {
  if (artifact.format === 'lightgbm') return importLightGbm(artifact.text).ensemble
  const imported = importSklearn(artifact.text)
  if (imported.kind !== 'trees') throw new Error(`expected trees, got ${imported.kind}`)
  return imported.ensemble
}
