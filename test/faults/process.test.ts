// What happens to a server's process: killed, stopped, started twice, losing a thread. Issue 3, "Bad input and faults".
import { cpSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTandem } from '../../src/app.ts'
import { readLock } from '../../src/platform/storage/data-lock.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { createAsker, type Json } from '../testing/ask.ts'
import { oneVisitor, shopDefinition, shopFeatures, shopRows, trainShop } from '../testing/shop.ts'
import { ADMIN_KEY, startInVain, startTandem, temporaryFolder } from '../testing/tandem-process.ts'

// Deadlines of a busy machine: several processes start and train in one test.
vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder('process')
/** Of the model "shop", oldest first. */
let versions: string[] = []
let copies = 0

/** A data folder of a server that was stopped, with the model "shop" in two versions. */
function trainedFolder(): string {
  const path = join(folder.path, `copy-${copies++}`)
  cpSync(join(folder.path, 'trained'), path, { recursive: true })
  return path
}

/** What is on disk, seen without the server. */
function rows(dataDir: string, query: string): Json[] {
  const db = new DatabaseSync(join(dataDir, 'tandem.db'), { readOnly: true })
  try {
    return db.prepare(query).all()
  } finally {
    db.close()
  }
}

/** Some seconds of training on one thread. */
const slow = { ...shopDefinition, parameters: { nEstimators: 400, maxDepth: 12, minSamplesLeaf: 1 } }

beforeAll(async () => {
  await using server = await startTandem({ dataDir: join(folder.path, 'trained') })
  versions = await trainShop(server, 2)
  expect(await server.kill('SIGTERM')).toBe(0)
})
afterAll(() => folder.remove())

