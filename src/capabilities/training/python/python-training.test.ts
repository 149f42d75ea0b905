// Training by a Python worker: the real one, with scikit-learn, on real tables; and by Node where it cannot.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../../algorithms/math/rng.ts'
import type { AlgorithmParameters } from '../../../definitions.ts'
import type { JobContext } from '../../../platform/jobs/jobs.ts'
import { NO_WORKER_PYTHON } from '../../../platform/python/testing/worker-python.ts'
import { memoryEngine } from '../../../platform/storage/testing/test-engines.ts'
import { type AlgorithmName, PYTHON_LEARNERS, predictFitted } from '../../models/index.ts'
import { splitFolds } from '../cross-validate.ts'
import { holdOut } from '../hold-out.ts'
import { recipeOf } from '../recipe.ts'
import { rowsOf } from '../rows-of.ts'
import type { Table } from '../tasks.ts'
import { type RealWorker, realWorker, runBesideWorker, WORKER_PYTHON } from '../testing/real-worker.ts'
import { openTrainingBench, type TrainingBench } from '../testing/training-bench.ts'
import { fitInPython, type PythonTraining } from './fit-in-python.ts'
import { matrixOrder } from './matrix-order.ts'

const folder = new URL('../../../../../shared/data/tabular/', import.meta.url)
const isHere = existsSync(folder)
const csv = (name: string, rows = 1e6): string =>
  readFileSync(new URL(`${name}.csv`, folder), 'utf8')
    .split('\n')
    .slice(0, rows + 1)
    .join('\n')
const PREDICT = new URL('../testing/predict_like_worker.py', import.meta.url).pathname
const trees = { nEstimators: 10 }

/** The numbers of a table whose columns all are, the last being the target; every 17th cell is missing where it may be. */
function tableOf(name: string, classes: number, hasGaps: boolean): Table {
  const [header, ...lines] = csv(name).trim().split('\n')
  const names = header!.split(',').slice(0, -1)
  const cells = lines.map((line) => line.split(',').map(Number))
  const numbers = cells.flatMap((row) => row.slice(0, -1))
  const x = Float32Array.from(numbers, (value, at) => (hasGaps && at % 17 === 0 ? Number.NaN : value))
  const labels = Array.from({ length: classes }, (_, code) => String(code))
  const columns = { names, labels, kinds: names.map(() => 'number' as const), codes: names.map(() => 0) }
  return { x, y: Float64Array.from(cells, (row) => row.at(-1)!), features: names.length, classes, columns, documents: [] }
}

const quiet = { signal: new AbortController().signal, progress() {} } as unknown as JobContext

