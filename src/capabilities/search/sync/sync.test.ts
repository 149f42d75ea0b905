// Syncs from the MariaDB and the PostgreSQL of this machine, and from files. Those that are not there are skipped.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../../app.ts'
import { createClient } from '../../../interfaces/client/index.ts'
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { administer } from '../../../platform/storage/testing/test-engines.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import type { CollectionSource } from '../../../sources.ts'
import type { SyncReport } from './schema.ts'

const DATABASE = `tandem_sync_${process.pid}`
const log = createLog({ logLevel: 'silent' })

const SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    company: { type: 'string' },
    budget: { type: 'number' },
    reach: { type: ['string', 'null'] },
    clicks: { type: 'integer' },
    active: { type: 'boolean' },
    started: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
    changed: { type: 'string', format: 'date-time' },
    extra: { type: 'object' },
    logo: { type: ['string', 'null'] },
  },
  required: ['id', 'name'],
}
const QUERY = `SELECT c.id AS campaign_id, c.name, cl.company, c.budget, c.reach, c.clicks, c.active, c.started, c.changed, c.extra, c.logo, c.changed AS updated_at
  FROM campaigns c LEFT JOIN clients cl ON cl.id = c.client_id;`

interface Server {
  readonly name: string
  readonly source: CollectionSource
  readonly port: number
  run(sql: string): Promise<void>
  close(): Promise<void>
}

async function openMysql(): Promise<Server | undefined> {
  const options = { user: 'tandem_test', password: 'p@ss/word', multipleStatements: true }
  const root = await createConnection({ socketPath: '/run/mysqld/mysqld.sock', user: 'root', multipleStatements: true }).catch(
    () => undefined,
  )
  if (root === undefined) return undefined
  await root.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4; CREATE USER IF NOT EXISTS tandem_test@'127.0.0.1' IDENTIFIED BY 'p@ss/word';
    CREATE USER IF NOT EXISTS tandem_test@localhost IDENTIFIED BY 'p@ss/word';
    GRANT ALL ON ${DATABASE}.* TO tandem_test@'127.0.0.1'; GRANT ALL ON ${DATABASE}.* TO tandem_test@localhost`)
  const connection = await createConnection({ host: '127.0.0.1', database: DATABASE, ...options })
  return {
    name: 'MariaDB',
    port: 3306,
    source: {
      ...{ kind: 'mysql', query: QUERY, id: 'campaign_id', cursor: 'updated_at' },
      url: `mysql://tandem_test:${encodeURIComponent('p@ss/word')}@127.0.0.1/${DATABASE}`,
    },
    run: async (sql) => void (await connection.query(sql)),
    async close() {
      await connection.end()
      await root.query(`DROP DATABASE ${DATABASE}`)
      await root.end()
    },
  }
}

