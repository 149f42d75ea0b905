// The database that sync is measured from: campaigns JOIN clients in MariaDB, as the platform's schema has them, made from a seed, and a
// user who can only read it.
import { randomBytes } from 'node:crypto'
import { type Connection, createConnection } from 'mysql2/promise'
import { generateCampaigns } from '../../apps/campaigns/generate.ts'

export const DATABASE = 'tandem_bench'
const SOCKET = '/run/mysqld/mysqld.sock'
const ROWS_PER_INSERT = 2_000

export interface CampaignTable {
  /** Of a user who may read it. */
  readonly url: string
  readonly version: string
  /** Drops it unless it is to be kept. */
  close(): Promise<void>
}

export interface CampaignTableOptions {
  readonly rows: number
  readonly seed: number
  /** Leaves the database behind, and takes the one that is there when it has as many rows of the same seed. */
  readonly keep: boolean
}

/** Asks root on MariaDB's socket, or the user in TANDEM_BENCH_MYSQL, who may create databases and users. */
export async function openCampaignTable({ rows, seed, keep }: CampaignTableOptions): Promise<CampaignTable> {
  const given = process.env.TANDEM_BENCH_MYSQL
  const admin = await createConnection(given === undefined ? { socketPath: SOCKET, user: 'root' } : { uri: given })
  try {
    if (!(keep && (await isThere(admin, rows, seed)))) await fill(admin, rows, seed)
    const password = randomBytes(12).toString('hex')
    for (const host of ['localhost', '127.0.0.1']) {
      await admin.query(`CREATE USER IF NOT EXISTS ${DATABASE}@'${host}'`)
      await admin.query(`ALTER USER ${DATABASE}@'${host}' IDENTIFIED BY '${password}'`)
      await admin.query(`GRANT SELECT ON ${DATABASE}.* TO ${DATABASE}@'${host}'`)
    }
    const [[row]] = (await admin.query('SELECT VERSION() AS version')) as unknown as [{ version: string }[]]
    const { hostname = '127.0.0.1' } = given === undefined ? {} : new URL(given)
    return {
      url: `mysql://${DATABASE}:${password}@${hostname}/${DATABASE}`,
      version: row!.version,
      async close() {
        if (!keep) await admin.query(`DROP DATABASE IF EXISTS ${DATABASE}`)
        await admin.end()
      },
    }
  } catch (error) {
    await admin.end()
    throw error
  }
}

/** The comment of the table says which rows it holds; it is written last. */
async function isThere(admin: Connection, rows: number, seed: number): Promise<boolean> {
  const [found] = (await admin.query(
    'SELECT TABLE_COMMENT AS comment FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [DATABASE, 'campaigns'],
  )) as unknown as [{ comment: string }[]]
  return found[0]?.comment === commentOf(rows, seed)
}

const commentOf = (rows: number, seed: number): string => `${rows} rows of seed ${seed}`

async function fill(admin: Connection, rows: number, seed: number): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${DATABASE}`)
  await admin.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`)
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
  for (const { id, company_name, industry, name, description, objectives, target_audience, budget } of generateCampaigns({ rows, seed })) {
    const company = company_name ?? ''
    if (!clients.has(company)) {
      clients.set(company, clients.size + 1)
      await admin.query('INSERT INTO clients VALUES (?, ?, ?)', [clients.size, company, industry])
    }
    // A second later each: a table that grew over time.
    const updated = new Date(1_750_000_000_000 + Number(id) * 1_000).toISOString().slice(0, 23).replace('T', ' ')
    batch.push([Number(id), clients.get(company), name, description, objectives, target_audience, budget, updated])
    if (batch.length === ROWS_PER_INSERT) await send()
  }
  await send()
  await admin.query(`ALTER TABLE campaigns COMMENT = '${commentOf(rows, seed)}'`)
}