describe.skipIf(!isHere || WORKER_PYTHON === undefined)(`a training by a Python worker (${WORKER_PYTHON ?? NO_WORKER_PYTHON})`, () => {
  let worker: RealWorker
  let bench: TrainingBench
  beforeAll(async () => {
    worker = realWorker()
    bench = await openTrainingBench(await memoryEngine().open(), { python: { runtime: worker.runtime, timeoutMs: 100_000 } })
  })
  afterAll(async () => {
    await bench.close()
    await worker[Symbol.asyncDispose]()
  })

  /** What Node says of held-out rows by the worker's model, and the files for what scikit-learn says of them itself. */
  const learnt = async (algorithm: AlgorithmName, parameters: AlgorithmParameters, name: string, classes: number) => {
    const table = tableOf(name, classes, PYTHON_LEARNERS[algorithm]!.takesMissing)
    const rng = createRng(3)
    const { train, heldOut } = holdOut({ hashes: Uint32Array.from(table.y, () => rng.below(2 ** 32)), y: table.y, classes })
    const task = classes > 0 ? 'classification' : 'regression'
    const recipe = recipeOf({ task, parameters: { nEstimators: 12, ...parameters } }, algorithm, 7)
    const splits = await splitFolds(bench.pool, { table, train }, 7, quiet.signal)
    const wanted = { pool: bench.pool, table, train, splits, recipe }
    const made = await fitInPython({ runtime: worker.runtime, timeoutMs: 100_000 }, wanted, quiet)
    const { x, y } = rowsOf(table, heldOut)
    const files = [join(worker.folder, `${algorithm}-order`), join(worker.folder, `${algorithm}-rows`)]
    writeFileSync(files[0]!, (matrixOrder(wanted) as { body: Uint8Array }).body)
    writeFileSync(files[1]!, x)
    const { library } = PYTHON_LEARNERS[algorithm]!
    return { ...made, train, files, library, said: predictFitted(made.fitted, x, heldOut.length), unit: classes > 0 ? 1 : Math.max(...y) }
  }

  test('answers on held-out rows what scikit-learn and LightGBM answer, to 1e-6 of the largest target', async () => {
    const all = [
      await learnt('random-forest', { maxFeatures: 'all' }, 'breast_cancer', 2),
      await learnt('boosted-trees', {}, 'diabetes', 0),
      await learnt('extra-trees', { maxFeatures: 0.5, minSamplesLeaf: 2 }, 'wine', 3),
      await learnt('gradient-boosting', { subsample: 0.8, maxFeatures: 'sqrt' }, 'diabetes', 0),
      await learnt('lightgbm', { subsample: 0.7, maxLeaves: 15, lambda: 1, minSamplesLeaf: 5 }, 'wine', 3),
    ]
    const expected = runBesideWorker(
      PREDICT,
      all.flatMap(({ files }) => files),
    ) as number[][]
    for (const [place, { said, unit, fitted, folds, train, libraries, library }] of all.entries()) {
      expect(said).toHaveLength(expected[place]!.length)
      expect(Math.max(...said.map((value, at) => Math.abs(value - expected[place]![at]!))) / unit).toBeLessThan(1e-6)
      expect(folds.crossValidation.folds).toBe(5)
      expect(folds.outOfFold?.reduce((sum, { rows }) => sum + rows.length, 0)).toBe(train.length)
      expect(fitted.importances.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
      expect(libraries[library]).toMatch(/^\d+\.\d+/)
    }
  })

  test('makes a version like any other, served by Node, about as good as Node’s of the same rows', async () => {
    const data = csv('adult_train', 1200)
    const options = { target: 'income', algorithm: 'boosted-trees', parameters: trees } as const
    const node = await bench.training.train('by_node', { csv: data }, options)
    const { version } = await bench.training.train('by_python', { csv: data }, { ...options, runtime: 'python' })
    expect(version.runtime).toMatchObject({ name: 'python', asked: 'python', fallback: null })
    expect(node.version.runtime).toBeUndefined()
    expect(version).toMatchObject({
      algorithm: 'boosted-trees',
      rows: node.version.rows,
      holdoutRows: node.version.holdoutRows,
      active: true,
    })
    expect(version.dataFingerprint).toBe(node.version.dataFingerprint)
    expect(version.parameters).toEqual(node.version.parameters)
    expect(Math.abs(version.metrics.rocAuc! - node.version.metrics.rocAuc!)).toBeLessThan(0.03)
    expect(Math.abs(version.crossValidation.mean.rocAuc! - node.version.crossValidation.mean.rocAuc!)).toBeLessThan(0.02)
    expect((await bench.models.get('by_python')).definition.runtime).toBe('python')
    const byNode = await bench.training.retrain('by_python', { runtime: 'node' })
    expect(byNode.version.runtime).toBeUndefined()
    expect(worker.fallbacks).toEqual([])
  })

  test('is tried once more when the worker is killed in the middle of it, and leaves one whole version', async () => {
    const said: string[] = []
    let killed = false
    const onProgress = (_: number, message: string | null): void => {
      if (message !== null && message !== said.at(-1)) said.push(message)
      if (killed || !message?.includes('fold 2')) return
      killed = true
      process.kill(worker.runtime.view().workers[0]!.pid!, 'SIGKILL')
    }
    const options = { target: 'income', runtime: 'python', parameters: { nEstimators: 100 }, onProgress } as const
    const { version } = await bench.training.train('killed', { csv: csv('adult_train', 600) }, options)
    expect(killed).toBe(true)
    expect(said.join('\n')).toContain('Trying once more')
    // By the new worker, or by Node where that did not come in time; never half of one.
    expect(version.runtime).toMatchObject({ asked: 'python' })
    expect(Object.keys(version.importances)).toHaveLength(14)
    expect((await bench.models.listVersions('killed')).items).toHaveLength(1)
  })

  test('is ended with its job, leaves no version, and gives its place to the next', async () => {
    const started = Promise.withResolvers<void>()
    const data = { csv: csv('adult_train', 600) }
    const job = await bench.training.start('canceled', data, { target: 'income', runtime: 'python', parameters: { nEstimators: 2000 } })
    const watching = (async () => {
      for await (const { message } of bench.jobs.watch(job.id)) if (message?.includes('fold 1')) started.resolve()
    })()
    await started.promise
    await bench.jobs.cancel(job.id)
    await watching
    expect((await bench.jobs.get(job.id)).status).toBe('canceled')
    expect((await bench.models.listVersions('canceled')).items).toEqual([])
    // A busy worker may notice it only after the next training has asked.
    const again = async () => (await bench.training.train('canceled', data, { runtime: 'python', parameters: trees })).version.runtime?.name
    let by = await again()
    for (let more = 0; by !== 'python' && more < 5; more++) by = await again()
    expect(by).toBe('python')
  })

  test('is by the better of both on the same folds, or by the faster one, and says what was measured', async () => {
    const data = { csv: csv('diabetes') }
    const asked = { target: 'target', algorithm: 'boosted-trees', parameters: trees } as const
    const { version } = await bench.training.train('better', data, { ...asked, runtime: 'best' })
    expect(version.candidates?.map(({ algorithm, runtime }) => [algorithm, runtime])).toEqual([
      ['boosted-trees', undefined],
      ['boosted-trees', 'python'],
    ])
    const [node, python] = version.candidates!
    const name = node!.mean <= python!.mean ? 'node' : 'python'
    expect(version.candidates!.map(({ chosen }) => chosen)).toEqual([name === 'node', name === 'python'])
    expect(version.crossValidation.mean.rmse).toBe(Math.min(node!.mean, python!.mean))
    const measured = `RMSE on the same folds: Node ${node!.mean.toPrecision(4)}, Python ${python!.mean.toPrecision(4)}.`
    expect(version.runtime).toMatchObject({ name, asked: 'best', fallback: null, decided: measured })
    const { version: faster } = await bench.training.train('better', data, { ...asked, activate: 'never', runtime: 'fastest' })
    expect(faster.runtime).toMatchObject({ asked: 'fastest', fallback: null })
    const [, byNode, byPython] = /^Projected from \d+ rows: Node ([\d.]+) s, Python ([\d.]+) s\.$/.exec(faster.runtime!.decided!)!
    expect(faster.runtime!.name).toBe(Number(byPython) < Number(byNode) ? 'python' : 'node')
  })

  test('names the columns with gaps that an algorithm cannot learn from', async () => {
    const rows = Array.from({ length: 60 }, (_, at) => ({ size: at % 9 === 0 ? null : at % 7, rooms: at % 4, price: at * 3 }))
    const training = bench.training.train('gaps', { rows }, { target: 'price', algorithm: 'gradient-boosting' })
    await expect(training).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/whole rows only.*size \(\d rows\)/),
    })
  })

  test('is Node’s after the deadline', async () => {
    await using own = await openTrainingBenchWith({ runtime: worker.runtime, timeoutMs: 1 })
    const { version } = await own.bench.training.train(
      'late',
      { csv: csv('breast_cancer') },
      { target: 'target', runtime: 'python', parameters: trees },
    )
    expect(version.runtime).toMatchObject({ name: 'node', asked: 'python', fallback: { reason: 'timeout' } })
  })
})