async function openPostgres(): Promise<Server | undefined> {
  if ((await administer(`create database ${DATABASE}`)) === undefined) return undefined
  const url = `postgres://postgres@127.0.0.1:5432/${DATABASE}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    name: 'PostgreSQL',
    port: 5432,
    source: { kind: 'postgres', url, query: QUERY, id: 'campaign_id', cursor: 'updated_at' },
    run: async (sql) => void (await client.query(sql)),
    async close() {
      await client.end()
      await administer(`drop database ${DATABASE} with (force)`)
    },
  }
}

const TABLES = {
  MariaDB: `CREATE TABLE clients (id INT PRIMARY KEY, company VARCHAR(100)); CREATE TABLE campaigns (id BIGINT, client_id INT,
    name VARCHAR(200), budget DECIMAL(12,2), reach BIGINT, clicks INT, active TINYINT(1), started DATE, changed DATETIME(3), extra JSON, logo BLOB)`,
  PostgreSQL: `CREATE TABLE clients (id int PRIMARY KEY, company text); CREATE TABLE campaigns (id bigint, client_id int,
    name text, budget numeric(12,2), reach bigint, clicks int, active boolean, started date, changed timestamptz, extra jsonb, logo bytea)`,
}
const SEEDS = {
  MariaDB: `INSERT INTO clients VALUES (1, 'Nordic Sports'); INSERT INTO campaigns VALUES
    (1, 1, 'Spring sale of running shoes', 1250.50, 9007199254740993, 7, 1, '2026-03-01', '2026-03-01 10:00:00.250', '{"tags":["sport"]}', x'0102ff'),
    (2, 1, 'Winter boots', 300, NULL, 0, 0, NULL, '2026-03-02 10:00:00', NULL, NULL),
    (3, NULL, 'Trips to the sea 🏖', 5000, 1, 3, 1, '2026-05-01', '2026-03-03 10:00:00', '{}', NULL),
    (NULL, 1, 'A row without id', 1, 1, 1, 1, NULL, '2026-03-01 10:00:00', NULL, NULL),
    (4, 1, NULL, 1, 1, 1, 1, NULL, '2026-03-01 10:00:00', NULL, NULL)`,
  PostgreSQL: `INSERT INTO clients VALUES (1, 'Nordic Sports'); INSERT INTO campaigns VALUES
    (1, 1, 'Spring sale of running shoes', 1250.50, 9007199254740993, 7, true, '2026-03-01', '2026-03-01 10:00:00.250+00', '{"tags":["sport"]}', '\\x0102ff'),
    (2, 1, 'Winter boots', 300, NULL, 0, false, NULL, '2026-03-02 12:00:00+02', NULL, NULL),
    (3, NULL, 'Trips to the sea 🏖', 5000, 1, 3, true, '2026-05-01', '2026-03-03 10:00:00+00', '{}', NULL),
    (NULL, 1, 'A row without id', 1, 1, 1, true, NULL, '2026-03-01 10:00:00+00', NULL, NULL),
    (4, 1, NULL, 1, 1, 1, true, NULL, '2026-03-01 10:00:00+00', NULL, NULL)`,
}

let folder: string
let tandem: Tandem
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-sync-'))
  tandem = await createTandem(
    { embeddings: { default: ['hash-384'] } },
    { log, settings: { dataDir: join(folder, 'data'), sourceHosts: ['127.0.0.1'], sourcesDir: folder } },
  )
})
afterAll(async () => {
  await tandem?.close()
  await rm(folder, { recursive: true, force: true })
})

const put = (name: string, source: CollectionSource, schema: object = SCHEMA) =>
  tandem.putCollection(name, { schema: schema as never, text: '{{name}}', source })
const sync = (name: string, full = false): Promise<SyncReport> => tandem.collection(name).sync({ full })

describe.each([
  ['MariaDB', openMysql],
  ['PostgreSQL', openPostgres],
] as const)('sync from %s', (name, open) => {
  let server: Server | undefined
  const check = (what: string, work: (server: Server) => Promise<void>, timeout?: number): void =>
    test(what, async ({ skip }) => (server === undefined ? skip(`no ${name} answers on this machine`) : work(server)), timeout)
  const collection = `from${name}`
  beforeAll(async () => {
    server = await open()
    await server?.run(TABLES[name])
    await server?.run(SEEDS[name])
  })
  afterAll(() => server?.close())

  check('brings rows with every type as the schema asks, and names those it leaves out', async ({ source }) => {
    const { definition } = await put(collection, source)
    expect(JSON.stringify(definition)).not.toMatch(/p@ss|p%40ss|postgres@/)
    expect(definition.source).toMatchObject({ host: expect.stringMatching(/^127\.0\.0\.1:/), database: DATABASE, id: 'campaign_id' })
    const report = await sync(collection)
    expect(report).toMatchObject({ read: 5, upserted: 3, unchanged: 0, failedCount: 2, ignoredColumns: ['updated_at'], withoutVector: 0 })
    expect(report.failed).toEqual(
      expect.arrayContaining([
        { id: null, error: expect.stringContaining('"campaign_id"') },
        { id: '4', error: expect.stringContaining('name') },
      ]),
    )
    expect(await tandem.collection(collection).get('1')).toEqual({
      ...{ id: '1', name: 'Spring sale of running shoes', company: 'Nordic Sports', budget: 1250.5, reach: '9007199254740993', clicks: 7 },
      ...{ active: true, started: '2026-03-01', extra: { tags: ['sport'] }, logo: 'AQL/' },
      changed: expect.stringMatching(/^2026-03-01T10:00:00\.25/),
    })
    const second = await tandem.collection(collection).get('2')
    expect(second).toMatchObject({ active: false, started: null, reach: null, changed: expect.stringMatching(/^2026-03-02T10:00:00/) })
    expect(second).not.toHaveProperty('extra')
    const { hits } = await tandem.collection(collection).search('running shoes')
    expect(hits[0]?.id).toBe('1')
  })

  check('reads afterwards what changed only, and with full deletes what is gone', async ({ run }) => {
    await run(`UPDATE campaigns SET name = 'Summer sale of running shoes', changed = '2026-04-01 10:00:00' WHERE id = 1`)
    await run('DELETE FROM campaigns WHERE id = 2')
    // From the last value of the cursor on, which row 3 has.
    expect(await sync(collection)).toMatchObject({ full: false, read: 2, upserted: 1, unchanged: 1, deleted: 0 })
    expect((await tandem.collection(collection).get('1')).name).toBe('Summer sale of running shoes')
    expect(await tandem.collection(collection).count()).toBe(3)
    expect(await sync(collection, true)).toMatchObject({ full: true, read: 4, upserted: 0, unchanged: 2, deleted: 1 })
    expect(await tandem.collection(collection).count()).toBe(2)
    await run('CREATE TABLE kept AS SELECT * FROM campaigns')
    await run('DELETE FROM campaigns')
    await expect(sync(collection, true)).rejects.toThrow(/empty.*2 document/)
    expect(await tandem.collection(collection).count()).toBe(2)
    await run('INSERT INTO campaigns SELECT * FROM kept')
  })

  check('says what is wrong with a query, a column, a user and a host', async ({ source, port }) => {
    if (!('url' in source)) return
    const failing = async (change: object): Promise<unknown> => {
      await put('wrong', { ...source, ...change })
      return sync('wrong').catch((error: unknown) => error)
    }
    expect(await failing({ query: 'SELEC 1' })).toMatchObject({ code: 'invalid_config', message: expect.stringMatching(/syntax/i) })
    expect(await failing({ query: 'SELECT * FROM nowhere' })).toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('nowhere'),
    })
    expect(await failing({ id: 'nr' })).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('campaign_id') })
    expect(await failing({ cursor: 'seen' })).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('"seen"') })
    expect(await failing({ query: 'SELECT 1 AS campaign_id, 1 AS updated_at) x; DELETE FROM campaigns; SELECT (1' })).toMatchObject({
      code: 'invalid_config',
    })
    expect(await failing({ url: source.url.replace(DATABASE, 'no_such_database') })).toMatchObject({ code: 'invalid_config' })
    await expect(put('wrong', { ...source, url: source.url.replace('127.0.0.1', 'db.example.com') })).rejects.toMatchObject({
      ...{ code: 'forbidden', message: expect.stringContaining('TANDEM_SOURCE_HOSTS') },
    })
    await expect(put('wrong', { ...source, url: `http://127.0.0.1:${port}/x` })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(put('wrong', { ...source, url: `${source.url}?host=db.example.com` })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  check(
    'goes on where it was when the source went down in the middle',
    async ({ source, run, port }) => {
      if (!('url' in source)) return
      const many = `many${name}`
      const rows = Array.from({ length: 6_000 }, (_, at) => `(${at}, 'Row ${at}', '${'x'.repeat(500)}')`)
      await run('CREATE TABLE many (id int PRIMARY KEY, name varchar(20), filler varchar(600))')
      await run(`INSERT INTO many VALUES ${rows.join(',')}`)
      const proxy = await openCuttingProxy(port, 1_600_000)
      const url = source.url.replace(/127\.0\.0\.1(:\d+)?/, `127.0.0.1:${proxy.port}`)
      await put(
        many,
        { kind: source.kind, url, query: 'SELECT * FROM many' },
        { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } } },
      )
      const report = await sync(many)
      expect(proxy.cuts()).toBe(1)
      expect(await tandem.collection(many).count()).toBe(6_000)
      expect(report.upserted).toBe(6_000)
      // Beside the row it stood at, none came twice.
      expect(report.read).toBeLessThan(6_010)
      await proxy.close()
    },
    60_000,
  )
})

