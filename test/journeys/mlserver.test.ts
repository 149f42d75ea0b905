// A real MLServer with a model of scikit-learn as a remote worker: nothing of Tandem is installed there. In an environment of its own:
//   python3 -m venv ../mlserver && ../mlserver/bin/pip install mlserver==1.7.1 mlserver-sklearn==1.7.1
//   TANDEM_MLSERVER_PYTHON=$PWD/../mlserver/bin/python npm test test/journeys/mlserver.test.ts
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failureReason } from '../../src/platform/python/failure.ts'
import { runtimeWith } from '../../src/platform/python/testing/runtime-bench.ts'
import { portToKeep, temporaryFolder } from '../testing/tandem-process.ts'

const PYTHON = process.env.TANDEM_MLSERVER_PYTHON ?? 'python3'
const hasServer = spawnSync(PYTHON, ['-c', 'import mlserver_sklearn']).status === 0
const WHERE = hasServer ? PYTHON : `skipped: ${PYTHON} has no mlserver-sklearn; see the top of test/journeys/mlserver.test.ts`

/** Iris, a forest, and what scikit-learn itself says of the 150 rows. */
const MODEL = `
import json, sys, joblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
x, y = load_iris(return_X_y=True)
model = RandomForestClassifier(n_estimators=20, random_state=7).fit(x, y)
joblib.dump(model, sys.argv[1])
print(json.dumps({"rows": x.tolist(), "predict": model.predict(x).tolist(), "proba": model.predict_proba(x).tolist()}))
`

interface Reference {
  readonly rows: readonly (readonly number[])[]
  readonly predict: readonly number[]
  readonly proba: readonly (readonly number[])[]
}

describe.skipIf(!hasServer)(`MLServer as a remote (${WHERE})`, () => {
  const folder = temporaryFolder('mlserver')
  let reference: Reference
  let port: number
  let server: ChildProcess
  let output = ''

  beforeAll(async () => {
    const [http, grpc, metrics] = await Promise.all([portToKeep(), portToKeep(), portToKeep()])
    port = http
    // Its parallel workers do not start with uvloop 0.23; without them it serves.
    const settings = { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0, debug: false }
    const iris = { name: 'iris', implementation: 'mlserver_sklearn.SKLearnModel', parameters: { uri: './model.joblib', version: 'v7' } }
    mkdirSync(join(folder.path, 'iris'))
    writeFileSync(join(folder.path, 'settings.json'), JSON.stringify(settings))
    writeFileSync(join(folder.path, 'iris', 'model-settings.json'), JSON.stringify(iris))
    reference = JSON.parse(execFileSync(PYTHON, ['-c', MODEL, join(folder.path, 'iris', 'model.joblib')], { encoding: 'utf8' }))
    await startServer()
  }, 240_000)
  afterAll(() => {
    server.kill('SIGKILL')
    folder.remove()
  })

  async function startServer(): Promise<void> {
    const start = 'import sys; from mlserver.cli import main; sys.argv = ["mlserver", "start", "."]; main()'
    server = spawn(PYTHON, ['-c', start], { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [server.stdout, server.stderr]) {
      stream!.on('data', (chunk) => {
        output += chunk
      })
    }
    const endsAt = performance.now() + 180_000
    for (;;) {
      const isReady = await fetch(`http://127.0.0.1:${port}/v2/models/iris/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
      if (isReady) return
      if (server.exitCode !== null || performance.now() > endsAt) throw new Error(`MLServer did not start:\n${output.slice(-3_000)}`)
      await pause(100)
    }
  }

  const remote = () =>
    runtimeWith(
      {},
      {
        ...{ workers: 0, remotes: [{ name: 'mlserver', url: `http://127.0.0.1:${port}`, locality: 'near' }], requestTimeoutMs: 60_000 },
        timing: { intervalMs: 100, timeoutMs: 5_000, missesAllowed: 3, goodNeeded: 1, recoveryMs: 20 },
        restarts: { firstMs: 50, mostMs: 200, limit: 10_000 },
      },
    )
  const ask = (bench: ReturnType<typeof remote>, output = 'predict', model = 'iris') =>
    bench.runtime.infer({
      ...{ model, outputs: [output] },
      inputs: [{ name: 'table', datatype: 'FP64', shape: [reference.rows.length, 4], data: Float64Array.from(reference.rows.flat()) }],
    })

  test('answers as scikit-learn does, labels and probabilities, and says which version it was', async () => {
    await using bench = remote()
    await bench.ready()
    const [view] = bench.runtime.view().workers
    expect(view).toMatchObject({ origin: 'remote', state: 'ready', version: expect.stringMatching(/^\d+\.\d+/) })
    const labels = await ask(bench)
    expect(labels.modelVersion).toBe('v7')
    expect([...labels.outputs[0]!.data].map(Number)).toEqual(reference.predict)
    const { outputs } = await ask(bench, 'predict_proba')
    expect(outputs[0]!.shape).toEqual([150, 3])
    const found = [...(outputs[0]!.data as Iterable<number>)]
    const largest = Math.max(...found.map((value, at) => Math.abs(value - reference.proba[Math.floor(at / 3)]![at % 3]!)))
    // Both write doubles as text that reads back the same.
    expect(largest).toBe(0)
  })

  test('what it refuses is told, and it serves on', async () => {
    await using bench = remote()
    await bench.ready()
    expect(failureReason(await ask(bench, 'predict', 'absent').catch((error: unknown) => error))).toBe('model_missing')
    const narrow = { name: 'table', datatype: 'FP64', shape: [1, 2], data: Float64Array.of(1, 2) } as const
    // MLServer answers 500 to a table of another width: a failure of the worker, and never an answer.
    expect(failureReason(await bench.runtime.infer({ model: 'iris', inputs: [narrow] }).catch((error: unknown) => error))).toBe(
      'bad_answer',
    )
    expect([...(await ask(bench)).outputs[0]!.data]).toHaveLength(150)
  })

  test('killed it is left, and used again when it is back', async () => {
    await using bench = remote()
    await bench.ready()
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
    await bench.until('the end', () => bench.runtime.view().workers[0]!.state === 'down', 20_000)
    expect(failureReason(await ask(bench).catch((error: unknown) => error))).toBeDefined()
    await startServer()
    await bench.until('its return', () => bench.runtime.isReady, 20_000)
    expect([...(await ask(bench)).outputs[0]!.data].map(Number)).toEqual(reference.predict)
  })
})
