// What an operator sees over HTTP: doctor, settings, attention, and the history of requests, of a whole Tandem.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../src/app.ts'
import { defineTandem, explainSettings, readSettings } from '../../src/config.ts'
import { type Client, createClient, TandemError } from '../../src/interfaces/client/index.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import type { TypedConfig } from '../../src/tandem.ts'

const ADMIN_KEY = 'a-very-secret-admin-key-of-this-test-0123456789'
const definition = {
  task: 'classification',
  target: 'churned',
  features: { type: 'object', properties: { visits: { type: 'number' } }, required: ['visits'] },
  algorithm: 'random-forest',
  parameters: { nEstimators: 3 },
} as const
const rows = Array.from({ length: 40 }, (_, index) => ({ visits: index % 10, churned: index % 10 < 5 ? 'yes' : 'no' }))

let folder: string
let tandem: Tandem
let client: Client<TypedConfig>
let reader: Client<TypedConfig>

async function start(): Promise<void> {
  const log = createLog({ logLevel: 'silent' })
  const settings = { dataDir: folder, host: '127.0.0.1', port: 0, adminKey: ADMIN_KEY }
  tandem = await createTandem(defineTandem({ settings: { threads: 1 } }), { settings, log })
  const { url } = await tandem.listen()
  client = createClient({ url, key: ADMIN_KEY, retries: 0 })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-operations-'))
  await start()
  const { key } = await client.keys.create({ name: 'reader', scopes: ['read'] })
  reader = createClient({ url: client.url, key, retries: 0 })
})
afterAll(async () => {
  await tandem.close({ drainMs: 0 })
  rmSync(folder, { recursive: true, force: true })
})

describe('an operator', () => {
  test('asks the doctor over HTTP, and hears what the command line says', async () => {
    const { checks, ranAt } = await client.server.doctor()
    expect(checks.map(({ name }) => name)).toEqual(['Node.js', 'config', 'settings', 'SQLite', 'data folder', 'database', 'server'])
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(checks.find(({ name }) => name === 'database')?.message).toMatch(
      /SQLite 3\.\S+, .*tandem\.db, [\d.]+ MiB, (\d+) of \1 migrations/,
    )
    expect(Math.abs(Date.parse(ranAt) - Date.now())).toBeLessThan(60_000)
    await expect(reader.server.doctor()).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('sees every setting with its source, and no secret', async () => {
    const answer = await client.server.settings()
    const item = (name: string) => answer.items.find((one) => one.name === name)
    expect(answer.items.length).toBeGreaterThan(20)
    expect(item('adminKey')).toMatchObject({ variable: 'TANDEM_ADMIN_KEY', value: 'set', default: 'not set', source: 'config' })
    expect(item('databaseUrl')).toMatchObject({ value: 'not set', source: 'default' })
    expect(item('threads')).toMatchObject({ value: '1', source: 'config' })
    expect(item('sessionHours')).toMatchObject({ value: '12', default: '12', source: 'default' })
    expect(answer.items.map((one) => one.name).sort()).toEqual(Object.keys(tandem.settings).sort())
    expect(JSON.stringify(answer)).not.toContain(ADMIN_KEY)
    expect(answer.storage).toMatchObject({ engine: 'sqlite', location: join(folder, 'tandem.db') })
    expect(answer.runtime).toMatchObject({ node: process.versions.node, platform: process.platform })
    await expect(reader.server.settings()).rejects.toMatchObject({ code: 'forbidden' })
    const env = { DATABASE_URL: 'postgres://me:hunter2@db/tandem', PORT: '9000', TANDEM_CORS_ORIGINS: 'https://a, https://b' }
    const facts = explainSettings(readSettings(env), { port: 1 }, env)
    expect(JSON.stringify(facts)).not.toContain('hunter2')
    const sourceOf = (name: string) => facts.find((fact) => fact.name === name)
    expect(sourceOf('databaseUrl')).toMatchObject({ value: 'set', source: 'environment' })
    expect(sourceOf('port')).toMatchObject({ source: 'config' })
    expect(sourceOf('corsOrigins')).toMatchObject({ value: 'https://a, https://b', default: 'none', source: 'environment' })
  })

  test('is told what needs attention until it is dealt with', async () => {
    const kinds = async () => (await reader.server.attention()).map(({ kind, severity, model }) => [severity, kind, model])
    expect(await kinds()).toEqual([])
    await client.putModel('silent', definition)
    await client.putModel('held', { ...definition, classes: ['no', 'yes'], fallback: { kind: 'weighted-score', weights: { visits: 1 } } })
    expect(await kinds()).toEqual([
      ['warn', 'model_untrained', 'silent'],
      ['info', 'model_untrained', 'held'],
    ])
    const one = rows.map((row) => ({ ...row, churned: 'yes' }))
    const failure = await client
      .model('silent')
      .train({ rows: one })
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    expect(TandemError.is(failure) ? failure.code : failure).toBe('too_few_classes')
    const failed = (await client.jobs.list({ status: 'failed', subject: 'silent' })).items
    if (failed.length > 0) {
      const [worst] = await reader.server.attention()
      expect(worst).toMatchObject({ kind: 'job_failed', model: 'silent', job: failed[0]!.id })
      expect(worst?.actions).toEqual([{ label: 'Open the job', href: `/jobs/${failed[0]!.id}` }])
      expect(failed[0]?.error?.hint).toContain('class')
    }
    await client.model('silent').train({ rows })
    await client.model('held').train({ rows })
    expect(await kinds()).toEqual([])
  })

  test('finds the history of requests after a restart', async () => {
    await client.model('silent').predictMany([{ visits: 1 }, { visits: 2 }])
    const before = await reader.server.traffic({ window: '1h' })
    expect(before.totals.predictions).toBe(2)
    expect(before.routes.find(({ path }) => path.endsWith('/predict'))).toMatchObject({ method: 'POST', requests: 1 })
    await tandem.close({ drainMs: 1_000 })
    await start()
    const after = await client.server.traffic({ window: '24h' })
    expect(after.totals.predictions).toBe(2)
    expect(after.totals.requests).toBeGreaterThanOrEqual(before.totals.requests)
  })
})
