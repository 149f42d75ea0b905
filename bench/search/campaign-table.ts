// The database that sync is measured from: campaigns JOIN clients in MariaDB, as the platform's schema has them, made from a seed, and a
// user who can only read it.
import { randomBytes } from 'node:crypto'
import { type Connection, createConnection } from 'mysql2/promise'
import { sampleSql } from '../../apps/campaigns/sample-sql.ts'

export const DATABASE = 'tandem_bench'
const SOCKET = '/run/mysqld/mysqld.sock'

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
  for (const statement of sampleSql({ rows, seed })) await admin.query(statement)
  await admin.query(`ALTER TABLE campaigns COMMENT = '${commentOf(rows, seed)}'`)
}
