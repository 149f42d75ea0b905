// Fine-tuning when a server is killed, and where two servers share a database; on 480 texts of Banking77.
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import part from '../../src/capabilities/embeddings/fixtures/banking77-part.json' with { type: 'json' }
import { POSTGRES_ABSENT, postgresEngine } from '../../src/platform/storage/testing/test-engines.ts'
import type { Asker } from '../testing/ask.ts'
import { startTandem, temporaryFolder } from '../testing/tandem-process.ts'

// Deadlines of a busy machine: several processes start and learn in one test.
vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder('fine-tune-faults')
const labelled = part.texts.map(([text, label]) => ({ text, label }))
const asked = (model: string, epochs: number) => ({
  ...{ model, base: 'static-en-256', labelled, activate: 'always', parameters: { epochs, patience: 100, batchSize: 8 } },
})
const start = (server: Asker, model: string, epochs: number, wait = 0) =>
  server.good(`/v1/embeddings/fine-tune?wait=${wait}`, { method: 'POST', json: asked(model, epochs) })

afterAll(() => folder.remove())

describe('kill -9', () => {
  test('while it learns: it starts anew with the next server, and makes one version, the same bytes as ever', async () => {
    const dataDir = join(folder.path, 'killed')
    const env = { TANDEM_JOB_LEASE_MS: '4000' }
    let id = ''
    {
      await using server = await startTandem({ dataDir, env })
      id = (await start(server, 'intents', 30)).job.id
      await server.until(
        () => server.good(`/v1/jobs/${id}`),
        ({ stage }) => stage === 'learning',
        'the job learns',
      )
      await server.kill('SIGKILL')
    }
    await using server = await startTandem({ dataDir, env })
    const job = await server.until(
      () => server.good(`/v1/jobs/${id}`),
      ({ status }) => status === 'succeeded',
      'the job has succeeded',
    )
    expect(job.attempts).toBe(2)
    const again = await start(server, 'again', 30, 100)
    expect(again.job.status).toBe('succeeded')
    const [one, two] = await Promise.all(['intents', 'again'].map((model) => server.good(`/v1/embeddings/models/${model}`)))
    expect(one.versions).toHaveLength(1)
    expect(one.active).toBe(one.versions[0].version)
    expect(one.versions[0].artifact).toEqual(two.versions[0].artifact)
  })

  test('after a version came into service: the next server answers with it', async () => {
    const dataDir = join(folder.path, 'served')
    const ask = { method: 'POST', json: { input: 'Where is my card?', model: 'intents' } }
    let before: unknown
    {
      await using server = await startTandem({ dataDir })
      expect((await start(server, 'intents', 1, 100)).job.status).toBe('succeeded')
      before = (await server.good('/v1/embeddings', ask)).embeddings
      await server.kill('SIGKILL')
    }
    await using server = await startTandem({ dataDir })
    const { model, embeddings } = await server.good('/v1/embeddings', ask)
    expect(model).toMatch(/^intents@\d{8}_\d{6}$/)
    expect(embeddings).toEqual(before)
  })
})

const postgres = await postgresEngine('finetune')

describe('two servers on one PostgreSQL', () => {
  if (postgres === undefined) {
    test(`needs PostgreSQL: ${POSTGRES_ABSENT}`, ({ skip }) => skip(POSTGRES_ABSENT))
    return
  }
  afterAll(() => postgres.dispose())

  test('both answer with what one has made, and hear of a rollback', async () => {
    const env = { DATABASE_URL: postgres.options.url! }
    const [a, b] = await Promise.all(['a', 'b'].map((name) => startTandem({ dataDir: join(folder.path, name), env })))
    await using one = a!
    await using other = b!
    expect((await start(one, 'intents', 1, 100)).job.status).toBe('succeeded')
    const ask = { method: 'POST', json: { input: 'Where is my card?', model: 'intents' } }
    const [mine, theirs] = [await one.good('/v1/embeddings', ask), await other.good('/v1/embeddings', ask)]
    expect(theirs).toMatchObject({ model: mine.model, embeddings: mine.embeddings })
    await other.good('/v1/embeddings/models/intents/rollback', { method: 'POST' })
    await one.until(
      () => one.ask('/v1/embeddings', ask),
      ({ status }) => status === 400,
      'the first server has heard of the rollback',
    )
  })
})
