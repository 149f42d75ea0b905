// Claims: a million campaigns come from MariaDB through their texts and static vectors into the index within 6 minutes on two cores and
// 1 GB, and a sync that is killed on the way goes on where it was. The process is killed once, at 30 %; the time is that of both runs.
// Run: node --conditions=tandem-source bench/search/sync.ts [--rows N]. Needs mysql2, and a MariaDB whose root answers on its socket
// (or the address of a user who may create databases and users in TANDEM_BENCH_MYSQL). The time allowed follows the rows.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Connection, createConnection } from 'mysql2/promise'
import { generateCampaigns } from '../../apps/campaigns/generate.ts'
import { CAMPAIGNS_QUERY, campaignCollections } from '../../apps/campaigns/records.ts'
import { createTandem } from '../../src/app.ts'
import { defineTandem } from '../../src/config.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { report } from '../frame/report.ts'
import { temporaryFolder } from '../frame/servers.ts'

const DATABASE = 'tandem_bench_sync'
const SOCKET = '/run/mysqld/mysqld.sock'
const MINUTES_PER_MILLION = 6
const MOST_MEGABYTES = 1_024
const SEED = 5
const BATCH = 2_000

interface Outcome {
  readonly seconds: number
  readonly peakMegabytes: number
  readonly line: string | undefined
}

async function fill(admin: Connection, password: string, rows: number): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${DATABASE}`)
  await admin.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`)
  await admin.query(`CREATE USER IF NOT EXISTS ${DATABASE}@localhost`)
  await admin.query(`CREATE USER IF NOT EXISTS ${DATABASE}@'127.0.0.1'`)
  for (const host of ['localhost', '127.0.0.1']) {
    await admin.query(`ALTER USER ${DATABASE}@'${host}' IDENTIFIED BY '${password}'`)
    await admin.query(`GRANT SELECT ON ${DATABASE}.* TO ${DATABASE}@'${host}'`)
  }
  await admin.query(`USE ${DATABASE}`)
  await admin.query(
    'CREATE TABLE clients (id INT AUTO_INCREMENT PRIMARY KEY, company_name VARCHAR(100), industry VARCHAR(50), UNIQUE (company_name))',
  )
  await admin.query(`CREATE TABLE campaigns (id INT PRIMARY KEY, client_id INT, name VARCHAR(200), description TEXT, objectives TEXT,
    target_audience TEXT, budget DECIMAL(12,2), updated_at DATETIME(3), INDEX (updated_at), INDEX (client_id))`)
  const clients = new Map<string, number>()
  let batch: unknown[][] = []
  const send = async (): Promise<void> => {
    if (batch.length > 0) await admin.query('INSERT INTO campaigns VALUES ?', [batch])
    batch = []
  }
  for (const { id, company_name, industry, name, description, objectives, target_audience, budget } of generateCampaigns({
    rows,
    seed: SEED,
  })) {
    const company = company_name ?? ''
    if (!clients.has(company)) {
      clients.set(company, clients.size + 1)
      await admin.query('INSERT INTO clients VALUES (?, ?, ?)', [clients.size, company, industry])
    }
    // A second later each: a table that grew over time.
    const updated = new Date(1_750_000_000_000 + Number(id) * 1_000).toISOString().slice(0, 23).replace('T', ' ')
    batch.push([Number(id), clients.get(company), name, description, objectives, target_audience, budget, updated])
    if (batch.length === BATCH) await send()
  }
  await send()
}

/** In a process of its own: syncs, and prints how far it is and the report. */
async function syncAll(url: string, dataDir: string): Promise<void> {
  const { campaigns } = campaignCollections({ mysqlUrl: url })
  const tandem = await createTandem(
    defineTandem({ embeddings: { default: ['static-en-256'] }, collections: { campaigns: { ...campaigns, sync: undefined } } }),
    { settings: { dataDir, databaseUrl: undefined, jobLeaseMs: 1_000 }, log: createLog({ logLevel: 'error' }) },
  )
  const done = await tandem.collections.campaigns.sync({
    onProgress: (fraction, message) => process.stdout.write(`${fraction} ${message}\n`),
  })
  let { documents, embedded } = await tandem.collections.campaigns.info()
  // The count of the index follows the last note in the database by a moment.
  for (let tries = 0; embedded < documents && tries < 25; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    ;({ documents, embedded } = await tandem.collections.campaigns.info())
  }
  process.stdout.write(`REPORT ${JSON.stringify({ ...done, documents, embedded })}\n`)
  await tandem.close()
}

/** @param killAt  progress at which the process is killed. */
function run(url: string, dataDir: string, killAt: number): Promise<Outcome> {
  const started = performance.now()
  const child = spawn(process.execPath, ['--conditions=tandem-source', fileURLToPath(import.meta.url), '--child', url, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let peak = 0
  let line: string | undefined
  const sample = setInterval(() => {
    peak = Math.max(peak, residentMegabytes(child.pid))
  }, 250)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const told of text.split('\n')) {
      if (told.startsWith('REPORT ')) line = told.slice(7)
      else if (Number.parseFloat(told) >= killAt) child.kill('SIGKILL')
    }
  })
  return new Promise((resolve) =>
    child.once('close', () => {
      clearInterval(sample)
      resolve({ seconds: (performance.now() - started) / 1_000, peakMegabytes: peak, line })
    }),
  )
}

function residentMegabytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function main(): Promise<void> {
  const at = process.argv.indexOf('--rows')
  const rows = at === -1 ? 1_000_000 : Number(process.argv[at + 1])
  const given = process.env.TANDEM_BENCH_MYSQL
  const admin = await createConnection(given === undefined ? { socketPath: SOCKET, user: 'root' } : { uri: given })
  const password = randomBytes(12).toString('hex')
  try {
    await fill(admin, password, rows)
    const { hostname = '127.0.0.1' } = given === undefined ? {} : new URL(given)
    const url = `mysql://${DATABASE}:${password}@${hostname}/${DATABASE}`
    const dataDir = temporaryFolder()
    const first = await run(url, dataDir, 0.3)
    const second = await run(url, dataDir, 2)
    if (second.line === undefined) throw new Error('The second run ended without a report.')
    const done = JSON.parse(second.line) as { read: number; unchanged: number; documents: number; embedded: number }
    const minutes = (first.seconds + second.seconds) / 60
    const megabytes = Math.max(first.peakMegabytes, second.peakMegabytes)
    const limit = (MINUTES_PER_MILLION * rows) / 1_000_000
    report(
      'sync',
      [
        { name: `${rows} campaigns from MariaDB to the index`, ours: minutes, unit: 'min', limit, bound: 'at most' },
        { name: 'peak memory', ours: megabytes, unit: 'MB', limit: MOST_MEGABYTES, bound: 'at most' },
        { name: 'rows that came twice after kill -9', ours: done.unchanged, unit: 'rows', limit: 2_000, bound: 'at most' },
        { name: 'documents with their vector', ours: done.embedded, unit: 'documents', limit: rows, bound: 'at least' },
      ],
      { rows, seed: SEED, query: CAMPAIGNS_QUERY, model: 'static-en-256' },
    )
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${DATABASE}`)
    await admin.end()
  }
}

const child = process.argv.indexOf('--child')
await (child === -1 ? main() : syncAll(process.argv[child + 1]!, process.argv[child + 2]!))