/** Passes on bytes of a database server, and cuts the first connection that carried so many. */
async function openCuttingProxy(port: number, cutAfterBytes: number) {
  let cuts = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = dial(port, '127.0.0.1')
    let bytes = 0
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    far.on('data', (chunk) => {
      bytes += chunk.length
      if (cuts === 0 && bytes > cutAfterBytes) {
        cuts++
        near.destroy()
        far.destroy()
        return
      }
      if (!near.write(chunk)) {
        far.pause()
        near.once('drain', () => far.resume())
      }
    })
    near.on('data', (chunk) => far.write(chunk))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { readonly port: number }).port,
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('sync from files', () => {
  const FILE_SCHEMA = {
    type: 'object',
    properties: { id: { type: 'string' }, name: { type: 'string' }, budget: { type: ['number', 'null'] }, active: { type: 'boolean' } },
    required: ['id', 'name'],
    additionalProperties: false,
  }

  test('reads CSV, deletes what has left the file, and names what it leaves out', async () => {
    const path = join(folder, 'campaigns.csv')
    await writeFile(
      path,
      '\ufeffnr,name,budget,active,note\n1,"Shoes, cheap",12.5,yes,x\n2,Boots,,no,\n,Nameless,1,no,\n3,Coats,many,no,\n',
    )
    await put('csv', { kind: 'csv', path: 'campaigns.csv', id: 'nr' }, FILE_SCHEMA)
    const report = await sync('csv')
    expect(report).toMatchObject({ read: 4, upserted: 2, failedCount: 2, ignoredColumns: ['note'] })
    expect(report.failed).toEqual([
      { id: null, error: expect.stringContaining('"nr"') },
      { id: '3', error: expect.stringContaining('budget') },
    ])
    expect(await tandem.collection('csv').get('1')).toEqual({ id: '1', name: 'Shoes, cheap', budget: 12.5, active: true })
    expect(await tandem.collection('csv').get('2')).toEqual({ id: '2', name: 'Boots', budget: null, active: false })
    await writeFile(path, 'nr,name,budget,active\n2,Boots,,no\n')
    expect(await sync('csv', true)).toMatchObject({ read: 1, unchanged: 1, deleted: 1 })
    await writeFile(path, 'nr,name,budget,active\n2,"Boots,,no\n')
    await expect(sync('csv')).rejects.toMatchObject({ code: 'malformed_body', message: expect.stringMatching(/line/i) })
  })

  test('reads lists of texts and numbers from cells, and shows where the file stands only to who may write', async () => {
    const list = (type: string) => ({ type: 'array', items: { type } })
    const properties = { id: { type: 'string' }, tags: list('string'), sizes: { anyOf: [list('integer'), { type: 'null' }] } }
    const cells = ['a,red; blue ;,1|2', 'b,"[""x, y"",""z""]",[3]', 'c,"Oslo, Rome",', 'd,single,4', 'e,[broken,5', 'f,g,1;many']
    await writeFile(join(folder, 'lists.csv'), `id,tags,sizes\n${cells.join('\n')}\n`)
    await tandem.putCollection('lists', {
      ...{ schema: { type: 'object', properties, required: ['id'] }, text: '{{id}}', source: { kind: 'csv', path: 'lists.csv' } },
    })
    const { failed } = await sync('lists')
    expect(failed).toEqual([
      { id: 'e', error: expect.stringContaining('tags') },
      { id: 'f', error: expect.stringContaining('sizes') },
    ])
    expect((await tandem.collection('lists').list()).items).toEqual([
      { id: 'a', tags: ['red', 'blue'], sizes: [1, 2] },
      { id: 'b', tags: ['x, y', 'z'], sizes: [3] },
      { id: 'c', tags: ['Oslo', 'Rome'], sizes: null },
      { id: 'd', tags: ['single'], sizes: [4] },
    ])
    expect(await tandem.collection('lists').count({ tags: 'blue' })).toBe(1)
  })

  test('reads NDJSON, and says which line it cannot read', async () => {
    const path = join(folder, 'campaigns.ndjson')
    await writeFile(path, '{"id":"a","name":"Shoes","budget":1,"other":2}\n\n{"id":7,"name":"Boots"}\n')
    await put('ndjson', { kind: 'ndjson', path: 'campaigns.ndjson' }, FILE_SCHEMA)
    expect(await sync('ndjson')).toMatchObject({ read: 2, upserted: 2, failedCount: 0 })
    expect(await tandem.collection('ndjson').get('7')).toEqual({ id: '7', name: 'Boots' })
    await writeFile(path, '{"id":"a","name":"Shoes"}\n[1]\n')
    await expect(sync('ndjson')).rejects.toMatchObject({ code: 'malformed_body', message: expect.stringContaining('Line 2') })
  })

  test('reads only from the folder that is allowed, and files that are there', async () => {
    for (const path of ['../outside.csv', join(tmpdir(), 'outside.csv')]) {
      await expect(put('out', { kind: 'csv', path })).rejects.toMatchObject({ code: 'forbidden' })
    }
    await put('out', { kind: 'csv', path: 'absent.csv' })
    await expect(sync('out')).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining('absent.csv') })
  })

  test('refuses a collection without a source, and a schedule without one', async () => {
    await tandem.putCollection('bare', { schema: SCHEMA, text: '{{name}}' })
    await expect(sync('bare')).rejects.toMatchObject({ code: 'conflict' })
    await expect(tandem.putCollection('bare', { schema: SCHEMA, text: '{{name}}', sync: { every: '* * * * *' } })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    const source = { kind: 'csv', path: 'campaigns.csv' } as const
    await expect(
      tandem.putCollection('bare', { schema: SCHEMA, text: '{{name}}', source, sync: { every: 'hourly' } }),
    ).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('five fields') })
  })
})