describe('kill -9', () => {
  test('during predictions and outcomes loses no acknowledged outcome, nor the prediction it belongs to', async () => {
    const dataDir = trainedFolder()
    const acknowledged: string[] = []
    {
      await using server = await startTandem({ dataDir })
      const visitors = shopRows(500).map(shopFeatures)
      const client = async (): Promise<void> => {
        for (;;) {
          const at = Math.floor(Math.random() * (visitors.length - 3))
          const { predictions } = await server.good('/v1/models/shop/predict', { json: { rows: visitors.slice(at, at + 3) } })
          const outcomes = predictions.map(({ predictionId }: Json) => ({ predictionId, value: 'yes' }))
          const { accepted } = await server.good('/v1/models/shop/outcomes', { json: { outcomes } })
          if (accepted === 3) acknowledged.push(...outcomes.map(({ predictionId }: Json) => predictionId))
        }
      }
      const clients = Promise.allSettled(Array.from({ length: 8 }, client))
      await server.until(
        async () => acknowledged.length,
        (count) => count >= 300,
        'the load',
      )
      expect(await server.kill('SIGKILL')).toBe('SIGKILL')
      for (const { reason } of (await clients) as PromiseRejectedResult[]) expect(String(reason)).toMatch(/ECONNRE|socket hang up/)
    }
    await using again = await startTandem({ dataDir })
    const stored = new Set<string>()
    let cursor = ''
    do {
      const page = await again.good(`/v1/models/shop/predictions?hasOutcome=true&limit=200${cursor}`)
      for (const { predictionId } of page.items) stored.add(predictionId)
      cursor = page.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`
    } while (cursor !== '')
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
    expect(rows(dataDir, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
    // All of a request or nothing of it.
    expect(stored.size % 3).toBe(0)
    const repeated = await again.good('/v1/models/shop/outcomes', {
      json: { outcomes: acknowledged.slice(0, 9).map((predictionId) => ({ predictionId, value: 'yes' })) },
    })
    expect(repeated).toMatchObject({ accepted: 0, duplicates: 9, unknown: [] })
  })

  test('during training: the next start finishes the job, with exactly one version, and the old one serves meanwhile', async () => {
    const dataDir = trainedFolder()
    let id = ''
    {
      await using server = await startTandem({ dataDir })
      await server.good('/v1/models/shop', { method: 'PUT', json: slow })
      const { job } = await server.good('/v1/models/shop/train?activate=always', { json: { rows: shopRows(4000, 9) } })
      id = job.id
      await server.until(
        () => server.good(`/v1/jobs/${id}`),
        ({ status, progress }) => status !== 'queued' && progress > 0.05,
        'training',
      )
      await server.kill('SIGKILL')
    }
    await using again = await startTandem({ dataDir })
    const first = await again.good('/v1/models/shop/predict', { json: { features: oneVisitor } })
    const unfinished = (await again.good(`/v1/jobs/${id}`)).status
    if (unfinished !== 'succeeded') expect(first).toMatchObject({ source: 'model', version: versions[1] })
    const job = await again.finished(id)
    expect(job).toMatchObject({ status: 'succeeded', attempts: 2 })
    const { items } = await again.good('/v1/models/shop/versions')
    expect(items.map(({ version }: Json) => version)).toEqual([(job.result as Json).version, versions[1], versions[0]])
    expect(items[0]).toMatchObject({ active: true, rows: 4000 })
    expect((await again.good('/v1/models/shop/predict', { json: { features: oneVisitor } })).version).toBe(items[0].version)
    expect(rows(dataDir, 'select count(*) as n from datasets')[0].n).toBe(3)
  })

  test('during activation leaves exactly one version in service, the old or the new, and a history that agrees', async () => {
    const dataDir = trainedFolder()
    let server = await startTandem({ dataDir })
    try {
      for (let round = 0; round < 3; round++) {
        let switches = 0
        let requested = ''
        const endless = async (): Promise<void> => {
          for (;;) {
            requested = versions[switches % 2] as string
            await server.good(`/v1/models/shop/versions/${requested}/activate`, { method: 'POST' })
            switches++
          }
        }
        const switching = endless().catch((error: unknown) => String(error))
        await server.until(
          async () => switches,
          (count) => count >= 5 + round * 7,
          'switching',
        )
        // Not at the same place each time.
        await new Promise((resolve) => setTimeout(resolve, round * 3))
        await server.kill('SIGKILL')
        expect(await switching).toMatch(/ECONNRE|socket hang up/)
        const [{ version: active }, ...others] = rows(dataDir, "select version from aliases where model = 'shop' and alias = 'active'")
        expect(others).toEqual([])
        expect([versions[(switches - 1) % 2], requested]).toContain(active)
        const history = rows(dataDir, "select version, previous from activations where model = 'shop' order by id")
        expect(history.at(-1).version).toBe(active)
        // Every step begins where the one before it ended: none is half written.
        expect(history.slice(1).map(({ previous }) => previous)).toEqual(history.slice(0, -1).map(({ version }) => version))
        server = await startTandem({ dataDir })
        const features = oneVisitor
        expect(await server.good('/v1/models/shop/predict', { json: { features } })).toMatchObject({ source: 'model', version: active })
        expect(await server.good('/v1/models/shop')).toMatchObject({ activeVersion: active, serving: { source: 'model', reason: null } })
      }
    } finally {
      await server.kill('SIGKILL')
    }
  })
})

describe('a second start', () => {
  test('on the same data folder is refused with the holder and the remedies, and the first goes on', async () => {
    const dataDir = trainedFolder()
    await using server = await startTandem({ dataDir })
    const { code, output } = await startInVain({ dataDir })
    expect(code).toBe(1)
    expect(output).toMatch(new RegExp(`is in use by process ${server.pid} on \\S+ since \\S+, listening on ${server.url}`))
    expect(output).toMatch(/TANDEM_DATA_DIR/)
    expect(output).toMatch(/DATABASE_URL/)
    expect(output).not.toMatch(/^\s+at /m)
    expect((await server.ask('/v1/models/shop/predict', { json: { features: oneVisitor } })).status).toBe(200)

    const { port } = new URL(server.url)
    const elsewhere = await startInVain({ dataDir: join(folder.path, 'elsewhere'), args: ['--port', port] })
    expect(elsewhere.code).toBe(1)
    expect(elsewhere.output).toMatch(new RegExp(`Port ${port} is in use by another Tandem server \\(process ${server.pid}\\).*--port`))
  })

  test('on a port of another program says whose it is and leaves nothing locked', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const dataDir = trainedFolder()
    const { code, output } = await startInVain({ dataDir, env: { TANDEM_PORT: String(port) } })
    expect(code).toBe(1)
    expect(output).toMatch(new RegExp(`[Pp]ort ${port} is in use`))
    expect(output).not.toMatch(/^\s+at /m)
    other.close()
    expect(readLock(dataDir)).toBeUndefined()
    expect(() => readFileSync(join(dataDir, 'tandem.lock.json'))).toThrow(/ENOENT/)
  })
})

describe('SIGTERM', () => {
  test('under load fails none of the accepted requests, logs every acknowledged prediction, and ends with 0', async () => {
    const dataDir = trainedFolder()
    await using server = await startTandem({ dataDir })
    const acknowledged: string[] = []
    const failures: string[] = []
    const load = async (): Promise<void> => {
      for (;;) {
        const answer = await server.ask('/v1/models/shop/predict', { json: { features: oneVisitor } }).catch((error) => error)
        // A connection that was refused was never accepted.
        if (answer.code === 'ECONNREFUSED') return
        if (answer.status === 200) acknowledged.push(answer.body.predictionId)
        else {
          failures.push(answer.text ?? String(answer))
          if (answer.status === undefined) return
        }
      }
    }
    const clients = Array.from({ length: 32 }, load)
    await server.until(
      async () => acknowledged.length,
      (count) => count >= 1000,
      'the load',
    )
    expect(await server.kill('SIGTERM')).toBe(0)
    await Promise.all(clients)
    expect(failures).toEqual([])
    const logged = new Set(rows(dataDir, 'select id from predictions').map(({ id }) => id))
    expect(acknowledged.filter((id) => !logged.has(id))).toEqual([])
    expect(() => readFileSync(join(dataDir, 'tandem.lock.json'))).toThrow(/ENOENT/)
  })

  test('during training gives the job back, and the next start finishes it', async () => {
    const dataDir = trainedFolder()
    let id = ''
    {
      await using server = await startTandem({ dataDir, env: { TANDEM_DRAIN_TIMEOUT_MS: '100' } })
      await server.good('/v1/models/shop', { method: 'PUT', json: slow })
      id = (await server.good('/v1/models/shop/train?activate=always', { json: { rows: shopRows(4000, 9) } })).job.id
      await server.until(
        () => server.good(`/v1/jobs/${id}`),
        ({ progress }) => progress > 0.05,
        'training',
      )
      expect(await server.kill('SIGTERM')).toBe(0)
      expect(rows(dataDir, 'select status, attempts from jobs').find(({ status }) => status !== 'succeeded')).toMatchObject({
        status: 'queued',
      })
    }
    await using again = await startTandem({ dataDir })
    expect(await again.finished(id)).toMatchObject({ status: 'succeeded' })
    expect((await again.good('/v1/models/shop/versions')).items).toHaveLength(3)
  })
})

describe('a version switch', () => {
  test('with 10,000 requests in flight fails none, and each answer is of one of the two versions', async () => {
    await using server = await startTandem({ dataDir: trainedFolder() })
    const answers = new Map<string, number>()
    let left = 10_000
    let running = true
    const load = async (): Promise<void> => {
      while (left-- > 0) {
        const { status, body } = await server.ask('/v1/models/shop/predict', { json: { features: oneVisitor } })
        const answer = `${status} ${body?.source} ${body?.version}`
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }
    }
    let switches = 0
    const switching = (async () => {
      while (running) {
        await server.good(`/v1/models/shop/versions/${versions[switches % 2]}/activate`, { method: 'POST' })
        switches++
      }
    })()
    await Promise.all(Array.from({ length: 48 }, load))
    running = false
    await switching
    expect([...answers.keys()].sort()).toEqual(versions.map((version) => `200 model ${version}`))
    expect([...answers.values()].reduce((sum, count) => sum + count)).toBe(10_000)
    expect(switches).toBeGreaterThan(10)
  })
})

describe('a worker thread', () => {
  test('that dies during training costs a try, not the server: the job is done again', async () => {
    const workers: Worker[] = []
    const remember = (worker: Worker): void => void workers.push(worker)
    process.on('worker', remember)
    const settings = { dataDir: trainedFolder(), port: 0, adminKey: ADMIN_KEY, maxEventLoopDelayMs: 60_000, threads: 1 }
    const tandem = await createTandem({}, { settings, log: createLog({ logLevel: 'silent' }) })
    try {
      const server = createAsker((await tandem.listen()).url, ADMIN_KEY)
      await server.good('/v1/models/shop', { method: 'PUT', json: slow })
      // Those of storage are there by now; what comes is of training.
      workers.length = 0
      const { job } = await server.good('/v1/models/shop/train?activate=always', { json: { rows: shopRows(2000, 9) } })
      await server.until(
        () => server.good(`/v1/jobs/${job.id}`),
        ({ progress }) => progress > 0.05,
        'training',
      )
      expect(workers.length).toBeGreaterThan(0)
      await Promise.all(workers.map((worker) => worker.terminate()))
      expect((await server.ask('/v1/models/shop/predict', { json: { features: oneVisitor } })).body).toMatchObject({ source: 'model' })
      expect(await server.finished(job.id)).toMatchObject({ status: 'succeeded', attempts: 2 })
      expect((await server.good('/v1/models/shop/versions')).items).toHaveLength(3)
    } finally {
      process.off('worker', remember)
      await tandem.close()
    }
  })
})
