// What happens when the database misbehaves under a running server: damaged, locked, full. Issue 3, "Bad input and faults".
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTandem } from '../../src/app.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { type Asker, createAsker, type Json } from '../testing/ask.ts'
import { oneVisitor, shopCsv, shopDefinition, shopRows, trainShop } from '../testing/shop.ts'
import { ADMIN_KEY, startTandem, temporaryFolder } from '../testing/tandem-process.ts'

// Deadlines of a busy machine: several processes start and train in one test.
vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder('storage-faults')
let versions: string[] = []
let copies = 0

function trainedFolder(): string {
  const path = join(folder.path, `copy-${copies++}`)
  cpSync(join(folder.path, 'trained'), path, { recursive: true })
  return path
}

function withFile<Result>(dataDir: string, work: (db: DatabaseSync) => Result): Result {
  const db = new DatabaseSync(join(dataDir, 'tandem.db'), { timeout: 10_000 })
  try {
    return work(db)
  } finally {
    db.close()
  }
}

const predict = (server: Asker, query = ''): Promise<Json> =>
  server.good(`/v1/models/shop/predict${query}`, { json: { features: oneVisitor } })

beforeAll(async () => {
  await using server = await startTandem({ dataDir: join(folder.path, 'trained') })
  versions = await trainShop(server, 2)
  // No fallback: nothing answers for this one when its file is damaged.
  const { fallback: _, ...strict } = shopDefinition
  await server.good('/v1/models/strict', { method: 'PUT', json: strict })
  await server.good('/v1/models/strict/train?wait=60', { json: { rows: shopRows(60, 5) } })
  await server.kill('SIGTERM')
})
afterAll(() => folder.remove())

describe('a damaged model file', () => {
  /** Turns one byte in the middle of the active version's file over; returns what puts it right again. */
  function damage(dataDir: string, model: string): () => void {
    const [hash, content] = withFile(dataDir, (db) => {
      const active = "select version from aliases where alias = 'active' and model = ?"
      const query = `select hash, content from versions join artifacts on hash = artifact where model = ? and version = (${active})`
      const row = db.prepare(query).get(model, model) as { hash: string; content: Uint8Array }
      return [row.hash, row.content]
    })
    const write = (bytes: Uint8Array): void =>
      withFile(dataDir, (db) => void db.prepare('update artifacts set content = ? where hash = ?').run(bytes, hash))
    const flipped = Uint8Array.from(content)
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] as number) ^ 0xff
    write(flipped)
    return () => write(content)
  }

  test('lets the fallback answer and say why, tells the truth about readiness, and recovers without a restart', async () => {
    const dataDir = trainedFolder()
    const repair = damage(dataDir, 'shop')
    await using server = await startTandem({ dataDir })
    const answer = await predict(server)
    expect(answer).toMatchObject({ source: 'fallback', version: null, reason: expect.stringMatching(/^artifact_damaged: /), value: 'yes' })
    const ready = await server.ask('/health/ready')
    expect(ready.status).toBe(200)
    expect(ready.body.checks['model:shop'].message).toMatch(/^answered by its fallback: artifact_damaged/)
    expect(await server.good('/v1/models/shop')).toMatchObject({
      activeVersion: versions[1],
      serving: { source: 'fallback', reason: expect.stringContaining('artifact_damaged') },
    })
    // By name it is refused, not silently replaced.
    const named = await server.ask(`/v1/models/shop/predict?version=${versions[1]}`, { json: { features: oneVisitor } })
    expect([named.status, named.body.code]).toEqual([503, 'artifact_damaged'])
    const activated = await server.ask(`/v1/models/shop/versions/${versions[1]}/activate`, { method: 'POST' })
    expect([activated.status, activated.body.code]).toEqual([503, 'artifact_damaged'])
    expect(server.output()).toMatch(/the version in service cannot be loaded/)
    // The other version is whole.
    expect(await predict(server, `?version=${versions[0]}`)).toMatchObject({ source: 'model', version: versions[0] })

    repair()
    const recovered = await server.until(
      () => predict(server),
      ({ source }) => source === 'model',
      'the recovery',
    )
    expect(recovered).toMatchObject({ version: versions[1] })
    expect((await server.good('/v1/models/shop')).serving).toEqual({ source: 'model', reason: null })
    const logged = await server.good('/v1/models/shop/predictions?source=fallback&limit=1')
    expect(logged.items[0].reason).toMatch(/^artifact_damaged/)
  })

  test('without a fallback: 503 with the reason, not ready, and whole again after another version is activated', async () => {
    const dataDir = trainedFolder()
    damage(dataDir, 'strict')
    await using server = await startTandem({ dataDir })
    const refused = await server.ask('/v1/models/strict/predict', { json: { features: oneVisitor } })
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
    expect(refused.body.detail).toMatch(/artifact_damaged/)
    const ready = await server.ask('/health/ready')
    expect([ready.status, ready.body.checks['model:strict'].ok, ready.body.checks['model:shop'].ok]).toEqual([503, false, true])
    // Training is the remedy the message names.
    const { version } = await server.good('/v1/models/strict/train?wait=60', { json: { rows: shopRows(60, 6) } })
    expect(version.gate).toMatchObject({ activated: true, reason: expect.stringContaining('cannot be compared') })
    expect((await server.good('/v1/models/strict/predict', { json: { features: oneVisitor } })).version).toBe(version.version)
    expect((await server.ask('/health/ready')).status).toBe(200)
  })
})