describe('a schedule', () => {
  test('brings the documents of the source when its time has come, also when no server ran then', async () => {
    const dataDir = join(folder, 'scheduled')
    await writeFile(join(folder, 'hourly.ndjson'), '{"id":"a","name":"Shoes"}\n')
    const schema = { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } }, required: ['id'] }
    const settings = { dataDir, databaseUrl: undefined, sourcesDir: folder, port: 0, maxEventLoopDelayMs: 60_000 }
    const open = (): Promise<Tandem> => createTandem({ embeddings: { default: ['static-en-256'] }, settings }, { log })
    const first = await open()
    const source = { kind: 'ndjson', path: 'hourly.ndjson' } as const
    await first.putCollection('hourly', { schema, text: '{{name}}', source, sync: { every: '0 0 1 1 *', full: true } })
    await first.close()
    const database = await openDatabase({ dataDir })
    // As a clock says it that has gone past the time.
    await database.db.updateTable('schedules').set({ next_run_at: 1 }).where('name', '=', 'collection-sync:hourly').execute()
    await database.close()
    const second = await open()
    try {
      await expect
        .poll(async () => (await second.collection('hourly').info()).sync?.last, { timeout: 10_000 })
        .toMatchObject({ full: true })
      expect(await second.collection('hourly').get('a')).toEqual({ id: 'a', name: 'Shoes' })
      const [job] = (await second.jobs.list({ kind: 'collection-sync' })).items
      expect(job).toMatchObject({ status: 'succeeded', createdBy: 'schedule:collection-sync:hourly' })
      // Without it there is no further run.
      await second.putCollection('hourly', { schema, text: '{{name}}', source })
    } finally {
      await second.close()
    }
    const last = await openDatabase({ dataDir })
    expect(await last.db.selectFrom('schedules').selectAll().where('name', '=', 'collection-sync:hourly').execute()).toEqual([])
    await last.close()
  })
})

