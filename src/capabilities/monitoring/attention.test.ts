import { afterAll, beforeAll, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import type { Check } from '../../platform/diagnosis/check.ts'
import { createEvents } from '../../platform/events/create-events.ts'
import type { Jobs } from '../../platform/jobs/jobs.ts'
import { createJobs } from '../../platform/jobs/queue.ts'
import { createArtifacts } from '../../platform/storage/artifacts-sql.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine } from '../../platform/storage/testing/test-engines.ts'
import { createTraffic, type Traffic } from '../../platform/telemetry/traffic.ts'
import { TrafficCounts } from '../../platform/telemetry/traffic-counts.ts'
import { createModels } from '../models/index.ts'
import { type AttentionParts, gatherAttention } from './attention.ts'
import { createMonitoring } from './monitoring.ts'

const silent = { info() {}, warn() {}, error() {} }
let database: Database
let jobs: Jobs
let counts: TrafficCounts
let traffic: Traffic
let parts: AttentionParts
let checks: Check[] = []
let now = Date.now()

beforeAll(async () => {
  database = await memoryEngine().open()
  const events = await createEvents({ database })
  const clock = () => now
  jobs = createJobs({ database, events, pollMinMs: 10, pollMaxMs: 50 })
  jobs.register(
    'train',
    async (fails: boolean) => {
      if (fails) throw new TandemError('too_few_rows', 'There are 3 rows.')
    },
    { maxAttempts: 1 },
  )
  await jobs.start()
  counts = new TrafficCounts()
  const models = createModels({ database, artifacts: createArtifacts({ db: database.db }), events, clock, log: silent })
  traffic = createTraffic({ database, counts, events, log: silent, clock })
  parts = {
    jobs,
    models,
    monitoring: createMonitoring({ models, database, clock }),
    traffic,
    diagnose: async () => checks,
    dataDir: '/srv/tandem',
    clock,
  }
})
afterAll(async () => {
  await jobs.stop({ drainMs: 0 })
  await database.close()
})

const run = async (fails: boolean, subject?: string) =>
  jobs.wait((await jobs.enqueue('train', fails, subject === undefined ? {} : { subject })).id)

test('a failed job is told once for each subject, until one succeeds or a day has passed', async () => {
  expect(await gatherAttention(parts)).toEqual([])
  await run(true, 'churn')
  const last = await run(true, 'churn')
  await run(true)
  const items = await gatherAttention(parts)
  expect(items.map(({ kind, model, severity }) => [kind, model, severity])).toEqual([
    ['job_failed', undefined, 'bad'],
    ['job_failed', 'churn', 'bad'],
  ])
  expect(items[1]).toMatchObject({
    id: `job:${last.id}`,
    job: last.id,
    title: 'The train job of churn failed',
    detail: 'There are 3 rows.',
  })
  await run(false, 'churn')
  expect((await gatherAttention(parts)).map(({ model }) => model)).toEqual([undefined])
  now += 25 * 3_600_000
  expect(await gatherAttention(parts)).toEqual([])
})

test('failed requests of the last hour are told with the route that has most of them', async () => {
  // Begins the minute of now, as the timer does.
  await traffic.flush()
  const predict = counts.route('POST', '/v1/models/:model/predict')
  for (let n = 0; n < 500; n++) predict.observe(200, 1)
  counts.route('GET', '/v1/jobs').observe(404, 1)
  expect(await gatherAttention(parts)).toEqual([])
  predict.observe(503, 1)
  expect(await gatherAttention(parts)).toMatchObject([
    { severity: 'warn', kind: 'server_errors', title: '1 of 502 requests of the last hour failed' },
  ])
  for (let n = 0; n < 9; n++) predict.observe(500, 1)
  const [item] = await gatherAttention(parts)
  expect(item).toMatchObject({ severity: 'bad', detail: expect.stringContaining('POST /v1/models/:model/predict (10)') })
  counts.clear()
})

test('workers that should serve and do not are told with the reason', async () => {
  const [python] = [{ name: 'python', state: 'down', reason: 'python-1: It ended with status 1.' }]
  const list = (): never => [{ name: 'node', state: 'ready', reason: null }, python] as never
  expect(await gatherAttention({ ...parts, runtimes: { list } })).toMatchObject([
    {
      severity: 'warn',
      kind: 'runtime_down',
      title: expect.stringContaining('No python worker'),
      detail: expect.stringContaining('status 1'),
    },
  ])
})

test('a task of language that Node answers though a worker serves and should is told', async () => {
  const list = (): never => [{ name: 'python', state: 'ready', reason: null }] as never
  const task = { task: 'sentiment', runtime: 'node', prefer: 'python', python: 'language.sentiment', fallbacks: 4 }
  const told = (changes: object) =>
    gatherAttention({ ...parts, runtimes: { list }, language: { status: () => ({ tasks: [{ ...task, ...changes }] }) } })
  expect(await told({})).toMatchObject([
    {
      severity: 'warn',
      kind: 'runtime_passed_over',
      title: expect.stringContaining('sentiment'),
      detail: expect.stringContaining('4 calls'),
    },
  ])
  for (const changes of [{ runtime: 'python' }, { prefer: 'node' }, { python: null }, { fallbacks: 0 }, { runtime: null }]) {
    expect(await told(changes)).toEqual([])
  }
})

test('little disk space and failed checks are told, without the folder of the server', async () => {
  checks = [
    { status: 'warning', name: 'Node.js', message: '22.18.0 works; 24 is faster.' },
    { status: 'warning', name: 'data folder', message: '/srv/tandem, 0.4 GiB free', remedy: 'Free disk space.' },
    { status: 'failed', name: 'database', message: 'the disk image is malformed' },
    { status: 'failed', name: 'server', message: 'not ready. storage: away' },
  ]
  const items = await gatherAttention(parts)
  expect(items.map(({ id, severity }) => [id, severity])).toEqual([
    ['doctor:database', 'bad'],
    ['doctor:server', 'bad'],
    ['doctor:data-folder', 'warn'],
  ])
  expect(items[2]?.detail).toBe('The data folder, 0.4 GiB free. Free disk space.')
})