describe('a database locked by another program', () => {
  /** Holds a write transaction in a process of its own, as a backup or a database browser would. */
  async function lock(dataDir: string, milliseconds: number): Promise<ChildProcess> {
    const program = `
      const { DatabaseSync } = require('node:sqlite')
      const db = new DatabaseSync(process.argv[1], { timeout: 5000 })
      db.exec('begin immediate')
      console.log('locked')
      setTimeout(() => { db.exec('commit'); db.close() }, ${milliseconds})`
    const child = spawn(process.execPath, ['-e', program, join(dataDir, 'tandem.db')], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return child
  }

  test('for 3 s: predictions and reading go on, writing waits and then succeeds, nothing is lost', async () => {
    const dataDir = trainedFolder()
    await using server = await startTandem({ dataDir })
    const before = await predict(server)
    await server.good('/v1/models/shop/predictions')
    const holder = await lock(dataDir, 3000)
    let released = false
    const end = new Promise<void>((resolve) =>
      holder.once('close', () => {
        released = true
        resolve()
      }),
    )
    const writing = [
      server.ask('/v1/models/shop/outcomes', { json: { outcomes: [{ predictionId: before.predictionId, value: 'yes' }] } }),
      server.ask('/v1/models/other', { method: 'PUT', json: shopDefinition }),
      server.ask(`/v1/models/shop/versions/${versions[0]}/activate`, { method: 'POST' }),
      server.ask('/v1/models/shop/train', { json: { rows: shopRows(60, 6) } }),
    ]
    const answered: string[] = []
    while (!released) {
      answered.push((await predict(server)).predictionId)
      if (answered.length % 50 === 1) expect((await server.good('/v1/models')).items.length).toBeGreaterThan(0)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(answered.length).toBeGreaterThan(5)
    await end
    const statuses = (await Promise.all(writing)).map(({ status, text }) => (status < 400 ? status : `${status} ${text}`))
    expect(statuses).toEqual([200, 201, 200, 202])
    expect((await predict(server)).version).toBe(versions[0])
    await server.kill('SIGTERM')
    const logged = withFile(
      dataDir,
      (db) =>
        new Set(
          db
            .prepare('select id from predictions')
            .all()
            .map(({ id }) => id),
        ),
    )
    expect([before.predictionId, ...answered].filter((id) => !logged.has(id))).toEqual([])
  })
})

describe('a full disk', () => {
  test('answers predictions, refuses what must be stored with 507 storage_full, and goes on when there is room', async () => {
    const dataDir = join(folder.path, 'full')
    const settings = { dataDir, port: 0, adminKey: ADMIN_KEY, maxEventLoopDelayMs: 60_000, threads: 1 }
    const tandem = await createTandem({}, { settings, log: createLog({ logLevel: 'silent' }), maxPageCount: 800 })
    try {
      const server = createAsker((await tandem.listen()).url, ADMIN_KEY)
      await trainShop(server)
      // Something to throw away later: rows stay with their model.
      await trainShop(server, 1, 'ballast')
      const rows = Array.from({ length: 400 }, () => oneVisitor)
      const filling = await server.until(
        async () => {
          const { predictions } = await server.good('/v1/models/ballast/predict', { json: { rows } })
          const outcomes = [{ predictionId: predictions.at(-1).predictionId, value: 'yes' }]
          return server.ask('/v1/models/ballast/outcomes', { json: { outcomes } })
        },
        ({ status }) => status !== 200,
        'a full disk',
      )
      expect([filling.status, filling.body.code]).toEqual([507, 'storage_full'])
      expect(filling.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(filling.body.detail).toMatch(/Free disk space/)
      // What is left where 400 rows do not fit takes something small; then that is refused too.
      let small = 0
      const last = await server.until(
        () => server.ask(`/v1/models/small-${small++}`, { method: 'PUT', json: { ...shopDefinition, description: 'd'.repeat(2000) } }),
        ({ status }) => status !== 201,
        'a full last page',
      )
      expect([last.status, last.body.code]).toEqual([507, 'storage_full'])

      const answered: string[] = []
      for (let index = 0; index < 20; index++) {
        const answer = await predict(server)
        expect(answer).toMatchObject({ source: 'model' })
        answered.push(answer.predictionId)
      }
      for (const refused of [
        await server.ask('/v1/models/shop/outcomes', { json: { outcomes: [{ predictionId: answered.at(-1), value: 'yes' }] } }),
        await server.ask('/v1/models/shop/train', { raw: shopCsv(2000, 77), type: 'text/csv' }),
        await server.ask('/v1/models/shop/train', { json: { rows: shopRows(3000, 78) }, headers: { 'idempotency-key': 'full' } }),
      ]) {
        expect([refused.status, refused.body?.code]).toEqual([507, 'storage_full'])
      }
      expect((await server.good('/v1/models?limit=200')).items).toHaveLength(small + 1)
      expect((await server.ask('/health/ready')).status).toBe(200)

      const gone = await server.ask('/v1/models/ballast', { method: 'DELETE' })
      expect([gone.status, gone.text]).toEqual([200, expect.any(String)])
      const outcomes = [{ predictionId: answered.at(-1), value: 'yes' }]
      const stored = await server.until(
        () => server.ask('/v1/models/shop/outcomes', { json: { outcomes } }),
        ({ status }) => status === 200,
        'the recovery',
      )
      expect(stored.body).toMatchObject({ accepted: 1, unknown: [] })
      const { version } = await server.good('/v1/models/shop/train?wait=60', { json: { rows: shopRows(200, 79) } })
      expect(version.rows).toBe(200)
      // Those that could not be written while the disk was full waited for this.
      const logged = withFile(
        dataDir,
        (db) =>
          new Set(
            db
              .prepare('select id from predictions')
              .all()
              .map(({ id }) => id),
          ),
      )
      expect(answered.filter((id) => !logged.has(id))).toEqual([])
      expect(withFile(dataDir, (db) => db.prepare('pragma integrity_check').get())).toEqual({ integrity_check: 'ok' })
    } finally {
      await tandem.close()
    }
  })
})