describe.skipIf(!isHere)('a training that asks for Python where there is none', () => {
  let worker: RealWorker
  let own: Awaited<ReturnType<typeof openTrainingBenchWith>>
  beforeAll(async () => {
    worker = realWorker({ isEnabled: false })
    own = await openTrainingBenchWith({ runtime: worker.runtime, timeoutMs: 60_000 })
  })
  afterAll(async () => {
    await own[Symbol.asyncDispose]()
    await worker[Symbol.asyncDispose]()
  })
  const data = { csv: csv('breast_cancer') }

  test('is Node’s, bit for bit, and the version and the log say why', async () => {
    const { training, models } = own.bench
    const options = { target: 'target', parameters: trees }
    const node = await training.train('here', data, options)
    for (const runtime of ['python', 'fastest', 'best'] as const) {
      const { version } = await training.train('there', data, { ...options, activate: 'never', runtime })
      expect(version.runtime).toMatchObject({
        ...{ name: 'node', asked: runtime, libraries: {} },
        fallback: { reason: 'disabled', message: expect.stringContaining('Python') },
      })
      expect(version.metrics).toEqual(node.version.metrics)
      expect(worker.fallbacks.splice(0)).toEqual([{ model: 'there', reason: 'disabled' }])
      const { log } = await models.evaluation('there', version.version)
      expect(log.map(({ message }) => message).join('\n')).toContain('Node trains instead')
    }
  })

  test('fails with the command that mends it where only Python can', async () => {
    const { training, models, jobs, lines } = own.bench
    const missing = { code: 'dependency_missing', message: expect.stringMatching(/lightgbm.*tandem python setup --extras tabular/) }
    const asked = { target: 'target', algorithm: 'lightgbm' } as const
    await expect(training.start('absent', data, asked)).rejects.toMatchObject(missing)
    await expect(models.get('absent')).rejects.toMatchObject({ code: 'model_not_found' })
    const features = { type: 'object', properties: { size: { type: 'number' } } }
    await models.put('defined', { task: 'regression', target: 'price', features, algorithm: 'extra-trees' } as never)
    await expect(training.start('defined', { rows: [{ size: 1, price: 2 }] }, {})).rejects.toMatchObject({ code: 'dependency_missing' })
    await expect(training.startAgain('defined')).rejects.toMatchObject({ code: 'dependency_missing' })
    own.bench.training.begin()
    await expect.poll(() => lines.map(({ message }) => message).join('\n')).toMatch(/"defined" cannot be trained here: extra-trees/)
    // A job that another server has taken in.
    const rows = Array.from({ length: 40 }, (_, at) => ({ size: at, price: at * 2 + (at % 3) }))
    await models.put('elsewhere', { task: 'regression', target: 'price', features } as never)
    await training.train('elsewhere', { rows }, { parameters: trees })
    const payload = { model: 'elsewhere', dataset: null, outcomes: false, definition: null, algorithm: 'extra-trees', seed: null }
    const { id } = await jobs.enqueue('train', { ...payload, activate: 'never', actor: 'test', action: 'train' }, { subject: 'elsewhere' })
    const { error, attempts } = await jobs.wait(id, { timeoutMs: 60_000 })
    expect({ error, attempts }).toMatchObject({ error: { code: 'dependency_missing' }, attempts: 1 })
  })

  test.each([
    [{ algorithm: 'logistic-regression' }, /learned by Node only; with runtime python choose random-forest, boosted-trees, extra-trees/],
    [{ algorithm: 'auto' }, /learned by Node only/],
    [{ algorithm: 'auto', runtime: 'fastest' }, /learned by Node only; with runtime fastest/],
    [{ parameters: { classWeight: 'balanced' } }, /parameters\.classWeight is known to Node's random-forest only/],
    [{ algorithm: 'lightgbm', runtime: 'node' }, /runtime is node, but lightgbm is learned by a Python worker only/],
    [{ algorithm: 'lightgbm', parameters: { oobScore: true } }, /parameters\.oobScore belongs to random-forest/],
    [{ algorithm: 'extra-trees', parameters: { subsample: 0.5 } }, /parameters\.subsample belongs to gradient-boosting, lightgbm/],
    [{ parameters: { subsample: 0 } }, /subsample/],
  ] as const)('refuses %o, which nobody can do so', async (options, says) => {
    const training = own.bench.training.start('refused', data, { target: 'target', runtime: 'python', ...options })
    await expect(training).rejects.toThrow(says)
  })

  test.each([{ runtime: 'python' }, { runtime: 'best', algorithm: 'auto' }, { algorithm: 'lightgbm' }])(
    'refuses free text in a definition with %o',
    async (chosen) => {
      const features = { type: 'object', properties: { note: { type: 'string', format: 'text' } } }
      const definition = { task: 'classification', target: 'kind', features, ...chosen }
      await expect(own.bench.models.put('texts', definition as never)).rejects.toThrow(/note is free text\. Choose /)
    },
  )
})

async function openTrainingBenchWith(python: PythonTraining | undefined) {
  const bench = await openTrainingBench(await memoryEngine().open(), python === undefined ? {} : { python })
  return { bench, [Symbol.asyncDispose]: () => bench.close() }
}