describe('a sync', () => {
  const schema = { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } }, required: ['id'] }
  const manyRows = (count: number): string =>
    `id,name\n${Array.from({ length: count }, (_, at) => `${at},Campaign number ${at}`).join('\n')}\n`

  test('goes on where its process was killed', async () => {
    const files = await mkdtemp(join(tmpdir(), 'tandem-sync-kill-'))
    const [dataDir, path] = [join(files, 'data'), join(files, 'rows.csv')]
    await writeFile(path, manyRows(12_000))
    const program = fileURLToPath(new URL('./testing/sync-until-killed.ts', import.meta.url))
    const child = spawn(process.execPath, [program, dataDir, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        told += chunk
        if (/[3-9],000 rows read/.test(told)) child.kill('SIGKILL')
      })
      child.once('close', () => resolve())
    })
    expect(child.signalCode).toBe('SIGKILL')
    const again = await createTandem(
      { embeddings: { default: ['hash-384'] } },
      { log, settings: { dataDir, sourcesDir: files, jobLeaseMs: 1_000 } },
    )
    const rows = again.collection('rows')
    expect((await rows.info()).sync?.interrupted?.read).toBeGreaterThanOrEqual(3_000)
    // The job that was killed is taken up again; this waits for it.
    const report = await rows.sync()
    expect(await rows.count()).toBe(12_000)
    expect(report).toMatchObject({ read: 12_000, failedCount: 0, withoutVector: 0 })
    // Written by the killed process, but not noted any more.
    expect(report.unchanged).toBeLessThanOrEqual(1_000)
    expect((await rows.info()).embedded).toBe(12_000)
    await again.close()
    await rm(files, { recursive: true, force: true })
  })

  test('is started, followed, waited for and canceled over HTTP', async () => {
    await writeFile(join(folder, 'many.csv'), manyRows(30_000))
    await writeFile(join(folder, 'few.csv'), manyRows(3))
    const server = await createTandem(
      { embeddings: { default: ['hash-384'] } },
      { log, settings: { dataDir: ':memory:', port: 0, sourcesDir: folder, maxEventLoopDelayMs: 60_000 } },
    )
    const { url, adminKey } = await server.listen()
    const client = createClient({ url, ...(adminKey && { key: adminKey }) })
    const define = (path: string) => client.putCollection('rows', { schema, text: '{{name}}', source: { kind: 'csv', path } })
    await define('few.csv')
    const { key } = await server.keys.create({ name: 'reads', scopes: ['read'] })
    const sourceFor = async (who: string) => (await createClient({ url, key: who }).collection('rows').info()).definition.source
    expect(await sourceFor(adminKey!)).toEqual({ kind: 'csv', id: 'id', path: join(folder, 'few.csv') })
    expect(await sourceFor(key)).toEqual({ kind: 'csv', id: 'id' })
    expect(await client.collection('rows').sync()).toMatchObject({ read: 3, upserted: 3, full: false })
    const waited = await fetch(`${url}/v1/collections/rows/sync?wait=60`, {
      ...{ method: 'POST', body: JSON.stringify({ full: true }) },
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    })
    expect(waited.status).toBe(200)
    expect(await waited.json()).toMatchObject({ job: { kind: 'collection-sync', status: 'succeeded', result: { unchanged: 3 } } })
    const bare = await fetch(`${url}/v1/collections/rows/sync`, { method: 'POST', headers: { authorization: `Bearer ${adminKey}` } })
    expect(bare.status).toBe(202)
    // Otherwise the next call may be given this job.
    const { job: begun } = (await bare.json()) as { job: { id: string } }
    for await (const state of client.jobs.watch(begun.id)) if (state.status === 'succeeded') break
    await define('many.csv')
    const job = await client.collection('rows').startSync()
    await expect(client.collection('rows').startSync({ full: true })).rejects.toMatchObject({ code: 'conflict' })
    await client.jobs.cancel(job.id)
    for await (const state of client.jobs.watch(job.id)) if (state.status === 'canceled') break
    expect((await client.collection('rows').info()).sync?.last).toMatchObject({ read: 3 })
    await expect(client.collection('absent').sync()).rejects.toMatchObject({ code: 'collection_not_found' })
    await server.close()
  })
})
